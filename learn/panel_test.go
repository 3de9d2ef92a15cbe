package learn

import (
	"bytes"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/aparte-dev/aparte"
	"pgregory.net/rapid"
)

// others are the models beside those that serve uses, each with how it is restored.
var others = map[string]struct {
	make    func() Model
	restore func([]byte) (Model, error)
}{
	"hurdle":   {func() Model { return NewHurdle(Config{Bits: MinBits}) }, func(b []byte) (Model, error) { return RestoreHurdle(b) }},
	"weighted": {func() Model { return NewWeighted(Config{Bits: MinBits}) }, func(b []byte) (Model, error) { l, err := Restore(b); return &Weighted{l}, err }},
	"robust":   {func() Model { return NewRobust(Config{Bits: MinBits}) }, func(b []byte) (Model, error) { return RestoreRobust(b) }},
	"bag":      {func() Model { return NewBag(3, 7, Config{Bits: MinBits}) }, func(b []byte) (Model, error) { return RestoreBag(b) }},
	"cover":    {func() Model { return NewCover(3, Config{Bits: MinBits}) }, func(b []byte) (Model, error) { return RestoreCover(b) }},
}

// learnChoice teaches a model a choice, whole where it learns from whole ones.
func learnChoice(t *rapid.T, m Model, c *Choice) {
	t.Helper()
	err := error(nil)
	if whole, ok := m.(WholeLearner); ok {
		err = whole.LearnChoice(c)
	} else {
		err = m.Learn(&c.Example)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func anyChoice() *rapid.Generator[Choice] {
	return rapid.Custom(func(t *rapid.T) Choice {
		c := Choice{Example: anyExample().Draw(t, "example"), Actions: rapid.SliceOfN(anyFeatures(3), 1, 5).Draw(t, "actions")}
		c.Chosen = rapid.IntRange(0, len(c.Actions)-1).Draw(t, "chosen")
		c.Features.Action = c.Actions[c.Chosen]
		return c
	})
}

func TestEveryModelGoesOnFromItsSnapshotToTheSameBytes(t *testing.T) {
	for name, model := range others {
		t.Run(name, rapid.MakeCheck(func(t *rapid.T) {
			choices := rapid.SliceOfN(anyChoice(), 0, 8).Draw(t, "choices")
			stop := rapid.IntRange(0, len(choices)).Draw(t, "restart after")
			through, first := model.make(), model.make()
			for i := range choices {
				learnChoice(t, through, &choices[i])
				if i < stop {
					learnChoice(t, first, &choices[i])
				}
			}
			whole := first.Snapshot()
			again, err := model.restore(whole)
			if err != nil {
				t.Fatal(err)
			}
			for i := stop; i < len(choices); i++ {
				learnChoice(t, again, &choices[i])
			}
			if !bytes.Equal(through.Snapshot(), again.Snapshot()) {
				t.Fatal("the two went different ways")
			}
			damaged := slices.Clone(whole)
			damaged[rapid.IntRange(0, len(whole)-1).Draw(t, "damaged at")] ^= 0x40
			if _, err := model.restore(damaged); err == nil {
				t.Fatal("a damaged snapshot is restored")
			}
			if _, err := model.restore(whole[:rapid.IntRange(0, len(whole)-1).Draw(t, "cut to")]); err == nil {
				t.Fatal("a cut snapshot is restored")
			}
		}))
	}
}

// Whatever q says, what the others are taught must be right on average over the choice.
func TestDoublyRobustEstimatesAreRightOnAverage(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q := NewLinear(Config{Bits: MinBits})
		learnAll(t, q, rapid.SliceOfN(anyExample(), 0, 5).Draw(t, "what q has learned")...)
		n := rapid.IntRange(2, 5).Draw(t, "actions")
		c := Choice{Example: Example{Objective: "o", Features: aparte.Features{Context: anyFeatures(4).Draw(t, "context")}}}
		var weights, rewards []float64
		total := 0.0
		for i := range n {
			c.Actions = append(c.Actions, features("action", i, 1))
			weights = append(weights, rapid.Float64Range(0.1, 1).Draw(t, "weight"))
			rewards = append(rewards, rapid.Float64Range(-1000, 1000).Draw(t, "reward"))
			total += weights[i]
		}
		average, targets := make([]float64, n), make([]float64, n)
		for chosen := range n {
			c.Chosen, c.Propensity, c.Reward, c.Features.Action = chosen, weights[chosen]/total, rewards[chosen], c.Actions[chosen]
			q.Clone().robust(&c, targets)
			for a, v := range targets {
				average[a] += c.Propensity * v
			}
		}
		for a, v := range average {
			if math.Abs(v-rewards[a]) > 1e-6*(1+math.Abs(rewards[a])+1e5) {
				t.Fatalf("action %d is taught %g on average, brings %g", a, v, rewards[a])
			}
		}
	})
}

