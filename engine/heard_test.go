package engine_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/channel"
	"github.com/aparte-dev/aparte/engine"
	"github.com/aparte-dev/aparte/gsm"
)

// centre is a door whose other end names what it takes. Before it answers it may say something.
type centre struct {
	*door
	n      int
	before func()
}

func (c *centre) SendReceipted(ctx context.Context, m *channel.Message) (string, error) {
	if c.before != nil {
		c.before()
	}
	c.n++
	return fmt.Sprint("c-", c.n), c.Send(ctx, m)
}

const adasPhone = "+33612345678"

// openTexts is a house that sends texts, and Ada, who agreed to get them.
func openTexts(t *testing.T) (*stepped, *centre) {
	c := &centre{door: newDoor(aparte.SMS)}
	h := openStepped(t, c)
	b := reachable()
	b.Scenarios[0].Channel, b.Scenarios[0].Also = aparte.SMS, nil
	b.Contents[0].Purpose, b.Postage, b.Objectives[0].Value = aparte.Service, nil, "100000.0" // worth saying
	_, err := h.Publish(t.Context(), b)
	h.check(err)
	h.tell(identify("ada", "", map[string]any{"phone": adasPhone, "locale": "fr", "ltv": 100, "consents": []map[string]any{
		{"purpose": "marketing", "channel": "sms", "granted": true},
	}}))
	return h, c
}

// texted has Ada leave baskets until she is written to, and returns what is said.
func texted(h *stepped, c *centre) channel.Message {
	h.t.Helper()
	for range 20 {
		h.tell(event("Product Added", "ada", "", map[string]any{"product_id": "lamp", "price": 25, "quantity": 1, "currency": "EUR"}))
		h.pass(61 * time.Minute)
		h.pass(time.Minute)
		h.delivered()
		if m, ok := c.empty()[adasPhone]; ok {
			return m
		}
		h.pass(24 * time.Hour)
	}
	h.t.Fatal("twenty baskets were left, and nobody was written to")
	return channel.Message{}
}

func (h *stepped) ada() *aparte.Person {
	h.t.Helper()
	id, err := h.Find(h.t.Context(), aparte.Identifier{Kind: aparte.KindUserID, Value: "ada"})
	h.check(err)
	p, err := h.Person(h.t.Context(), id)
	h.check(err)
	return &p
}

// said counts the track events of a name in Ada's story, and returns the properties of the last.
func (h *stepped) said(name string) (n int, properties string) {
	for _, e := range h.story("ada") { // newest first
		if e.Event != nil && e.Event.Name == name {
			if n++; n == 1 {
				properties = string(e.Event.Properties)
			}
		}
	}
	return n, properties
}

func reply(id, text string, at time.Time) *channel.Reply {
	return &channel.Reply{Channel: aparte.SMS, ID: id, From: adasPhone, To: "36180", Text: text, At: at}
}

func TestAStopClosesTheChannelAtOnceAndIsAnsweredOnce(t *testing.T) {
	h, c := openTexts(t)
	texted(h, c)
	for i, text := range []string{"Arrêt !", "STOP", "stop"} {
		h.check(h.Replied(t.Context(), reply(fmt.Sprint(i), text, *h.now.Load())))
	}
	ada := h.ada()
	if granted, told := ada.Consented(aparte.Marketing, aparte.SMS); granted || !told {
		t.Error("consent is not closed")
	}
	answer := c.empty()
	if m := answer[adasPhone]; len(answer) != 1 || c.count != 2 || !strings.Contains(m.Text, "vous ne recevrez plus") || gsm.Measure(m.Text).Segments != 1 {
		t.Errorf("%d messages left, the answers %v", c.count, answer)
	}
	n, properties := h.said(aparte.EventReplied)
	if n != 3 || !strings.Contains(properties, `"keyword":"stop"`) || strings.Contains(properties, "text") {
		t.Errorf("%d replies, the last %s", n, properties)
	}
	if n, properties := h.said(aparte.EventUnsubscribed); n != 1 || !strings.Contains(properties, ada.Said[0].Decision.String()) {
		t.Errorf("%d times unsubscribed: %s", n, properties)
	}

	h.set(h.now.Load().Add(time.Minute))
	h.check(h.Replied(t.Context(), reply("3", "START", *h.now.Load())))
	if granted, _ := h.ada().Consented(aparte.Marketing, aparte.SMS); !granted {
		t.Error("START did not open it again")
	}
}

func TestAReplyIsKeptOnceWithItsWordsAndIsASignOfLife(t *testing.T) {
	h, _ := openTexts(t)
	at := h.now.Load().Add(time.Hour)
	h.set(at)
	r := reply("1", "Please stop by with it tomorrow"+strings.Repeat("é", channel.MaxReply), at)
	h.check(h.Replied(t.Context(), r))
	h.check(h.Replied(t.Context(), r))
	n, properties := h.said(aparte.EventReplied)
	if n != 1 || !strings.Contains(properties, "Please stop by") || len(properties) > channel.MaxReply+100 {
		t.Errorf("%d replies, of %d bytes", n, len(properties))
	}
	if ada := h.ada(); !ada.LastSeen.Equal(at) {
		t.Errorf("last seen %v, replied %v", ada.LastSeen, at)
	}
	if granted, _ := h.ada().Consented(aparte.Marketing, aparte.SMS); !granted {
		t.Error("a word in a sentence closed the channel")
	}
}

