package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/decide"
	"github.com/aparte-dev/aparte/store"
)

// editionDocument has a version for each publication, in their order: who published what, when. It is beside the brand, so that the
// history is read without reading brands.
const editionDocument = "brand/editions"

// Edition is one publication of the brand.
type Edition struct {
	Version uint64    `json:"version"` // of the brand
	Base    uint64    `json:"base"`    // the version in force before; 0: there was none
	At      time.Time `json:"at"`
	By      string    `json:"by,omitempty"` // who published it, in the console; empty: a program did
	Changes []Touched `json:"changes"`      // the first maxTouched
	More    int       `json:"more,omitempty"`
	Drafted []Saved   `json:"drafted,omitempty"` // what was saved in the draft that it publishes
}

// Touched is an object that a publication added, changed or removed.
type Touched struct {
	Kind string       `json:"kind"`         // the member of the brand it is in: rules, contents, ...
	ID   string       `json:"id,omitempty"` // empty: the member as a whole
	Name aparte.Words `json:"name,omitempty"`
	Did  Did          `json:"did"`
}

const maxTouched = 20

// Overtaken says that another version is in force than the one that a change was made of.
type Overtaken struct{ Base, Now uint64 }

func (o *Overtaken) Error() string {
	return fmt.Sprintf("version %d is in force, this was made of version %d", o.Now, o.Base)
}

func versionOf(p *decide.Plan) uint64 {
	if p == nil {
		return 0
	}
	return p.Version()
}

// record keeps who published what. The first brand has no changes: everything is new.
func (e *Engine) record(ctx context.Context, edition Edition, before *decide.Plan, b *aparte.Brand, version uint64) error {
	edition.Version, edition.At, edition.Base = version, e.now().UTC(), versionOf(before)
	if before != nil {
		all := Changes(before.Brand(), b)
		for _, c := range all[:min(len(all), maxTouched)] {
			edition.Changes = append(edition.Changes, Touched{c.Kind, c.ID, c.Name, c.Did})
		}
		edition.More = len(all) - len(edition.Changes)
	}
	body, err := json.Marshal(edition)
	if err != nil {
		return fmt.Errorf("encode what was published: %w", err)
	}
	if _, err := e.store.PutDocument(ctx, editionDocument, body); err != nil {
		return fmt.Errorf("keep who published version %d: %w", version, err)
	}
	return nil
}

// Editions are up to limit publications, the latest first.
func (e *Engine) Editions(ctx context.Context, limit int) ([]Edition, error) {
	var all []Edition
	for at := uint64(0); len(all) < limit; {
		doc, err := e.store.Document(ctx, editionDocument, at)
		if errors.Is(err, store.ErrNotFound) {
			return all, nil
		} else if err != nil {
			return nil, fmt.Errorf("read who published: %w", err)
		}
		var one Edition
		if err := json.Unmarshal(doc.Body, &one); err != nil {
			return nil, fmt.Errorf("who published cannot be read: %w", err)
		}
		all = append(all, one)
		if at = doc.Version - 1; at == 0 {
			return all, nil
		}
	}
	return all, nil
}

// Version is the brand as it was published once, or store.ErrNotFound.
func (e *Engine) Version(ctx context.Context, version uint64) (*aparte.Brand, error) {
	if plan := e.Plan(); plan != nil && plan.Version() == version {
		return plan.Brand(), nil
	}
	if version == 0 {
		return nil, fmt.Errorf("brand version 0: %w", store.ErrNotFound)
	}
	b, _, err := e.brandAt(ctx, version)
	return b, err
}
