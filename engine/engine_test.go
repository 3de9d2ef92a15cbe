package engine_test

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/channel"
	"github.com/aparte-dev/aparte/compose"
	"github.com/aparte-dev/aparte/engine"
	"github.com/aparte-dev/aparte/store"
	"github.com/aparte-dev/aparte/store/pebble"
)

// house is an engine over a store in a directory, which can be closed and opened again.
type house struct {
	t        testing.TB
	dir      string
	senders  []channel.Sender
	aside    engine.Aside
	outbox   engine.Outbox
	store    *pebble.Store
	n        int                            // engines
	outboxOf func(engine int) engine.Outbox // of each of several; nil: outbox is everybody's
	moved    func(store.Part)               // told after each that moved; or nil
	guild    *guild                         // of several; or nil
	settle   func()                         // has their parts stay where they are
	*engine.Engine
}

func open(t testing.TB, senders ...channel.Sender) *house {
	t.Helper()
	return openSpread(t, *engines, senders...)
}

// openSpread is open, with several engines.
func openSpread(t testing.TB, n int, senders ...channel.Sender) *house {
	t.Helper()
	h := &house{t: t, dir: t.TempDir(), senders: senders, n: n}
	h.start()
	if _, err := h.Publish(t.Context(), brand()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.stop)
	return h
}

func (h *house) check(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) start() {
	h.t.Helper()
	// The secret is always the same, and with it who is held out and what lots fall on whom.
	s, err := pebble.Open(h.dir, pebble.Options{Parts: 8, Rand: rand.NewChaCha8([32]byte{1})})
	if err != nil {
		h.t.Fatal(err)
	}
	composer, err := compose.New(assets())
	if err != nil {
		h.t.Fatal(err)
	}
	h.store = s
	open := func(c engine.Config) *engine.Engine {
		c.Store, c.Composer, c.Senders, c.Aside, c.BaseURL = s, composer, h.senders, h.aside, "http://say.example"
		if c.Outbox == nil {
			c.Outbox = h.outbox
		}
		e, err := engine.Open(h.t.Context(), c)
		if err != nil {
			h.t.Fatal(err)
		}
		return e
	}
	if h.n <= 1 {
		h.Engine = open(engine.Config{})
		return
	}
	h.spread(open, h.n)
	h.Engine = h.guild.all[0]
}

func (h *house) stop() {
	if h.Engine == nil {
		return
	}
	if h.guild != nil {
		h.settle()
		for _, e := range h.guild.all[1:] {
			if err := e.Close(); err != nil {
				h.t.Error(err)
			}
		}
	}
	if err := h.Engine.Close(); err != nil {
		h.t.Error(err)
	}
	if err := h.store.Close(); err != nil {
		h.t.Error(err)
	}
	h.Engine = nil
}

// reopen closes everything and opens it again, as a restart does.
func (h *house) reopen() {
	h.t.Helper()
	h.stop()
	h.start()
}

func (h *house) accept(events ...aparte.Event) {
	h.t.Helper()
	if err := h.Accept(h.t.Context(), events); err != nil {
		h.t.Fatal(err)
	}
}

// who is the person an identifier names.
func (h *house) who(kind aparte.IdentifierKind, value string) aparte.Person {
	h.t.Helper()
	id, err := h.Find(h.t.Context(), aparte.Identifier{Kind: kind, Value: value})
	if err != nil {
		h.t.Fatalf("find %s: %v", value, err)
	}
	p, err := h.Person(h.t.Context(), id)
	if err != nil {
		h.t.Fatalf("person %s: %v", value, err)
	}
	return p
}

// names are the names of the track events in a person's story, oldest first.
func (h *house) names(id aparte.PersonID) []string {
	h.t.Helper()
	story, err := h.Story(h.t.Context(), id, engine.StoryPlace{}, 1000)
	if err != nil {
		h.t.Fatal(err)
	}
	var out []string
	for i := len(story) - 1; i >= 0; i-- {
		if e := story[i].Event; e != nil {
			out = append(out, e.Name)
		}
	}
	return out
}

