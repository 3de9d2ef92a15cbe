package example

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/aparte-dev/aparte/exchange/table"
)

// The bounds of a file of examples.
const (
	MaxLine     = 1 << 20 // bytes
	MaxFeatures = 255     // of one line
	MaxActions  = 1000    // of one decision, and different labels of a set
	MaxValue    = 1 << 20 // size of a feature's value
)

// lines reads a text line by line.
type lines struct {
	name string
	from *bufio.Reader
	line int // of the text read last, from 1
}

func newLines(name string, r io.Reader) (*lines, error) {
	plain, err := table.Plain(r)
	if err != nil {
		return nil, &table.Error{File: name, Line: 1, Field: "file", Reason: err.Error(), Last: true}
	}
	return &lines{name: name, from: bufio.NewReaderSize(plain, MaxLine)}, nil
}

// next is the next line without its end; io.EOF after the last.
func (l *lines) next() (string, error) {
	text, err := l.from.ReadSlice('\n')
	if len(text) > 0 || err != io.EOF {
		l.line++
	}
	switch {
	case errors.Is(err, bufio.ErrBufferFull):
		return "", l.broken("line", "longer than %d bytes", MaxLine)
	case err == io.EOF && len(text) == 0:
		return "", io.EOF
	case err != nil && err != io.EOF:
		return "", l.broken("line", "%v", err)
	case !utf8.Valid(text):
		return "", l.broken("line", "not UTF-8")
	}
	return strings.TrimRight(string(text), "\r\n"), nil
}

// bad is what is wrong with a field of the line read last.
func (l *lines) bad(field, reason string, args ...any) *table.Error {
	return &table.Error{File: l.name, Line: l.line, Field: field, Reason: fmt.Sprintf(reason, args...)}
}

// broken is an error after which nothing can be read.
func (l *lines) broken(field, reason string, args ...any) *table.Error {
	e := l.bad(field, reason, args...)
	e.Last = true
	return e
}

// number reads a number of at most a size.
func number(text string, most float64) (float64, error) {
	x, err := strconv.ParseFloat(text, 64)
	switch {
	case math.IsNaN(x) || math.IsInf(x, 0):
		return 0, errors.New("not a finite number")
	case err != nil || strings.ContainsAny(text, "xX_"):
		return 0, errors.New("not a number")
	case math.Abs(x) > most:
		return 0, fmt.Errorf("not within ±%g", most)
	}
	return x, nil
}
