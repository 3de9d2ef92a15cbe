package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/store"
)

const (
	crierDocument = "items/told"
	crierRest     = 3 // times as long as a page took, the next one waits
	crierRetry    = time.Minute
)

// crier tells people of what is new about items: after each version of the brand it goes round once, compares the items with those of
// the version that it told of last, and makes events of exactly those people to whom a difference matters (news.matter).
//
// Where nothing changed nobody is looked at. Else everybody's record is read once, a page at a time and slowly. How far it came is
// saved after each part; an event's messageId names person, version and item, so that wherever a round breaks off and begins again,
// nobody is told twice. Versions that follow one another faster than it goes round are told of together.
type crier struct {
	engine *Engine
	chore

	mu    sync.Mutex
	state crierState
}

// crierState is what is saved of the rounds. All that is zero: no version was ever told of.
type crierState struct {
	Told    uint64    `json:"told"`              // version of the brand up to which everybody was told
	Telling uint64    `json:"telling,omitempty"` // version of the round under way; 0: there is none
	Since   time.Time `json:"since,omitzero"`    // when it began
	Part    int       `json:"part,omitempty"`    // that it comes to next
}

func newCrier(e *Engine) *crier {
	return &crier{engine: e, chore: newChore()}
}

// open reads how far the last round came.
func (c *crier) open(ctx context.Context) error {
	doc, err := c.engine.store.Document(ctx, crierDocument, 0)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	} else if err != nil {
		return fmt.Errorf("read what was told of items: %w", err)
	}
	if err := json.Unmarshal(doc.Body, &c.state); err != nil {
		return fmt.Errorf("what was told of items cannot be read: %w", err)
	}
	return nil
}

// begin notes the first version: whatever is in it is no news.
func (c *crier) begin(ctx context.Context, version uint64) error {
	if !c.mu.TryLock() {
		return nil // a round is under way: it is not the first
	}
	defer c.mu.Unlock()
	if c.state.Told != 0 || version != 1 {
		return nil
	}
	c.state.Told = version
	return c.save(ctx)
}

// look goes round where anything is new; the next time it is woken.
func (c *crier) look(ctx context.Context) time.Duration {
	if err := c.tend(ctx); err != nil && ctx.Err() == nil {
		c.engine.log.Error("news of items", "error", err)
		return crierRetry
	}
	return math.MaxInt64
}

// tend goes round until the brand in force has been told of.
func (c *crier) tend(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for {
		now := c.engine.brand.Load()
		if now == nil {
			return nil
		}
		s := &c.state
		switch version := now.plan.Version(); {
		case s.Told == 0: // a store of before there were rounds
			s.Told = version
			if err := c.save(ctx); err != nil {
				return err
			}
		case s.Telling == 0 && s.Told >= version:
			return nil
		case s.Telling == 0:
			s.Telling, s.Since, s.Part = version, c.engine.now().UTC().Truncate(time.Microsecond), 0
			if err := c.save(ctx); err != nil {
				return err
			}
		}
		if s.Telling != 0 {
			if err := c.round(ctx); err != nil {
				return err
			}
		}
	}
}

// round goes on with the round under way to its end.
func (c *crier) round(ctx context.Context) error {
	s := &c.state
	n, err := c.engine.newsBetween(ctx, s.Told, s.Telling, s.Since)
	if err != nil {
		return err
	}
	for ; len(n.changed) > 0 && s.Part < c.engine.parts; s.Part++ {
		if err := c.save(ctx); err != nil {
			return err
		}
		news := askedChore{Errand: tellNews, Told: s.Told, Telling: s.Telling, Since: s.Since}
		if _, err := c.engine.chore(ctx, store.Part(s.Part), &news); err != nil {
			return fmt.Errorf("part %d: %w", s.Part, err)
		}
	}
	*s = crierState{Told: s.Telling}
	return c.save(ctx)
}

