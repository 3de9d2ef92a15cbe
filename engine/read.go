package engine

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/decide"
	"github.com/aparte-dev/aparte/store"
)

// Find is whom an identifier names, or store.ErrNotFound.
func (e *Engine) Find(ctx context.Context, id aparte.Identifier) (aparte.PersonID, error) {
	key := identifierKey(e.secret, id)
	person, err := e.nameOf(ctx, e.partOfKey(key), key)
	if err == nil && person.IsZero() {
		err = store.ErrNotFound
	}
	return person, err
}

// Person is someone as they are now: decisions not yet durable show. A person who was merged is the one
// they were merged into.
func (e *Engine) Person(ctx context.Context, id aparte.PersonID) (aparte.Person, error) {
	for range maxHops {
		found, err := e.asIs(ctx, id)
		if err != nil {
			return aparte.Person{}, fmt.Errorf("person %s: %w", id, err)
		}
		if found.MergedInto.IsZero() {
			return found, nil
		}
		id = found.MergedInto
	}
	return aparte.Person{}, fmt.Errorf("person %s: merged too often", id)
}

// asIs is the record of an id as it is now, a pointer to whom they were merged into included.
func (e *Engine) asIs(ctx context.Context, id aparte.PersonID) (found aparte.Person, err error) {
	part := e.partOf(id)
	if !e.Has(part) && e.fellows != nil {
		return e.lookAcross(ctx, part, id)
	}
	done := newPending(1)
	e.push(part, &task{person: id, cause: done, span: e.spanOf(ctx), done: done.finish, run: func(t *turn) error {
		p, err := t.person(id)
		if err == nil {
			found = *p
		}
		return err
	}})
	if err := done.wait(ctx); err != nil {
		return aparte.Person{}, err // found may be written to yet, where nobody waits for it any more
	}
	return found, nil
}

// People are up to limit people whose id follows after, part by part; merged records are left out. A
// short answer means the end.
func (e *Engine) People(ctx context.Context, after aparte.PersonID, limit int) ([]aparte.Person, error) {
	var out []aparte.Person
	first := 0
	if !after.IsZero() {
		first = int(e.partOf(after))
	}
	for part := first; part < e.parts && len(out) < limit; part++ {
		from := aparte.PersonID{}
		if part == first {
			from = after
		}
		for len(out) < limit {
			rows, err := e.store.People(ctx, store.Part(part), from, limit-len(out))
			if err != nil {
				return nil, fmt.Errorf("people of part %d: %w", part, err)
			}
			for i := range rows {
				p, err := decode(&rows[i])
				if err != nil {
					return nil, err
				}
				from = p.ID
				if p.MergedInto.IsZero() {
					out = append(out, p)
				}
			}
			if len(rows) == 0 {
				break
			}
		}
	}
	return out, nil
}

// Counters are hourly counts whose key begins with prefix, in order of key, then hour.
func (e *Engine) Counters(ctx context.Context, prefix string, from, to time.Time) ([]store.Counter, error) {
	return e.store.Counters(ctx, prefix, from, to)
}

// Status is the engine at a glance.
func (e *Engine) Status() Status {
	s := Status{Model: e.learner.judgement().version(), Parts: e.parts, Delivering: e.courier.busy()}
	if now := e.brand.Load(); now != nil {
		s.Brand = now.plan.Version()
	}
	return s
}

// DeadLetter is a message that was given up.
type DeadLetter struct {
	Decision aparte.DecisionID
	Channel  aparte.Channel
	At       time.Time // the hour
}

const deadPrefix = "dead/"

// DeadLetters are the messages given up in the last 90 days, newest hour first. Why stands in the
// person's story.
func (e *Engine) DeadLetters(ctx context.Context) ([]DeadLetter, error) {
	return e.DeadLettersSince(ctx, e.now().AddDate(0, 0, -90))
}

