package mailbox

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/emersion/go-message"
	"github.com/emersion/go-message/mail"
)

// Bounds of what is understood of one mail. Beyond them it is kept as it came, with a Problem.
const (
	maxHeaderBytes = 64 << 10
	maxDepth       = 8  // of parts within parts
	maxParts       = 64 // in all
)

var (
	errTooDeep  = fmt.Errorf("parts nested deeper than %d", maxDepth)
	errTooMany  = fmt.Errorf("more than %d parts", maxParts)
	errNoHeader = errors.New("header cannot be read")
)

// parse reads a mail as far as it can be read. It never fails: what it could not understand is said in
// Problem, and Raw always has it.
func parse(raw []byte) Mail {
	m := Mail{Raw: raw}
	options := &message.ReadOptions{MaxHeaderBytes: maxHeaderBytes}
	whole, err := message.ReadWithOptions(bytes.NewReader(raw), options)
	if whole == nil {
		m.Problem = fmt.Sprintf("%v: %v", errNoHeader, err)
		return m
	}
	m.readHeader(&mail.Header{Header: whole.Header})

	r := reader{mail: &m}
	if err := errors.Join(err, r.part(whole, 0)); err != nil {
		m.Problem = err.Error()
	}
	return m
}

func (m *Mail) readHeader(h *mail.Header) {
	for fields := h.Fields(); fields.Next(); {
		value, err := fields.Text()
		if err != nil {
			value = fields.Value() // in a charset unknown here: shown as it came
		}
		m.Header = append(m.Header, Field{Name: fields.Key(), Value: value})
	}
	m.From, m.To, m.Subject = m.Get("From"), m.Get("To"), m.Get("Subject")
	if id, err := h.MessageID(); err == nil {
		m.MessageID = id
	}
	if date, err := h.Date(); err == nil {
		m.Date = date
	}
}

// reader walks the parts of one mail.
type reader struct {
	mail  *Mail
	parts int
}

func (r *reader) part(e *message.Entity, depth int) error {
	if depth > maxDepth {
		return errTooDeep
	}
	if r.parts++; r.parts > maxParts {
		return errTooMany
	}
	parts := e.MultipartReader()
	if parts == nil {
		return r.leaf(e)
	}
	for {
		inner, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if inner == nil {
			return fmt.Errorf("part %d: %w", r.parts, err)
		}
		if err := errors.Join(err, r.part(inner, depth+1)); err != nil {
			return err
		}
	}
}

// leaf keeps the first plain text and the first HTML; attachments stay in Raw.
func (r *reader) leaf(e *message.Entity) error {
	if disposition, _, _ := e.Header.ContentDisposition(); disposition == "attachment" {
		return nil
	}
	kind, _, err := e.Header.ContentType()
	if err != nil || kind == "" {
		kind = "text/plain" // RFC 2045 section 5.2
	}
	var to *string
	switch kind {
	case "text/plain":
		to = &r.mail.Text
	case "text/html":
		to = &r.mail.HTML
	}
	if to == nil || *to != "" {
		return nil
	}
	body, err := io.ReadAll(e.Body)
	*to = strings.ReplaceAll(strings.ToValidUTF8(string(body), "\uFFFD"), "\r\n", "\n")
	if err != nil {
		return fmt.Errorf("part %d: %w", r.parts, err)
	}
	return nil
}
