package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/aparte-dev/aparte/decide"
	"github.com/aparte-dev/aparte/store"
)

// Archive reads what an engine has written. It holds no lease, starts nothing and writes nothing, so that a
// store can be looked into while no engine is at work on it.
type Archive struct{ engine *Engine }

// NewArchive is an archive over a store. Of the config, Store, Logger and MaxCandidates count.
func NewArchive(c Config) *Archive { return &Archive{newEngine(c)} }

// Restore reads the newest brand, the trial that it goes on with, and the newest fit. Plan, Fit, Worth and Counters tell of them then.
func (a *Archive) Restore(ctx context.Context) error {
	b, version, err := a.engine.brandAt(ctx, 0)
	if err != nil {
		return err
	}
	now, err := compile(b, version)
	if err != nil {
		return fmt.Errorf("brand version %d: %w", version, err)
	}
	doc, err := a.engine.store.Document(ctx, trialDocument, 0)
	if err != nil {
		return fmt.Errorf("read trial: %w", err)
	}
	now.trial = &trial{number: doc.Version}
	if err := json.Unmarshal(doc.Body, &now.trial.rules); err != nil {
		return fmt.Errorf("trial %d cannot be read: %w", doc.Version, err)
	}
	a.engine.brand.Store(now)
	return a.engine.fitter.open(ctx)
}

// Plan is as that of an Engine.
func (a *Archive) Plan() *decide.Plan { return a.engine.Plan() }

// Fit is as that of an Engine.
func (a *Archive) Fit() *Fit { return a.engine.Fit() }

// Worth is as that of an Engine.
func (a *Archive) Worth(ctx context.Context) (Worth, error) { return a.engine.Worth(ctx) }

// Counters are as those of an Engine.
func (a *Archive) Counters(ctx context.Context, prefix string, from, to time.Time) ([]store.Counter, error) {
	return a.engine.Counters(ctx, prefix, from, to)
}
