package form

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/aparte-dev/aparte/exchange/record"
	"github.com/aparte-dev/aparte/exchange/table"
)

// node is a piece of a form. Rendered, it is JSON, or nil where there is nothing to say.
type node interface {
	render(s *situation) jsontext.Value
	columns(names []string) []string
}

// situation is the rows for which a form is rendered.
type situation struct {
	form *Form
	rows []*record.Record
	gist bool // without arrays, sums and the timestamp
	bad  *table.Error
}

func (s *situation) render(n node) jsontext.Value {
	if s.bad != nil {
		return nil
	}
	return n.render(s)
}

// fail notes the first thing that is wrong with the first row.
func (s *situation) fail(field, reason string, args ...any) jsontext.Value {
	if s.bad == nil {
		s.bad = s.rows[0].Bad(field, reason, args...)
	}
	return nil
}

type (
	literal jsontext.Value
	cell    struct {
		names []string // columns, of which the first that says something counts
		kind  string
	}
	words  struct{ parts []string } // text, column, text, …
	sum    struct{ a, b string }
	array  []node
	object struct {
		members []member
		rest    bool // the cells that nothing else of the form names are members, too
	}
	member struct {
		name string
		node node
	}
)

// restName stands, in an object of a form, for the cells that nothing else names.
const restName = "$rest"

var kinds = []string{"text", "number", "whole", "truth", "time", "json"}

const maxDepth = 16

func parseNode(v jsontext.Value, depth int) (node, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf(": nested deeper than %d levels", maxDepth)
	}
	if len(v) == 0 {
		return nil, fmt.Errorf(": is required")
	}
	if !v.IsValid() {
		return nil, fmt.Errorf(": is no JSON")
	}
	switch v.Kind() {
	case '"':
		c := record.Cell{Text: string(v), JSON: true}
		return parseText(c.Plain())
	case '{', '[':
		return parseNest(v, depth)
	}
	return literal(v.Clone()), nil
}

func parseNest(v jsontext.Value, depth int) (node, error) {
	d := jsontext.NewDecoder(strings.NewReader(string(v)))
	if _, err := d.ReadToken(); err != nil {
		return nil, fmt.Errorf(": %w", err)
	}
	o, a := &object{}, array{}
	for i := 0; d.PeekKind() != '}' && d.PeekKind() != ']'; i++ {
		name := strconv.Itoa(i)
		if v.Kind() == '{' {
			token, err := d.ReadToken()
			if err != nil {
				return nil, fmt.Errorf(": %w", err)
			}
			name = token.String()
		}
		value, err := d.ReadValue()
		if err != nil {
			return nil, fmt.Errorf("/%s: %w", name, err)
		}
		if name == restName {
			o.rest = true
			continue
		}
		n, err := parseNode(value.Clone(), depth+1)
		if err != nil {
			return nil, fmt.Errorf("/%s%w", name, err)
		}
		o.members, a = append(o.members, member{name, n}), append(a, n)
	}
	if v.Kind() == '[' {
		return a, nil
	}
	return o, nil
}

func parseText(text string) (node, error) {
	switch {
	case strings.HasPrefix(text, "$$"):
		return literal(quoted(text[1:])), nil
	case strings.HasPrefix(text, "$+"):
		a, b, _ := strings.Cut(text[2:], "*")
		if a == "" {
			return nil, fmt.Errorf(": names no column to sum")
		}
		return &sum{a, b}, nil
	case strings.Contains(text, "${"):
		return parseWords(text)
	case strings.HasPrefix(text, "$"):
		c, names := &cell{}, text[1:]
		if i := strings.LastIndexByte(names, ':'); i >= 0 && slices.Contains(kinds, names[i+1:]) {
			names, c.kind = names[:i], names[i+1:]
		}
		if c.names = strings.Split(names, "|"); slices.Contains(c.names, "") {
			return nil, fmt.Errorf(": names no column")
		}
		return c, nil
	}
	return literal(quoted(text)), nil
}

func parseWords(text string) (node, error) {
	w := &words{}
	for {
		before, rest, found := strings.Cut(text, "${")
		w.parts = append(w.parts, before)
		if !found {
			return w, nil
		}
		name, after, closed := strings.Cut(rest, "}")
		if !closed || name == "" {
			return nil, fmt.Errorf(": ${ without a column and }")
		}
		w.parts, text = append(w.parts, name), after
	}
}

