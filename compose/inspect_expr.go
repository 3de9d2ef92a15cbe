package compose

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// purpose says what becomes of an expression's value.
type purpose uint8

const (
	printed purpose = iota // it is shown, or kept to be shown
	tested                 // only its truth counts
)

// expression is what is known of one expression.
type expression struct {
	rewritten string
	path      string   // the variable it begins with, empty where it does not begin with one
	last      string   // its last filter
	guards    []string // tested: the paths that are there where it holds
	literals  bool     // it is nothing but literals, none of them nil
}

// operand is a variable inside an expression.
type operand struct {
	path  string
	first bool // it begins the expression, before any filter
}

// expression reads one expression.
func (in *inspector) expression(source string, why purpose) (expression, error) {
	r := reader{in: in, source: source, tokens: lex(source)}
	if err := r.read(); err != nil {
		return expression{}, err
	}
	e := expression{rewritten: r.rewrite(), last: r.last, literals: r.literals()}
	if len(r.operands) > 0 && r.operands[0].first {
		e.path = r.operands[0].path
	}
	if why == tested {
		e.guards = implied(r.guards())
	}
	for _, o := range r.operands {
		if o.path == "reviews" && !r.wholly(why) {
			return expression{}, errWhole
		}
		if why == printed && o.path == "form" && strings.TrimSpace(source) != "form" {
			return expression{}, errors.New("form is markup: it can only be printed as it is")
		}
		if why == printed && !r.compares && !(o.first && r.defaulted) {
			in.print(o.path)
		}
	}
	return e, nil
}

// wholly reports whether reviews are used as they may be: printed as they are, or asked for.
func (r *reader) wholly(why purpose) bool {
	for _, t := range r.tokens {
		joins := t.kind == wordToken && (t.text == "and" || t.text == "or")
		if t.kind != nameToken && t.kind != propertyToken && !(why == tested && joins) {
			return false
		}
	}
	return why == tested || len(r.tokens) == 1
}

// print notes that a variable is shown as it is.
func (in *inspector) print(path string) {
	if slices.Contains(in.guards, path) || in.isLocal(path) {
		return
	}
	root, _, _ := strings.Cut(path, ".")
	in.bare = append(in.bare, use{path: path, line: in.line, rooted: slices.Contains(in.guards, root)})
}

func (in *inspector) isLocal(path string) bool {
	name, _, _ := strings.Cut(path, ".")
	return slices.Contains(in.locals, name)
}

// reader goes through the tokens of one expression.
type reader struct {
	in        *inspector
	source    string
	tokens    []token
	operands  []operand
	inserts   []insert
	last      string
	defaulted bool // the filter default is applied
	compares  bool // it is a comparison: what it yields is true or false
	filtered  bool
}

type insert struct {
	at   int
	text string
}

func (r *reader) read() error {
	for i := 0; i < len(r.tokens); {
		n, err := r.step(i)
		if err != nil {
			return err
		}
		i += n
	}
	return nil
}

// step reads what begins at token i and is how many tokens that was.
func (r *reader) step(i int) (int, error) {
	switch t := r.tokens[i]; {
	case t.is("|"):
		return r.filter(i)
	case t.kind == nameToken:
		return r.variable(i)
	case t.kind == rangeToken:
		return 0, fmt.Errorf("a range may stand only after in, with whole numbers: (1..%d)", maxRange)
	case t.kind == numberToken && len(t.text) > 15:
		return 0, errors.New("a number of more than 15 digits")
	case t.kind == wordToken, t.kind == signToken && strings.Contains("== != >= <= < >", t.text):
		r.compares = true
	case t.kind == propertyToken, t.is("["):
		return 0, fmt.Errorf("%q must follow a variable", t.text)
	case t.is("'"), t.is(`"`):
		return 0, errors.New("a quote is not closed")
	}
	return 1, nil
}

// filter reads a bar and the name after it; its arguments are read as any operand.
func (r *reader) filter(i int) (int, error) {
	if i+1 == len(r.tokens) || r.tokens[i+1].kind > labelToken {
		return 0, errors.New("a filter's name must follow |")
	}
	t := r.tokens[i+1]
	f, known := filters[t.text]
	if !known {
		return 0, fmt.Errorf("unknown filter %q%s", t.text, meant(Near(t.text, slices.Sorted(maps.Keys(filters)))))
	}
	if f.markup && r.in.kind != markupTemplate {
		return 0, fmt.Errorf("the filter %s is for HTML only", t.text)
	}
	if r.last == "newline_to_br" {
		return 0, errors.New("newline_to_br must be the last filter")
	}
	r.last, r.filtered = t.text, true
	r.defaulted = r.defaulted || t.text == "default"
	if err := r.checkArguments(t.text, i+2); err != nil {
		return 0, err
	}
	if f.voice && t.kind == labelToken {
		r.inserts = append(r.inserts, insert{t.end, " " + voiceVariable + ","})
	} else if f.voice {
		r.inserts = append(r.inserts, insert{t.end, ": " + voiceVariable})
	}
	return 2, nil
}

