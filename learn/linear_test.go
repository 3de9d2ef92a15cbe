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

func TestWithNothingLearnedEverythingScoresZero(t *testing.T) {
	values := []float64{7, 7, 7}
	for _, m := range []Model{NewLinear(Config{}), NewEnsemble(Config{}), NewEnsemble(Config{}).Clone()} {
		m.Score(features("c", 0, 3), [][]aparte.Feature{nil, features("a", 0, 2), features("a", 2, 2)}, values[:3])
		if !slices.Equal(values, []float64{0, 0, 0}) {
			t.Errorf("%T: %v", m, values)
		}
	}
}

// bySums is the definition of a score, with the weights read one by one.
func bySums(l *Linear, context, action []aparte.Feature) float64 {
	always := float64(l.weights[l.alone(alwaysAction)])
	for _, c := range context {
		always += float64(c.Value) * float64(l.weights[l.crossed(mixContext(c.Hash), alwaysAction)])
	}
	for _, a := range action {
		always += float64(a.Value) * float64(l.weights[l.alone(mixAction(a.Hash))])
		for _, c := range context {
			if l.crosses {
				always += float64(a.Value) * float64(c.Value) * float64(l.weights[l.crossed(mixContext(c.Hash), mixAction(a.Hash))])
			}
		}
	}
	return always
}

func TestScoresAreTheSumsTheyAreDefinedAs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := NewLinear(Config{Bits: rapid.IntRange(MinBits, 14).Draw(t, "bits"), NoCrosses: rapid.Bool().Draw(t, "without crosses")})
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		for i := range l.weights {
			l.weights[i] = float32(rng.NormFloat64())
		}
		context := anyFeatures(70).Draw(t, "context")
		actions := rapid.SliceOfN(anyFeatures(40), 0, 40).Draw(t, "actions")
		if rapid.Bool().Draw(t, "more than fit into one batch") {
			for i := range 50 {
				actions = append(actions, features("action", i, 40))
			}
		}
		values := make([]float64, len(actions)+1)
		values[len(actions)] = 42
		l.Score(context, actions, values)
		for i, action := range actions {
			if want := bySums(l, context, action); math.Abs(values[i]-want) > 1e-3*(1+math.Abs(want)) {
				t.Fatalf("action %d scores %g, want %g", i, values[i], want)
			}
		}
		if values[len(actions)] != 42 {
			t.Fatal("wrote past the actions")
		}
	})
}

func TestScoringAllocatesNothing(t *testing.T) {
	l, context, actions := shop(t, 4)
	values := make([]float64, len(actions))
	if n := testing.AllocsPerRun(20, func() { l.Score(context, actions, values) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// The order of features must not matter but for the rounding of sums, nor what is not there.
func TestTheOrderOfFeaturesChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		examples := rapid.SliceOfN(anyExample(), 1, 20).Draw(t, "examples")
		one := learnAll(t, NewLinear(Config{Bits: 16}), examples...)
		other := NewLinear(Config{Bits: 16})
		for _, e := range examples {
			e.Features.Context = rapid.Permutation(e.Features.Context).Draw(t, "context")
			e.Features.Action = append(rapid.Permutation(e.Features.Action).Draw(t, "action"), aparte.Feature{Hash: 99})
			learnAll(t, other, e)
		}
		for _, e := range examples {
			a, b := score(one, e.Features.Context, e.Features.Action), score(other, e.Features.Context, e.Features.Action)
			if math.Abs(a-b) > 0.01*(1+math.Abs(a)) {
				t.Fatalf("scores %g and %g", a, b)
			}
		}
	})
}

func TestAFeatureTwiceIsOneOfTwiceTheValue(t *testing.T) {
	once, twice := NewLinear(Config{Bits: MinBits}), NewLinear(Config{Bits: MinBits})
	for _, e := range purchases(50, "order") {
		e.Features.Action = features("action", 1, 1)
		double := e
		double.Features.Action = append(features("action", 1, 1), e.Features.Action...)
		learnAll(t, twice, double)
		e.Features.Action[0].Value = 2
		learnAll(t, once, e)
		a, b := score(once, e.Features.Context, e.Features.Action), score(twice, e.Features.Context, double.Features.Action)
		if math.Abs(a-b) > 0.001*(1+math.Abs(a)) {
			t.Fatalf("scores %g and %g", a, b)
		}
	}
}

