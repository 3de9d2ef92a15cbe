package compose

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/osteele/liquid"
	"github.com/osteele/liquid/expressions"
)

// Limits on what one render may do. Loops and values are bounded before: see inspect.go.
const (
	maxWordsBytes  = 4 << 10
	maxMarkupBytes = 256 << 10
	maxRenderTime  = 250 * time.Millisecond
)

// template is a text that has been inspected and parsed. It is immutable.
type template struct {
	plain  string // the whole text where it holds no Liquid
	quick  quick  // nil where it takes the library
	markup bool
	liquid *liquid.Template
	pool   *sync.Pool
	needs  []need
	bare   []use
	own    bool // it reads the person, the hour or the address of a film: it says something else to everybody
}

// need is a variable that must be bound: its path, whole and in parts.
type need struct {
	path  string
	parts []string
}

// library parses templates and keeps those used last.
type library struct {
	plain, markup *liquid.Engine
	parsed        *cache[templateKey, *template]
	writers       sync.Pool // of *limited
}

type templateKey struct {
	kind   templateKind
	source string
}

func newLibrary() *library {
	return &library{plain: newLiquid(false), markup: newLiquid(true), parsed: newCache[templateKey, *template](16 << 20)}
}

// template is the template that source says, or what is wrong with it.
func (l *library) template(kind templateKind, source string) (*template, error) {
	return l.parsed.get(templateKey{kind, source}, func() (*template, int64, error) {
		t, err := l.parse(kind, source)
		return t, int64(1024 + 8*len(source)), err
	})
}

func (l *library) parse(kind templateKind, source string) (t *template, err error) {
	if !strings.Contains(source, "{{") && !strings.Contains(source, "{%") {
		return &template{plain: source}, nil
	}
	seen, err := inspect(kind, source)
	if err != nil {
		return nil, err
	}
	defer func() { // the library's scanner panics on what its grammar does not foresee
		if r := recover(); r != nil {
			t, err = nil, errors.New("the template cannot be read")
		}
	}()
	engine := l.plain
	if kind == markupTemplate {
		engine = l.markup
	}
	parsed, perr := engine.ParseString(seen.rewritten)
	if perr != nil {
		if line := perr.LineNumber(); line > 0 {
			return nil, fmt.Errorf("line %d: not valid Liquid", line)
		}
		return nil, errors.New("not valid Liquid")
	}
	t = &template{liquid: parsed, pool: &l.writers, markup: kind == markupTemplate, bare: seen.bare}
	if steps, ok := compileQuick(seen.rewritten, seen.bare); ok {
		t.quick = steps
	}
	for _, path := range seen.needs {
		parts := strings.Split(path, ".")
		t.needs = append(t.needs, need{path: path, parts: parts})
		t.own = t.own || parts[0] == "person" || parts[0] == "now" || parts[0] == "video" || parts[0] == "share" || parts[0] == "me" || parts[0] == "place" || parts[0] == "nearest"
	}
	return t, nil
}

// uses reports whether the template names a variable.
func (t *template) uses(path string) bool {
	return slices.ContainsFunc(t.needs, func(n need) bool { return n.path == path })
}

// errHole says that a variable is not known where it would be printed: the message would have a hole.
type errHole struct{ path string }

func (e errHole) Error() string {
	return e.path + " is not known here: give it a default, or put it inside an if"
}

// render writes the template with the scope's values. Its errors hold no values, only what the author
// wrote.
func (t *template) render(sc *scope, most int) (out string, err error) {
	if t.liquid == nil && t.quick == nil {
		return t.plain, nil
	}
	defer func() { // a filter given what it does not expect may panic in the library
		if r := recover(); r != nil {
			out, err = "", errors.New("the template fails on these values")
		}
	}()
	w, ok := t.pool.Get().(*limited)
	if !ok {
		w = &limited{}
	}
	defer t.pool.Put(w)
	*w = limited{text: w.text[:0], most: most}
	if t.quick != nil {
		err := t.quick.render(sc, w, t.markup)
		return string(w.text), err
	}
	for _, u := range t.bare {
		if sc.value(u.path) == nil {
			return "", fmt.Errorf("line %d: %w", u.line, errHole{u.path})
		}
	}
	w.until = time.Now().Add(maxRenderTime)
	if rerr := t.liquid.FRender(w, sc.bindings(t.needs)); rerr != nil {
		return "", failure(rerr)
	}
	return string(w.text), nil
}

// settle is the template with the scope's values but for the variables left, which are filled in when it
// is rendered. It is false where too little of the template can be told without them.
func (t *template) settle(sc *scope, left func(path string) bool) (settled *template, ok bool) {
	defer func() { // as in render
		if r := recover(); r != nil {
			settled, ok = nil, false
		}
	}()
	if t.quick == nil {
		if slices.ContainsFunc(t.needs, func(n need) bool { return left(n.path) }) {
			return nil, false
		}
		out, err := t.render(sc, maxMarkupBytes)
		return &template{plain: out}, err == nil
	}
	steps, err := t.quick.settle(sc, t.markup, left)
	return &template{quick: steps, markup: t.markup, pool: t.pool}, err == nil
}

// failure says what went wrong in a render without repeating any value.
func failure(err liquid.SourceError) error {
	var said authorError
	var filter expressions.FilterError
	message := "the template fails on these values"
	switch cause := error(err); {
	case errors.As(cause, &filter):
		message = fmt.Sprintf("filter %s: cannot take this value", filter.FilterName)
		if errors.As(filter.Err, &said) {
			message = fmt.Sprintf("filter %s: %s", filter.FilterName, said)
		}
	case errors.As(cause, &said):
		message = said.Error()
	}
	if line := err.LineNumber(); line > 0 {
		return fmt.Errorf("line %d: %s", line, message)
	}
	return errors.New(message)
}

const (
	errOutput authorError = "the output is too long"
	errTime   authorError = "rendering takes too long"
)

// limited collects what is written to it and fails beyond its bounds, which ends any loop that writes.
type limited struct {
	text   []byte
	most   int
	until  time.Time // zero: for ever
	writes uint
}

func (w *limited) Write(p []byte) (int, error) {
	if err := w.allow(len(p)); err != nil {
		return 0, err
	}
	w.text = append(w.text, p...)
	return len(p), nil
}

func (w *limited) WriteString(s string) (int, error) {
	if err := w.allow(len(s)); err != nil {
		return 0, err
	}
	w.text = append(w.text, s...)
	return len(s), nil
}

func (w *limited) allow(n int) error {
	if len(w.text)+n > w.most {
		return errOutput
	}
	if w.writes++; w.writes%256 == 0 && !w.until.IsZero() && time.Now().After(w.until) {
		return errTime
	}
	return nil
}