// newsBetween is what is new in one version of the brand since another.
func (e *Engine) newsBetween(ctx context.Context, told, telling uint64, since time.Time) (*news, error) {
	old, _, err := e.brandAt(ctx, told)
	if err != nil {
		return nil, err
	}
	now, _, err := e.brandAt(ctx, telling)
	if err != nil {
		return nil, err
	}
	return newsOf(old, now, telling, since), nil
}

// save writes down how far it came, in place of what was written before.
func (c *crier) save(ctx context.Context) error {
	body, err := json.Marshal(c.state)
	if err != nil {
		return fmt.Errorf("encode what was told of items: %w", err)
	}
	if _, err := store.Replace(ctx, c.engine.store, crierDocument, body); err != nil {
		return fmt.Errorf("store what was told of items: %w", err)
	}
	return nil
}

// part tells whom it concerns of a part. What was known of them is settled first, and what they are told when it returns.
func (c *crier) part(ctx context.Context, n *news, part store.Part) error {
	if err := c.engine.settled(ctx, part); err != nil {
		return err
	}
	return c.engine.walk(ctx, part, crierRest, func(rows []store.PersonRow) error { return c.page(ctx, n, part, rows) })
}

// page has everybody told by the owner of their part, and waits until it is durable.
func (c *crier) page(ctx context.Context, n *news, part store.Part, rows []store.PersonRow) error {
	all := newPending(1)
	for i := range rows {
		p, err := decode(&rows[i])
		if err != nil {
			all.finish(err)
			return all.wait(ctx)
		}
		if !p.MergedInto.IsZero() {
			continue
		}
		for _, x := range n.matter(&p) {
			message := fmt.Sprintf("aparte-item:%s:%d:%s", p.ID, n.version, x.item.ID)
			id, key := p.ID, messageKey(aparte.MessageID(message))
			all.add(1)
			if !c.engine.pushHere(part, &task{person: id, message: key, cause: all, done: all.finish, run: func(t *turn) error {
				return t.hear(id, n, x.item.ID, message)
			}}) {
				all.finish(c.engine.away())
			}
		}
	}
	all.finish(nil)
	return all.wait(ctx)
}

// hear tells somebody of an item, if it still matters to them and is still so, and they have not been told.
func (t *turn) hear(id aparte.PersonID, n *news, item aparte.ItemID, message string) error {
	p, err := t.person(id)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return nil
	case err != nil:
		return err
	case !p.MergedInto.IsZero():
		return nil
	}
	now := t.owner.engine.brand.Load()
	all := n.matter(p)
	i := slices.IndexFunc(all, func(x novel) bool { return x.item.ID == item })
	if i < 0 || !all[i].still(now) {
		return nil
	}
	key := messageKey(aparte.MessageID(message))
	if told, err := t.applied(p, nil, key, ringHash(key)); told || err != nil {
		return err
	}
	properties, err := all[i].properties()
	if err != nil {
		return fmt.Errorf("item %s: %w", item, err)
	}
	next := *p
	t.tellOwn(now, &next, all[i].event, message, properties)
	t.put(&next)
	t.count("item/"+all[i].event, 1)
	return nil
}

// newsItem is the item that a scenario's moment is about, where it comes after news of one: that of the last such event. Moments
// after anything else are about none.
func (t *turn) newsItem(p *aparte.Person, after string) (aparte.ItemID, error) {
	if after != aparte.EventPriceDropped && after != aparte.EventBackInStock && after != aparte.EventSearchMatched {
		return "", nil
	}
	entries, err := t.owner.engine.store.History(t.ctx, t.owner.part, p.ID, 0, newsLooked)
	if err != nil {
		return "", fmt.Errorf("news of %s: %w", p.ID, err)
	}
	for i := range entries {
		if entries[i].Kind != store.EventEntry {
			continue
		}
		event, err := decodeEvent(entries[i].Body)
		if err != nil {
			return "", err
		}
		var about struct {
			Item aparte.ItemID `json:"product_id"`
		}
		if event.Name == after && json.Unmarshal(event.Properties, &about) == nil {
			return about.Item, nil
		}
	}
	return "", nil
}

// newsLooked is how many entries of a history are looked at for the last news.
const newsLooked = 100
