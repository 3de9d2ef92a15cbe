package pebble_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/store"
	"github.com/aparte-dev/aparte/store/pebble"
)

// TestPowerLoss cuts the power: what the file system had not been told to keep is gone, or some of it.
// Every batch whose commit had returned is there after it, whole; lazy ones as soon as anything else is.
func TestPowerLoss(t *testing.T) {
	ctx := context.Background()
	fs := vfs.NewCrashableMem()
	opts := pebble.Options{Parts: 4, FS: fs, MemTableSize: 256 << 10}
	st, err := pebble.Open("data", opts)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	}()
	epoch, err := st.Acquire(ctx, 0, "test", time.Time{}, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	person := aparte.PersonID{1}
	rng := rand.New(rand.NewPCG(1, 1))
	for i := uint64(1); i <= 400; i++ {
		state := []byte(fmt.Sprintf("%4000d", i))
		err := st.Commit(ctx, &store.Batch{
			Part: 0, Epoch: epoch, Lazy: rng.IntN(3) > 0,
			People:  []store.PersonRow{{ID: person, State: state}},
			Entries: []store.Entry{{Person: person, Seq: i, Kind: store.EventEntry, Body: state}},
			Feed:    [][]byte{state},
		})
		if err != nil {
			t.Fatal(err)
		}
		if rng.IntN(20) > 0 {
			continue
		}
		version, err := st.PutDocument(ctx, "model", state)
		if err != nil {
			t.Fatal(err)
		}
		after := fs.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: 50 * rng.IntN(2), RNG: rng})
		checkAfterPowerLoss(t, after, epoch, i, version)
	}
}

// TestALazyBatchBecomesDurableByItself loses power again and again until the batch outlives it.
func TestALazyBatchBecomesDurableByItself(t *testing.T) {
	ctx := context.Background()
	fs := vfs.NewCrashableMem()
	st, err := pebble.Open("data", pebble.Options{Parts: 4, FS: fs})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	}()
	epoch, err := st.Acquire(ctx, 0, "test", time.Time{}, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	person := store.PersonRow{ID: aparte.PersonID{1}, State: []byte("state")}
	if err := st.Commit(ctx, &store.Batch{Part: 0, Epoch: epoch, Lazy: true, People: []store.PersonRow{person}}); err != nil {
		t.Fatal(err)
	}
	outlives := func() bool {
		after, err := pebble.Open("data", pebble.Options{FS: fs.CrashClone(vfs.CrashCloneCfg{})})
		if err != nil {
			t.Fatal(err)
		}
		rows, err := after.States(ctx, 0, []aparte.PersonID{person.ID})
		if err := errors.Join(err, after.Close()); err != nil {
			t.Fatal(err)
		}
		return string(rows[0].State) == "state"
	}
	for tries := 0; !outlives(); tries++ {
		if tries == 1000 {
			t.Fatal("the batch is still lost")
		}
	}
}

func checkAfterPowerLoss(t *testing.T, fs vfs.FS, epoch store.Epoch, last, version uint64) {
	t.Helper()
	ctx := context.Background()
	st, err := pebble.Open("data", pebble.Options{FS: fs})
	if err != nil {
		t.Fatalf("open after batch %d: %v", last, err)
	}
	defer func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	}()
	person := aparte.PersonID{1}
	states, err := st.States(ctx, 0, []aparte.PersonID{person})
	if want := fmt.Sprintf("%4000d", last); err != nil || string(states[0].State) != want {
		t.Errorf("after batch %d: the state is not the last, %v", last, err)
	}
	history, err := st.History(ctx, 0, person, 0, 1000)
	if err != nil || len(history) != int(last) || history[0].Seq != last {
		t.Errorf("after batch %d: %d entries, %v", last, len(history), err)
	}
	feed, err := st.Feed(ctx, 0, last-1, 10)
	if err != nil || len(feed) != 1 || feed[0].Position != last {
		t.Errorf("after batch %d: feed ends with %d rows after %d, %v", last, len(feed), last-1, err)
	}
	if d, err := st.Document(ctx, "model", 0); err != nil || d.Version != version {
		t.Errorf("document: version %d, want %d, %v", d.Version, version, err)
	}
	if next, err := st.Acquire(ctx, 0, "other", time.Time{}, time.Hour); err != nil || next <= epoch {
		t.Errorf("epoch %d after %d, %v", next, epoch, err)
	}
}
