package playbook

import (
	"errors"
	"fmt"
	"slices"

	"github.com/aparte-dev/aparte"
)

// ErrThere says that a brand has something of a play already.
var ErrThere = errors.New("the brand has it already")

// Adopt is the brand with a copy of the play in it; the brand itself stays as it is. What would take the place of something
// else in the brand is refused with ErrThere. Only layouts that the brand has already stay the brand's: they are how it
// looks.
func (p *Play) Adopt(b *aparte.Brand) (*aparte.Brand, error) {
	other := *b
	var err error
	if other.Audiences, err = with(b.Audiences, p.Audiences, "audience", func(a *aparte.Audience) string { return string(a.ID) }); err != nil {
		return nil, err
	}
	if other.Scenarios, err = with(b.Scenarios, p.Scenarios, "scenario", func(s *aparte.Scenario) string { return string(s.ID) }); err != nil {
		return nil, err
	}
	if other.Rules, err = with(b.Rules, p.Rules, "rule", func(r *aparte.Rule) string { return string(r.ID) }); err != nil {
		return nil, err
	}
	if other.Contents, err = with(b.Contents, p.Contents, "content", func(c *aparte.Content) string { return string(c.ID) }); err != nil {
		return nil, err
	}
	other.Layouts = slices.Clone(b.Layouts)
	for _, l := range p.Layouts {
		if !slices.ContainsFunc(other.Layouts, func(o aparte.Layout) bool { return o.ID == l.ID }) {
			other.Layouts = append(other.Layouts, l)
		}
	}
	return &other, nil
}

// with is a list and what is added to it, if nothing of it is there.
func with[T any](list, added []T, what string, id func(*T) string) ([]T, error) {
	all := slices.Clone(list)
	for i := range added {
		if slices.ContainsFunc(list, func(x T) bool { return id(&x) == id(&added[i]) }) {
			return nil, fmt.Errorf("%s %q: %w", what, id(&added[i]), ErrThere)
		}
		all = append(all, added[i])
	}
	return all, nil
}

// In reports whether a brand has taken the play up: whether it has one of its scenarios or, where it has none, of its contents.
func (p *Play) In(b *aparte.Brand) bool {
	for i := range p.Scenarios {
		if slices.ContainsFunc(b.Scenarios, func(s aparte.Scenario) bool { return s.ID == p.Scenarios[i].ID }) {
			return true
		}
	}
	return len(p.Scenarios) == 0 && slices.ContainsFunc(p.Contents, func(c aparte.Content) bool {
		return slices.ContainsFunc(b.Contents, func(o aparte.Content) bool { return o.ID == c.ID })
	})
}

// Without is a brand that does not have a scenario any more, nor what could only be said at its moments: left behind, that could
// be said anywhere. Audiences and rules stay, as others may speak of them.
func Without(b *aparte.Brand, id aparte.ScenarioID) *aparte.Brand {
	other := *b
	other.Scenarios = slices.DeleteFunc(slices.Clone(b.Scenarios), func(s aparte.Scenario) bool { return s.ID == id })
	other.Contents = nil
	for _, c := range b.Contents {
		if slices.Contains(c.Scenarios, id) {
			c.Scenarios = slices.DeleteFunc(slices.Clone(c.Scenarios), func(s aparte.ScenarioID) bool { return s == id })
			if len(c.Scenarios) == 0 {
				continue
			}
		}
		other.Contents = append(other.Contents, c)
	}
	return &other
}
