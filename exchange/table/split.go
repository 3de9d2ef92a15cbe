package table

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
)

// splitter parts a text into rows and cells as RFC 4180 has them: fields parted by a separator, quoted where they
// contain it, a quote or a line end. Lines without anything in them are none.
//
// A quote out of place spoils one line: where a row cannot be read, it ends with its first line, and the next begins there.
type splitter struct {
	from  io.Reader
	comma byte

	held  []byte // what was read and not split yet
	ended error  // of the source; io.EOF: there is no more

	cells []string
	text  string // of the row split last
	line  int    // where it begins, from 1
	next  int    // where the row after it begins
}

var (
	errMore    = errors.New("the row goes on")
	errTooLong = fmt.Errorf("longer than %d bytes; is a quote not closed?", MaxRow)
)

// misplaced is a quote where none belongs.
type misplaced struct{ line, column int } // from 1; the column in bytes

func (m *misplaced) Error() string {
	return fmt.Sprintf("a quote out of place (line %d, byte %d): a quoted field begins and ends with one, and doubles those within",
		m.line, m.column)
}

// row splits the next row. After a misplaced quote, text is the line that was passed over, and the next row can be
// read; any other error ends it.
func (s *splitter) row() error {
	for {
		for blank := lineEnd(s.held); blank > 0; blank = lineEnd(s.held) { // of an empty line
			s.held, s.next = s.held[blank:], s.next+1
		}
		if s.ended != nil {
			s.held = s.held[lone(s.held):] // an empty line without its end
		}
		used, err := 0, errMore
		if len(s.held) > 0 {
			used, err = s.split(s.ended != nil)
		}
		var quote *misplaced
		switch {
		case errors.As(err, &quote):
			s.take(lineOf(s.held))
			quote.line += s.line - 1
			return quote
		case err == nil:
			s.take(used)
			return nil
		case s.ended != nil:
			return s.ended
		case len(s.held) > MaxRow:
			if n := lineOf(s.held); n < len(s.held) { // a quote that is not closed
				s.take(n)
				return &misplaced{s.line, 1 + strings.LastIndexByte(s.text, '"')}
			}
			s.line = s.next
			return errTooLong
		}
		s.fill()
	}
}

// fill reads more of the source.
func (s *splitter) fill() {
	const piece = 64 << 10
	if cap(s.held)-len(s.held) < piece/2 {
		s.held = append(make([]byte, 0, 2*len(s.held)+piece), s.held...)
	}
	n, err := s.from.Read(s.held[len(s.held):cap(s.held)])
	s.held, s.ended = s.held[:len(s.held)+n], err
}

// take passes over n bytes, which are the row.
func (s *splitter) take(n int) {
	s.line = s.next
	s.next += bytes.Count(s.held[:n], []byte{'\n'})
	s.text = strings.TrimRight(string(s.held[:n]), "\r\n")
	s.held = s.held[n:]
}

// lineEnd is how long the line end is that b begins with, 0 where it begins with something else.
func lineEnd(b []byte) int {
	switch {
	case bytes.HasPrefix(b, []byte{'\n'}):
		return 1
	case bytes.HasPrefix(b, []byte{'\r', '\n'}):
		return 2
	}
	return 0
}

// lineOf is how long the first line of b is, its end included.
func lineOf(b []byte) int {
	if i := bytes.IndexByte(b, '\n'); i >= 0 {
		return i + 1
	}
	return len(b)
}

// split splits the row that held begins with and returns its length. whole says that nothing comes after held.
func (s *splitter) split(whole bool) (used int, err error) {
	s.cells = s.cells[:0]
	b := s.held
	if n := lineOf(b); (whole || b[n-1] == '\n') && bytes.IndexByte(b[:n], '"') < 0 {
		s.plain(string(bytes.TrimSuffix(bytes.TrimSuffix(b[:n], []byte{'\n'}), []byte{'\r'})))
		return n, nil
	}
	for i := 0; ; i++ {
		if i == len(b) && !whole {
			return 0, errMore
		}
		cell := s.bare
		if i < len(b) && b[i] == '"' {
			cell = s.quoted
		}
		if i, err = cell(b, i, whole); err != nil {
			return 0, err
		}
		if i == len(b) || b[i] != s.comma {
			return i + lineEnd(b[i:]) + lone(b[i:]), nil
		}
	}
}

// lone is 1 where b is a carriage return and nothing else, as the last line of a file may have it.
func lone(b []byte) int {
	if len(b) == 1 && b[0] == '\r' {
		return 1
	}
	return 0
}

// plain splits a line without quotes.
func (s *splitter) plain(line string) {
	for {
		i := strings.IndexByte(line, s.comma)
		if i < 0 {
			s.cells = append(s.cells, line)
			return
		}
		s.cells, line = append(s.cells, line[:i]), line[i+1:]
	}
}

// bare reads a field without quotes from i on and returns where it ends.
func (s *splitter) bare(b []byte, i int, whole bool) (int, error) {
	for j := i; ; j++ {
		switch {
		case j == len(b) && !whole:
			return 0, errMore
		case j == len(b) || b[j] == '\n' || b[j] == s.comma:
			cell := b[i:j]
			if j == len(b) || b[j] == '\n' {
				cell = bytes.TrimSuffix(cell, []byte{'\r'})
			}
			s.cells = append(s.cells, string(cell))
			return j, nil
		case b[j] == '"':
			return 0, at(b, j)
		}
	}
}

// quoted reads a quoted field from i on, where its quote is, and returns where it ends.
func (s *splitter) quoted(b []byte, i int, whole bool) (int, error) {
	start := i + 1
	for j := start; ; j += 2 { // two quotes are one of the field
		n := bytes.IndexByte(b[j:], '"')
		switch {
		case n < 0 && whole:
			return 0, at(b, i)
		case n < 0:
			return 0, errMore
		}
		if j += n; j+1 < len(b) && b[j+1] == '"' {
			continue
		}
		field := string(b[start:j])
		if strings.ContainsAny(field, "\"\r") {
			field = strings.ReplaceAll(strings.ReplaceAll(field, `""`, `"`), "\r\n", "\n")
		}
		s.cells = append(s.cells, field)
		after := b[j+1:]
		switch {
		case len(after) == 0 && whole, len(after) > 0 && after[0] == s.comma, lineEnd(after) > 0, whole && lone(after) > 0:
			return j + 1, nil
		case len(after) == 0, len(after) == 1 && after[0] == '\r':
			return 0, errMore
		}
		return 0, at(b, j)
	}
}

// at is the quote at i, in a row that begins with b.
func at(b []byte, i int) error {
	before := b[:i]
	return &misplaced{1 + bytes.Count(before, []byte{'\n'}), i - bytes.LastIndexByte(before, '\n')}
}
