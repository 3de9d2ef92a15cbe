package engine_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/channel"
	"github.com/aparte-dev/aparte/engine"
	"github.com/aparte-dev/aparte/store"
	"pgregory.net/rapid"
)

// town is a house with a brand that changes and people who do whatever people do.
type town struct {
	*house
	box       *postbox
	decisions []aparte.DecisionID
	versions  int
	seen      map[aparte.DecisionID]bool
}

func newTown(t *testing.T) *town {
	box := &postbox{}
	n := &town{house: open(t, channel.Sender(box)), box: box, seen: map[aparte.DecisionID]bool{}}
	n.rebrand(t.Context(), 0)
	return n
}

// rebrand publishes the brand with something else in it: other prices, stock and categories, another share held
// out, an objective more or less.
func (n *town) rebrand(ctx context.Context, kind int) {
	b := brand()
	n.versions++
	b.Holdout = 0.2
	b.Scenarios[0].Delay = aparte.Duration(5 * time.Minute)
	b.Contents[0].Elements[0].Variants = append(b.Contents[0].Elements[0].Variants,
		aparte.Variant{ID: "b", Words: aparte.Words{"en": "Hello", "fr": "Bonjour"}}, aparte.Variant{ID: "c", Words: aparte.Words{"en": "Hi", "fr": "Salut"}})
	for i := range 30 {
		b.Items = append(b.Items, aparte.Item{
			ID: aparte.ItemID(fmt.Sprint("thing-", i)), Name: aparte.Words{"en": fmt.Sprint("Thing ", i)}, Image: b.Items[0].Image,
			Category: []string{"toys", "bags", "cups"}[(i+kind)%3], Price: aparte.Money{Amount: int64(300 + 70*i*(1+kind)), Currency: "EUR"},
			Stock: int64((i + n.versions) % 5), Popularity: float64((i * 7) % 30),
		})
	}
	b.Contents = append(b.Contents, aparte.Content{
		ID: "picks", Name: aparte.Words{"en": "Picks"}, Kind: "product", Purpose: aparte.Marketing, Channels: []aparte.Channel{aparte.Web},
		Layouts: []aparte.LayoutID{"web"}, Items: aparte.Recommended, Elements: b.Contents[0].Elements,
	})
	if kind == 1 {
		b.Objectives = b.Objectives[:1]
	}
	if kind == 2 {
		b.Pressure.Caps = []aparte.Cap{{Channel: aparte.Web, Most: 2, Within: aparte.Duration(time.Hour)}}
	}
	if _, err := n.Publish(ctx, b); err != nil {
		n.t.Fatal(err)
	}
}

// live has one thing happen to one of a few people.
func (n *town) live(t *rapid.T, story int) {
	human := rapid.IntRange(0, 2).Draw(t, "human")
	user, device := fmt.Sprintf("u%d-%d", story, human), fmt.Sprintf("d%d-%d", story, rapid.IntRange(0, 3).Draw(t, "device"))
	item := fmt.Sprint("thing-", rapid.IntRange(0, 29).Draw(t, "item"))
	properties := map[string]any{"product_id": item, "price": 12.5, "quantity": 1, "currency": "EUR", "category": "toys"}
	age := time.Duration(rapid.SampledFrom([]int{0, 0, 1, 100, 1000}).Draw(t, "hours ago")) * time.Hour
	switch rapid.IntRange(0, 11).Draw(t, "what") {
	case 0:
		n.accept(aged(age, event("Product Viewed", "", device, properties)))
	case 1:
		n.accept(aged(age, event("Product Viewed", user, device, map[string]any{"product_id": item})))
	case 2:
		n.accept(event("Product Added", user, "", properties))
	case 3:
		n.accept(aged(age, order(user, item, fmt.Sprint("o", messages), 20)))
	case 4:
		n.leaveBasket(user)
	case 5:
		e := event("", user, "", nil)
		e.Type, e.PreviousID = aparte.Alias, rapid.SampledFrom([]string{device, fmt.Sprintf("u%d-%d", story, (human+1)%3)}).Draw(t, "previous")
		n.accept(e)
	case 6:
		n.rebrand(n.t.Context(), rapid.IntRange(0, 2).Draw(t, "brand"))
	case 7:
		time.Sleep(time.Duration(rapid.SampledFrom([]int{1, 6, 11}).Draw(t, "minutes")) * time.Minute)
		synctest.Wait()
	case 8:
		n.openMail(t, user)
	default:
		n.question(t, user, device, properties)
	}
}

// aged is an event that was heard of late.
func aged(by time.Duration, e aparte.Event) aparte.Event {
	e.Timestamp = e.Timestamp.Add(-by)
	return e
}

