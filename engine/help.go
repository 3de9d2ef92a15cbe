package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aparte-dev/aparte/store"
)

// What is done for everybody is begun by the engine that has the office, part by part, and done by whoever has the part.

// errand is one of the chores that go through the records of a part.
type errand string

const (
	callRoll errand = "roll"   // audiences and days are brought up to date (roll.go)
	tellNews errand = "news"   // what is new about items is told to whom it matters (crier.go)
	forgetIn errand = "forget" // what is kept for a time only is taken out (forget.go)
	sweepOut errand = "sweep"  // identifiers that name nobody are deleted (sweep.go)
)

// askedChore is what a chore is to be done by.
type askedChore struct {
	Errand errand        `json:"errand"`
	Brand  uint64        `json:"brand"`          // the version in force, at least
	Rest   time.Duration `json:"rest,omitempty"` // after a page, times as long as it took

	Told    uint64    `json:"told,omitempty"` // news: the versions that are compared
	Telling uint64    `json:"telling,omitempty"`
	Since   time.Time `json:"since,omitzero"`
}

// chore has whoever has a part do a chore in it, again from its beginning where the part is given up meanwhile. It says what was taken of each
// trait.
func (e *Engine) chore(ctx context.Context, part store.Part, c *askedChore) (took taking, err error) {
	if now := e.brand.Load(); now != nil {
		c.Brand = now.plan.Version()
	}
	if e.fellows == nil {
		return e.do(ctx, part, c)
	}
	err = e.again(ctx, func() (bool, error) {
		var a answered
		var err error
		if e.Has(part) {
			a.Took, err = e.do(ctx, part, c)
		} else {
			a, err = e.askFellow(ctx, &favour{Part: part, Chore: c})
		}
		took.add(a.Took)
		return !errors.Is(err, ErrNobody), err
	})
	return took, err
}

// help does a chore for another engine.
func (e *Engine) help(ctx context.Context, part store.Part, c *askedChore) (answered, error) {
	if v := versionOf(e.Plan()); v < c.Brand {
		if err := e.Refresh(ctx); err != nil {
			return answered{}, err
		}
	}
	ctx, leave, err := e.lookout.join(ctx) // it ends with the engine, which waits for it
	if err != nil {
		return answered{}, errors.Join(ErrNobody, err)
	}
	defer leave()
	took, err := e.do(ctx, part, c)
	return answered{Took: took}, err
}

// do does a chore in a part of this engine's. It is ErrNobody where it is that no more.
func (e *Engine) do(ctx context.Context, part store.Part, c *askedChore) (took taking, err error) {
	switch c.Errand {
	case callRoll:
		return took, e.roll.part(ctx, part, c.Rest)
	case tellNews:
		n, err := e.newsBetween(ctx, c.Told, c.Telling, c.Since)
		if err != nil || len(n.changed) == 0 {
			return took, err
		}
		return took, e.crier.part(ctx, n, part)
	case forgetIn:
		return e.forgetter.part(ctx, part)
	case sweepOut:
		return took, e.purger.sweepPart(ctx, part)
	}
	return took, fmt.Errorf("chore %q is unknown", c.Errand)
}