func quoted(text string) jsontext.Value {
	c := record.Cell{Text: text}
	return c.Value()
}

func (l literal) render(*situation) jsontext.Value { return jsontext.Value(l) }
func (literal) columns(names []string) []string    { return names }

func (c *cell) columns(names []string) []string { return append(names, c.names...) }

func (c *cell) render(s *situation) jsontext.Value {
	for _, column := range c.names {
		found, _ := s.rows[0].Cell(column)
		if text := strings.TrimSpace(found.Plain()); text != "" {
			return c.read(s, column, text, &found)
		}
	}
	return nil
}

// read is what the cell of a column says.
func (c *cell) read(s *situation, column, text string, found *record.Cell) jsontext.Value {
	switch c.kind {
	case "number":
		if _, ok := number(text); !ok {
			return s.fail(column, "not a number")
		}
		return decimal(text)
	case "whole":
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return s.fail(column, "not a whole number")
		}
		return jsontext.Value(strconv.FormatInt(n, 10))
	case "truth":
		switch strings.ToLower(text) {
		case "true", "yes", "y", "1", "t":
			return jsontext.Value("true")
		case "false", "no", "n", "0", "f":
			return jsontext.Value("false")
		}
		return s.fail(column, "neither true nor false")
	case "time":
		at, err := s.form.Dates.Read(text)
		if err != nil {
			return s.fail(column, "%v", err)
		}
		return quoted(at.Format(time.RFC3339Nano))
	case "json":
		v := jsontext.Value(text)
		if !v.IsValid() || v.Compact() != nil {
			return s.fail(column, "not JSON")
		}
		return v
	case "text":
		return quoted(text)
	}
	if found.JSON {
		return found.Value()
	}
	return quoted(text)
}

func (w *words) columns(names []string) []string {
	for i := 1; i < len(w.parts); i += 2 {
		names = append(names, w.parts[i])
	}
	return names
}

func (w *words) render(s *situation) jsontext.Value {
	var text strings.Builder
	for i, part := range w.parts {
		if i%2 == 1 {
			c, _ := s.rows[0].Cell(part)
			if part = strings.TrimSpace(c.Plain()); part == "" {
				return nil
			}
		}
		text.WriteString(part)
	}
	return quoted(text.String())
}

func (a array) columns(names []string) []string {
	for _, n := range a {
		names = n.columns(names)
	}
	return names
}

// render has the elements of every row, in their order.
func (a array) render(s *situation) jsontext.Value {
	if s.gist {
		return nil
	}
	out := jsontext.Value{'['}
	for _, row := range s.rows {
		one := situation{form: s.form, rows: []*record.Record{row}}
		for _, n := range a {
			v := one.render(n)
			if v == nil {
				continue
			}
			if len(out) > 1 {
				out = append(out, ',')
			}
			out = append(out, v...)
		}
		if one.bad != nil {
			s.bad = one.bad
			return nil
		}
	}
	return append(out, ']')
}

func (o *object) columns(names []string) []string {
	for _, m := range o.members {
		names = m.node.columns(names)
	}
	return names
}

func (o *object) get(name string) node {
	for _, m := range o.members {
		if m.name == name {
			return m.node
		}
	}
	return nil
}

func (o *object) put(name string, n node) {
	for i := range o.members {
		if o.members[i].name == name {
			o.members[i].node = n
			return
		}
	}
	o.members = append(slices.Clip(o.members), member{name, n})
}

func (o *object) render(s *situation) jsontext.Value {
	out := jsontext.Value{'{'}
	add := func(name string, v jsontext.Value) {
		if v == nil {
			return
		}
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = append(append(append(out, quoted(name)...), ':'), v...)
	}
	for _, m := range o.members {
		if s.gist && o == &s.form.root && m.name == "timestamp" {
			continue
		}
		add(m.name, s.render(m.node))
	}
	if o.rest {
		for i := range s.rows[0].Cells {
			c := &s.rows[0].Cells[i]
			_, named := slices.BinarySearch(s.form.taken, c.Name)
			if !named && o.get(c.Name) == nil && c.Name != record.AsideName {
				add(c.Name, c.Value())
			}
		}
	}
	if len(out) == 1 && len(o.members) > 0 {
		return nil
	}
	return append(out, '}')
}