// ask decides for one user in one slot.
func (h *house) ask(user, slot string) engine.Answer {
	h.t.Helper()
	answers, err := h.Decide(h.t.Context(), engine.Request{
		Identifiers: []aparte.Identifier{{Kind: aparte.KindUserID, Value: user}},
		Slots:       []string{slot}, Formats: engine.Formats{HTML: true}, Explain: true,
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return answers[0]
}

var named atomic.Int64

// fresh is an id that nothing else in these tests has.
func fresh(prefix string) string { return fmt.Sprint(prefix, named.Add(1)) }

// event is a track event of now with a messageId of its own.
func event(name, user, anonymous string, properties map[string]any) aparte.Event {
	now := time.Now().UTC().Truncate(time.Microsecond)
	e := aparte.Event{
		Type: aparte.Track, Name: name, MessageID: aparte.MessageID(fresh("m-")),
		UserID: user, AnonymousID: anonymous, Timestamp: now, OriginalTimestamp: now, ReceivedAt: now, Source: "test",
	}
	if properties != nil {
		e.Properties, _ = json.Marshal(properties)
	}
	return e
}

func identify(user, anonymous string, traits map[string]any) aparte.Event {
	e := event("", user, anonymous, nil)
	e.Type = aparte.Identify
	e.Traits, _ = json.Marshal(traits)
	return e
}

func order(user, item, id string, total float64) aparte.Event {
	return event("Order Completed", user, "", map[string]any{
		"order_id": id, "total": total, "revenue": total, "currency": "EUR",
		"products": []map[string]any{{"product_id": item, "price": total, "quantity": 1, "category": "lanterns"}},
	})
}

// brand says one of two things to those who never ordered, and reminds of a basket by e-mail.
func brand() *aparte.Brand {
	words := func(s string) aparte.Words { return aparte.Words{"en": s, "fr": s} }
	element := func(name, text string) aparte.Element {
		return aparte.Element{Name: name, Variants: []aparte.Variant{{ID: "a", Words: words(text)}}}
	}
	return &aparte.Brand{
		Name: "Lantern", Home: "http://shop.example", Currency: "EUR", Locale: "en", Zone: "UTC",
		Style:  aparte.Style{Ink: "#222222", Paper: "#ffffff", Accent: "#b8381f", OnAccent: "#ffffff", FontFamily: "serif"},
		Sender: aparte.Sender{Name: "Lantern", Address: "hello@lantern.example", Postal: "1 Street"},
		Items: []aparte.Item{{
			ID: "lamp", Name: words("Lamp"), Category: "lanterns", Brand: "Lantern", Price: aparte.Money{Amount: 2500, Currency: "EUR"},
			Margin: 0.5, Stock: 10, Image: "lamp.png", Link: "/item/lamp", Popularity: 3,
		}, {
			ID: "mug", Name: words("Mug"), Category: "kitchen", Brand: "Lantern", Price: aparte.Money{Amount: 900, Currency: "EUR"},
			Margin: 0.5, Stock: 10, Image: "lamp.png", Link: "/item/mug", Popularity: 2,
		}},
		Layouts: []aparte.Layout{
			{ID: "web", Name: words("Web"), Channels: []aparte.Channel{aparte.Web, aparte.Email}, HTML: `<a href="{{ link }}">{{ elements.headline }}</a>`,
				Banner: &aparte.Banner{Width: 300, Height: 150, Background: "paper", Boxes: []aparte.Box{
					{Kind: "text", Element: "headline", X: 10, Y: 10, W: 280, H: 60, Size: 24, MinSize: 12, Color: "ink"}}}},
		},
		Contents: []aparte.Content{
			{ID: "welcome", Name: words("Welcome"), Kind: "service", Purpose: aparte.Marketing, Channels: []aparte.Channel{aparte.Web},
				Slots: []string{"hero"}, Layouts: []aparte.LayoutID{"web"}, Elements: []aparte.Element{element("headline", "Welcome")},
				Rules: []aparte.RuleID{"never-ordered"}, Link: "/welcome"},
			{ID: "looked-at", Name: words("Looked at"), Kind: "product", Purpose: aparte.Marketing, Channels: []aparte.Channel{aparte.Web},
				Slots: []string{"aside"}, Layouts: []aparte.LayoutID{"web"}, Elements: []aparte.Element{element("headline", "Again?")},
				Items: aparte.LastViewed},
			{ID: "basket", Name: words("Your basket"), Kind: "product", Purpose: aparte.Marketing, Channels: []aparte.Channel{aparte.Email},
				Layouts: []aparte.LayoutID{"web"}, Items: aparte.InCart, Scenarios: []aparte.ScenarioID{"basket"}, Link: "/basket",
				Elements: []aparte.Element{element("subject", "Still there"), element("preheader", "Your basket"), element("headline", "Your lamp"), element("body", "It waits."), element("cta", "See it")}},
			{ID: "opened", Name: words("At opening"), Kind: "article", Purpose: aparte.Marketing, Channels: []aparte.Channel{aparte.Email},
				Slots: []string{"email-hero"}, Layouts: []aparte.LayoutID{"web"}, Elements: []aparte.Element{element("headline", "Before")},
				Rules: []aparte.RuleID{"never-ordered"}, Link: "/before"},
			{ID: "thanks", Name: words("Thanks"), Kind: "article", Purpose: aparte.Marketing, Channels: []aparte.Channel{aparte.Email},
				Slots: []string{"email-hero"}, Layouts: []aparte.LayoutID{"web"}, Elements: []aparte.Element{element("headline", "Thank you")},
				Rules: []aparte.RuleID{"ordered"}, Link: "/thanks"},
		},
		Rules: []aparte.Rule{
			{ID: "never-ordered", Name: words("Never ordered"), When: "person.orders == 0"},
			{ID: "ordered", Name: words("Ordered"), When: "person.orders > 0"},
		},
		Objectives: []aparte.Objective{
			{ID: "order", Name: words("Order"), Event: "Order Completed", Value: "100.0", Window: aparte.Duration(10 * time.Minute), Learn: aparte.LearnEffect},
			{ID: "click", Name: words("Click"), Event: aparte.EventClicked, Value: "5.0", Window: aparte.Duration(time.Minute)},
		},
		Scenarios: []aparte.Scenario{{
			ID: "basket", Name: words("Basket left"), After: "Product Added", Unless: []string{"Order Completed"},
			Delay: aparte.Duration(time.Hour), Channel: aparte.Email,
		}},
	}
}

func assets() fs.FS { return fstest.MapFS{"lamp.png": {Data: onePixel}} }

// onePixel is the smallest picture: a PNG of one white pixel.
var onePixel = []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x00\x00\x00\x00:~\x9bU\x00\x00\x00\nIDATx\x9cc\xf8\x0f\x00\x01\x01\x01\x00\xb18\xf6\x14\x00\x00\x00\x00IEND\xaeB`\x82")
