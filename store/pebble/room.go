package pebble

import (
	"context"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/aparte-dev/aparte/store"
)

// room looks at how much of the disk is free. The database ends the process when its log cannot be
// written, and rightly so; room sees to it that writing stops before.
type room struct {
	fs      vfs.FS
	dir     string
	reserve uint64
}

// left is store.ErrFull where less than the reserve is free. A file system that cannot tell has room.
func (r *room) left() error {
	usage, err := r.fs.GetDiskUsage(r.dir)
	if err == nil && usage.AvailBytes < r.reserve {
		return store.ErrFull
	}
	return nil
}

// Writable is store.ErrFull where batches are refused for want of room.
func (s *Store) Writable(ctx context.Context) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.life.RUnlock()
	return s.room.left()
}
