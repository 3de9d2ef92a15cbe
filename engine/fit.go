package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/decide"
	"github.com/aparte-dev/aparte/learn/persona"
	"github.com/aparte-dev/aparte/learn/recurrence"
	"github.com/aparte-dev/aparte/learn/residual"
	"github.com/aparte-dev/aparte/measure"
	"github.com/aparte-dev/aparte/store"
)

const (
	fitDocument = "fit"

	fitMost   = 200_000 // customers that a fit learns from
	fitFirst  = time.Minute
	fitSeldom = 24 * time.Hour
)

// Fit is what was found out about the brand's people all together, in one pass over their records. It is a document that is
// kept for good, so that a decision can be taken again with the one it was taken with. It names nobody.
type Fit struct {
	Version  uint64          `json:"-"`
	At       time.Time       `json:"at"`     // what people were like then
	Brand    uint64          `json:"brand"`  // version whose terms it was made in
	People   int             `json:"people"` // who were looked at
	Lifetime *residual.Model `json:"lifetime,omitempty"`
	Types    *persona.Types  `json:"types,omitempty"` // behavioural ones; nil: there is nobody to find them among

	Standing *residual.Standing `json:"standing,omitempty"` // what people will still bring
	Ahead    *Ahead             `json:"ahead,omitempty"`    // what being told things adds to that; nil: nobody is held out

	Scores []Scoring `json:"scores,omitempty"` // by the brand's objectives

	Likes []Liked `json:"likes,omitempty"` // by the brand's look-alikes

	Traits []TraitKept `json:"traits,omitempty"` // that anybody has, by name
	More   int         `json:"more,omitempty"`   // traits that are kept of people and are not among these

	Again *recurrence.Model `json:"again,omitempty"` // how often things are bought again; nil: too little was seen

	Answers []AnswersTo `json:"answers,omitempty"` // to what people were asked to agree to, by purpose and channel

	Path    []PathRow `json:"path,omitempty"`    // where people stand, by persona; the last are of none
	Cohorts []Cohort  `json:"cohorts,omitempty"` // by the month of the first order, oldest first

	Trusting  Trusting   `json:"trusting,omitzero"`
	Distrusts []Distrust `json:"distrusts,omitempty"` // contents that lose trust oftener than others, by id
}

// Ahead compares what those who are told things are still expected to bring with those who are held out of everything: what is not
// seen yet in the window in which a trial counts.
type Ahead struct {
	Trial   uint64     `json:"trial"`
	Treated int        `json:"treated"`
	Held    int        `json:"held"`
	Mean    [2]float64 `json:"mean"`       // a person, in minor units: of treated, of held
	More    float64    `json:"difference"` // a person
	Low     float64    `json:"low"`        // 95 % interval, for one look
	High    float64    `json:"high"`
	Enough  bool       `json:"enough"` // there are people enough on both sides for the interval to mean something
}

// Number is the version.
func (f *Fit) Number() uint64 { return f.Version }

// Residual is what somebody is still expected to bring, and whether that can be said: of who objects to profiling, nothing is.
func (f *Fit) Residual(p *aparte.Person, at time.Time) (aparte.Residual, bool) {
	if f.Lifetime == nil || objects(p) {
		return aparte.Residual{}, false
	}
	return f.Lifetime.Of(p, at)
}

// Recurrences are how often people buy again. Nil, of a nil fit too: that was not learned.
func (f *Fit) Recurrences() *aparte.Recurrences {
	if f == nil || f.Again == nil {
		return nil
	}
	return &f.Again.Recurrences
}

// fitter makes a new fit from time to time: soon after the first people came, then after twice as long each time, at last
// once a day.
type fitter struct {
	engine *Engine
	chore
	live   atomic.Pointer[Fit]          // nil: none yet
	course atomic.Pointer[[]ValuePoint] // nil: none yet
	sorted atomic.Pointer[[]Matrix]     // nil: none yet

	passing sync.Mutex // held by the one pass that may be under way
}

// open reads the newest fit, where there is one.
func (f *fitter) open(ctx context.Context) error {
	var course []ValuePoint
	if err := f.engine.recall(ctx, valueDocument, &course); err != nil {
		return err
	}
	f.course.Store(&course)
	var sorted []Matrix
	if err := f.engine.recall(ctx, matrixDocument, &sorted); err != nil {
		return err
	}
	f.sorted.Store(&sorted)
	last, err := f.engine.fitAt(ctx, 0)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	f.live.Store(last)
	return nil
}

