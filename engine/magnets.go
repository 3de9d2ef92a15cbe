package engine

import (
	"cmp"
	"encoding/json"
	"slices"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/measure"
)

// Magnets are the contents that ask for an address in return for something (aparte.AskAddress): how often each was seen, how often
// somebody gave one, and how much more is collected by what is relevant. Relevant is what speaks of an item or has rules of its own,
// which say for whom it is; generic is what is offered to anybody.
type Magnets struct {
	Each     []Magnet // in order of their ids
	Relevant Collection
	Generic  Collection

	// Uplift compares the two where either could have been asked, each with a share of LeastElse at least of the chance that an
	// address was asked for at all: there a draw decided which of them was, and its propensity is known (inverse propensity
	// weighting, as in Horvitz, Thompson 1952). People are the sample, each by the mean of their moments.
	Uplift measure.Mean // of the relevant less the generic rate
	Fair   Rates        // the rates in these moments
}

// Magnet is one of them.
type Magnet struct {
	Content  aparte.ContentID
	Relevant bool
	Collection
}

// Collection is how many were asked, and how many of these gave an address. Asked counts decisions that were seen.
type Collection struct{ Asked, Given int64 }

// Rate is the share of who were asked that gave one, with its interval at a level.
func (c Collection) Rate(level float64) measure.Estimate {
	return measure.Share(c.Given, c.Asked, level)
}

// Rates are the rates of the moments that are compared, as they would have been had all been asked by the one or the other.
type Rates struct{ Relevant, Generic measure.Mean }

// magnetism counts what magnets collect.
type magnetism struct {
	each   map[aparte.ContentID]*Magnet
	found  Magnets
	person struct {
		moments           int
		relevant, generic float64
	}
}

func newMagnetism() *magnetism { return &magnetism{each: map[aparte.ContentID]*Magnet{}} }

// add takes in a decision that was seen, and whether somebody gave an address to what it asked.
func (m *magnetism) add(d *aparte.Decision, contents map[aparte.ContentID]*aparte.Content, given bool) {
	content := contents[d.Action.Content]
	if !asksAddress(content) {
		return
	}
	one := m.each[content.ID]
	if one == nil {
		one = &Magnet{Content: content.ID}
		m.each[content.ID] = one
	}
	one.Relevant = isRelevant(content)
	of := &m.found.Generic
	if one.Relevant {
		of = &m.found.Relevant
	}
	for _, c := range [...]*Collection{&one.Collection, of} {
		c.Asked++
		if given {
			c.Given++
		}
	}
	m.compare(d, contents, one.Relevant, given)
}

// compare weighs the decision where the other kind of magnet might as well have been chosen.
func (m *magnetism) compare(d *aparte.Decision, contents map[aparte.ContentID]*aparte.Content, relevant, given bool) {
	var chances [2]float64 // of generic ones, and of relevant ones
	for i := range d.Candidates {
		c := &d.Candidates[i]
		switch content := contents[c.Action.Content]; {
		case c.Propensity == 0 || !asksAddress(content):
		case isRelevant(content):
			chances[1] += c.Propensity
		default:
			chances[0] += c.Propensity
		}
	}
	all := chances[0] + chances[1]
	if min(chances[0], chances[1]) < LeastElse*all {
		return
	}
	m.person.moments++
	if !given {
		return
	}
	if relevant {
		m.person.relevant += all / chances[1]
	} else {
		m.person.generic += all / chances[0]
	}
}

// next ends a person.
func (m *magnetism) next() {
	if n := float64(m.person.moments); n > 0 {
		m.found.Fair.Relevant.Add(m.person.relevant / n)
		m.found.Fair.Generic.Add(m.person.generic / n)
		m.found.Uplift.Add((m.person.relevant - m.person.generic) / n)
	}
	m.person.moments, m.person.relevant, m.person.generic = 0, 0, 0
}

func (m *magnetism) told() Magnets {
	for _, one := range m.each {
		m.found.Each = append(m.found.Each, *one)
	}
	slices.SortFunc(m.found.Each, func(a, b Magnet) int { return cmp.Compare(a.Content, b.Content) })
	return m.found
}

func asksAddress(c *aparte.Content) bool {
	return c != nil && c.Ask != nil && c.Ask.Kind == aparte.AskAddress
}

func isRelevant(c *aparte.Content) bool { return c.Items != aparte.NoItems || len(c.Rules) > 0 }

// gave reports whether an answer is one, and not that somebody would rather not say.
func gave(event *aparte.Event) bool {
	var said struct {
		Refused bool `json:"refused"`
	}
	return json.Unmarshal(event.Properties, &said) == nil && !said.Refused
}
