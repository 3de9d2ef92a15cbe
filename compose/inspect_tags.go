package compose

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/osteele/liquid/parser"
)

// captureTag is the name under which our own capture block is registered: see newLiquid.
const captureTag = "capture_text"

// tag reads {% … %}.
func (in *inspector) tag(tok parser.Token) error {
	if n := len(in.blocks); n > 0 && in.blocks[n-1].waiting && tok.Name != "when" {
		return errors.New("when must follow case")
	}
	name, args := tok.Name, tok.Args
	var err error
	switch tok.Name {
	case "if", "unless", "case", "for":
		args, err = in.open(tok.Name, tok.Args)
	case "elsif", "else", "when":
		args, err = in.branch(tok.Name, tok.Args)
	case "endif", "endunless", "endcase", "endfor", "endcapture":
		err = in.close(tok.Name)
		if tok.Name == "endcapture" {
			name = "end" + captureTag
		}
	case "assign":
		args, err = in.assign(tok.Args)
	case "capture":
		name = captureTag
		err = in.capture(tok.Args)
	case "break", "continue":
		err = in.leave(tok.Name)
	case "raw", "comment":
		in.skip = "end" + tok.Name
	case "include", "render":
		return fmt.Errorf("the tag %s is not offered: a template stands alone", tok.Name)
	default:
		return fmt.Errorf("unknown tag %q", tok.Name)
	}
	if err != nil {
		return err
	}
	open, shut := dashes(tok.Source, 2)
	in.out.WriteString("{%" + open + " " + strings.TrimSpace(name+" "+args) + " " + shut + "%}")
	return nil
}

// open begins a block.
func (in *inspector) open(name, args string) (string, error) {
	if len(in.blocks) == maxNesting {
		return "", fmt.Errorf("more than %d blocks inside one another", maxNesting)
	}
	b := block{
		name: name, line: in.line, locals: len(in.locals), guards: len(in.guards), rounds: in.rounds,
		before: in.state,
	}
	if name == "for" {
		err := in.loop(args)
		in.blocks = append(in.blocks, b)
		return args, err
	}
	e, err := in.expression(args, tested)
	if err != nil {
		return "", err
	}
	if name == "case" && e.path == "reviews" {
		return "", errWhole
	}
	switch name {
	case "if":
		in.guards = append(in.guards, e.guards...)
	case "unless":
		b.asked = e.guards
	case "case":
		b.subject, b.waiting = e.path, true
	}
	in.blocks = append(in.blocks, b)
	return e.rewritten, nil
}

// branch begins another branch of the innermost block.
func (in *inspector) branch(name, args string) (string, error) {
	if len(in.blocks) == 0 {
		return "", fmt.Errorf("%s stands outside of a block", name)
	}
	b := &in.blocks[len(in.blocks)-1]
	fits := map[string]string{"if": "elsif else", "unless": "else", "case": "when else", "for": "else"}[b.name]
	if !slices.Contains(strings.Fields(fits), name) || b.complete {
		return "", fmt.Errorf("%s does not fit here in %s", name, b.name)
	}
	if !b.waiting {
		in.endBranch(b)
	}
	in.state = b.before
	b.waiting = false
	switch name {
	case "else":
		b.complete = b.name != "for"
		in.guards = append(in.guards, b.asked...)
		return args, nil
	case "when":
		e, err := in.expression(args, tested)
		if b.subject != "" && e.literals {
			in.guards = append(in.guards, implied([]string{b.subject})...)
		}
		return e.rewritten, err
	}
	e, err := in.expression(args, tested)
	in.guards = append(in.guards, e.guards...)
	return e.rewritten, err
}

// endBranch forgets what held in a branch only.
func (in *inspector) endBranch(b *block) {
	b.branches = append(b.branches, in.state)
	in.locals, in.guards = in.locals[:b.locals], in.guards[:b.guards]
}

// close ends the innermost block. Whichever branch was taken, the template must go on from the same
// place.
func (in *inspector) close(name string) error {
	if len(in.blocks) == 0 || "end"+in.blocks[len(in.blocks)-1].name != name {
		return fmt.Errorf("%s closes nothing", name)
	}
	b := in.blocks[len(in.blocks)-1]
	in.blocks = in.blocks[:len(in.blocks)-1]
	in.endBranch(&b)
	in.rounds = b.rounds

	if b.name == "capture" {
		err := in.state.markup.end()
		in.state = b.before
		return err
	}
	after := b.before
	if b.complete {
		after = b.branches[0]
	}
	for _, branch := range b.branches {
		var ok bool
		if after, ok = after.joined(branch); !ok {
			return fmt.Errorf("the branches of %s end in different places: close the same tags and quotes in each", b.name)
		}
	}
	in.state = after
	return nil
}

