package engine

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/decide"
	"github.com/aparte-dev/aparte/store"
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

// Reach tells for whom a condition in the language of rules holds now. Up to sample people (0: 10,000) all are looked at; of more,
// those whose id falls into a share of what ids can be: ids begin with a keyed hash, so that each person is as likely as any other to
// be among them. What is not durable yet is not seen. Nothing is logged.
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
	var r Reach
	for part := range e.parts {
		if err := e.reachPart(ctx, part, share, condition, &r); err != nil {
			return Reach{}, err
		}
	}
	r.Counted = share >= 1
	r.Of, r.Low, r.High = r.Looked, r.People, r.People
	if !r.Counted {
		low, high := poissonInterval(float64(r.People))
		found := float64(r.People)
		r.People, r.Of = int64(math.Round(found/share)), int64(math.Round(float64(r.Looked)/share))
		r.Low, r.High = int64(low/share), int64(math.Ceil(high/share))
	}
	return r, nil
}

// shareFor is the share of ids that about sample people have, from how close to one another the first ones of some parts are; 1: all.
func (e *Engine) shareFor(ctx context.Context, sample int) (float64, error) {
	const look = 4 // parts
	each := sample/look + 1
	found, seen := 0.0, 0.0
	for part := range min(look, e.parts) {
		rows, err := e.store.People(ctx, store.Part(part), aparte.PersonID{}, each)
		if err != nil {
			return 0, fmt.Errorf("people of part %d: %w", part, err)
		}
		found += float64(len(rows))
		if len(rows) < each {
			seen++
		} else {
			seen += placeOf(rows[len(rows)-1].ID)
		}
	}
	all := found / seen * float64(e.parts) // records, merged ones too
	if seen == 0 || all <= float64(sample) {
		return 1, nil
	}
	return float64(sample) / all, nil
}

// placeOf is where an id stands among all that can be, in [0, 1).
func placeOf(id aparte.PersonID) float64 {
	return float64(binary.BigEndian.Uint64(id[:8])) / (1 << 64)
}

// errBeyond ends a look at people who are in order.
var errBeyond = errors.New("beyond what is looked at")

func (e *Engine) reachPart(ctx context.Context, part int, share float64, condition *decide.Audience, r *Reach) error {
	now, fit := e.now(), e.fitter.now()
	err := e.EachPerson(ctx, part, func(p *aparte.Person) error {
		if share < 1 && placeOf(p.ID) >= share {
			return errBeyond
		}
		r.Looked++
		switch holds, err := condition.Holds(p, fit, now); {
		case err != nil:
			r.Failed++
		case holds:
			r.People++
			if len(r.Examples) < reachExamples {
				r.Examples = append(r.Examples, *p)
			}
		}
		return nil
	})
	if errors.Is(err, errBeyond) {
		return nil
	}
	return err
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
