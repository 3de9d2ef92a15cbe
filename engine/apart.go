package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/store"
)

const apartDocument = "apart"

// maxApart bounds how many pairs are kept apart: each was somebody's decision, and all are in memory.
const maxApart = 100_000

// apart is who has been said not to be one person, so that the identifier by which they once met, and any other, does
// not make one of them again. It is read by owners and changed by whoever takes people apart or joins them.
type apart struct {
	changing sync.Mutex
	pairs    atomic.Pointer[[]Apart]
	others   atomic.Pointer[map[aparte.PersonID][]aparte.PersonID]
}

// Apart is two people whom somebody has said to be two.
type Apart struct {
	A     aparte.PersonID `json:"a"`
	B     aparte.PersonID `json:"b"`
	Since time.Time       `json:"since"`
}

func (p Apart) of(a, b aparte.PersonID) bool { return p.A == a && p.B == b || p.A == b && p.B == a }

func (k *apart) open(ctx context.Context, s store.Store) error {
	doc, err := s.Document(ctx, apartDocument, 0)
	var pairs []Apart
	switch {
	case errors.Is(err, store.ErrNotFound):
	case err != nil:
		return fmt.Errorf("read who is kept apart: %w", err)
	default:
		if err := json.Unmarshal(doc.Body, &pairs); err != nil {
			return fmt.Errorf("who is kept apart, version %d: %w", doc.Version, err)
		}
	}
	k.set(pairs)
	return nil
}

func (k *apart) set(pairs []Apart) {
	others := make(map[aparte.PersonID][]aparte.PersonID, 2*len(pairs))
	for _, p := range pairs {
		others[p.A] = append(others[p.A], p.B)
		others[p.B] = append(others[p.B], p.A)
	}
	k.pairs.Store(&pairs)
	k.others.Store(&others)
}

// from is whom p, or one of those p is made of, is kept apart from.
func (k *apart) from(p *aparte.Person) []aparte.PersonID {
	others := *k.others.Load()
	if len(others) == 0 {
		return nil
	}
	all := slices.Clone(others[p.ID])
	for _, id := range p.Absorbed {
		all = append(all, others[id]...)
	}
	return all
}

// among reports whether p, or one of those p is made of, is one of some people.
func among(people []aparte.PersonID, p *aparte.Person) bool {
	return slices.ContainsFunc(people, func(id aparte.PersonID) bool { return id == p.ID || slices.Contains(p.Absorbed, id) })
}

// change stores what edit makes of the pairs. The caller holds changing.
func (k *apart) change(ctx context.Context, s store.Store, edit func([]Apart) []Apart) error {
	before := *k.pairs.Load()
	after := edit(slices.Clone(before))
	if slices.Equal(before, after) {
		return nil
	}
	if len(after) > maxApart {
		return fmt.Errorf("%d pairs of people are kept apart, that is the bound", maxApart)
	}
	body, err := json.Marshal(after)
	if err != nil {
		return fmt.Errorf("encode who is kept apart: %w", err)
	}
	version, err := s.PutDocument(ctx, apartDocument, body)
	if err != nil {
		return fmt.Errorf("store who is kept apart: %w", err)
	}
	k.set(after)
	if err := s.DropDocuments(ctx, apartDocument, version); err != nil {
		return fmt.Errorf("drop who was kept apart before: %w", err)
	}
	return nil
}

// forgetApart takes out every pair with one of some people in it, who are erased.
func (e *Engine) forgetApart(ctx context.Context, people []aparte.PersonID) error {
	e.apart.changing.Lock()
	defer e.apart.changing.Unlock()
	return e.apart.change(ctx, e.store, func(pairs []Apart) []Apart {
		return slices.DeleteFunc(pairs, func(p Apart) bool { return slices.Contains(people, p.A) || slices.Contains(people, p.B) })
	})
}

// Apart are the pairs that are kept apart, in the order in which they were taken apart.
func (e *Engine) Apart() []Apart { return slices.Clone(*e.apart.pairs.Load()) }
