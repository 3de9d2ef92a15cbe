package engine_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/engine"
	"github.com/aparte-dev/aparte/store"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestAnEventSentTwiceIsAppliedOnce(t *testing.T) {
	h := open(t)
	e := order("ada", "lamp", "o1", 25)
	h.accept(e, e)
	h.accept(e)
	p := h.who(aparte.KindUserID, "ada")
	if p.Orders.Count != 1 || p.Orders.Revenue.Amount != 2500 {
		t.Errorf("orders = %d for %v, want 1 for 25.00", p.Orders.Count, p.Orders.Revenue)
	}
	if got := h.names(p.ID); !slices.Equal(got, []string{"Order Completed"}) {
		t.Errorf("history = %q, want the order once", got)
	}
}

func TestAnEventRepeatedLongAfterIsAppliedOnce(t *testing.T) {
	h := open(t)
	first := order("ada", "lamp", "o1", 25)
	h.accept(first)
	for range 3 * aparte.MaxRecentIDs {
		h.accept(event("Ping", "ada", "", nil))
	}
	h.reopen()
	h.accept(first)
	if p := h.who(aparte.KindUserID, "ada"); p.Orders.Count != 1 {
		t.Errorf("orders = %d after a late repeat, want 1", p.Orders.Count)
	}
}

// What somebody did before they were known is kept where it was written when two records are joined: it
// must be found there when it is sent again.
func TestAnEventRepeatedLongAfterAMergeIsAppliedOnce(t *testing.T) {
	t.Parallel()
	h := open(t)
	var before []aparte.Event
	for i := range 20 { // so many that some devices live in another part than their user
		h.accept(event("Ping", fmt.Sprint("user-", i), "", nil)) // the elder record, which survives
		e := order("", "lamp", fmt.Sprint("o", i), 25)
		e.AnonymousID = fmt.Sprint("device-", i)
		before = append(before, e)
	}
	h.accept(before...)
	for i := range 20 {
		h.accept(identify(fmt.Sprint("user-", i), fmt.Sprint("device-", i), nil))
		for range 2 * aparte.MaxRecentIDs {
			h.accept(event("Ping", fmt.Sprint("user-", i), "", nil))
		}
	}
	h.reopen()
	h.accept(before...)
	for i := range 20 {
		p := h.who(aparte.KindUserID, fmt.Sprint("user-", i))
		if names := h.names(p.ID); strings.Count(strings.Join(names, ","), "Order Completed") != 1 {
			t.Errorf("user %d: the history has %q, want the order once", i, names)
		}
	}
}

func TestWhatWasDoneUnknownJoinsWhoIdentifies(t *testing.T) {
	h := open(t)
	h.accept(event("Product Viewed", "", "phone", map[string]any{"product_id": "lamp", "category": "lanterns"}))
	h.accept(identify("ada", "phone", map[string]any{"email": "Ada@Example.COM"}))
	h.accept(event("Product Viewed", "", "laptop", map[string]any{"product_id": "lamp", "category": "lanterns"}))
	h.accept(identify("ada", "laptop", nil)) // the second device merges two records
	p := h.who(aparte.KindUserID, "ada")
	for _, name := range []aparte.Identifier{
		{Kind: aparte.KindAnonymousID, Value: "phone"}, {Kind: aparte.KindAnonymousID, Value: "laptop"}, {Kind: aparte.KindEmail, Value: "ada@example.com"},
	} {
		if q := h.who(name.Kind, name.Value); q.ID != p.ID {
			t.Errorf("%s names %s, want %s", name, q.ID, p.ID)
		}
	}
	if got := h.names(p.ID); len(got) != 4 {
		t.Errorf("joined history has %d events (%q), want 4", len(got), got)
	}
	if views := p.Counter("product_views_7d", p.LastSeen); views < 1.9 {
		t.Errorf("product views after the merge = %v, want both", views)
	}
}

func TestTwoUsersOfOneDeviceStayTwoPeople(t *testing.T) {
	h := open(t)
	h.accept(identify("ada", "tablet", nil))
	h.accept(identify("bob", "tablet", nil))
	ada, bob := h.who(aparte.KindUserID, "ada"), h.who(aparte.KindUserID, "bob")
	if ada.ID == bob.ID {
		t.Fatal("a shared device made one person of two")
	}
	if last := h.who(aparte.KindAnonymousID, "tablet"); last.ID != bob.ID {
		t.Error("the device does not go with whom it was last seen with")
	}
	h.accept(event("Product Viewed", "ada", "tablet", map[string]any{"product_id": "lamp"}))
	if got := h.names(h.who(aparte.KindUserID, "ada").ID); !slices.Contains(got, "Product Viewed") {
		t.Errorf("what ada did while the device was bob's last is not hers: %q", got)
	}
}

