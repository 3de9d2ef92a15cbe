package engine

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/learn/score"
	"github.com/aparte-dev/aparte/measure"
)

// How often scores are learned.
const (
	scoreSeldom = 7 * 24 * time.Hour
	scoreEager  = 12 // as many fits, those of the first day, learn them each time
)

// Scoring is what a fit learned of how near people are to an objective: who had been how at landmarks in the past, and
// who reached it within the horizon after. People are drawn as Evidence draws them.
type Scoring struct {
	Objective aparte.ObjectiveID `json:"objective"`
	Event     string             `json:"event"`
	Horizon   aparte.Duration    `json:"horizon"`
	Level     float64            `json:"level"`           // of declared points; 0: none are
	Policy    aparte.Policy      `json:"policy,omitzero"` // what may not be looked at
	At        time.Time          `json:"at"`              // when it was learned
	Lack      score.Lack         `json:"lack,omitempty"`
	People    int                `json:"people"`  // of whom there were landmarks
	Reached   int                `json:"reached"` // of these, those who reached it after one
	Rows      int                `json:"rows"`    // landmarks
	Traits    int                `json:"traits"`  // things that enough people say or have in common to be looked at
	Model     *score.Model       `json:"model,omitempty"`
	Proof     *Proof             `json:"proof,omitempty"`
	Chances   []int              `json:"chances,omitempty"` // people who were read, by their chance now: under 5 %, under 10 %, …
}

// Proof is how a score did with people whom it had not seen, at one landmark each.
type Proof struct {
	People      int                   `json:"people"`
	Reached     int                   `json:"reached"`
	Reliability []measure.Calibration `json:"reliability"` // those foretold most first
	AUC         measure.Estimate      `json:"auc"`
	Behaviour   measure.Estimate      `json:"behaviour"` // of a model that knows only what people do
	Traits      measure.Estimate      `json:"traits"`    // and of one that knows only who they are
	Gain        measure.Estimate      `json:"gain"`      // AUC less that of Traits, of the same people

	Lost []TraitLost `json:"lost,omitempty"` // by trait that was looked at: what is lost without it
}

// TraitLost is what foretelling loses where one trait is not known, and everything else is: AUC less that of a model learned without it.
type TraitLost struct {
	Trait string           `json:"trait"`
	AUC   measure.Estimate `json:"auc"`
}

// Like are the people to whom about as much was foretold as a chance, and what came of it; false where there are none.
func (p *Proof) Like(chance float64) (measure.Calibration, bool) {
	for i := range p.Reliability { // the highest first
		if i == len(p.Reliability)-1 || chance >= (p.Reliability[i].Predicted+p.Reliability[i+1].Predicted)/2 {
			return p.Reliability[i], true
		}
	}
	return measure.Calibration{}, false
}

const (
	proofLevel   = 0.95
	proofClasses = 10
	chanceBands  = 20
)

// Score is the probability that somebody reaches an objective, and whether that was learned.
func (f *Fit) Score(objective aparte.ObjectiveID, p *aparte.Person, at time.Time) (float64, bool) {
	s := f.Scoring(objective)
	if s == nil || s.Model == nil {
		return 0, false
	}
	return s.Model.Chance(p, at, s.maturity(p, at), s.Horizon.Std()), true
}

// Scoring is what was learned of an objective; nil: nothing was tried.
func (f *Fit) Scoring(objective aparte.ObjectiveID) *Scoring {
	for i := range f.Scores {
		if f.Scores[i].Objective == objective {
			return &f.Scores[i]
		}
	}
	return nil
}

// ScoreReasons are what sets somebody's score apart from that of who is usual in everything, what weighs most first.
func (f *Fit) ScoreReasons(objective aparte.ObjectiveID, p *aparte.Person, at time.Time) []score.Reason {
	s := f.Scoring(objective)
	if s == nil || s.Model == nil {
		return nil
	}
	return s.Model.Reasons(p, at, s.maturity(p, at), s.Horizon.Std())
}

// maturity is what somebody scored by what they did, as a share of the level.
func (s *Scoring) maturity(p *aparte.Person, at time.Time) float64 {
	if s.Level == 0 {
		return 0
	}
	return p.PointsToward(s.Objective, at) / s.Level
}

