package compose

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/osteele/liquid/parser"
	"github.com/osteele/liquid/values"
)

// quick is a template that needs so little of Liquid that it is rendered here: text, variables, the
// filters defined in this package, and if, unless and else on whether variables are there. That is
// what most words and layouts are made of, and it is an order of magnitude faster than the library,
// which stays the judge: tests compare the two.
type quick []instruction

// instruction is one step of a quick template.
type instruction struct {
	what    quickKind
	text    string // quickText
	path    string // quickPrint: the variable, its filters, and whether it must be there
	filters []quickly
	bare    bool
	asked   []string // quickIf, quickUnless: the variables asked for
	next    int      // where to go on where the condition does not hold
}

type quickKind uint8

const (
	quickText quickKind = iota
	quickPrint
	quickIf
	quickUnless
	quickJump
)

type quickly struct {
	filter
	name string
	args []any
}

// compileQuick compiles a source that has been inspected and rewritten; false where it needs more than
// quick knows.
func compileQuick(source string, bare []use) (quick, bool) {
	var q quick
	var open []int // instructions whose next is not known yet
	for _, tok := range parser.Scan(source, parser.SourceLoc{}, nil) {
		ok := true
		switch tok.Type {
		case parser.TextTokenType:
			q = append(q, instruction{what: quickText, text: tok.Source})
		case parser.ObjTokenType:
			var print instruction
			print, ok = quickObject(tok.Args)
			print.bare = slices.ContainsFunc(bare, func(u use) bool { return u.path == print.path })
			q = append(q, print)
		case parser.TagTokenType:
			q, open, ok = q.tag(tok.Name, tok.Args, open)
		default:
			ok = false // trims the text around it
		}
		if !ok {
			return nil, false
		}
	}
	return q, len(open) == 0
}

func (q quick) tag(name, args string, open []int) (quick, []int, bool) {
	switch name {
	case "if", "unless":
		asked, ok := quickCondition(args)
		what := quickIf
		if name == "unless" {
			what = quickUnless
		}
		open = append(open, len(q))
		return append(q, instruction{what: what, asked: asked}), open, ok
	case "else":
		if len(open) == 0 {
			return q, open, false
		}
		at := open[len(open)-1]
		open[len(open)-1] = len(q)
		q = append(q, instruction{what: quickJump})
		q[at].next = len(q)
		return q, open, true
	case "endif", "endunless":
		if len(open) == 0 {
			return q, open, false
		}
		q[open[len(open)-1]].next = len(q)
		return q, open[:len(open)-1], true
	}
	return q, open, false
}

// quickCondition reads variables joined by and.
func quickCondition(source string) ([]string, bool) {
	var asked []string
	tokens := lex(source)
	for len(tokens) > 0 {
		path, n := quickPath(tokens)
		if n == 0 {
			return nil, false
		}
		asked, tokens = append(asked, path), tokens[n:]
		if len(tokens) == 0 {
			return asked, true
		}
		if tokens[0].kind != wordToken || tokens[0].text != "and" {
			return nil, false
		}
		tokens = tokens[1:]
	}
	return nil, false
}

// quickPath reads a variable of the scope and is how many tokens it takes.
func quickPath(tokens []token) (string, int) {
	if tokens[0].kind != nameToken {
		return "", 0
	}
	if _, ok := roots[tokens[0].text]; !ok {
		return "", 0
	}
	path, n := tokens[0].text, 1
	for n < len(tokens) && tokens[n].kind == propertyToken {
		path += "." + tokens[n].text
		n++
	}
	return path, n
}

// quickObject reads a variable and the filters after it.
func quickObject(source string) (instruction, bool) {
	tokens := lex(source)
	if len(tokens) == 0 {
		return instruction{}, false
	}
	path, n := quickPath(tokens)
	if n == 0 {
		return instruction{}, false
	}
	print := instruction{what: quickPrint, path: path}
	for tokens = tokens[n:]; len(tokens) > 0; {
		if len(tokens) < 2 || !tokens[0].is("|") || tokens[1].kind > labelToken {
			return instruction{}, false
		}
		f := quickly{filter: filters[tokens[1].text], name: tokens[1].text}
		if f.apply == nil {
			return instruction{}, false
		}
		labelled := tokens[1].kind == labelToken
		tokens = tokens[2:]
		if labelled {
			end := slices.IndexFunc(tokens, func(t token) bool { return t.is("|") })
			if end < 0 {
				end = len(tokens)
			}
			var ok bool
			if f.args, ok = quickArguments(tokens[:end]); !ok {
				return instruction{}, false
			}
			tokens = tokens[end:]
		}
		print.filters = append(print.filters, f)
	}
	return print, true
}

