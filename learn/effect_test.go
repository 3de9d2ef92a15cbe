package learn

import (
	"bytes"
	"encoding/hex"
	"hash/crc32"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/aparte-dev/aparte"
	"pgregory.net/rapid"
)

// effectOf is by how much an action is better than silence.
func effectOf(m Model, context, action []aparte.Feature) float64 {
	return score(m, context, action) - score(m, context, nil)
}

// compared are examples that each have a rival.
func compared() *rapid.Generator[[]Example] {
	one := anyExample().Filter(func(e Example) bool { return e.RivalPropensity > 0 })
	return rapid.SliceOfN(one, 1, 20)
}

var small = Config{Bits: 13}

func TestTheEffectOfOneActionIsTheDifferenceOfTheMeans(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 3))
	mail := features("mail", 0, 1)
	for _, said := range []float64{0.5, 0.1, 0.95} {
		e := NewEffect(small)
		var sums, counts [2]float64
		for range 20_000 {
			x := Example{Objective: "order", Propensity: 1 - said, RivalPropensity: said, Features: aparte.Features{Rival: mail}}
			arm := 0
			if rng.Float64() < said {
				arm = 1
				x.Features.Action, x.Features.Rival = mail, nil
				x.Propensity, x.RivalPropensity = said, 1-said
			}
			if rng.Float64() < 0.3+0.2*float64(arm) {
				x.Reward = 1000
			}
			sums[arm], counts[arm] = sums[arm]+x.Reward, counts[arm]+1
			learnAll(t, e, x)
		}
		want := sums[1]/counts[1] - sums[0]/counts[0]
		if got := effectOf(e, nil, mail); math.Abs(got-want) > 0.1*want {
			t.Errorf("said to %g of all: effect %.1f, the means differ by %.1f", said, got, want)
		}
	}
}

func TestWithoutAChoiceNothingIsLearnedOfEffects(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := NewEffect(small)
		question := anyExample().Draw(t, "question").Features
		for _, x := range rapid.SliceOfN(anyExample(), 1, 20).Draw(t, "examples") {
			x.Features.Rival, x.RivalPropensity = nil, 0
			learnAll(t, e, x)
		}
		if got := effectOf(e, question.Context, question.Action); got != 0 {
			t.Fatalf("effect %g", got)
		}
	})
}

// What would have followed anyway is the same on both sides: it matters not who was the rival of whom.
func TestWhatIsCommonToAnActionAndItsRivalCancels(t *testing.T) {
	common := features("common", 0, 2)
	rapid.Check(t, func(t *rapid.T) {
		bare, dressed := NewEffect(small), NewEffect(small)
		for _, x := range compared().Draw(t, "examples") {
			learnAll(t, bare, x)
			x.Features.Action = slices.Concat(x.Features.Action, common)
			x.Features.Rival = slices.Concat(x.Features.Rival, common)
			learnAll(t, dressed, x)
		}
		question := anyExample().Draw(t, "question").Features
		want := effectOf(bare, question.Context, question.Action)
		if got := effectOf(dressed, question.Context, question.Action); got != want {
			t.Fatalf("effect %g, without what is common %g", got, want)
		}
	})
}

func TestEffectsAreCountedInTheCurrencyOfRewards(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		euros, cents := NewEffect(small), NewEffect(small)
		for _, x := range compared().Draw(t, "examples") {
			learnAll(t, euros, x)
			x.Reward *= 128
			learnAll(t, cents, x)
		}
		question := anyExample().Draw(t, "question").Features
		want := 128 * score(euros, question.Context, question.Action)
		if got := score(cents, question.Context, question.Action); math.Abs(got-want) > 1e-3*(1+math.Abs(want)) {
			t.Fatalf("scores %g, in the smaller unit %g", want/128, got)
		}
	})
}