// fitAt is a version of the fit; 0 is the newest.
func (e *Engine) fitAt(ctx context.Context, version uint64) (*Fit, error) {
	doc, err := e.store.Document(ctx, fitDocument, version)
	if err != nil {
		return nil, fmt.Errorf("read fit %d: %w", version, err)
	}
	f := &Fit{Version: doc.Version}
	if err := json.Unmarshal(doc.Body, f); err != nil {
		return nil, fmt.Errorf("fit %d: %w", doc.Version, err)
	}
	if f.Types != nil {
		if err := f.Types.Open(); err != nil {
			return nil, fmt.Errorf("fit %d: types: %w", doc.Version, err)
		}
	}
	if err := e.openLikes(ctx, f); err != nil {
		return nil, fmt.Errorf("fit %d: %w", doc.Version, err)
	}
	return f, nil
}

// fits are some that decisions of the past were taken with.
type fits struct {
	mu    sync.Mutex
	known map[uint64]*Fit
}

// fitsHeld is how many are held at most.
const fitsHeld = 64

// at is a version of the fit.
func (f *fits) at(ctx context.Context, e *Engine, version uint64) (*Fit, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if fit := f.known[version]; fit != nil {
		return fit, nil
	}
	fit, err := e.fitAt(ctx, version)
	if err != nil {
		return nil, err
	}
	if len(f.known) >= fitsHeld || f.known == nil {
		f.known = map[uint64]*Fit{}
	}
	f.known[version] = fit
	return fit, nil
}

// due is when the next fit is to be made, the engine's time.
func (f *fitter) due() time.Time {
	last := f.live.Load()
	if now := f.engine.brand.Load(); last == nil || now != nil && !last.knows(now.plan.Brand()) {
		return time.Time{}
	}
	return last.At.Add(min(fitSeldom, fitFirst<<min(last.Version-1, 16)))
}

// wait is how long until a fit is due, the engine's time, and a minute at least.
func (f *fitter) wait() time.Duration { return max(fitFirst, f.due().Sub(f.engine.now())) }

// look makes a fit where one is due, and says how long until the next is.
func (f *fitter) look(ctx context.Context) time.Duration {
	if err := f.tend(ctx); err != nil && ctx.Err() == nil {
		f.engine.log.Error("fit", "error", err)
	}
	return f.wait()
}

// tend makes a fit where one is due and there is a brand.
func (f *fitter) tend(ctx context.Context) error {
	if f.engine.brand.Load() == nil || f.due().After(f.engine.now()) {
		return nil
	}
	_, err := f.engine.refit(gently(ctx), f.live.Load())
	return err
}

// Refit makes a new fit now, of people as they were committed last, and puts it in force. Nil: there is nobody yet.
func (e *Engine) Refit(ctx context.Context) (*Fit, error) { return e.refit(ctx, nil) }

// fitSamples are what a pass over everybody keeps for a fit.
type fitSamples struct {
	lifetimes *residual.Sample
	again     *recurrence.Sample
	crowd     *persona.Crowd
	traits    inventory
}

// sample passes over everybody once, and counts them in the fit.
func (e *Engine) sample(ctx context.Context, f, last *Fit, now *live) (fitSamples, error) {
	s := fitSamples{residual.NewSample(residual.TermsOf(now.plan.Brand()), f.At), recurrence.NewSample(f.At), crowdAfter(last), inventory{}}
	for part := range e.parts {
		s.lifetimes.Room(fitMost/e.parts + 1)
		s.again.Room(recurrence.Most/e.parts + 1)
		err := e.EachPerson(ctx, part, func(p *aparte.Person) error {
			f.People++
			s.lifetimes.Add(p)
			s.traits.add(p)
			f.Trusting.add(p, f.At)
			if now.plan.Profiles(p) {
				s.crowd.Add(p, now.plan.Local(p, f.At))
				s.again.Add(p)
			}
			return nil
		})
		if err != nil {
			return s, err
		}
	}
	return s, nil
}

