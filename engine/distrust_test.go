package engine_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/aparte-dev/aparte"
)

func TestWhatMakesPeopleComplainIsFoundAndChargedForIt(t *testing.T) {
	h := open(t)
	ctx := t.Context()
	b := *h.Plan().Brand()
	bait, honest := b.Contents[0], b.Contents[0]
	bait.ID, honest.ID = "bait", "honest"
	b.Contents = []aparte.Content{bait, honest}
	b.Holdout = 0
	if _, err := h.Publish(ctx, &b); err != nil {
		t.Fatal(err)
	}
	said := map[aparte.ContentID]int{}
	for i := range 80 {
		user := fmt.Sprint("u", i)
		d := h.ask(user, "hero").Decision
		said[d.Action.Content]++
		if d.Action.Content != "bait" || said["bait"]%2 == 0 {
			continue
		}
		at := time.Now().UTC()
		e := aparte.Event{Type: aparte.Track, Name: aparte.EventComplained, MessageID: aparte.MessageID("complaint-" + user), UserID: user, Timestamp: at, ReceivedAt: at, Source: aparte.OwnSource,
			Properties: []byte(fmt.Sprintf(`{"decision":%q,"channel":"web"}`, d.ID))}
		if err := h.Accept(ctx, []aparte.Event{e}); err != nil {
			t.Fatal(err)
		}
	}
	if said["bait"] < 10 || said["honest"] < 10 {
		t.Fatalf("too little of each was said: %v", said)
	}
	fit, err := h.Refit(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if fit.Trusting.People == 0 || fit.Trusting.Losing == 0 || fit.Trusting.Complaints < 1 {
		t.Errorf("of all people it tells %+v", fit.Trusting)
	}
	if fit.Distrust("bait") <= 0 || fit.Distrust("honest") != 0 {
		t.Errorf("of %v it is thought %+v", said, fit.Distrusts)
	}
	after := map[aparte.ContentID]int{}
	for range 60 {
		after[h.ask(fresh("late"), "hero").Decision.Action.Content]++
	}
	if after["honest"] < 10 || 4*after["bait"] > after["honest"] {
		t.Errorf("before it was known, they were said %v, after that %v", said, after)
	}
}
