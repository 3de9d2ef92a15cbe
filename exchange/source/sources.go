package source

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aparte-dev/aparte/exchange/load"
	"github.com/aparte-dev/aparte/store"
)

// Config is what Sources need. Without Documents nothing is kept.
type Config struct {
	Documents store.Documents
	Addresses Addresses
	Temp      string           // a directory of their own for the rows of a chunk, made and emptied by Open; empty: where temporary files go
	Chunk     int              // rows that are brought in before the place is written down; 0: 100,000
	Within    time.Duration    // how long the query of a chunk may take; 0: 15 minutes
	Stepped   bool             // nothing runs but in Step
	Now       func() time.Time // nil: time.Now
	Logger    *slog.Logger     // nil: nothing is logged
}

// Doors are the server's own doors, by which the rows of a source come in.
type Doors func(id string) *load.Client

// Aside keeps rows of a source that cannot be taken, for people to see.
type Aside func(ctx context.Context, id string, rows []Row) error

// Sources are the queries that are asked on a schedule. They are safe for concurrent use.
type Sources struct {
	Config
	doors Doors // nil: not started
	aside Aside

	woken chan struct{}
	done  sync.WaitGroup
	stop  context.CancelFunc

	mu    sync.Mutex // of all below, and of documents
	lines map[string]*line
	turn  uint64
}

// line is one source at work.
type line struct {
	kept
	asked  bool               // somebody wants it to be run now
	served uint64             // when it had its last turn, among all
	halt   context.CancelFunc // of the chunk under way; nil: none is
}

// kept is a source as it is kept.
type kept struct {
	Source
	Since     time.Time `json:"since"`          // when it was declared as it is
	Place     string    `json:"place,omitzero"` // of the cursor, up to which rows are in
	Last      Run       `json:"last"`           // that came to its end
	Total     Counts    `json:"total"`          // of all chunks that are in
	Under     Run       `json:"under,omitzero"` // what is in of the run under way
	Refused   string    `json:"refused,omitzero"`
	RefusedAt time.Time `json:"refusedAt,omitzero"`
	Failures  int       `json:"failures,omitzero"` // one after another

	under *Run // the run under way, which is Under; nil: there is none
	past  bool // all rows of the place's value are in: known only within a run that was not broken off
}

// Counts are what became of rows. Rows = Taken + Repeated + Aside.
type Counts struct {
	Rows     int `json:"rows"`
	Taken    int `json:"taken"`
	Repeated int `json:"repeated"` // they were there before
	Aside    int `json:"aside"`
}

func (c *Counts) add(o Counts) {
	c.Rows, c.Taken, c.Repeated, c.Aside = c.Rows+o.Rows, c.Taken+o.Taken, c.Repeated+o.Repeated, c.Aside+o.Aside
}

// Run is one reading of a source, from where the one before ended.
type Run struct {
	Began time.Time `json:"began,omitzero"`
	Ended time.Time `json:"ended,omitzero"`
	Counts
	Unkept  int           `json:"unkept,omitzero"`   // rows whose cursor is empty: they are not read
	Reasons []load.Reason `json:"reasons,omitempty"` // why rows were set aside, up to 20
}

const mostReasons = 20

// document is the name under which sources are kept.
const document = "sources"

// rowsBegin begins the names of files of rows.
const rowsBegin = "rows-"

// Open restores the sources. Nothing runs before Start.
func Open(ctx context.Context, c Config) (*Sources, error) {
	s := &Sources{Config: c, lines: map[string]*line{}, woken: make(chan struct{}, 1)}
	if s.Chunk == 0 {
		s.Chunk = 100_000
	}
	if s.Within == 0 {
		s.Within = 15 * time.Minute
	}
	if s.Now == nil {
		s.Now = time.Now
	}
	if s.Logger == nil {
		s.Logger = slog.New(slog.DiscardHandler)
	}
	if err := s.tidy(); err != nil {
		return nil, fmt.Errorf("sources: %w", err)
	}
	if s.Documents == nil {
		return s, nil
	}
	doc, err := s.Documents.Document(ctx, document, 0)
	if errors.Is(err, store.ErrNotFound) {
		return s, nil
	} else if err != nil {
		return nil, fmt.Errorf("sources: %w", err)
	}
	var all []kept
	if err := json.Unmarshal(doc.Body, &all); err != nil {
		return nil, fmt.Errorf("document %q, version %d: damaged", document, doc.Version)
	}
	for _, k := range all {
		l := &line{kept: k}
		if !k.Under.Began.IsZero() {
			l.under = &l.Under
		}
		s.lines[k.ID] = l
	}
	return s, nil
}

// tidy removes what a process that was killed left behind.
func (s *Sources) tidy() error {
	if s.Temp == "" {
		return nil
	}
	if err := os.MkdirAll(s.Temp, 0o700); err != nil {
		return err
	}
	left, err := filepath.Glob(filepath.Join(s.Temp, rowsBegin+"*"))
	for _, path := range left {
		err = errors.Join(err, os.Remove(path))
	}
	return err
}

// Start begins to run what is due, by the server's doors.
func (s *Sources) Start(ctx context.Context, doors Doors, keep Aside) {
	s.mu.Lock()
	s.doors, s.aside = doors, keep
	s.mu.Unlock()
	ctx, s.stop = context.WithCancel(context.WithoutCancel(ctx))
	if !s.Stepped {
		s.done.Go(func() { s.tend(ctx) })
	}
}

