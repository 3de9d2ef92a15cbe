package example

import (
	"io"
	"strconv"
	"strings"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/exchange/table"
)

// Bounds of a logged decision.
const (
	MaxCost       = 1e9
	MinPropensity = 1e-12 // below it a probability is a mistake
)

// Decision is a logged decision: what was known, what could be done, what was done with which probability,
// and what that cost.
type Decision struct {
	Line       int // where it begins, from 1
	Shared     []aparte.Feature
	Actions    [][]aparte.Feature
	Chosen     int // -1: the log does not say; then neither cost nor propensity
	Cost       float64
	Propensity float64
}

// Decisions hands logged decisions to use, in their order. They are in the text format of Vowpal Wabbit's
// --cb_explore_adf (github.com/VowpalWabbit/vowpal_wabbit/wiki/Contextual-Bandit-algorithms): lines
// parted from the next decision's by an empty one,
//
//	shared |namespace[:weight] feature[:value] ... |namespace ...
//	action:cost:probability |namespace feature[:value] ...
//	|namespace feature[:value] ...
//
// the first, if it says shared, for the situation, then one an action; the one that was taken has a label.
// The number in it is not looked at, as there: the line is the action. A word that touches the bar, or
// begins with ', is a tag, and without meaning. A feature named twice counts twice. A line that begins with
// # is a comment.
//
// The first bad decision ends the reading; with an aside, it is set there, down to the empty line. An error of use
// ends it.
func Decisions(name string, r io.Reader, aside *table.Aside, use func(*Decision) error) error {
	l, err := newLines(name, r)
	if err != nil {
		return err
	}
	var d *Decision
	var bad *table.Error // the first of the decision
	end := func() error {
		decided := d
		d = nil
		switch {
		case decided == nil:
			return nil
		case bad == nil && len(decided.Actions) == 0:
			bad = &table.Error{File: name, Line: decided.Line, Field: "actions", Reason: "none: a shared line alone"}
		case bad == nil:
			return use(decided)
		}
		err := bad
		bad = nil
		if aside == nil || err.Last {
			return err
		}
		aside.Add(err)
		return nil
	}
	for {
		text, err := l.next()
		if err == io.EOF {
			return end()
		}
		if err != nil {
			return err
		}
		text = strings.TrimSpace(text)
		if text == "" {
			if err := end(); err != nil {
				return err
			}
			continue
		}
		if text[0] == '#' {
			continue
		}
		if d == nil {
			d = &Decision{Line: l.line, Chosen: -1}
		}
		if bad == nil {
			bad = l.option(d, text)
		}
	}
}

// option reads a line of a decision.
func (l *lines) option(d *Decision, text string) *table.Error {
	head, rest, found := strings.Cut(text, "|")
	if !found {
		return l.bad("features", "no | before them")
	}
	words := strings.Fields(head)
	if n := len(words); n > 0 && (strings.HasPrefix(words[n-1], "'") || strings.HasSuffix(head, words[n-1])) {
		if tag := words[n-1]; tag[0] != '\'' && (tag == "shared" || strings.Contains(tag, ":")) {
			return l.bad("label", "it touches the |, which makes it a tag: leave a space")
		}
		words = words[:n-1]
	}
	features, bad := l.features(rest)
	switch {
	case bad != nil:
		return bad
	case len(words) > 1:
		return l.bad("label", "%d words; one action:cost:probability is read", len(words))
	case len(words) == 1 && words[0] == "shared":
		if d.Shared != nil || len(d.Actions) > 0 {
			return l.bad("shared", "not the first line of its decision")
		}
		d.Shared = features
		return nil
	case len(d.Actions) == MaxActions:
		return l.bad("actions", "more than %d", MaxActions)
	}
	d.Actions = append(d.Actions, features)
	if len(words) == 0 {
		return nil
	}
	if d.Chosen >= 0 {
		return l.bad("label", "a second one in one decision")
	}
	d.Chosen = len(d.Actions) - 1
	return l.label(d, words[0])
}

func (l *lines) label(d *Decision, word string) *table.Error {
	parts := strings.Split(word, ":")
	if len(parts) != 3 {
		return l.bad("label", "not of the form action:cost:probability")
	}
	if _, err := strconv.ParseUint(parts[0], 10, 32); err != nil {
		return l.bad("action", "not a whole number")
	}
	var err error
	if d.Cost, err = number(parts[1], MaxCost); err != nil {
		return l.bad("cost", "%v", err)
	}
	d.Propensity, err = number(parts[2], MaxCost)
	switch {
	case err != nil:
		return l.bad("probability", "%v", err)
	case d.Propensity == 0:
		return l.bad("probability", "0: what is never done was done")
	case !(d.Propensity > 0 && d.Propensity <= 1):
		return l.bad("probability", "%v is not between 0 and 1", d.Propensity)
	case d.Propensity < MinPropensity:
		return l.bad("probability", "%v is too small to divide by", d.Propensity)
	}
	return nil
}

// features reads what follows the first bar. They are never nil.
func (l *lines) features(text string) ([]aparte.Feature, *table.Error) {
	features := []aparte.Feature{}
	for section := range strings.SplitSeq(text, "|") {
		words := strings.Fields(section)
		space, weight := "", 1.0
		if len(words) > 0 && strings.HasPrefix(section, words[0]) {
			name, number, bad := l.weighted("namespace", words[0])
			if bad != nil {
				return nil, bad
			}
			space, weight, words = name, number, words[1:]
		}
		for _, word := range words {
			name, value, bad := l.weighted("feature", word)
			if bad == nil && !(value*weight <= MaxValue && value*weight >= -MaxValue) {
				bad = l.bad("feature", "its value times its namespace's weight is not within ±%d", MaxValue)
			}
			if bad != nil {
				return nil, bad
			}
			features = add(features, hash(space, name), float32(value*weight))
		}
		if len(features) > MaxFeatures {
			return nil, l.bad("features", "more than %d", MaxFeatures)
		}
	}
	return features, nil
}

// weighted reads a name and, after a colon, a number; 1 without.
func (l *lines) weighted(field, word string) (string, float64, *table.Error) {
	name, text, has := strings.Cut(word, ":")
	if name == "" {
		return "", 0, l.bad(field, "without a name")
	}
	if !has {
		return name, 1, nil
	}
	value, err := number(text, MaxValue)
	if err != nil {
		return "", 0, l.bad(field, "its value is %v", err)
	}
	return name, value, nil
}

// add adds to a feature's value, which is 0 before it is first named.
func add(features []aparte.Feature, hash uint32, value float32) []aparte.Feature {
	for i := range features {
		if features[i].Hash == hash {
			features[i].Value = min(max(features[i].Value+value, -MaxValue), MaxValue)
			return features
		}
		if i == MaxFeatures {
			break
		}
	}
	return append(features, aparte.Feature{Hash: hash, Value: value})
}

// hash is FNV-1a-64 of a namespace and a name, folded.
func hash(space, name string) uint32 {
	h := uint64(14695981039346656037)
	for _, s := range [...]string{space, "\x00", name} {
		for i := range len(s) {
			h = (h ^ uint64(s[i])) * 1099511628211
		}
	}
	return uint32(h ^ h>>32)
}
