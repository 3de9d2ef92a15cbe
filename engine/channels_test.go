package engine_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/channel"
)

// door is a way outward that keeps what it was handed, by address.
type door struct {
	on    aparte.Channel
	mu    sync.Mutex
	taken map[string]channel.Message
	count int  // of all that was ever taken
	shut  bool // nothing is taken for now
}

func newDoor(on aparte.Channel) *door { return &door{on: on, taken: map[string]channel.Message{}} }

func (d *door) Channel() aparte.Channel { return d.on }

// Send takes every message whose address is one on the channel.
func (d *door) Send(ctx context.Context, m *channel.Message) error {
	if err := m.Check(); err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.shut {
		return &channel.Failure{Temporary: true, Reason: "shut"}
	}
	d.taken[m.To] = *m
	d.count++
	return ctx.Err()
}

// refuse has the channel take nothing for now, or everything again.
func (d *door) refuse(shut bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.shut = shut
}

// empty is what was taken since it was emptied last.
func (d *door) empty() map[string]channel.Message {
	d.mu.Lock()
	defer d.mu.Unlock()
	taken := d.taken
	d.taken = map[string]channel.Message{}
	return taken
}

// delivered waits until what left for its channel has been answered, which Step does not.
func (h *stepped) delivered() {
	h.t.Helper()
	h.check(h.Delivered(h.t.Context()))
	h.check(h.Step(h.t.Context()))
}

// reachable is the brand with one scenario, a basket that is left, of which may be written by mail or in short.
func reachable() *aparte.Brand {
	b := brand()
	b.Layouts[0].Channels = append(b.Layouts[0].Channels, aparte.SMS)
	b.Contents = b.Contents[2:3]
	b.Contents[0].Channels = append(b.Contents[0].Channels, aparte.SMS)
	b.Scenarios[0].Also = []aparte.Channel{aparte.SMS}
	b.Objectives = []aparte.Objective{{ID: "click", Name: aparte.Words{"en": "Click"}, Event: aparte.EventClicked, Value: "100.0", Window: aparte.Duration(30 * time.Minute)}}
	b.Postage = []aparte.Postage{{Channel: aparte.SMS, Cost: 7}}
	lamps(b, reachableDays)
	return b
}

// lamps gives a brand so many more of its lamps, lamp-0 the first.
func lamps(b *aparte.Brand, n int) {
	lamp := b.Items[slices.IndexFunc(b.Items, func(i aparte.Item) bool { return i.ID == "lamp" })]
	for i := range n {
		lamp.ID = aparte.ItemID(fmt.Sprint("lamp-", i))
		b.Items = append(b.Items, lamp)
	}
}

// reachableDays is for how many days there is a lamp of its own: of the same thing nobody is told a third time.
const reachableDays = 20 * 7

// In this world half of the people answer mails and half answer short messages: half the time, and hardly ever what comes the other way.
// After six weeks they change over, and fourteen later they are followed: it has taken six weeks, and ten. An answer is worth as much as all
// there is to lose of them, so that they are written to daily: what is shown is where they are reached, not whether.
func TestEverybodyIsReachedOnTheChannelTheyAnswerOnAndWhereTheyChangeItFollows(t *testing.T) {
	skipUnderRace(t)
	t.Parallel()
	const people, week, weeks, change = 40, 7, reachableDays / 7, 6
	mails, shorts := newDoor(aparte.Email), newDoor(aparte.SMS)
	h := openStepped(t, mails, shorts)
	_, err := h.Publish(t.Context(), reachable())
	h.check(err)
	address := func(i int) string { return fmt.Sprintf("u%d@example.com", i) }
	phone := func(i int) string { return fmt.Sprintf("+3361234%04d", i) }
	tell := func(e aparte.Event) {
		e.Timestamp, e.ReceivedAt = *h.now.Load(), *h.now.Load()
		h.check(h.Accept(t.Context(), []aparte.Event{e}))
	}
	for i := range people {
		tell(identify(fmt.Sprint("u", i), "", map[string]any{"email": address(i), "phone": phone(i), "ltv": 100, "consents": []map[string]any{
			{"purpose": "marketing", "channel": "email", "granted": true}, {"purpose": "marketing", "channel": "sms", "granted": true},
		}}))
	}
	rng := rand.New(rand.NewPCG(1, 2))
	var own, reached [weeks]int
	for day := range weeks * week {
		for i := range people {
			user := fmt.Sprint("u", i)
			if day > 0 {
				tell(event("Product Removed", user, "", map[string]any{"product_id": fmt.Sprint("lamp-", day-1), "quantity": 1}))
			}
			tell(event("Product Added", user, "", map[string]any{"product_id": fmt.Sprint("lamp-", day), "price": 25, "quantity": 1, "currency": "EUR"}))
		}
		h.pass(61 * time.Minute)
		h.pass(time.Minute)
		h.delivered()
		byMail, inShort := mails.empty(), shorts.empty()
		for i := range people {
			likesMail := (i%2 == 0) == (day < change*week)
			for _, came := range []struct {
				by   map[string]channel.Message
				to   string
				mail bool
			}{{byMail, address(i), true}, {inShort, phone(i), false}} {
				m, ok := came.by[came.to]
				if !ok {
					continue
				}
				reached[day/week]++
				chance := 0.03
				if came.mail == likesMail {
					own[day/week]++
					chance = 0.5
				}
				if rng.Float64() < chance {
					_, err := h.Click(t.Context(), addressIn(t, m.HTML+m.Text, "http://say.example/c/"))
					h.check(err)
				}
			}
		}
		h.pass(23 * time.Hour)
	}
	share := func(from, until int) float64 {
		a, b := 0, 0
		for w := from; w < until; w++ {
			a, b = a+own[w], b+reached[w]
		}
		return float64(a) / float64(max(b, 1))
	}
	for w := range weeks {
		t.Logf("week %2d: %4d messages, %.0f %% on the channel they answer on", w+1, reached[w], 100*share(w, w+1))
	}
	if first := share(0, 1); first < 0.35 || first > 0.75 {
		t.Errorf("in the first week %.0f %% are reached on their own channel: nothing was known of it", 100*first)
	}
	if learned := share(change-2, change); learned < 0.8 {
		t.Errorf("before they change %.0f %% are reached on their own channel", 100*learned)
	}
	if after := share(change, change+1); after > 0.5 {
		t.Errorf("in the week they change %.0f %% are: nobody told", 100*after)
	}
	if again := share(weeks-2, weeks); again < 0.7 {
		t.Errorf("fourteen weeks after they changed %.0f %% are", 100*again)
	}
	decided := 0
	for _, e := range h.story("u0") {
		if e.Decision == nil || e.Decision.Trigger == "open" {
			continue
		}
		r, err := h.Replay(t.Context(), e.Decision.ID)
		h.check(err)
		if decided++; !r.Same {
			t.Errorf("decision %s on %s comes out otherwise: %v", e.Decision.ID, e.Decision.Channel, r.Differences)
		}
		if a := e.Decision.Action; !a.Silent() && (a.Channel != e.Decision.Channel || string(a.Channel) != e.Decision.Slot) {
			t.Errorf("decision %s: on %s in slot %s, the action by %s", e.Decision.ID, e.Decision.Channel, e.Decision.Slot, a.Channel)
		}
		if decided == 20 {
			break
		}
	}
	if decided == 0 {
		t.Error("nothing was decided")
	}
}
