package engine_test

import (
	"math"
	"testing"
	"time"

	"github.com/aparte-dev/aparte"
)

func TestWhatIsClickedSaysWhatDrawsThePerson(t *testing.T) {
	h := openStepped(t)
	b := brand()
	for i := range b.Contents {
		b.Contents[i].Kind = "article"
		for j := range b.Contents[i].Elements {
			b.Contents[i].Elements[j].Variants[0].Traits = []string{"warm"}
		}
	}
	_, err := h.Publish(t.Context(), b)
	h.check(err)
	a := h.ask("ada")
	for range 500 {
		if !a.Decision.Action.Silent() {
			break
		}
		a = h.ask("ada")
	}
	_, err = h.Click(t.Context(), tokenOf(t, a.Link))
	h.check(err)
	weights := func() map[string]float64 {
		id, err := h.Find(t.Context(), aparte.Identifier{Kind: aparte.KindUserID, Value: "ada"})
		h.check(err)
		p, err := h.Person(t.Context(), id)
		h.check(err)
		told := map[string]float64{}
		for _, a := range p.Affinities {
			told[string(a.Kind)+" "+a.Key] = a.Weight
		}
		return told
	}
	if got := weights(); got["tone warm"] != 1 || got["content article"] != 1 || got["channel web"] != 1 {
		t.Errorf("after a click: %v", got)
	}
	dismissed := event(aparte.EventDismissed, "ada", "", map[string]any{"decision": a.Decision.ID.String(), "channel": "web"})
	dismissed.Timestamp, dismissed.ReceivedAt = *h.now.Load(), *h.now.Load()
	h.check(h.Accept(t.Context(), []aparte.Event{dismissed}))
	if got := weights(); math.Abs(got["tone warm"]) > 1e-6 || math.Abs(got["channel web"]) > 1e-6 {
		t.Errorf("after dismissing it: %v", got)
	}
	h.pass(time.Second)
	r, err := h.Replay(t.Context(), h.ask("ada").Decision.ID)
	if err != nil || !r.Same {
		t.Errorf("the next decision taken again: %v, %v", r.Differences, err)
	}
}