// A power of two changes no rounding, so that this and the next hold to the last bit.
func TestAmountsInAnotherUnitGiveTheSameModelInThatUnit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		examples := rapid.SliceOfN(anyExample(), 1, 20).Draw(t, "examples")
		const unit = 64
		cents, halves := NewLinear(Config{Bits: 14}), NewLinear(Config{Bits: 14})
		for _, e := range examples {
			e.Reward = math.Trunc(e.Reward)
			learnAll(t, cents, e)
			e.Reward *= unit
			learnAll(t, halves, e)
		}
		for _, e := range examples {
			a, b := score(cents, e.Features.Context, e.Features.Action), score(halves, e.Features.Context, e.Features.Action)
			if a*unit != b {
				t.Fatalf("scores %g, in the other unit %g", a, b)
			}
		}
	})
}

func TestAFeatureInAnotherUnitGivesTheSameScores(t *testing.T) {
	const unit = 32
	rapid.Check(t, func(t *rapid.T) {
		metres, feet := NewLinear(Config{Bits: 16}), NewLinear(Config{Bits: 16})
		for range rapid.IntRange(1, 20).Draw(t, "examples") {
			e := Example{Objective: "o", Propensity: 1, Reward: rapid.Float64Range(-100, 100).Draw(t, "reward")}
			e.Features.Action = features("action", rapid.IntRange(0, 2).Draw(t, "action"), 1)
			e.Features.Context = features("context", 0, 2)
			e.Features.Context[0].Value = float32(rapid.IntRange(-9, 9).Draw(t, "length"))
			learnAll(t, metres, e)
			a := score(metres, e.Features.Context, e.Features.Action)
			e.Features.Context[0].Value *= unit
			learnAll(t, feet, e)
			if b := score(feet, e.Features.Context, e.Features.Action); a != b {
				t.Fatalf("scores %g, in the other unit %g", a, b)
			}
		}
	})
}

// inUnits is an example whose features are 1 or -1: a value larger than ever before would move a
// prediction by itself, its unit having grown.
func inUnits(e Example) Example {
	sign := func(f []aparte.Feature) []aparte.Feature {
		f = slices.Clone(f)
		for i := range f {
			f[i].Value = float32(math.Copysign(1, float64(f[i].Value)))
		}
		return f
	}
	e.Features = aparte.Features{Context: sign(e.Features.Context), Action: sign(e.Features.Action)}
	return e
}

func TestAnExampleMovesThePredictionTowardsItsRewardAndNeverPast(t *testing.T) {
	unit := rapid.Map(anyExample(), inUnits)
	rapid.Check(t, func(t *rapid.T) {
		l := learnAll(t, NewLinear(Config{Bits: 16}), rapid.SliceOfN(unit, 0, 10).Draw(t, "before")...)
		e := unit.Draw(t, "example")
		e.Weight = rapid.SampledFrom([]float64{0.01, 1, 10, MaxWeight}).Draw(t, "weight")
		before := score(l, e.Features.Context, e.Features.Action)
		learnAll(t, l, e)
		after := score(l, e.Features.Context, e.Features.Action)
		low, high := min(before, e.Reward), max(before, e.Reward)
		slack := 1e-5 * (1 + high - low)
		for _, c := range l.touched.all { // weights are kept in single precision, however large examples before have made them
			slack += math.Abs(float64(l.weights[c.index])) * (1.0 / (1 << 22))
		}
		if after < low-slack || after > high+slack {
			t.Fatalf("from %g to %g, past %g", before, after, e.Reward)
		}
	})
}

// Once a coordinate has met many examples, one more changes its pace little: then one of weight two comes
// to nearly what two of weight one come to. A reward far beyond those it has met does change the pace: the
// two then differ by up to a fifth.
func TestAnExampleOfWeightTwoIsWorthTwo(t *testing.T) {
	known := purchases(2000, "order")
	before := learnAll(t, NewLinear(Config{Bits: 16}), known...)
	rapid.Check(t, func(t *rapid.T) {
		e := rapid.SampledFrom(known).Draw(t, "example")
		e.Reward = rapid.Float64Range(0, 3000).Draw(t, "reward")
		near := 0.15
		if e.Reward > 500 {
			near = 0.2
		}
		start := score(before, e.Features.Context, e.Features.Action)
		twice := learnAll(t, before.Clone(), e, e)
		single := learnAll(t, before.Clone(), e)
		e.Weight = 2
		once := learnAll(t, before.Clone(), e)
		a := score(once, e.Features.Context, e.Features.Action) - start
		b := score(twice, e.Features.Context, e.Features.Action) - start
		c := score(single, e.Features.Context, e.Features.Action) - start
		if math.Abs(c) > 0.85*math.Abs(b)+0.1 {
			t.Fatalf("one example of two moves it by %g of %g", c, b)
		}
		if math.Abs(a-b) > near*math.Abs(b)+0.1 {
			t.Fatalf("from %g towards %g: weight 2 moves it by %g, two examples by %g", start, e.Reward, a, b)
		}
	})
}

