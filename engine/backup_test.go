package engine_test

import (
	"bytes"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/store/backup"
	"github.com/aparte-dev/aparte/store/pebble"
)

// A house goes on from a backup as it went on from the instant at which that was taken: the same timers fire, the same decisions are taken,
// the same messages leave, the same is learned.
func TestAHouseGoesOnFromABackupAsItDidWithout(t *testing.T) {
	dir, restored := t.TempDir(), filepath.Join(t.TempDir(), "restored")
	since := time.Date(2030, 1, 1, 8, 0, 0, 0, time.UTC)
	live := func(dir string) (*stepped, *pebble.Store, *door) {
		mails := newDoor(aparte.Email)
		h := &stepped{t: t}
		h.senders = append(h.senders, mails)
		h.set(since)
		st, err := pebble.Open(dir, pebble.Options{Parts: 3})
		h.check(err)
		h.store = st
		h.start()
		return h, st, mails
	}
	before, st, mails := live(dir)
	_, err := before.Publish(t.Context(), brand())
	before.check(err)
	for i := range 30 {
		user := fmt.Sprint("u", i)
		before.tellNow(identify(user, fmt.Sprint("d", i), map[string]any{"email": user + "@example.com", "consents": []map[string]any{
			{"purpose": "marketing", "channel": "email", "granted": true, "source": "test"}}}))
		before.tellNow(event("Product Added", user, "", map[string]any{"product_id": "lamp", "quantity": 1}))
		before.ask(user)
	}
	before.pass(time.Minute)
	since = *before.now.Load()
	var archive bytes.Buffer
	before.check(st.Checkpoint(t.Context(), func(dir string) error { return backup.Write(t.Context(), &archive, dir, backup.About{Parts: 3}) }))
	type life struct {
		mails  []string
		people []aparte.Person
		model  []byte
		said   []aparte.Decision
	}
	goOn := func(h *stepped, mails *door) (l life) {
		h.pass(2 * time.Hour)
		h.delivered()
		l.mails = slices.Sorted(maps.Keys(mails.empty()))
		for i := range 30 {
			l.said = append(l.said, h.ask(fmt.Sprint("u", i)).Decision)
		}
		h.pass(time.Hour)
		people, err := h.People(t.Context(), aparte.PersonID{}, 100)
		h.check(err)
		l.people, l.model = people, h.Model()
		h.check(h.Close())
		h.check(h.store.Close())
		return l
	}
	want := goOn(before, mails)
	_, err = backup.Restore(t.Context(), backup.Archive(&archive), restored, func(string, backup.About) error { return nil }, nil)
	before.check(err)
	after, _, mails := live(restored)
	got := goOn(after, mails)
	if len(want.mails) == 0 {
		t.Fatal("no timer fired that stood in the backup: nothing is shown")
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(life{})); diff != "" {
		t.Error(diff)
	}
}
