package engine_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/smtp"
	"strings"
	"testing"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/channel/email"
	"github.com/aparte-dev/aparte/channel/inward"
	"github.com/aparte-dev/aparte/channel/mailbox"
)

// correspondence is an engine whose mails arrive in a mailbox and come back through a door, by SMTP both ways.
type correspondence struct {
	*stepped
	box  *mailbox.Mailbox
	door *inward.Door
}

// conversing is a brand that asks for news and answers two questions.
func conversing() *aparte.Brand {
	b := brand()
	words := func(s string) aparte.Words { return aparte.Words{"en": s, "fr": s} }
	mail := func(id aparte.ContentID, scenario aparte.ScenarioID, headline string, rules ...aparte.RuleID) aparte.Content {
		element := func(name, text string) aparte.Element {
			return aparte.Element{Name: name, Variants: []aparte.Variant{{ID: "a", Words: words(text)}}}
		}
		return aparte.Content{
			ID: id, Name: words(string(id)), Kind: "service", Purpose: aparte.Service, Channels: []aparte.Channel{aparte.Email},
			Layouts: []aparte.LayoutID{"web"}, Link: "/", Scenarios: []aparte.ScenarioID{scenario}, Rules: rules,
			Elements: []aparte.Element{element("subject", headline), element("preheader", "."), element("headline", headline), element("body", "."), element("cta", "See")},
		}
	}
	b.Contents = []aparte.Content{
		mail("note", "note", "Your note"),
		mail("parcels", "answer", "Where your parcel is", "asks-delivery"),
		mail("goods", "answer", "What it is made of", "asks-product"),
	}
	b.Rules = []aparte.Rule{
		{ID: "asks-delivery", Name: words("Asks for a parcel"), When: `reply.intent == "delivery" && reply.channel == "email"`},
		{ID: "asks-product", Name: words("Asks for a product"), When: `reply.intent == "product"`},
	}
	b.Scenarios = []aparte.Scenario{
		{ID: "note", Name: words("Note"), After: "Note Wanted", Channel: aparte.Email},
		{ID: "answer", Name: words("Answer"), After: aparte.EventReplied, Channel: aparte.SMS, Also: []aparte.Channel{aparte.Email}},
	}
	b.Postage = nil
	return b
}

