package table

import "fmt"

// Error is bad input and its place: FILE:LINE: FIELD: reason.
type Error struct {
	File   string
	Line   int // from 1, where the row begins
	Field  string
	Reason string
	Last   bool // nothing after it can be read: it is never set aside
}

func (e *Error) Error() string {
	return fmt.Sprintf("%s:%d: %s: %s", e.File, e.Line, e.Field, e.Reason)
}

// Aside counts the rows that were set aside, and keeps what was wrong with the first.
type Aside struct {
	Rows  int
	First []string // at most ten
}

// Add sets a row aside for what is wrong with it.
func (a *Aside) Add(e *Error) {
	if a.Rows++; len(a.First) < 10 {
		a.First = append(a.First, e.Error())
	}
}