// DeadLettersSince are the messages given up since a time, newest hour first.
func (e *Engine) DeadLettersSince(ctx context.Context, since time.Time) ([]DeadLetter, error) {
	rows, err := e.store.Counters(ctx, deadPrefix, since, e.now().Add(time.Hour))
	if err != nil {
		return nil, fmt.Errorf("dead letters: %w", err)
	}
	var out []DeadLetter
	for _, row := range rows {
		ch, id, ok := strings.Cut(strings.TrimPrefix(row.Key, deadPrefix), "/")
		decision, err := aparte.ParseDecisionID(id)
		if !ok || err != nil {
			continue
		}
		out = append(out, DeadLetter{Decision: decision, Channel: aparte.Channel(ch), At: row.Hour})
	}
	slices.SortStableFunc(out, func(a, b DeadLetter) int { return b.At.Compare(a.At) })
	return out, nil
}

// Erase removes a person: state, history, timers, identifiers, and those of everyone merged into them. Identifiers that their record did not
// have any more find nobody from then on, and are deleted by the purge (Purging). Advertising platforms that were told of them are
// told to take them off their lists: that waits, with hashes of their addresses and numbers, in the batch that erases them, until it is taken.
// Erasing one who is not there is store.ErrNotFound.
func (e *Engine) Erase(ctx context.Context, id aparte.PersonID) error {
	p, err := e.Person(ctx, id)
	if err != nil {
		return err
	}
	if err := e.eraseAside(ctx, &p); err != nil { // while it is known who they are
		return err
	}
	advertised, err := e.toldOf(ctx, &p)
	if err != nil {
		return fmt.Errorf("erase %s: %w", id, err)
	}
	if err := e.purger.mark(ctx); err != nil { // what a process that is killed has not come to, the purge does
		return err
	}
	for _, one := range append(slices.Clone(p.Absorbed), p.ID) { // the person last: who is not erased whole can be erased again
		if err := e.in(ctx, e.partOf(one), func(t *turn) error {
			if p, err := t.person(one); err == nil {
				if advertised && p.MergedInto.IsZero() {
					t.noteErased(p)
				}
				t.left(p)
				t.countMembers(t.owner.engine.brand.Load(), p.Audiences, nil)
				t.countInside(p.Fences, nil)
				t.lapseAll(p)
			}
			t.erase(one)
			return t.dropNotices(one)
		}); err != nil {
			return fmt.Errorf("erase %s: %w", one, err)
		}
	}
	if err := e.eraseCounts(ctx, append([]aparte.PersonID{p.ID}, p.Absorbed...)); err != nil {
		return fmt.Errorf("erase %s: %w", id, err)
	}
	for _, name := range p.Identifiers {
		key := identifierKey(e.secret, name)
		if err := e.in(ctx, e.partOfKey(key), func(t *turn) error {
			if now, err := t.nameOf(key); err != nil || now != p.ID && !slices.Contains(p.Absorbed, now) {
				return err // somebody else's by now
			}
			t.names[key] = aparte.PersonID{}
			return nil
		}); err != nil {
			return fmt.Errorf("erase identifier of %s: %w", p.ID, err)
		}
	}
	if err := e.forget(ctx, append([]aparte.PersonID{p.ID}, p.Absorbed...)); err != nil {
		return err
	}
	return e.purger.mark(ctx)
}

// eraseCounts takes out of the counters what names one of some people: messages and notices that were given up.
func (e *Engine) eraseCounts(ctx context.Context, people []aparte.PersonID) error {
	var keys []string
	for _, prefix := range []string{deadPrefix, buriedPrefix} {
		rows, err := e.store.Counters(ctx, prefix, time.Time{}, e.now().Add(time.Hour))
		if err != nil {
			return fmt.Errorf("what was given up: %w", err)
		}
		for _, row := range rows {
			if slices.ContainsFunc(people, func(id aparte.PersonID) bool { return strings.Contains(row.Key, id.String()) }) && !slices.Contains(keys, row.Key) {
				keys = append(keys, row.Key)
			}
		}
	}
	if len(keys) == 0 {
		return nil
	}
	return e.in(ctx, e.partOf(people[0]), func(t *turn) error {
		t.batch.Uncounted = append(t.batch.Uncounted, keys...)
		t.batch.Counters = slices.DeleteFunc(t.batch.Counters, func(c store.Counter) bool { return slices.Contains(keys, c.Key) })
		return nil
	})
}

