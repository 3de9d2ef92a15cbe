package console

import (
	"testing"

	"github.com/aparte-dev/aparte/engine"
	"github.com/aparte-dev/aparte/learn/residual"
)

// A share of hundred per cent is not left to speak for itself where the model cannot tell who leaves.
func TestTheTreeSaysWhereNobodyWasSeenToLeave(t *testing.T) {
	for _, c := range []struct {
		alive float64
		notes []residual.Note
		want  string
	}{
		{100, []residual.Note{residual.AtBound}, "tree.alive.bound"},
		{100, nil, ""},
		{60, []residual.Note{residual.AtBound}, ""}, // the bound is another's
	} {
		fit := &engine.Fit{
			Lifetime: &residual.Model{Notes: c.notes},
			Standing: &residual.Standing{Customers: residual.Group{People: 100, Alive: c.alive, Orders: 200, Value: 9000}},
		}
		found := false
		for _, f := range treeOf(fit).Groups[0].Factors {
			if f.Key != "tree.alive" {
				continue
			}
			if found = true; f.Note != c.want {
				t.Errorf("%v of 100 alive, notes %v: the tree notes %q, want %q", c.alive, c.notes, f.Note, c.want)
			}
		}
		if !found {
			t.Error("the tree has no share of those who are customers still")
		}
	}
}
