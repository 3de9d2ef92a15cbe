package pebble

import (
	"sync"

	"github.com/aparte-dev/aparte/store"
)

// absent remembers the event keys that were looked for in a part and not found since its last commit. An owner
// looks before it commits, so that the commit, which only then could have added them, need not look again.
type absent struct {
	mu      sync.Mutex
	commits uint64
	keys    map[store.Key]struct{}
}

// maxAbsent bounds how many keys are remembered.
const maxAbsent = 4096

// now is what looked wants to know of the time at which the looking began.
func (a *absent) now() uint64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.commits
}

// looked notes the keys that were not found by who began to look at a time, unless a commit came between.
func (a *absent) looked(since uint64, keys []store.Key, seen []bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.commits != since {
		return
	}
	if a.keys == nil {
		a.keys = map[store.Key]struct{}{}
	}
	for i, k := range keys {
		if !seen[i] && len(a.keys) < maxAbsent {
			a.keys[k] = struct{}{}
		}
	}
}

// has reports whether a key is known not to be there. Only a commit may ask: nothing can be added meanwhile.
func (a *absent) has(k store.Key) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	_, known := a.keys[k]
	return known
}

// committed forgets all.
func (a *absent) committed() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.commits++
	clear(a.keys)
}
