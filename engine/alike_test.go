package engine_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/aparte-dev/aparte"
)

// Members look at mugs; so do some of the others, who are those that resemble them.
func TestThoseWhoAreAlikeAreAnAudienceLikeAnyOther(t *testing.T) {
	skipUnderRace(t)
	h := openStepped(t)
	lots := rand.New(rand.NewPCG(3, 4))
	var events []aparte.Event
	const people = 600
	kind := func(i int) string { return []string{"member", "fan", "other", "other", "other", "objector"}[i%6] }
	for i := range people {
		user := fmt.Sprint("u", i)
		traits := map[string]any{"email": user + "@shop.example"}
		switch kind(i) {
		case "member":
			traits["member"] = true
		case "objector":
			traits["consents"] = []map[string]any{{"purpose": "profiling", "granted": false, "source": "test"}}
		}
		events = append(events, identify(user, "", traits))
		for range 4 + lots.IntN(4) {
			item, category := "lamp", "lanterns"
			if kind(i) != "other" && lots.IntN(10) > 0 {
				item, category = "mug", "kitchen"
			}
			events = append(events, event("Product Viewed", user, "", map[string]any{"product_id": item, "category": category}))
		}
	}
	for i := range events {
		events[i].Timestamp, events[i].ReceivedAt, events[i].OriginalTimestamp = *h.now.Load(), *h.now.Load(), *h.now.Load()
	}
	h.check(h.Accept(t.Context(), events))
	h.pass(0)

	like := aparte.Lookalike{ID: "alike", Name: aparte.Words{"en": "Like members"}, Seed: members}
	b := h.Plan().Brand().Liken(like, 0.2)
	b.Rules = append(slices.Clone(b.Rules), aparte.Rule{ID: "very", When: `alike["alike"] > 0.5 || "alike" in audiences`})
	_, err := h.Publish(t.Context(), b)
	h.check(err)
	h.pass(0) // learns
	h.pass(0) // and asks everybody again
	liked := h.Fit().Liked("alike")
	if liked == nil || liked.Model == 0 || liked.Seeds != people/6 || liked.Others != people*4/6 || liked.Objecting != people/6 || liked.AUC < 0.6 {
		t.Fatalf("learned %+v", liked)
	}
	in := func() map[string]int {
		found := map[string]int{}
		all, _, err := h.AudiencePeople(t.Context(), "alike", aparte.PersonID{}, people)
		h.check(err)
		for i := range all {
			for _, id := range all[i].Identifiers {
				var n int
				if _, err := fmt.Sscanf(id.Value, "u%d", &n); err == nil && id.Kind == aparte.KindUserID {
					found[kind(n)]++
				}
			}
		}
		return found
	}
	was := in()
	// A fifth of 400 others are 80; those whose scores are equal are in or out together.
	if n := was["fan"] + was["other"]; n < 80 || n > 160 || was["fan"] < 60 || was["member"]+was["objector"] > 0 {
		t.Errorf("in it are %v", was)
	}
	counted, err := h.Audiences(t.Context())
	h.check(err)
	for _, a := range counted.Audiences {
		if a.ID == "alike" && a.People != int64(was["fan"]+was["other"]) {
			t.Errorf("%d are counted, %v are in it", a.People, was)
		}
	}

	// A restart scores people to the same bits: nobody enters or leaves by it.
	version, places := liked.Model, reached(h)
	h.reopen()
	if again := h.Fit().Liked("alike"); again == nil || again.Model != version {
		t.Fatalf("after a restart, %+v", again)
	}
	if diff := cmp.Diff(places, reached(h)); diff != "" {
		t.Errorf("after a restart people stand elsewhere (-was +is):\n%s", diff)
	}
	h.pass(24 * time.Hour) // what fades fades for everybody
	h.pass(0)
	if now := in(); now["fan"]+now["other"] < 80 || now["fan"] < 60 {
		t.Errorf("after a day in it are %v", now)
	}
	if again := h.Fit().Liked("alike"); again.Model != version || h.Fit().Version < 2 {
		t.Errorf("it is learned again after a day: %+v of fit %d", again, h.Fit().Version)
	}
	h.pass(7 * 24 * time.Hour)
	if again := h.Fit().Liked("alike"); again.Model == version {
		t.Error("it is not learned again after a week")
	}
}

// reached is how many people stand above each of some places.
func reached(h *stepped) (people []int64) {
	h.t.Helper()
	for place := 5; place <= 100; place += 5 {
		r, err := h.Reach(h.t.Context(), fmt.Sprintf(`alike["alike"] >= %.2f`, float64(place)/100), 0)
		h.check(err)
		people = append(people, r.People)
	}
	return people
}

func TestALookAlikeWithTooFewSeedsHasNobodyAndSaysWhy(t *testing.T) {
	h := openStepped(t)
	h.check(h.Accept(t.Context(), []aparte.Event{identify("ann", "", map[string]any{"member": true})}))
	_, err := h.Publish(t.Context(), h.Plan().Brand().Liken(aparte.Lookalike{ID: "alike", Seed: members}, 0.05))
	h.check(err)
	h.pass(0)
	h.pass(0)
	if l := h.Fit().Liked("alike"); l == nil || l.Lack == "" || l.Model != 0 {
		t.Errorf("learned %+v", l)
	}
	for want, l := range map[string]aparte.Lookalike{
		"/lookalikes/0/seed":  {ID: "a", Seed: `alike["a"] > 0.5`},
		"/lookalikes/0/value": {ID: "a", Seed: "true", Value: `alike["a"]`},
		"/lookalikes/0/id":    {Seed: "true"},
	} {
		if _, err := h.Publish(t.Context(), h.Plan().Brand().Liken(l, 0.05)); err == nil {
			t.Errorf("%s is published", want)
		}
	}
}
