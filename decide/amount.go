package decide

import (
	"fmt"
	"strings"
	"time"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"

	"github.com/aparte-dev/aparte"
)

// Amount is a number that can be told of people, compiled, such as person.ltv.
type Amount struct {
	plan    *Plan
	program cel.Program
	reads   []int
}

// Amount compiles an expression in the language of rules that yields a number, and that speaks of what an Audience may speak of.
func (p *Plan) Amount(of string) (*Amount, error) {
	if len(of) > MaxRuleBytes {
		return nil, fmt.Errorf("%d bytes, at most %d are allowed", len(of), MaxRuleBytes)
	}
	words, err := newLanguage(p.brand)
	if err != nil {
		return nil, err
	}
	checked, issues := words.rules.Compile(of)
	if issues.Err() != nil {
		return nil, plain(issues)
	}
	switch t := checked.OutputType(); t.Kind() {
	case types.DoubleKind, types.IntKind, types.UintKind, types.DynKind:
	default:
		return nil, fmt.Errorf("yields %s where a number is wanted", t)
	}
	if err := affordable(words.rules, checked, maxRuleCost); err != nil {
		return nil, err
	}
	if err := permitted(words.policy, checked); err != nil {
		return nil, err
	}
	reads := readSet(checked)
	if err := ofPeople(reads); err != nil {
		return nil, err
	}
	program, err := words.rules.Program(checked, cel.EvalOptions(cel.OptOptimize))
	if err != nil {
		return nil, err
	}
	return &Amount{p, program, reads}, nil
}

// ofPeople says what of the variables read only a decision has.
func ofPeople(reads []int) error {
	for _, v := range reads {
		name := variables[v].name
		if variables[v].scope != ofDecision || name == "context" || strings.HasPrefix(name, "moment.") || strings.HasPrefix(name, "place.") {
			return fmt.Errorf("speaks of %s, which only a decision has", name)
		}
	}
	return nil
}

// Of is the number for somebody at a time, or ErrCondition. It is safe for concurrent use.
func (a *Amount) Of(p *aparte.Person, fit Fit, at time.Time) (float64, error) {
	d := a.plan.openOn(p, fit, at)
	defer a.plan.close(d)
	d.openFrame()
	out, _, err := a.program.Eval(d.frame)
	if err != nil {
		return 0, ErrCondition
	}
	v, err := number(out)
	if err != nil {
		return 0, ErrCondition
	}
	return v, nil
}
