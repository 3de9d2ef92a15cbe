package engine_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/engine"
	"github.com/aparte-dev/aparte/store"
)

// Whatever became of people, a sample is those who are there and whose place is below the share, each once: nobody who was erased, and
// one of those who were found to be the same.
func TestASampleIsOfThoseWhoAreThereEachOnce(t *testing.T) {
	skipUnderRace(t)
	t.Parallel()
	h := openStepped(t)
	names := map[aparte.Identifier]bool{} // that were ever told of anybody
	known := func(kind aparte.IdentifierKind, value string) string {
		names[aparte.Identifier{Kind: kind, Value: value}] = true
		return value
	}
	rapid.Check(t, func(rt *rapid.T) {
		user := func(what string) string {
			return known(aparte.KindUserID, fmt.Sprint("user-", rapid.IntRange(0, 90).Draw(rt, what)))
		}
		device := func() string {
			return known(aparte.KindAnonymousID, fmt.Sprint("device-", rapid.IntRange(0, 90).Draw(rt, "device")))
		}
		for range rapid.IntRange(1, 40).Draw(rt, "doings") {
			h.set(h.now.Load().Add(time.Millisecond)) // ids tell when people came
			switch rapid.IntRange(0, 5).Draw(rt, "doing") {
			case 0, 1:
				h.accept(event("Ping", "", device(), nil))
			case 2, 3:
				h.accept(identify(user("user"), device(), nil))
			case 4:
				a, foundA := h.find(user("one"))
				if b, foundB := h.find(user("another")); foundA && foundB && a != b {
					h.check(h.Merge(t.Context(), a, b))
				}
			case 5:
				if id, found := h.find(user("erased")); found {
					h.check(h.Erase(t.Context(), id))
				}
			}
		}
		h.check(h.Step(t.Context()))
		people := map[aparte.PersonID]uint64{} // that these names are of now, and how many entries each has
		for name := range names {
			if id, err := h.Find(t.Context(), name); err == nil {
				p, err := h.Person(t.Context(), id)
				h.check(err)
				people[id] = p.Seq
			}
		}
		for _, share := range []float64{0.02, 0.3, 0.7, 1} {
			want := map[aparte.PersonID][]uint64{}
			for id, seq := range people {
				if engine.PlaceOf(id) < share {
					want[id] = []uint64{seq}
				}
			}
			got, err := h.Drawn(t.Context(), share)
			h.check(err)
			if diff := cmp.Diff(want, got); diff != "" {
				rt.Fatalf("of a share of %g (-want +got):\n%s", share, diff)
			}
			if h.Kept() < len(got) {
				rt.Fatalf("%d of %d are kept: the test shows nothing of it", h.Kept(), len(got))
			}
		}
	})
	h.pass(time.Hour)
	if n := h.Kept(); n != 0 {
		t.Errorf("%d people are kept although nobody looked for an hour", n)
	}
}

// find is whom a user's name is of.
func (h *stepped) find(user string) (aparte.PersonID, bool) {
	id, err := h.Find(h.t.Context(), aparte.Identifier{Kind: aparte.KindUserID, Value: user})
	return id, err == nil
}

// Nothing but chance draws a sample: whether people came early or late, and whether they were found to be the same as somebody, as many of each are in it.
func TestNothingButChanceDrawsASample(t *testing.T) {
	h := openStepped(t)
	const people, kinds, share = 6000, 10, 0.25
	day := time.Date(2029, 5, 1, 0, 0, 0, 0, time.UTC) // all that an import tells of when people came
	var before, events []aparte.Event
	add := func(to *[]aparte.Event, e aparte.Event) {
		e.Timestamp = day
		*to = append(*to, e)
	}
	for i := range people {
		user, device := fmt.Sprint("user-", i), fmt.Sprint("device-", i)
		if i%2 == 0 { // two records first, of which one stays
			add(&before, event("Ping", "", device, nil))
			add(&before, event("Ping", user, "", nil))
		}
		add(&events, identify(user, device, map[string]any{"came": i * kinds / people, "twice": i%2 == 0}))
	}
	h.check(h.Accept(t.Context(), before))
	h.check(h.Accept(t.Context(), events))
	for _, trait := range []string{"came", "twice"} {
		chi, groups := 0.0, map[string]float64{}
		sample, err := h.Drawn(t.Context(), share)
		h.check(err)
		for id := range sample {
			p, err := h.Person(t.Context(), id)
			h.check(err)
			for _, x := range p.Traits {
				if x.Name == trait {
					groups[fmt.Sprint(x.Value)]++
				}
			}
		}
		each := float64(people) / float64(len(groups))
		for _, n := range groups {
			chi += (n - share*each) * (n - share*each) / (share * (1 - share) * each)
		}
		// of that many degrees of freedom it is larger once in a thousand times: here ids come from one secret, always the same
		if most := map[int]float64{10: 29.6, 2: 13.8}[len(groups)]; !(chi < most) {
			t.Errorf("by %s: %v of %g each, χ² = %.1f, should be below %.1f", trait, groups, each, chi, most)
		}
	}
}

// Of an audience so small that a look at the first people finds none of it, some are shown, and only those who are in it still.
func TestSomeOfASmallAudienceAreShown(t *testing.T) {
	h := openStepped(t)
	few := aparte.Audience{ID: "few", When: "traits.few == true"}
	h.publish(withAudiences(few))
	var crowd []aparte.Event
	for i := range 2600 {
		crowd = append(crowd, event("Ping", fmt.Sprint("user-", i), "", nil))
	}
	h.accept(crowd...)
	members := map[aparte.PersonID]string{}
	for i := 0; len(members) < 4; i++ { // whose turn comes late
		user := fmt.Sprint("user-", i)
		id, _ := h.find(user)
		if late := int(store.PartOf(id[:8], h.Parts())) == h.Parts()-1 && engine.PlaceOf(id) > 0.8; late {
			members[id] = user
			h.accept(identify(user, "", map[string]any{"few": true}))
		}
	}
	shown := func(want int) (ids []aparte.PersonID) {
		t.Helper()
		people, err := h.AudienceSome(t.Context(), "few", 10)
		h.check(err)
		for _, p := range people {
			if members[p.ID] == "" {
				t.Errorf("%s is shown and is not in it", p.ID)
			}
			ids = append(ids, p.ID)
		}
		if len(ids) != want {
			t.Fatalf("%d people are shown, want %d", len(ids), want)
		}
		return ids
	}
	ids := shown(4)
	if some, err := h.AudienceSome(t.Context(), "few", 2); err != nil || len(some) != 2 || some[0].ID != ids[0] || some[1].ID != ids[1] {
		t.Errorf("of a few more: %v, %v", some, err)
	}
	// one leaves, one is erased, one turns out to be another
	h.accept(identify(members[ids[0]], "", map[string]any{"few": false}))
	h.check(h.Erase(t.Context(), ids[1]))
	if h.Met(ids[1]) != 0 {
		t.Error("who was erased is remembered")
	}
	shown(2)
	h.check(h.Merge(t.Context(), ids[3], ids[2]))
	if left := shown(1); h.Met(left[0]) != 1 {
		t.Error("who was shown is not remembered")
	}
	h.reopen()
	shown(0) // nobody was met yet
	h.pass(time.Hour)
	shown(1)
}
