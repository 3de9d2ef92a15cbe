package decide

import (
	"testing"
	"time"

	"github.com/aparte-dev/aparte"
)

// nosy is a fit whose score is that somebody's gender is known.
type nosy struct{ *typed }

func (nosy) Score(_ aparte.ObjectiveID, p *aparte.Person, _ time.Time) (float64, bool) {
	_, told := p.Trait("gender")
	return float64(oneIf(told)), true
}

func TestWhatThePolicyForbidsIsNoPartOfAScore(t *testing.T) {
	person := aparte.Person{Traits: []aparte.Trait{{Name: "gender", Value: aparte.TextValue("f")}, {Name: "plan", Value: aparte.TextValue("gold")}}}
	for _, c := range []struct {
		policy aparte.Policy
		want   bool
	}{{aparte.Policy{}, true}, {aparte.Policy{Traits: []string{"gender"}}, false}} {
		b := busy()
		b.Policy = c.policy
		p, err := Compile(b, 1)
		if err != nil {
			t.Fatal(err)
		}
		a, err := p.Audience(`score["` + string(b.Objectives[0].ID) + `"] > 0.5`)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := a.Holds(&person, nosy{&typed{}}, noon); err != nil || got != c.want {
			t.Errorf("with policy %v the score is told gender: %v, %v", c.policy, got, err)
		}
	}
	if len(person.Traits) != 2 {
		t.Error("the person was changed")
	}
	if _, err := func() (*Amount, error) {
		b := busy()
		b.Policy = aparte.Policy{Traits: []string{"income"}}
		p, err := Compile(b, 1)
		if err != nil {
			return nil, nil
		}
		return p.Amount("traits.income * 2.0")
	}(); err == nil {
		t.Error("an amount reads what the policy forbids")
	}
}
