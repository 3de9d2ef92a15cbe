package storetest

import (
	"bytes"
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/store"
)

// oracle is what a store must hold after a number of batches, kept in plain maps and computed by brute
// force. It knows nothing of leases.
type oracle struct {
	parts    map[store.Part]*oraclePart
	counters map[oracleHour]int64
}

type oraclePart struct {
	people  map[aparte.PersonID]string
	owners  map[store.Key]aparte.PersonID
	entries map[oracleEntry]store.Entry
	timers  map[oracleTimer]store.Timer
	letters map[uint64]store.Letter
	feed    [][]byte
}

type oracleEntry struct {
	person aparte.PersonID
	seq    uint64
}

type oracleTimer struct {
	person aparte.PersonID
	name   string
}

type oracleHour struct {
	key  string
	hour time.Time
}

func newOracle() *oracle {
	return &oracle{parts: map[store.Part]*oraclePart{}, counters: map[oracleHour]int64{}}
}

func (o *oracle) part(n store.Part) *oraclePart {
	if o.parts[n] == nil {
		o.parts[n] = &oraclePart{
			people:  map[aparte.PersonID]string{},
			owners:  map[store.Key]aparte.PersonID{},
			entries: map[oracleEntry]store.Entry{},
			timers:  map[oracleTimer]store.Timer{},
			letters: map[uint64]store.Letter{},
		}
	}
	return o.parts[n]
}

// commit applies a batch, or returns store.ErrConflict and changes nothing.
func (o *oracle) commit(b *store.Batch) error {
	p := o.part(b.Part)
	if p.conflicts(b) {
		return store.ErrConflict
	}
	for _, person := range b.Erased {
		p.erase(person)
	}
	for _, e := range b.Rewritten {
		if was, there := p.entries[oracleEntry{e.Person, e.Seq}]; there {
			was.Body = bytes.Clone(e.Body)
			p.entries[oracleEntry{e.Person, e.Seq}] = was
		}
	}
	for _, r := range b.People {
		if delete(p.people, r.ID); r.State != nil {
			p.people[r.ID] = string(r.State)
		}
	}
	for _, r := range b.Identifiers {
		if delete(p.owners, r.Key); !r.Person.IsZero() {
			p.owners[r.Key] = r.Person
		}
	}
	for _, e := range b.Entries {
		e.Body = bytes.Clone(e.Body)
		p.entries[oracleEntry{e.Person, e.Seq}] = e
	}
	for _, timer := range b.Timers {
		p.timers[oracleTimer{timer.Person, timer.Name}] = timer
	}
	for _, timer := range b.Fired {
		if id := (oracleTimer{timer.Person, timer.Name}); p.timers[id].Gen == timer.Gen {
			delete(p.timers, id)
		}
	}
	for _, key := range b.Uncounted {
		maps.DeleteFunc(o.counters, func(id oracleHour, _ int64) bool { return id.key == key })
	}
	for _, c := range b.Counters {
		o.counters[oracleHour{c.Key, c.Hour}] += c.N
	}
	for _, l := range b.Letters {
		p.letters[l.Number] = l
	}
	for _, number := range b.Delivered {
		delete(p.letters, number)
	}
	p.feed = append(p.feed, b.Feed...)
	return nil
}

func (p *oraclePart) erase(person aparte.PersonID) {
	delete(p.people, person)
	for id := range p.entries {
		if id.person == person {
			delete(p.entries, id)
		}
	}
	for id := range p.timers {
		if id.person == person {
			delete(p.timers, id)
		}
	}
}

// conflicts reports whether two entries, of those that stay and those that come, would be one.
func (p *oraclePart) conflicts(b *store.Batch) bool {
	numbers, keys := map[oracleEntry]bool{}, map[store.Key]bool{}
	take := func(e store.Entry) (taken bool) {
		id := oracleEntry{e.Person, e.Seq}
		taken = numbers[id] || keys[e.Key]
		numbers[id], keys[e.Key] = true, e.Key != store.Key{}
		return taken
	}
	for _, e := range p.entries {
		if !slices.Contains(b.Erased, e.Person) {
			take(e)
		}
	}
	return slices.ContainsFunc(b.Entries, take)
}

// contents is what reading a part must find.
func (o *oracle) contents(n store.Part, k known) contents {
	p := o.part(n)
	c := contents{
		States:  map[aparte.PersonID]string{},
		Last:    map[aparte.PersonID]uint64{},
		Owners:  p.owners,
		History: map[aparte.PersonID][]store.Entry{},
		Seen:    map[store.Key]bool{},
	}
	for id, state := range p.people {
		c.People = append(c.People, store.PersonRow{ID: id, Last: p.last(id), State: []byte(state)})
		c.States[id] = state
	}
	slices.SortFunc(c.People, func(a, b store.PersonRow) int { return bytes.Compare(a.ID[:], b.ID[:]) })
	for _, person := range k.people {
		c.History[person] = p.history(person)
		if last := p.last(person); last != 0 {
			c.Last[person] = last
		}
	}
	for _, event := range k.events {
		c.Seen[event] = false
		for _, e := range p.entries {
			c.Seen[event] = c.Seen[event] || e.Key == event
		}
	}
	for _, timer := range p.timers {
		c.Timers = append(c.Timers, timer)
	}
	slices.SortFunc(c.Timers, func(a, b store.Timer) int {
		return cmp.Or(a.Due.Compare(b.Due), bytes.Compare(a.Person[:], b.Person[:]), strings.Compare(a.Name, b.Name))
	})
	for _, l := range p.letters {
		c.Letters = append(c.Letters, l)
	}
	slices.SortFunc(c.Letters, func(a, b store.Letter) int { return cmp.Compare(a.Number, b.Number) })
	for i, body := range p.feed {
		c.Feed = append(c.Feed, store.FeedRow{Position: uint64(i) + 1, Body: body})
	}
	return c
}

func (p *oraclePart) history(person aparte.PersonID) []store.Entry {
	var entries []store.Entry
	for id, e := range p.entries {
		if id.person == person {
			entries = append(entries, e)
		}
	}
	slices.SortFunc(entries, func(a, b store.Entry) int { return cmp.Compare(b.Seq, a.Seq) })
	return entries
}

// last is the number of a person's last entry.
func (p *oraclePart) last(person aparte.PersonID) uint64 {
	if entries := p.history(person); len(entries) > 0 {
		return entries[0].Seq
	}
	return 0
}

// sums is what Counters must find.
func (o *oracle) sums(prefix string, from, to time.Time) []store.Counter {
	var sums []store.Counter
	for id, n := range o.counters {
		if strings.HasPrefix(id.key, prefix) && !id.hour.Before(from) && id.hour.Before(to) {
			sums = append(sums, store.Counter{Key: id.key, Hour: id.hour, N: n})
		}
	}
	slices.SortFunc(sums, func(a, b store.Counter) int {
		return cmp.Or(strings.Compare(a.Key, b.Key), a.Hour.Compare(b.Hour))
	})
	return sums
}
