package decide

import (
	"errors"
	"fmt"
	"strings"
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
	words, err := newLanguage(p.brand)
	if err != nil {
		return nil, err
	}
	r, err := words.rule(&aparte.Rule{When: where})
	if err != nil {
		return nil, err
	}
	for _, v := range r.reads {
		name := variables[v].name
		if variables[v].scope != ofDecision || name == "context" || strings.HasPrefix(name, "moment.") {
			return nil, fmt.Errorf("speaks of %s, which only a decision has", name)
		}
	}
	return &Audience{p, r}, nil
}

// ErrCondition says that a condition has no answer for somebody: a trait it reads is missing, or of another type.
var ErrCondition = errors.New("the condition cannot be answered")

// Holds reports whether the condition holds for somebody at a time. As in decisions, who objects to profiling is seen without
// what was observed of them. A nil fit knows nothing. It is safe for concurrent use.
func (a *Audience) Holds(p *aparte.Person, fit Fit, at time.Time) (bool, error) {
	d := a.plan.open(&Question{Person: p, Fit: fit, Moment: aparte.Moment{At: at, Channel: aparte.Web, Trigger: "audience"}})
	defer a.plan.close(d)
	switch d.ask(a.rule) {
	case holds:
		return true, nil
	case saysNo:
		return false, nil
	}
	return false, ErrCondition
}
