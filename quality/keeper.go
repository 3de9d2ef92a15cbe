package quality

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/store"
)

// Names of the documents in which all of it is kept.
const (
	bookDocument    = "quality"
	schemasDocument = "schemas"
	asidePrefix     = "aside/"
)

// saveEvery is how often the tracking plan and the counts are written down.
const saveEvery = time.Minute

// Keeper keeps the tracking plan, the schemas, the counts and what is put aside. It is safe for concurrent use.
type Keeper struct {
	docs    store.Documents
	follows bool // another process writes docs
	now     func() time.Time
	log     *slog.Logger
	shelves [reasons]shelf
	lastID  atomic.Uint64

	schemas   atomic.Pointer[schemas]
	declaring sync.Mutex
	declared  uint64 // the version of the document that schemas are of

	mu     sync.Mutex // of book and dirty
	book   *book
	dirty  bool
	saving sync.Mutex

	stop chan struct{}
	done sync.WaitGroup
}

// Open restores what is kept in documents, and begins to write the tracking plan down. Where docs is nil, all is
// kept in memory only, and nothing has to be closed.
func Open(ctx context.Context, docs store.Documents, now func() time.Time, log *slog.Logger) (*Keeper, error) {
	inMemory := docs == nil
	if inMemory {
		docs = &memory{}
	}
	k, err := newKeeper(ctx, docs, now, log)
	if err != nil {
		return nil, err
	}
	if err := k.openBook(ctx); err != nil {
		return nil, err
	}
	for i := range k.shelves {
		s := &k.shelves[i]
		if err := s.open(ctx); err != nil {
			return nil, err
		}
		if n := len(s.entries); n > 0 {
			k.lastID.Store(max(k.lastID.Load(), uint64(s.entries[n-1].ID)))
		}
	}
	if !inMemory {
		k.done.Go(k.save)
	}
	return k, nil
}

func newKeeper(ctx context.Context, docs store.Documents, now func() time.Time, log *slog.Logger) (*Keeper, error) {
	k := &Keeper{docs: docs, now: now, log: log, book: newBook(), stop: make(chan struct{})}
	if k.now == nil {
		k.now = time.Now
	}
	if k.log == nil {
		k.log = slog.New(slog.DiscardHandler)
	}
	for i := range k.shelves {
		k.shelves[i].docs, k.shelves[i].name = docs, asidePrefix+Reason(i).String()
	}
	k.schemas.Store(&schemas{})
	return k, k.Refresh(ctx)
}

// Close writes the tracking plan and the counts down. A keeper that follows writes nothing.
func (k *Keeper) Close() error {
	close(k.stop)
	k.done.Wait()
	return k.Save(context.Background())
}

// save writes what changed down, now and then.
func (k *Keeper) save() {
	tick := time.NewTicker(saveEvery)
	defer tick.Stop()
	for {
		select {
		case <-k.stop:
			return
		case <-tick.C:
			if err := k.Save(context.Background()); err != nil {
				k.log.Warn("the tracking plan was not written down", "error", err)
			}
		}
	}
}

// Save writes the tracking plan and the counts down, if they changed.
func (k *Keeper) Save(ctx context.Context) error {
	if k.follows {
		return nil
	}
	k.saving.Lock()
	defer k.saving.Unlock()
	k.mu.Lock()
	if !k.dirty {
		k.mu.Unlock()
		return nil
	}
	k.dirty = false
	body, err := json.Marshal(k.book.seen())
	k.mu.Unlock()
	if err != nil {
		return fmt.Errorf("encode the tracking plan: %w", err)
	}
	if _, err := store.Replace(ctx, k.docs, bookDocument, body); err != nil {
		k.mu.Lock()
		k.dirty = true
		k.mu.Unlock()
		return fmt.Errorf("write the tracking plan down: %w", err)
	}
	return nil
}

func (k *Keeper) openBook(ctx context.Context) error {
	doc, there, err := store.Newer(ctx, k.docs, bookDocument, 0)
	if err != nil {
		return fmt.Errorf("read document %q: %w", bookDocument, err)
	}
	if !there {
		return nil
	}
	var s Seen
	if err := json.Unmarshal(doc.Body, &s); err != nil {
		return fmt.Errorf("document %q, version %d: damaged", bookDocument, doc.Version)
	}
	k.book.restore(s)
	return nil
}

// Refresh puts the schemas in force that another process has declared or withdrawn since.
func (k *Keeper) Refresh(ctx context.Context) error {
	k.declaring.Lock()
	defer k.declaring.Unlock()
	doc, newer, err := store.Newer(ctx, k.docs, schemasDocument, k.declared)
	if err != nil {
		return fmt.Errorf("read document %q: %w", schemasDocument, err)
	}
	if !newer {
		return nil
	}
	var all []Schema
	if err := json.Unmarshal(doc.Body, &all); err != nil {
		return fmt.Errorf("document %q, version %d: damaged", schemasDocument, doc.Version)
	}
	force := schemas{}
	for _, s := range all {
		c, err := compile(s)
		if err != nil {
			return fmt.Errorf("document %q: event %q: %w", schemasDocument, s.Event, err)
		}
		force[s.Event] = c
	}
	k.schemas.Store(&force)
	k.declared = doc.Version
	return nil
}

// Schemas are those in force, by event.
func (k *Keeper) Schemas() []Schema {
	return k.schemas.Load().list()
}

func (s schemas) list() []Schema {
	all := make([]Schema, 0, len(s))
	for _, c := range s {
		all = append(all, c.Schema)
	}
	slices.SortFunc(all, func(a, b Schema) int { return strings.Compare(a.Event, b.Event) })
	return all
}

