package engine_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/engine"
)

// A text may lead to the person's own page on every channel that reaches out: it is the page of who is spoken to, and shows nothing of what is known.
func TestTheOwnPageIsLinkedFromPushTextsAndTheInbox(t *testing.T) {
	h := openStepped(t)
	b := reachable()
	on := []aparte.Channel{aparte.SMS, aparte.MobilePush, aparte.WebPush, aparte.InApp}
	for _, channel := range on {
		if !slices.Contains(b.Layouts[0].Channels, channel) {
			b.Layouts[0].Channels = append(b.Layouts[0].Channels, channel)
		}
	}
	b.Contents[0].Channels, b.Contents[0].Slots = on, nil
	words := aparte.Variant{ID: "a", Words: aparte.Words{"en": "Not right? {{ me }}", "fr": "Pas juste ? {{ me }}"}}
	for _, name := range []string{"headline", "body", "text"} {
		b.Contents[0].Elements = slices.DeleteFunc(b.Contents[0].Elements, func(e aparte.Element) bool { return e.Name == name })
		b.Contents[0].Elements = append(b.Contents[0].Elements, aparte.Element{Name: name, Variants: []aparte.Variant{words}})
	}
	h.publish(b)
	h.tell(identify("ada", "phone", map[string]any{"email": "ada@home.example"}))
	ada := h.person(aparte.KindUserID, "ada").ID
	spoken, err := h.Speak(t.Context(), ada, b.Contents[0].ID, engine.Look{}, func(aparte.Action) string { return "http://say.example/p.png" })
	h.check(err)
	for _, channel := range on {
		i := slices.IndexFunc(spoken, func(s engine.Spoken) bool { return s.Channel == channel })
		if i < 0 || spoken[i].Err != nil {
			t.Errorf("%s: not said: %+v", channel, spoken)
			continue
		}
		said := strings.Join([]string{spoken[i].Text, spoken[i].Note.Text, spoken[i].Elements["body"]}, " ")
		_, after, found := strings.Cut(said, "http://say.example/me/")
		token, _, _ := strings.Cut(after, " ")
		page, err := h.OwnPage(token)
		if !found || err != nil || page.Person != ada || page.Whole {
			t.Errorf("%s: %q leads to %+v, %v", channel, said, page, err)
		}
	}
}
