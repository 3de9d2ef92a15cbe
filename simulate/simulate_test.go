package simulate

import (
	"context"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// live lets a policy live in a world for a number of days.
func live(t interface{ Fatal(...any) }, w *World, p Policy, days int) *Tally {
	tally, err := w.Run(context.Background(), p, func(t *Tally) bool { return len(t.Days) >= days })
	if err != nil {
		t.Fatal(err)
	}
	return tally
}

func TestTheSameSeedMakesTheSameLife(t *testing.T) {
	a := live(t, New(Config{Seed: 7, People: 100}), New(Config{Seed: 7, People: 100}).Rules(), 60)
	b := live(t, New(Config{Seed: 7, People: 100}), New(Config{Seed: 7, People: 100}).Rules(), 60)
	if diff := cmp.Diff(a.Days, b.Days); diff != "" {
		t.Error(diff)
	}
	if c := live(t, New(Config{Seed: 8, People: 100}), New(Config{Seed: 8, People: 100}).Rules(), 60); cmp.Equal(a.Days, c.Days) {
		t.Error("another seed makes the same life")
	}
}

func TestNobodyDoesBetterThanTheOracle(t *testing.T) {
	for seed := range uint64(2) {
		w := New(Config{Seed: seed, People: 200})
		oracle := live(t, w, w.Oracle(), 100)
		best := oracle.Sum(0, 100).Worth
		for _, p := range append(w.rivals(nil)[2:], w.Quiet()) {
			tally := live(t, w, p, 100)
			if s := tally.Sum(0, 100); s.Worth >= best || s.Regret <= 0 {
				t.Errorf("seed %d: %s is worth %.0f with a regret of %.0f, the oracle %.0f", seed, p.Name(), s.Worth, s.Regret, best)
			}
		}
		if s := oracle.Sum(0, 100); s.Regret != 0 {
			t.Errorf("seed %d: the oracle regrets %.2f", seed, s.Regret)
		}
	}
}

// TestAPlanIsWorthWhatLifeBrings lives a person's life over and over by the plan and compares what it
// brings with what the plan says.
func TestAPlanIsWorthWhatLifeBrings(t *testing.T) {
	for _, kind := range []Kind{SureThing, SleepingDog, Persuadable} {
		p := &person{kind: kind, bargain: .6, basket: 6000}
		p.likes = [len(topics)]float64{.9, .4, .1, .1}
		x := newPlan(p)
		const lives = 1000
		total := 0.0
		for life := range uint64(lives) {
			total += lifeByPlan(p, x, stream(mix(life)))
		}
		planned := math.Inf(-1)
		for a := range actions {
			planned = max(planned, x.value(p, a, .1, 1))
		}
		if got := total / lives; math.Abs(got/planned-1) > .05 {
			t.Errorf("kind %d: lives by the plan bring %.0f, the plan says %.0f", kind, got, planned)
		}
	}
}

// lifeByPlan is what one life brings, discounted: it begins with a moment with a tenth of goodwill missing.
func lifeByPlan(p *person, x *plan, s stream) (total float64) {
	missing, since, subscribed := .1, returnsAfter, true
	for d := range 900 {
		s = s.at(uint64(d), wReturn)
		if d > 0 {
			missing *= math.Exp2(-1. / goodwillHalfLife)
			since++
			if since < returnsAfter || s.unit(wReturn) >= returns*(1-missing) {
				continue
			}
		}
		best, most := Silence, math.Inf(-1)
		for a := range actions {
			if v := x.value(p, a, missing, 1); subscribed && v > most {
				best, most = a, v
			}
		}
		total += p.worth(best, missing, 1) * math.Pow(horizon, float64(d))
		subscribed = subscribed && s.unit(wLeave) >= p.leaves(best, missing)
		missing, since = p.after(best, missing), 0
	}
	return total
}

func TestRepetitionWearsMoreAndRelevanceLess(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := &person{kind: Kind(rapid.IntRange(0, int(kinds)-1).Draw(t, "kind")), bargain: .5, basket: 1}
		unit := rapid.Float64Range(0, 1)
		a, b := unit.Draw(t, "missing"), unit.Draw(t, "missing")
		p.likes[0], p.likes[1] = unit.Draw(t, "like"), unit.Draw(t, "like")
		if worn := func(m float64) float64 { return p.after(1, m) - m }; a < b && p.after(1, b) < 1 && worn(a) > worn(b) {
			t.Errorf("a letter wears %v where %v is missing and %v where %v is", worn(a), a, worn(b), b)
		}
		if p.likes[0] < p.likes[1] && p.after(1, a) < p.after(2, a) {
			t.Error("what fits better wears more")
		}
		if p.after(Silence, a) != a || p.leaves(Silence, a) != 0 {
			t.Error("silence wears")
		}
	})
}

// Halving the cap of policies that write whenever they may lowers the chance of unsubscribing that the truth gives, which luck
// does not blur, over five worlds of 25 people together. In a single one it may rise: who leaves early is written to no more.
func TestHalvingTheCapNeverRaisesUnsubscriptionsOfAFewWorlds(t *testing.T) {
	const groups, worlds = 20, 5
	for group := range groups {
		var names [2]string
		var before, halved [2]float64
		for world := range worlds {
			seed := uint64(group*worlds + world)
			w2, w1 := New(Config{Seed: seed, People: 25, Most: 2}), New(Config{Seed: seed, People: 25, Most: 1})
			w2.blunt, w1.blunt = true, true // nobody asks the oracle
			for i, p := range []Policy{w2.BestToAll(), w2.Random()} {
				names[i] = p.Name()
				before[i] += live(t, w2, p, 60).Sum(0, 60).Leaving
				halved[i] += live(t, w1, []Policy{w1.BestToAll(), w1.Random()}[i], 60).Sum(0, 60).Leaving
			}
		}
		for i := range names {
			if halved[i] > before[i] {
				t.Errorf("%s, worlds from %d: %.2f people are expected to leave with half the letters, %.2f before", names[i], group*worlds, halved[i], before[i])
			}
		}
	}
}
