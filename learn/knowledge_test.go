package learn

import (
	"bytes"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/aparte-dev/aparte"
	"pgregory.net/rapid"
)

// asking is an example with what its row asks for.
func asking() *rapid.Generator[Example] {
	return rapid.Custom(func(t *rapid.T) Example {
		x := anyExample().Draw(t, "example")
		if x.Hurdle = rapid.Bool().Draw(t, "hurdle"); x.Hurdle {
			x.RivalPropensity, x.Features.Rival = 0, nil
		}
		x.Since = rapid.SampledFrom([]int64{0, 0, 3600, 7200, 10800}).Draw(t, "since")
		return x
	})
}

func TestARowTellsWhatItIsFor(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := asking().Draw(t, "example")
		got, err := ParseExample(x.Append(nil))
		if err != nil {
			t.Fatal(err)
		}
		if got.Hurdle != x.Hurdle || got.Since != x.Since {
			t.Fatalf("read %v and %d, written %v and %d", got.Hurdle, got.Since, x.Hurdle, x.Since)
		}
	})
}

// Whatever rows ask for, and however often they change their mind.
func TestAnEnsembleOfAllKindsGoesOnToTheSameBytes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		examples := rapid.SliceOfN(asking(), 1, 40).Draw(t, "examples")
		stop := rapid.IntRange(0, len(examples)).Draw(t, "restart after")
		through := learnAll(t, NewEnsemble(small), examples...)
		restored, err := RestoreEnsemble(learnAll(t, NewEnsemble(small), examples[:stop]...).Snapshot())
		if err != nil {
			t.Fatal(err)
		}
		clone := restored.Clone()
		for _, m := range []*Ensemble{restored, clone} {
			if !bytes.Equal(through.Snapshot(), learnAll(t, m, examples[stop:]...).Snapshot()) {
				t.Fatal("the ensembles differ")
			}
		}
		x := examples[0].Features
		near(t, "a clone", score(through.Clone(), x.Context, x.Action), score(through, x.Context, x.Action))
	})
}

func TestOnlyWhatRowsAskForIsKept(t *testing.T) {
	e := NewEnsemble(small)
	row := Example{Objective: "order", Propensity: 0.5, Reward: 100, Hurdle: true}
	learnAll(t, e, row, row, row)
	if k := e.members[0].knowledge; k.model != nil || k.effect != nil || k.hurdle == nil {
		t.Fatalf("rows for a hurdle left %+v", k)
	}
	row.Hurdle = false
	if learnAll(t, e, row, row); e.members[0].hurdle == nil || e.lesson(&e.members[0]) != aparte.LearnHurdle {
		t.Fatal("a model of two examples has taken the place of one of three")
	}
	if learnAll(t, e, row); e.members[0].hurdle != nil || e.lesson(&e.members[0]) != aparte.LearnReward {
		t.Fatal("a model of as many examples has not taken the place of the other")
	}
	if e.members[0].heir != nil {
		t.Fatal("it has an heir, and nothing is to be forgotten")
	}
}

// A registration is worth 500; one in fifty registers after one letter, one in ten after the other. The oracle knows.
func TestAHurdleInAnEnsembleKnowsChancesAndHowFarOffTheyMayBe(t *testing.T) {
	chances := [2]float64{0.02, 0.1}
	const runs, rows = 40, 3000
	var mean [2]float64
	within, last := 0, math.Inf(1)
	for seed := range uint64(runs) {
		rng, e := rand.New(rand.NewPCG(seed, 1)), NewEnsemble(Config{Bits: 14})
		for range rows {
			letter := rng.IntN(2)
			x := Example{Objective: "register", Propensity: 0.5, Hurdle: true, Features: aparte.Features{Action: features("letter", letter, 1)}}
			if rng.Float64() < chances[letter] {
				x.Reward = 500
			}
			learnAll(t, e, x)
			if e.Version() == rows/10 {
				last = offBy(e, features("letter", 0, 1))
			}
		}
		for letter, p := range chances {
			action := features("letter", letter, 1)
			off := math.Abs(score(e, nil, action) - 500*p)
			if off <= 3*offBy(e, action) {
				within++
			}
			mean[letter] += score(e, nil, action) / runs
		}
		if now := offBy(e, features("letter", 0, 1)); seed == 0 && !(now < last) {
			t.Errorf("after ten times as many rows the width went from %.2f to %.2f", last, now)
		}
		if fresh, known := offBy(e, features("letter", 9, 1)), offBy(e, features("letter", 1, 1)); !(fresh > known) {
			t.Errorf("of a letter nobody got %.2f is known, of one that thousands got %.2f", fresh, known)
		}
	}
	for letter, p := range chances {
		if math.Abs(mean[letter]-500*p) > 5 {
			t.Errorf("letter %d is worth %.1f on average, true %.1f", letter, mean[letter], 500*p)
		}
	}
	t.Logf("worth %.1f and %.1f on average; %d of %d within three widths", mean[0], mean[1], within, 2*runs)
	if within < 2*runs*8/10 {
		t.Errorf("only %d of %d predictions are within three widths of the truth", within, 2*runs)
	}
}

func offBy(e *Ensemble, action []aparte.Feature) float64 {
	var value, width [1]float64
	e.Predict(nil, [][]aparte.Feature{action}, value[:], width[:])
	return width[0]
}

// After 6,000 rows of six hours what was right becomes wrong. With a memory of an hour nothing is left of it two periods on.
func TestWithAMemoryWhatWasIsForgotten(t *testing.T) {
	value := func(memory int64, hurdle bool) float64 {
		rng, e := rand.New(rand.NewPCG(3, 1)), NewEnsemble(Config{Bits: 14})
		for n := range 9000 {
			second := int64(n) * 3600 / 1000
			x := Example{Objective: "order", Propensity: 0.5, Hurdle: hurdle, Features: aparte.Features{Action: features("letter", rng.IntN(2), 1)}}
			if memory > 0 {
				x.Since = 1 + second/memory*memory
			}
			if right := x.Features.Action[0] == features("letter", 0, 1)[0]; right == (n < 6000) && rng.IntN(2) == 0 {
				x.Reward = 100
			}
			learnAll(t, e, x)
		}
		return score(e, nil, features("letter", 0, 1))
	}
	for _, hurdle := range []bool{false, true} {
		if v := value(3600, hurdle); math.Abs(v) > 1 {
			t.Errorf("hurdle %v: what brought 50 and brings nothing now is worth %.2f with a memory of an hour", hurdle, v)
		}
		if v := value(0, hurdle); v < 5 {
			t.Errorf("hurdle %v: it is worth %.2f without one: this world does not tell", hurdle, v)
		}
	}
}
