package engine_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/channel"
	"github.com/aparte-dev/aparte/engine"
)

// pushing is the brand with one scenario, a basket that is left, of which phones are told.
func pushing() *aparte.Brand {
	b := brand()
	b.Layouts[0].Channels = append(b.Layouts[0].Channels, aparte.MobilePush, aparte.WebPush)
	b.Contents = b.Contents[2:3]
	b.Contents[0].Channels = []aparte.Channel{aparte.MobilePush, aparte.WebPush}
	b.Contents[0].Elements = append(b.Contents[0].Elements, aparte.Element{Name: "visual", Variants: []aparte.Variant{{ID: "item"}}})
	b.Scenarios[0].Channel = aparte.MobilePush
	return b
}

// device is a page view by an app or a browser that can be pushed to.
func device(user, token string) aparte.Event {
	e := event("", user, "", nil)
	e.Type, e.Name = aparte.Page, "Home"
	e.Context = []byte(`{"device": {"type": "ios", "token": ` + quoted(token) + `}}`)
	return e
}

func quoted(s string) string { return `"` + strings.ReplaceAll(s, `"`, `\"`) + `"` }

// phone is a token as an iPhone has it.
func phone(n byte) string { return strings.Repeat(string("0123456789abcdef"[n]), 64) }

func consented(user string, channels ...aparte.Channel) aparte.Event {
	var consents []map[string]any
	for _, c := range channels {
		consents = append(consents, map[string]any{"purpose": "marketing", "channel": c, "granted": true})
	}
	return identify(user, "", map[string]any{"consents": consents})
}

// pushed has people leave baskets until one's phone is told of it: silence is a choice like any other.
func (h *stepped) pushed(phones *door) (user string, m channel.Message) {
	h.t.Helper()
	for i := range byte(10) {
		user = fmt.Sprint("u", i)
		h.accept(consented(user, aparte.MobilePush), device(user, phone(i)),
			event("Product Added", user, "", map[string]any{"product_id": "lamp", "price": 25, "quantity": 1, "currency": "EUR"}))
	}
	h.pass(61 * time.Minute)
	h.pass(time.Minute)
	h.delivered()
	all := phones.empty()
	for i := range byte(10) {
		if m, ok := all[phone(i)]; ok {
			return fmt.Sprint("u", i), m
		}
	}
	h.t.Fatal("ten left baskets, and no phone was told")
	return "", m
}

func TestANotificationSaysInPlainWordsWhatItsContentSays(t *testing.T) {
	phones := newDoor(aparte.MobilePush)
	h := openStepped(t, phones)
	_, err := h.Publish(t.Context(), pushing())
	h.check(err)
	user, m := h.pushed(phones)
	if m.Subject != "Your lamp" || m.Text != "It waits." || m.HTML != "" || m.Collapse == "" || m.TTL != 24*time.Hour {
		t.Errorf("it was told %+v", m)
	}
	if want := "http://say.example/x/"; !strings.HasPrefix(m.Image, want) {
		t.Errorf("its picture is at %q", m.Image)
	}
	picture, err := h.Show(t.Context(), addressIn(t, m.Image, "http://say.example/x/"), engine.Fetch{Format: engine.PNG, UserAgent: "Phone/1"})
	h.check(err)
	if picture.ContentType != "image/png" || picture.Decision.Action.Content != "basket" {
		t.Errorf("the picture is %s of %q", picture.ContentType, picture.Decision.Action.Content)
	}
	where, err := h.Click(t.Context(), addressIn(t, m.Link, "http://say.example/c/"))
	h.check(err)
	if where != "http://shop.example/basket" {
		t.Errorf("a tap leads to %q", where)
	}
	names := map[string]int{}
	for _, e := range h.story(user) {
		if e.Event != nil {
			names[e.Event.Name]++
		}
	}
	if names[aparte.EventSent] != 1 || names[aparte.EventClicked] != 1 || names[aparte.EventExposed] != 0 {
		t.Errorf("the story tells %v: a phone that fetches a picture is nobody who looks", names)
	}
}
