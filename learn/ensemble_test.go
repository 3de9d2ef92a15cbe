package learn

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/aparte-dev/aparte"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

func TestAnEnsembleIsTheSumOfOneModelAnObjective(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		examples := rapid.SliceOfN(anyExample(), 1, 30).Draw(t, "examples")
		cfg := Config{Bits: 13}
		e := learnAll(t, NewEnsemble(cfg), examples...)
		alone := map[aparte.ObjectiveID]*Linear{}
		for _, x := range examples {
			if alone[x.Objective] == nil {
				alone[x.Objective] = NewLinear(cfg)
			}
			learnAll(t, alone[x.Objective], x)
		}
		counted := rapid.SampledFrom(e.Objectives()).Draw(t, "counted")
		for _, x := range examples {
			context, action := x.Features.Context, x.Features.Action
			want := 0.0
			for _, l := range alone {
				want += score(l, context, action)
			}
			near(t, "ensemble", score(e, context, action), want)
			near(t, "clone", score(e.Clone(), context, action), want)
			near(t, "clone of one", score(e.Clone(counted), context, action), score(alone[counted], context, action))
		}
	})
}

func near(t *rapid.T, what string, got, want float64) {
	t.Helper()
	if math.Abs(got-want) > 0.01*(1+math.Abs(want)) {
		t.Fatalf("%s scores %g, want %g", what, got, want)
	}
}

func TestACloneStaysAsItWas(t *testing.T) {
	examples := purchases(60, "click", "order")
	e := learnAll(t, NewEnsemble(Config{}), examples[:30]...)
	clone, x := e.Clone(), examples[0].Features
	score0, bytes0 := score(clone, x.Context, x.Action), string(clone.Snapshot())
	learnAll(t, e, examples[30:]...)
	if score(clone, x.Context, x.Action) != score0 || string(clone.Snapshot()) != bytes0 || clone.Version() != 30 {
		t.Error("the clone changed with what it was made from")
	}
	if learnAll(t, clone, examples[30:]...); string(clone.Snapshot()) != string(e.Snapshot()) {
		t.Error("a clone that learns comes to something else")
	}
	if score(clone, x.Context, x.Action) != score(e, x.Context, x.Action) {
		t.Error("a clone that learned scores as before")
	}
}

func TestCloningSomeObjectivesKeepsAllInTheSnapshot(t *testing.T) {
	e := taught(t, "click", "order")
	if string(e.Clone("order").Snapshot()) != string(e.Snapshot()) {
		t.Error("the snapshot differs")
	}
	if got := score(e.Clone("gone"), features("context", 0, 6), features("action", 0, 3)); got != 0 {
		t.Errorf("an objective nobody has learned of scores %g", got)
	}
}

func TestObjectivesComeInOrderUpToABound(t *testing.T) {
	e := NewEnsemble(Config{Bits: MinBits})
	for i := range MaxObjectives {
		learnAll(t, e, Example{Objective: aparte.ObjectiveID(fmt.Sprint("o", MaxObjectives-i)), Propensity: 1})
	}
	if ids := e.Objectives(); len(ids) != MaxObjectives || !slices.IsSorted(ids) {
		t.Errorf("objectives %v", ids)
	}
	err := e.Learn(&Example{Objective: "one more", Propensity: 1})
	if !errors.Is(err, ErrTooManyObjectives) || e.Version() != MaxObjectives {
		t.Errorf("error %v, version %d", err, e.Version())
	}
}

func TestContributionsAreWhatSetsAnActionApartFromSilence(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cfg := Config{Bits: 13, NoCrosses: rapid.Bool().Draw(t, "without crosses")}
		e := learnAll(t, NewEnsemble(cfg), rapid.SliceOfN(anyExample(), 1, 30).Draw(t, "examples")...)
		x := anyExample().Draw(t, "question").Features
		for _, m := range []*Ensemble{e, e.Clone(), e.Clone("order")} {
			all := m.Contributions(x.Context, x.Action, math.MaxInt)
			sum := 0.0
			for _, c := range all {
				sum += c.Amount
			}
			near(t, "the sum of contributions", sum, score(m, x.Context, x.Action)-score(m, x.Context, nil))
			for i := 1; i < len(all); i++ {
				if math.Abs(all[i].Amount) > math.Abs(all[i-1].Amount) {
					t.Fatalf("not in order: %v", all)
				}
			}
			top := m.Contributions(x.Context, x.Action, 2)
			if diff := cmp.Diff(all[:min(2, len(all))], top, cmpopts.EquateEmpty()); diff != "" {
				t.Fatal(diff)
			}
		}
	})
}

// Other packages ask for contributions by an interface of their own.
func TestContributionsCanBeAskedForWithoutThisPackagesTypes(t *testing.T) {
	type contributor interface {
		Contributions(context, action []aparte.Feature, top int) []struct {
			Context uint32
			Action  uint32
			Amount  float64
		}
	}
	for _, m := range []contributor{NewLinear(Config{Bits: MinBits}), NewEnsemble(Config{})} {
		if got := m.Contributions(nil, features("a", 0, 1), 3); len(got) != 0 {
			t.Errorf("%T: %v of nothing", m, got)
		}
	}
}
