package scenario

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/decide"
)

// MaxFile is the most bytes of a file of scenarios.
const MaxFile = 1 << 20

// File is scenarios as somebody wrote them down, in YAML or JSON: a list of them, or an object with such a list as its
// member scenarios.
type File struct {
	Scenarios []aparte.Scenario
	name      string
	places    places
	within    string // pointer to the list
}

// Fault is what is wrong at one place of a file.
type Fault struct {
	File         string
	Line, Column int // from 1
	Field        string
	Message      string
}

func (f *Fault) Error() string {
	field := ""
	if f.Field != "" {
		field = f.Field + ": "
	}
	return fmt.Sprintf("%s:%d:%d: %s%s", f.File, f.Line, f.Column, field, f.Message)
}

// place is where a value begins in a text.
type place struct{ line, column int }

// places are those of the values of a document, by their JSON pointers.
type places map[string]place

// of is the place of a value, or of the nearest that it would stand in.
func (p places) of(pointer string) place {
	for {
		if at, known := p[pointer]; known || pointer == "" {
			return cmp.Or(at, place{1, 1})
		}
		pointer = pointer[:strings.LastIndexByte(pointer, '/')]
	}
}

// Read reads a file of scenarios. name is that of the file, for errors; each is a *Fault. Whether the scenarios make sense is
// for Check to say.
func Read(name string, text []byte) (*File, error) {
	f := &File{name: name}
	if len(text) > MaxFile {
		return nil, &Fault{name, 1, 1, "", fmt.Sprintf("%d bytes, at most %d", len(text), MaxFile)}
	}
	read := readYAML
	if trimmed := bytes.TrimLeft(text, " \t\r\n"); len(trimmed) > 0 && (trimmed[0] == '{' || trimmed[0] == '[') {
		read = readJSON
	}
	document, where, err := read(text)
	if err != nil {
		var at *misread
		if errors.As(err, &at) {
			return nil, &Fault{name, at.line, at.column, "", at.message}
		}
		return nil, err
	}
	f.places = where
	var into any = &f.Scenarios
	var object struct {
		Scenarios *[]aparte.Scenario `json:"scenarios"`
	}
	if document[0] == '{' {
		object.Scenarios, into, f.within = &f.Scenarios, &object, "/scenarios"
	}
	if err := json.Unmarshal(document, into, json.RejectUnknownMembers(true)); err != nil {
		return nil, f.meaning(err)
	}
	if len(f.Scenarios) == 0 {
		return nil, f.fault("", "there are no scenarios")
	}
	return f, nil
}

// Check says what is wrong with the scenarios as those of a brand, in their order: a joined error of *Faults. What else is wrong
// with the brand it leaves aside.
func (f *File) Check(b *aparte.Brand) error {
	whole := *b
	whole.Scenarios = f.Scenarios
	_, mine := Compile(&whole)
	_, brands := decide.Compile(&whole, 0)
	told := map[string]bool{}
	var faults []*Fault
	for _, one := range append(spread(mine), spread(brands)...) {
		pointer, message, _ := strings.Cut(one.Error(), ": ")
		place, ours := strings.CutPrefix(pointer, "/scenarios")
		if ours && !told[place] {
			told[place] = true
			faults = append(faults, f.fault(f.within+place, message))
		}
	}
	slices.SortStableFunc(faults, func(a, b *Fault) int { return cmp.Or(a.Line-b.Line, a.Column-b.Column) })
	all := make([]error, len(faults))
	for i := range faults {
		all[i] = faults[i]
	}
	return errors.Join(all...)
}

// spread is the errors that are joined in one.
func spread(err error) []error {
	if err == nil {
		return nil
	}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var all []error
		for _, one := range joined.Unwrap() {
			all = append(all, spread(one)...)
		}
		return all
	}
	return []error{err}
}

func (f *File) fault(pointer, message string) *Fault {
	at := f.places.of(pointer)
	return &Fault{f.name, at.line, at.column, strings.TrimPrefix(pointer, f.within), message}
}

// meaning says where a document holds no scenarios.
func (f *File) meaning(err error) error {
	var wrong *json.SemanticError
	if !errors.As(err, &wrong) {
		return f.fault("", err.Error())
	}
	message := "is not of the right type"
	switch {
	case errors.Is(err, json.ErrUnknownName):
		message = "is not known here"
	case wrong.Err != nil:
		message = strings.TrimPrefix(wrong.Err.Error(), "json: ")
	}
	return f.fault(string(wrong.JSONPointer), message)
}

// misread is where a text is no document.
type misread struct {
	place
	message string
}

func (m *misread) Error() string { return m.message }

// readJSON reads JSON, and where each value of it begins.
func readJSON(text []byte) ([]byte, places, error) {
	where := places{}
	lines := newlines(text)
	d := jsontext.NewDecoder(bytes.NewReader(text))
	for {
		start := d.InputOffset()
		for start < int64(len(text)) && strings.IndexByte(" \t\r\n:,", text[start]) >= 0 {
			start++
		}
		if start == int64(len(text)) && d.StackDepth() == 0 {
			return text, where, nil
		}
		if d.StackDepth() == 0 && start > 0 && len(where) > 0 {
			return nil, nil, &misread{lines.at(start), "more follows the end"}
		}
		token, err := d.ReadToken()
		if err != nil {
			var syntax *jsontext.SyntacticError
			at, message := start, "is not JSON"
			if errors.As(err, &syntax) {
				at = syntax.ByteOffset
				if errors.Is(err, jsontext.ErrDuplicateName) {
					message = "a member of this name stands there already"
				}
			}
			return nil, nil, &misread{lines.at(at), message}
		}
		if kind := token.Kind(); kind != '}' && kind != ']' {
			if pointer := string(d.StackPointer()); where[pointer] == (place{}) { // a member is where its name is
				where[pointer] = lines.at(start)
			}
		}
	}
}

// lineEnds are the offsets of the ends of a text's lines.
type lineEnds []int64

func newlines(text []byte) (ends lineEnds) {
	for i, c := range text {
		if c == '\n' {
			ends = append(ends, int64(i))
		}
	}
	return ends
}

// at is the place of an offset; columns count bytes.
func (ends lineEnds) at(offset int64) place {
	line, _ := slices.BinarySearch(ends, offset)
	begins := int64(0)
	if line > 0 {
		begins = ends[line-1] + 1
	}
	return place{line + 1, int(offset-begins) + 1}
}

// escaped is a name as JSON pointers have it (RFC 6901).
func escaped(name string) string { return strings.NewReplacer("~", "~0", "/", "~1").Replace(name) }

func item(pointer string, i int) string { return pointer + "/" + strconv.Itoa(i) }
