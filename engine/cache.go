package engine

import (
	"container/list"
	"context"
	"fmt"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/profile"
)

// cache holds the decoded states of an owner's people, the most recently used first. Only the owner
// touches it. A state in it is never changed, only replaced.
type cache struct {
	limit int
	by    map[aparte.PersonID]*list.Element
	used  *list.List // of *aparte.Person, most recent first
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
	return e.Value.(*aparte.Person)
}

func (c *cache) put(p *aparte.Person) {
	if e := c.by[p.ID]; e != nil {
		e.Value = p
		c.used.MoveToFront(e)
		return
	}
	c.by[p.ID] = c.used.PushFront(p)
	if c.used.Len() > c.limit {
		last := c.used.Back()
		c.used.Remove(last)
		delete(c.by, last.Value.(*aparte.Person).ID)
	}
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
	states, err := o.engine.store.States(ctx, o.part, ids)
	if err != nil {
		return fmt.Errorf("read %d people of part %d: %w", len(ids), o.part, err)
	}
	for i, state := range states {
		if state == nil {
			continue
		}
		p, err := profile.Decode(state)
		if err != nil {
			return fmt.Errorf("person %s: %w", ids[i], err)
		}
		p.ID = ids[i]
		c.put(&p)
	}
	return nil
}