// Least squares by the normal equations is what a linear regression must come to.
func TestItConvergesToTheLeastSquaresSolution(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	truth := []float64{500, -200, 300, 80} // of the bias and three features of the situation
	var rows [][]float64
	var rewards []float64
	for range 200 {
		row := []float64{1, rng.Float64() * 2, rng.Float64()*2 - 1, float64(rng.IntN(2))}
		reward := rng.NormFloat64() * 50
		for i, v := range row {
			reward += truth[i] * v
		}
		rows, rewards = append(rows, row), append(rewards, reward)
	}
	best := leastSquares(rows, rewards)
	l := NewLinear(Config{Bits: 16})
	context := func(row []float64) []aparte.Feature {
		return features32(1, float32(row[1]), 2, float32(row[2]), 3, float32(row[3]))
	}
	for range 300 {
		for i, row := range rows {
			learnAll(t, l, Example{Objective: "o", Reward: rewards[i], Propensity: 1, Features: aparte.Features{Context: context(row)}})
		}
	}
	for i, row := range rows[:20] {
		want := 0.0
		for j, v := range row {
			want += best[j] * v
		}
		if got := score(l, context(row), nil); math.Abs(got-want) > 10 {
			t.Errorf("row %d: %.1f, least squares %.1f", i, got, want)
		}
	}
}

// leastSquares solves XᵀX·w = Xᵀr by Gauss-Jordan elimination.
func leastSquares(rows [][]float64, rewards []float64) []float64 {
	n := len(rows[0])
	m := make([][]float64, n)
	for i := range m {
		m[i] = make([]float64, n+1)
		for k, row := range rows {
			for j, v := range row {
				m[i][j] += row[i] * v
			}
			m[i][n] += row[i] * rewards[k]
		}
	}
	w := make([]float64, n)
	for p := range m {
		for i := range m {
			if i != p {
				f := m[i][p] / m[p][p]
				for j := range m[i] {
					m[i][j] -= f * m[p][j]
				}
			}
		}
	}
	for i := range w {
		w[i] = m[i][n] / m[i][i]
	}
	return w
}

func TestTheSameExamplesGiveTheSameBytes(t *testing.T) {
	examples := purchases(500, "order")
	one := learnAll(t, NewLinear(Config{}), examples...)
	other := learnAll(t, NewLinear(Config{}), examples...)
	if !bytes.Equal(one.Snapshot(), other.Snapshot()) {
		t.Error("two models of the same examples differ")
	}
}

// Whatever is within the bounds of an example, a model stays a number.
func TestNoExampleMakesAModelInfinite(t *testing.T) {
	sizes := []float32{MaxValue, -MaxValue, 1, -1, 1.0 / MaxValue, 1e-30, 0}
	rewards := []float64{MaxReward, -MaxReward, 0, 1, 1e-300, -5e-324}
	rapid.Check(t, func(t *rapid.T) {
		l := NewLinear(Config{Bits: MinBits})
		for range rapid.IntRange(1, 60).Draw(t, "examples") {
			e := Example{Objective: "o", Propensity: 1, Weight: rapid.SampledFrom([]float64{1, 1e-9, MaxWeight}).Draw(t, "weight")}
			e.Reward = rapid.SampledFrom(rewards).Draw(t, "reward")
			for i := range 4 {
				e.Features.Context = append(e.Features.Context, aparte.Feature{Hash: uint32(i), Value: rapid.SampledFrom(sizes).Draw(t, "x")})
				e.Features.Action = append(e.Features.Action, aparte.Feature{Hash: uint32(i), Value: rapid.SampledFrom(sizes).Draw(t, "y")})
			}
			learnAll(t, l, e)
			if v := score(l, e.Features.Context, e.Features.Action); math.IsNaN(v) || math.IsInf(v, 0) {
				t.Fatalf("scores %g", v)
			}
		}
		if _, err := Restore(l.Snapshot()); err != nil {
			t.Fatal(err)
		}
	})
}

func TestSaturateIsOneMinusTheExponential(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		z := math.Exp(rapid.Float64Range(-40, 6).Draw(t, "log z"))
		if got, want := saturate(z), -math.Expm1(-z); math.Abs(got-want) > 1e-12*want {
			t.Fatalf("saturate(%g) = %g, want %g", z, got, want)
		}
	})
	for z, want := range map[float64]float64{0: 0, math.Inf(1): 1} {
		if got := saturate(z); got != want {
			t.Errorf("saturate(%g) = %g", z, got)
		}
	}
}
