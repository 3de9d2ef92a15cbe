package engine_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/store"
	"github.com/aparte-dev/aparte/store/sealed"
)

// naming are the identifiers that name somebody of whom is holds, in all parts.
func (h *stepped) naming(is func(aparte.PersonID) bool) (n int) {
	h.t.Helper()
	for part := range h.store.Parts() {
		rows, err := h.store.(store.Inspector).Identifiers(h.t.Context(), store.Part(part), store.Key{}, 100_000)
		h.check(err)
		for _, row := range rows {
			if is(row.Person) {
				n++
			}
		}
	}
	return n
}

// there reports whether somebody has a row, records that were merged into others included.
func (h *stepped) there(id aparte.PersonID) bool {
	h.t.Helper()
	rows, err := h.store.States(h.t.Context(), store.PartOf(id[:8], h.store.Parts()), []aparte.PersonID{id})
	h.check(err)
	return rows[0].State != nil
}

func (h *stepped) nowhere(id aparte.PersonID) bool { return !h.there(id) }

// dead is that nothing can be delivered to an address of somebody any more.
func dead(user string, on aparte.Channel, address string) aparte.Event {
	return event(aparte.EventFailed, user, "", map[string]any{"channel": on, "suppress": true, "address": address})
}

// wanders gives somebody more devices than a record keeps, some known before they were, an address that bounced and a token that is dead.
func (h *stepped) wanders(user string) (p aparte.Person, who []aparte.PersonID) {
	h.t.Helper()
	name := func(i int) string { return fmt.Sprintf("%s-device-%d", user, i) }
	for i := range 10 {
		h.tell(event("Product Viewed", "", name(i), map[string]any{"product_id": "lamp"}))
		h.pass(time.Second)
	}
	for i := range 100 {
		h.tell(identify(user, name(i), nil))
	}
	address, token := user+"-of-old@example.com", fmt.Sprintf("%064x", len(user)+int(user[0])<<8)
	h.tell(identify(user, "", map[string]any{"email": address}))
	h.tell(device(user, token))
	h.tell(dead(user, aparte.Email, address))
	h.tell(dead(user, aparte.MobilePush, token))
	h.pass(time.Second)
	p = h.customer(user)
	who = append([]aparte.PersonID{p.ID}, p.Absorbed...)
	for _, id := range p.Identifiers {
		if id.Value == address || id.Value == token {
			h.t.Fatalf("%s still has %s", user, id.Kind)
		}
	}
	if n := h.naming(func(id aparte.PersonID) bool { return slices.Contains(who, id) }); n != 103 || len(p.Identifiers) >= 100 || len(p.Absorbed) == 0 {
		h.t.Fatalf("%s has %d identifiers, %d records and is named by %d: nothing would be left behind", user, len(p.Identifiers), len(p.Absorbed), n)
	}
	return p, who
}

func TestAfterThePurgeNoIdentifierNamesWhoWasErased(t *testing.T) {
	h := openStepped(t)
	ann, gone := h.wanders("ann")
	_, stays := h.wanders("bob")
	named := func(who []aparte.PersonID) int {
		return h.naming(func(id aparte.PersonID) bool { return slices.Contains(who, id) })
	}
	h.check(h.Erase(t.Context(), ann.ID))
	if named(gone) == 0 {
		t.Fatal("nothing is left behind: what the purge is to find")
	}
	list := h.store.(store.Inspector)
	for _, f := range verified(t, h.store, list).Faults {
		t.Errorf("before the purge: %+v", f)
	}
	h.reopen()
	h.pass(time.Hour)
	if n := named(gone); n != 0 || h.naming(h.nowhere) != 0 {
		t.Errorf("%d identifiers name who was erased, %d nobody", n, h.naming(h.nowhere))
	}
	if n := named(stays); n != 103 {
		t.Errorf("%d name who stays, want 103", n)
	}
	for i := range 100 {
		if _, err := h.Find(t.Context(), aparte.Identifier{Kind: aparte.KindAnonymousID, Value: fmt.Sprintf("bob-device-%d", i)}); err != nil {
			t.Errorf("device %d of who stays: %v", i, err)
		}
	}
	h.check(h.Close())
	for _, f := range verified(t, h.store, list).Faults {
		t.Errorf("after the purge: %+v", f)
	}
}

