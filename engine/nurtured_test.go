package engine_test

import (
	"testing"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/engine"
)

// What somebody does about a letter counts toward their score at once: the clock stands still throughout, and the very next
// decision knows it.
func TestWhatIsOpenedFollowedAndLookedAtCountsInTheSameSecond(t *testing.T) {
	h := openStepped(t)
	b := brand()
	b.Scores = []aparte.Score{{Objective: "order", Level: 6, Points: []aparte.Award{
		{Event: aparte.EventExposed, Points: 1}, {Event: aparte.EventClicked, Points: 3}, {Event: "Product Viewed", Points: 2},
	}}}
	b.Rules = append(b.Rules, aparte.Rule{ID: "ripe", Name: aparte.Words{"en": "Ripe"}, When: `score["order"] > 0.99`})
	b.Contents = append(b.Contents, aparte.Content{
		ID: "call", Name: aparte.Words{"en": "Somebody to call"}, Kind: "service", Purpose: aparte.Marketing, Channels: []aparte.Channel{aparte.Web},
		Slots: []string{"aside"}, Layouts: []aparte.LayoutID{"web"}, Rules: []aparte.RuleID{"ripe"}, Link: "/call",
		Elements: []aparte.Element{{Name: "headline", Variants: []aparte.Variant{{ID: "a", Words: aparte.Words{"en": "Talk to us"}}}}},
	})
	h.publish(b)
	h.accept(identify("ada", "", map[string]any{"email": "ada@example.com"}))
	began := *h.now.Load()
	for _, step := range []struct {
		event  aparte.Event
		points float64
	}{
		{event(aparte.EventExposed, "ada", "", nil), 1},
		{event(aparte.EventClicked, "ada", "", nil), 4},
		{event("Product Viewed", "ada", "", map[string]any{"product_id": "lamp"}), 6},
	} {
		if h.offered("ada", "aside", "call") {
			t.Errorf("before %s she could be called", step.event.Name)
		}
		h.accept(step.event)
		p := h.person(aparte.KindUserID, "ada")
		if got := p.PointsToward("order", began); got != step.points {
			t.Errorf("after %s she has %v points, want %v", step.event.Name, got, step.points)
		}
	}
	if !h.offered("ada", "aside", "call") {
		t.Error("the next decision does not know")
	}
	if !began.Equal(*h.now.Load()) {
		t.Error("time has passed")
	}
}

// offered reports whether a content could be said to somebody in a slot.
func (h *stepped) offered(user, slot string, id aparte.ContentID) bool {
	h.t.Helper()
	answers, err := h.Decide(h.t.Context(), engine.Request{
		Identifiers: []aparte.Identifier{{Kind: aparte.KindUserID, Value: user}}, Slots: []string{slot},
	})
	h.check(err)
	d, err := h.Decision(h.t.Context(), answers[0].Decision.ID)
	h.check(err)
	for _, c := range d.Candidates {
		if c.Action.Content == id {
			return c.Excluded == ""
		}
	}
	return false
}
