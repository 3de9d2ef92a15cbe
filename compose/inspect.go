package compose

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/osteele/liquid/parser"
)

// templateKind says what a template makes.
type templateKind uint8

const (
	wordsTemplate   templateKind = iota // plain text: an element's words
	markupTemplate                      // HTML: a layout
	addressTemplate                     // an address: where a content's link leads
)

// Limits on what an author may write. They bound what a render can cost before it starts.
const (
	maxSource  = 64 << 10 // bytes
	maxNesting = 8        // blocks inside one another
	maxRange   = 100      // numbers in a range, members of a list
	maxRounds  = 2000     // rounds of all loops together
)

// use is a variable whose value is printed as it is, without a default and without an if around it
// that asks for it.
type use struct {
	path   string
	line   int
	rooted bool // inside an if that asks for the variable's root: item, not item.was
}

// inspection is what is known of a template before it is rendered.
type inspection struct {
	rewritten string   // the source with the arguments and filters that inspector adds
	needs     []string // the paths of all variables it names, sorted
	bare      []use
}

// inspector reads a template token by token, in the order of the source, as the Liquid library will.
// It refuses what is not known to be safe and bounded, and rewrites: filters that speak a language are
// given the voice, expressions in addresses are piped through a check.
type inspector struct {
	kind   templateKind
	out    strings.Builder
	needs  map[string]bool
	bare   []use
	line   int
	blocks []block
	locals []string // names in scope made by assign, capture and for
	guards []string // paths known to be there, by the ifs around
	rounds int      // of the loops around, multiplied
	total  int      // rounds of all loops so far
	state  state
	skip   string // the end tag that closes a raw or comment block
}

// state is where a template stands: in HTML, or in an address.
type state struct {
	markup markup
	url    address
}

func (s state) joined(other state) (state, bool) {
	var ok1, ok2 bool
	s.markup, ok1 = s.markup.joined(other.markup)
	s.url, ok2 = s.url.joined(other.url)
	return s, ok1 && ok2
}

// block is an open block tag: what must be restored when one of its branches ends.
type block struct {
	name           string
	line           int
	locals, guards int
	rounds         int
	before         state    // where it began
	branches       []state  // where each branch ended
	complete       bool     // it has an else: one branch is always taken
	subject        string   // case: the path it looks at
	waiting        bool     // case: no when yet
	asked          []string // unless: paths that its else branch may count on
}

// inspect reads source and says what it needs, or what is wrong with it, by line.
func inspect(kind templateKind, source string) (*inspection, error) {
	if len(source) > maxSource {
		return nil, fmt.Errorf("longer than %d bytes", maxSource)
	}
	in := &inspector{kind: kind, needs: map[string]bool{}, line: 1, rounds: 1}
	for _, tok := range parser.Scan(source, parser.SourceLoc{LineNo: 1}, nil) {
		if tok.Type == parser.TrimLeftTokenType || tok.Type == parser.TrimRightTokenType {
			continue // their mark is part of the token beside them
		}
		in.line = tok.SourceLoc.LineNo
		if err := in.token(tok); err != nil {
			return nil, in.at(err)
		}
	}
	if err := in.finish(); err != nil {
		return nil, in.at(err)
	}
	result := &inspection{rewritten: in.out.String(), bare: in.bare}
	for path := range in.needs {
		result.needs = append(result.needs, path)
	}
	slices.Sort(result.needs)
	for i, path := range result.needs {
		for _, other := range result.needs[i+1:] {
			if strings.HasPrefix(other, path+".") {
				return nil, fmt.Errorf("%s cannot be a value and hold %s as well", path, other)
			}
		}
	}
	return result, nil
}

func (in *inspector) at(err error) error { return fmt.Errorf("line %d: %w", in.line, err) }

func (in *inspector) token(tok parser.Token) error {
	if in.skip != "" {
		return in.skipped(tok)
	}
	switch tok.Type {
	case parser.TextTokenType:
		in.out.WriteString(tok.Source)
		return in.text(tok.Source)
	case parser.ObjTokenType:
		return in.object(tok)
	}
	return in.tag(tok)
}