func TestOneStepNeverGoesPastTheOutcome(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := NewEffect(small)
		for _, x := range compared().Draw(t, "examples") {
			x.Weight = rapid.Float64Range(0.1, 1e4).Draw(t, "weight")
			for _, features := range [][]aparte.Feature{x.Features.Context, x.Features.Action, x.Features.Rival} {
				for i := range features {
					features[i].Value = 1 // a feature larger than ever before changes units first
				}
			}
			centred := (1 - x.Propensity) / (2 - x.Propensity - x.RivalPropensity)
			c, actions := x.Features.Context, [][]aparte.Feature{x.Features.Action, x.Features.Rival}
			predicted := func() float64 {
				var v [2]float64
				last := e.Clone() // as it would score by the last step alone
				for i := range last.weights {
					last.weights[i] = last.beliefs[i].step
				}
				last.Score(c, actions, v[:])
				return centred * (v[0] - v[1])
			}
			next := x.Weight
			x.Weight = 1e-9 // where two features share a weight it is larger than ever before: units change first
			learnAll(t, e, x)
			x.Weight = next
			surprise := x.Reward - e.usual(c)
			before := predicted()
			learnAll(t, e, x)
			after := predicted()
			slack := 1e-3 * (1 + math.Abs(before) + math.Abs(surprise))
			if low, high := min(before, surprise)-slack, max(before, surprise)+slack; !(after >= low && after <= high) {
				t.Fatalf("from %g by an outcome of %g to %g", before, surprise, after)
			}
		}
	})
}

// TestALevelIsAsSureAsAMean compares with the best there is where nothing is known of anybody: the difference of two
// means. The mail and the situation are told by many features, as they are in decisions.
func TestALevelIsAsSureAsAMean(t *testing.T) {
	const trials, each, order, chance, lift = 40, 10_000, 4000, 0.1, 0.02
	silence := features("silence", 0, 1)
	var mail, context []aparte.Feature
	for i := range 5 {
		mail, context = append(mail, features("mail", i, 1)...), append(context, features("here", i, 1)...)
	}
	var missed, mean float64
	for trial := range uint64(trials) {
		e, rng := NewEffect(small), rand.New(rand.NewPCG(trial, 9))
		var sums, counts [2]float64
		for range each {
			x := Example{Objective: "order", Propensity: 0.5, RivalPropensity: 0.5, Features: aparte.Features{Context: context, Action: silence, Rival: mail}}
			side, p := rng.IntN(2), chance
			if side == 1 {
				x.Features.Action, x.Features.Rival = mail, silence
				p += lift
			}
			if rng.Float64() < p {
				x.Reward = order * math.Exp(0.8*rng.NormFloat64()-0.32)
			}
			sums[side] += x.Reward
			counts[side]++
			learnAll(t, e, x)
		}
		off := score(e, context, mail) - score(e, context, silence) - order*lift
		missed += off * off / trials
		off = sums[1]/counts[1] - sums[0]/counts[0] - order*lift
		mean += off * off / trials
	}
	t.Logf("a mail adds %d: missed by %.0f, by the difference of means %.0f", int(order*lift), math.Sqrt(missed), math.Sqrt(mean))
	if missed > 1.5*1.5*mean {
		t.Errorf("effects miss by %.0f where means do by %.0f", math.Sqrt(missed), math.Sqrt(mean))
	}
}

func TestOneHugeOrderDoesNotUndoWhatThousandsTaught(t *testing.T) {
	taught := func(extra float64) float64 {
		e, rng := NewEffect(small), rand.New(rand.NewPCG(5, 5))
		mail := features("mail", 0, 1)
		for n := range 6000 {
			x := Example{Objective: "order", Propensity: 0.5, RivalPropensity: 0.5, Features: aparte.Features{Rival: mail}}
			if n%2 == 0 {
				x.Features.Action, x.Features.Rival = mail, nil
			}
			if rng.Float64() < 0.1 {
				x.Reward = 4000 * math.Exp(rng.NormFloat64())
				if n%2 == 0 {
					x.Reward *= 1.5
				}
			}
			if n == 4000 {
				x.Reward = extra
			}
			learnAll(t, e, x)
		}
		return effectOf(e, nil, mail)
	}
	usual := taught(0)
	if usual < 100 || usual > 600 {
		t.Errorf("effect %.0f, true 330", usual)
	}
	if odd := taught(1e11); math.Abs(odd-usual) > 100 {
		t.Errorf("effect %.0f, with one order of a billion %.0f", usual, odd)
	}
}

