package learn

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/aparte-dev/aparte"
)

// shop is a model taught enough that its table is in use, and a question to it: 100 actions of 8 features
// in a situation of 16.
func shop(tb testing.TB, shared int) (*Linear, []aparte.Feature, [][]aparte.Feature) {
	tb.Helper()
	context := features("context", 0, 16)
	actions := make([][]aparte.Feature, 100)
	for a := range actions {
		actions[a] = append(features("shared", 10*(a%10), shared), features("own", 100*a, 8-shared)...)
	}
	l := NewLinear(Config{})
	for n := range 5000 {
		e := Example{
			Objective: "order", Reward: float64(n % 7 * 100), Propensity: 1,
			Features: aparte.Features{Context: features("context", n%50, 16), Action: actions[n%100]},
		}
		if err := l.Learn(&e); err != nil {
			tb.Fatal(err)
		}
	}
	return l, context, actions
}

func BenchmarkScore(b *testing.B) {
	for _, shared := range []int{0, 5} {
		b.Run(fmt.Sprintf("100 actions, %d of 8 features shared by ten", shared), func(b *testing.B) {
			l, context, actions := shop(b, shared)
			values := make([]float64, len(actions))
			b.ReportAllocs()
			for b.Loop() {
				l.Score(context, actions, values)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(actions)), "ns/action")
		})
	}
}

func BenchmarkEnsembleScore(b *testing.B) {
	for _, cloned := range []bool{false, true} {
		b.Run(fmt.Sprintf("3 objectives, clone %v", cloned), func(b *testing.B) {
			_, context, actions := shop(b, 5)
			e := taught(b, "click", "order", "visit")
			if cloned {
				e = e.Clone()
			}
			values := make([]float64, len(actions))
			b.ReportAllocs()
			for b.Loop() {
				e.Score(context, actions, values)
			}
		})
	}
}

// BenchmarkSees puts 72 numbers in places, which is done twice for each example that is first decided on.
func BenchmarkSees(b *testing.B) {
	places := newNumbers(placeBits)
	contexts, rng := make([][]aparte.Feature, 997), rand.New(rand.NewPCG(1, 2))
	for n := range contexts {
		contexts[n] = features("column", 0, 72)
		for i := range contexts[n] {
			contexts[n][i].Value = float32(rng.NormFloat64())
			places.add(contexts[n][i].Hash)
		}
	}
	n := 0
	for b.Loop() {
		var s situation
		s.sees(&places, contexts[n%len(contexts)])
		n++
	}
}

func BenchmarkLearn(b *testing.B) {
	for _, size := range []struct{ context, action int }{{9, 4}, {16, 8}} {
		touched := (1 + size.context) * (1 + size.action)
		b.Run(fmt.Sprintf("%d weights", touched), func(b *testing.B) {
			examples := make([]Example, 512)
			for n := range examples {
				examples[n] = Example{
					Objective: "order", Reward: float64(n % 7 * 100), Propensity: 1,
					Features: aparte.Features{Context: features("c", 7*n%100, size.context), Action: features("a", 11*n%90, size.action)},
				}
			}
			l, n := NewLinear(Config{}), 0
			b.ReportAllocs()
			for b.Loop() {
				if err := l.Learn(&examples[n%len(examples)]); err != nil {
					b.Fatal(err)
				}
				n++
			}
			b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "examples/s")
		})
	}
}

func BenchmarkClone(b *testing.B) {
	e := taught(b, "click", "order", "visit")
	b.ReportAllocs()
	for b.Loop() {
		e.Clone()
	}
}

func BenchmarkSnapshot(b *testing.B) {
	l, _, _ := shop(b, 0)
	size := 0
	for b.Loop() {
		size = len(l.Snapshot())
	}
	b.ReportMetric(float64(size), "bytes")
}

func BenchmarkExample(b *testing.B) {
	e := Example{
		Objective: "order", Reward: 1250, Propensity: 0.25,
		Features: aparte.Features{Context: features("c", 0, 16), Action: features("a", 0, 8)},
	}
	row := e.Append(nil)
	b.Run("append", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			row = e.Append(row[:0])
		}
		b.ReportMetric(float64(len(row)), "bytes")
	})
	b.Run("parse", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := ParseExample(row); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkSubOuters goes through the covariances of 119 features.
func BenchmarkSubOuters(b *testing.B) {
	const n = 120
	p, vs := make([]float32, n*n), make([]float32, patience*n)
	for i := range vs {
		vs[i] = float32(i%7) / 1e6
	}
	for b.Loop() {
		subOuters(p, vs, n)
	}
}
