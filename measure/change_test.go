package measure_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/aparte-dev/aparte/measure"
)

// change is a log of people who buy more or less by themselves, whatever they are told, each with some decisions that
// what they buy counts for. Of two situations, the changed policy forbids the first action in one.
func change(rng *rand.Rand, people int) (log *measure.Change, live, changed float64) {
	earns := [2][3]float64{{0.2, 0.5, 0.1}, {0.7, 0.3, 0.4}}
	was := [2][3]float64{{0.5, 0.2, 0.3}, {0.25, 0.5, 0.25}}
	is := [2][3]float64{{0, 0.6, 0.4}, {0.25, 0.5, 0.25}}
	model := [2][3]float64{{0.1, 0.4, 0.1}, {0.5, 0.5, 0.5}} // wrong, on purpose
	value := func(of, p [2][3]float64, x int) (sum float64) {
		for a := range 3 {
			sum += of[x][a] * p[x][a]
		}
		return sum
	}
	log = new(measure.Change)
	for x := range 2 {
		live, changed = live+value(earns, was, x)/2, changed+value(earns, is, x)/2
	}
	live, changed = live+2, changed+2 // what people buy by themselves
	for range people {
		habit := 4 * rng.Float64()
		for range 1 + rng.IntN(6) {
			x, a := rng.IntN(2), 0
			for u := rng.Float64(); u >= was[x][a]; a++ {
				u -= was[x][a]
			}
			reward := habit
			if rng.Float64() < earns[x][a] {
				reward++
			}
			if err := log.Add(measure.Alternative{
				Choice: measure.Choice{Reward: reward, Propensity: was[x][a], Chance: is[x][a], Expected: model[x][a], Direct: value(model, is, x)},
				Live:   value(model, was, x),
			}); err != nil {
				panic(err)
			}
		}
		log.Next()
	}
	return log, live, changed
}

func TestIntervalsOfAChangeHoldThoughDecisionsOfOnePersonHangTogether(t *testing.T) {
	rng := rand.New(rand.NewPCG(21, 22))
	const logs = 400
	held := map[string]int{}
	for range logs {
		log, live, changed := change(rng, 400)
		for name, one := range map[string]struct {
			measure.Estimate
			truth float64
		}{
			"on policy": {log.OnPolicy(0.95), live}, "ipw": {log.IPW(0.95), changed}, "snipw": {log.SNIPW(0.95), changed},
			"dr": {log.DR(0.95), changed}, "lift": {log.Lift(0.95), changed - live},
		} {
			if one.Contains(one.truth) {
				held[name]++
			}
		}
		if lift := log.Lift(0.95); log.Anytime(lift, 0.95).Contains(changed - live) {
			held["lift, anytime"]++
		}
	}
	for name, n := range held {
		share := float64(n) / logs
		if share < 0.92 || share > 0.98 && name != "lift, anytime" {
			t.Errorf("%s: %.3f of the intervals hold, at 0.95", name, share)
		}
	}
	log, _, _ := change(rng, 400)
	if lift, apart := log.Lift(0.95), math.Hypot(log.DR(0.95).SE, log.OnPolicy(0.95).SE); lift.SE > apart/3 || len(log.Doubts()) > 0 {
		t.Errorf("the lift has a standard error of %v, two estimates apart %v; doubts: %q", lift.SE, apart, log.Doubts())
	}
}

