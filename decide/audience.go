package decide

import (
	"errors"
	"slices"
	"time"

	"github.com/aparte-dev/aparte"
)

// Audience is a condition on people, compiled: who they are now, apart from any moment.
type Audience struct {
	plan *Plan
	rule *rule
}

// Audience compiles a condition in the language of rules. It speaks of people, their visits and their baskets; of a moment, an item or a
// content there is none.
func (p *Plan) Audience(where string) (*Audience, error) {
	words, err := newLanguage(p.brand.Currency)
	if err != nil {
		return nil, err
	}
	r, err := words.rule(&aparte.Rule{When: where})
	if err != nil {
		return nil, err
	}
	if err := ofPeople(r.reads); err != nil {
		return nil, err
	}
	return &Audience{p, r}, nil
}

// Reads names the variables that the condition reads, in order.
func (a *Audience) Reads() []string {
	var names []string
	for _, v := range a.rule.reads {
		names = append(names, variables[v].name)
	}
	slices.Sort(names)
	return names
}

// ErrCondition says that a condition has no answer for somebody: a trait it reads is missing, or of another type.
var ErrCondition = errors.New("the condition cannot be answered")

// Holds reports whether the condition holds for somebody at a time. As in decisions, who objects to profiling is seen without
// what was observed of them. A nil fit knows nothing. It is safe for concurrent use.
func (a *Audience) Holds(p *aparte.Person, fit Fit, at time.Time) (bool, error) {
	d := a.plan.open(asAudience(p, fit, at))
	defer a.plan.close(d)
	switch d.ask(a.rule) {
	case holds:
		return true, nil
	case saysNo:
		return false, nil
	}
	return false, ErrCondition
}
