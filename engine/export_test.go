package engine

import (
	"context"
	"sync"

	"github.com/aparte-dev/aparte"
)

// CallRoll asks everybody for their audiences where that is due, and nothing else that a step does.
func (e *Engine) CallRoll(ctx context.Context) error { return e.roll.tend(ctx) }

// Drawn is who is in a sample of a share of all people, as often as they are.
func (e *Engine) Drawn(ctx context.Context, share float64) (map[aparte.PersonID]int, error) {
	var mu sync.Mutex
	times := map[aparte.PersonID]int{}
	err := e.drawn(ctx, share, 10, func(_ int, p *aparte.Person) {
		mu.Lock()
		defer mu.Unlock()
		times[p.ID]++
	})
	return times, err
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