// checkArguments looks at the arguments, from token i, of filters whose mistakes would show only in a
// message: the style of date must be known, plural must have both its forms.
func (r *reader) checkArguments(filter string, i int) error {
	given := r.tokens[i-1].kind == labelToken && i < len(r.tokens)
	switch {
	case filter == "default" && !given:
		return errors.New("default must say what takes the place of what is missing")
	case filter == "plural":
		if !given || i+2 >= len(r.tokens) || !r.tokens[i+1].is(",") || r.tokens[i+2].kind == labelToken {
			return errors.New(`write plural: "# piece", "# pieces"`)
		}
	case filter == "date" && r.tokens[i-1].kind == labelToken:
		if !given || r.tokens[i].kind != textToken {
			return errors.New("the style of date must be written out, in quotes")
		}
		_, err := english.pattern(r.tokens[i].text)
		return err
	}
	return nil
}

// variable reads a variable and its properties.
func (r *reader) variable(i int) (int, error) {
	path, n := r.tokens[i].text, 1
	for i+n < len(r.tokens) {
		switch t := r.tokens[i+n]; {
		case t.kind == propertyToken:
			path += "." + t.text
			n++
			continue
		case t.is("["):
			key, err := r.index(i + n)
			if err != nil {
				return 0, err
			}
			if key != "" {
				path += "." + key
			}
			n += 3
			continue
		}
		break
	}
	if roots[path].names != "" && roots[path].alone { // is there one at all?
		path += "." + thereProperty
		r.inserts = append(r.inserts, insert{r.tokens[i].end, "." + thereProperty})
	}
	if err := r.in.name(path); err != nil {
		return 0, err
	}
	r.operands = append(r.operands, operand{path: path, first: len(r.operands) == 0 && !r.filtered && i == 0})
	return n, nil
}

// index reads ["name"], which is a property, or [0] of a list.
func (r *reader) index(i int) (string, error) {
	if i+2 >= len(r.tokens) || !r.tokens[i+2].is("]") {
		return "", errors.New("what stands in [ ] must be a text or a number")
	}
	t := r.tokens[i+1]
	if _, ok := integer(t); ok {
		return "", nil
	}
	if t.kind != textToken || strings.ContainsAny(t.text, `."\`) {
		return "", errors.New("what stands in [ ] must be a text or a number")
	}
	return t.text, nil
}

// name checks that a path is offered, and notes that it is needed.
func (in *inspector) name(path string) error {
	root, rest, _ := strings.Cut(path, ".")
	if slices.Contains(in.locals, root) {
		return checkLocal(root, rest)
	}
	offered, known := roots[root]
	if !known {
		return fmt.Errorf("unknown variable %q%s", path, meant(nearPath(path)))
	}
	if root == "reviews" && rest != "" || path == "item.reviews" || strings.HasPrefix(path, "item.reviews.") {
		return errWhole
	}
	if err := offered.check(path, rest); err != nil {
		return err
	}
	if in.kind != markupTemplate && (root == "elements" || root == "image" || root == "video" || root == "link" || isMarkup(root)) {
		return fmt.Errorf("%s is offered to layouts only", root)
	}
	in.needs[path] = true
	return nil
}

func checkLocal(root, rest string) error {
	switch rest {
	case "", "size", "first", "last":
		return nil
	case "index", "index0", "rindex", "rindex0", "length":
		if root == "forloop" {
			return nil
		}
	}
	return fmt.Errorf("unknown variable %q", root+"."+rest)
}

// rewrite is the source with its inserts.
func (r *reader) rewrite() string {
	if len(r.inserts) == 0 {
		return r.source
	}
	var b strings.Builder
	at := 0
	for _, ins := range r.inserts {
		b.WriteString(r.source[at:ins.at] + ins.text)
		at = ins.at
	}
	return b.String() + r.source[at:]
}

// literals reports whether the expression is nothing but texts and numbers.
func (r *reader) literals() bool {
	for _, t := range r.tokens {
		if !(t.kind == textToken && t.text != "" || t.kind == numberToken || t.is(",") || t.text == "or") {
			return false
		}
	}
	return len(r.tokens) > 0
}
