package storetest

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/store"
)

func testPeople(t *testing.T, h Harness) {
	ctx := context.Background()
	t.Run("a state is replaced, emptied and deleted", func(t *testing.T) {
		s := newSite(t, h)
		p, q := s.person(part, 1), s.person(part, 2)
		for _, state := range [][]byte{[]byte("one"), []byte("another"), {}, nil} {
			s.commit(t, store.Batch{Part: part, People: []store.PersonRow{{ID: p, State: state}}})
			got := must(s.st.States(ctx, part, []aparte.PersonID{q, p}))(t)
			expect(t, "states", []store.PersonRow{{ID: q}, {ID: p, State: state}}, got)
			if got := got[1].State; (got == nil) != (state == nil) {
				t.Errorf("state %v came back as %v", state, got[1])
			}
		}
	})
	t.Run("states come in the order asked", func(t *testing.T) {
		s := newSite(t, h)
		b := store.Batch{Part: part}
		var ids []aparte.PersonID
		var none []store.PersonRow
		for i := range 10 {
			id := s.person(part, 10-i)
			ids, none = append(ids, id), append(none, store.PersonRow{ID: id})
			b.People = append(b.People, store.PersonRow{ID: id, State: []byte(fmt.Sprintf("state %d", i))})
		}
		s.commit(t, b)
		expect(t, "states", b.People, must(s.st.States(ctx, part, ids))(t))
		expect(t, "states of the part beside", none, must(s.st.States(ctx, part+1, ids))(t))
	})
	t.Run("people are scanned by page, in order of id", func(t *testing.T) {
		s := newSite(t, h)
		b := store.Batch{Part: part}
		for i := range 10 {
			b.People = append(b.People, store.PersonRow{ID: s.person(part, i+1), State: []byte{byte(i)}})
		}
		s.commit(t, b)
		s.commit(t, store.Batch{Part: part, Entries: []store.Entry{event(s.person(part, 5000), 1, store.Key{})}})
		expect(t, "people", b.People, s.read(t, part, known{}).People)
		expect(t, "a page of none", nil, must(s.st.People(ctx, part, aparte.PersonID{}, 0))(t))
		expect(t, "the part beside", nil, must(s.st.People(ctx, part+1, aparte.PersonID{}, 100))(t))
	})
	t.Run("a person keeps the state when only entries are added", func(t *testing.T) {
		s := newSite(t, h)
		p := s.person(part, 1)
		s.commit(t, store.Batch{Part: part, People: []store.PersonRow{{ID: p, State: []byte("state")}}})
		for seq := uint64(1); seq < 40; seq++ {
			s.commit(t, store.Batch{Part: part, Entries: []store.Entry{event(p, seq, key(int(seq)))}})
			want := []store.PersonRow{{ID: p, Last: seq, State: []byte("state")}}
			expect(t, "states", want, must(s.st.States(ctx, part, []aparte.PersonID{p}))(t))
		}
	})
	t.Run("a lazy batch is read at once, and kept when the store is closed", func(t *testing.T) {
		s := newSite(t, h)
		want := []store.PersonRow{{ID: s.person(part, 1), State: []byte("state")}}
		s.commit(t, store.Batch{Part: part, Lazy: true, People: want})
		expect(t, "states", want, must(s.st.States(ctx, part, []aparte.PersonID{want[0].ID}))(t))
		s.reopen(t)
		expect(t, "states after re-opening", want, must(s.st.States(ctx, part, []aparte.PersonID{want[0].ID}))(t))
	})
	t.Run("a person keeps the history when the state is deleted or replaced", func(t *testing.T) {
		s := newSite(t, h)
		p := s.person(part, 1)
		e := event(p, 1, key(1))
		s.commit(t, store.Batch{Part: part, People: []store.PersonRow{{ID: p, State: []byte("a")}}, Entries: []store.Entry{e}})
		s.commit(t, store.Batch{Part: part, People: []store.PersonRow{{ID: p}}})
		expect(t, "history", []store.Entry{e}, s.history(t, part, p))
		s.commit(t, store.Batch{Part: part, People: []store.PersonRow{{ID: p, State: []byte("b")}}})
		expect(t, "history", []store.Entry{e}, s.history(t, part, p))
		expectError(t, "the same number again", store.ErrConflict, s.try(t, store.Batch{Part: part, Entries: []store.Entry{event(p, 1, key(2))}}))
	})
}

