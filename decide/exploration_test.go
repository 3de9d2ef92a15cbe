package decide

import (
	"math"
	"strings"
	"testing"

	"github.com/aparte-dev/aparte"
)

// explorations are those a brand can choose, by what sets them apart.
var explorations = []aparte.Exploration{
	{},
	{Way: aparte.SquareCB},
	{Way: aparte.SquareCB, Hope: -1, Schedule: aparte.SquareRoot, Gamma: 1},
	{Way: aparte.SquareCB, Hope: 2, Schedule: aparte.Constant},
	{Way: aparte.EpsilonGreedy},
	{Way: aparte.EpsilonGreedy, Epsilon: 0.4, Hope: 1},
	{Way: aparte.Thompson},
	{Way: aparte.Thompson, Hope: 0.3, Schedule: aparte.Constant, Gamma: 10},
}

// doubtful scores contents with how far off that may be.
type doubtful struct {
	byContent
	width float64
}

func (u doubtful) Predict(context []aparte.Feature, actions [][]aparte.Feature, values, widths []float64) {
	u.Score(context, actions, values)
	for i := range actions {
		widths[i] = u.width * float64(i%3)
	}
}

// Over many seeds, what is chosen is chosen as often as the propensities that are logged say, whatever way to explore a brand
// chose: the sum of what happened less what was stated is as far from 0 as chance has it.
func TestWhateverWayToExploreIsChosenPropensitiesAreThoseOfTheDraws(t *testing.T) {
	for _, effects := range []bool{false, true} {
		for _, x := range explorations {
			b := shop()
			b.Contents = b.Contents[3:4] // one content, two variants, and silence: the set is always the same
			b.Explore = x
			if effects {
				b.Objectives[0].Learn = aparte.LearnEffect
			}
			p, q := plan(t, b), onWeb(marie())
			q.Model = 500
			scorer := doubtful{byContent{"ten-off": 25}, 40}
			const n = 20_000
			var beyond, variance [3]float64
			for q.Seed = range n {
				d := p.Decide(q, scorer)
				sum := 0.0
				for i, c := range d.Candidates {
					sum += c.Propensity
					if !(c.Propensity > 0) {
						t.Fatalf("%+v: candidate %d cannot be chosen", x, i)
					}
					beyond[i] += float64(oneIf(d.Chosen == i)) - c.Propensity
					variance[i] += c.Propensity * (1 - c.Propensity)
				}
				if math.Abs(sum-1) > 1e-12 {
					t.Fatalf("%+v: propensities sum to %v", x, sum)
				}
				if d.Propensity != d.Candidates[d.Chosen].Propensity {
					t.Fatalf("%+v: propensity %v, the candidate's is %v", x, d.Propensity, d.Candidates[d.Chosen].Propensity)
				}
			}
			for i := range beyond {
				if z := beyond[i] / math.Sqrt(variance[i]); math.Abs(z) > 4 {
					t.Errorf("%+v: candidate %d was chosen %+.1f times beyond what was stated, %.1f deviations", x, i, beyond[i], z)
				}
			}
		}
	}
}

func TestTheWayABrandChoosesIsTheOneItsDecisionsGo(t *testing.T) {
	chances := func(x aparte.Exploration, effects bool, examples uint64) []float64 {
		b := shop()
		b.Contents = b.Contents[3:4]
		b.Explore = x
		if effects {
			b.Objectives[0].Learn = aparte.LearnEffect
		}
		q := onWeb(marie())
		q.Model, q.Seed = examples, 7
		var out []float64
		for _, c := range plan(t, b).Decide(q, doubtful{byContent{"ten-off": 25}, 40}).Candidates {
			out = append(out, c.Propensity)
		}
		return out
	}
	same := func(a, b []float64) bool {
		for i := range a {
			if math.Abs(a[i]-b[i]) > 1e-12 {
				return false
			}
		}
		return true
	}
	squarecb := aparte.Exploration{Way: aparte.SquareCB}
	if !same(chances(aparte.Exploration{}, false, 500), chances(squarecb, false, 500)) {
		t.Error("where nothing is said and no effects are learned, it is not that of inverse gaps")
	}
	if same(chances(aparte.Exploration{}, true, 500), chances(squarecb, true, 500)) {
		t.Error("where effects are learned and inverse gaps asked for, draws vote all the same")
	}
	thirds := []float64{0.4 / 3, 0.4 / 3, 0.4 / 3}
	got := chances(aparte.Exploration{Way: aparte.EpsilonGreedy, Epsilon: 0.4}, false, 500)
	for i, p := range got {
		if math.Abs(p-thirds[i]) > 1e-12 && math.Abs(p-thirds[i]-0.6) > 1e-12 {
			t.Errorf("ε = 0.4 of three gives %v", got)
		}
	}
	constant := aparte.Exploration{Way: aparte.SquareCB, Schedule: aparte.Constant, Gamma: 30}
	if !same(chances(constant, false, 10), chances(constant, false, 1_000_000)) {
		t.Error("a constant γ depends on how much was learned")
	}
	root := aparte.Exploration{Way: aparte.SquareCB, Schedule: aparte.SquareRoot}
	if a, b := chances(root, false, 1_000_000), chances(squarecb, false, 1_000_000); !(max(a[0], a[1], a[2]) < max(b[0], b[1], b[2])) {
		t.Errorf("after a million examples √n is surer than n^¾: %v, %v", a, b)
	}
}

// tells reports whether an error has a flaw at a pointer.
func tells(err error, pointer string) bool {
	return err != nil && strings.Contains("\n"+err.Error(), "\n"+pointer+": ")
}

func TestAnExplorationThatMakesNoSenseIsRefused(t *testing.T) {
	for _, test := range []struct {
		x       aparte.Exploration
		pointer string
	}{
		{aparte.Exploration{Way: "greedy"}, "/explore/way"},
		{aparte.Exploration{Epsilon: 0.1}, "/explore/way"},
		{aparte.Exploration{Way: aparte.SquareCB, Epsilon: 0.1}, "/explore/epsilon"},
		{aparte.Exploration{Way: aparte.EpsilonGreedy, Epsilon: 1.5}, "/explore/epsilon"},
		{aparte.Exploration{Way: aparte.EpsilonGreedy, Epsilon: math.NaN()}, "/explore/epsilon"},
		{aparte.Exploration{Way: aparte.EpsilonGreedy, Gamma: 3}, "/explore/gamma"},
		{aparte.Exploration{Way: aparte.SquareCB, Gamma: math.Inf(1)}, "/explore/gamma"},
		{aparte.Exploration{Way: aparte.SquareCB, Schedule: "fast"}, "/explore/schedule"},
		{aparte.Exploration{Way: aparte.EpsilonGreedy, Schedule: aparte.Constant}, "/explore/schedule"},
		{aparte.Exploration{Way: aparte.Thompson, Hope: 1000}, "/explore/hope"},
	} {
		b := shop()
		b.Explore = test.x
		if _, err := Compile(b, 1); !tells(err, test.pointer) {
			t.Errorf("%+v: %v, want a flaw at %s", test.x, err, test.pointer)
		}
	}
	b := shop()
	b.Objectives[0].Memory = aparte.Duration(leastMemory - 1)
	if _, err := Compile(b, 1); !tells(err, "/objectives/0/memory") {
		t.Errorf("a memory of less than an hour: %v", err)
	}
}
