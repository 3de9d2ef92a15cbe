package engine_test

import (
	"context"
	"testing"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/channel"
)

// busyDoor takes nothing for now while it is busy.
type busyDoor struct {
	*door
	busy bool
	came int
}

func (d *busyDoor) Send(ctx context.Context, m *channel.Message) error {
	if d.came++; d.busy {
		return &channel.Failure{Temporary: true, Code: 451, Reason: "busy"}
	}
	return d.door.Send(ctx, m)
}

// What is decided may leave later: what the person has asked for since holds for it.
func TestAWishHoldsForAMessageThatWasDecidedBefore(t *testing.T) {
	in := func(d time.Duration) aparte.Value {
		return aparte.TextValue(time.Date(2030, 1, 1, 8, 0, 0, 0, time.UTC).Add(d).Format(time.RFC3339))
	}
	for name, test := range map[string]struct {
		wish  map[string]aparte.Value
		taken bool
	}{
		"nothing":               {map[string]aparte.Value{"city": aparte.TextValue("Lyon")}, true},
		"a pause":               {map[string]aparte.Value{aparte.WishPause: in(1000 * 24 * time.Hour)}, false},
		"a pause that is over":  {map[string]aparte.Value{aparte.WishPause: in(-time.Hour)}, true},
		"no message in a week":  {map[string]aparte.Value{aparte.WishWeekly: aparte.NumberValue(0)}, false},
		"none of its kind":      {map[string]aparte.Value{aparte.WishNo + "basket": aparte.BoolValue(true)}, false},
		"none of another kind":  {map[string]aparte.Value{aparte.WishNo + "nothing": aparte.BoolValue(true)}, true},
		"what cannot be a wish": {map[string]aparte.Value{aparte.WishWeekly: aparte.NumberValue(-1)}, true},
	} {
		t.Run(name, func(t *testing.T) {
			mails := &busyDoor{door: newDoor(aparte.Email), busy: true}
			h := openStepped(t, mails)
			b := reachable()
			b.Scenarios[0].Also, b.Contents[0].Kind, b.Objectives[0].Value = nil, "basket", "100000.0" // worth saying
			_, err := h.Publish(t.Context(), b)
			h.check(err)
			h.tell(identify("ada", "", map[string]any{"email": "ada@example.com", "ltv": 100, "consents": []map[string]any{
				{"purpose": "marketing", "channel": "email", "granted": true},
			}}))
			for range 20 {
				h.tell(event("Product Added", "ada", "", map[string]any{"product_id": "lamp", "price": 25, "quantity": 1, "currency": "EUR"}))
				h.pass(61 * time.Minute)
				h.pass(time.Second)
				h.delivered()
				if mails.came > 0 {
					break
				}
				h.pass(24 * time.Hour)
			}
			if mails.came == 0 {
				t.Fatal("twenty baskets were left, and nothing was to leave")
			}
			h.check(h.Declare(t.Context(), h.ada().ID, "", test.wish, nil))
			mails.busy = false
			for range 6 {
				h.pass(10 * time.Minute)
				h.delivered()
			}
			if taken := len(mails.empty()) > 0; taken != test.taken {
				t.Errorf("the message left: %v, want %v", taken, test.taken)
			}
		})
	}
}
