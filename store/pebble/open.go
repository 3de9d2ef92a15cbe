package pebble

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	lsm "github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/store"
)

// Store is the embedded store. It is safe for concurrent use.
type Store struct {
	db     *lsm.DB
	room   room
	lock   *lsm.Lock
	syncer *syncer
	secret []byte
	parts  []part

	documents   chan struct{}     // full while a version is appended or versions are dropped
	dropped     map[string]uint64 // below which version none of a document is left, as far as is known; of whom has filled documents
	checkpoints chan struct{}     // full while a checkpoint is used
	scratch     sync.Pool         // of *scratch

	life   sync.RWMutex // read-locked by every call, locked by Close
	closed bool
}

var _ store.Store = (*Store)(nil)

// ErrInUse: another process may have the store open.
var ErrInUse = errors.New("is it open in another process?")

// errClosed: the store was closed before the call.
var errClosed = errors.New("store is closed")

// part is what is kept in memory of one part.
type part struct {
	mu     sync.Mutex // one commit, or one change of the lease, at a time; guards what follows
	lease  lease
	tails  memo[aparte.PersonID, uint64] // number of the last entry, 0 where there is none
	alarms memo[timerID, alarm]          // not set where there is no such timer
	fed    uint64                        // position of the feed's last row
	fedSet bool                          // fed has been read

	dues, letters floor // with locks of their own
	absent        absent
	recent        recent
}

// Open opens the store in a directory, and creates both where they are not there. One process at a
// time can have a store open.
func Open(dir string, opts Options) (*Store, error) {
	s, err := open(dir, opts)
	if err != nil {
		return nil, fmt.Errorf("open store in %q: %w", dir, err)
	}
	return s, nil
}

func open(dir string, opts Options) (_ *Store, err error) {
	if opts.Parts < 0 || opts.Parts > maxParts {
		return nil, fmt.Errorf("%d parts: must be 1 to %d", opts.Parts, maxParts)
	}
	if opts.CacheSize <= 0 {
		opts.CacheSize = DefaultCacheSize
	}
	if opts.MemTableSize <= 0 {
		opts.MemTableSize = DefaultMemTableSize
	}
	if opts.FS == nil {
		opts.FS = vfs.Default
	}
	if opts.Rand == nil {
		opts.Rand = rand.Reader
	}
	if opts.Reserve == 0 {
		opts.Reserve = DefaultReserve
	}
	s := &Store{documents: make(chan struct{}, 1), dropped: map[string]uint64{}, checkpoints: make(chan struct{}, 1), room: room{fs: opts.FS, dir: dir, reserve: opts.Reserve, since: time.Now()}, scratch: sync.Pool{New: func() any { return newScratch() }}}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.release())
		}
	}()
	if err := s.lockDirectory(dir, opts.FS); err != nil {
		return nil, err
	}
	if _, err := opts.FS.Stat(opts.FS.PathJoin(dir, store.Restoring)); err == nil {
		return nil, errors.New("a restore into it was broken off: empty it, and restore again")
	}
	if err := s.dropCheckpoint(); err != nil {
		return nil, err
	}
	database := opts.database()
	database.Lock = s.lock
	if s.db, err = lsm.Open(dir, database); err != nil {
		return nil, err
	}
	s.syncer = newSyncer(s.db)
	if err := s.readMeta(&opts); err != nil {
		return nil, err
	}
	return s, s.readLeases()
}

func (s *Store) lockDirectory(dir string, fs vfs.FS) (err error) {
	if err := fs.MkdirAll(dir, os.FileMode(0o700)); err != nil {
		return fmt.Errorf("make directory: %w", err)
	}
	if s.lock, err = lsm.LockDirectory(dir, fs); err != nil {
		return fmt.Errorf("lock directory, %w %w", ErrInUse, err)
	}
	return nil
}

// Parts is the number of parts.
func (s *Store) Parts() int { return len(s.parts) }

// Secret is the store's 32 random bytes, the caller's own copy.
func (s *Store) Secret() []byte { return clone(s.secret) }

// Close waits for calls under way and closes the store. Later calls fail, a second Close does nothing.
func (s *Store) Close() error {
	s.life.Lock()
	defer s.life.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	if err := s.release(); err != nil {
		return fmt.Errorf("close store: %w", err)
	}
	return nil
}

// release gives up the database, then its directory.
func (s *Store) release() error {
	var errs []error
	if s.syncer != nil {
		s.syncer.close()
	}
	if s.db != nil {
		errs = append(errs, s.db.Close())
	}
	if s.lock != nil {
		errs = append(errs, s.lock.Close())
	}
	return errors.Join(errs...)
}

// enter begins a call; every call that gets nil ends with s.life.RUnlock.
func (s *Store) enter(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.life.RLock()
	if s.closed {
		s.life.RUnlock()
		return errClosed
	}
	return nil
}

// enterPart begins a call about one part.
func (s *Store) enterPart(ctx context.Context, n store.Part) (*part, error) {
	if int(n) >= len(s.parts) {
		return nil, fmt.Errorf("there are %d parts", len(s.parts))
	}
	return &s.parts[n], s.enter(ctx)
}