// Whoever comes with a device of somebody erased, before the purge or after it, is somebody new, and nothing that they do is lost.
func TestWhoComesWithAnIdentifierThatTheErasedHadIsSomebodyNew(t *testing.T) {
	h := openStepped(t)
	ann, gone := h.wanders("ann")
	h.check(h.Erase(t.Context(), ann.ID))
	h.pass(time.Second)
	for i := range 100 {
		name := fmt.Sprintf("ann-device-%d", i)
		if i%2 == 0 {
			h.tell(event("Product Viewed", "", name, map[string]any{"product_id": "lamp"}))
		} else {
			h.tell(identify("cleo", name, nil))
		}
		p := h.of(aparte.KindAnonymousID, name)
		if slices.Contains(gone, p.ID) || i%2 == 1 && p.ID != h.id("cleo") {
			t.Fatalf("device %d is of %s, cleo is %s", i, p.ID, h.id("cleo"))
		}
	}
	before := h.naming(h.there)
	h.pass(time.Hour)
	if n := h.naming(h.there); n != before || h.naming(h.nowhere) != 0 {
		t.Errorf("of %d identifiers %d are left, and %d that name nobody", before, n, h.naming(h.nowhere))
	}
}

// A store whose last purge was made by a version that did not look for them is looked through once more.
func TestWhoWasErasedBeforeIdentifiersWereLookedForIsForgottenToo(t *testing.T) {
	h := openStepped(t)
	ann, _ := h.wanders("ann")
	h.check(h.Erase(t.Context(), ann.ID))
	h.check(h.Close())
	_, err := h.store.PutDocument(t.Context(), "erasure/purged", []byte(`{"latest":"2030-01-01T08:00:00Z","purged":"2030-01-01T08:00:00Z"}`))
	h.check(err)
	h.start()
	if h.naming(h.nowhere) == 0 {
		t.Fatal("nothing is left behind")
	}
	h.pass(24 * time.Hour)
	if n := h.naming(h.nowhere); n != 0 {
		t.Errorf("%d identifiers name nobody", n)
	}
	last := h.Purging().Purged
	h.reopen()
	h.pass(48 * time.Hour)
	if !h.Purging().Purged.Equal(last) {
		t.Error("it is looked through again and again")
	}
}

// Whatever people live, no identifier names nobody once a purge is over.
func TestAfterAPurgeOfRandomLivesEveryIdentifierNamesSomebody(t *testing.T) {
	skipUnderRace(t)
	t.Parallel()
	left := 0
	for seed := range uint64(4) {
		h := openStepped(t, newDoor(aparte.Email))
		draw := rand.New(rand.NewPCG(seed, 98))
		for range 4 {
			live(h, draw, 30)
			for n := range 70 { // more than a record keeps
				h.tell(identify("u1", fmt.Sprint("tablet", n), nil))
			}
			h.tell(dead("u2", aparte.Email, "u2@example.com"))
			p := h.customer([]string{"u1", "u2"}[draw.IntN(2)])
			h.check(h.Erase(t.Context(), p.ID))
			left += h.naming(h.nowhere)
			live(h, draw, 10)
			h.check(h.Purge(t.Context()))
			if n := h.naming(h.nowhere); n != 0 {
				t.Errorf("seed %d: %d identifiers name nobody", seed, n)
			}
		}
		h.check(h.Close())
		for _, f := range verified(t, h.store, h.store.(store.Inspector)).Faults {
			t.Errorf("seed %d: %+v", seed, f)
		}
	}
	if left == 0 {
		t.Error("nothing was ever left behind")
	}
}

// The store that serves is one that can list what an erasure leaves behind.
var _ store.Inspector = (*sealed.Store)(nil)