func TestARestoredEffectGoesOnToTheSameBytes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		examples := rapid.SliceOfN(anyExample(), 0, 30).Draw(t, "examples")
		stop := rapid.IntRange(0, len(examples)).Draw(t, "restart after")
		cfg := Config{Bits: 13, NoCrosses: rapid.Bool().Draw(t, "without crosses")}
		through := learnAll(t, NewEffect(cfg), examples...)
		restored, err := RestoreEffect(learnAll(t, NewEffect(cfg), examples[:stop]...).Snapshot())
		if err != nil {
			t.Fatal(err)
		}
		clone := restored.Clone()
		for _, m := range []*Effect{restored, clone} {
			if !bytes.Equal(through.Snapshot(), learnAll(t, m, examples[stop:]...).Snapshot()) {
				t.Fatal("the models differ")
			}
		}
		if restored.Version() != uint64(len(examples)) {
			t.Fatalf("version %d after %d examples", restored.Version(), len(examples))
		}
	})
}

// As for linear models, the bytes are the same on every machine.
func TestSnapshotsOfEffectsAreTheSameBytesEverywhere(t *testing.T) {
	e := learnAll(t, NewEffect(Config{Bits: MinBits}), Example{
		Objective: "o", Reward: 100, Propensity: 0.5, RivalPropensity: 0.25, Features: aparte.Features{Rival: features32(7, 1)},
	})
	const want = "4402" + "0c01" + "0101" +
		"000000000000f03f" + "000000000000f03f" + "000000000000f03f" + "000000000000f03f" + "0000000000005940"
	if got := hex.EncodeToString(e.Snapshot()); !strings.HasPrefix(got, want) {
		t.Errorf("snapshot %s\nwant     %s…", got, want)
	}
	rng := rand.New(rand.NewPCG(7, 7))
	large := NewEffect(Config{Bits: 14})
	for _, x := range purchases(400, "order") {
		x.RivalPropensity, x.Features.Rival = 0.25, features("action", rng.IntN(30), 3)
		learnAll(t, large, x)
	}
	if sum := crc32.ChecksumIEEE(large.Snapshot()); sum != 0xb0be8712 {
		t.Errorf("snapshot sums to %#x", sum)
	}
}

func TestADamagedEffectIsRefused(t *testing.T) {
	whole := learnAll(t, NewEffect(small), purchases(40, "order")...).Snapshot()
	for _, at := range []int{0, 1, 2, 20, len(whole) / 2, len(whole) - 1} {
		b := slices.Clone(whole)
		b[at] ^= 0x40
		if _, err := RestoreEffect(b); err == nil {
			t.Errorf("byte %d changed, and nobody noticed", at)
		}
	}
	for _, length := range []int{0, 5, len(whole) - 1} {
		if _, err := RestoreEffect(whole[:length]); err == nil {
			t.Errorf("cut to %d bytes, and nobody noticed", length)
		}
	}
}

// FuzzRestoreEffect tries bytes with the checksum put right.
func FuzzRestoreEffect(f *testing.F) {
	cfg := Config{Bits: MinBits}
	f.Add(NewEffect(cfg).Snapshot())
	f.Add(learnAll(f, NewEffect(cfg), purchases(3, "o")...).Snapshot())
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) < 4 {
			return
		}
		e, err := RestoreEffect(seal(slices.Clone(b[:len(b)-4])))
		if err != nil {
			return
		}
		again, err := RestoreEffect(e.Snapshot())
		if err != nil || !bytes.Equal(again.Snapshot(), e.Snapshot()) {
			t.Fatalf("what was restored cannot be restored again: %v", err)
		}
		if v := score(e, nil, nil); math.IsNaN(v) {
			t.Fatal("scores NaN")
		}
	})
}

func BenchmarkEffectLearn(b *testing.B) {
	e := NewEffect(Config{})
	examples := make([]Example, 1000)
	for i := range examples {
		examples[i] = Example{
			Objective: "order", Reward: float64(i % 7 * 100), Propensity: 0.5, RivalPropensity: 0.5,
			Features: aparte.Features{Context: features("context", i%50, 50), Action: features("content", i%20, 1), Rival: features("silence", 0, 1)},
		}
	}
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		if err := e.Learn(&examples[n%len(examples)]); err != nil {
			b.Fatal(err)
		}
		n++
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "examples/s")
}
