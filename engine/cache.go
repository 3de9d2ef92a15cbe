package engine

import (
	"container/list"
	"context"
	"fmt"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/profile"
	"github.com/aparte-dev/aparte/store"
)

// cache holds the states of an owner's people, decoded those who were used last, encoded more of those before them. Only the owner touches it. A
// decoded state in it is never changed, only replaced.
type cache struct {
	limit   int // decoded, at most
	by      map[aparte.PersonID]*list.Element
	used    *list.List // of *cached, most recent first
	records records    // of those who were let go
	record  []byte     // of who is being let go
}

// cached is one person's state, and what is kept of their record for the next one.
type cached struct {
	person *aparte.Person
	kept   profile.Kept
}

func newCache(limit int, bytes int64) *cache {
	return &cache{limit: limit, by: map[aparte.PersonID]*list.Element{}, used: list.New(), records: newRecords(bytes)}
}

func (c *cache) has(id aparte.PersonID) bool {
	if c.by[id] != nil {
		return true
	}
	_, held := c.records.get(id)
	return held
}

// get is a person's state, nil where the cache does not hold it.
func (c *cache) get(id aparte.PersonID) *aparte.Person {
	if e := c.by[id]; e != nil {
		c.used.MoveToFront(e)
		return e.Value.(*cached).person
	}
	row, held := c.records.get(id)
	if !held {
		return nil
	}
	p, err := decode(&row)
	if err != nil {
		return nil // it is read from the store, and told if it cannot be
	}
	c.put(&p)
	return &p
}

func (c *cache) put(p *aparte.Person) {
	if e := c.by[p.ID]; e != nil {
		e.Value.(*cached).person = p
		c.used.MoveToFront(e)
		return
	}
	c.by[p.ID] = c.used.PushFront(&cached{person: p})
	if c.used.Len() > c.limit {
		last := c.used.Remove(c.used.Back()).(*cached)
		delete(c.by, last.person.ID)
		c.record = last.kept.Encode(c.record[:0], last.person)
		c.records.put(store.PersonRow{ID: last.person.ID, Last: last.person.Seq, State: c.record})
	}
}

// encode appends the record of a person's new state, which may come into the cache or not.
func (c *cache) encode(dst []byte, p *aparte.Person) []byte {
	if e := c.by[p.ID]; e != nil {
		return e.Value.(*cached).kept.Encode(dst, p)
	}
	return profile.Encode(dst, p)
}

func (c *cache) drop(id aparte.PersonID) {
	if e := c.by[id]; e != nil {
		c.used.Remove(e)
		delete(c.by, id)
	}
	c.records.drop(id)
}

func (c *cache) clear() {
	clear(c.by)
	c.used.Init()
	c.records.clear()
}

// load reads the states of people in one go; whom the store does not know stays absent.
func (c *cache) load(ctx context.Context, o *owner, ids []aparte.PersonID) error {
	if len(ids) == 0 {
		return nil
	}
	rows, err := o.engine.store.States(ctx, o.part, ids)
	if err != nil {
		return fmt.Errorf("read %d people of part %d: %w", len(ids), o.part, err)
	}
	for i := range rows {
		if rows[i].State == nil {
			continue
		}
		p, err := decode(&rows[i])
		if err != nil {
			return err
		}
		c.put(&p)
	}
	return nil
}

// decode is the person of a row. Their state may be older than their last entry, by what changed nothing else.
func decode(row *store.PersonRow) (aparte.Person, error) {
	p, err := profile.Decode(row.State)
	if err != nil {
		return p, fmt.Errorf("person %s: %w", row.ID, err)
	}
	p.ID, p.Seq = row.ID, row.Last
	return p, nil
}
