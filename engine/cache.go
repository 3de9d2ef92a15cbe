package engine

import (
	"container/list"
	"context"
	"fmt"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/profile"
	"github.com/aparte-dev/aparte/store"
)

// cache holds the decoded states of an owner's people, the most recently used first. Only the owner
// touches it. A state in it is never changed, only replaced.
type cache struct {
	limit int
	by    map[aparte.PersonID]*list.Element
	used  *list.List // of *cached, most recent first
}

// cached is one person's state, and what is kept of their record for the next one.
type cached struct {
	person *aparte.Person
	kept   profile.Kept
}

func newCache(limit int) *cache {
	return &cache{limit: limit, by: map[aparte.PersonID]*list.Element{}, used: list.New()}
}

func (c *cache) has(id aparte.PersonID) bool { return c.by[id] != nil }

// get is a person's state, nil where the cache does not hold it.
func (c *cache) get(id aparte.PersonID) *aparte.Person {
	e := c.by[id]
	if e == nil {
		return nil
	}
	c.used.MoveToFront(e)
	return e.Value.(*cached).person
}

func (c *cache) put(p *aparte.Person) {
	if e := c.by[p.ID]; e != nil {
		e.Value.(*cached).person = p
		c.used.MoveToFront(e)
		return
	}
	c.by[p.ID] = c.used.PushFront(&cached{person: p})
	if c.used.Len() > c.limit {
		last := c.used.Back()
		c.used.Remove(last)
		delete(c.by, last.Value.(*cached).person.ID)
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
}

func (c *cache) clear() {
	clear(c.by)
	c.used.Init()
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
