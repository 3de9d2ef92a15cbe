package pebble_test

import (
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/store"
	"github.com/aparte-dev/aparte/store/pebble"
)

// smallDisk is a file system with so many bytes free.
type smallDisk struct {
	vfs.FS
	free atomic.Uint64
}

func (d *smallDisk) GetDiskUsage(string) (vfs.DiskUsage, error) {
	return vfs.DiskUsage{AvailBytes: d.free.Load()}, nil
}

// A disk that fills up stops what comes in and not the process; what is there is read, and can be erased.
func TestAFullDiskRefusesBatchesUntilThereIsRoom(t *testing.T) {
	disk := &smallDisk{FS: vfs.NewMem()}
	disk.free.Store(1000)
	s, err := pebble.Open("db", pebble.Options{FS: disk, Parts: 1, Reserve: 1000})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	ctx := t.Context()
	epoch, err := s.Acquire(ctx, 0, "me", time.Now(), time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	ann := aparte.PersonID{1}
	write := func(state string) error {
		return s.Commit(ctx, &store.Batch{Part: 0, Epoch: epoch, People: []store.PersonRow{{ID: ann, State: []byte(state)}}})
	}
	if err := errors.Join(write("before"), s.Writable(ctx)); err != nil {
		t.Fatal(err)
	}
	disk.free.Store(999)
	if err := write("full"); !errors.Is(err, store.ErrFull) || !errors.Is(s.Writable(ctx), store.ErrFull) {
		t.Errorf("with a byte too little: %v, %v", err, s.Writable(ctx))
	}
	if states, err := s.States(ctx, 0, []aparte.PersonID{ann}); err != nil || string(states[0].State) != "before" {
		t.Errorf("read %v, %v", states, err)
	}
	if err := s.Commit(ctx, &store.Batch{Part: 0, Epoch: epoch, Erased: []aparte.PersonID{ann}}); err != nil {
		t.Errorf("erase: %v", err)
	}
	disk.free.Store(1000)
	if err := write("again"); err != nil {
		t.Error(err)
	}
}
