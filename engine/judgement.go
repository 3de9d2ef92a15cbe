package engine

import (
	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/decide"
	"github.com/aparte-dev/aparte/learn"
	"github.com/aparte-dev/aparte/measure/attribution"
)

// judgement is what decisions are taken with: a model, habits and what is known of items as a round of learning left them, and the brand
// whose objectives count in the model's values. A decision takes one of them whole, so that all it is taken with is
// of one round: with that round, and those objectives, it can be taken again.
type judgement struct {
	model *learn.Ensemble
	habit learn.Habits
	items *learn.Traffic
	round uint64              // of the journal; 0: nothing has been learned
	walks *attribution.Ledger // goes on as the fold does: no decision reads it
	brand uint64              // version; 0: there was none, nor was there anything to learn from
}

// judge is the judgement of what a fold has learned under a version of the brand. It stays as it is when the fold
// goes on learning. Objectives that have left the brand do not count.
func judge(f *fold, b *aparte.Brand, version uint64) *judgement {
	return &judgement{model: f.model.Clone(b.Objectives...), habit: f.habit, items: f.traffic.Clone(), walks: f.walks, round: f.round, brand: version}
}

func (j *judgement) version() uint64 { return j.model.Version() }

// crowd is when people at large respond.
func (j *judgement) crowd() decide.Crowd {
	weights := j.habit.Hours.Weights()
	return &weights
}

// decide answers a question under a brand. Decisions risk more where rewards vary more: a gap between two
// candidates counts in units of how far rewards spread.
func (j *judgement) decide(now *live, q *decide.Question) aparte.Decision {
	q.Model, q.Distrusted, q.Explore = j.version(), j.model.Distrusted(), decide.Explore{Scale: j.model.Spread()}
	q.Hazard, q.Loss, q.Stake = j.habit.Departures.Hazard(), j.habit.Returns.Loss(), stakeOf(q.Person)
	q.Traffic = j.items
	d := now.plan.Decide(q, j.model)
	d.Round = j.round + 1
	if j.brand != d.Brand {
		d.Counted = j.brand
	}
	return d
}
