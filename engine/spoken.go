package engine

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/compose"
	"github.com/aparte-dev/aparte/decide"
	"github.com/aparte-dev/aparte/gsm"
	"github.com/aparte-dev/aparte/store"
)

// Spoken is a content as it would reach one person on a channel now. Which of its fields are set is the channel's.
type Spoken struct {
	Channel  aparte.Channel
	Mail     compose.Message   // e-mail
	Note     compose.Note      // push, inbox
	Text     string            // SMS
	Size     gsm.Size          // of Text
	Elements map[string]string // a human, a webhook, what a page asks for
	Missing  []string          // variables that the words ask for and that are not known of this person
	Err      error             // why it cannot be said there
}

// Speak is what a content would say to a person on each of its channels, if it were chosen now. Nothing is decided, sent or
// remembered: links lead to the brand's home, and image says where the picture of an action is; nil: nowhere.
func (e *Engine) Speak(ctx context.Context, id aparte.PersonID, content aparte.ContentID, look Look, image func(aparte.Action) string) ([]Spoken, error) {
	now, err := e.under(ctx, look.Draft)
	if err != nil {
		return nil, err
	}
	p, err := e.Person(ctx, id)
	if err != nil {
		return nil, err
	}
	c, ok := now.plan.Content(content)
	if !ok {
		return nil, fmt.Errorf("content %q: %w", content, store.ErrNotFound)
	}
	action := aparte.Action{Content: c.ID}
	if c.Items != aparte.NoItems {
		action.Item = e.anItemFor(now, &p, c)
	}
	var all []Spoken
	for _, channel := range c.Channels {
		if action.Layout, ok = layoutFor(now.plan, c, channel); !ok && channel != aparte.Human {
			continue
		}
		all = append(all, e.speak(now, &p, channel, action, cmp.Or(look.Locale, localeOf(now, &p, "")), image))
	}
	return all, nil
}

// pictured are the slots of a mail as openSlots has them, with what the content itself would show there.
func pictured(plan *decide.Plan, s *compose.Scene, image func(aparte.Action) string) []compose.MailSlot {
	for _, id := range s.Content.Layouts {
		l, ok := plan.Layout(id)
		if !ok || l.Banner == nil || image == nil || !slices.Contains(l.Channels, aparte.Email) {
			continue
		}
		shown := s.Action
		shown.Layout = id
		return []compose.MailSlot{{ImageURL: image(shown), Link: s.Link, Width: slotWidth, Height: slotWidth * l.Banner.Height / l.Banner.Width}}
	}
	return nil
}

// layoutFor is the first layout of a content that a channel takes, and whether there is one.
func layoutFor(plan *decide.Plan, c *aparte.Content, channel aparte.Channel) (aparte.LayoutID, bool) {
	for _, id := range c.Layouts {
		if l, ok := plan.Layout(id); ok && slices.Contains(l.Channels, channel) {
			return id, true
		}
	}
	return "", false
}

func (e *Engine) speak(now *live, p *aparte.Person, channel aparte.Channel, action aparte.Action, locale string, image func(aparte.Action) string) Spoken {
	said := Spoken{Channel: channel}
	d := &aparte.Decision{ID: aparte.DecisionID{Person: p.ID}, At: e.now().UTC(), Channel: channel, Slot: string(channel), Action: action}
	scene, err := e.scene(now, p, d, locale)
	if err != nil {
		said.Err = err
		return said
	}
	scene.Link = now.plan.Brand().Home
	if image != nil && scene.Layout != nil && scene.Layout.Banner != nil {
		scene.ImageURL = image(action)
	}
	said.Missing = e.composer.Missing(scene)
	switch channel {
	case aparte.Email:
		said.Mail, said.Err = e.composer.Mail(&compose.MailScene{Scene: *scene, Slots: pictured(now.plan, scene, image), Unsubscribe: scene.Link})
	case aparte.MobilePush, aparte.WebPush, aparte.InApp:
		scene.ImageURL = "" // an address of the console's is none that a phone could fetch
		said.Note, said.Err = e.composer.Note(scene)
	case aparte.SMS:
		var text compose.Text
		text, said.Err = e.composer.Text(scene)
		said.Text, said.Size = text.Body, text.Size
	default:
		said.Elements, said.Err = e.composer.Elements(scene)
	}
	return said
}
