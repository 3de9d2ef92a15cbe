package pebble_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/store"
	"github.com/aparte-dev/aparte/store/pebble"
)

func TestACheckpointHasAllThatWasCommittedAndGoes(t *testing.T) {
	dir, ctx := t.TempDir(), t.Context()
	st, err := pebble.Open(dir, pebble.Options{Parts: 2})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	epoch, err := st.Acquire(ctx, 1, "test", time.Time{}, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	put := func(n byte, lazy bool) {
		t.Helper()
		if err := st.Commit(ctx, &store.Batch{Part: 1, Epoch: epoch, Lazy: lazy, People: []store.PersonRow{{ID: aparte.PersonID{n}, State: []byte{n}}}}); err != nil {
			t.Fatal(err)
		}
	}
	put(1, false)
	put(2, true)
	at := ""
	if err := st.Checkpoint(ctx, func(dir string) error {
		at = dir
		put(3, false) // the store goes on meanwhile
		copied := filepath.Join(t.TempDir(), "copied")
		if err := os.CopyFS(copied, os.DirFS(dir)); err != nil {
			return err
		}
		other, err := pebble.Open(copied, pebble.Options{})
		if err != nil {
			return err
		}
		defer other.Close()
		people, err := other.People(ctx, 1, aparte.PersonID{}, 10)
		if err != nil {
			return err
		}
		if len(people) != 2 || people[0].ID[0] != 1 || people[1].ID[0] != 2 {
			t.Errorf("it has %v, want the two who were committed before", people)
		}
		if string(other.Secret()) != string(st.Secret()) || other.Parts() != 2 {
			t.Error("it is another store")
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(at); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("it is still there: %v", err)
	}
	failed := errors.New("failed")
	if err := st.Checkpoint(ctx, func(string) error { return failed }); !errors.Is(err, failed) {
		t.Errorf("who uses it fails: %v", err)
	}
}

func TestWhatAKilledProcessLeftOfACheckpointGoesAtTheNextStart(t *testing.T) {
	dir := t.TempDir()
	left := filepath.Join(dir, "checkpoint")
	if err := errors.Join(os.Mkdir(left, 0o700), os.WriteFile(filepath.Join(left, "000001.sst"), []byte("rows"), 0o600)); err != nil {
		t.Fatal(err)
	}
	st, err := pebble.Open(dir, pebble.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	if _, err := os.Stat(left); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("it is still there: %v", err)
	}
}

func TestADirectoryIntoWhichARestoreWasBrokenOffIsNoStore(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, store.Restoring), 0o700); err != nil {
		t.Fatal(err)
	}
	if st, err := pebble.Open(dir, pebble.Options{}); err == nil {
		st.Close()
		t.Error("it opens")
	}
	if files, err := os.ReadDir(dir); err != nil || len(files) > 2 { // a lock may be there
		t.Errorf("%v, %v: something was made in it", files, err)
	}
}
