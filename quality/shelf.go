package quality

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/store"
)

// Bounds of what is kept aside for one reason. The oldest goes first. One reason does not push out another's: a flood
// of crawlers leaves the malformed events of a shop where they are.
const (
	maxKept      = 10_000
	maxKeptBytes = 32 << 20
	maxPage      = 1 << 20 // bytes of one version, as it is rewritten
)

// Record is something that could not be taken in, as it came.
type Record struct {
	ID      ID               `json:"id"`
	Reason  Reason           `json:"reason"`
	At      time.Time        `json:"at"` // its arrival
	Source  string           `json:"source"`
	Public  bool             `json:"public,omitzero"` // it came by a key that may stand in a page
	Call    aparte.EventType `json:"type,omitzero"`   // what its door makes of it; empty: what it says itself, or a batch
	Event   string           `json:"event,omitzero"`  // its name, as it may be shown
	Field   string           `json:"field,omitzero"`  // what is wrong with it
	Message string           `json:"message,omitzero"`

	Whole   bool           `json:"whole,omitzero"`   // Body is that of a request, not of an event
	SentAt  time.Time      `json:"sentAt,omitzero"`  // what its batch said
	Context jsontext.Value `json:"context,omitzero"` // what its batch said
	Body    []byte         `json:"body"`
}

// size is what a record takes, about.
func (r *Record) size() int { return 200 + len(r.Body) + len(r.Context) + len(r.Message) }

// page is one version of a shelf's document: records that came, or ids of those that are gone.
type page struct {
	Records []Record `json:"records,omitzero"`
	Gone    []ID     `json:"gone,omitzero"`
}

// entry is a record that is kept: what is known of it without reading it, its Body and Context being nil.
type entry struct {
	Record
	version uint64
	bytes   int
}

// shelf keeps what was put aside for one reason: a document whose versions are pages, and in memory what is on which.
type shelf struct {
	docs    store.Documents
	name    string
	writing sync.Mutex // held while pages are written

	mu      sync.Mutex
	entries []entry // in order of id
	bytes   int64
	first   uint64 // no version before it is there
	dropped int64  // for want of room, since the process began
}

// open reads what is on the shelf.
func (s *shelf) open(ctx context.Context) error {
	gone, seen := map[ID]bool{}, map[ID]bool{}
	for version := uint64(0); ; {
		doc, err := s.docs.Document(ctx, s.name, version)
		if errors.Is(err, store.ErrNotFound) {
			break
		} else if err != nil {
			return fmt.Errorf("read what is kept aside: %w", err)
		}
		var p page
		if err := json.Unmarshal(doc.Body, &p); err != nil {
			return fmt.Errorf("%s, version %d: damaged", s.name, doc.Version)
		}
		for _, id := range p.Gone {
			gone[id] = true
		}
		for i := len(p.Records) - 1; i >= 0; i-- {
			if r := &p.Records[i]; !gone[r.ID] && !seen[r.ID] {
				seen[r.ID] = true
				s.entries = append(s.entries, entryOf(r, doc.Version))
				s.bytes += int64(r.size())
			}
		}
		s.first = doc.Version
		if version = doc.Version - 1; version == 0 {
			break
		}
	}
	slices.SortFunc(s.entries, func(a, b entry) int { return cmp.Compare(a.ID, b.ID) })
	return nil
}

func entryOf(r *Record, version uint64) entry {
	e := entry{*r, version, r.size()}
	e.Body, e.Context = nil, nil
	return e
}

// put keeps records, durably, under ids that it sets: each greater than those before.
func (s *shelf) put(ctx context.Context, records []Record, newID func() ID) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	for i := range records {
		records[i].ID = newID()
	}
	version, err := s.write(ctx, page{Records: records})
	if err != nil {
		return err
	}
	s.mu.Lock()
	for i := range records {
		s.entries = append(s.entries, entryOf(&records[i], version))
		s.bytes += int64(records[i].size())
	}
	for len(s.entries) > 0 && s.entries[0].version != version && (len(s.entries) > maxKept || s.bytes > maxKeptBytes) {
		s.bytes -= int64(s.entries[0].bytes)
		s.entries = s.entries[1:]
		s.dropped++
	}
	s.mu.Unlock()
	return s.trim(ctx)
}

func (s *shelf) write(ctx context.Context, p page) (uint64, error) {
	body, err := json.Marshal(p)
	if err != nil {
		return 0, fmt.Errorf("encode what is kept aside: %w", err)
	}
	version, err := s.docs.PutDocument(ctx, s.name, body)
	if err != nil {
		return 0, fmt.Errorf("keep aside: %w", err)
	}
	return version, nil
}

