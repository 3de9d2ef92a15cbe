package engine_test

import (
	"testing"
	"time"

	"github.com/aparte-dev/aparte"
)

// A score that crosses a threshold makes a moment: what docs/scores.md calls a hot client.
func TestAScoreThatCrossesAThresholdMakesAMoment(t *testing.T) {
	box := &letterbox{}
	h := openStepped(t, box)
	b := brand()
	b.Scores = []aparte.Score{{Objective: "order", Level: 10, Points: []aparte.Award{{Event: "Test Drive Booked", Points: 6, HalfLife: aparte.Duration(7 * 24 * time.Hour)}}}}
	b.Audiences = []aparte.Audience{{ID: "hot", Name: aparte.Words{"en": "Hot"}, When: `score["order"] >= 0.9`}}
	b.Scenarios = append(b.Scenarios, aparte.Scenario{
		ID: "hot", Name: aparte.Words{"en": "A client is hot"}, After: aparte.EventEntered, Audience: "hot",
		Unless: []string{"Order Completed"}, Delay: aparte.Duration(10 * time.Minute), Channel: aparte.Email, Rest: aparte.Duration(14 * 24 * time.Hour),
	})
	_, err := h.Publish(t.Context(), b)
	h.check(err)
	book := func() {
		e := event("Test Drive Booked", "ada", "", nil)
		e.Timestamp, e.ReceivedAt = *h.now.Load(), *h.now.Load()
		h.check(h.Accept(t.Context(), []aparte.Event{e}))
	}
	moments := func() (n int) {
		for _, e := range h.story("ada") {
			if e.Decision != nil && e.Decision.Trigger == "scenario:hot" {
				n++
			}
		}
		return n
	}
	book()
	h.pass(time.Hour)
	if moments() != 0 {
		t.Error("six points of ten made a moment")
	}
	book()
	h.pass(9 * time.Minute)
	if moments() != 0 {
		t.Error("the moment did not wait")
	}
	h.pass(2 * time.Minute)
	if moments() != 1 {
		t.Errorf("%d moments, want one", moments())
	}
	audiences, err := h.Audiences(t.Context())
	h.check(err)
	if hot := audiences.Audiences[0]; hot.ID != "hot" || hot.People != 1 {
		t.Errorf("%+v", hot)
	}
	h.pass(14 * 24 * time.Hour) // points halve twice
	audiences, err = h.Audiences(t.Context())
	h.check(err)
	if audiences.Audiences[0].People != 0 || moments() != 1 {
		t.Errorf("two weeks later %d people are hot, after %d moments", audiences.Audiences[0].People, moments())
	}
}
