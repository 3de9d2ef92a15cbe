package engine

import (
	"context"
	"math"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/decide"
)

// Reach is how many people a condition holds for: counted, or estimated from a sample.
type Reach struct {
	People    int64 // for whom it holds
	Low, High int64 // where they were not counted: 95 of 100 such intervals hold the true number
	Of        int64 // people in all, counted or estimated likewise
	Looked    int64 // at so many people; all of them where Counted
	Counted   bool
	Failed    int64 // of those looked at: the condition had no answer
	Examples  []aparte.Person
}

// reachSample is about how many people are looked at, and reachExamples how many are shown.
const (
	reachSample   = 10_000
	reachExamples = 10
)

// BadCondition says what is wrong with a condition.
type BadCondition struct{ Err error }

func (b *BadCondition) Error() string { return b.Err.Error() }
func (b *BadCondition) Unwrap() error { return b.Err }

// Reach tells for whom a condition in the language of rules holds now. Up to sample people (0: 10,000) all are looked at; of more, a sample (drawn).
// What is not durable yet is not seen. Nothing is logged.
func (e *Engine) Reach(ctx context.Context, where string, sample int) (Reach, error) {
	now := e.brand.Load()
	if now == nil {
		return Reach{}, ErrNoBrand
	}
	condition, err := now.plan.Audience(where)
	if err != nil {
		return Reach{}, &BadCondition{err}
	}
	if sample <= 0 {
		sample = reachSample
	}
	share, err := e.shareFor(ctx, sample)
	if err != nil {
		return Reach{}, err
	}
	at, fit := e.now(), e.fitter.now()
	parts := make([]Reach, e.parts)
	err = e.drawn(ctx, share, sample, func(part int, p *aparte.Person) { parts[part].look(condition, p, fit, at) })
	if err != nil {
		return Reach{}, err
	}
	return summed(parts, share), nil
}

// look counts somebody.
func (r *Reach) look(condition *decide.Audience, p *aparte.Person, fit decide.Fit, at time.Time) {
	r.Looked++
	switch holds, err := condition.Holds(p, fit, at); {
	case err != nil:
		r.Failed++
	case holds:
		r.People++
		if len(r.Examples) < reachExamples {
			r.Examples = append(r.Examples, *p)
		}
	}
}

// summed is what was found in all parts, of a share of their people.
func summed(parts []Reach, share float64) Reach {
	var r Reach
	for i := range parts {
		part := &parts[i]
		r.Looked, r.People, r.Failed = r.Looked+part.Looked, r.People+part.People, r.Failed+part.Failed
		r.Examples = append(r.Examples, part.Examples[:min(len(part.Examples), reachExamples-len(r.Examples))]...)
	}
	r.Counted = share >= 1
	r.Of, r.Low, r.High = r.Looked, r.People, r.People
	if !r.Counted {
		low, high := poissonInterval(float64(r.People))
		found := float64(r.People)
		r.People, r.Of = int64(math.Round(found/share)), int64(math.Round(float64(r.Looked)/share))
		r.Low, r.High = int64(low/share), int64(math.Ceil(high/share))
	}
	return r
}

// poissonInterval is a 95 % interval for the mean of a Poisson variable of which n was seen, by Wilson and Hilferty's cube (1931). A
// share of people that is drawn varies less than that.
func poissonInterval(n float64) (low, high float64) {
	const z = 1.959964
	if n > 0 {
		low = n * math.Pow(1-1/(9*n)-z/(3*math.Sqrt(n)), 3)
	}
	m := n + 1
	return max(0, low), m * math.Pow(1-1/(9*m)+z/(3*math.Sqrt(m)), 3)
}
