package pebble

import (
	"time"

	lsm "github.com/cockroachdb/pebble/v2"

	"github.com/aparte-dev/aparte/store"
)

// syncer makes lazy batches durable in time, where no other batch does so before. The log is one for all parts:
// whatever is synced takes what was written before it along.
type syncer struct {
	db   *lsm.DB
	wake chan struct{} // holds a token while something waits
	stop chan struct{}
	done chan struct{}
}

// newSyncer starts a syncer, which runs until close.
func newSyncer(db *lsm.DB) *syncer {
	s := &syncer{db: db, wake: make(chan struct{}, 1), stop: make(chan struct{}), done: make(chan struct{})}
	go s.run()
	return s
}

// soon asks for a sync.
func (s *syncer) soon() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// run syncs at most once in half of the time there is, so that many batches share a sync. A failure of the log ends
// the process: see logger.Fatalf.
func (s *syncer) run() {
	defer close(s.done)
	pause := time.NewTimer(0)
	defer pause.Stop()
	for {
		select {
		case <-s.wake:
		case <-s.stop:
			return
		}
		pause.Reset(store.LazyWithin / 2)
		select {
		case <-pause.C:
		case <-s.stop:
			return
		}
		_ = s.db.LogData(nil, lsm.Sync)
	}
}

// close ends the syncer. What still waits is made durable by closing the database.
func (s *syncer) close() {
	close(s.stop)
	<-s.done
}
