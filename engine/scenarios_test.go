package engine_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/profile"
	"github.com/aparte-dev/aparte/scenario"
)

// listening is a brand whose scenarios are of every kind, and speak now and then.
func listening() *aparte.Brand {
	b := brand()
	const hour, day = aparte.Duration(time.Hour), aparte.Duration(24 * time.Hour)
	b.Zone = "Europe/Paris"
	b.Scenarios = []aparte.Scenario{
		{ID: "basket", After: "Product Added", Unless: []string{"Order Completed"}, Delay: 2 * hour, Rest: 9 * hour},
		{ID: "cream", After: "Product Viewed", Where: `properties.category == "cream"`, Delay: hour, Most: aparte.Most{Times: 2, Per: 12 * hour}},
		{ID: "path", After: "Product Viewed", Then: []aparte.Step{{Event: "Product Added"}, {Event: "Cart Viewed"}}, Window: 20 * hour, Unless: []string{"Order Completed"}},
		{ID: "quiet", Absent: []string{aparte.Anything}, Delay: 2 * day},
		{ID: "unsold", Absent: []string{"Order Completed"}, Delay: 1 * day, Until: []aparte.Exit{{Event: "Cart Viewed", For: 6 * hour}}},
		{ID: "first", After: "page", Until: []aparte.Exit{{Objective: "order"}}, Most: aparte.Most{Times: 1}},
		{ID: "birthday", On: &aparte.Day{Trait: "birthday", Yearly: true, Days: -1, At: "09:00"}},
		{ID: "wake", Every: 3 * day},
	}
	for i := range b.Scenarios {
		b.Scenarios[i].Channel, b.Scenarios[i].Name = aparte.Web, aparte.Words{"en": "x"}
	}
	said := b.Contents[0]
	said.ID, said.Slots, said.Rules = "said", nil, nil
	b.Contents = []aparte.Content{said}
	return b
}

func TestTheEngineMakesTheMomentsThatReplayLists(t *testing.T) {
	h := openStepped(t)
	b := listening()
	_, err := h.Publish(t.Context(), b)
	h.check(err)
	set, err := scenario.Compile(b)
	h.check(err)
	h.pass(0)

	chance := rand.New(rand.NewPCG(7, 7))
	users := []string{"ada", "ben", "cleo", "dan"}
	for range 40 {
		h.pass(time.Hour)
		for _, user := range users {
			if chance.IntN(2) == 0 {
				h.happens(chance, user)
				h.pass(0) // what was overdue when it was heard of arises at once
			}
		}
		if chance.IntN(10) == 0 {
			h.reopen()
		}
	}
	for range 8 * 24 {
		h.pass(time.Hour)
	}
	h.reopen()

	raised := map[aparte.ScenarioID]int{}
	for _, user := range users {
		var events []aparte.Event
		var made []scenario.Moment
		for _, s := range slices.Backward(h.story(user)) {
			switch {
			case s.Event != nil:
				events = append(events, *s.Event)
			case s.Decision != nil && strings.HasPrefix(s.Decision.Trigger, "scenario:"):
				id := aparte.ScenarioID(strings.TrimPrefix(s.Decision.Trigger, "scenario:"))
				made = append(made, scenario.Moment{Scenario: id, At: s.Decision.At, Spoke: !s.Decision.Action.Silent()})
				raised[id]++
			}
		}
		listed := set.Replay(aparte.Person{}, events, scenario.Replaying{
			Items: catalogue{}, Currency: b.Currency, Until: *h.now.Load(),
			Speaks: func(_ *aparte.Person, m scenario.Moment) bool {
				for _, x := range made {
					if x.Scenario == m.Scenario && x.At.Equal(m.At) {
						return x.Spoke
					}
				}
				return false
			},
		})
		if diff := cmp.Diff(listed, made); diff != "" {
			t.Errorf("%s: listed -, made +: %s", user, diff)
		}
	}
	for i := range b.Scenarios {
		if raised[b.Scenarios[i].ID] == 0 {
			t.Errorf("scenario %s raised nothing: nothing was compared", b.Scenarios[i].ID)
		}
	}
}

// happens has somebody do something, which may be heard of late.
func (h *stepped) happens(chance *rand.Rand, user string) {
	h.t.Helper()
	names := []string{"Product Viewed", "Product Viewed", "Product Added", "Cart Viewed", "Order Completed", "page", "identify"}
	name := names[chance.IntN(len(names))]
	e := event(name, user, "", map[string]any{"category": []string{"cream", "soap"}[chance.IntN(2)], "order_id": fmt.Sprint(chance.Uint64())})
	switch name {
	case "page":
		e.Type, e.Name = aparte.Page, "Home"
	case "identify":
		e = identify(user, "", map[string]any{"birthday": "1990-01-0" + fmt.Sprint(1+chance.IntN(9))})
	}
	now := *h.now.Load()
	e.Timestamp, e.OriginalTimestamp, e.ReceivedAt = now, now, now
	if chance.IntN(4) == 0 {
		e.Timestamp = now.Add(-time.Duration(chance.IntN(9)) * time.Hour)
	}
	h.check(h.Accept(h.t.Context(), []aparte.Event{e}))
}

// catalogue has nothing in it.
type catalogue struct{ profile.Catalogue }

func (catalogue) Item(aparte.ItemID) (*aparte.Item, bool) { return nil, false }

func (catalogue) PriceBand(*aparte.Item) aparte.PriceBand { return "" }
