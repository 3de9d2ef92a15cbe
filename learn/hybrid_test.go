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

// quiet is a drift of nearly nothing: the blocks are then ridge regressions.
const quiet = 1e-12

func TestABlockIsARidgeRegression(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		width := rapid.IntRange(0, 12).Draw(t, "features")
		p, b := newNumbers(placeBits), new(block).grown(2*lanes, true)
		context := features("x", 0, width)
		for _, f := range context {
			p.add(f.Hash)
		}
		var rows [][]float64
		var rewards []float64
		for range rapid.IntRange(1, 60).Draw(t, "examples") {
			row := []float64{1}
			for i := range context {
				context[i].Value = float32(rng.IntN(5) - 2)
				row = append(row, float64(context[i].Value))
			}
			reward := rng.NormFloat64()
			var s situation
			s.sees(&p, context)
			b.passed = sparing - 1 // P takes every example in, each for one
			mean, _ := b.predict(&s)
			learnExactly(b, &s, reward-float64(mean))
			rows, rewards = append(rows, row), append(rewards, reward)
		}
		for i := range width + 1 { // λ = 1: one more row for each weight
			row := make([]float64, width+1)
			row[i] = 1
			rows, rewards = append(rows, row), append(rewards, 0)
		}
		for i, want := range leastSquares(rows, rewards) {
			if got := float64(b.weights[i]); math.Abs(got-want) > 1e-3 {
				t.Fatalf("weight %d is %g, ridge regression has %g", i, got, want)
			}
		}
	})
}

// learnExactly has P take the example in even where its outcome was nearly certain.
func learnExactly(b *block, s *situation, residual float64) {
	var room [MaxPlaces]float32
	px := room[:len(b.weights)]
	b.gain(s, px)
	variance := float64(dotPlain(px, s.x[:len(px)]))
	for i, v := range px {
		b.weights[i] += float32(float32(residual/(1+variance)) * v)
	}
	b.shrink(px, 1/(1+variance), quiet)
}

// Sparing P the nearly certain examples must change little.
func TestABlockThatSparesItselfExamplesComesToTheSame(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	p := newNumbers(placeBits)
	context := features("x", 0, 6)
	for _, f := range context {
		p.add(f.Hash)
	}
	sparing, exact := new(block).grown(lanes, true), new(block).grown(lanes, true)
	for range 4000 {
		reward := 0.5
		for i := range context {
			context[i].Value = float32(rng.NormFloat64())
			reward += float64(i) * float64(context[i].Value)
		}
		reward += rng.NormFloat64()
		var s situation
		s.sees(&p, context)
		a, _ := sparing.predict(&s)
		b, _ := exact.predict(&s)
		sparing.learn(&s, reward-float64(a), 1, quiet)
		learnExactly(exact, &s, reward-float64(b))
	}
	for i := range exact.weights {
		if math.Abs(float64(sparing.weights[i]-exact.weights[i])) > 0.02 {
			t.Errorf("weight %d: %g, exactly %g", i, sparing.weights[i], exact.weights[i])
		}
	}
}

// Categories of one column add up to the constant, which is where covariances in single precision would suffer.
func TestABlockStaysSoundOverManyExamples(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	h := NewHybrid(Config{Bits: MinBits})
	action := features("content", 0, 1)
	colours, sizes := features("colour", 0, 5), features("size", 0, 4)
	truth := func(c, s int) float64 { return 100 + 20*float64(c) - 15*float64(s) }
	for range 200_000 {
		c, s := rng.IntN(5), rng.IntN(4)
		context := []aparte.Feature{colours[c], sizes[s]}
		learnAll(t, h, Example{Objective: "o", Propensity: 1, Reward: truth(c, s) + 50*rng.NormFloat64(),
			Features: aparte.Features{Context: context, Action: action}})
	}
	for c := range colours {
		for s := range sizes {
			if got := score(h, []aparte.Feature{colours[c], sizes[s]}, action); math.Abs(got-truth(c, s)) > 5 {
				t.Errorf("colour %d, size %d: %.1f, in truth %.1f", c, s, got, truth(c, s))
			}
		}
	}
}

func TestAContentBeginsWithWhatIsUsual(t *testing.T) {
	h := NewHybrid(Config{})
	phone, desktop := features("phone", 0, 1), features("desktop", 0, 1)
	for n := range 2000 {
		situation, reward := phone, 100.0
		if n%2 == 0 {
			situation, reward = desktop, 500
		}
		learnAll(t, h, Example{Objective: "o", Propensity: 1, Reward: reward,
			Features: aparte.Features{Context: situation, Action: features("content", n%3, 1)}})
	}
	for _, test := range []struct {
		situation []aparte.Feature
		usual     float64
	}{{phone, 100}, {desktop, 500}} {
		if got := score(h, test.situation, features("content", 77, 1)); math.Abs(got-test.usual) > 20 {
			t.Errorf("a content nobody has seen scores %.0f where %.0f is usual", got, test.usual)
		}
	}
}