// loop reads the arguments of for: a name, a variable or a range, and what limits it.
func (in *inspector) loop(args string) error {
	tokens := lex(args)
	if len(tokens) < 3 || tokens[0].kind != nameToken || tokens[1].text != "in" {
		return errors.New("write: for name in list")
	}
	rounds, rest := maxRange, tokens[2:]
	if first, last, n, ok := literalRange(rest); ok {
		if rounds = max(last-first+1, 1); rounds > maxRange {
			return fmt.Errorf("a range of more than %d numbers", maxRange)
		}
		rest = rest[n:]
	} else {
		r := reader{in: in, source: args, tokens: rest}
		n, err := r.step(0)
		if err != nil {
			return err
		}
		if len(r.operands) > 0 && r.operands[0].path == "reviews" {
			return errWhole
		}
		if len(r.operands) == 0 {
			return errors.New("a loop goes through a variable, or a range written out with whole numbers: (1..5)")
		}
		rest = rest[n:]
	}
	if err := checkModifiers(rest); err != nil {
		return err
	}
	if in.rounds *= rounds; in.rounds > maxRounds {
		return fmt.Errorf("loops inside one another make more than %d rounds", maxRounds)
	}
	if in.total += in.rounds; in.total > maxRounds {
		return fmt.Errorf("the loops make more than %d rounds", maxRounds)
	}
	if err := in.newLocal(tokens[0].text); err != nil {
		return err
	}
	in.locals = append(in.locals, "forloop")
	return nil
}

// checkModifiers reads what may follow the list: reversed, limit: 3, offset: 3.
func checkModifiers(tokens []token) error {
	for i := 0; i < len(tokens); i++ {
		t := tokens[i]
		switch {
		case t.kind == nameToken && t.text == "reversed":
		case t.kind == labelToken && (t.text == "limit" || t.text == "offset") && i+1 < len(tokens):
			if n, ok := integer(tokens[i+1]); !ok || n < 0 || n > 1<<20 {
				return fmt.Errorf("%s takes a whole number", t.text)
			}
			i++
		default:
			return fmt.Errorf("%q may not follow the list of a loop", t.text)
		}
	}
	return nil
}

// literalRange reads (1..5), the only form in which a range may be written, and how many tokens it is.
func literalRange(tokens []token) (first, last, n int, ok bool) {
	if len(tokens) < 5 || !tokens[0].is("(") || tokens[2].kind != rangeToken || !tokens[4].is(")") {
		return 0, 0, 0, false
	}
	first, ok1 := integer(tokens[1])
	last, ok2 := integer(tokens[3])
	const most = 1e12 // in either direction: their difference is a number too
	return first, last, 5, ok1 && ok2 && min(first, last) > -most && max(first, last) < most
}

func (in *inspector) assign(args string) (string, error) {
	target, value, found := strings.Cut(args, "=")
	tokens := lex(target)
	if !found || len(tokens) != 1 || tokens[0].kind != nameToken {
		return "", errors.New("write: assign name = value")
	}
	e, err := in.expression(value, printed)
	if err != nil {
		return "", err
	}
	if isMarkup(e.path) {
		return "", fmt.Errorf("%s is markup: it can only be printed as it is", e.path)
	}
	if err := in.newLocal(tokens[0].text); err != nil {
		return "", err
	}
	return tokens[0].text + " = " + e.rewritten, nil
}

func (in *inspector) capture(args string) error {
	tokens := lex(args)
	if len(tokens) != 1 || tokens[0].kind != nameToken {
		return errors.New("write: capture name")
	}
	if in.kind == addressTemplate {
		return errors.New("a link has no use for capture")
	}
	if len(in.blocks) == maxNesting {
		return fmt.Errorf("more than %d blocks inside one another", maxNesting)
	}
	if err := in.newLocal(tokens[0].text); err != nil {
		return err
	}
	in.blocks = append(in.blocks, block{
		name: "capture", line: in.line, locals: len(in.locals), guards: len(in.guards), rounds: in.rounds, before: in.state,
	})
	in.state.markup = markup{} // what is captured is text, whatever it is captured in
	return nil
}

func (in *inspector) leave(name string) error {
	for i := len(in.blocks) - 1; i >= 0; i-- {
		switch b := in.blocks[i]; {
		case b.name == "capture":
			return fmt.Errorf("%s may not leave a capture", name)
		case b.name == "for" && in.state != b.before:
			return fmt.Errorf("%s leaves a tag or a quote open", name)
		case b.name == "for":
			return nil
		}
	}
	return fmt.Errorf("%s stands outside of a loop", name)
}

// newLocal brings a name into scope until the branch it stands in ends.
func (in *inspector) newLocal(name string) error {
	if _, taken := roots[name]; taken || name == "forloop" || name == voiceVariable {
		return fmt.Errorf("the name %s is taken", name)
	}
	in.locals = append(in.locals, name)
	return nil
}
