package engine

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// What one engine changes in documents comes into force in the others when they look: as soon as they are told to (Refresh), and every half
// second. Models are learned by the one that has the office; the others follow its journal, by the same rows in the same order, and so
// have the same model to the last bit.

const refreshEvery = 500 * time.Millisecond

// Refresh puts in force what another engine has changed in documents: the brand, who is who, places, what was learned.
func (e *Engine) Refresh(ctx context.Context) error {
	e.refreshing.Lock()
	defer e.refreshing.Unlock()
	for _, of := range []struct {
		name  string
		again func(context.Context) error
	}{
		{BrandDocument, e.rebrand},
		{ledgerDocument, func(ctx context.Context) error { return e.ledger.open(ctx, e.store) }},
		{placesDocument, func(ctx context.Context) error { return e.places.open(ctx, e.store) }},
		{fitDocument, e.fitter.open},
		{journalDocument, e.learner.follow},
	} {
		newest, err := e.store.Newest(ctx, of.name)
		if err != nil {
			return fmt.Errorf("look for changes: %w", err)
		}
		if newest == e.known[of.name] {
			continue
		}
		if err := of.again(ctx); err != nil {
			return err
		}
		e.known[of.name] = newest
	}
	return nil
}

// rebrand puts the newest brand in force, which another engine published.
func (e *Engine) rebrand(ctx context.Context) error {
	if err := e.restoreBrand(ctx); err != nil {
		return err
	}
	if now := e.brand.Load(); now != nil {
		e.setting.begin(now.plan.Brand())
		e.listen(now.plan.Brand())
	}
	e.learner.publish()
	return nil
}

// follow takes the model through what another engine has learned.
func (l *learner) follow(ctx context.Context) error {
	if err := l.engine.replay(ctx, &l.state); err != nil {
		return err
	}
	l.publish()
	return nil
}

// lookAgain looks at what other engines have changed, and says when to look next.
func (e *Engine) lookAgain(ctx context.Context) time.Duration {
	var err error
	if e.branch {
		err = e.Refresh(ctx)
	}
	if now := e.brand.Load(); now != nil && len(now.plan.Brand().Budgets) > 0 {
		err = errors.Join(err, e.budgets.open(ctx, e.store, e.now(), e.quota()))
	}
	err = errors.Join(err, e.pacer.reckon(ctx, e))
	if err != nil && ctx.Err() == nil {
		e.log.Error("look at what other nodes have changed", "error", err)
	}
	return refreshEvery
}

// quota is how much of what there is for everybody is this engine's: as much as it has of the parts.
func (e *Engine) quota() float64 {
	if e.fellows == nil {
		return 1
	}
	n := 0
	for range e.here() {
		n++
	}
	return float64(n) / float64(e.parts)
}

// portion is what this engine may do of n in a span of time in which all may do n together: so many for each of its parts, of which there
// are others in each span where there are fewer than parts.
func (e *Engine) portion(n int, span int64) int {
	if e.fellows == nil {
		return n
	}
	mine := 0
	for o := range e.here() {
		i := (int(o.part) + int(span%int64(e.parts))) % e.parts
		mine += n*(i+1)/e.parts - n*i/e.parts
	}
	return mine
}
