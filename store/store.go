// Package store is what Aparté asks of a place that keeps things: parts with one owner each, batches
// that are all or nothing, and the reads the engine needs. It knows rows, not what is in them: states
// and bodies are opaque bytes, and which decision or person they hold is the business of the floors
// above.
//
// People are spread over a fixed number of parts. Whoever holds the lease of a part, under an epoch
// that grows with each taking, is its only writer; a commit under an older epoch fails. Everything one
// owner does for a part in one turn goes into one [Batch]. There are no transactions over two parts:
// what concerns another part leaves as a [Letter] in the same batch and is delivered afterwards, at
// least once.
//
// Package storetest has the conformance suite that every implementation passes; store/pebble is the
// embedded one. Start reading at [Store].
package store

import (
	"context"
	"encoding/binary"
	"errors"
	"time"

	"github.com/aparte-dev/aparte"
)

// Errors that callers act on.
var (
	// ErrFenced: the epoch of a batch is not the part's current one. The owner has lost the part and
	// must forget what it holds of it.
	ErrFenced = errors.New("part is owned under a newer epoch")
	// ErrLeased: the part's lease is held by another owner and has not run out.
	ErrLeased = errors.New("part is leased to another owner")
	// ErrConflict: an entry with the same person and sequence number, or the same event key, is
	// already there. Nothing of the batch was written; the owner reloads and tries again.
	ErrConflict = errors.New("entry already exists")
	// ErrFull: there is too little room left to write safely. What is there can be read; writes go on when
	// there is room again.
	ErrFull = errors.New("too little room is left on the disk")
	// ErrNotFound: there is no such row.
	ErrNotFound = errors.New("not found")
)

// Part is one of the store's parts, from 0 to Parts()-1.
type Part uint16

// Epoch counts the takings of a part's lease, from 1.
type Epoch uint64

// Key is the hash under which an identifier is kept: no identifier stands in the store's keys.
type Key [16]byte

// PartOf is the part, among parts, in which the identifier with this key is kept, and in which a person
// whose id begins like it is.
func PartOf(first8 []byte, parts int) Part {
	return Part(binary.BigEndian.Uint64(first8) % uint64(parts))
}

// Store keeps people, their histories and timers, counters, letters, the learner's feed and the
// configuration. It is safe for concurrent use. Rows returned are the caller's; rows passed in are not
// kept after the call.
type Store interface {
	// Parts is the number of parts, fixed when the store was created.
	Parts() int
	// Secret is 32 random bytes made when the store was created, the same for all nodes: the key of
	// the hashes and signatures that must stay valid as long as the store.
	Secret() []byte

	// Acquire takes the lease of a part for an owner until now+ttl and returns a new epoch, greater
	// than all before. It fails with ErrLeased while another owner's lease has not run out. The same
	// owner may take it again, under a new epoch. now is by the store's clock (ClockOf), here and below.
	Acquire(ctx context.Context, part Part, owner string, now time.Time, ttl time.Duration) (Epoch, error)
	// Renew extends the lease taken under epoch, or fails with ErrFenced.
	Renew(ctx context.Context, part Part, epoch Epoch, now time.Time, ttl time.Duration) error
	// Release gives the lease taken under epoch back, or fails with ErrFenced.
	Release(ctx context.Context, part Part, epoch Epoch) error
	// Lease is who has a part.
	Lease(ctx context.Context, part Part) (Lease, error)

	// Commit writes all of a batch or nothing, durably: when it returns nil, the batch survives a
	// crash (one that is Lazy, a little later). It fails with ErrFenced, ErrConflict or ErrFull as described there; a batch
	// that erases never fails with ErrFull.
	Commit(ctx context.Context, b *Batch) error
	// Newest is the version that PutDocument answered last for a document, 0 where there is none, in far less time than reading it.
	Newest(ctx context.Context, name string) (version uint64, err error)

	// Purge has the files of the store forget what was deleted or replaced before the call: bytes, not rows, which are gone already. It reads and writes
	// all of the store, and may take hours.
	Purge(ctx context.Context) error
	// Writable is nil where a batch would be written now, as far as room goes, and ErrFull where not.
	Writable(ctx context.Context) error

	Reader
	Documents

	// Close waits for commits under way and closes the store.
	Close() error
}

// ClockOf is the clock that all who use a store go by: its own where it has one, as one of several processes' may be wrong, else that of this process.
func ClockOf(s Store) func() time.Time {
	if at, has := s.(interface{ Now() time.Time }); has {
		return at.Now
	}
	return time.Now
}

// Lease is who has a part, under which epoch, and until when if it is not renewed.
type Lease struct {
	Epoch Epoch  // of the last taking; 0: there was none
	Owner string // empty: nobody
	Until time.Time
}

