package decide

import (
	"fmt"
	"time"

	"github.com/aparte-dev/aparte"
)

// Groups are conditions on people, compiled. Somebody is in the first that holds.
type Groups struct {
	plan  *Plan
	rules []*rule
}

// Groups compiles conditions as Audience does.
func (p *Plan) Groups(where []string) (*Groups, error) {
	g := &Groups{plan: p}
	words, err := newLanguage(p.brand)
	if err != nil {
		return nil, err
	}
	for _, when := range where {
		r, err := words.audience(when)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", when, err)
		}
		g.rules = append(g.rules, r)
	}
	return g, nil
}

// Of is the group somebody is in at a time, -1: in none. A condition that has no answer for them does not hold. It is safe for concurrent use.
func (g *Groups) Of(person *aparte.Person, fit Fit, at time.Time) int {
	d := g.plan.openOn(person, fit, at)
	defer g.plan.close(d)
	for i, r := range g.rules {
		if d.ask(r) == holds {
			return i
		}
	}
	return -1
}
