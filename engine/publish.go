package engine

import (
	"context"
	"errors"
	"fmt"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/compose"
	"github.com/aparte-dev/aparte/decide"
	"github.com/aparte-dev/aparte/scenario"
	"github.com/aparte-dev/aparte/store"
)

// live is the brand in force, compiled.
type live struct {
	plan      *decide.Plan
	scenarios *scenario.Set
	trial     *trial
	audiences audienceNames
}

// BrandDocument is the document of the brand: it is there once one was published.
const BrandDocument = "brand"

// Publish checks a brand, stores it as a new version and makes it the one in force. The error of a
// brand that is refused joins everything wrong with it, each with its JSON pointer.
func (e *Engine) Publish(ctx context.Context, b *aparte.Brand) (uint64, error) {
	return e.publish(ctx, b, Edition{}, false)
}

// PublishOn is Publish of what was made of version base by somebody. It is an *Overtaken where another version is in force by
// now: nothing is published then.
func (e *Engine) PublishOn(ctx context.Context, b *aparte.Brand, base uint64, by string) (uint64, error) {
	return e.publish(ctx, b, Edition{Base: base, By: by}, true)
}

// Check is what is wrong with a brand, as Publish tells it.
func (e *Engine) Check(b *aparte.Brand) error {
	_, err := e.sound(b)
	return err
}

// sound is a brand as it would be stored.
func (e *Engine) sound(b *aparte.Brand) (*aparte.Brand, error) {
	b, err := compose.Author(b)
	if err != nil {
		return nil, err
	}
	if _, err := compile(b, 0); err != nil {
		return nil, err
	}
	return b, e.composer.Check(b, e.learnedTraits()...)
}

func (e *Engine) publish(ctx context.Context, b *aparte.Brand, edition Edition, strict bool) (uint64, error) {
	b, err := e.sound(b)
	if err != nil {
		return 0, err
	}
	e.publishing.Lock() // versions come into force in their order
	defer e.publishing.Unlock()
	before := e.Plan()
	if strict {
		if now := versionOf(before); now != edition.Base {
			return 0, &Overtaken{Base: edition.Base, Now: now}
		}
	}
	if b, err = e.word(ctx, b); err != nil {
		return 0, err
	}
	body, err := marshalBrand(b)
	if err != nil {
		return 0, err
	}
	version, err := e.store.PutDocument(ctx, BrandDocument, body)
	if err != nil {
		return 0, fmt.Errorf("store brand: %w", err)
	}
	now, err := e.compiled(ctx, b, version)
	if err != nil {
		return 0, err
	}
	if err := e.crier.begin(ctx, version); err != nil {
		return 0, err
	}
	if err := e.record(ctx, edition, before, b, version); err != nil {
		return 0, err
	}
	e.brand.Store(now)
	e.warnUnsent()
	e.setting.begin(now.plan.Brand())
	e.listen(now.plan.Brand())
	if fit := e.Fit(); fit != nil && !fit.knows(now.plan.Brand()) {
		e.fitter.wake()
	}
	if err := e.announce(ctx); err != nil { // it is in force there within a second, too
		e.log.Warn("a version of the brand", "error", err)
	}
	e.roll.wake()
	e.crier.wake()
	e.forgetter.wake()
	return version, nil
}

// Plan is the brand in force, compiled; nil before the first Publish.
func (e *Engine) Plan() *decide.Plan {
	if now := e.brand.Load(); now != nil {
		return now.plan
	}
	return nil
}

func compile(b *aparte.Brand, version uint64) (*live, error) {
	plan, planErr := decide.Compile(b, version)
	scenarios, scenarioErr := scenario.Compile(b)
	if err := errors.Join(planErr, scenarioErr); err != nil {
		return nil, err
	}
	return &live{plan: plan, scenarios: scenarios}, nil
}

// compiled is a stored version as it comes into force.
func (e *Engine) compiled(ctx context.Context, b *aparte.Brand, version uint64) (*live, error) {
	now, err := compile(b, version)
	if err != nil {
		return nil, err
	}
	if now.trial, err = e.trialOf(ctx, b, version); err != nil {
		return nil, err
	}
	now.audiences, err = e.audienceNames(ctx, b)
	return now, err
}

func (e *Engine) restoreBrand(ctx context.Context) error {
	b, version, err := e.brandAt(ctx, 0)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	} else if err != nil {
		return err
	}
	now, err := e.compiled(ctx, b, version)
	if err != nil {
		return fmt.Errorf("brand version %d: %w", version, err)
	}
	e.brand.Store(now)
	e.warnUnsent()
	return nil
}

// brandAt is a version of the brand, 0 being the newest, and which one it is.
func (e *Engine) brandAt(ctx context.Context, version uint64) (*aparte.Brand, uint64, error) {
	doc, err := e.store.Document(ctx, BrandDocument, version)
	if err != nil {
		return nil, version, fmt.Errorf("read brand version %d: %w", version, err)
	}
	b, err := unmarshalBrand(doc.Body)
	if err != nil {
		return nil, doc.Version, fmt.Errorf("brand version %d: %w", doc.Version, err)
	}
	return b, doc.Version, nil
}