// skipped passes over what a raw or comment block holds.
func (in *inspector) skipped(tok parser.Token) error {
	in.out.WriteString(tok.Source)
	if tok.Type == parser.TagTokenType && tok.Name == in.skip {
		in.skip = ""
		return nil
	}
	if in.skip == "endraw" {
		return in.literal(tok.Source)
	}
	return nil
}

func (in *inspector) text(s string) error {
	if strings.Contains(s, "{{") || strings.Contains(s, "{%") {
		return errors.New("{{ or {% is not closed on its line")
	}
	if n := len(in.blocks); n > 0 && in.blocks[n-1].waiting && strings.TrimSpace(s) != "" {
		return errors.New("text between case and its first when is never shown")
	}
	return in.literal(s)
}

func (in *inspector) literal(s string) error {
	switch in.kind {
	case markupTemplate:
		return in.state.markup.literal(s)
	case addressTemplate:
		return in.state.url.literal(strings.TrimSpace(s))
	}
	return nil
}

// object reads {{ … }}.
func (in *inspector) object(tok parser.Token) error {
	e, err := in.expression(tok.Args, printed)
	if err != nil {
		return err
	}
	pipe, err := in.filtering(e)
	if err != nil {
		return err
	}
	open, shut := dashes(tok.Source, 2)
	in.out.WriteString("{{" + open + " " + e.rewritten + pipe + " " + shut + "}}")
	return nil
}

// filtering is the filter to add to an expression for the place where it stands.
func (in *inspector) filtering(e expression) (pipe string, err error) {
	where := asWords
	switch in.kind {
	case wordsTemplate:
		return "", nil
	case markupTemplate:
		if where, err = in.state.markup.expression(); err != nil {
			return "", err
		}
	case addressTemplate:
		filter, err := in.state.url.expression()
		if err != nil {
			return "", err
		}
		where = asComponent
		if filter == "url" {
			where = asAddress
			if e.path != "item.link" && e.path != "brand.home" && e.path != "share" && e.path != "me" {
				return "", errors.New("a link may begin with item.link, brand.home, share, me, / or https://host/, not with another expression")
			}
		}
	}
	switch {
	case isMarkup(e.path) && in.state.markup.at != inText:
		return "", fmt.Errorf("%s is markup: it may stand between elements only", e.path)
	case e.path == "reviews" && in.captures():
		return "", errWhole
	case where == asStyleValue && !styleVariable(e.path):
		return "", errors.New("in CSS only brand.ink, brand.paper, brand.accent, brand.onAccent and brand.fontFamily may stand")
	case where == asAddress:
		return " | url", nil
	case where == asComponent && e.last != "url_encode":
		return " | url_encode", nil
	case where == asWords && in.kind == markupTemplate && e.last == "newline_to_br" && in.state.markup.at != inText:
		return "", errors.New("newline_to_br makes markup: it may not stand in an attribute")
	}
	return "", nil
}

// isMarkup reports whether a variable is HTML that is made here.
func isMarkup(path string) bool { return path == "form" || path == "reviews" }

// errWhole says how reviews may be used: in no way by which some of them could be left out.
const errWhole authorError = "reviews are shown whole or not at all: print them as {{ reviews }}, and ask for no more than whether there are any, {% if reviews %}"

// captures reports whether what is printed is kept under a name.
func (in *inspector) captures() bool {
	return slices.ContainsFunc(in.blocks, func(b block) bool { return b.name == "capture" })
}

func styleVariable(path string) bool {
	switch path {
	case "brand.ink", "brand.paper", "brand.accent", "brand.onAccent", "brand.fontFamily":
		return true
	}
	return false
}

func (in *inspector) finish() error {
	if in.skip != "" {
		return fmt.Errorf("%s is missing", in.skip)
	}
	if n := len(in.blocks); n > 0 {
		in.line = in.blocks[n-1].line
		return fmt.Errorf("%s is not closed", in.blocks[n-1].name)
	}
	return in.state.markup.end()
}

// dashes are the trim marks of a token, "-" or empty, whose delimiters are width characters.
func dashes(source string, width int) (open, shut string) {
	if source[width] == '-' {
		open = "-"
	}
	if source[len(source)-width-1] == '-' {
		shut = "-"
	}
	return open, shut
}

// integer reads a whole number of an expression.
func integer(t token) (int, bool) {
	n, err := strconv.Atoi(t.text)
	return n, err == nil && t.kind == numberToken
}
