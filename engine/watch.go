package engine

import (
	"context"
	"sync"

	"github.com/aparte-dev/aparte"
)

// watchers are those who follow decisions as they happen. One that does not keep up misses some rather
// than holding anybody up.
type watchers struct {
	mu   sync.Mutex
	open map[*watcher]struct{}
}

type watcher struct{ told chan Told }

const watcherBacklog = 256

// Watch calls f for each decision from now on, one at a time, until ctx ends. It returns nil then.
func (e *Engine) Watch(ctx context.Context, f func(Told)) error {
	w := &watcher{told: make(chan Told, watcherBacklog)}
	e.watchers.mu.Lock()
	if e.watchers.open == nil {
		e.watchers.open = map[*watcher]struct{}{}
	}
	e.watchers.open[w] = struct{}{}
	e.watchers.mu.Unlock()
	defer func() {
		e.watchers.mu.Lock()
		delete(e.watchers.open, w)
		e.watchers.mu.Unlock()
	}()
	for {
		select {
		case t := <-w.told:
			f(t)
		case <-ctx.Done():
			return nil
		}
	}
}

// any reports whether anybody follows.
func (ws *watchers) any() bool {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	return len(ws.open) > 0
}

func (ws *watchers) tell(t Told) {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	for w := range ws.open {
		select {
		case w.told <- t:
		default:
		}
	}
}

// displayName is how the console calls a person: by first name where it is known, else by the end of
// their id. Never by an address.
func displayName(p *aparte.Person) string {
	for _, name := range [...]string{"firstName", "first_name", "firstname"} {
		if t, ok := p.Trait(name); ok && t.Value.Kind == aparte.Text && t.Value.Str != "" {
			return t.Value.Str
		}
	}
	id := p.ID.String()
	return "…" + id[len(id)-6:]
}
