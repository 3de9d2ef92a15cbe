package engine

import (
	"context"
	"fmt"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/store"
)

// Parts is how many parts the people are spread over.
func (e *Engine) Parts() int { return e.parts }

// EachPerson hands everybody of a part to use, as they were committed last, in the order of their ids, until it returns
// an error. Merged records are left out. It holds a page of people in memory.
func (e *Engine) EachPerson(ctx context.Context, part int, use func(*aparte.Person) error) error {
	rest, _ := ctx.Value(restKey{}).(time.Duration)
	return e.walk(ctx, store.Part(part), rest, eachOf(use))
}

type restKey struct{}

// choreRest is how many times as long as it works a pass over everybody rests that nobody waits for.
const choreRest = 3

// gently is ctx for such a pass: who does wait has most of the machine meanwhile.
func gently(ctx context.Context) context.Context {
	return context.WithValue(ctx, restKey{}, time.Duration(choreRest))
}

// eachOf hands over people of a page, but for merged records.
func eachOf(use func(*aparte.Person) error) func([]store.PersonRow) error {
	return func(rows []store.PersonRow) error {
		for i := range rows {
			p, err := decode(&rows[i])
			if err != nil {
				return err
			}
			if !p.MergedInto.IsZero() {
				continue
			}
			if err := use(&p); err != nil {
				return err
			}
		}
		return nil
	}
}

// EachEntry hands the history of a person, that of the records merged into them included, to use, newest first of each
// record, until it returns an error. It holds a page of entries in memory.
func (e *Engine) EachEntry(ctx context.Context, p *aparte.Person, use func(*StoryEntry) error) error {
	return e.eachOfHistory(ctx, p, func(store.EntryKind) bool { return true }, use)
}

// EachEvent is EachEntry of events alone: decisions, which take far longer to read, are passed over.
func (e *Engine) EachEvent(ctx context.Context, p *aparte.Person, use func(*StoryEntry) error) error {
	return e.eachOfHistory(ctx, p, func(k store.EntryKind) bool { return k == store.EventEntry }, use)
}

func (e *Engine) eachOfHistory(ctx context.Context, p *aparte.Person, wanted func(store.EntryKind) bool, use func(*StoryEntry) error) error {
	for _, id := range append([]aparte.PersonID{p.ID}, p.Absorbed...) {
		for before, more := uint64(0), true; more; {
			entries, err := e.store.History(ctx, e.partOf(id), id, before, historyPage)
			if err != nil {
				return fmt.Errorf("history of %s: %w", id, err)
			}
			more = len(entries) == historyPage
			for _, entry := range entries {
				if before = entry.Seq; entry.Kind == store.MovedEntry || !wanted(entry.Kind) {
					continue // it is told where it went
				}
				told, err := readEntry(entry)
				if err != nil {
					return fmt.Errorf("history of %s, entry %d: %w", id, entry.Seq, err)
				}
				if err := use(&told); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// Parts is as that of an Engine.
func (a *Archive) Parts() int { return a.engine.Parts() }

// EachPerson is as that of an Engine.
func (a *Archive) EachPerson(ctx context.Context, part int, use func(*aparte.Person) error) error {
	return a.engine.EachPerson(ctx, part, use)
}

// EachEvent is as that of an Engine.
func (a *Archive) EachEvent(ctx context.Context, p *aparte.Person, use func(*StoryEntry) error) error {
	return a.engine.EachEvent(ctx, p, use)
}

// EachEntry is as that of an Engine.
func (a *Archive) EachEntry(ctx context.Context, p *aparte.Person, use func(*StoryEntry) error) error {
	return a.engine.EachEntry(ctx, p, use)
}