func testIdentifiers(t *testing.T, h Harness) {
	ctx := context.Background()
	s := newSite(t, h)
	p, q := s.person(part, 1), s.person(part+1, 2)
	_, err := s.st.Owner(ctx, part, key(1))
	expectError(t, "owner of an unknown identifier", store.ErrNotFound, err)
	for _, person := range []aparte.PersonID{p, q} {
		s.commit(t, store.Batch{Part: part, Identifiers: []store.IdentifierRow{{Key: key(1), Person: person}}})
		expect(t, "owner", person, must(s.st.Owner(ctx, part, key(1)))(t))
	}
	_, err = s.st.Owner(ctx, part+1, key(1))
	expectError(t, "owner in the part beside", store.ErrNotFound, err)
	s.commit(t, store.Batch{Part: part, Identifiers: []store.IdentifierRow{{Key: key(1)}}})
	_, err = s.st.Owner(ctx, part, key(1))
	expectError(t, "owner after deletion", store.ErrNotFound, err)
}

func testHistory(t *testing.T, h Harness) {
	ctx := context.Background()
	s := newSite(t, h)
	p, q := s.person(part, 1), s.person(part, 2)
	var want []store.Entry // newest first
	for seq := uint64(1); seq <= 10; seq++ {
		e := event(p, seq, key(int(seq)))
		e.Kind, e.Body = store.EntryKind(1+seq%3), []byte(fmt.Sprintf("entry %d", seq))
		want = slices.Insert(want, 0, e)
		s.commit(t, store.Batch{Part: part, Entries: []store.Entry{e, event(q, seq, store.Key{})}})
	}
	expect(t, "history by page", want, s.history(t, part, p))
	expect(t, "all of it", want, must(s.st.History(ctx, part, p, 0, 100))(t))
	expect(t, "before 4, at most 2", want[7:9], must(s.st.History(ctx, part, p, 4, 2))(t))
	expect(t, "before the first", nil, must(s.st.History(ctx, part, p, 1, 2))(t))
	expect(t, "at most none", nil, must(s.st.History(ctx, part, p, 0, 0))(t))
	_, err := s.st.Entry(ctx, part, p, 11)
	expectError(t, "an entry that is not there", store.ErrNotFound, err)

	t.Run("numbers may be left out, and filled in later", func(t *testing.T) {
		s.commit(t, store.Batch{Part: part, Entries: []store.Entry{event(p, 20, key(20))}})
		s.reopen(t)
		s.commit(t, store.Batch{Part: part, Entries: []store.Entry{event(p, 16, key(16)), event(p, 15, key(15))}})
		for _, seq := range []uint64{10, 15, 16, 20} {
			err := s.try(t, store.Batch{Part: part, Entries: []store.Entry{event(p, seq, key(1000))}})
			expectError(t, fmt.Sprintf("entry %d again", seq), store.ErrConflict, err)
		}
		page := must(s.st.History(ctx, part, p, 0, 3))(t)
		expect(t, "history", []store.Entry{event(p, 20, key(20)), event(p, 16, key(16)), event(p, 15, key(15))}, page)
	})
	t.Run("an event key is known in its part, once and for good", func(t *testing.T) {
		keys := []store.Key{key(500), key(3), key(7), key(501)}
		expect(t, "seen", []bool{false, true, true, false}, must(s.st.Seen(ctx, part, keys))(t))
		expect(t, "seen in the part beside", make([]bool, 4), must(s.st.Seen(ctx, part+1, keys))(t))
		s.reopen(t)
		expect(t, "seen after re-opening", []bool{false, true, true, false}, must(s.st.Seen(ctx, part, keys))(t))
		err := s.try(t, store.Batch{Part: part, Entries: []store.Entry{event(q, 900, key(3))}})
		expectError(t, "a late repeat", store.ErrConflict, err)
		s.commit(t, store.Batch{Part: part + 1, Entries: []store.Entry{event(s.person(part+1, 1), 1, key(3))}})
	})
	t.Run("an event key that was looked for in vain is still taken only once", func(t *testing.T) {
		looked := func() { expect(t, "seen", []bool{false}, must(s.st.Seen(ctx, part, []store.Key{key(600)}))(t)) }
		looked()
		twice := store.Batch{Part: part, Entries: []store.Entry{event(q, 910, key(600)), event(q, 911, key(600))}}
		expectError(t, "twice in a batch", store.ErrConflict, s.try(t, twice))
		looked()
		s.commit(t, store.Batch{Part: part, Entries: []store.Entry{event(q, 910, key(600))}})
		again := store.Batch{Part: part, Entries: []store.Entry{event(q, 911, key(600))}}
		expectError(t, "again", store.ErrConflict, s.try(t, again))
	})
}