func TestWhatIsLittleKnownIsWider(t *testing.T) {
	e := taught(t, "click", "order")
	context := features("context", 0, 6)
	actions := [][]aparte.Feature{features("action", 0, 3), features("unheard", 0, 3)}
	values, widths, alone := make([]float64, 2), make([]float64, 2), make([]float64, 2)
	e.Predict(context, actions, values, widths)
	e.Score(context, actions, alone)
	if !slices.Equal(values, alone) {
		t.Errorf("predicts %v and scores %v", values, alone)
	}
	if !(widths[0] > 0 && widths[1] > widths[0]) {
		t.Errorf("widths %v", widths)
	}
}

func TestPredictingAllocatesNothing(t *testing.T) {
	e := taught(t, "click", "order").Clone()
	context, actions := features("context", 0, 6), [][]aparte.Feature{features("action", 0, 3), features("action", 5, 3)}
	values, widths := make([]float64, 2), make([]float64, 2)
	if n := testing.AllocsPerRun(20, func() { e.Predict(context, actions, values, widths) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// More features and contents than there is room for are learned all the same, by what all share.
func TestFeaturesAndContentsBeyondTheRoomAreLearned(t *testing.T) {
	h := NewHybrid(Config{})
	rng := rand.New(rand.NewPCG(9, 10))
	for range 30_000 {
		n := rng.IntN(2 * MaxPlaces)
		learnAll(t, h, Example{Objective: "o", Propensity: 1, Reward: float64(100 * (n % 2)),
			Features: aparte.Features{Context: features("c", n, 1), Action: features("a", 0, 1)}})
	}
	for _, n := range []int{2*MaxPlaces - 2, 2*MaxPlaces - 1} {
		if got := score(h, features("c", n, 1), features("a", 0, 1)); math.Abs(got-float64(100*(n%2))) > 40 {
			t.Errorf("feature %d: %.0f", n, got)
		}
	}
	for n := range MaxContents + 10 {
		learnAll(t, h, Example{Objective: "o", Propensity: 1, Reward: 100, Features: aparte.Features{Action: features("a", n, 1)}})
	}
	if again, err := RestoreHybrid(h.Snapshot()); err != nil || !bytes.Equal(again.Snapshot(), h.Snapshot()) {
		t.Errorf("a full model cannot be restored: %v", err)
	}
	if h.room < 0 {
		t.Errorf("%d numbers too many", -h.room)
	}
}

// Where the processor helps, it must come to the same bits as where it does not.
func TestVectorsComeToTheSameBitsEverywhere(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 5).Draw(t, "lanes") * lanes
		numbers := rapid.SliceOfN(rapid.OneOf(rapid.Float32(), rapid.Float32Range(-9, 9), rapid.Just(float32(0))), n, n)
		a, b, c := numbers.Draw(t, "a"), numbers.Draw(t, "b"), numbers.Draw(t, "c")
		scale := rapid.Float32().Draw(t, "scale")
		m := rapid.SliceOfN(rapid.Float32(), n*n, n*n).Draw(t, "m")
		rows := rapid.SliceOfN(rapid.Uint8Range(0, uint8(n-1)), 0, 2*n).Draw(t, "rows")

		ab, bc := dots(a, b, b, c)
		sameBits(t, []float32{dot(a, b), ab, bc}, []float32{dotPlain(a, b), dotPlain(a, b), dotPlain(b, c)})

		got, want := slices.Clone(a), slices.Clone(a)
		addScaled(got, b, scale)
		addScaledPlain(want, b, scale)
		addRows(got, m, c, rows)
		addRowsPlain(want, m, c, rows)
		sameBits(t, got, want)

		addProducts(got, b, c, scale)
		addProductsPlain(want, b, c, scale)
		sameBits(t, got, want)

		norm := bound(got, c, farthest)
		norm2 := boundPlain(want, slices.Clone(c), farthest)
		sameBits(t, append(got, norm), append(want, norm2))

		got, want = slices.Clone(m), slices.Clone(m)
		vs := slices.Concat(a, b, c, a)
		subOuters(got, vs, n)
		subOutersPlain(want, vs, n)
		sameBits(t, got, want)

		known, spreads := numbers.Draw(t, "known"), slices.Clone(a)
		known2, spreads2 := slices.Clone(known), slices.Clone(spreads)
		before := narrow(known, spreads, b, scale, 1000)
		before2 := narrowPlain(known2, spreads2, b, scale, 1000)
		sameBits(t, append(append(known, spreads...), before), append(append(known2, spreads2...), before2))
	})
}

func sameBits(t *rapid.T, got, want []float32) {
	t.Helper()
	for i := range got {
		if math.Float32bits(got[i]) != math.Float32bits(want[i]) && got[i] == got[i] {
			t.Fatalf("number %d is %g, plainly %g", i, got[i], want[i])
		}
	}
}

func BenchmarkHybridLearn(b *testing.B) {
	examples := make([]Example, 512)
	for n := range examples {
		examples[n] = Example{
			Objective: "order", Reward: float64(n % 7 * 100), Propensity: 1,
			Features: aparte.Features{Context: features("c", 7*n%100, 9), Action: features("a", 11*n%90, 4)},
		}
	}
	h, n := NewHybrid(Config{}), 0
	b.ReportAllocs()
	for b.Loop() {
		if err := h.Learn(&examples[n%len(examples)]); err != nil {
			b.Fatal(err)
		}
		n++
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "examples/s")
}
