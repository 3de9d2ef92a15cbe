package storetest

import (
	"context"
	"errors"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/store"
)

// contents is everything that can be read of a part.
type contents struct {
	People  []store.PersonRow
	States  map[aparte.PersonID]string
	Last    map[aparte.PersonID]uint64 // number of the last entry
	Owners  map[store.Key]aparte.PersonID
	History map[aparte.PersonID][]store.Entry // newest first
	Seen    map[store.Key]bool                // event keys
	Timers  []store.Timer
	Letters []store.Letter
	Feed    []store.FeedRow
}

// known is what a test may have written and what cannot be listed.
type known struct {
	people      []aparte.PersonID
	identifiers []store.Key
	events      []store.Key
}

// pageLen is how many rows are read at once: few, so that most reads need several pages.
const pageLen = 3

// read is the part's contents, each kind read in every way there is.
func (s *site) read(t tester, part store.Part, k known) contents {
	t.Helper()
	ctx := context.Background()
	c := contents{
		States:  map[aparte.PersonID]string{},
		Last:    map[aparte.PersonID]uint64{},
		Owners:  map[store.Key]aparte.PersonID{},
		History: map[aparte.PersonID][]store.Entry{},
		Seen:    map[store.Key]bool{},
	}
	c.People = pages(t, aparte.PersonID{}, func(r store.PersonRow) aparte.PersonID { return r.ID },
		func(after aparte.PersonID) ([]store.PersonRow, error) { return s.st.People(ctx, part, after, pageLen) })
	for i, row := range must(s.st.States(ctx, part, k.people))(t) {
		if row.ID != k.people[i] {
			t.Fatalf("row %d is that of %s, not of %s", i, row.ID, k.people[i])
		}
		if row.State != nil {
			c.States[row.ID] = string(row.State)
		}
		if row.Last != 0 {
			c.Last[row.ID] = row.Last
		}
	}
	for _, id := range k.identifiers {
		person, err := s.st.Owner(ctx, part, id)
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		c.Owners[id] = must(person, err)(t)
	}
	for _, person := range k.people {
		c.History[person] = s.history(t, part, person)
	}
	for i, seen := range must(s.st.Seen(ctx, part, k.events))(t) {
		c.Seen[k.events[i]] = seen
	}
	c.Timers = must(s.st.Due(ctx, part, now.AddDate(1000, 0, 0), 1000))(t)
	c.Letters = pages(t, 0, func(l store.Letter) uint64 { return l.Number },
		func(after uint64) ([]store.Letter, error) { return s.st.Letters(ctx, part, after, pageLen) })
	c.Feed = pages(t, 0, func(r store.FeedRow) uint64 { return r.Position },
		func(after uint64) ([]store.FeedRow, error) { return s.st.Feed(ctx, part, after, pageLen) })
	return c
}

// history is a person's whole history, read by page, and then entry by entry.
func (s *site) history(t tester, part store.Part, person aparte.PersonID) []store.Entry {
	t.Helper()
	entries := pages(t, 0, func(e store.Entry) uint64 { return e.Seq }, func(before uint64) ([]store.Entry, error) {
		return s.st.History(context.Background(), part, person, before, pageLen)
	})
	for _, e := range entries {
		one := must(s.st.Entry(context.Background(), part, person, e.Seq))(t)
		if diff := cmp.Diff(e, one); diff != "" {
			t.Fatalf("entry %d alone differs from the history's:\n%s", e.Seq, diff)
		}
	}
	return entries
}

// pages reads page after page until one is empty.
func pages[R, C any](t tester, from C, cursor func(R) C, page func(C) ([]R, error)) []R {
	t.Helper()
	var all []R
	for {
		rows := must(page(from))(t)
		if len(rows) == 0 {
			return all
		}
		if len(rows) > pageLen {
			t.Fatalf("a page has %d rows, %d were asked for", len(rows), pageLen)
		}
		all = append(all, rows...)
		from = cursor(rows[len(rows)-1])
	}
}

// expect compares values, an empty slice or map being as good as none.
func expect[V any](t tester, what string, want, got V) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Fatalf("%s (-want +got):\n%s", what, diff)
	}
}

// expectError checks for one of the errors that callers act on.
func expectError(t tester, what string, want, got error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Fatalf("%s: got error %v, want %v", what, got, want)
	}
}
