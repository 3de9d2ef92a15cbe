package engine

import (
	"context"
	"sync"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/store"
)

// CallRoll asks everybody for their audiences where that is due, and nothing else that a step does.
func (e *Engine) CallRoll(ctx context.Context) error { return e.roll.tend(ctx) }

// Drawn is who is in a sample of a share of all people: the number of their last entry, as often as they are in it.
func (e *Engine) Drawn(ctx context.Context, share float64) (map[aparte.PersonID][]uint64, error) {
	var mu sync.Mutex
	seen := map[aparte.PersonID][]uint64{}
	err := e.drawn(ctx, share, 10, func(_ int, p *aparte.Person) {
		mu.Lock()
		defer mu.Unlock()
		seen[p.ID] = append(seen[p.ID], p.Seq)
	})
	return seen, err
}

// Kept is how many people of samples are kept decoded.
func (e *Engine) Kept() (people int) {
	for i := range e.kept.parts {
		if of := e.kept.parts[i].Load(); of != nil {
			people += len(*of)
		}
	}
	return people
}

// PlaceOf is where an id stands among all that can be.
func PlaceOf(id aparte.PersonID) float64 { return placeOf(id) }

// Met is in how many audiences somebody is remembered as an example.
func (e *Engine) Met(id aparte.PersonID) (audiences int) {
	for key := range e.met.of {
		for _, one := range e.met.known(key) {
			if one == id {
				audiences++
			}
		}
	}
	return audiences
}

// MessageKey is the key of an event's entry.
func MessageKey(id aparte.MessageID) store.Key { return messageKey(id) }

// PartOfName is the part in which an identifier is kept.
func (e *Engine) PartOfName(id aparte.Identifier) store.Part {
	return e.partOfKey(identifierKey(e.secret, id))
}

// Queued is how many tasks wait for the owner of a part.
func (e *Engine) Queued(part store.Part) int {
	_, n := e.owners[part].Load().queue.peek()
	return n
}
