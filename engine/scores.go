package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/learn/score"
	"github.com/aparte-dev/aparte/measure"
	"github.com/aparte-dev/aparte/store"
)

// Bounds of what scores are learned from.
const (
	scorePeople  = 4_000     // whose histories are read
	scoreEntries = 1_000_000 // of all of them
	scoreRows    = 120_000   // landmarks kept
	scoreSeldom  = 7 * 24 * time.Hour
	scoreEager   = 12 // as many fits, those of the first day, learn them each time
)

// Scoring is what a fit learned of how near people are to an objective: who had been how at landmarks in the past, and
// who reached it within the horizon after. People are drawn as Evidence draws them.
type Scoring struct {
	Objective aparte.ObjectiveID `json:"objective"`
	Event     string             `json:"event"`
	Horizon   aparte.Duration    `json:"horizon"`
	Level     float64            `json:"level"` // of declared points; 0: none are
	At        time.Time          `json:"at"`    // when it was learned
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
		all[i] = Scoring{Objective: o.ID, Event: o.Event, Horizon: aparte.Duration(b.HorizonOf(o.ID)), At: at}
		if declared, ok := b.ScoreOf(o.ID); ok {
			all[i].Level = declared.Level
		}
	}
	return all
}

// asks reports whether two ask the same.
func (s *Scoring) asks(o *Scoring) bool {
	return s.Objective == o.Objective && s.Event == o.Event && s.Horizon == o.Horizon && s.Level == o.Level
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

// landmarks reads histories, and looks at people as they were on the way.
type landmarks struct {
	engine *Engine
	asked  []Scoring
	at     time.Time
	of     []marked // by objective
	past   past
	people int // to be read
	budget int // entries
}

// marked is what was seen for an objective.
type marked struct {
	rows []score.Row
	now  []score.Sight // people who were read, as they are
}

// landmarksEach is how many are taken of a person for an objective at most: three in time, and one in the middle of
// something they did.
const landmarksEach = 4

func newLandmarks(e *Engine, asked []Scoring, at time.Time) *landmarks {
	return &landmarks{
		engine: e, asked: asked, at: at, of: make([]marked, len(asked)), budget: scoreEntries,
		past:   past{engine: e, tell: func(int) {}, shelves: map[uint64]*shelf{}},
		people: min(scorePeople, scoreRows/(landmarksEach*max(1, len(asked)))),
	}
}

// errEnough ends the reading of a part.
var errEnough = errors.New("enough people")

func (w *landmarks) read(ctx context.Context) error {
	each := max(1, w.people/w.engine.parts)
	for part := range w.engine.parts {
		n := 0
		err := w.engine.EachPerson(ctx, part, func(p *aparte.Person) error {
			if n == each {
				return errEnough
			}
			if objects(p) || p.Seq > mostRead || int(p.Seq) > w.budget {
				return nil
			}
			n++
			w.budget -= int(p.Seq)
			return w.person(ctx, p)
		})
		if err != nil && !errors.Is(err, errEnough) {
			return err
		}
	}
	return nil
}

// objects reports whether somebody does not want to be profiled, on any channel.
func objects(p *aparte.Person) bool {
	return slices.ContainsFunc(p.Consents, func(c aparte.Consent) bool { return c.Purpose == aparte.Profiling && !c.Granted })
}

// person looks at somebody now and, where they have been known for long enough, as they were.
func (w *landmarks) person(ctx context.Context, p *aparte.Person) error {
	walks := make([]walk, len(w.asked))
	old := false
	for i := range w.asked {
		s := &w.asked[i]
		walks[i] = newWalk(s, p, w.at)
		w.of[i].now = append(w.of[i].now, s.see(p, w.at))
		old = old || p.FirstSeen.Before(walks[i].until)
	}
	if !old {
		return nil
	}
	var last time.Time // of the entries so far, the latest time
	end, err := w.past.walk(ctx, p.ID, p.Seq+1, func(then *aparte.Person, entry *store.Entry) error {
		if entry.Kind != store.EventEntry {
			return nil
		}
		event, err := decodeEvent(entry.Body)
		if err != nil {
			return err
		}
		at := happened(&event)
		for i := range walks {
			walks[i].pass(then, last, at, event.Type == aparte.Track && event.Name == w.asked[i].Event)
		}
		if at.After(last) {
			last = at
		}
		return nil
	})
	var lost *gone
	if errors.As(err, &lost) {
		return nil // what is not in the log any more teaches nothing
	}
	if err != nil {
		return err
	}
	for i := range walks {
		walks[i].pass(end, last, w.at, false)
		w.of[i].rows = append(w.of[i].rows, walks[i].rows(p.ID)...)
	}
	return nil
}

// happened is when an event counts.
func happened(e *aparte.Event) time.Time {
	if e.Timestamp.IsZero() || !e.ReceivedAt.IsZero() && e.Timestamp.After(e.ReceivedAt) {
		return e.ReceivedAt
	}
	return e.Timestamp
}

func (s *Scoring) see(p *aparte.Person, at time.Time) score.Sight {
	return score.See(p, at, s.maturity(p, at), s.Horizon.Std())
}

// walk is a person's way through time for one objective.
type walk struct {
	scoring *Scoring
	until   time.Time   // what follows a later landmark is not known yet
	times   []time.Time // of landmarks that are still ahead, the first first
	marks   []mark
	visits  uint64 // things the person did until then
	visit   mark   // in the middle of one of these, each as likely
	seed    uint64
	reached []time.Time
}

// mark is somebody at a landmark.
type mark struct {
	at    time.Time
	sight score.Sight
}

// newWalk sets landmarks one horizon apart, so that no outcome counts for two of them, at another phase for each person,
// so that all hours and seasons are among them.
func newWalk(s *Scoring, p *aparte.Person, now time.Time) walk {
	w := walk{scoring: s, until: now.Add(-s.Horizon.Std()), seed: phaseOf(p.ID)}
	phase := time.Duration(float64(s.Horizon) * (float64(w.seed%1024) / 1024))
	for k := landmarksEach - 2; k >= 0; k-- {
		if at := w.until.Add(-phase - time.Duration(k)*s.Horizon.Std()); at.After(p.FirstSeen) {
			w.times = append(w.times, at)
		}
	}
	return w
}

// phaseOf is a number that a person's id tells and that has nothing to do with where they are kept.
func phaseOf(id aparte.PersonID) uint64 {
	n := uint64(0)
	for _, b := range id[4:] {
		n = (n ^ uint64(b)) * 0x9E3779B97F4A7C15
		n ^= n >> 29
	}
	return n
}

// pass looks at a person as they are after all until last, before what happens at a time.
func (w *walk) pass(p *aparte.Person, last, at time.Time, reaches bool) {
	for len(w.times) > 0 && w.times[0].Before(at) {
		if !last.IsZero() {
			w.marks = append(w.marks, mark{w.times[0], w.scoring.see(p, w.times[0])})
		}
		w.times = w.times[1:]
	}
	if !last.IsZero() && !last.After(w.until) {
		if w.visits++; (w.seed^w.visits*0xC2B2AE3D27D4EB4F)>>20%w.visits == 0 { // the n-th takes the place with a chance of 1 in n
			w.visit = mark{last, w.scoring.see(p, last)}
		}
	}
	if reaches {
		w.reached = append(w.reached, at)
	}
}

// rows are what was seen, with what followed.
func (w *walk) rows(id aparte.PersonID) []score.Row {
	if w.visits > 0 {
		w.marks = append(w.marks, w.visit)
	}
	rows := make([]score.Row, len(w.marks))
	for i := range w.marks {
		m := &w.marks[i]
		rows[i] = score.Row{Person: id, Sight: m.sight, Came: slices.ContainsFunc(w.reached, func(at time.Time) bool {
			return at.After(m.at) && !at.After(m.at.Add(w.scoring.Horizon.Std()))
		})}
	}
	return rows
}
