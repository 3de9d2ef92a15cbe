package record

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"

	"golang.org/x/text/encoding/htmlindex"

	"github.com/aparte-dev/aparte/exchange/table"
)

// items reads a product feed: the items of an RSS 2.0 channel, or the entries of an Atom feed. A cell is a child of
// an item, under its local name; one in Google's namespace goes before another of its name, and of several the first
// counts (https://support.google.com/merchants/answer/160589). What is nested deeper is left out.
type items struct {
	name string
	xml  *xml.Decoder
	from *budget
	in   bool // an item was seen, or a channel or feed was
	text string
}

// budget bounds what may be read for one item.
type budget struct {
	from io.Reader
	left int
}

func (b *budget) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, fmt.Errorf("an item, or what is between two, is longer than %d bytes", 4*table.MaxRow)
	}
	n, err := b.from.Read(p[:min(len(p), b.left)])
	b.left -= n
	return n, err
}

// maxElements bounds the children of one item that are kept.
const maxElements = 1024

func newItems(name string, source io.Reader) (*items, error) {
	plain, err := table.Plain(source)
	if err != nil {
		return nil, &table.Error{File: name, Line: 1, Field: "file", Reason: err.Error(), Last: true}
	}
	if _, err := plain.Peek(1); err == io.EOF {
		return nil, &table.Error{File: name, Line: 1, Field: "file", Reason: "the file is empty", Last: true}
	}
	from := &budget{from: plain}
	d := xml.NewDecoder(from)
	d.CharsetReader = func(label string, in io.Reader) (io.Reader, error) {
		encoding, err := htmlindex.Get(label)
		if err != nil {
			return nil, fmt.Errorf("encoding %.40q is not known", label)
		}
		return encoding.NewDecoder().Reader(in), nil
	}
	return &items{name: name, xml: d, from: from}, nil
}

func (s *items) Text() string { return s.text }

func (s *items) line() int {
	line, _ := s.xml.InputPos()
	return line
}

func (s *items) broken(err error) error {
	var syntax *xml.SyntaxError
	reason, line := err.Error(), s.line()
	if errors.As(err, &syntax) {
		reason, line = syntax.Msg, syntax.Line
	}
	return &table.Error{File: s.name, Line: line, Field: "file", Reason: "no XML from here on: " + reason, Last: true}
}

// Next is the next item.
func (s *items) Next() (Record, error) {
	s.from.left = 4 * table.MaxRow
	for {
		token, err := s.xml.Token()
		switch {
		case err == io.EOF && !s.in:
			return Record{}, &table.Error{File: s.name, Line: 1, Field: "file", Reason: "no product feed: there is no channel and no feed in it", Last: true}
		case err == io.EOF:
			return Record{}, io.EOF
		case err != nil:
			return Record{}, s.broken(err)
		}
		start, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		switch start.Name.Local {
		case "item", "entry":
			s.in = true
			return s.item()
		case "channel", "feed":
			s.in = true
		}
	}
}

// item reads the children of the item that was entered.
func (s *items) item() (Record, error) {
	out := Record{File: s.name, Line: s.line()}
	googles := map[string]bool{}
	size := 0
	for {
		token, err := s.xml.Token()
		if err != nil {
			if err == io.EOF {
				err = io.ErrUnexpectedEOF
			}
			return out, s.broken(err)
		}
		switch t := token.(type) {
		case xml.EndElement:
			if s.text = string(out.JSON()); size > table.MaxRow {
				return out, out.Bad("item", "longer than %d bytes", table.MaxRow)
			}
			return out, nil
		case xml.StartElement:
			text, err := s.content(&t)
			if err != nil {
				return out, s.broken(err)
			}
			if size += len(text); text == "" || size > table.MaxRow || len(out.Cells) >= maxElements {
				continue
			}
			out.put(t.Name, text, googles)
		}
	}
}

// put adds a child of an item, where it goes before what is there.
func (r *Record) put(name xml.Name, text string, googles map[string]bool) {
	google := name.Space == "g" || strings.Contains(name.Space, "base.google.com")
	for i := range r.Cells {
		if c := &r.Cells[i]; c.Name == name.Local {
			if google && !googles[c.Name] {
				c.Text, googles[c.Name] = text, true
			}
			return
		}
	}
	r.Cells, googles[name.Local] = append(r.Cells, Cell{Name: name.Local, Text: text}), google
}

// content is the text of the element that was entered, of a link without text its address; that of elements within
// it is left out.
func (s *items) content(start *xml.StartElement) (string, error) {
	var text bytes.Buffer
	for depth := 1; depth > 0; {
		token, err := s.xml.Token()
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return "", err
		}
		switch t := token.(type) {
		case xml.StartElement:
			depth++
		case xml.EndElement:
			depth--
		case xml.CharData:
			if depth == 1 && text.Len() <= table.MaxRow {
				text.Write(t)
			}
		}
	}
	found := strings.TrimSpace(text.String())
	for _, a := range start.Attr {
		if found == "" && start.Name.Local == "link" && a.Name.Local == "href" {
			found = a.Value
		}
	}
	return found, nil
}