// writing has people who were each written a note; those for whom silence was chosen are not among them.
func writing(t *testing.T, people int) (c *correspondence, written map[string]mailbox.Mail) {
	t.Helper()
	box, err := mailbox.StartWith(context.Background(), mailbox.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { box.Close() })
	sender, err := email.New(email.Config{Addr: box.Addr(), From: "hello@lantern.example"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { sender.Close() })
	c = &correspondence{stepped: openStepped(t, sender, newDoor(aparte.SMS)), box: box}
	c.door, err = inward.Open(t.Context(), inward.Config{Addr: "127.0.0.1:0", Domain: "back.lantern.example", Addresses: c, Listener: c, Now: func() time.Time { return *c.now.Load() }})
	c.check(err)
	t.Cleanup(func() { c.door.Close() })
	_, err = c.Publish(t.Context(), conversing())
	c.check(err)
	for i := range people {
		user := fmt.Sprint("u", i)
		c.tell(identify(user, "", map[string]any{"email": user + "@example.com"}))
		c.tell(event("Note Wanted", user, "", nil))
	}
	c.pass(time.Second)
	c.delivered()
	written = map[string]mailbox.Mail{}
	for _, m := range box.Mails() {
		written[strings.TrimSuffix(m.To, "@example.com")] = m
	}
	if len(written) < 4 {
		t.Fatalf("only %d people were written to", len(written))
	}
	return c, written
}

func (c *correspondence) tell(e aparte.Event) {
	c.t.Helper()
	e.Timestamp, e.ReceivedAt = *c.now.Load(), *c.now.Load()
	c.check(c.Accept(c.t.Context(), []aparte.Event{e}))
}

// reply writes back by SMTP, as a mail program does, and lets the moment arise.
func (c *correspondence) reply(m *mailbox.Mail, id, text string) {
	c.t.Helper()
	to := strings.Trim(m.Get("Reply-To"), "<>")
	c.hand("someone@example.com", to, fmt.Sprintf("From: %s\nTo: %s\nSubject: Re: %s\nMessage-ID: <%s>\nIn-Reply-To: <%s>\nContent-Type: text/plain; charset=utf-8\n\n%s\n\n> %s\n",
		m.To, to, m.Subject, id, m.MessageID, text, m.Subject))
	c.pass(time.Second)
	c.delivered()
}

func (c *correspondence) hand(from, to, mail string) {
	c.t.Helper()
	c.check(smtp.SendMail(c.door.Addr(), nil, from, []string{to}, []byte(strings.ReplaceAll(mail, "\n", "\r\n"))))
}

func (c *correspondence) person(user string) aparte.Person {
	c.t.Helper()
	id, err := c.Find(c.t.Context(), aparte.Identifier{Kind: aparte.KindUserID, Value: user})
	c.check(err)
	p, err := c.Person(c.t.Context(), id)
	c.check(err)
	return p
}

// events are the names of somebody's events, newest first.
func (c *correspondence) events(user string) (names []string) {
	for _, e := range c.story(user) {
		if e.Event != nil {
			names = append(names, e.Event.Name)
		}
	}
	return names
}

func TestAQuestionByMailIsAnsweredInItsThread(t *testing.T) {
	c, written := writing(t, 24)
	answered := 0
	for user, note := range written {
		id := "q-" + user + "@mail.example.com"
		c.reply(&note, id, "Bonjour, où est ma commande ?")
		var last *aparte.Decision
		for _, e := range c.story(user) {
			if e.Decision != nil {
				last = e.Decision
				break
			}
		}
		if last == nil || last.Trigger != "scenario:answer" || last.Channel != aparte.Email {
			t.Fatalf("the reply made no moment on its channel: %+v", last)
		}
		r, err := c.Replay(t.Context(), last.ID)
		c.check(err)
		if !r.Same {
			t.Errorf("replayed, it comes out otherwise: %v", r.Differences)
		}
		if last.Action.Silent() {
			continue
		}
		answered++
		mail := c.box.Mails()[0]
		if last.Action.Content != "parcels" || mail.Subject != "Where your parcel is" || mail.To != user+"@example.com" {
			t.Errorf("answered %q to %s with %q", last.Action.Content, mail.To, mail.Subject)
		}
		if mail.Get("In-Reply-To") != "<"+id+">" || mail.Get("References") != "<"+id+">" {
			t.Errorf("in the thread of %q, %q", mail.Get("In-Reply-To"), mail.Get("References"))
		}
	}
	if answered == 0 {
		t.Error("nobody was answered")
	}
}

func TestWhoRepliesStopIsLeftAlone(t *testing.T) {
	c, written := writing(t, 12)
	for user, note := range written {
		before := len(c.box.Mails())
		c.reply(&note, "s-"+user+"@mail.example.com", "STOP")
		c.pass(time.Hour)
		c.delivered()
		if len(c.box.Mails()) != before {
			t.Errorf("%s was answered", user)
		}
		p := c.person(user)
		if granted, told := p.Consented(aparte.Marketing, aparte.Email); granted || !told {
			t.Errorf("%s may still be written to", user)
		}
		if c.events(user)[0] != aparte.EventUnsubscribed {
			t.Errorf("events of %s: %v", user, c.events(user))
		}
	}
}

func TestWhoIsAngryOrNotUnderstoodIsForSomebodyToRead(t *testing.T) {
	c, written := writing(t, 12)
	for user, note := range written {
		c.reply(&note, "a-"+user+"@mail.example.com", "Je suis très déçue, c'est inadmissible !")
		if names := c.events(user); names[0] != aparte.EventHumanWanted || names[1] != aparte.EventReplied {
			t.Errorf("events of %s: %v", user, names)
		}
		break
	}
}

func TestWhatWasWrittenIsReadForTwoMonthsAndThenByNobody(t *testing.T) {
	c, written := writing(t, 12)
	text := func(user string) string {
		for _, e := range c.story(user) {
			if e.Event != nil && e.Event.Name == aparte.EventReplied {
				return string(e.Event.Properties)
			}
		}
		t.Fatal("there is no reply")
		return ""
	}
	for user, note := range written {
		c.reply(&note, "t-"+user+"@mail.example.com", "Where is my order? Amélie")
		if s := text(user); !strings.Contains(s, `"text":"Where is my order? Amélie"`) || strings.Contains(s, "sealed") {
			t.Errorf("told: %s", s)
		}
		c.reopen()
		if s := text(user); !strings.Contains(s, "Amélie") {
			t.Errorf("after a restart: %s", s)
		}
		c.pass(59 * 24 * time.Hour)
		if keys := c.replyKeys(); keys != 1 {
			t.Errorf("%d keys before two months", keys)
		}
		c.pass(2 * 24 * time.Hour)
		if keys := c.replyKeys(); keys != 0 { // although nobody has written or looked since
			t.Errorf("two months later, %d keys are there still", keys)
		}
		if s := text(user); strings.Contains(s, "Amélie") || !strings.Contains(s, `"forgotten":true`) {
			t.Errorf("two months later: %s", s)
		}
		break
	}
}

// replyKeys is how many keys of replies the store has.
func (h *stepped) replyKeys() int {
	h.t.Helper()
	doc, err := h.store.Document(h.t.Context(), "replies/keys", 0)
	h.check(err)
	var keys []json.RawMessage
	h.check(json.Unmarshal(doc.Body, &keys))
	return len(keys)
}

func TestAMailboxThatDoesNotExistIsWrittenToNoMore(t *testing.T) {
	c, written := writing(t, 12)
	for user, note := range written {
		to := strings.Trim(note.Sender, "<>")
		bounce := "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n\nsorry\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx\n\n" +
			"Final-Recipient: rfc822; " + note.To + "\nAction: failed\nStatus: 5.1.1\n\n--b--\n"
		c.hand("", to, bounce)
		c.hand("", to, bounce)
		p := c.person(user)
		if len(p.Addresses(aparte.Email)) != 0 {
			t.Errorf("%s still has an address", user)
		}
		failed := 0
		for _, name := range c.events(user) {
			if name == aparte.EventFailed {
				failed++
			}
		}
		if failed != 1 {
			t.Errorf("%d failures were noted", failed)
		}
		break
	}
}

func TestAComplaintEndsMarketingAndCostsGoodwill(t *testing.T) {
	c, written := writing(t, 12)
	for user, note := range written {
		c.hand("fbl@provider.example", inward.Complaints+"@back.lantern.example",
			"Content-Type: multipart/report; report-type=feedback-report; boundary=b\n\n--b\nContent-Type: message/feedback-report\n\nFeedback-Type: abuse\nVersion: 1\nOriginal-Mail-From: <"+
				strings.Trim(note.Sender, "<>")+">\n\n--b--\n")
		p := c.person(user)
		if granted, told := p.Consented(aparte.Marketing, aparte.Email); granted || !told {
			t.Errorf("%s may still be written to", user)
		}
		if p.Goodwill.At.IsZero() || p.Goodwill.Value > 0.9 {
			t.Errorf("it cost nothing: %+v", p.Goodwill)
		}
		break
	}
}
