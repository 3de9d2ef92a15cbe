package pebble_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/google/go-cmp/cmp"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/store"
)

func TestListsHaveWhatNothingLeadsTo(t *testing.T) {
	st, ctx := openMem(t, vfs.NewMem()), t.Context()
	epoch, err := st.Acquire(ctx, 3, "test", time.Time{}, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	var b store.Batch
	var people []aparte.PersonID
	var rows []store.IdentifierRow
	for i := range byte(7) {
		id, key := aparte.PersonID{i + 1}, store.Key{i + 1, 9}
		people, rows = append(people, id), append(rows, store.IdentifierRow{Key: key, Person: id})
		for seq := range uint64(3) {
			b.Entries = append(b.Entries, store.Entry{Person: id, Seq: seq + 1, Kind: store.EventEntry, Key: store.Key{i + 1, byte(9 * seq)}})
		}
	}
	b.Part, b.Epoch, b.Identifiers = 3, epoch, rows
	b.Timers = []store.Timer{{Person: people[0], Name: "one", Due: time.Unix(9, 0), Gen: 2}, {Person: people[1], Name: "two", Due: time.Unix(8, 0), Gen: 3}}
	if err := st.Commit(ctx, &b); err != nil {
		t.Fatal(err)
	}
	var gotPeople []aparte.PersonID
	var gotRows []store.IdentifierRow
	var gotKeys []store.Key
	for after := (aparte.PersonID{}); ; after = gotPeople[len(gotPeople)-1] { // two at a time
		page, err := st.Histories(ctx, 3, after, 2)
		if err != nil {
			t.Fatal(err)
		}
		if gotPeople = append(gotPeople, page...); len(page) < 2 {
			break
		}
	}
	for after := (store.Key{}); ; after = gotRows[len(gotRows)-1].Key {
		page, err := st.Identifiers(ctx, 3, after, 2)
		if err != nil {
			t.Fatal(err)
		}
		if gotRows = append(gotRows, page...); len(page) < 2 {
			break
		}
	}
	for after := (store.Key{}); ; after = gotKeys[len(gotKeys)-1] {
		page, err := st.EventKeys(ctx, 3, after, 2)
		if err != nil {
			t.Fatal(err)
		}
		if gotKeys = append(gotKeys, page...); len(page) < 2 {
			break
		}
	}
	if diff := cmp.Diff(people, gotPeople) + cmp.Diff(rows, gotRows); diff != "" || len(gotKeys) != 21 {
		t.Errorf("%d event keys, want 21; %s", len(gotKeys), diff)
	}
	for _, name := range []string{"b", "a"} {
		if _, err := st.PutDocument(ctx, name, nil); err != nil {
			t.Fatal(err)
		}
	}
	if names, err := st.DocumentNames(ctx); err != nil || fmt.Sprint(names) != "[a b]" {
		t.Errorf("documents %v, %v", names, err)
	}
	if differ, err := st.Check(ctx, 3); err != nil || len(differ) != 0 {
		t.Errorf("differ: %v, %v", differ, err)
	}
	st.DropTimerByName(3, people[0], "one")
	st.DropTimerByTime(3, people[1], "two", time.Unix(8, 0))
	if differ, err := st.Check(ctx, 3); err != nil || len(differ) != 2 {
		t.Errorf("one row of each of two timers is gone, and it tells %v, %v", differ, err)
	}
}