func TestAStrangerWhoSaysStopIsNeverWrittenTo(t *testing.T) {
	h, c := openTexts(t)
	r := reply("1", "STOP", *h.now.Load())
	r.From = "+33612349999"
	h.check(h.Replied(t.Context(), r))
	id, err := h.Find(t.Context(), aparte.Identifier{Kind: aparte.KindPhone, Value: r.From})
	h.check(err)
	p, err := h.Person(t.Context(), id)
	h.check(err)
	if granted, told := p.Consented(aparte.Marketing, aparte.SMS); granted || !told {
		t.Error("a stranger's STOP is not kept")
	}
	c.empty()
	r = reply("2", "STOP", *h.now.Load())
	r.From = "36180" // a machine's
	h.check(h.Replied(t.Context(), r))
	if n := len(c.empty()); n != 0 {
		t.Errorf("a machine was answered %d times", n)
	}
}

func TestKeywordsAreAnsweredOnlySoOften(t *testing.T) {
	h, c := openTexts(t)
	for i := range 20 {
		h.check(h.Replied(t.Context(), reply(fmt.Sprint(i), "HELP", *h.now.Load())))
	}
	if c.count != 4 {
		t.Errorf("answered %d times in a day", c.count)
	}
}

func TestWhatBecameOfATextIsNotedOnce(t *testing.T) {
	h, c := openTexts(t)
	texted(h, c)
	report := &channel.Report{Channel: aparte.SMS, Address: adasPhone, Reference: "c-1", Fate: channel.Delivered, At: *h.now.Load()}
	h.check(h.Reported(t.Context(), report))
	h.check(h.Reported(t.Context(), report))
	n, properties := h.said(aparte.EventDelivered)
	if said := h.ada().Said; n != 1 || !strings.Contains(properties, said[len(said)-1].Decision.String()) {
		t.Errorf("delivered %d times: %s", n, properties)
	}
	for _, unknown := range []channel.Report{
		{Channel: aparte.SMS, Address: adasPhone, Reference: "c-99", Fate: channel.Delivered},
		{Channel: aparte.SMS, Address: "+33612349999", Reference: "c-1", Fate: channel.Delivered},
		{Channel: aparte.SMS, Address: "nobody", Reference: "c-1", Fate: channel.Delivered},
		{Channel: aparte.SMS, Key: "confirm-1", Fate: channel.Delivered},
	} {
		h.check(h.Reported(t.Context(), &unknown))
	}
	if n, _ := h.said(aparte.EventDelivered); n != 1 {
		t.Errorf("delivered %d times", n)
	}
}

func TestAReceiptThatComesBeforeTheAnswerIsAskedForAgain(t *testing.T) {
	h, c := openTexts(t)
	var early error
	c.before = func() {
		early = h.Reported(t.Context(), &channel.Report{Channel: aparte.SMS, Address: adasPhone, Reference: "c-1", Fate: channel.Delivered})
	}
	texted(h, c)
	if !errors.Is(early, channel.ErrEarly) {
		t.Errorf("error %v, want that it is early", early)
	}
}

func TestADeadNumberIsWrittenToNoMoreUntilItIsToldAgain(t *testing.T) {
	h, c := openTexts(t)
	texted(h, c)
	h.check(h.Reported(t.Context(), &channel.Report{
		Channel: aparte.SMS, Address: adasPhone, Reference: "c-1", Fate: channel.Undelivered, Code: 1, Reason: "it cannot be delivered", Suppress: true, At: *h.now.Load(),
	}))
	if ada := h.ada(); cmp.Diff([]aparte.Identifier{{Kind: aparte.KindUserID, Value: "ada"}}, ada.Identifiers) != "" {
		t.Errorf("identifiers %v", ada.Identifiers)
	}
	before := c.count
	for range 5 {
		h.pass(24 * time.Hour)
		h.tell(event("Product Added", "ada", "", map[string]any{"product_id": "lamp", "price": 25, "quantity": 1, "currency": "EUR"}))
		h.pass(61 * time.Minute)
		h.pass(time.Minute)
		h.delivered()
	}
	if c.count != before {
		t.Error("a dead number was written to")
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
	h.tell(identify("ada", "", map[string]any{"phone": adasPhone}))
	if texted(h, c); c.count == before {
		t.Error("told again, it is not used")
	}
}

func TestATextIsShortAndItsLinkIsThePersonsOwn(t *testing.T) {
	h, c := openTexts(t)
	m := texted(h, c)
	if m.Subject != "" || m.HTML != "" || gsm.Measure(m.Text).Segments != 1 || !strings.HasPrefix(m.Text, "It waits. http://say.example/c/") {
		t.Errorf("message %+v", m)
	}
	token := strings.TrimPrefix(m.Text, "It waits. http://say.example/c/")
	if len(token) > 36 {
		t.Errorf("a token of %d letters", len(token))
	}
	to, err := h.Click(t.Context(), token)
	h.check(err)
	if n, _ := h.said(aparte.EventClicked); n != 1 || to != "http://shop.example/basket" {
		t.Errorf("clicked %d times, led to %s", n, to)
	}
	for i := range len(token) {
		wrong := []byte(token)
		if wrong[i]++; wrong[i] == token[i] {
			continue
		}
		if _, err := h.Click(t.Context(), string(wrong)); !errors.Is(err, engine.ErrToken) {
			t.Errorf("a token wrong at %d is taken: %v", i, err)
		}
	}
}