// trim forgets the versions of which nothing is kept any more. Ids of those that are gone stand after their records,
// and before whatever is still kept can only be of such as are forgotten with them.
func (s *shelf) trim(ctx context.Context) error {
	s.mu.Lock()
	before := uint64(0)
	for i := range s.entries {
		if v := s.entries[i].version; before == 0 || v < before {
			before = v
		}
		if i == 0 && before == s.first { // the usual case: nothing to do
			break
		}
	}
	due := before > s.first
	s.mu.Unlock()
	if !due {
		return nil
	}
	if err := s.docs.DropDocuments(ctx, s.name, before); err != nil {
		return fmt.Errorf("forget what was kept aside: %w", err)
	}
	s.mu.Lock()
	s.first = before
	s.mu.Unlock()
	return nil
}

// read is a record, whole, or store.ErrNotFound.
func (s *shelf) read(ctx context.Context, id ID) (Record, error) {
	s.mu.Lock()
	i, found := s.find(id)
	var version uint64
	if found {
		version = s.entries[i].version
	}
	s.mu.Unlock()
	if !found {
		return Record{}, store.ErrNotFound
	}
	p, err := s.page(ctx, version)
	if err != nil {
		return Record{}, err
	}
	for _, r := range p.Records {
		if r.ID == id {
			return r, nil
		}
	}
	return Record{}, store.ErrNotFound
}

func (s *shelf) find(id ID) (int, bool) {
	return slices.BinarySearchFunc(s.entries, id, func(e entry, id ID) int { return cmp.Compare(e.ID, id) })
}

func (s *shelf) page(ctx context.Context, version uint64) (page, error) {
	var p page
	doc, err := s.docs.Document(ctx, s.name, version)
	if err != nil {
		return p, fmt.Errorf("read what is kept aside: %w", err)
	}
	if err := json.Unmarshal(doc.Body, &p); err != nil {
		return p, fmt.Errorf("%s, version %d: damaged", s.name, version)
	}
	return p, nil
}

// take removes records; those that are not there are passed over. It is how many were.
func (s *shelf) take(ctx context.Context, ids []ID) (int, error) {
	s.writing.Lock()
	defer s.writing.Unlock()
	s.mu.Lock()
	var there []ID
	for _, id := range ids {
		if _, found := s.find(id); found {
			there = append(there, id)
		}
	}
	s.mu.Unlock()
	if len(there) == 0 {
		return 0, nil
	}
	if _, err := s.write(ctx, page{Gone: there}); err != nil {
		return 0, err
	}
	s.mu.Lock()
	for _, id := range there {
		if i, found := s.find(id); found {
			s.bytes -= int64(s.entries[i].bytes)
			s.entries = slices.Delete(s.entries, i, i+1)
		}
	}
	s.mu.Unlock()
	return len(there), s.trim(ctx)
}

// erase removes the records of which about holds, bytes and all: what is left is written anew, and everything before
// is forgotten.
func (s *shelf) erase(ctx context.Context, about func(*Record) bool) (int, error) {
	s.writing.Lock()
	defer s.writing.Unlock()
	s.mu.Lock()
	kept := slices.Clone(s.entries)
	s.mu.Unlock()
	erased, left, err := s.sort(ctx, kept, about)
	if err != nil || erased == 0 {
		return 0, err
	}
	var first uint64
	entries := make([]entry, 0, len(left))
	for len(left) > 0 {
		n, size := 0, 0
		for n < len(left) && (n == 0 || size+left[n].size() <= maxPage) {
			size += left[n].size()
			n++
		}
		version, err := s.write(ctx, page{Records: left[:n]})
		if err != nil {
			return 0, err
		}
		if first == 0 {
			first = version
		}
		for i := range left[:n] {
			entries = append(entries, entryOf(&left[i], version))
		}
		left = left[n:]
	}
	if first == 0 { // an empty page, so that what is before it has an end
		if first, err = s.write(ctx, page{}); err != nil {
			return 0, err
		}
	}
	if err := s.docs.DropDocuments(ctx, s.name, first); err != nil {
		return 0, fmt.Errorf("erase what is kept aside: %w", err)
	}
	s.mu.Lock()
	s.entries, s.first, s.bytes = entries, first, 0
	for i := range entries {
		s.bytes += int64(entries[i].bytes)
	}
	s.mu.Unlock()
	return erased, nil
}

// sort reads every record that is kept, and parts those of which about holds from the others.
func (s *shelf) sort(ctx context.Context, kept []entry, about func(*Record) bool) (erased int, left []Record, err error) {
	var p page
	version := uint64(0)
	for _, e := range kept {
		if e.version != version {
			if p, err = s.page(ctx, e.version); err != nil {
				return 0, nil, err
			}
			version = e.version
		}
		i := slices.IndexFunc(p.Records, func(r Record) bool { return r.ID == e.ID })
		if i < 0 {
			continue
		}
		if about(&p.Records[i]) {
			erased++
		} else {
			left = append(left, p.Records[i])
		}
	}
	return erased, left, nil
}
