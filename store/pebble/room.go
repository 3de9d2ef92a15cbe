package pebble

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/aparte-dev/aparte/store"
)

// room looks at how much of the disk is free. The database ends the process when its log cannot be
// written, and rightly so; room sees to it that writing stops before.
type room struct {
	fs      vfs.FS
	dir     string
	reserve uint64
	since   time.Time
	ample   atomic.Int64 // for how long after since it need not look again
}

// ampleFor is how long room that is ample stays so: no disk takes another reserve in that time.
const ampleFor = 50 * time.Millisecond

// left is store.ErrFull where less than the reserve is free. A file system that cannot tell has room.
func (r *room) left() error {
	now := time.Since(r.since)
	if int64(now) < r.ample.Load() {
		return nil
	}
	usage, err := r.fs.GetDiskUsage(r.dir)
	if err == nil && usage.AvailBytes < r.reserve {
		return store.ErrFull
	}
	if err == nil && usage.AvailBytes/2 >= max(r.reserve, DefaultReserve) {
		r.ample.Store(int64(now + ampleFor))
	}
	return nil
}

// Disk is how full the store's disk is, in bytes.
type Disk struct {
	Total, Free uint64 // of the file system
	Reserve     uint64 // what must stay free for batches to be written
	Used        uint64 // by the store
}

// Disk looks at the store's disk. A file system that cannot tell is all zeros but for what the store uses.
func (s *Store) Disk(ctx context.Context) (d Disk, err error) {
	if err := s.enter(ctx); err != nil {
		return d, err
	}
	defer s.life.RUnlock()
	d.Reserve, d.Used = s.room.reserve, s.db.Metrics().DiskSpaceUsage()
	if usage, err := s.room.fs.GetDiskUsage(s.room.dir); err == nil {
		d.Total, d.Free = usage.TotalBytes, usage.AvailBytes
	}
	return d, nil
}

// Writable is store.ErrFull where batches are refused for want of room.
func (s *Store) Writable(ctx context.Context) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.life.RUnlock()
	return s.room.left()
}
