package engine

import (
	"cmp"
	"slices"
	"strings"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/compose"
	"github.com/aparte-dev/aparte/decide"
)

// Stranger is a name that the brand states and nothing has: a trait of nobody, a category, brand or attribute of no item. It is no mistake,
// as somebody may have it tomorrow, but it may be one.
type Stranger struct {
	decide.Mention
	Near string // the known name that is spelt most like it; empty: none is near
}

// houseTraits are those that the house itself reads or keeps, had by somebody or not.
var houseTraits = []string{"email", "phone", "language", "locale", "timezone", "searches", "wishes", "click", "firstName", "lastName", "name", "segments"}

// Strangers are the names that a condition states and nothing has. Of whom a trait is kept, the last fit counted: before the first, and
// where it could not tell of all, no trait is a stranger. A condition that cannot be read has none.
func (e *Engine) Strangers(when string) []Stranger {
	plan := e.Plan()
	if plan == nil {
		return nil
	}
	mentions, err := plan.Mentions(when)
	if err != nil {
		return nil // what is wrong with it is told by whoever publishes it
	}
	return e.strangers(plan, mentions)
}

// StrangersOf are the traits that a content's texts, link and layouts name and nobody has.
func (e *Engine) StrangersOf(c *aparte.Content) []Stranger {
	plan := e.Plan()
	if plan == nil || e.composer == nil {
		return nil
	}
	var mentions []decide.Mention
	for _, name := range e.composer.TraitsIn(plan.Brand(), c) {
		mentions = append(mentions, decide.Mention{Of: decide.OfTrait, Name: name})
	}
	return e.strangers(plan, mentions)
}

func (e *Engine) strangers(plan *decide.Plan, mentions []decide.Mention) (all []Stranger) {
	known := map[decide.MentionKind][]string{}
	for _, m := range mentions {
		names, asked := known[m.Of]
		if !asked {
			if names = plan.CatalogueNames(m.Of); m.Of == decide.OfTrait {
				names = e.traitNames(plan.Brand())
			}
			known[m.Of] = names
		}
		if len(names) > 0 && !slices.ContainsFunc(names, func(name string) bool { return m.Name == name || m.Of == decide.OfTrait && within(m.Name, name) }) {
			all = append(all, Stranger{m, compose.Near(m.Name, names)})
		}
	}
	slices.SortStableFunc(all, func(a, b Stranger) int { return cmp.Compare(a.Of, b.Of) })
	return all
}

// within reports whether one trait is a part of another: address of address.city, or the other way.
func within(a, b string) bool { return strings.HasPrefix(a, b+".") || strings.HasPrefix(b, a+".") }

// traitNames are all traits that anybody has, or may have as the brand asks for them; nil where that is not known.
func (e *Engine) traitNames(b *aparte.Brand) []string {
	fit := e.Fit()
	if fit == nil || fit.More > 0 || len(fit.Traits) == 0 {
		return nil
	}
	names := slices.Clone(houseTraits)
	for i := range fit.Traits {
		names = append(names, fit.Traits[i].Name)
	}
	for i := range b.Contents {
		if ask := b.Contents[i].Ask; ask != nil {
			names = append(names, ask.Trait)
		}
	}
	for i := range b.Policy.Keep {
		names = append(names, b.Policy.Keep[i].Trait)
	}
	slices.Sort(names)
	return slices.Compact(names)
}
