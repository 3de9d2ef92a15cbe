package decide

import (
	"slices"
	"testing"

	"github.com/aparte-dev/aparte"
)

// A decision of the first terms is taken again in those: a silence of half a year was the same for everybody.
func TestADecisionOfTheFirstTermsGoesByFixedDays(t *testing.T) {
	p := plan(t, shop())
	m := marie()
	m.Orders.LastAt, m.Orders.FirstAt, m.Orders.Count = noon.Add(-100*day), noon.Add(-100*day), 1
	q := onWeb(m)
	now := p.Decide(q, nil)
	q.Edition = 1
	then := p.Decide(q, nil)
	if now.Terms != Terms || then.Terms != 0 {
		t.Errorf("terms %d and %d", now.Terms, then.Terms)
	}
	describes := func(d aparte.Decision, stage string) bool {
		return slices.ContainsFunc(d.Features.Context, func(f aparte.Feature) bool { return f.Hash == feature("lifecycle", stage).hash })
	}
	if !describes(now, aparte.New) || !describes(then, aparte.AtRisk) {
		t.Error("after a hundred days, who ordered once is new by their rhythm and was at risk by fixed days")
	}
}