// scoringsOf are those that a brand asks for, with nothing learned yet.
func scoringsOf(b *aparte.Brand, at time.Time) []Scoring {
	all := make([]Scoring, len(b.Objectives))
	for i := range b.Objectives {
		o := &b.Objectives[i]
		all[i] = Scoring{Objective: o.ID, Event: o.Event, Horizon: aparte.Duration(b.HorizonOf(o.ID)), Policy: b.Policy, At: at}
		if declared, ok := b.ScoreOf(o.ID); ok {
			all[i].Level = declared.Level
		}
	}
	return all
}

// asks reports whether two ask the same.
func (s *Scoring) asks(o *Scoring) bool {
	return s.Objective == o.Objective && s.Event == o.Event && s.Horizon == o.Horizon && s.Level == o.Level &&
		s.Policy.NoInferred == o.Policy.NoInferred && s.Policy.NoBoughtIn == o.Policy.NoBoughtIn && slices.Equal(s.Policy.Traits, o.Policy.Traits)
}

// scores learns how near people are to each objective. Where the fit before did so a short time ago, for the same
// objectives, that stands.
func (e *Engine) scores(ctx context.Context, f, before *Fit, b *aparte.Brand) error {
	f.Scores = scoringsOf(b, f.At)
	if before != nil && before.Version >= scoreEager && slices.EqualFunc(f.Scores, before.Scores, func(x, y Scoring) bool {
		return x.asks(&y) && f.At.Sub(y.At) < scoreSeldom
	}) {
		f.Scores = before.Scores
		return nil
	}
	w := newLandmarks(e, f.Scores, f.At)
	if err := w.read(ctx); err != nil {
		return fmt.Errorf("scores: %w", err)
	}
	for i := range f.Scores {
		f.Scores[i].learn(&w.of[i])
	}
	return nil
}

func (s *Scoring) learn(of *marked) {
	fitted := score.Fit(of.rows)
	s.Lack, s.People, s.Reached, s.Rows, s.Traits, s.Model = fitted.Lack, fitted.People, fitted.Reached, fitted.Rows, fitted.Traits, fitted.Model
	if s.Model == nil {
		return
	}
	s.Proof = proofOf(fitted.Judged)
	s.Proof.Lost = lostOf(fitted)
	s.Chances = make([]int, chanceBands)
	for i := range of.now {
		s.Chances[min(chanceBands-1, int(s.Model.Foresee(&of.now[i])*chanceBands))]++
	}
}

func proofOf(judged []score.Judged) *Proof {
	by := func(told func(*score.Judged) float64) []measure.Judged {
		people := make([]measure.Judged, len(judged))
		for i := range judged {
			people[i] = measure.Judged{Score: told(&judged[i]), Came: judged[i].Came}
		}
		return people
	}
	chance := by(func(j *score.Judged) float64 { return j.Chance })
	behaviour := by(func(j *score.Judged) float64 { return j.Behaviour })
	traits := by(func(j *score.Judged) float64 { return j.Traits })
	p := &Proof{
		People:      len(judged),
		Reliability: measure.Discriminate(chance).Reliability(proofClasses, proofLevel),
		AUC:         measure.DiscriminationWithin(chance, proofLevel),
		Behaviour:   measure.DiscriminationWithin(behaviour, proofLevel),
		Traits:      measure.DiscriminationWithin(traits, proofLevel),
		Gain:        measure.DiscriminationGained(chance, traits, proofLevel),
	}
	for i := range judged {
		if judged[i].Came {
			p.Reached++
		}
	}
	return p
}

// lostOf compares what is foretold with each trait and without it, of the same people.
func lostOf(fitted score.Fitted) (lost []TraitLost) {
	came := func(odds []float64) []measure.Judged {
		people := make([]measure.Judged, len(odds))
		for i := range odds {
			people[i] = measure.Judged{Score: odds[i], Came: fitted.Judged[i].Came}
		}
		return people
	}
	for i := range fitted.Without {
		o := &fitted.Without[i]
		auc := measure.DiscriminationGained(came(o.With), came(o.Without), proofLevel)
		if !math.IsNaN(auc.Low + auc.High) {
			lost = append(lost, TraitLost{o.Trait, auc})
		}
	}
	return lost
}
