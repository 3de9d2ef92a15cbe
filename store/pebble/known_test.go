package pebble

import (
	"encoding/binary"
	"fmt"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"pgregory.net/rapid"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/store"
)

// Of what was added nothing lacks, whatever room there is; before everything was added nothing is said to lack.
func TestWhatIsKnownIsNeverLacking(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k := &known{blocks: newKnown(int64(rapid.IntRange(0, 4096).Draw(t, "bytes")))}
		keys := rapid.SliceOf(rapid.SliceOfN(rapid.Byte(), 3, 20)).Draw(t, "keys")
		for _, key := range keys {
			if k.lacks(key) {
				t.Fatalf("%x lacks, though not everything is known", key)
			}
			k.add(key)
		}
		k.whole.Store(true)
		for _, key := range keys {
			if k.lacks(key) {
				t.Fatalf("%x was added and lacks", key)
			}
		}
	})
}

// With ten bits a key nearly all of what was not added lacks, with two still some of it.
func TestMostOfWhatWasNotAddedLacks(t *testing.T) {
	const room, asked = 8 << 10, 20_000 // bytes; keys
	for bits, least := range map[int]float64{10: 0.97, 5: 0.8, 2: 0.2} {
		k := &known{blocks: newKnown(room)}
		added := room * 8 / bits
		for i := range added {
			k.add(rowOf(uint64(i)))
		}
		k.whole.Store(true)
		lacking := 0
		for i := range asked {
			if k.lacks(rowOf(uint64(added + i))) {
				lacking++
			}
		}
		if share := float64(lacking) / asked; share < least {
			t.Errorf("%d bits a key: %v of those that were not added lack, at least %v", bits, share, least)
		}
	}
}

func rowOf(n uint64) []byte { return binary.BigEndian.AppendUint64([]byte("k00"), n) }

// A store that was there before is surveyed while it is written to. What was written before, meanwhile and after is found, and what was
// not is known to be missing in the end.
func TestAStoreThatWasThereIsSurveyed(t *testing.T) {
	const parts, people = 3, 200
	fs := vfs.NewMem()
	opened := func() *Store {
		st, err := Open("data", Options{FS: fs, Parts: parts, Reserve: 1})
		if err != nil {
			t.Fatal(err)
		}
		return st
	}
	keyed := func(what string, n int) (k store.Key) {
		copy(k[:], fmt.Sprintf("%8s%08d", what, n))
		return k
	}
	written := 0
	write := func(st *Store) {
		epochs := [parts]store.Epoch{}
		for n := range epochs {
			var err error
			if epochs[n], err = st.Acquire(t.Context(), store.Part(n), "test", time.Now(), time.Hour); err != nil {
				t.Fatal(err)
			}
		}
		for range people {
			written++
			person := aparte.PersonID(keyed("person", written))
			b := store.Batch{
				Part: store.Part(written % parts), Epoch: epochs[written%parts], Lazy: true,
				Entries:     []store.Entry{{Person: person, Seq: 1, Kind: store.EventEntry, Key: keyed("event", written), At: time.Unix(1, 0)}},
				People:      []store.PersonRow{{ID: person, State: []byte("state")}},
				Identifiers: []store.IdentifierRow{{Key: keyed("name", written), Person: person}},
			}
			if err := st.Commit(t.Context(), &b); err != nil {
				t.Fatal(err)
			}
		}
	}
	check := func(st *Store) {
		t.Helper()
		for n := 1; n <= written; n++ {
			part, person := store.Part(n%parts), aparte.PersonID(keyed("person", n))
			if owner, err := st.Owner(t.Context(), part, keyed("name", n)); err != nil || owner != person {
				t.Fatalf("owner of name %d: %v, %v", n, owner, err)
			}
			if seen, err := st.Seen(t.Context(), part, []store.Key{keyed("other", n), keyed("event", n)}); err != nil || seen[0] || !seen[1] {
				t.Fatalf("seen of event %d: %v, %v", n, seen, err)
			}
		}
		if err := st.CheckMemos(); err != nil {
			t.Fatal(err)
		}
	}
	st := opened()
	write(st)
	check(st)
	for range 3 {
		if err := st.Close(); err != nil {
			t.Fatal(err)
		}
		st = opened() // and perhaps closed before all is surveyed
		write(st)
		check(st)
	}
	st.survey.done.Wait()
	check(st)
	for n := range st.parts {
		k := &st.parts[n].known
		if name := keyed("nobody", n); !k.lacks(appendHashKey(nil, tableIdentifier, store.Part(n), &name)) {
			t.Errorf("it is not known of part %d that nobody is called %q", n, name)
		}
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
}
