package learn

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/aparte-dev/aparte"
	"pgregory.net/rapid"
)

func TestAnEnsembleIsTheSumOfOneModelAnObjective(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		examples := rapid.SliceOfN(anyExample(), 1, 30).Draw(t, "examples")
		cfg := Config{Bits: 13, NoBlocks: rapid.Bool().Draw(t, "without blocks")}
		e := learnAll(t, NewEnsemble(cfg), examples...)
		alone := map[aparte.ObjectiveID]*Hybrid{}
		for _, x := range examples {
			if alone[x.Objective] == nil {
				alone[x.Objective] = NewHybrid(cfg)
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
			near(t, "clone of one", score(e.Clone(aparte.Objective{ID: counted}), context, action), score(alone[counted], context, action))
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
	if string(e.Clone(aparte.Objective{ID: "order"}).Snapshot()) != string(e.Snapshot()) {
		t.Error("the snapshot differs")
	}
	if got := score(e.Clone(aparte.Objective{ID: "gone"}), features("context", 0, 6), features("action", 0, 3)); got != 0 {
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

// contributor is what package decide asks of a scorer that can explain itself.
type contributor interface {
	Model
	Contributions(context, action []aparte.Feature, amounts []float64)
}

func TestContributionsAreWhatSetsAnActionApartFromSilence(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cfg := Config{Bits: 13, NoCrosses: rapid.Bool().Draw(t, "without crosses")}
		examples := rapid.SliceOfN(anyExample(), 1, 30).Draw(t, "examples")
		e := learnAll(t, NewEnsemble(cfg), examples...)
		x := anyExample().Draw(t, "question").Features
		all := len(x.Context) + len(x.Action)
		for _, m := range []contributor{e, e.Clone(), e.Clone(aparte.Objective{ID: "order"}), learnAll(t, NewLinear(cfg), examples...)} {
			amounts := make([]float64, all+1)
			for i := range amounts {
				amounts[i] = 42
			}
			m.Contributions(x.Context, x.Action, amounts)
			whole := score(m, x.Context, x.Action)
			near(t, "all of the action's features", sum(amounts[len(x.Context):all]), whole-score(m, x.Context, nil))
			if _, blocks := m.(*Ensemble); blocks && !cfg.NoCrosses {
				continue // a block is not linear in the features of the situation: what is left of usual depends on all
			}
			for i := range x.Context {
				without := slices.Delete(slices.Clone(x.Context), i, i+1)
				apart := whole - score(m, x.Context, nil) - score(m, without, x.Action) + score(m, without, nil)
				near(t, "a feature of the situation", amounts[i], apart)
			}
			if amounts[all] != 42 {
				t.Fatal("wrote past the features")
			}
		}
	})
}

func sum(amounts []float64) (total float64) {
	for _, v := range amounts {
		total += v
	}
	return total
}
