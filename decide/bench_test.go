package decide_test

import (
	"testing"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/decide"
	"github.com/aparte-dev/aparte/learn"
	"github.com/aparte-dev/aparte/learn/persona"
)

// BenchmarkDecide decides for marie in a slot with many contents, all eligible, under three rules (one
// about the person, one about the content, one about the item and the person), with the model that serves: an ensemble
// of two objectives, as it is published, with a block for each content and all pairs of features of situation and action.
func BenchmarkDecide(b *testing.B) {
	p := busyPlan(b)
	model, effects := taught(b, p), taughtEffects(b, p)
	drawn := decide.Explore{Way: decide.Thompson, Hope: 0.5} // as where effects are learned
	for _, of := range []struct {
		name  string
		n     int
		how   decide.Explore
		model *learn.Ensemble
		fit   decide.Fit
	}{
		{"candidates=30", 30, decide.Explore{}, model, nil}, {"candidates=100", 100, decide.Explore{}, model, nil},
		{"candidates=100,drawn", 100, drawn, model, nil}, {"candidates=100,effects", 100, drawn, effects, nil},
		{"candidates=100,typed", 100, decide.Explore{}, model, types(b)},
	} {
		b.Run(of.name, func(b *testing.B) {
			n, model, q := of.n, of.model, decide.OnWeb(decide.Marie())
			q.MaxCandidates, q.Explore, q.Fit = n, of.how, of.fit
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

// types is a fit that found three behavioural types, among people who like different things.
func types(b *testing.B) decide.Fit {
	b.Helper()
	crowd := persona.NewCrowd(1)
	for i := range 400 {
		p := *decide.Marie()
		p.Orders.Count = int64(1 + i%4*5)
		p.Affinities = nil
		for _, c := range []string{"Bags", "Clocks", "Lanterns", "Mugs"}[i%4:] {
			p.Affinities = append(p.Affinities, aparte.Affinity{Kind: aparte.CategoryAffinity, Key: c, Weight: 4, At: p.LastSeen})
		}
		crowd.Add(&p, p.LastSeen)
	}
	found, err := persona.Find(b.Context(), crowd, nil, time.Time{}, 1, func(_ aparte.AffinityKind, key, _ string) string { return key })
	if err != nil || len(found.Found) < 3 {
		b.Fatalf("%d types: %v", len(found.Found), err)
	}
	return typed{found}
}

type typed struct{ *persona.Types }

func (typed) Number() uint64 { return 1 }
func (typed) Residual(*aparte.Person, time.Time) (aparte.Residual, bool) {
	return aparte.Residual{}, false
}
func (typed) Score(aparte.ObjectiveID, *aparte.Person, time.Time) (float64, bool) { return 0, false }
func (typed) Alike(aparte.LookalikeID) *decide.Likeness                           { return nil }
func (typed) Distrust(aparte.ContentID) float64                                   { return 0 }
func (typed) Recurrences() *aparte.Recurrences                                    { return nil }
func (t typed) Personas() []aparte.PersonaID                                      { return t.IDs() }

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

// taughtEffects is a model that has learned from some thousands of comparisons with a rival, and believes them.
func taughtEffects(b *testing.B, p *decide.Plan) *learn.Ensemble {
	b.Helper()
	model := learn.NewEnsemble(learn.Config{})
	q := decide.OnWeb(decide.Marie())
	for seed := range uint64(3000) {
		q.Seed = 2 * seed
		d := p.Decide(q, nil)
		q.Seed++
		d.Features.Rival = p.Decide(q, nil).Features.Action
		example := learn.Example{
			Objective: "order", Features: d.Features, Propensity: d.Propensity, RivalPropensity: 0.3, Reward: float64(int(seed) % 7 * 100),
		}
		if err := model.Learn(&example); err != nil {
			b.Fatal(err)
		}
	}
	return model.Clone(aparte.Objective{ID: "order", Learn: aparte.LearnEffect})
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
