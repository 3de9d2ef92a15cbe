package pebble

import (
	"context"
	"encoding/binary"
	"fmt"
	"sync"

	"github.com/aparte-dev/aparte/store"
)

// recent knows the event keys of a part that may still be in memtables, so that looking for a key asks the files
// alone: they have filters, memtables are searched. The zero value knows nothing, and says so.
//
// Keys are kept in two generations. The batch that ends one brings a row with its number, the mark. Memtables become
// files in the order of the batches they hold: once a file has the mark, files have all keys of the generation, and
// every row written before.
type recent struct {
	mu           sync.Mutex
	older, newer generation
	ended        mark // of the last generation that has ended
	wait         int  // how many keys the newer one has when the older one's mark is looked for next
	tells        bool // what is in neither generation is in files or nowhere, and what was deleted is in no file
}

// generation is keys that were committed one after the other.
type generation map[store.Key]struct{}

// mark numbers the generations of a part. The epoch tells those of one opening of the store from those of another.
// The zero mark is none.
type mark struct {
	epoch  store.Epoch
	number uint64
}

const (
	generationSize = 64      // a part has few keys in a memtable
	maxGeneration  = 8 << 10 // keys after which all of the part is asked instead
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

// waiting is the mark that is to be looked for in files, once in generationSize keys. Where it is found, settled is
// told.
func (r *recent) waiting() (m mark, wanted bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.older == nil || len(r.newer) < r.wait {
		return mark{}, false
	}
	r.wait = len(r.newer) + generationSize
	return r.ended, true
}

// settled forgets the older generation, whose mark was found in a file, unless it is forgotten already.
func (r *recent) settled(m mark) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.older != nil && r.ended == m {
		r.older, r.tells = nil, true
	}
}

// next is the mark that the next batch must bring, none where it need not.
func (r *recent) next(epoch store.Epoch) mark {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.older != nil || len(r.newer) < generationSize {
		return mark{}
	}
	return mark{epoch, r.ended.number + 1}
}

// committed takes in the keys of a batch that was written, and the mark it brought. Where keys of the part were
// deleted by it, all starts anew: files show them until their deletion is in files, too.
func (r *recent) committed(entries []store.Entry, deleted bool, brought mark) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if deleted || len(r.newer)+len(entries) > maxGeneration {
		r.startAnew()
	}
	if len(entries) > maxGeneration {
		return
	}
	if r.newer == nil {
		r.newer = generation{}
	}
	for i := range entries {
		if k := entries[i].Key; k != (store.Key{}) {
			r.newer.add(k)
		}
	}
	if brought.number == r.ended.number+1 {
		r.older, r.newer, r.ended, r.wait = r.newer, generation{}, brought, 0
	}
}

// failed says that nobody knows what became of a batch.
func (r *recent) failed() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.startAnew()
}

// startAnew has all of the part asked until what was written up to now is in files.
func (r *recent) startAnew() {
	r.older, r.newer, r.tells = nil, generation{}, false
	r.ended.number++ // no mark that was written is waited for any more
}

func (g generation) has(k store.Key) bool {
	_, there := g[k]
	return there
}

func (g generation) add(k store.Key) { g[k] = struct{}{} }

const markLen = 2 * numberLen

// markGeneration writes the mark that ends a generation, where one is to end.
func (t *turn) markGeneration() {
	if t.mark = t.part.recent.next(t.in.Epoch); t.mark == (mark{}) {
		return
	}
	t.key = appendPartKey(t.key[:0], tableMark, t.in.Part)
	v := t.reserve(t.key, markLen)
	binary.BigEndian.PutUint64(v, uint64(t.mark.epoch))
	binary.BigEndian.PutUint64(v[numberLen:], t.mark.number)
}

func readMark(v []byte) (mark, error) {
	if len(v) != markLen {
		return mark{}, fmt.Errorf("damaged mark: value of %d bytes", len(v))
	}
	return mark{store.Epoch(binary.BigEndian.Uint64(v)), binary.BigEndian.Uint64(v[numberLen:])}, nil
}

// settle forgets recent event keys that have reached files.
func (s *Store) settle(ctx context.Context, n store.Part, p *part) (err error) {
	waiting, wanted := p.recent.waiting()
	if !wanted {
		return nil
	}
	key := appendPartKey(nil, tableMark, n)
	it, err := s.files(ctx, key, upper(key))
	if err != nil {
		return err
	}
	defer it.end(&err)
	v, found, err := it.find(key)
	if err != nil || !found {
		return err
	}
	m, err := readMark(v)
	if m == waiting {
		p.recent.settled(m)
	}
	return err
}
