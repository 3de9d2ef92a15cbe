package engine

import (
	"context"
	"errors"
	"fmt"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/store"
	"github.com/maypok86/otter/v2"
)

// names remembers whom identifiers name. An answer may be out of date by a merge, which the person's
// record then tells, and is never out of date otherwise: owners set it when they commit.
type names struct {
	by *otter.Cache[store.Key, aparte.PersonID]
}

const cachedNames = 200_000

func newNames() *names {
	return &names{by: otter.Must(&otter.Options[store.Key, aparte.PersonID]{MaximumSize: cachedNames})}
}

func (n *names) set(k store.Key, id aparte.PersonID) {
	if id.IsZero() {
		n.by.Invalidate(k)
		return
	}
	n.by.Set(k, id)
}

// nameOf is whom an identifier names, zero where nobody.
func (e *Engine) nameOf(ctx context.Context, part store.Part, k store.Key) (aparte.PersonID, error) {
	if id, ok := e.names.by.GetIfPresent(k); ok {
		return id, nil
	}
	id, err := e.store.Owner(ctx, part, k)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return aparte.PersonID{}, nil
	case err != nil:
		return aparte.PersonID{}, fmt.Errorf("look up identifier in part %d: %w", part, err)
	}
	e.names.by.SetIfAbsent(k, id) // what an owner set meanwhile is newer
	return id, nil
}