// Reader is what can be read. Reads of one part see every batch of that part committed before.
type Reader interface {
	// States are the rows of people of a part, in the order asked, with a nil State where there is none.
	States(ctx context.Context, part Part, ids []aparte.PersonID) ([]PersonRow, error)
	// Owner is whom an identifier names, or ErrNotFound.
	Owner(ctx context.Context, part Part, key Key) (aparte.PersonID, error)
	// People are up to limit people of a part whose id is greater than after, in order of id.
	People(ctx context.Context, part Part, after aparte.PersonID, limit int) ([]PersonRow, error)
	// Entry is one entry of a person's history, or ErrNotFound.
	Entry(ctx context.Context, part Part, person aparte.PersonID, seq uint64) (Entry, error)
	// History is up to limit entries of a person's history with a sequence number below before (0: no
	// bound), newest first.
	History(ctx context.Context, part Part, person aparte.PersonID, before uint64, limit int) ([]Entry, error)
	// Seen reports for each event key whether an entry of the part already carries it.
	Seen(ctx context.Context, part Part, keys []Key) ([]bool, error)
	// Due are up to limit timers of a part due at or before until, in order of due time, then person,
	// then name.
	Due(ctx context.Context, part Part, until time.Time, limit int) ([]Timer, error)
	// Letters are up to limit undelivered letters of a part with a number greater than after, in order.
	Letters(ctx context.Context, part Part, after uint64, limit int) ([]Letter, error)
	// Feed are up to limit rows of a part's feed with a position greater than after, in order.
	Feed(ctx context.Context, part Part, after uint64, limit int) ([]FeedRow, error)
	// Counters are the counters of all parts whose key begins with prefix, summed over parts, for hours
	// from from (inclusive) to to (exclusive), in order of key, then hour.
	Counters(ctx context.Context, prefix string, from, to time.Time) ([]Counter, error)
}

// Documents are named, immutable, versioned bodies: the brand, the models, the learner's journal. Whoever has part 0 has the office: a process that took it
// and has lost it since, whether it knows or not, changes no document: ErrFenced.
type Documents interface {
	// PutDocument appends a version of a document and returns it: 1, 2, 3, ...
	PutDocument(ctx context.Context, name string, body []byte) (version uint64, err error)
	// Document is a version of a document (0: the newest), or ErrNotFound.
	Document(ctx context.Context, name string, version uint64) (Document, error)
	// DropDocuments forgets the versions of a document below before.
	DropDocuments(ctx context.Context, name string, before uint64) error
}

// Batch is everything an owner commits for its part in one turn.
type Batch struct {
	Part  Part
	Epoch Epoch

	// Lazy lets Commit return before the batch is durable. Every read sees it at once. It survives a crash as soon as a
	// later batch that is not lazy does, or a document, and within LazyWithin by itself; a crash before that loses it
	// whole, and with it every lazy batch after it.
	Lazy bool

	People      []PersonRow       // upserted; a nil State deletes the row
	Identifiers []IdentifierRow   // upserted; a zero Person deletes the row
	Entries     []Entry           // inserted; ErrConflict where (Person, Seq) or a non-zero Key exists
	Rewritten   []Entry           // the bodies of entries that were there before the batch, by (Person, Seq), are replaced; one that is not there is left alone
	Timers      []Timer           // upserted by (Person, Name)
	Fired       []Timer           // deleted where Person, Name and Gen match; otherwise left alone
	Uncounted   []string          // keys of counters that are deleted, every hour of all parts
	Counters    []Counter         // added
	Letters     []Letter          // put; the owner numbers them
	Delivered   []uint64          // numbers of letters deleted
	Feed        [][]byte          // appended; the store numbers them from 1, densely
	Erased      []aparte.PersonID // every row of these people is deleted, history and timers included; applied first
}

// LazyWithin is how long after its commit a lazy batch may not be durable yet.
const LazyWithin = 100 * time.Millisecond

// PersonRow is one person's encoded state. A batch that adds entries for somebody need not bring their state
// where nothing else of it changed: the store knows what their last entry is.
type PersonRow struct {
	ID    aparte.PersonID
	Last  uint64 // number of their last entry, 0 where there is none; only read: Commit does not look at it
	State []byte
}

// IdentifierRow says whom an identifier names.
type IdentifierRow struct {
	Key    Key
	Person aparte.PersonID
}

// Entry is one entry of a person's history: an event, a decision.
type Entry struct {
	Person aparte.PersonID
	Seq    uint64 // from 1, growing, set by the owner
	At     time.Time
	Kind   EntryKind
	Key    Key // of the event's messageId, kept unique within the part; zero: none
	Body   []byte
}

// EntryKind says how to read an entry's body.
type EntryKind uint8

// The kinds of entry.
const (
	EventEntry    EntryKind = 1 // an accepted event
	DecisionEntry EntryKind = 2
	MergeEntry    EntryKind = 3 // a person was absorbed; the body is their state as it was
	SplitEntry    EntryKind = 4 // a person who had been absorbed was taken out again
	MovedEntry    EntryKind = 5 // what stood here was theirs and went with them
)

// Timer is the index row of a person's timer.
type Timer struct {
	Person aparte.PersonID
	Name   string
	Due    time.Time // kept to the microsecond
	Gen    uint64
}

// Counter is a count for one hour. In a batch N is what is added.
type Counter struct {
	Key  string
	Hour time.Time // start of the hour, UTC
	N    int64
}

// Letter is something that must reach another part, kept until it is delivered.
type Letter struct {
	Number uint64 // growing within the sending part, set by the owner
	To     Part
	Body   []byte
}

// FeedRow is one row for the learner.
type FeedRow struct {
	Position uint64
	Body     []byte
}

// Document is one version of a named body.
type Document struct {
	Version uint64
	Body    []byte
}