// in runs f in a part's turn and waits until what it wrote is durable.
func (e *Engine) in(ctx context.Context, part store.Part, f func(*turn) error) error {
	done := newPending(1)
	e.push(part, &task{run: f, cause: done, done: done.finish})
	return done.wait(ctx)
}

// inHere is in of a part of this engine's, or ErrNobody where it is that no more.
func (e *Engine) inHere(ctx context.Context, part store.Part, f func(*turn) error) error {
	done := newPending(1)
	if !e.pushHere(part, &task{run: f, cause: done, done: done.finish}) {
		return e.away()
	}
	return done.wait(ctx)
}

// away is what who finds a part not here is told.
func (e *Engine) away() error {
	if e.fellows == nil {
		return ErrClosed
	}
	return ErrNobody
}

// erase takes everything of a person out of this turn and out of the store.
func (t *turn) erase(id aparte.PersonID) {
	delete(t.people, id)
	delete(t.rewrite, id)
	t.owner.people.drop(id)
	t.owner.engine.met.forget(id)
	t.owner.engine.kept.forget(t.owner.engine.partOf(id))
	t.batch.Entries = slices.DeleteFunc(t.batch.Entries, func(e store.Entry) bool { return e.Person == id })
	t.batch.Timers = slices.DeleteFunc(t.batch.Timers, func(s store.Timer) bool { return s.Person == id })
	t.batch.Erased = append(t.batch.Erased, id)
}

// PreviewAction is an action as it would look for a person now, whether or not it would be said. Where
// its content speaks of an item and it names none, the item is the one that would be spoken of, else what
// sells best. image is where the picture of the action is fetched, for an HTML preview. Nothing is logged.
func (e *Engine) PreviewAction(ctx context.Context, id aparte.PersonID, action aparte.Action, image string, f Fetch) (Picture, error) {
	now, err := e.under(ctx, f.Draft)
	if err != nil {
		return Picture{}, err
	}
	p, err := e.Person(ctx, id)
	if err != nil {
		return Picture{}, err
	}
	c, ok := now.plan.Content(action.Content)
	if !ok {
		return Picture{}, fmt.Errorf("content %q: %w", action.Content, store.ErrNotFound)
	}
	if _, ok := now.plan.Layout(action.Layout); !ok {
		return Picture{}, fmt.Errorf("layout %q: %w", action.Layout, store.ErrNotFound)
	}
	if c.Items != aparte.NoItems && action.Item == "" {
		action.Item = e.anItemFor(now, &p, c)
	}
	d := aparte.Decision{At: e.now().UTC(), Action: action}
	return e.picture(ctx, &shown{brand: now, person: &p, decision: d}, addresses{link: now.plan.Brand().Home, image: image}, f), nil
}

// anItemFor is an item that a content could speak of to a person: the one a decision would choose, else
// the best seller.
func (e *Engine) anItemFor(now *live, p *aparte.Person, c *aparte.Content) aparte.ItemID {
	slot := ""
	if len(c.Slots) > 0 {
		slot = c.Slots[0]
	}
	d := now.plan.Decide(&decide.Question{
		Person: p, Slot: slot, Only: []aparte.ContentID{c.ID}, Fixed: true,
		Moment: aparte.Moment{Person: p.ID, Trigger: "preview", Channel: c.Channels[0], Slots: []string{slot}, At: e.now().UTC()},
	}, e.learner.judgement().model)
	if d.Action.Item != "" {
		return d.Action.Item
	}
	best := &aparte.Item{}
	for i := range now.plan.Brand().Items {
		if item := &now.plan.Brand().Items[i]; item.Popularity > best.Popularity || best.ID == "" {
			best = item
		}
	}
	return best.ID
}