// What was done on a device before it went to somebody else stays where it was written: it must be found
// there when it is sent again, however many hands the device has been through.
func TestAnEventRepeatedAfterItsDeviceChangedHandsIsAppliedOnce(t *testing.T) {
	h := open(t)
	const devices = 20 // so many that some of their users live in different parts
	var before []aparte.Event
	for i := range devices {
		anonymous := order("", "lamp", fmt.Sprint("o", i), 25)
		anonymous.AnonymousID = fmt.Sprint("tablet-", i)
		before = append(before, anonymous)
	}
	h.accept(before...)
	for _, user := range []string{"ada", "bob", "eve"} {
		for i := range devices {
			h.accept(identify(fmt.Sprint(user, i), fmt.Sprint("tablet-", i), nil))
		}
	}
	var since []aparte.Event // so many that nobody remembers the order themselves
	for i := range devices {
		for _, user := range []string{"ada", "bob", "eve"} {
			for range aparte.MaxRecentIDs {
				since = append(since, event("Ping", fmt.Sprint(user, i), "", nil))
			}
		}
	}
	h.accept(since...)
	h.reopen()
	h.accept(before...)
	for i := range devices {
		if who := h.who(aparte.KindAnonymousID, fmt.Sprint("tablet-", i)); who.Orders.Count != 0 {
			t.Errorf("device %d: its third user has %d orders of its first", i, who.Orders.Count)
		}
		if ada := h.who(aparte.KindUserID, fmt.Sprint("ada", i)); ada.Orders.Count != 1 {
			t.Errorf("device %d: its first user has %d orders, want 1", i, ada.Orders.Count)
		}
	}
}

func TestAnAliasMergesEvenTwoUserIDs(t *testing.T) {
	h := open(t)
	h.accept(order("old-ada", "lamp", "o1", 25), order("ada", "lamp", "o2", 25))
	e := event("", "ada", "", nil)
	e.Type, e.PreviousID = aparte.Alias, "old-ada"
	h.accept(e)
	p := h.who(aparte.KindUserID, "ada")
	if q := h.who(aparte.KindUserID, "old-ada"); q.ID != p.ID {
		t.Fatal("an alias did not merge")
	}
	if p.Orders.Count != 2 || p.Orders.Revenue.Amount != 5000 {
		t.Errorf("orders after the merge = %d for %v, want 2 for 50.00", p.Orders.Count, p.Orders.Revenue)
	}
}

func TestAnErasedPersonIsGoneAndMayComeBackAsAStranger(t *testing.T) {
	h := open(t)
	h.accept(identify("ada", "phone", map[string]any{"firstName": "Ada"}), event("Product Viewed", "", "laptop", nil), identify("ada", "laptop", nil))
	p := h.who(aparte.KindUserID, "ada")
	if err := h.Erase(t.Context(), p.ID); err != nil {
		t.Fatal(err)
	}
	for _, id := range append([]aparte.PersonID{p.ID}, p.Absorbed...) {
		entries, err := h.store.History(t.Context(), store.PartOf(id[:8], h.store.Parts()), id, 0, 10)
		if err != nil || len(entries) != 0 {
			t.Errorf("%d entries of an erased person are left (%v)", len(entries), err)
		}
	}
	h.reopen()
	if _, err := h.Find(t.Context(), aparte.Identifier{Kind: aparte.KindUserID, Value: "ada"}); err == nil {
		t.Error("the identifier of an erased person still names somebody")
	}
	h.accept(order("ada", "lamp", "o9", 25))
	if q := h.who(aparte.KindUserID, "ada"); q.Orders.Count != 1 || len(q.Traits) != 0 {
		t.Errorf("who came back is not a stranger: %+v", q)
	}
}

func TestMorePeopleThanOneTurnHoldsAllArrive(t *testing.T) {
	h := open(t)
	var events []aparte.Event
	for i := range 3000 {
		events = append(events, event("Ping", fmt.Sprint("user-", i%1500), "", nil))
	}
	h.accept(append(events, events...)...)
	h.reopen()
	for i := range 1500 {
		p := h.who(aparte.KindUserID, fmt.Sprint("user-", i))
		if got := h.names(p.ID); len(got) != 2 {
			t.Fatalf("user-%d has %d events, want 2", i, len(got))
		}
	}
}