func TestTheBagsSamplesAreThoseOfABootstrap(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	const n = 200_000
	var sum, squares, none float64
	for range n {
		times := poisson(rng.Uint64())
		sum += times
		squares += times * times
		if times == 0 {
			none++
		}
	}
	if mean, second := sum/n, squares/n; math.Abs(mean-1) > 0.01 || math.Abs(second-2) > 0.03 || math.Abs(none/n-1/math.E) > 0.005 {
		t.Errorf("mean %.3f, mean square %.3f, none %.3f; want 1, 2, 0.368", mean, second, none/n)
	}
}

func TestVotesAreSharesOfMinds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		for _, m := range []Model{NewBag(4, 1, Config{Bits: MinBits}), NewCover(4, Config{Bits: MinBits})} {
			for _, c := range rapid.SliceOfN(anyChoice(), 0, 6).Draw(t, "choices") {
				learnChoice(t, m, &c)
			}
			actions := rapid.SliceOfN(anyFeatures(3), 1, 6).Draw(t, "actions")
			shares, sum := make([]float64, len(actions)), 0.0
			m.(Voter).Vote(nil, actions, shares)
			for _, share := range shares {
				if share < 0 || share*4 != math.Trunc(share*4) {
					t.Fatalf("%T: a share of four minds of %g", m, share)
				}
				sum += share
			}
			if sum != 1 {
				t.Fatalf("%T: shares sum to %g", m, sum)
			}
		}
	})
}

// Where the best is clear to all, a bag agrees; where nothing tells two actions apart, a cover's minds do not all choose one.
func TestMindsDifferWhereThePastDoesNotTell(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 2))
	actions := [][]aparte.Feature{features("action", 0, 1), features("action", 1, 1)}
	for name, m := range map[string]interface {
		Model
		Voter
	}{"bag": NewBag(10, 3, Config{Bits: 14}), "cover": NewCover(10, Config{Bits: 14})} {
		for _, clear := range []bool{false, true} {
			for range 400 {
				c := Choice{Example: Example{Objective: "o", Propensity: 0.5}, Actions: actions, Chosen: rng.IntN(2)}
				c.Features.Action = actions[c.Chosen]
				if c.Reward = 100 * float64(rng.IntN(2)); clear {
					c.Reward = 100 * float64(c.Chosen)
				}
				err := error(nil)
				if whole, ok := m.(WholeLearner); ok {
					err = whole.LearnChoice(&c)
				} else {
					err = m.Learn(&c.Example)
				}
				if err != nil {
					t.Fatal(err)
				}
			}
			var shares [2]float64
			m.Vote(nil, actions, shares[:])
			if clear && shares[1] != 1 {
				t.Errorf("%s: of what is clearly better only %v are sure", name, shares)
			}
			if !clear && (shares[0] == 0 || shares[1] == 0) {
				t.Errorf("%s: of one mind where nothing tells: %v", name, shares)
			}
		}
	}
}

func TestAnImpossibleChoiceIsRefused(t *testing.T) {
	c := Choice{Example: Example{Objective: "o", Propensity: 0.5}, Actions: [][]aparte.Feature{features("a", 0, 1)}, Chosen: 1}
	for _, m := range []WholeLearner{NewRobust(Config{Bits: MinBits}), NewCover(2, Config{Bits: MinBits})} {
		if err := m.LearnChoice(&c); err == nil {
			t.Errorf("%T takes action 1 of 1", m)
		}
		if n := m.(interface{ Version() uint64 }).Version(); n != 0 {
			t.Errorf("%T has learned %d", m, n)
		}
	}
}

// A kind is what tells one snapshot from another before its body is read.
func TestNoModelIsReadAsAnother(t *testing.T) {
	of := map[byte]string{NewTraffic().Snapshot()[0]: "traffic", NewLinear(Config{}).Snapshot()[0]: "linear", NewEnsemble(Config{}).Snapshot()[0]: "ensemble"}
	for name, model := range others {
		if name == "weighted" {
			continue // it is a linear model once it has learned
		}
		kind := model.make().Snapshot()[0]
		if other, taken := of[kind]; taken {
			t.Errorf("%s and %s are both of kind %q", name, other, kind)
		}
		of[kind] = name
	}
}