// question asks what to say in a few slots, looks at what is said and clicks on it, now and then.
func (n *town) question(t *rapid.T, user, device string, properties map[string]any) {
	who := []aparte.Identifier{{Kind: aparte.KindUserID, Value: user}}
	if rapid.Bool().Draw(t, "unknown") {
		who = []aparte.Identifier{{Kind: aparte.KindAnonymousID, Value: device}}
	}
	req := engine.Request{
		Identifiers: who, Slots: [][]string{{"hero"}, {"hero", "aside", "foot"}, {"aside"}}[rapid.IntRange(0, 2).Draw(t, "slots")],
		Context: aparte.Context{Locale: "fr-FR", Page: "/p", Values: []aparte.ContextValue{{Name: "weather", Value: aparte.TextValue("rain")}}},
	}
	var answers []engine.Answer
	var err error
	if rapid.Bool().Draw(t, "moment") {
		answers, err = n.Moment(n.t.Context(), event("Product Viewed", "", device, properties), req)
	} else {
		answers, err = n.Decide(n.t.Context(), req)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range answers {
		n.noted(a.Decision.ID)
		if a.Decision.Action.Silent() || !rapid.Bool().Draw(t, "look") {
			continue
		}
		time.Sleep(time.Duration(rapid.IntRange(0, 20).Draw(t, "seconds")) * time.Second)
		p, err := n.Show(n.t.Context(), tokenOf(n.house.t.(*testing.T), a.Image), engine.Fetch{Format: engine.HTML, UserAgent: browser})
		if err != nil {
			t.Fatal(err)
		}
		n.noted(p.Decision.ID)
		if _, err := n.Click(n.t.Context(), tokenOf(n.house.t.(*testing.T), a.Link)); err != nil {
			t.Fatal(err)
		}
	}
}

// openMail opens a slot of somebody else's template, and what the last mail carried.
func (n *town) openMail(t *rapid.T, user string) {
	p, err := n.ShowSlot(n.t.Context(), aparte.Identifier{Kind: aparte.KindUserID, Value: user}, "email-hero", engine.Fetch{Format: engine.JSON, UserAgent: browser})
	if err != nil {
		t.Fatal(err)
	}
	n.noted(p.Decision.ID)
	if len(n.box.sent) == 0 {
		return
	}
	_, rest, carries := strings.Cut(n.box.sent[len(n.box.sent)-1].HTML, "http://say.example/x/")
	if !carries {
		return
	}
	token, _, _ := strings.Cut(rest, ".")
	if p, err = n.Show(n.t.Context(), token, engine.Fetch{Format: engine.JSON, UserAgent: browser}); err != nil {
		t.Fatal(err)
	}
	n.noted(p.Decision.ID)
}

func (n *town) noted(id aparte.DecisionID) {
	if !id.IsZero() && !n.seen[id] {
		n.seen[id] = true
		n.decisions = append(n.decisions, id)
	}
}

// stories notes every decision in the stories of the people of a story: those of timers too.
func (n *town) stories(story int) {
	for human := range 3 {
		id, err := n.Find(n.t.Context(), aparte.Identifier{Kind: aparte.KindUserID, Value: fmt.Sprintf("u%d-%d", story, human)})
		if err != nil {
			continue
		}
		entries, err := n.Story(n.t.Context(), id, engine.StoryPlace{}, 10_000)
		if err != nil {
			n.t.Fatal(err)
		}
		for _, e := range entries {
			if e.Decision != nil {
				n.noted(e.Decision.ID)
			}
		}
	}
}

// Whatever people do, and whatever becomes of the brand meanwhile: every decision in the log is taken again to
// the same bytes, then and after a restart.
func TestEveryDecisionIsTakenAgainToTheSameBytes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newTown(t)
		again := func(fail func(string, ...any), ids []aparte.DecisionID) {
			for _, id := range ids {
				r, err := n.Replay(t.Context(), id)
				switch {
				case err != nil:
					fail("replay: %v", err)
				case !r.Same:
					fail("%s (trigger %s, slot %s, brand %d, model %d) was taken again and differs:\n%v", id, r.Decision.Trigger, r.Decision.Slot, r.Decision.Brand, r.Decision.Model, r.Differences)
				case len(r.Assumed) > 0:
					fail("%s: assumed %q", id, r.Assumed)
				}
			}
		}
		story := 0
		rapid.Check(struct{ testing.TB }{t}, func(rt *rapid.T) { // which else asks for a deadline: a bubble has none
			story++
			from := len(n.decisions)
			for range rapid.IntRange(1, 15).Draw(rt, "things that happen") {
				n.live(rt, story)
			}
			n.stories(story)
			again(rt.Fatalf, n.decisions[from:])
		})
		triggers, silent, others := map[string]int{}, 0, 0
		for _, id := range n.decisions {
			d, err := n.Decision(t.Context(), id)
			if err != nil {
				t.Fatal(err)
			}
			triggers[d.Trigger]++
			if d.Action.Silent() {
				silent++
			}
			if d.Earlier > 0 {
				others++
			}
		}
		t.Logf("%d stories, %v decisions, %d silent, %d beside others, %d examples", story, triggers, silent, others, n.Status().Model)
		if triggers["request"] == 0 || triggers["open"] == 0 || len(triggers) < 3 || silent == 0 || others == 0 || n.Status().Model == 0 {
			t.Errorf("%v decisions, %d silent, %d beside others, %d examples: too little happened to show anything", triggers, silent, others, n.Status().Model)
		}
		n.reopen()
		again(t.Fatalf, slices.DeleteFunc(slices.Clone(n.decisions), func(id aparte.DecisionID) bool { return id.Seq%4 != 0 }))
		n.stop()
	})
}

// An archive replays what no engine has open.
func TestAnArchiveReplaysWithoutAnEngine(t *testing.T) {
	h := open(t)
	id := h.ask("ada", "hero").Decision.ID
	if err := h.Engine.Close(); err != nil {
		t.Fatal(err)
	}
	h.Engine = nil
	defer h.store.Close()
	told := 0
	r, err := engine.NewArchive(engine.Config{Store: h.store}).Replay(t.Context(), id, func(done, total int) {
		if done > total {
			t.Errorf("%d of %d is done", done, total)
		}
		told = done
	})
	if err != nil || !r.Same || told == 0 {
		t.Errorf("replayed: %+v (%v), told of %d steps", r, err, told)
	}
	_, err = engine.NewArchive(engine.Config{Store: h.store}).Replay(t.Context(), aparte.DecisionID{Person: id.Person, Seq: 99}, nil)
	if !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a decision that was never taken: %v", err)
	}
}
