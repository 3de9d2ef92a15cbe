package engine_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/engine"
	"github.com/aparte-dev/aparte/store"
)

// A tablet in a café was used by ada once, and taken for hers.
func TestWhoWasMergedByMistakeIsTakenOutWithAllThatIsTheirs(t *testing.T) {
	h := open(t)
	all := []aparte.Event{
		order("ada", "lamp", "o1", 25),
		event("Product Viewed", "", "tablet", map[string]any{"product_id": "lamp"}),
		identify("ada", "tablet", map[string]any{"email": "ada@example.com"}),
		event("Product Viewed", "", "tablet", map[string]any{"product_id": "vase"}),
		order("ada", "lamp", "o2", 25),
	}
	for _, e := range all {
		h.accept(e)
	}
	ada := h.who(aparte.KindUserID, "ada")
	if len(ada.Absorbed) != 1 || len(h.names(ada.ID)) != 5 {
		t.Fatalf("the two did not become one: %v", ada.Absorbed)
	}
	guest := ada.Absorbed[0]
	h.unmerge(ada.ID, guest)

	check := func(when string) {
		t.Helper()
		ada, tablet := h.who(aparte.KindUserID, "ada"), h.who(aparte.KindAnonymousID, "tablet")
		if ada.ID == tablet.ID || tablet.ID != guest || len(ada.Absorbed) != 0 {
			t.Fatalf("%s: the tablet is %s, ada %s of %v", when, tablet.ID, ada.ID, ada.Absorbed)
		}
		if got, want := h.names(ada.ID), []string{"Order Completed", "", "Order Completed"}; !slices.Equal(got, want) {
			t.Errorf("%s: ada's story has %q, want %q", when, got, want)
		}
		if got, want := h.names(tablet.ID), []string{"Product Viewed", "Product Viewed"}; !slices.Equal(got, want) {
			t.Errorf("%s: the tablet's story has %q, want %q", when, got, want)
		}
		if n := ada.Counter("product_views_7d", ada.LastSeen); n != 0 || ada.Orders.Count != 2 {
			t.Errorf("%s: ada has %v views and %d orders", when, n, ada.Orders.Count)
		}
		if n := tablet.Counter("product_views_7d", tablet.LastSeen); n < 1.9 || tablet.Orders.Count != 0 {
			t.Errorf("%s: the tablet has %v views and %d orders", when, n, tablet.Orders.Count)
		}
		if id, ok := ada.Identifier(aparte.KindAnonymousID); ok {
			t.Errorf("%s: ada is still named by %v", when, id)
		}
		if id, ok := ada.Identifier(aparte.KindEmail); !ok || id.Value != "ada@example.com" {
			t.Errorf("%s: ada has lost her address", when)
		}
	}
	check("taken apart")
	h.accept(all...)
	check("all sent again")
	h.reopen()
	h.accept(all...)
	check("after a restart, all sent again")

	if err := h.Unmerge(t.Context(), ada.ID, guest); !errors.Is(err, engine.ErrNotMerged) {
		t.Errorf("taken apart twice: %v", err)
	}
	h.accept(identify("ada", "tablet", nil))
	if a, b := h.who(aparte.KindUserID, "ada"), h.person(guest); a.ID == b.ID {
		t.Error("what was taken apart came together again by itself")
	}
	if err := h.Merge(t.Context(), guest, ada.ID); err != nil {
		t.Fatal(err)
	}
	if a := h.person(guest); a.ID != ada.ID || len(h.names(a.ID)) != 6 {
		t.Errorf("merged again, they are %s of %q", a.ID, h.names(a.ID))
	}
	if pairs := h.Apart(); len(pairs) != 0 {
		t.Errorf("still kept apart: %v", pairs)
	}
}

func TestNothingOfWhoWasTakenOutIsLeftWhereTheyAreErased(t *testing.T) {
	h := open(t)
	h.accept(order("ada", "lamp", "o1", 25))
	for i := range 5 {
		h.accept(event("Product Viewed", "", "tablet", map[string]any{"product_id": "lamp", "secret": i}))
	}
	h.accept(identify("ada", "tablet", nil))
	for i := range 5 {
		h.accept(event("Product Viewed", "", "tablet", map[string]any{"product_id": "lamp", "secret": i}))
	}
	ada := h.who(aparte.KindUserID, "ada")
	guest := ada.Absorbed[0]
	h.unmerge(ada.ID, guest)
	if err := h.Erase(t.Context(), guest); err != nil {
		t.Fatal(err)
	}
	if len(h.Apart()) != 0 {
		t.Error("it is still kept whom they were kept apart from")
	}
	entries, err := h.store.History(t.Context(), store.PartOf(ada.ID[:8], h.store.Parts()), ada.ID, 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.Kind == store.MergeEntry || e.Kind == store.MovedEntry && len(e.Body) != 8 {
			t.Errorf("entry %d of ada still tells of who was erased", e.Seq)
		}
		if e.Kind == store.EventEntry && slices.Contains(h.names(ada.ID), "Product Viewed") {
			t.Errorf("entry %d of ada is an event of who was erased", e.Seq)
		}
	}
	if _, err := h.Find(t.Context(), aparte.Identifier{Kind: aparte.KindAnonymousID, Value: "tablet"}); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("the tablet still names somebody: %v", err)
	}
	if a := h.who(aparte.KindUserID, "ada"); a.ID != ada.ID || a.Orders.Count != 1 {
		t.Error("ada was erased with them")
	}
}