// Against the definitions, row by row and person by person.
func TestEstimatesOfAChangeAreThoseOfTheirDefinitions(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		log := new(measure.Change)
		var all [][]measure.Alternative
		for range rapid.IntRange(2, 12).Draw(t, "people") {
			var person []measure.Alternative
			for range rapid.IntRange(1, 4).Draw(t, "decisions") {
				number := rapid.Float64Range(-3, 3)
				x := measure.Alternative{Choice: measure.Choice{
					Reward: number.Draw(t, "reward"), Propensity: rapid.Float64Range(0.05, 1).Draw(t, "propensity"), Chance: rapid.Float64Range(0.01, 1).Draw(t, "chance"),
					Expected: number.Draw(t, "expected"), Direct: number.Draw(t, "direct"),
				}, Live: number.Draw(t, "live")}
				if err := log.Add(x); err != nil {
					t.Fatal(err)
				}
				person = append(person, x)
			}
			log.Next()
			all = append(all, person)
		}
		rows, base := 0.0, 0.0
		for _, x := range slices.Concat(all...) {
			rows, base = rows+1, base+x.Reward-x.Expected
		}
		base /= rows
		for name, one := range map[string]struct {
			got  measure.Estimate
			term func(x *measure.Alternative, w float64) float64
		}{
			"ipw": {log.IPW(0.9), func(x *measure.Alternative, w float64) float64 { return w * x.Reward }},
			"dr":  {log.DR(0.9), func(x *measure.Alternative, w float64) float64 { return x.Direct + base + w*(x.Reward-x.Expected-base) }},
			"lift": {log.Lift(0.9), func(x *measure.Alternative, w float64) float64 {
				return x.Direct - x.Live + (w-1)*(x.Reward-x.Expected-base)
			}},
		} {
			value, squares := 0.0, 0.0
			for _, x := range slices.Concat(all...) {
				value += one.term(&x, x.Chance/x.Propensity) / rows
			}
			for _, person := range all {
				sum := 0.0
				for _, x := range person {
					sum += one.term(&x, x.Chance/x.Propensity) - value
				}
				squares += sum * sum
			}
			n := float64(len(all))
			se := math.Sqrt(squares*n/(n-1)) / rows
			if math.Abs(one.got.Value-value) > 1e-9*(1+math.Abs(value)) || math.Abs(one.got.SE-se) > 1e-6*(1+se) {
				t.Errorf("%s: %v ± %v, want %v ± %v", name, one.got.Value, one.got.SE, value, se)
			}
		}
	})
}

func TestAChangeThatChangesNothingIsWorthNothingForSure(t *testing.T) {
	log := new(measure.Change)
	for range 50 {
		if err := log.Add(measure.Alternative{Choice: measure.Choice{Reward: 3, Propensity: 0.3, Chance: 0.3, Expected: 1, Direct: 2}, Live: 2}); err != nil {
			t.Fatal(err)
		}
		log.Next()
	}
	if lift := log.Lift(0.95); lift.Value != 0 || lift.Low != 0 || lift.High != 0 || len(log.Doubts()) > 0 {
		t.Errorf("%+v, doubts %q", lift, log.Doubts())
	}
}

func TestAChangeThatFewCarryIsDoubted(t *testing.T) {
	for name, one := range map[string]struct {
		differ int // of 2,000 people, those for whom the policies differ
		unseen float64
		want   string
	}{
		"few people": {5, 0, "the policies differ for 5.0 people"}, "what was never done": {1000, 0.3, "30.0 % of what the changed policy would do"},
	} {
		log := new(measure.Change)
		for i := range 2000 {
			x := measure.Alternative{Choice: measure.Choice{Reward: 1, Propensity: 0.5, Chance: 0.5}, Unseen: one.unseen}
			if i < one.differ {
				x.Chance = float64(i % 2)
			}
			if err := log.Add(x); err != nil {
				t.Fatal(err)
			}
			log.Next()
		}
		if doubts := strings.Join(log.Doubts(), "; "); !strings.Contains(doubts, one.want) {
			t.Errorf("%s: doubts %q", name, doubts)
		}
	}
}

func TestADecisionThatMakesNoSenseIsNotTakenIn(t *testing.T) {
	fine := measure.Alternative{Choice: measure.Choice{Reward: 1, Propensity: 0.5, Chance: 0.5}}
	for name, spoil := range map[string]func(*measure.Alternative){
		"a propensity of 0": func(x *measure.Alternative) { x.Propensity = 0 }, "a chance above 1": func(x *measure.Alternative) { x.Chance = 1.1 },
		"no reward": func(x *measure.Alternative) { x.Reward = math.NaN() }, "a model beyond all bounds": func(x *measure.Alternative) { x.Live = math.Inf(1) },
		"more unseen than there is": func(x *measure.Alternative) { x.Unseen = 1.5 },
	} {
		log, x := new(measure.Change), fine
		spoil(&x)
		if err := log.Add(x); err == nil || log.Changed() != 0 {
			t.Errorf("%s is taken in", name)
		}
	}
}

func TestWhatRoundingMovesIsNotDecidedOtherwise(t *testing.T) {
	for weight, want := range map[float64]int{1: 0, 1.000003: 0, 0.999997: 0, 1.001: 1, 0.999: 1} {
		var c measure.Change
		if err := c.Add(measure.Alternative{Choice: measure.Choice{Propensity: 0.5, Chance: 0.5 * weight, Reward: 1}}); err != nil {
			t.Fatal(err)
		}
		if c.Changed() != want {
			t.Errorf("a weight of %v: %d changed, want %d", weight, c.Changed(), want)
		}
	}
}
