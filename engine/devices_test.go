package engine_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/channel"
)

// carrier is a way to devices, each of which answers as it was told to; it keeps what was offered, in order.
type carrier struct {
	on      aparte.Channel
	mu      sync.Mutex
	answer  map[byte]*channel.Failure // by the first letter of the address; nil: taken
	offered string                    // first letters
	keys    []string
}

func (c *carrier) Channel() aparte.Channel { return c.on }

func (c *carrier) Send(_ context.Context, m *channel.Message) error {
	if err := m.Check(); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.offered, c.keys = c.offered+m.To[:1], append(c.keys, m.Key)
	if f := c.answer[m.To[0]]; f != nil {
		return f
	}
	return nil
}

var (
	deadPhone  = &channel.Failure{Suppress: true, Code: 410, Reason: "the app is gone from the device"}
	laterPhone = &channel.Failure{Temporary: true, Code: 503, Reason: "not now"}
	lostPhone  = &channel.Failure{Temporary: true, Uncertain: true, Reason: "connection lost"}
)

// tellsSomebodyWith has people with these devices leave baskets, one after the other, until one is told of it: silence is a choice
// like any other.
func (h *stepped) tellsSomebodyWith(phones *carrier, devices string) (user string) {
	h.t.Helper()
	for i := range 20 {
		user = fmt.Sprint("u", i)
		h.accept(consented(user, phones.on))
		for _, d := range devices {
			h.accept(device(user, fmt.Sprintf("%c%063x", d, i)))
		}
		h.accept(event("Product Added", user, "", map[string]any{"product_id": "lamp", "price": 25, "quantity": 1, "currency": "EUR"}))
		h.pass(61 * time.Minute)
		h.pass(time.Second)
		h.delivered()
		if phones.offered != "" {
			return user
		}
	}
	h.t.Fatal("twenty left baskets, and nobody was told")
	return ""
}

func TestAPushGoesToEveryDeviceAndIsOneMessage(t *testing.T) {
	type answers = map[byte]*channel.Failure
	for _, test := range []struct {
		name         string
		answer       answers
		offered      string // to these devices, in the first hours
		sent, failed int    // as a message
		left         string // devices that are told of yet
	}{
		{"all take it", nil, "abc", 1, 0, "abc"},
		{"one is dead", answers{'b': deadPhone}, "abc", 1, 0, "ac"},
		{"one takes it and the others cannot now: they are not told later", answers{'a': laterPhone, 'c': laterPhone}, "abc", 1, 0, "abc"},
		{"all are dead", answers{'a': deadPhone, 'b': deadPhone, 'c': deadPhone}, "abc", 0, 1, ""},
		{"one may have it: nobody is told twice", answers{'a': laterPhone, 'b': lostPhone, 'c': deadPhone}, "abc", 0, 1, "ab"},
		{"none can now: those that may are tried again", answers{'a': laterPhone, 'b': deadPhone, 'c': laterPhone}, "abcacac", 0, 0, "ac"},
	} {
		t.Run(test.name, func(t *testing.T) {
			phones := &carrier{on: aparte.MobilePush, answer: test.answer}
			h := openStepped(t, phones)
			h.publish(pushing())
			user := h.tellsSomebodyWith(phones, "abc")
			for range 10 {
				h.pass(time.Minute)
				h.delivered()
			}
			if phones.offered != test.offered {
				t.Errorf("offered to %s, want %s", phones.offered, test.offered)
			}
			seen := map[byte]string{}
			for i, key := range phones.keys {
				if before := seen[phones.offered[i]]; before != "" && before != key {
					t.Errorf("the same message had the keys %s and %s", before, key)
				}
				seen[phones.offered[i]] = key
			}
			if keys := slices.Compact(slices.Sorted(slices.Values(phones.keys))); len(keys) != 3 {
				t.Errorf("three devices were told by the keys %v", keys)
			}
			sent, failed := 0, 0
			for _, e := range h.story(user) {
				switch {
				case e.Event == nil:
				case e.Event.Name == aparte.EventSent:
					sent++
				case e.Event.Name == aparte.EventFailed && !strings.Contains(string(e.Event.Properties), `"address"`):
					failed++
				}
			}
			if sent != test.sent || failed != test.failed {
				t.Errorf("sent %d times, failed %d times, want %d and %d", sent, failed, test.sent, test.failed)
			}
			p, err := h.Person(t.Context(), h.id(user))
			h.check(err)
			left := ""
			for _, id := range p.Addresses(aparte.MobilePush) {
				left += id.Value[:1]
			}
			if left != test.left {
				t.Errorf("devices left: %s, want %s", left, test.left)
			}
		})
	}
}
