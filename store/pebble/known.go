package pebble

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cespare/xxhash/v2"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/store"
)

// known tells of most rows that are not there that they are not, without a look at the database: those of event keys, identifiers and
// people. Who is new, and what is sent for the first time, is asked for as often as anything else. It is a Bloom filter whose bits for
// one key are all in one block, so that asking reads one line of memory (Putze, Sanders, Singler: Cache-, Hash- and Space-Efficient
// Bloom Filters, 2007). Keys are never taken out; with more than was made room for it says less and less. The zero value says nothing.
//
// A key is added before the batch that writes it: what is not in it is in no batch that anybody has heard of.
type known struct {
	blocks []block
	whole  atomic.Bool // every key of the part is in it
}

// block is a line of memory.
type block [blockWords]uint64

const (
	blockWords = 8
	keyBits    = 5  // set for a key
	placeBits  = 9  // to name one of a block's bits: 2⁹ = 64 blockWords
	indexBits  = 19 // what the places leave of a hash
)

// newKnown has room for so many bytes.
func newKnown(bytes int64) []block { return make([]block, max(bytes/(8*blockWords), 1)) }

func (k *known) block(hash uint64) *block {
	return &k.blocks[hash>>(64-indexBits)*uint64(len(k.blocks))>>indexBits]
}

// place is the i-th bit that a hash sets.
func place(hash uint64, i int) (word int, bit uint64) {
	at := hash >> (i * placeBits)
	return int(at>>6) % blockWords, 1 << (at & 63)
}

// add takes in the key of a row.
func (k *known) add(key []byte) {
	if len(k.blocks) == 0 {
		return
	}
	hash := xxhash.Sum64(key)
	b := k.block(hash)
	for i := range keyBits {
		word, bit := place(hash, i)
		atomic.OrUint64(&b[word], bit)
	}
}

// lacks reports whether there is surely no row with a key.
func (k *known) lacks(key []byte) bool {
	if !k.whole.Load() {
		return false
	}
	hash := xxhash.Sum64(key)
	b := k.block(hash)
	for i := range keyBits {
		if word, bit := place(hash, i); atomic.LoadUint64(&b[word])&bit == 0 {
			return true
		}
	}
	return false
}

// perhaps are the places of those event keys of a part that may be there.
func (k *known) perhaps(n store.Part, keys []store.Key) (at []int) {
	var key [eventKeyLen]byte
	for i := range keys {
		if !k.lacks(appendHashKey(key[:0], tableEventKey, n, &keys[i])) {
			at = append(at, i)
		}
	}
	return at
}

// lacksPerson reports whether somebody surely has no row.
func (t *turn) lacksPerson(person *aparte.PersonID) bool {
	t.key = appendPersonKey(t.key[:0], tablePerson, t.in.Part, person)
	return t.part.known.lacks(t.key)
}

// announce adds the keys that the batch is about to write.
func (t *turn) announce() {
	k := &t.part.known
	for i := range t.in.Entries {
		t.key = appendHashKey(t.key[:0], tableEventKey, t.in.Part, &t.in.Entries[i].Key)
		k.add(t.key)
	}
	for i := range t.in.Identifiers {
		t.key = appendHashKey(t.key[:0], tableIdentifier, t.in.Part, &t.in.Identifiers[i].Key)
		k.add(t.key)
	}
	for person := range t.tails { // of all whose rows are written
		t.key = appendPersonKey(t.key[:0], tablePerson, t.in.Part, &person)
		k.add(t.key)
	}
}

// survey takes the keys of a store that was there before into what is known of its parts, one after the other.
type survey struct {
	stop context.CancelFunc
	done sync.WaitGroup
}

// surveyed are the tables whose keys are known.
var surveyed = [...]byte{tableEventKey, tableIdentifier, tablePerson}

func (s *Store) beginSurvey() *survey {
	ctx, cancel := context.WithCancel(context.Background())
	v := &survey{stop: cancel}
	v.done.Go(func() {
		for n := range s.parts {
			if err := s.surveyPart(ctx, store.Part(n)); err != nil {
				if ctx.Err() == nil {
					s.log.Errorf("survey of part %d: %v", n, err)
				}
				return
			}
		}
	})
	return v
}

// surveyPart rests after each table for as long as it took.
func (s *Store) surveyPart(ctx context.Context, n store.Part) error {
	k := &s.parts[n].known
	for _, table := range surveyed {
		began := time.Now()
		if err := s.surveyTable(ctx, k, appendPartKey(nil, table, n)); err != nil {
			return fmt.Errorf("table %q: %w", table, err)
		}
		rest := time.NewTimer(time.Since(began))
		select {
		case <-rest.C:
		case <-ctx.Done():
			rest.Stop()
			return ctx.Err()
		}
	}
	k.whole.Store(true)
	return nil
}

func (s *Store) surveyTable(ctx context.Context, k *known, low []byte) (err error) {
	it, err := s.scan(ctx, low, upper(low))
	if err != nil {
		return err
	}
	defer it.end(&err)
	for ok := it.First(); ok; ok = it.Next() {
		if err := ctx.Err(); err != nil {
			return err
		}
		k.add(it.Key())
	}
	return it.Error()
}

// close ends the survey where it is.
func (v *survey) close() {
	v.stop()
	v.done.Wait()
}