// What a device does in one batch is of whom it was given to before in it, as if each event had been sent by itself.
func TestEventsOfABatchAreOfWhomTheirDeviceWasThen(t *testing.T) {
	t.Parallel()
	h := open(t)
	const devices = 60 // of as many parts as there are, so that who has one is told by letters
	var batch []aparte.Event
	for i := range devices {
		tablet := fmt.Sprint("shared-", i)
		batch = append(batch,
			event("First", fmt.Sprint("ann-", i), tablet, nil), event("Anonymous", "", tablet, nil),
			event("Second", fmt.Sprint("ben-", i), tablet, nil), event("Anonymous", "", tablet, nil), event("Anonymous", "", tablet, nil))
	}
	h.accept(batch...)
	for i := range devices {
		for user, want := range map[string][]string{"ann-": {"First", "Anonymous"}, "ben-": {"Second", "Anonymous", "Anonymous"}} {
			if got := h.names(h.who(aparte.KindUserID, fmt.Sprint(user, i)).ID); !slices.Equal(got, want) {
				t.Errorf("%s%d did %q, want %q", user, i, got, want)
			}
		}
	}
}

// A question that names a user and a device nobody had used by name is answered of who has the device, who may prove to be another user.
func TestWhoWasTakenForAnotherUserByAQuestionIsNotThem(t *testing.T) {
	h := open(t)
	h.accept(event("Looked", "", "tablet", nil))
	if _, err := h.Decide(t.Context(), engine.Request{
		Identifiers: []aparte.Identifier{{Kind: aparte.KindUserID, Value: "ann"}, {Kind: aparte.KindAnonymousID, Value: "tablet"}}, Slots: []string{"hero"},
	}); err != nil {
		t.Fatal(err)
	}
	h.accept(event("By ben", "ben", "tablet", nil))
	h.accept(event("By ann", "ann", "", nil))
	ann, ben := h.who(aparte.KindUserID, "ann"), h.who(aparte.KindUserID, "ben")
	if ann.ID == ben.ID {
		t.Fatal("two users are one")
	}
	if got := h.names(ann.ID); !slices.Equal(got, []string{"By ann"}) {
		t.Errorf("ann did %q", got)
	}
	if got := h.names(ben.ID); !slices.Equal(got, []string{"Looked", "By ben"}) {
		t.Errorf("ben did %q", got)
	}
}

// Who is asked about for the first time, by several names, is answered at once: what the names lead to is not waited for until a commit that may wait.
func TestAQuestionThatIntroducesNamesIsAnsweredAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := openSpread(t, 1)
		began := time.Now() // the bubble's clock, which goes on where everybody waits for it
		for i := range 20 {
			if _, err := h.Decide(t.Context(), engine.Request{
				Identifiers: []aparte.Identifier{{Kind: aparte.KindUserID, Value: fmt.Sprint("u", i)}, {Kind: aparte.KindAnonymousID, Value: fmt.Sprint("d", i)}}, Slots: []string{"hero"},
			}); err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(began); took >= 250*time.Millisecond { // as long as one such commit waits
			t.Errorf("20 answers took %v by the clock of those who wait", took)
		}
		h.stop()
	})
}

// Two users of one device who come at the same moment stay two, whoever is first, and what each did is theirs.
func TestTwoUsersOfADeviceAtOnceStayTwo(t *testing.T) {
	t.Parallel()
	basket := func(user string) aparte.Event { // sets a timer
		return event("Product Added", user, "", map[string]any{"product_id": "lamp", "quantity": 1})
	}
	for name, before := range map[string][]aparte.Event{
		"that nobody had":         nil,
		"of somebody unknown":     {event("Before", "", "tablet", nil)},
		"older than its users":    {event("Before", "", "tablet", nil), basket("ann"), basket("ben")},
		"younger than its users":  {event("Before", "ann", "", nil), event("Before", "ben", "", nil), event("Before", "", "tablet", nil)},
		"in between, as users go": {event("Before", "ann", "", nil), event("Before", "", "tablet", nil), event("Before", "ben", "", nil)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := open(t)
			const devices = 200
			of := func(i int, e aparte.Event) aparte.Event {
				for _, id := range []*string{&e.UserID, &e.AnonymousID} {
					if *id != "" {
						*id = fmt.Sprint(*id, "-", i)
					}
				}
				e.MessageID = aparte.MessageID(fmt.Sprint(e.MessageID, "-", i))
				return e
			}
			var wg sync.WaitGroup
			for i := range devices {
				for _, e := range before {
					h.accept(of(i, e))
				}
				for _, user := range []string{"ann", "ben"} {
					wg.Go(func() {
						for n := range 3 {
							e := of(i, event(fmt.Sprint(user, n), user, "tablet", nil))
							if err := h.Accept(t.Context(), []aparte.Event{e}); err != nil {
								t.Error(err)
							}
						}
					})
				}
			}
			wg.Wait()
			h.reopen() // and none of it waits
			for _, f := range verified(t, h.store, h.store).Faults {
				t.Errorf("%+v", f)
			}
			for i := range devices {
				var all []string
				people := map[string]aparte.PersonID{}
				for _, user := range []string{"ann", "ben"} {
					id := h.who(aparte.KindUserID, fmt.Sprint(user, "-", i)).ID
					people[user] = id
					for _, did := range h.names(id) {
						if did != "Before" && did != "Product Added" {
							all = append(all, did)
						}
						if did != "Before" && did != "Product Added" && !strings.HasPrefix(did, user) {
							t.Errorf("device %d: %s did %s", i, user, did)
						}
					}
				}
				if people["ann"] == people["ben"] {
					t.Fatalf("device %d: its two users became one", i)
				}
				if device := h.who(aparte.KindAnonymousID, fmt.Sprint("tablet-", i)).ID; device != people["ann"] && device != people["ben"] {
					t.Errorf("device %d is neither user's", i)
				}
				slices.Sort(all)
				if want := []string{"ann0", "ann1", "ann2", "ben0", "ben1", "ben2"}; !slices.Equal(all, want) {
					t.Errorf("device %d: its users did %q", i, all)
				}
			}
		})
	}
}

