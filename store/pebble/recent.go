package pebble

import (
	"sync"

	"github.com/aparte-dev/aparte/store"
)

// recent knows the event keys of a part that may still be in memtables, so that looking for a key asks the files
// alone: they have filters, memtables are searched. The zero value knows nothing, and says so.
//
// Keys are kept in two generations. Memtables become files in the order of the commits they hold: once the last key
// of the older generation is found in a file, all of its keys, and every row written before them, can be.
type recent struct {
	mu           sync.Mutex
	older, newer generation
	begun        uint64 // counts the older generations
	wait         int    // how many keys the newer one has when the older is looked after next
	tells        bool   // what is in neither generation is in a file or nowhere, and what was deleted is in no file
}

// generation is keys that were committed one after the other.
type generation struct {
	keys map[store.Key]struct{}
	last store.Key // one of the newest commit
}

const (
	generationSize = 64      // a part has few keys in a memtable
	maxGeneration  = 8 << 10 // keys after which the part is asked as a whole instead
)

// look marks, of the keys that are asked for, those that are there for sure. Where it is not known of the others
// whether memtables have them, files is false. Files must be opened after look: what it does not know any more is
// in them by then.
func (r *recent) look(keys []store.Key, seen []bool) (files bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i, k := range keys {
		seen[i] = r.newer.has(k) || r.older.has(k)
	}
	return r.tells
}

// oldest is the key to look for in files that are opened after this call, once in generationSize keys. Where it is
// found, settled is told which.
func (r *recent) oldest() (k store.Key, which uint64, wanted bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.newer.keys) < r.wait {
		return k, 0, false
	}
	if len(r.older.keys) == 0 {
		r.older, r.newer = r.newer, generation{}
		r.begun++
	}
	r.wait = len(r.newer.keys) + generationSize
	return r.older.last, r.begun, len(r.older.keys) > 0
}

// settled forgets an older generation whose last key was found in a file, unless it is forgotten already.
func (r *recent) settled(which uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.begun == which && len(r.older.keys) > 0 {
		r.older, r.tells = generation{}, true
	}
}

// committed takes in the keys of a batch that was written. Where rows were deleted from the part's keys with it, all
// starts anew: files show them until the marks of their deletion are in files, too.
func (r *recent) committed(entries []store.Entry, deleted bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if deleted || len(r.newer.keys)+len(entries) > maxGeneration {
		r.startAnew()
		if !deleted {
			return
		}
	}
	for i := range entries {
		if k := entries[i].Key; k != (store.Key{}) {
			r.newer.add(k)
		}
	}
}

// failed says that nobody knows what became of a batch.
func (r *recent) failed() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.startAnew()
}

// startAnew asks the part as a whole until what was written up to now is in files.
func (r *recent) startAnew() {
	r.older, r.newer, r.tells = generation{}, generation{}, false
	r.begun++
	r.wait = 0
}

func (g *generation) has(k store.Key) bool {
	_, there := g.keys[k]
	return there
}

func (g *generation) add(k store.Key) {
	if g.keys == nil {
		g.keys = make(map[store.Key]struct{}, generationSize)
	}
	g.keys[k], g.last = struct{}{}, k
}
