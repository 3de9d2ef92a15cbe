package profile

import (
	"fmt"
	"testing"
	"time"

	"github.com/aparte-dev/aparte"
)

func TestWhatWasSaidIsRemembered(t *testing.T) {
	d := aparte.DecisionID{Person: aparte.PersonID{1}, Seq: 40}
	say := func(minutes time.Duration, name string, id aparte.DecisionID) *aparte.Event {
		return track(noon.Add(minutes*time.Minute), name, fmt.Sprintf(`{"decision": %q, "content": "welcome", "item": "sku-1", "channel": "email", "slot": "hero"}`, id))
	}
	said := aparte.Said{Decision: d, Content: "welcome", Item: "sku-1", Channel: aparte.Email, Slot: "hero"}
	with := func(minutes time.Duration, seen int64, clicked bool) []aparte.Said {
		s := said
		s.At, s.Seen, s.Clicked = noon.Add(minutes*time.Minute), seen, clicked
		return []aparte.Said{s}
	}
	for _, c := range []struct {
		name   string
		events []*aparte.Event
		want   []aparte.Said
	}{
		{"sent", []*aparte.Event{say(0, aparte.EventSent, d)}, with(0, 0, false)},
		{"sent, then seen twice", []*aparte.Event{say(0, aparte.EventSent, d), say(5, aparte.EventExposed, d), say(9, aparte.EventExposed, d)}, with(5, 2, false)},
		{"seen, heard of late", []*aparte.Event{say(9, aparte.EventExposed, d), say(5, aparte.EventExposed, d), say(0, aparte.EventSent, d)}, with(5, 2, false)},
		{"sent, then clicked without pictures", []*aparte.Event{say(0, aparte.EventSent, d), say(7, aparte.EventClicked, d)}, with(7, 1, true)},
		{"seen and clicked", []*aparte.Event{say(0, aparte.EventExposed, d), say(7, aparte.EventClicked, d)}, with(0, 1, true)},
		{"clicked, nothing else heard", []*aparte.Event{say(7, aparte.EventClicked, d)}, with(7, 1, true)},
		{"no decision", []*aparte.Event{say(0, aparte.EventExposed, aparte.DecisionID{})}, nil},
	} {
		p := live(aparte.Person{}, c.events...)
		if d := diff(c.want, p.Said); d != "" {
			t.Errorf("%s (-want +got)\n%s", c.name, d)
		}
	}
	parent := aparte.DecisionID{Person: aparte.PersonID{1}, Seq: 12}
	p := live(aparte.Person{}, track(noon, aparte.EventExposed, fmt.Sprintf(`{"decision": %q, "parent": %q, "channel": "email"}`, d, parent)))
	if p.Said[0].Parent != parent || p.Goodwill.Now(noon) != 1 {
		t.Errorf("the slot of a message: parent %v, goodwill %v", p.Said[0].Parent, p.Goodwill.Now(noon))
	}
}

func TestMemoryIsInOrderAndBounded(t *testing.T) {
	var p aparte.Person
	for i := range uint64(300) {
		late := time.Duration(i%3) * 90 * time.Second
		p = Expose(p, aparte.Said{Decision: aparte.DecisionID{Seq: i + 1}, At: noon.Add(time.Duration(i)*time.Minute - late), Seen: 1})
	}
	if len(p.Said) != aparte.MaxMemory {
		t.Fatalf("%d are remembered", len(p.Said))
	}
	for i := 1; i < len(p.Said); i++ {
		if p.Said[i].At.Before(p.Said[i-1].At) {
			t.Fatalf("%d is out of order", i)
		}
	}
	p = Expose(p, aparte.Said{Decision: p.Said[100].Decision, At: noon.Add(day), Seen: 1})
	if p.Said[100].Seen != 2 || len(p.Said) != aparte.MaxMemory {
		t.Errorf("seen again: %+v", p.Said[100])
	}
	left := Expose(aparte.Person{}, aparte.Said{Decision: aparte.DecisionID{Seq: 1}, At: noon})
	if left = Expose(left, left.Said[0]); len(left.Said) != 1 || left.Said[0].Seen != 0 {
		t.Errorf("a message that left, told of twice: %+v", left.Said)
	}
}

func TestGoodwillIsWornAndComesBack(t *testing.T) {
	good := func(events ...*aparte.Event) float64 {
		p := live(aparte.Person{}, events...)
		return p.Goodwill.Now(noon)
	}
	mail := track(noon, aparte.EventExposed, `{"decision": "d_01000000000000000000000000000007_1", "channel": "email"}`)
	web := track(noon, aparte.EventExposed, `{"decision": "d_01000000000000000000000000000007_1", "channel": "web"}`)
	dismissal, unsubscribe, complaint := track(noon, aparte.EventDismissed, ``), track(noon, aparte.EventUnsubscribed, ``), track(noon, aparte.EventComplained, ``)
	steps := []float64{1, good(web), good(mail), good(dismissal), good(unsubscribe), good(complaint), good(complaint, complaint, unsubscribe)}
	for i := 2; i < len(steps); i++ {
		if steps[i] >= steps[i-1] {
			t.Errorf("goodwill %v: step %d does not wear more than the one before", steps, i)
		}
	}
	if steps[1] != 1 || steps[6] != 0 {
		t.Errorf("goodwill %v: a page wears nothing, and nobody has less than none", steps)
	}
	if good(mail, mail) != good(mail) {
		t.Error("a mail looked at twice wears twice")
	}
	p := live(aparte.Person{}, complaint)
	if d := diff(1-complaintWear/2, p.Goodwill.Now(noon.Add(aparte.GoodwillHalfLife)), same); d != "" {
		t.Error("after a half-life (-want +got)\n", d)
	}
}
