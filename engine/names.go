package engine

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/store"
	"github.com/maypok86/otter/v2"
)

// names remembers whom the identifiers of this engine's parts name. An answer may be out of date by a merge, which the person's
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

// known is whom an identifier names, zero where that is not known.
func (n *names) known(k store.Key) aparte.PersonID {
	id, _ := n.by.GetIfPresent(k)
	return id
}

// forget forgets them all.
func (n *names) forget() { n.by.InvalidateAll() }

// nameOf is whom an identifier names, zero where nobody.
func (e *Engine) nameOf(ctx context.Context, part store.Part, k store.Key) (aparte.PersonID, error) {
	o := e.owners[part].Load()
	if id, ok := e.names.by.GetIfPresent(k); ok && o != nil {
		return id, nil
	}
	var since uint64
	if o != nil {
		since = o.namings.now()
	}
	id, err := e.store.Owner(ctx, part, k)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return aparte.PersonID{}, nil
	case err != nil:
		return aparte.PersonID{}, fmt.Errorf("look up identifier in part %d: %w", part, err)
	}
	if o == nil {
		return id, nil // its owner may have it name somebody else at any time
	}
	e.names.by.SetIfAbsent(k, id) // what an owner set meanwhile is newer, unless it was taken back
	if e.owners[part].Load() != o || o.namings.now() != since {
		e.names.by.Invalidate(k)
	}
	return id, nil
}

// namings remembers which identifiers of a part were lately given to somebody or taken away, so that who was looked for
// in vain need not be looked for again by the owner. The owner writes and asks; others only want to know the time.
type namings struct {
	time  atomic.Uint64        // counts the commits that changed a name
	since uint64               // what was changed before is not known
	at    map[store.Key]uint64 // when a name was last changed
}

// rememberedNamings is after how many of them all are forgotten.
const rememberedNamings = 512

// begin has the time go on where that of an owner before ended.
func (n *namings) begin(time uint64) {
	n.since = time
	n.time.Store(time)
}

// now is the time to tell to unchanged later. What is read of the store from now on shows every change up to it.
func (n *namings) now() uint64 { return n.time.Load() }

// unchanged reports whether it is known that a name is as it was at a time.
func (n *namings) unchanged(k store.Key, time uint64) bool { return time >= n.since && n.at[k] <= time }

// changed notes the names that a commit has changed. It must be told before the commit is acknowledged.
func (n *namings) changed(names map[store.Key]aparte.PersonID) {
	if len(names) == 0 {
		return
	}
	now := n.time.Load() + 1
	if n.at == nil || len(n.at)+len(names) > rememberedNamings {
		n.at, n.since = map[store.Key]uint64{}, now
	}
	for k := range names {
		n.at[k] = now
	}
	n.time.Store(now)
}

// forget makes every name of before unknown: what became of a commit is not known.
func (n *namings) forget() {
	n.at, n.since = nil, n.time.Load()+1
	n.time.Store(n.since)
}