// A decision that was taken of two who were taken for one cannot be taken again; those before and after can.
func TestADecisionFromBeforeOrAfterAnUnmergeIsReplayed(t *testing.T) {
	h := openStepped(t)
	h.tell(order("ada", "lamp", "o1", 25))
	before := h.ask("ada").Decision
	h.tell(event("Product Viewed", "", "tablet", map[string]any{"product_id": "lamp"}))
	h.tell(identify("ada", "tablet", nil))
	during := h.ask("ada").Decision
	ada, err := h.Person(t.Context(), before.ID.Person)
	h.check(err)
	h.check(h.Unmerge(t.Context(), ada.ID, ada.Absorbed[0]))
	h.tell(order("ada", "lamp", "o2", 25))
	after := h.ask("ada").Decision
	for when, d := range map[string]aparte.Decision{"before": before, "after": after} {
		r, err := h.Replay(t.Context(), d.ID)
		h.check(err)
		if !r.Same {
			t.Errorf("%s, it comes out otherwise: %v", when, r.Differences)
		}
	}
	if _, err := h.Replay(t.Context(), during.ID); err == nil {
		t.Error("a decision is said to be taken again of somebody who is two by now")
	}
}

// The oracle of an unmerge is another engine, in which the two never met.
func TestTakenApartTheyAreAsIfTheyHadNeverMet(t *testing.T) {
	one, two := open(t), open(t)
	run := 0
	rapid.Check(t, func(rt *rapid.T) {
		run++
		user := []string{fmt.Sprint("a", run), fmt.Sprint("b", run)}
		send := func(e aparte.Event) {
			for _, h := range []*house{one, two} {
				if err := h.Accept(t.Context(), []aparte.Event{e}); err != nil {
					rt.Fatal(err)
				}
			}
		}
		act := func() {
			i := rapid.IntRange(0, 1).Draw(rt, "who")
			device := fmt.Sprintf("%s-%d", user[i], rapid.IntRange(0, 2).Draw(rt, "device"))
			switch rapid.IntRange(0, 3).Draw(rt, "what") {
			case 0:
				send(event("Product Viewed", user[i], device, map[string]any{"product_id": "lamp", "category": "lanterns"}))
			case 1:
				send(identify(user[i], device, map[string]any{"email": device + "@example.com", "age": i}))
			case 2:
				send(order(user[i], "lamp", fresh("o"), 25))
			case 3:
				send(event("Page Viewed", "", device, nil))
			}
		}
		for _, u := range user { // both are there, and the first is the elder
			send(event("Ping", u, u+"-0", nil))
		}
		for range rapid.IntRange(0, 10).Draw(rt, "before") {
			act()
		}
		a, b := one.who(aparte.KindUserID, user[0]), one.who(aparte.KindUserID, user[1])
		if err := one.Merge(t.Context(), b.ID, a.ID); err != nil {
			rt.Fatal(err)
		}
		for range rapid.IntRange(0, 10).Draw(rt, "while they are one") {
			act()
		}
		whole := one.person(b.ID)
		if len(whole.Absorbed) == 0 {
			rt.Fatal("they did not become one")
		}
		leaving := b.ID
		if whole.ID == b.ID {
			leaving = a.ID
		}
		one.unmerge(whole.ID, leaving)
		for range rapid.IntRange(0, 5).Draw(rt, "after") {
			act()
		}
		for _, u := range user {
			got, want := one.who(aparte.KindUserID, u), two.who(aparte.KindUserID, u)
			ignored := cmpopts.IgnoreFields(aparte.Person{}, "Seq", "Absorbed", "Formerly", "RecentIDs", "Open", "Timers", "Trials", "Watch", "Return", "Journey")
			if diff := cmp.Diff(want, got, ignored, cmpopts.EquateEmpty()); diff != "" {
				rt.Fatalf("%s (-never met +taken apart):\n%s", u, diff)
			}
			if diff := cmp.Diff(two.names(want.ID), one.names(got.ID)); diff != "" {
				rt.Fatalf("story of %s (-never met +taken apart):\n%s", u, diff)
			}
		}
	})
}

func (h *house) unmerge(from, who aparte.PersonID) {
	h.t.Helper()
	if err := h.Unmerge(h.t.Context(), from, who); err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) person(id aparte.PersonID) aparte.Person {
	h.t.Helper()
	p, err := h.Person(h.t.Context(), id)
	if err != nil {
		h.t.Fatal(err)
	}
	return p
}

func TestMoreRecordsThanOnePersonCanBeAreSaidToBeTooMany(t *testing.T) {
	h := open(t)
	h.accept(event("Ping", "ada", "", nil))
	ada := h.who(aparte.KindUserID, "ada").ID
	var err error
	for i := 0; err == nil && i < 100; i++ {
		h.accept(event("Ping", "", fmt.Sprint("device-", i), nil))
		err = h.Merge(t.Context(), ada, h.who(aparte.KindAnonymousID, fmt.Sprint("device-", i)).ID)
	}
	if !errors.Is(err, engine.ErrTooMany) || len(h.person(ada).Absorbed) != 64 {
		t.Errorf("%v, and they are %d records more", err, len(h.person(ada).Absorbed))
	}
}
