package engine_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/engine"
)

func TestForWhomAConditionHoldsIsCountedOrEstimatedWithAnInterval(t *testing.T) {
	h := open(t)
	const people, ordered = 1200, 400
	var events []aparte.Event
	for i := range people {
		user := fmt.Sprint("user-", i)
		if i < ordered {
			events = append(events, order(user, "lamp", fmt.Sprint("o", i), 25))
		} else {
			events = append(events, event("Product Viewed", user, "", map[string]any{"product_id": "lamp"}))
		}
	}
	h.accept(events...)
	h.accept(event("Ping", "", "device-0", nil))
	h.accept(identify("user-0", "device-0", nil)) // a record that was merged is nobody
	h.reopen()

	r, err := h.Reach(t.Context(), "person.orders > 0", 0)
	if err != nil {
		t.Fatal(err)
	}
	if !r.Counted || r.People != ordered || r.Of != people || r.Low != ordered || r.High != ordered || r.Failed != 0 {
		t.Errorf("counted %+v", r)
	}
	if len(r.Examples) != 10 || r.Examples[3].Orders.Count != 1 {
		t.Errorf("%d examples", len(r.Examples))
	}
	r, err = h.Reach(t.Context(), "person.orders > 0", 300)
	if err != nil {
		t.Fatal(err)
	}
	if r.Counted || r.Low > ordered || r.High < ordered || r.Looked > people/2 || r.Of < people/2 || r.Of > 2*people {
		t.Errorf("estimated %d (%d to %d) of %d, from %d", r.People, r.Low, r.High, r.Of, r.Looked)
	}
	r, err = h.Reach(t.Context(), `traits.plan == "free"`, 0)
	if err != nil || r.People != 0 {
		t.Errorf("a trait nobody has: %+v, %v", r, err)
	}
	for _, where := range []string{"person.orders >", "person.orders", "moment.hour < 12", "item.price > 2", `context.weather == "rain"`, "content.said < 3"} {
		var bad *engine.BadCondition
		if _, err := h.Reach(t.Context(), where, 0); !errors.As(err, &bad) {
			t.Errorf("%s: %v", where, err)
		}
	}
}

// 95 of 100 intervals are to hold the truth; people are told apart by ids, which are drawn once here, by many conditions.
func TestTheIntervalOfAnEstimateHoldsTheTruth(t *testing.T) {
	h := open(t)
	const people, groups = 3000, 60
	var events []aparte.Event
	for i := range people {
		events = append(events, identify(fmt.Sprint("user-", i), "", map[string]any{"group": i % groups}))
	}
	h.accept(events...)
	h.reopen()
	missed := 0
	for g := range groups {
		r, err := h.Reach(t.Context(), fmt.Sprintf("traits.group == %d", g), 600)
		if err != nil {
			t.Fatal(err)
		}
		if r.Counted {
			t.Fatal("all were looked at: the test shows nothing")
		}
		if r.Low > people/groups || r.High < people/groups {
			missed++
		}
	}
	if missed > groups/8 {
		t.Errorf("%d of %d intervals miss the truth", missed, groups)
	}
}