// Declare puts a schema in force, in place of the one for the same event. It fails with ErrSchema where that is none.
func (k *Keeper) Declare(ctx context.Context, s Schema) error {
	s.Schema = s.Schema.Clone()
	c, err := compile(s)
	if err != nil {
		return err
	}
	return k.change(ctx, func(force schemas) error {
		if force[s.Event] == nil && len(force) == maxSchemas {
			return fmt.Errorf("%w: at most %d can be in force", ErrSchema, maxSchemas)
		}
		force[s.Event] = c
		return nil
	})
}

// Withdraw takes a schema out of force, or fails with store.ErrNotFound.
func (k *Keeper) Withdraw(ctx context.Context, event string) error {
	return k.change(ctx, func(force schemas) error {
		if force[event] == nil {
			return store.ErrNotFound
		}
		delete(force, event)
		return nil
	})
}

func (k *Keeper) change(ctx context.Context, edit func(schemas) error) error {
	k.declaring.Lock()
	defer k.declaring.Unlock()
	force := schemas{}
	for event, c := range *k.schemas.Load() {
		force[event] = c
	}
	if err := edit(force); err != nil {
		return err
	}
	body, err := json.Marshal(force.list())
	if err != nil {
		return fmt.Errorf("encode schemas: %w", err)
	}
	version, err := k.docs.PutDocument(ctx, schemasDocument, body)
	if err != nil {
		return fmt.Errorf("store schemas: %w", err)
	}
	k.schemas.Store(&force)
	k.declared = version
	if err := k.docs.DropDocuments(ctx, schemasDocument, version); err != nil {
		return fmt.Errorf("drop schemas: %w", err)
	}
	return nil
}

// Broken is an event that breaks the schema declared of it.
type Broken struct {
	Event  *aparte.Event
	Mode   Mode
	Faults []Fault
}

// Check is how an event breaks the schema declared of it; nil: it does not, or there is none.
func (k *Keeper) Check(e *aparte.Event) *Broken {
	force := *k.schemas.Load()
	if len(force) == 0 {
		return nil
	}
	c := force.of(e)
	if c == nil {
		return nil
	}
	faults := c.faults(e)
	if len(faults) == 0 {
		return nil
	}
	return &Broken{e, c.Mode, faults}
}

// Arrived is what became of a request: the events that were accepted, and what is to be told of them.
type Arrived struct {
	Source   string
	At       time.Time
	Events   []aparte.Event // accepted
	Ahead    int            // of these, dated after their arrival
	Headless int            // of these, from a browser without a screen
	Lost     int            // requests too large to be kept
	Warned   []Broken
}

// Observe takes an arrival into the tracking plan and the counts.
func (k *Keeper) Observe(a Arrived) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.dirty = true
	t := k.book.source(a.Source, a.At).today(a.At)
	for i := range a.Events {
		k.book.observe(&a.Events[i], t)
	}
	t.Ahead += int64(a.Ahead)
	t.Headless += int64(a.Headless)
	t.Lost += int64(a.Lost)
	t.Warned += int64(len(a.Warned))
	for _, b := range a.Warned {
		k.book.broke(b.Event, b.Mode, b.Faults, 0)
	}
}

// Aside keeps records, and counts them; broken[i] is how the i-th breaks its schema, if it does. They are durable when it
// returns nil. Their ids are set.
func (k *Keeper) Aside(ctx context.Context, records []Record, broken []*Broken) error {
	for _, reason := range Reasons {
		var these []Record
		var at []int
		for i := range records {
			if records[i].Reason == reason {
				these, at = append(these, records[i]), append(at, i)
			}
		}
		if len(these) == 0 {
			continue
		}
		if err := k.shelves[reason].put(ctx, these, k.newID); err != nil {
			return err
		}
		for j, i := range at {
			records[i].ID = these[j].ID
		}
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.dirty = true
	for i := range records {
		r := &records[i]
		k.book.source(r.Source, r.At).today(r.At).Aside[r.Reason]++
		if b := broken[i]; b != nil {
			k.book.broke(b.Event, b.Mode, b.Faults, r.ID)
		}
	}
	return nil
}

// newID grows, and tells about when.
func (k *Keeper) newID() ID {
	for {
		last := k.lastID.Load()
		next := max(last+1, uint64(max(0, k.now().UnixMicro())))
		if k.lastID.CompareAndSwap(last, next) {
			return ID(next)
		}
	}
}

// Plan is the tracking plan, in order of source, call and name.
func (k *Keeper) Plan() []Planned {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.book.plan.list()
}

// Report is how good what came is.
type Report struct {
	Sources    []Source    // by name
	Violations []Violation // most frequent first
	Others     int64       // events of kinds for which the tracking plan has no room
	Beyond     int64       // violations for which the list has no room
}

// Report is how good what came is.
func (k *Keeper) Report() Report {
	k.mu.Lock()
	defer k.mu.Unlock()
	r := Report{Others: k.book.plan.others, Beyond: k.book.beyond, Sources: []Source{}, Violations: []Violation{}}
	for _, s := range k.book.sources {
		c := *s
		c.Days = slices.Clone(s.Days)
		r.Sources = append(r.Sources, c)
	}
	for _, v := range k.book.violations {
		r.Violations = append(r.Violations, *v)
	}
	slices.SortFunc(r.Sources, func(a, b Source) int { return strings.Compare(a.Name, b.Name) })
	slices.SortStableFunc(r.Violations, func(a, b Violation) int { return int(b.Count - a.Count) })
	return r
}
