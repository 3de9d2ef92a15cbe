// Package form says what the records of a file become: a document with the record's cells in their places.
//
// A form is a JSON document shaped like what is to come out. In it, "$Name" stands for the cell of that name,
// "$Name:number" for the same read as a number (also whole, truth, time, json, text), "$A|B" for the first of two that is
// not empty, "${Name}" for a cell within a text, and "$+A" or "$+A*B" for a sum, exact to the last digit. A member whose cell is missing is left out. Where a form groups
// rows, those with the same cell make one document: arrays get the elements of every row, sums go over all of them.
//
// It knows records, cells, and how people write dates. It never knows where documents go.
//
// Start reading here; node.go has what a form is made of, dates.go how dates are read.
package form

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/aparte-dev/aparte/exchange/record"
	"github.com/aparte-dev/aparte/exchange/table"
)

// Form is what records become. It is immutable once parsed, but for Set, and safe for concurrent use then.
type Form struct {
	Group string // the column whose equal cells make rows one document; empty: each row is one
	Aside []Aside
	Dates Dates

	root  object
	taken []string // Columns
}

// Aside is a rule by which rows are set aside: those whose cell is as the one of Empty, Is, Begins, Below and AtMost that
// is there says.
type Aside struct {
	Column string   `json:"column"`
	Empty  bool     `json:"empty,omitzero"`
	Is     *string  `json:"is,omitzero"`
	Begins string   `json:"begins,omitzero"`
	Below  *float64 `json:"below,omitzero"`
	AtMost *float64 `json:"atMost,omitzero"`
	Reason string   `json:"reason"`
}

// maxForm bounds a form's text.
const maxForm = 1 << 20

// Parse reads a form file: {"group": …, "aside": […], "dates": "dmy", "zone": "Europe/Paris", "document": {…}}.
// An error begins with the JSON pointer of what is wrong.
func Parse(body []byte) (*Form, error) {
	if len(body) > maxForm {
		return nil, fmt.Errorf("longer than %d bytes", maxForm)
	}
	var file struct {
		Group    string         `json:"group"`
		Aside    []Aside        `json:"aside"`
		Dates    string         `json:"dates"`
		Zone     string         `json:"zone"`
		Document jsontext.Value `json:"document"`
	}
	if err := json.Unmarshal(body, &file, json.RejectUnknownMembers(true)); err != nil {
		var meaning *json.SemanticError
		if errors.As(err, &meaning) && meaning.JSONPointer != "" {
			return nil, fmt.Errorf("%s: %w", meaning.JSONPointer, meaning.Err)
		}
		return nil, err
	}
	dates, err := NewDates(file.Dates, file.Zone)
	if err != nil {
		return nil, err
	}
	for i, a := range file.Aside {
		if a.Column == "" || a.Reason == "" || a.tests() != 1 {
			return nil, fmt.Errorf("/aside/%d: needs a column, a reason, and one of empty, is, begins, below, atMost", i)
		}
	}
	f, err := New(string(file.Document))
	if err != nil {
		return nil, fmt.Errorf("/document%w", err)
	}
	f.Group, f.Aside, f.Dates = file.Group, file.Aside, dates
	f.taken = f.columns()
	return f, nil
}

// New is the form of a document alone.
func New(document string) (*Form, error) {
	root, err := parseNode(jsontext.Value(document), 0)
	if err != nil {
		return nil, err
	}
	o, ok := root.(*object)
	if !ok {
		return nil, errors.New(": must be an object")
	}
	f := &Form{root: *o}
	f.taken = f.columns()
	return f, nil
}

// Set puts a value in a place of the document, whose names have points between: "traits.city". The value is JSON, or
// else text as it may stand in a form.
func (f *Form) Set(path, value string) error {
	v := jsontext.Value(value)
	if !v.IsValid() {
		quoted, err := jsontext.AppendQuote(nil, value)
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		v = quoted
	}
	n, err := parseNode(v, 0)
	if err != nil {
		return fmt.Errorf("%s%w", path, err)
	}
	o := &f.root
	names := strings.Split(path, ".")
	for _, name := range names[:len(names)-1] {
		below, ok := o.get(name).(*object)
		if !ok {
			below = &object{}
			o.put(name, below)
		}
		o = below
	}
	o.put(names[len(names)-1], n)
	f.taken = f.columns()
	return nil
}

// Columns are the names that the form asks for, sorted. Whoever knows all columns of a file can tell which are missing.
func (f *Form) Columns() []string { return slices.Clone(f.taken) }

func (f *Form) columns() []string {
	names := f.root.columns(nil)
	if f.Group != "" {
		names = append(names, f.Group)
	}
	for _, a := range f.Aside {
		names = append(names, a.Column)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Field is what an error calls a place of the document: the column that fills it, else the place itself.
func (f *Form) Field(path string) string {
	o := &f.root
	names := strings.Split(path, ".")
	for _, name := range names[:len(names)-1] {
		below, ok := o.get(name).(*object)
		if !ok {
			return path
		}
		o = below
	}
	if c, ok := o.get(names[len(names)-1]).(*cell); ok {
		return c.names[0]
	}
	return path
}

// Check is why a row cannot be taken, nil where it can: a rule sets it aside, a cell cannot be read as what it should be.
func (f *Form) Check(r *record.Record) *table.Error {
	for i := range f.Aside {
		if bad := f.Aside[i].test(r); bad != nil {
			return bad
		}
	}
	if f.Group != "" {
		if c, ok := r.Cell(f.Group); !ok || c.Plain() == "" {
			return r.Bad(f.Group, "empty")
		}
	}
	_, bad := f.Document([]*record.Record{r})
	return bad
}

// Document is what rows become together.
func (f *Form) Document(rows []*record.Record) (jsontext.Value, *table.Error) {
	s := situation{form: f, rows: rows}
	v := s.render(&f.root)
	if s.bad != nil {
		return nil, s.bad
	}
	if v == nil {
		v = jsontext.Value("{}")
	}
	return v, nil
}

// Agree is why a row does not belong to the rest of its group, of which first is the first: outside of arrays and sums,
// and of the timestamp, the rows of a group say the same.
func (f *Form) Agree(first, r *record.Record) *table.Error {
	gist := func(r *record.Record) jsontext.Value {
		s := situation{form: f, rows: []*record.Record{r}, gist: true}
		return s.render(&f.root)
	}
	if !bytes.Equal(gist(first), gist(r)) {
		return r.Bad(f.Group, "says something else than the first row of its group (%s:%d) outside of lists and sums", first.File, first.Line)
	}
	return nil
}

func (a *Aside) tests() (n int) {
	for _, said := range []bool{a.Empty, a.Is != nil, a.Begins != "", a.Below != nil, a.AtMost != nil} {
		if said {
			n++
		}
	}
	return n
}

func (a *Aside) test(r *record.Record) *table.Error {
	c, _ := r.Cell(a.Column)
	text := strings.TrimSpace(c.Plain())
	hit := false
	switch {
	case a.Empty:
		hit = text == ""
	case a.Is != nil:
		hit = text == *a.Is
	case a.Begins != "":
		hit = strings.HasPrefix(text, a.Begins)
	default:
		x, ok := number(text)
		if !ok {
			return r.Bad(a.Column, "not a number")
		}
		hit = a.Below != nil && x < *a.Below || a.AtMost != nil && x <= *a.AtMost
	}
	if hit {
		return r.Bad(a.Column, "%s", a.Reason)
	}
	return nil
}
