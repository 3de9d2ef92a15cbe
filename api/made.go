package api

import (
	"sync/atomic"
	"time"

	"github.com/aparte-dev/aparte/access"
)

// made are the keys that were made in the console. Each ring is looked at once: what a key may still take lasts from one to the next.
type made struct {
	ring  func() *access.Ring // nil: there are none
	limit limit
	known atomic.Pointer[madeKeys]
}

// madeKeys are those of one ring.
type madeKeys struct {
	of   *access.Ring
	keys map[access.KeyID]*ringKey
}

// find is the key with this value, nil where there is none.
func (m *made) find(value string, now time.Time) *ringKey {
	if m.ring == nil || value == "" {
		return nil
	}
	ring, known := m.ring(), m.known.Load()
	if known == nil || known.of != ring {
		known = m.learn(ring, known, now)
	}
	k, ok := ring.Find(value)
	if !ok {
		return nil
	}
	return known.keys[k.ID]
}

func (m *made) learn(ring *access.Ring, before *madeKeys, now time.Time) *madeKeys {
	next := &madeKeys{of: ring, keys: map[access.KeyID]*ringKey{}}
	for _, k := range ring.All() {
		if before != nil && before.keys[k.ID] != nil {
			next.keys[k.ID] = before.keys[k.ID]
			continue
		}
		held := &ringKey{Key: Key{Name: k.Name, Source: k.Name}, role: k.Role}
		if !k.Public() {
			held.Kind = SecretKey
		} else {
			held.allowance = m.limit.allowance(now)
		}
		next.keys[k.ID] = held
	}
	m.known.CompareAndSwap(before, next)
	return next
}
