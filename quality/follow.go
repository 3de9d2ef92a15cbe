package quality

import (
	"context"
	"log/slog"
	"math"
	"time"

	"github.com/aparte-dev/aparte/store"
)

// Seen is what a keeper observed: its tracking plan and its counts. It is as bounded as they are: some megabytes of JSON at most.
type Seen struct {
	Plan       []Planned   `json:"plan"`
	Others     int64       `json:"others"` // events of kinds for which the plan has no room
	Sources    []Source    `json:"sources"`
	Violations []Violation `json:"violations"`
	Beyond     int64       `json:"beyond"` // violations for which the list has no room
}

// Empty reports whether nothing was observed.
func (s *Seen) Empty() bool {
	return len(s.Plan) == 0 && len(s.Sources) == 0 && len(s.Violations) == 0 && s.Others == 0 && s.Beyond == 0
}

// Follow is Open for one of several processes over the same documents, which another one writes. Schemas are those of the documents (Refresh). What is
// observed is kept in memory until it is taken out (Seen), for the keeper that writes to take in (Join). Aside, Declare and Withdraw fail as a
// write of docs does, and so do Take and Erase where there is something to remove. What is kept aside is not listed.
//
// Each keeper watches for itself whether too many events bear one identifier: spread over several, fewer are found to be Hurried.
func Follow(ctx context.Context, docs store.Documents, now func() time.Time, log *slog.Logger) (*Keeper, error) {
	k, err := newKeeper(ctx, docs, now, log)
	if err != nil {
		return nil, err
	}
	k.follows = true
	for i := range k.shelves {
		k.shelves[i].first = math.MaxUint64 // what is there is not known, and nothing of it is forgotten
	}
	return k, nil
}

// Seen takes out what was observed since it was called last, of a keeper that follows. Of any other it is empty: that keeps its book itself. What could not be
// handed over can be taken in again by Join.
func (k *Keeper) Seen() Seen {
	if !k.follows {
		return Seen{}
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.book.take()
}

// aheadAtMost is how much later than the clock here something can have been seen elsewhere. What is dated after that is not believed.
const aheadAtMost = 24 * time.Hour

// Join takes in what another keeper saw, as if it had been seen here: within the same bounds, but for which events had their properties looked at and
// which examples of them are kept. What no keeper writes, such as numbers below nothing and dates that cannot be, is left out.
func (k *Keeper) Join(s Seen) {
	until := k.now().Add(aheadAtMost)
	k.mu.Lock()
	defer k.mu.Unlock()
	k.dirty = true
	k.book.join(&s, until)
}

// seen is what is in the book. It shares its memory.
func (b *book) seen() Seen {
	s := Seen{Plan: b.plan.list(), Others: b.plan.others, Beyond: b.beyond}
	for _, one := range b.sources {
		s.Sources = append(s.Sources, *one)
	}
	for _, v := range b.violations {
		s.Violations = append(s.Violations, *v)
	}
	return s
}

// take takes out what is in the book.
func (b *book) take() Seen {
	s := b.seen()
	b.plan.take()
	b.sources, b.violations, b.beyond = nil, nil, 0
	return s
}

// restore makes an empty book of what seen gave.
func (b *book) restore(s Seen) {
	b.plan.restore(s.Plan)
	b.plan.others, b.beyond = s.Others, s.Beyond
	for i := range s.Sources {
		b.sources = append(b.sources, &s.Sources[i])
	}
	for i := range s.Violations {
		b.violations = append(b.violations, &s.Violations[i])
	}
}
