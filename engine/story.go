package engine

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/store"
)

// StoryPlace is a place in a person's story, which is told newest first: between what was told before and
// what is older. Many entries can have one instant, that of their commit, so that a time alone would
// not say where a page ended. The zero place is the beginning: now.
type StoryPlace struct {
	At   time.Time
	Told int // entries of the instant At that were told already
}

// Beyond is the place behind entries, which were told from p on.
func (p StoryPlace) Beyond(entries []StoryEntry) StoryPlace {
	if len(entries) == 0 {
		return p
	}
	last := entries[len(entries)-1].At
	next := StoryPlace{At: last}
	for _, e := range slices.Backward(entries) {
		if !e.At.Equal(last) {
			return next
		}
		next.Told++
	}
	if p.Told > 0 && p.At.Equal(last) {
		next.Told += p.Told
	}
	return next
}

// String is a place as it stands in an address: its time, a tilde, and how much of that instant was told;
// empty for the beginning.
func (p StoryPlace) String() string {
	if p.At.IsZero() {
		return ""
	}
	return p.At.UTC().Format(time.RFC3339Nano) + "~" + strconv.Itoa(p.Told)
}

// maxTold bounds what a place from outside may ask to pass over: more than one commit can hold of one
// person.
const maxTold = 1 << 14

// ParseStoryPlace reads what String wrote; ok is false for anything else.
func ParseStoryPlace(text string) (p StoryPlace, ok bool) {
	if text == "" {
		return p, true
	}
	instant, told, _ := strings.Cut(text, "~")
	at, err := time.Parse(time.RFC3339Nano, instant)
	n, wrong := strconv.Atoi(told)
	if err != nil || wrong != nil || n < 0 || n > maxTold {
		return p, false
	}
	return StoryPlace{At: at.UTC(), Told: n}, true
}

// Story is up to limit entries of a person's history from a place on, newest first. What was recorded of
// people merged into them is part of it. A short answer means the end.
func (e *Engine) Story(ctx context.Context, id aparte.PersonID, from StoryPlace, limit int) ([]StoryEntry, error) {
	p, err := e.Person(ctx, id)
	if err != nil {
		return nil, err
	}
	var before time.Time
	if !from.At.IsZero() {
		before = from.At.Add(1)
	}
	again := from.Told // these are read to be passed over
	var out []StoryEntry
	for _, one := range append([]aparte.PersonID{p.ID}, p.Absorbed...) {
		entries, err := e.storyOf(ctx, one, before, limit+again)
		if err != nil {
			return nil, err
		}
		out = append(out, entries...)
	}
	slices.SortStableFunc(out, func(a, b StoryEntry) int {
		if c := b.At.Compare(a.At); c != 0 {
			return c
		}
		return int(int64(b.Seq) - int64(a.Seq))
	})
	for again > 0 && len(out) > 0 && out[0].At.Equal(from.At) {
		out, again = out[1:], again-1
	}
	return out[:min(limit, len(out))], nil
}

// storyOf is the story of one record.
func (e *Engine) storyOf(ctx context.Context, id aparte.PersonID, before time.Time, limit int) ([]StoryEntry, error) {
	var out []StoryEntry
	for seq := uint64(0); len(out) < limit; {
		entries, err := e.store.History(ctx, e.partOf(id), id, seq, limit)
		if err != nil {
			return nil, fmt.Errorf("history of %s: %w", id, err)
		}
		for _, entry := range entries {
			seq = entry.Seq
			if !before.IsZero() && !entry.At.Before(before) {
				continue
			}
			if entry.Kind == store.MovedEntry {
				continue // it is told where it went
			}
			told, err := readEntry(entry)
			if err != nil {
				return nil, fmt.Errorf("history of %s, entry %d: %w", id, entry.Seq, err)
			}
			if told.Event, err = e.unsealed(ctx, told.Event); err != nil {
				return nil, fmt.Errorf("history of %s, entry %d: %w", id, entry.Seq, err)
			}
			out = append(out, told)
		}
		if len(entries) < limit {
			break
		}
	}
	return out[:min(limit, len(out))], nil
}

func readEntry(entry store.Entry) (StoryEntry, error) {
	s := StoryEntry{Seq: entry.Seq, At: entry.At}
	switch entry.Kind {
	case store.EventEntry:
		event, err := decodeEvent(entry.Body)
		if err != nil {
			return s, err
		}
		s.Event = &event
	case store.DecisionEntry:
		d, err := readDecision(aparte.DecisionID{Person: entry.Person, Seq: entry.Seq}, entry)
		if err != nil {
			return s, err
		}
		s.Decision = &d
	case store.MergeEntry:
		m, err := readMerging(entry.Body)
		if err != nil {
			return s, err
		}
		s.Merged = m.loser
	case store.SplitEntry:
		split, err := readSplitting(entry.Body)
		if err != nil {
			return s, err
		}
		s.Split = split.Person
	case store.MovedEntry:
	default:
		return s, fmt.Errorf("unknown kind of entry %d", entry.Kind)
	}
	return s, nil
}
