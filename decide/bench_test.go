package decide_test

import (
	"testing"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/decide"
	"github.com/aparte-dev/aparte/learn"
)

// BenchmarkDecide decides for marie in a slot with many contents, all eligible, under three rules (one
// about the person, one about the content, one about the item and the person), with the model that serves: an ensemble
// of two objectives, as it is published, with a block for each content and all pairs of features of situation and action.
func BenchmarkDecide(b *testing.B) {
	p := busyPlan(b)
	model := taught(b, p)
	drawn := decide.Explore{Way: decide.Thompson, Hope: 0.5} // as where effects are learned
	for _, of := range []struct {
		name string
		n    int
		how  decide.Explore
	}{{"candidates=30", 30, decide.Explore{}}, {"candidates=100", 100, decide.Explore{}}, {"candidates=100,drawn", 100, drawn}} {
		b.Run(of.name, func(b *testing.B) {
			n, q := of.n, decide.OnWeb(decide.Marie())
			q.MaxCandidates, q.Explore = n, of.how
			d := p.Decide(q, model)
			if got := len(d.Candidates); got != n {
				b.Fatalf("%d candidates, want %d", got, n)
			}
			b.ReportAllocs()
			for b.Loop() {
				q.Seed++
				q.Room = d.Candidates // as an owner does, to whom they are of no more use once they are written
				d = p.Decide(q, model)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/candidate")
			b.ReportMetric(float64(len(d.Features.Context)), "context-features")
			b.ReportMetric(float64(len(d.Features.Action)), "action-features")
		})
	}
}

func busyPlan(b *testing.B) *decide.Plan {
	b.Helper()
	p, err := decide.Compile(decide.Busy(), 1)
	if err != nil {
		b.Fatal(err)
	}
	return p
}

// taught is a model that has learned from some thousands of decisions on all there is to say.
func taught(b *testing.B, p *decide.Plan) *learn.Ensemble {
	b.Helper()
	model := learn.NewEnsemble(learn.Config{})
	q := decide.OnWeb(decide.Marie())
	for seed := range uint64(3000) {
		q.Seed = seed
		d := p.Decide(q, nil)
		for i, objective := range []aparte.ObjectiveID{"order", "visit"} {
			example := learn.Example{
				Objective: objective, Features: d.Features, Propensity: d.Propensity, Reward: float64((int(seed) + i) % 7 * 100),
			}
			if err := model.Learn(&example); err != nil {
				b.Fatal(err)
			}
		}
	}
	return model.Clone()
}

func BenchmarkMarshal(b *testing.B) {
	p := busyPlan(b)
	q := decide.OnWeb(decide.Marie())
	q.MaxCandidates = 30
	d := p.Decide(q, taught(b, p))
	var encoder decide.Encoder
	var buf []byte
	b.ReportAllocs()
	for b.Loop() {
		buf = encoder.Append(buf[:0], &d)
	}
	b.ReportMetric(float64(len(buf)), "bytes")
}

func BenchmarkUnmarshal(b *testing.B) {
	p := busyPlan(b)
	q := decide.OnWeb(decide.Marie())
	q.MaxCandidates = 30
	d := p.Decide(q, taught(b, p))
	buf := decide.Marshal(nil, &d)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := decide.Unmarshal(buf); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCompile(b *testing.B) {
	brand := decide.Shop()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := decide.Compile(brand, 1); err != nil {
			b.Fatal(err)
		}
	}
}