// quickArguments reads literals separated by commas. The voice is left out: it is at hand.
func quickArguments(tokens []token) ([]any, bool) {
	var args []any
	for i, t := range tokens {
		switch {
		case i%2 == 1:
			if !t.is(",") {
				return nil, false
			}
		case t.kind == textToken && !strings.Contains(t.text, `\`):
			args = append(args, t.text)
		case t.kind == numberToken:
			n, ok := integer(t)
			if !ok {
				return nil, false
			}
			args = append(args, n)
		case t.text == voiceVariable && i == 0:
		default:
			return nil, false
		}
	}
	return args, len(tokens)%2 == 1
}

// render writes the template with the scope's values.
func (q quick) render(sc *scope, w *limited, markup bool) error {
	return q.renderBut(nil, sc, w, markup)
}

// settle renders all of the template but what prints one of the variables left, and is what remains: texts
// and those prints.
func (q quick) settle(sc *scope, markup bool, left func(path string) bool) (quick, error) {
	var remains quick
	w := limited{most: maxMarkupBytes}
	leave := func(step *instruction) bool {
		if !left(step.path) {
			return false
		}
		remains = append(remains, instruction{what: quickText, text: string(w.text)}, *step)
		w.text = w.text[:0]
		return true
	}
	err := q.renderBut(leave, sc, &w, markup)
	return append(remains, instruction{what: quickText, text: string(w.text)}), err
}

// renderBut renders without the prints that leave takes away; nil takes none.
func (q quick) renderBut(leave func(*instruction) bool, sc *scope, w *limited, markup bool) error {
	for i := 0; i < len(q); i++ {
		step := &q[i]
		switch step.what {
		case quickText:
			w.text = append(w.text, step.text...)
		case quickPrint:
			if leave != nil && leave(step) {
				break
			}
			if err := step.print(sc, w, markup); err != nil {
				return err
			}
		case quickJump:
			i = step.next - 1
		default:
			if sc.all(step.asked) != (step.what == quickIf) {
				i = step.next - 1
			}
		}
		if len(w.text) > w.most {
			return errOutput
		}
	}
	return nil
}

// all reports whether all variables are there.
func (sc *scope) all(paths []string) bool {
	for _, path := range paths {
		if v := sc.value(path); v == nil || v == false {
			return false
		}
	}
	return true
}

func (step *instruction) print(sc *scope, w *limited, markup bool) error {
	value := sc.value(step.path)
	if value == nil && step.bare {
		return errHole{step.path}
	}
	for i := range step.filters {
		f := &step.filters[i]
		var err error
		if value, err = f.apply(value, &sc.voice, f.args); err != nil {
			return fmt.Errorf("filter %s: %w", f.name, err)
		}
	}
	if safe, ok := value.(values.SafeValue); ok {
		w.text = append(w.text, asText(safe.Value)...)
		return nil
	}
	switch v := value.(type) {
	case int:
		w.text = strconv.AppendInt(w.text, int64(v), 10)
	case string:
		w.text = appendEscaped(w.text, v, markup)
	default:
		w.text = appendEscaped(w.text, asText(v), markup)
	}
	return nil
}

// appendEscaped appends s, its five special characters escaped as the library does where it is for
// markup.
func appendEscaped(dst []byte, s string, markup bool) []byte {
	if !markup {
		return append(dst, s...)
	}
	from := 0
	for i := range len(s) {
		var by string
		switch s[i] {
		case '&':
			by = "&amp;"
		case '\'':
			by = "&#39;"
		case '<':
			by = "&lt;"
		case '>':
			by = "&gt;"
		case '"':
			by = "&#34;"
		default:
			continue
		}
		dst = append(append(dst, s[from:i]...), by...)
		from = i + 1
	}
	return append(dst, s[from:]...)
}
