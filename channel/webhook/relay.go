package webhook

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/store"
)

// Relay is the outbox of an engine whose notices another node tells, which has the Hooks. It knows who wants to be told from their
// document, and sums up what is written and dropped until that is handed over: Take, then Hooks.Heard there. It is safe for concurrent use.
//
// What it sums up only wakes Hooks and tells them how much to expect. Where it is lost with the process, Hooks.Recount finds what waits.
type Relay struct {
	docs   Declared
	wanted atomic.Pointer[map[aparte.NoticeKind][]string]

	refreshing sync.Mutex
	version    uint64 // of the document; under refreshing

	mu      sync.Mutex
	sums    map[partTo]*Tiding
	dropped int // numbers in sums
}

// Declared is where the endpoints are kept (Document). A store is one; of one with sealed documents, what opens them.
type Declared interface {
	Newest(ctx context.Context, name string) (version uint64, err error)
	document
}

type document interface {
	Document(ctx context.Context, name string, version uint64) (store.Document, error)
}

// Tiding is what is new of one part's notices to one endpoint.
type Tiding struct {
	Part    int      `json:"part"`
	To      string   `json:"to"`                // the endpoint's id
	Written int      `json:"written,omitempty"` // how many
	Dropped []uint64 `json:"dropped,omitempty"` // their numbers
}

// Tidings are at most one of each part and endpoint, in their order.
type Tidings []Tiding

// mostDropped bounds the numbers that a relay remembers. Of more it is not said that they were dropped: they are looked for, and not found.
const mostDropped = 10_000

type partTo struct {
	part int
	to   string
}

// NewRelay reads who wants to be told.
func NewRelay(ctx context.Context, docs Declared) (*Relay, error) {
	r := &Relay{docs: docs, sums: map[partTo]*Tiding{}}
	r.wanted.Store(&map[aparte.NoticeKind][]string{})
	return r, r.Refresh(ctx)
}

// Refresh reads again who wants to be told, where that has changed. After an error it is as before.
func (r *Relay) Refresh(ctx context.Context) error {
	r.refreshing.Lock()
	defer r.refreshing.Unlock()
	newest, err := r.docs.Newest(ctx, Document)
	if err != nil {
		return fmt.Errorf("webhooks: %w", err)
	}
	if newest == r.version {
		return nil
	}
	all, err := declared(ctx, r.docs)
	if err != nil {
		return err
	}
	wanted := wantedBy(all)
	r.wanted.Store(&wanted)
	r.version = newest // at least: what was written meanwhile is read again
	return nil
}

// Wanted implements engine.Outbox.
func (r *Relay) Wanted(kind aparte.NoticeKind) []string { return (*r.wanted.Load())[kind] }

// Written implements engine.Outbox.
func (r *Relay) Written(part int, notices []aparte.Notice) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i := range notices {
		r.sum(part, notices[i].To).Written++
	}
}

// Dropped implements engine.Outbox.
func (r *Relay) Dropped(part int, notices []aparte.Notice) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i := range notices {
		r.drop(part, notices[i].To, notices[i].Number)
	}
}

// sum is what was summed up of a part and an endpoint, of which there are few at a time. mu is held.
func (r *Relay) sum(part int, to string) *Tiding {
	at := partTo{part, to}
	if r.sums[at] == nil {
		r.sums[at] = &Tiding{Part: part, To: to}
	}
	return r.sums[at]
}

func (r *Relay) drop(part int, to string, numbers ...uint64) {
	numbers = numbers[:min(len(numbers), mostDropped-r.dropped)]
	if len(numbers) == 0 {
		return
	}
	r.dropped += len(numbers)
	t := r.sum(part, to)
	t.Dropped = append(t.Dropped, numbers...)
}

// Take is what happened since it was last called, for who calls it to hand over; empty: nothing.
func (r *Relay) Take() Tidings {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := make(Tidings, 0, len(r.sums))
	for _, t := range r.sums {
		all = append(all, *t)
	}
	clear(r.sums)
	r.dropped = 0
	slices.SortFunc(all, func(a, b Tiding) int { return cmp.Or(cmp.Compare(a.Part, b.Part), cmp.Compare(a.To, b.To)) })
	return all
}
