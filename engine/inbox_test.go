package engine_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/engine"
)

// openInbox is a house whose brand has one scenario, a basket that is left, of which is spoken in the inbox.
func openInbox(t *testing.T) *stepped {
	h := openStepped(t)
	b := reachable()
	b.Layouts[0].Channels = append(b.Layouts[0].Channels, aparte.InApp)
	b.Contents[0].Channels = []aparte.Channel{aparte.InApp}
	b.Contents[0].Purpose, b.Postage, b.Objectives[0].Value = aparte.Service, nil, "100000.0" // worth saying
	b.Scenarios[0].Channel, b.Scenarios[0].Also = aparte.InApp, nil
	h.publish(b)
	h.tell(identify("ada", "phone", map[string]any{"ltv": 100}))
	return h
}

// leftBasket has Ada leave a basket until something is put into her inbox.
func (h *stepped) leftBasket() {
	h.t.Helper()
	before := h.inbox("ada")
	for range 20 {
		h.tell(event("Product Added", "ada", "", map[string]any{"product_id": "lamp", "price": 25, "quantity": 1, "currency": "EUR"}))
		h.pass(61 * time.Minute)
		h.pass(time.Minute)
		if now := h.inbox("ada"); len(now) > 0 && (len(before) == 0 || now[len(now)-1].Decision.ID != before[len(before)-1].Decision.ID) {
			return
		}
	}
	h.t.Fatal("twenty baskets were left, and nothing was said of it")
}

func (h *stepped) inbox(user string) []engine.InboxMessage {
	h.t.Helper()
	messages, err := h.Inbox(h.t.Context(), []aparte.Identifier{{Kind: aparte.KindUserID, Value: user}}, "")
	h.check(err)
	return messages
}

func TestWhatIsSaidInTheAppWaitsUntilItIsClosedOrEnds(t *testing.T) {
	h := openInbox(t)
	if n := len(h.inbox("ada")) + len(h.inbox("nobody")); n != 0 {
		t.Fatalf("%d messages before anything happened", n)
	}
	h.leftBasket()
	m := h.inbox("ada")[0]
	if m.Elements["headline"] != "Your lamp" || m.HTML == "" || m.Read || !m.Until.Equal(m.Decision.At.Add(30*24*time.Hour)) {
		t.Errorf("message %+v", m)
	}
	h.reopen()
	if again := h.inbox("ada"); len(again) != 1 || again[0].Decision.ID != m.Decision.ID {
		t.Fatalf("after a restart %d messages wait", len(again))
	}
	h.tell(event(aparte.EventExposed, "ada", "", map[string]any{"decision": m.Decision.ID.String(), "channel": "in_app", "slot": "in_app", "content": "basket"}))
	if again := h.inbox("ada"); len(again) != 1 || !again[0].Read {
		t.Errorf("read, %d wait", len(again))
	}
	_, err := h.Click(t.Context(), m.Link[len("http://say.example/c/"):])
	h.check(err)
	h.tell(event(aparte.EventDismissed, "ada", "", map[string]any{"decision": m.Decision.ID.String(), "channel": "in_app", "content": "basket"}))
	if n := len(h.inbox("ada")); n != 0 {
		t.Errorf("closed, %d wait", n)
	}

	h.leftBasket()
	h.pass(30*24*time.Hour - time.Hour)
	if n := len(h.inbox("ada")); n != 1 {
		t.Errorf("before its end %d wait", n)
	}
	h.pass(2 * time.Hour)
	if n := len(h.inbox("ada")); n != 0 {
		t.Errorf("after its end %d wait", n)
	}
	for _, e := range h.story("ada") {
		if e.Decision != nil {
			r, err := h.Replay(t.Context(), e.Decision.ID)
			h.check(err)
			if !r.Same {
				t.Errorf("decision %s comes out otherwise: %v", e.Decision.ID, r.Differences)
			}
		}
	}
}

func TestAMessageIsWithdrawnWhenWhatItOffersWasBought(t *testing.T) {
	h := openInbox(t)
	h.leftBasket()
	if item := h.inbox("ada")[0].Decision.Action.Item; item != "lamp" {
		t.Fatalf("it speaks of %q", item)
	}
	h.tell(order("ada", "lamp", "o-1", 25))
	if n := len(h.inbox("ada")); n != 0 {
		t.Errorf("bought, %d wait", n)
	}
}

func TestAnInboxHoldsSoManyAndTheLatest(t *testing.T) {
	h := openInbox(t)
	var all []aparte.DecisionID
	for range 23 {
		h.leftBasket()
		m := h.inbox("ada")
		all = append(all, m[len(m)-1].Decision.ID)
	}
	var waiting []aparte.DecisionID
	for _, m := range h.inbox("ada") {
		waiting = append(waiting, m.Decision.ID)
	}
	if diff := cmp.Diff(all[3:], waiting); diff != "" {
		t.Errorf("waiting (-want +got):\n%s", diff)
	}
	h.check(h.Erase(t.Context(), h.id("ada")))
	h.tell(identify("ada", "phone", nil))
	if n := len(h.inbox("ada")); n != 0 {
		t.Errorf("of who was erased %d wait", n)
	}
}

func TestWhoFollowsAnInboxIsToldThatItChanges(t *testing.T) {
	h := openInbox(t)
	ids := []aparte.Identifier{{Kind: aparte.KindAnonymousID, Value: "phone"}}
	changed, end, err := h.FollowInbox(t.Context(), ids)
	h.check(err)
	h.leftBasket()
	select {
	case <-changed:
	default:
		t.Error("a message came, and nobody was told")
	}
	h.tell(event(aparte.EventDismissed, "ada", "", map[string]any{"decision": h.inbox("ada")[0].Decision.ID.String()}))
	select {
	case <-changed:
	default:
		t.Error("a message went, and nobody was told")
	}
	end()
	end()
	h.leftBasket()
	select {
	case <-changed:
		t.Error("who left was told")
	default:
	}
	var ends []func()
	for {
		_, end, err := h.FollowInbox(t.Context(), ids)
		if err != nil {
			break
		}
		if ends = append(ends, end); len(ends) > 5000 {
			t.Fatal("any number may follow")
		}
	}
	for _, end := range ends {
		end()
	}
	if _, end, err = h.FollowInbox(t.Context(), ids); err != nil {
		t.Errorf("after %d have left: %v", len(ends), err)
	}
	end()
}
