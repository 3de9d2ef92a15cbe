package engine

import (
	"net/mail"
	"slices"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/channel"
	"github.com/aparte-dev/aparte/compose"
)

// A message has one of a few forms, and each form one composer: a mail, a note (push), a text (SMS). To whom it goes
// is not its business: the courier addresses it.

// message composes what a decision says in the form of its channel.
func (e *Engine) message(now *live, p *aparte.Person, d *aparte.Decision) (*channel.Message, error) {
	scene, err := e.scene(now, p, d, localeOf(now, p, ""))
	if err != nil {
		return nil, err
	}
	scene.Link = e.baseURL + "/c/" + e.token(tokenMessage, d.ID, d.At)
	switch d.Channel {
	case aparte.MobilePush, aparte.WebPush:
		return e.note(scene, d)
	case aparte.SMS:
		return e.text(scene, d)
	}
	return e.mail(now, scene, d)
}

// mail composes an e-mail, whose pictures are decided when it is opened.
func (e *Engine) mail(now *live, scene *compose.Scene, d *aparte.Decision) (*channel.Message, error) {
	brand := now.plan.Brand()
	unsubscribe := e.baseURL + "/u/" + e.token(tokenUnsubscribe, d.ID, d.At)
	if scene.Content.Ask != nil {
		scene.Answer = e.answerAddress(d)
	}
	composed, err := e.composer.Mail(&compose.MailScene{
		Scene:       *scene,
		Slots:       e.openSlots(brand, d),
		Unsubscribe: unsubscribe,
		Why:         e.choicesAddress(d),
	})
	if err != nil {
		return nil, err
	}
	return &channel.Message{
		Key: d.ID.String(), ReplyTo: brand.Sender.ReplyTo,
		From:    (&mail.Address{Name: brand.Sender.Name, Address: brand.Sender.Address}).String(),
		Subject: composed.Subject, HTML: composed.HTML, Text: composed.Text, Unsubscribe: unsubscribe,
	}, nil
}

// noteTTL is how long a notification waits for a phone that is off, where its content says nothing else.
const noteTTL = 24 * time.Hour

// note composes a notification. A later one of the same scenario takes its place; what somebody asked for stays until it is read.
func (e *Engine) note(scene *compose.Scene, d *aparte.Decision) (*channel.Message, error) {
	if scene.Layout != nil && scene.Layout.Banner != nil {
		scene.ImageURL = e.baseURL + "/x/" + e.token(tokenPicture, d.ID, d.At) + ".png?scale=2"
	}
	composed, err := e.composer.Note(scene)
	if err != nil {
		return nil, err
	}
	m := &channel.Message{
		Key: d.ID.String(), Subject: composed.Title, Text: composed.Text, Image: composed.Image, Link: composed.Link, TTL: noteTTL,
		Report: e.baseURL + "/n/" + e.token(tokenMessage, d.ID, d.At),
	}
	if until := scene.Content.Until; !until.IsZero() {
		m.TTL = max(time.Second, min(m.TTL, until.Sub(e.now())))
	}
	if scene.Content.Purpose != aparte.Service {
		m.Collapse = d.Trigger
	}
	return m, nil
}

// text composes a text message, with a link that takes little of it. Who speaks is the channel's to say.
func (e *Engine) text(scene *compose.Scene, d *aparte.Decision) (*channel.Message, error) {
	scene.Link = e.baseURL + "/c/" + e.shortToken(d.ID)
	composed, err := e.composer.Text(scene)
	if err != nil {
		return nil, err
	}
	return &channel.Message{Key: d.ID.String(), Text: composed.Body}, nil
}

// slotWidth is how wide a slot of a mail is shown, in CSS pixels.
const slotWidth = 512

// openSlots are the pictures of a message that are decided when it is opened: one, where the brand has a
// layout for it. Its height is that of the first such layout.
func (e *Engine) openSlots(b *aparte.Brand, d *aparte.Decision) []compose.MailSlot {
	slot := openSlot(d.Channel)
	for i := range b.Layouts {
		l := &b.Layouts[i]
		if l.Banner == nil || !slices.Contains(l.Channels, d.Channel) || len(l.Slots) > 0 && !slices.Contains(l.Slots, slot) {
			continue
		}
		token := e.token(tokenSlot, d.ID, d.At)
		return []compose.MailSlot{{
			ImageURL: e.baseURL + "/x/" + token + ".png?scale=2", Link: e.baseURL + "/c/" + token,
			Width: slotWidth, Height: slotWidth * l.Banner.Height / l.Banner.Width,
		}}
	}
	return nil
}