// Close breaks off what is under way. What was not written down comes again with the next life.
func (s *Sources) Close() {
	if s.stop != nil {
		s.stop()
	}
	s.done.Wait()
}

// longest is how long until the clock is looked at again, which may have been set.
const longest = time.Minute

// tend runs what is due, chunk by chunk, until ctx ends.
func (s *Sources) tend(ctx context.Context) {
	for {
		l, wait := s.pick()
		if l != nil {
			s.chunk(ctx, l)
			if ctx.Err() != nil {
				return
			}
			continue
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-s.woken:
		case <-ctx.Done():
			timer.Stop()
			return
		}
		timer.Stop()
	}
}

// Step runs what is due, where nothing else does, until nothing is.
func (s *Sources) Step(ctx context.Context) {
	for l, _ := s.pick(); l != nil && ctx.Err() == nil; l, _ = s.pick() {
		s.chunk(ctx, l)
	}
}

func (s *Sources) wake() {
	select {
	case s.woken <- struct{}{}:
	default:
	}
}

// pick is the source whose turn it is: of those that are due the one that waits longest since its last. Nil: none is, for so long.
func (s *Sources) pick() (whose *line, wait time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.Now()
	wait = longest
	for _, id := range slices.Sorted(maps.Keys(s.lines)) {
		l := s.lines[id]
		if !l.asked {
			if !l.Enabled {
				continue
			}
			if due := l.due(); due.After(now) {
				wait = min(wait, due.Sub(now))
				continue
			}
		}
		if whose == nil || l.served < whose.served {
			whose = l
		}
	}
	return whose, max(wait, time.Millisecond)
}

// chunk brings the next rows of a source in, and writes down how far it is.
func (s *Sources) chunk(ctx context.Context, l *line) {
	s.mu.Lock()
	if s.lines[l.ID] != l { // it was withdrawn or replaced meanwhile
		s.mu.Unlock()
		return
	}
	s.turn++
	l.served = s.turn
	if l.under == nil {
		l.Under = Run{Began: s.Now().UTC()}
		l.under, l.past = &l.Under, false
	}
	k := l.kept
	ctx, l.halt = context.WithCancel(ctx)
	defer l.halt()
	s.mu.Unlock()

	b, err := s.bring(ctx, &k, k.Under.Rows)
	s.mu.Lock()
	defer s.mu.Unlock()
	l.halt = nil
	if s.lines[l.ID] != l || ctx.Err() != nil { // broken off: what came in comes again, and is repeated
		return
	}
	l.note(&b, err, s.Now().UTC())
	if err == nil || l.Failures > 0 {
		if err := s.save(context.WithoutCancel(ctx)); err != nil {
			s.Logger.Error("sources", "error", err)
			l.fail(errors.New("how far it is could not be written down"), s.Now().UTC())
		}
	}
	if err != nil {
		s.Logger.Warn("a source was not read", "source", l.ID, "error", err)
	}
}

// note adds what became of a chunk.
func (l *line) note(b *brought, err error, now time.Time) {
	if err != nil {
		l.fail(err, now)
		return
	}
	u := l.under
	u.add(b.Counts)
	u.Unkept = max(u.Unkept, b.unkept)
	u.Reasons = addReasons(u.Reasons, b.reasons)
	l.Total.add(b.Counts)
	l.Place, l.past, l.Failures = b.place, b.more, 0
	if !b.more {
		u.Ended = now
		l.Last, l.Under, l.under, l.asked = *u, Run{}, nil, false
	}
}

func (l *line) fail(err error, now time.Time) {
	l.Refused, l.RefusedAt, l.asked = clip(err.Error()), now, false
	l.Failures++
	if l.Under.Rows == 0 { // nothing is in of it
		l.Under, l.under = Run{}, nil
	}
}

const maxRefused = 500

func clip(text string) string { return strings.ToValidUTF8(text[:min(len(text), maxRefused)], "") }

// addReasons adds up rows by why they were set aside.
func addReasons(all, more []load.Reason) []load.Reason {
	for _, one := range more {
		i := slices.IndexFunc(all, func(r load.Reason) bool { return r.Field == one.Field && r.Reason == one.Reason })
		switch {
		case i >= 0:
			all[i].Rows += one.Rows
		case len(all) < mostReasons:
			all = append(all, one)
		default:
			last := &all[mostReasons-1]
			last.Field, last.Reason, last.Rows = "", "other reasons", last.Rows+one.Rows
		}
	}
	return all
}

// save writes the sources down. mu is held.
func (s *Sources) save(ctx context.Context) error {
	if s.Documents == nil {
		return nil
	}
	all := make([]kept, 0, len(s.lines))
	for _, id := range slices.Sorted(maps.Keys(s.lines)) {
		all = append(all, s.lines[id].kept)
	}
	body, err := json.Marshal(all)
	if err != nil {
		return fmt.Errorf("encode sources: %w", err)
	}
	if _, err := store.Replace(ctx, s.Documents, document, body); err != nil {
		return fmt.Errorf("store sources: %w", err)
	}
	return nil
}
