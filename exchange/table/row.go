package table

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Row is one row, good until the next is read. Texts taken from it may be kept, but keep the whole row in
// memory: clone what is to stay.
type Row struct {
	table *Table
	cells []string
	line  int
}

// Line is where the row begins in the file, from 1.
func (r Row) Line() int { return r.line }

// Text is the cell as it stands.
func (r Row) Text(c Column) string { return r.cells[c.at] }

// Key is the cell as the name of something: spaces around it are taken off; it is not empty, and not
// longer than MaxName.
func (r Row) Key(c Column) (string, error) {
	s := strings.TrimSpace(r.cells[c.at])
	switch {
	case s == "":
		return "", r.Bad(c, "empty")
	case len(s) > MaxName:
		return "", r.Bad(c, "longer than %d bytes", MaxName)
	case !utf8.ValidString(s):
		return "", r.Bad(c, "not UTF-8")
	}
	return s, nil
}

// Number is the cell as a finite number, spelt with digits, a point and an exponent. Spaces around it do
// not count.
func (r Row) Number(c Column) (float64, error) {
	s := strings.TrimSpace(r.cells[c.at])
	if s == "" {
		return 0, r.Bad(c, "empty where a number belongs")
	}
	x, err := strconv.ParseFloat(s, 64)
	switch {
	case math.IsNaN(x) || math.IsInf(x, 0):
		return 0, r.Bad(c, "%s is not a finite number", shown(s))
	case err != nil || strings.ContainsAny(s, "xX_"):
		return 0, r.Bad(c, "%s is not a number", shown(s))
	}
	return x, nil
}

// Within is the cell as a number from low to high, both included.
func (r Row) Within(c Column, low, high float64) (float64, error) {
	x, err := r.Number(c)
	if err == nil && (x < low || x > high) {
		return 0, r.Bad(c, "%v is not between %v and %v", x, low, high)
	}
	return x, err
}

// Whole is the cell as a whole number from low to high, both included.
func (r Row) Whole(c Column, low, high int64) (int64, error) {
	s := strings.TrimSpace(r.cells[c.at])
	n, err := strconv.ParseInt(s, 10, 64)
	switch {
	case s == "":
		return 0, r.Bad(c, "empty where a whole number belongs")
	case err != nil:
		return 0, r.Bad(c, "%s is not a whole number", shown(s))
	case n < low || n > high:
		return 0, r.Bad(c, "%d is not between %d and %d", n, low, high)
	}
	return n, nil
}

// layouts are the ways in which an instant may be written; without a zone it is UTC.
var layouts = []string{time.DateOnly, time.RFC3339, time.DateTime, "2006-01-02 15:04:05Z07:00", "2006-01-02T15:04:05", "20060102"}

// Time is the cell as a day (2006-01-02 or 20060102) or an instant.
func (r Row) Time(c Column) (time.Time, error) {
	s := strings.TrimSpace(r.cells[c.at])
	for _, layout := range layouts {
		if at, err := time.Parse(layout, s); err == nil {
			return at.UTC(), nil
		}
	}
	return time.Time{}, r.Bad(c, "%s is not a date such as 2006-01-02 or 2006-01-02T15:04:05Z", shown(s))
}

// Bad is what is wrong with a cell, for checks of the caller's own.
func (r Row) Bad(c Column, reason string, args ...any) error {
	return &Error{File: r.table.name, Line: r.line, Field: c.Name, Reason: fmt.Sprintf(reason, args...)}
}

// shown is a cell in an error: itself where it looks like a number, else nothing of it, because a cell in
// the wrong place may be somebody's name.
func shown(s string) string {
	switch strings.ToLower(strings.TrimLeft(s, "+-")) {
	case "":
		return "the empty text"
	case "nan", "inf", "infinity":
		return s
	}
	if len(s) <= 32 && strings.Trim(s, "0123456789+-.,:eE% /") == "" {
		return s
	}
	return "the text"
}
