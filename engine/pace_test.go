package engine_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/channel"
)

// TestMailsBeyondThePaceLeaveLater lets forty people want a note on the first day of an address that may send five, then ten, then
// any twenty a day: so many leave, through a restart at noon, and at last everybody who was to be written to has one.
func TestMailsBeyondThePaceLeaveLater(t *testing.T) {
	door := newDoor(aparte.Email)
	h := openStepped(t, door)
	b := conversing()
	first := h.now.Load().UTC().Truncate(24 * time.Hour)
	b.Sender.Pace = aparte.Pace{Daily: []int{5, 10, 20}, Began: first}
	_, err := h.Publish(t.Context(), b)
	h.check(err)
	tell := func(e aparte.Event) {
		e.Timestamp, e.ReceivedAt = *h.now.Load(), *h.now.Load()
		h.check(h.Accept(t.Context(), []aparte.Event{e}))
	}
	for i := range 60 {
		user := fmt.Sprint("u", i)
		tell(identify(user, "", map[string]any{"email": user + "@example.com"}))
		tell(event("Note Wanted", user, "", nil))
	}
	seen, days := map[string]int{}, []int{}
	for range 4 {
		today := 0
		next := h.now.Load().UTC().Truncate(24 * time.Hour).Add(24 * time.Hour)
		for noon := false; ; {
			h.pass(time.Second)
			h.delivered()
			for to := range door.empty() {
				seen[to]++
				today++
			}
			at := h.now.Load().UTC()
			if !noon && at.Hour() >= 12 {
				noon = true
				h.reopen()
			}
			if !at.Add(time.Hour).Before(next) {
				h.set(next)
				break
			}
			h.set(at.Add(time.Hour))
		}
		days = append(days, today)
	}
	if days[0] != 5 || days[1] != 10 || days[2] > 20 {
		t.Errorf("on four days %v mails left, of at most 5, 10, 20 and 20", days)
	}
	spoken := 0
	for i := range 60 {
		for _, e := range h.story(fmt.Sprint("u", i)) {
			if e.Decision != nil && e.Decision.Trigger == "scenario:note" && !e.Decision.Action.Silent() {
				spoken++
			}
		}
	}
	total := 0
	for to, n := range seen {
		total += n
		if n != 1 {
			t.Errorf("%d mails to %s", n, to)
		}
	}
	if total != spoken {
		t.Errorf("%d mails left, of %d that were decided: %v", total, spoken, days)
	}
}

func TestAProviderGetsSoManyAMinuteAndOthersDoNotWait(t *testing.T) {
	door := newDoor(aparte.Email)
	h := openStepped(t, door)
	b := conversing()
	b.Sender.Pace = aparte.Pace{Providers: []aparte.ProviderPace{{Domains: []string{"slow.example"}, Minute: 2}}}
	_, err := h.Publish(t.Context(), b)
	h.check(err)
	for i := range 40 {
		user, domain := fmt.Sprint("u", i), "slow.example"
		if i >= 20 {
			domain = "fast.example"
		}
		for _, e := range []aparte.Event{identify(user, "", map[string]any{"email": user + "@" + domain}), event("Note Wanted", user, "", nil)} {
			e.Timestamp, e.ReceivedAt = *h.now.Load(), *h.now.Load()
			h.check(h.Accept(t.Context(), []aparte.Event{e}))
		}
	}
	count := func(taken map[string]channel.Message) (slow, fast int) {
		for to := range taken {
			if to[len(to)-len("slow.example"):] == "slow.example" {
				slow++
			} else {
				fast++
			}
		}
		return slow, fast
	}
	h.pass(time.Second)
	h.delivered()
	slow, fast := count(door.empty())
	if slow != 2 || fast < 5 {
		t.Fatalf("at once %d and %d left", slow, fast)
	}
	for minutes := 0; minutes < 12; minutes++ {
		h.pass(time.Minute)
		h.delivered()
		slow, fast = count(door.empty())
		if slow > 2 || fast != 0 {
			t.Errorf("in minute %d %d and %d left", minutes, slow, fast)
		}
	}
	if slow, _ = count(door.empty()); slow != 0 {
		t.Error("some wait still")
	}
}