// refit makes a new fit. What takes long may stay as the fit before has it; nil: nothing does.
func (e *Engine) refit(ctx context.Context, before *Fit) (*Fit, error) {
	now := e.brand.Load()
	if now == nil {
		return nil, ErrNoBrand
	}
	e.fitter.passing.Lock()
	defer e.fitter.passing.Unlock()
	f := &Fit{At: e.now().UTC(), Brand: now.plan.Version()}
	last := e.fitter.live.Load()
	seen, err := e.sample(ctx, f, last, now)
	if err != nil {
		return nil, fmt.Errorf("fit: %w", err)
	}
	if f.People == 0 {
		return nil, nil
	}
	var near *residual.Model
	if last != nil {
		near = last.Lifetime
	}
	f.Lifetime = seen.lifetimes.Fit(near)
	f.Again = seen.again.Fit(last.again())
	f.Traits, f.More = seen.traits.told()
	if f.Distrusts, err = e.distrusts(ctx, f.At); err != nil {
		return nil, fmt.Errorf("fit: %w", err)
	}
	if err := f.findTypes(ctx, seen.crowd, last, now.plan.Brand()); err != nil {
		return nil, fmt.Errorf("fit: %w", err)
	}
	if err := e.scores(ctx, f, before, now.plan.Brand()); err != nil {
		return nil, fmt.Errorf("fit: %w", err)
	}
	if err := e.likes(ctx, f, before, now); err != nil {
		return nil, fmt.Errorf("fit: %w", err)
	}
	sorted, err := e.reckon(ctx, f, now) // last: personas that somebody declared may ask for scores and look-alikes
	if err != nil {
		return nil, fmt.Errorf("fit: %w", err)
	}
	body, err := json.Marshal(f)
	if err != nil {
		return nil, fmt.Errorf("encode fit: %w", err)
	}
	if f.Version, err = e.store.PutDocument(ctx, fitDocument, body); err != nil {
		return nil, fmt.Errorf("store fit: %w", err)
	}
	e.fitter.live.Store(f)
	e.roll.wake()
	if err := errors.Join(e.fitter.chart(ctx, f, now), e.fitter.sort(ctx, f, sorted)); err != nil { // the fit stands without them
		e.log.Error("fit", "error", err)
	}
	return f, nil
}

// again is how often things are bought again, as a fit has it; nil: it does not.
func (f *Fit) again() *recurrence.Model {
	if f == nil {
		return nil
	}
	return f.Again
}

// now is the fit in force, as decisions ask for it; nil: none.
func (f *fitter) now() decide.Fit {
	if fit := f.live.Load(); fit != nil {
		return fit
	}
	return nil
}

// Fit is what is known of people all together now; nil: nothing yet.
func (e *Engine) Fit() *Fit { return e.fitter.live.Load() }

// reckon goes through people once more and adds up what the fit says of each.
func (e *Engine) reckon(ctx context.Context, f *Fit, now *live) ([]sorting, error) {
	f.Standing = new(residual.Standing)
	share := now.trial.share(0)
	ahead, err := measure.NewHoldout(1 - min(max(share, 0.001), 0.999))
	if err != nil {
		return nil, err
	}
	crossing, err := newCrossing(f, now)
	if err != nil {
		return nil, err
	}
	answers := answerTally{}
	for part := range e.parts {
		f.Standing.Room(fitMost/e.parts + 1)
		err := e.EachPerson(ctx, part, func(p *aparte.Person) error {
			r, told := f.Standing.Add(f.Lifetime, p, f.At)
			crossing.add(p, r, told)
			answers.add(p)
			if held, enrolled := now.trial.side(p); told && enrolled {
				return ahead.Add(!held, r.Value)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	f.Standing.Close()
	crossing.told()
	f.Answers = answers.told()
	if share > 0 {
		f.Ahead = aheadOf(now.trial.number, ahead)
	}
	return crossing.sorted, nil
}

// aheadLevel is that of the interval.
const aheadLevel = 0.95

func aheadOf(trial uint64, h *measure.Holdout) *Ahead {
	a := &Ahead{Trial: trial}
	a.Treated, a.Held = h.People()
	if a.Treated == 0 || a.Held == 0 {
		return a
	}
	a.Mean = [2]float64{h.Treated(aheadLevel).Value, h.Holdout(aheadLevel).Value}
	a.More = a.Mean[0] - a.Mean[1]
	if a.Enough = min(a.Treated, a.Held) >= measure.LeastPeople; a.Enough {
		d := h.Difference(aheadLevel)
		a.Low, a.High = d.Low, d.High
	}
	return a
}
