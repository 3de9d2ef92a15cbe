package pebble_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"go.uber.org/goleak"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/store"
	"github.com/aparte-dev/aparte/store/pebble"
	"github.com/aparte-dev/aparte/store/storetest"
)

// harness opens stores so small in memory that the suite makes them flush and compact.
var harness = storetest.Harness{
	New: func(t testing.TB) string { return t.TempDir() },
	Open: func(place string) (store.Store, error) {
		st, err := pebble.Open(place, pebble.Options{Parts: 8, MemTableSize: 256 << 10, CacheSize: 1 << 20})
		if err != nil {
			return nil, err
		}
		return checked{st}, nil
	},
}

// checked looks, before it closes, whether the store remembers right.
type checked struct{ *pebble.Store }

func (c checked) Close() error { return errors.Join(c.CheckMemos(), c.Store.Close()) }

func TestMain(m *testing.M) {
	storetest.Child(harness)
	goleak.VerifyTestMain(m)
}

func TestStore(t *testing.T) { storetest.Run(t, harness) }

func ExampleOpen() {
	ctx := context.Background()
	st, err := pebble.Open("data", pebble.Options{FS: vfs.NewMem()}) // without FS: on disk
	if err != nil {
		fmt.Println(err)
		return
	}
	defer st.Close()

	person := aparte.PersonID{7: 3}
	part := store.PartOf(person[:8], st.Parts())
	first, _ := st.Acquire(ctx, part, "node-1", time.Now(), 15*time.Second)
	err = st.Commit(ctx, &store.Batch{
		Part:    part,
		Epoch:   first,
		People:  []store.PersonRow{{ID: person, State: []byte("looked at shoes")}},
		Entries: []store.Entry{{Person: person, Seq: 1, Kind: store.EventEntry, Body: []byte("Product Viewed")}},
	})
	history, _ := st.History(ctx, part, person, 0, 10)
	fmt.Println(err, len(history))

	second, _ := st.Acquire(ctx, part, "node-1", time.Now(), 15*time.Second)
	err = st.Commit(ctx, &store.Batch{Part: part, Epoch: first})
	fmt.Println(second > first, errors.Is(err, store.ErrFenced))
	// Output:
	// <nil> 1
	// true true
}
