package engine

import (
	"context"
	"encoding/hex"
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

const ledgerDocument = "identity"

// Bounds of the ledger, all of which is in memory: each pair was somebody's decision, each identifier drew attention.
const (
	maxApart  = 100_000
	maxShared = 100_000
)

// ledger is what identifiers do not tell of who is who: people who are two whatever they share, and identifiers that
// join nobody because too many share them. Owners read it at every event.
type ledger struct {
	acting   sync.Mutex // held by the one merge or unmerge that somebody asked for and that is under way
	changing sync.Mutex
	now      atomic.Pointer[entries]
}

// entries are a version of the ledger. They are not changed once they are in force.
type entries struct {
	Apart  []Apart  `json:"apart,omitempty"`
	Shared []Shared `json:"shared,omitempty"`

	others map[aparte.PersonID][]aparte.PersonID
	keys   map[store.Key]struct{}
}

// Apart is two people whom somebody has said to be two.
type Apart struct {
	A     aparte.PersonID `json:"a"`
	B     aparte.PersonID `json:"b"`
	Since time.Time       `json:"since"`
}

func (p Apart) of(a, b aparte.PersonID) bool { return p.A == a && p.B == b || p.A == b && p.B == a }

// Shared is an identifier that joins nobody any more.
type Shared struct {
	Key     SharedKey             `json:"key"` // what it is kept under: the identifier itself is not
	Kind    aparte.IdentifierKind `json:"kind"`
	Person  aparte.PersonID       `json:"person"` // whom it had made one of many
	Since   time.Time             `json:"since"`
	Because SharedReason          `json:"because"`
}

// SharedKey is an identifier's key, as text: 32 hexadecimal digits.
type SharedKey string

// SharedReason says why an identifier is taken to be shared.
type SharedReason string

// Too many records became one person by it, or too many addresses came to be one person's by it.
const (
	ManyRecords   SharedReason = "records"
	ManyAddresses SharedReason = "addresses"
)

func (k *ledger) open(ctx context.Context, s store.Store) error {
	var now entries
	switch doc, err := s.Document(ctx, ledgerDocument, 0); {
	case errors.Is(err, store.ErrNotFound):
	case err != nil:
		return fmt.Errorf("read who is who: %w", err)
	default:
		if err := json.Unmarshal(doc.Body, &now); err != nil {
			return fmt.Errorf("who is who, version %d: %w", doc.Version, err)
		}
	}
	return k.set(now)
}

// set puts entries in force.
func (k *ledger) set(now entries) error {
	now.others = make(map[aparte.PersonID][]aparte.PersonID, 2*len(now.Apart))
	for _, p := range now.Apart {
		now.others[p.A] = append(now.others[p.A], p.B)
		now.others[p.B] = append(now.others[p.B], p.A)
	}
	now.keys = make(map[store.Key]struct{}, len(now.Shared))
	for _, s := range now.Shared {
		var key store.Key
		if n, err := hex.Decode(key[:], []byte(s.Key)); err != nil || n != len(key) {
			return fmt.Errorf("who is who: %q is no key", s.Key)
		}
		now.keys[key] = struct{}{}
	}
	k.now.Store(&now)
	return nil
}

// change stores what edit makes of the entries, and puts it in force.
func (k *ledger) change(ctx context.Context, s store.Store, edit func(*entries)) error {
	k.changing.Lock()
	defer k.changing.Unlock()
	before := k.now.Load()
	after := entries{Apart: slices.Clone(before.Apart), Shared: slices.Clone(before.Shared)}
	edit(&after)
	if slices.Equal(before.Apart, after.Apart) && slices.Equal(before.Shared, after.Shared) {
		return nil
	}
	if len(after.Apart) > maxApart || len(after.Shared) > maxShared {
		return fmt.Errorf("who is who: at most %d pairs are kept apart and %d identifiers set aside", maxApart, maxShared)
	}
	body, err := json.Marshal(after)
	if err != nil {
		return fmt.Errorf("encode who is who: %w", err)
	}
	version, err := s.PutDocument(ctx, ledgerDocument, body)
	if err != nil {
		return fmt.Errorf("store who is who: %w", err)
	}
	if err := k.set(after); err != nil {
		return err
	}
	if err := s.DropDocuments(ctx, ledgerDocument, version); err != nil {
		return fmt.Errorf("drop who was who before: %w", err)
	}
	return nil
}

// rule changes the ledger, which every engine goes by when it returns.
func (e *Engine) rule(ctx context.Context, edit func(*entries)) error {
	if err := e.ledger.change(ctx, e.store, edit); err != nil {
		return err
	}
	return e.announce(ctx)
}

// apart reports whether somebody was taken out of a person.
func (k *ledger) apart(a, b aparte.PersonID) bool { return slices.Contains(k.now.Load().others[a], b) }

// apartFrom is whom p, or one of those p is made of, is kept apart from.
func (k *ledger) apartFrom(p *aparte.Person) []aparte.PersonID {
	others := k.now.Load().others
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

// shared reports whether an identifier joins nobody.
func (k *ledger) shared(key store.Key) bool {
	_, shared := k.now.Load().keys[key]
	return shared
}

// Apart are the pairs that are kept apart, in the order in which they were taken apart.
func (e *Engine) Apart() []Apart { return slices.Clone(e.ledger.now.Load().Apart) }

// Shared are the identifiers that join nobody, in the order in which they were found out.
func (e *Engine) Shared() []Shared { return slices.Clone(e.ledger.now.Load().Shared) }

// Release has an identifier join people again. It is store.ErrNotFound where it did not cease to.
func (e *Engine) Release(ctx context.Context, key SharedKey) error {
	found := false
	err := e.rule(ctx, func(l *entries) {
		l.Shared = slices.DeleteFunc(l.Shared, func(s Shared) bool {
			found = found || s.Key == key
			return s.Key == key
		})
	})
	if err == nil && !found {
		return store.ErrNotFound
	}
	return err
}

// forget takes people who are erased out of the ledger. That an identifier is shared stays: it is not theirs alone.
func (e *Engine) forget(ctx context.Context, people []aparte.PersonID) error {
	return e.ledger.change(ctx, e.store, func(l *entries) {
		l.Apart = slices.DeleteFunc(l.Apart, func(p Apart) bool { return slices.Contains(people, p.A) || slices.Contains(people, p.B) })
		for i := range l.Shared {
			if slices.Contains(people, l.Shared[i].Person) {
				l.Shared[i].Person = aparte.PersonID{}
			}
		}
	})
}
