package engine_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/engine"
	"github.com/aparte-dev/aparte/measure"
)

// measured is the brand with people held out of everything, and others of what is said toward orders.
func measured() *aparte.Brand {
	b := brand()
	b.Holdout = 0.3
	b.Objectives[0].Value, b.Objectives[0].Holdout = "properties.total * 100", 0.25
	for i := range b.Contents {
		if b.Contents[i].ID == "welcome" {
			b.Contents[i].Toward = []aparte.ObjectiveID{"order"}
		}
	}
	return b
}

// openMeasured is a house with that brand.
func openMeasured(t *testing.T) *house {
	h := openSpread(t, 1) // in synctest's bubbles
	if _, err := h.Publish(t.Context(), measured()); err != nil {
		t.Fatal(err)
	}
	return h
}

// worth is what is counted once all that happened is durable. It is for the inside of a bubble.
func (h *house) worth() engine.Worth {
	h.t.Helper()
	time.Sleep(time.Second)
	synctest.Wait()
	w, err := h.Worth(h.t.Context())
	if err != nil {
		h.t.Fatal(err)
	}
	return w
}

// mustRecount checks that counting the log again gives what was counted as it went.
func (h *house) mustRecount() {
	h.t.Helper()
	known := h.worth()
	counted, err := h.Recount(h.t.Context())
	if err != nil {
		h.t.Fatal(err)
	}
	for i := range known.Compared { // the log of those who are left does not have these
		c := &known.Compared[i]
		c.EnteredTreated, c.EnteredHeld, c.Crossed = 0, 0, 0
	}
	if diff := cmp.Diff(counted, known); diff != "" {
		h.t.Fatalf("the log and the counters differ (-log +counters):\n%s", diff)
	}
}

// live has somebody's days happen: pages, orders, refunds, log-ins on other devices.
func (h *house) live(rng *rand.Rand, people int) {
	user := fmt.Sprint("u", rng.IntN(people))
	device := fmt.Sprint("d", rng.IntN(2*people))
	switch rng.IntN(7) {
	case 0, 1:
		h.ask(user, "hero")
	case 2:
		if _, err := h.Decide(h.t.Context(), engine.Request{
			Identifiers: []aparte.Identifier{{Kind: aparte.KindAnonymousID, Value: device}}, Slots: []string{"hero"},
		}); err != nil {
			h.t.Fatal(err)
		}
	case 3:
		e := order(user, "lamp", fmt.Sprint(rng.Int()), float64(rng.IntN(400))-50)
		h.accept(e, e)
		h.accept(e)
	case 4:
		e := order("", "lamp", fmt.Sprint(rng.Int()), float64(rng.IntN(100)))
		e.AnonymousID = device
		h.accept(e)
	case 5:
		if rng.IntN(3) == 0 {
			h.accept(identify(user, device, nil))
		}
	case 6:
		e := order(user, "mug", fmt.Sprint(rng.Int()), 9)
		e.Timestamp = e.Timestamp.Add(-time.Duration(rng.IntN(int(2 * time.Hour))))
		h.accept(e)
	}
}

func TestWhatTheLogSaysIsWhatWasCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := openMeasured(t)
		rng := rand.New(rand.NewPCG(5, 5))
		for day := range 12 {
			for range 25 {
				h.live(rng, 30)
				time.Sleep(time.Duration(rng.IntN(int(time.Second))))
			}
			if day%5 == 4 {
				synctest.Wait()
				h.reopen()
				h.mustRecount()
			}
		}
		synctest.Wait()
		h.mustRecount()
		for _, c := range h.worth().Compared {
			t.Logf("%q/%q: %d treated (%d with a value), %d held out (%d), %d crossed", c.Holdout, c.Objective, c.Treated.People, c.Treated.Valued(), c.Held.People, c.Held.Valued(), c.Crossed)
			if c.Objective != "click" && (c.Treated.Valued() == 0 || c.Held.Valued() == 0) {
				t.Error("one side has nobody: nothing was shown")
			}
		}
		if err := h.Erase(t.Context(), h.who(aparte.KindUserID, "u3").ID); err != nil {
			t.Fatal(err)
		}
		h.mustRecount()
		before := h.worth()
		h.reopen()
		if diff := cmp.Diff(before, h.worth()); diff != "" {
			t.Errorf("a restart changed what was counted:\n%s", diff)
		}
		h.stop()
	})
}

func TestARepeatedEventIsWorthNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := openMeasured(t)
		h.ask("ada", "hero")
		e := order("ada", "lamp", "o1", 25)
		h.accept(e)
		before := h.worth()
		h.accept(e)
		h.accept(e, e)
		if diff := cmp.Diff(before, h.worth()); diff != "" {
			t.Error(diff)
		}
		if total := mean(before.Compared[0].Treated) + mean(before.Compared[0].Held); total != 2500 {
			t.Errorf("the order is worth %v", total)
		}
		h.stop()
	})
}

func TestWhatCountsBeginsWhenTheHoldoutFirstMattersAndEndsWithItsWindow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := openMeasured(t)
		h.accept(order("ada", "lamp", "before", 10))
		h.accept(event("Product Viewed", "ada", "", map[string]any{"product_id": "mug"}))
		if _, err := h.Decide(t.Context(), engine.Request{ // nothing fits this slot: nothing was held out
			Identifiers: []aparte.Identifier{{Kind: aparte.KindUserID, Value: "ada"}}, Slots: []string{"hero"},
		}); err != nil {
			t.Fatal(err)
		}
		if n := people(h.worth()); n != 0 {
			t.Fatalf("%d people entered by a decision for which the holdout made no difference", n)
		}
		h.ask("ada", "aside")
		h.accept(order("ada", "lamp", "within", 20))
		after := order("ada", "lamp", "after", 40)
		after.Timestamp = after.Timestamp.Add(28*24*time.Hour + time.Second)
		h.accept(after)
		w := h.worth()
		if n := people(w); n != 1 {
			t.Fatalf("%d people entered", n)
		}
		for _, c := range w.Compared {
			if c.Holdout == "" && c.Objective == "order" {
				if got := mean(c.Treated) + mean(c.Held); got != 2000 {
					t.Errorf("worth %v, want the 2000 of the order within the window", got)
				}
			}
		}
		h.mustRecount()
		h.stop()
	})
}

// mean of a side; 0 where nobody is on it.
func mean(s measure.Spread) float64 {
	if s.People == 0 {
		return 0
	}
	m := s.Mean()
	return m.Value()
}

func people(w engine.Worth) int64 { return w.Compared[0].Treated.People + w.Compared[0].Held.People }

func TestANewShareBeginsANewTrial(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := openMeasured(t)
		h.ask("ada", "hero")
		h.accept(order("ada", "lamp", "o1", 25))
		first := h.worth()
		same := measured()
		same.Name = "Another name"
		if _, err := h.Publish(t.Context(), same); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(first, h.worth()); diff != "" {
			t.Errorf("a brand that counts and holds out the same began anew:\n%s", diff)
		}
		more := measured()
		more.Holdout = 0.5
		if _, err := h.Publish(t.Context(), more); err != nil {
			t.Fatal(err)
		}
		second := h.worth()
		if second.Trial == first.Trial || people(second) != 0 {
			t.Errorf("trial %d with %d people, after trial %d", second.Trial, people(second), first.Trial)
		}
		h.accept(event("Product Viewed", "ada", "", map[string]any{"product_id": "mug"}))
		h.ask("ada", "aside")
		h.mustRecount()
		if n := people(h.worth()); n != 1 {
			t.Errorf("%d people entered the new trial", n)
		}
		h.stop()
	})
}

func TestWhoIsHeldOutOfAnObjectiveIsToldTheRest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := openMeasured(t)
		b := measured()
		b.Holdout = 0
		if _, err := h.Publish(t.Context(), b); err != nil {
			t.Fatal(err)
		}
		held, told := 0, 0
		for i := range 200 {
			user := fmt.Sprint("u", i)
			a := h.ask(user, "hero")
			if !h.Plan().HeldOutOf("order", a.Decision.ID.Person) {
				continue
			}
			held++
			if !a.Decision.Action.Silent() {
				t.Fatalf("%q was said to somebody held out of orders", a.Decision.Action.Content)
			}
			reason := aparte.Reason{Code: aparte.InHoldout, Detail: "order"}
			if !cmp.Equal([]aparte.Reason{reason}, a.Decision.Reasons, cmpopts.IgnoreSliceElements(func(r aparte.Reason) bool { return r.Code != aparte.InHoldout })) {
				t.Fatalf("reasons %v do not say that they are held out of orders", a.Decision.Reasons)
			}
			h.accept(event("Product Viewed", user, "", map[string]any{"product_id": "mug"}))
			for range 20 {
				if !h.ask(user, "aside").Decision.Action.Silent() {
					told++
					break
				}
			}
		}
		// A quarter of 200, give or take four standard deviations: ids, and with them lots, begin with the time.
		if held < 25 || held > 75 || told < held/2 {
			t.Errorf("of 200 people %d are held out of orders, %d of them were told something else", held, told)
		}
		h.mustRecount()
		h.stop()
	})
}