// The oracle of identity is union-find: whatever identifiers stood together in an event are one person.
// Events are drawn so that no person gets two userIds, where the order of events would matter by design.
func TestIdentityEqualsUnionFindInAnyOrder(t *testing.T) {
	t.Parallel()
	h := open(t)
	run := 0
	rapid.Check(t, func(rt *rapid.T) {
		run++
		humans := rapid.IntRange(1, 4).Draw(rt, "humans")
		var events []aparte.Event
		oracle := unionFind{}
		n := rapid.IntRange(1, 25).Draw(rt, "events")
		for range n {
			human := rapid.IntRange(0, humans-1).Draw(rt, "human")
			user := fmt.Sprintf("u%d-%d", run, human)
			device := fmt.Sprintf("d%d-%d-%d", run, human, rapid.IntRange(0, 3).Draw(rt, "device"))
			mail := fmt.Sprintf("m%d-%d-%d@example.com", run, human, rapid.IntRange(0, 1).Draw(rt, "mail"))
			switch rapid.IntRange(0, 3).Draw(rt, "kind") {
			case 0:
				events = append(events, event("Ping", "", device, nil))
				oracle.join(device)
			case 1:
				events = append(events, event("Ping", user, device, nil))
				oracle.join(user, device)
			case 2:
				events = append(events, identify("", device, map[string]any{"email": mail}))
				oracle.join(device, mail)
			case 3:
				events = append(events, identify(user, device, map[string]any{"email": mail}))
				oracle.join(user, device, mail)
			}
		}
		if rapid.Bool().Draw(rt, "together") {
			if err := h.Accept(t.Context(), events); err != nil {
				rt.Fatal(err)
			}
		} else {
			for _, e := range events {
				if err := h.Accept(t.Context(), []aparte.Event{e}); err != nil {
					rt.Fatal(err)
				}
			}
		}
		got, want := map[string][]string{}, oracle.groups()
		total := 0
		for name := range oracle {
			p := h.who(kindOf(name), name)
			got[p.ID.String()] = append(got[p.ID.String()], name)
		}
		for id := range got {
			slices.Sort(got[id])
			pid, _ := aparte.ParsePersonID(id)
			total += len(h.names(pid))
		}
		if diff := cmp.Diff(want, sortedGroups(got)); diff != "" {
			rt.Fatalf("groups of identifiers (-want +got):\n%s", diff)
		}
		if total != len(events) {
			rt.Fatalf("histories hold %d events, %d were accepted", total, len(events))
		}
	})
}

func kindOf(name string) aparte.IdentifierKind {
	switch name[0] {
	case 'u':
		return aparte.KindUserID
	case 'm':
		return aparte.KindEmail
	}
	return aparte.KindAnonymousID
}

// unionFind maps each name to its parent.
type unionFind map[string]string

func (u unionFind) root(name string) string {
	if u[name] == "" {
		u[name] = name
	}
	for u[name] != name {
		name = u[name]
	}
	return name
}

func (u unionFind) join(names ...string) {
	for _, n := range names {
		u[u.root(n)] = u.root(names[0])
	}
}

func (u unionFind) groups() [][]string {
	by := map[string][]string{}
	for name := range u {
		by[u.root(name)] = append(by[u.root(name)], name)
	}
	for _, g := range by {
		slices.Sort(g)
	}
	return sortedGroups(by)
}

func sortedGroups(by map[string][]string) [][]string {
	var out [][]string
	for _, g := range by {
		out = append(out, g)
	}
	slices.SortFunc(out, func(a, b []string) int { return slices.Compare(a, b) })
	return out
}
