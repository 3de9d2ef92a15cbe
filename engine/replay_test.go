package engine_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/channel"
	"github.com/aparte-dev/aparte/decide"
	"github.com/aparte-dev/aparte/engine"
	"github.com/aparte-dev/aparte/store"
)

// town is a house with a brand that changes and people who do whatever people do.
type town struct {
	*stepped
	box       *letterbox
	decisions []aparte.DecisionID
	seen      map[aparte.DecisionID]bool
	versions  int
}

// letterbox keeps the last mail it was given.
type letterbox struct {
	mu   sync.Mutex
	last channel.Message
}

func (*letterbox) Channel() aparte.Channel { return aparte.Email }

func (b *letterbox) Send(_ context.Context, m *channel.Message) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.last = *m
	return nil
}

func (b *letterbox) newest() channel.Message {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.last
}

func newTown(t *testing.T) *town {
	box := &letterbox{}
	n := &town{stepped: openStepped(t, box), box: box, seen: map[aparte.DecisionID]bool{}}
	n.rebrand(0)
	return n
}

// rebrand publishes the brand with something else in it: other prices, stock and categories, another share held
// out, an objective more or less, caps.
func (n *town) rebrand(kind int) {
	b := brand()
	n.versions++
	b.Holdout = 0.2
	b.Pressure.Apart, b.Pressure.Intrusion = aparte.Duration(time.Duration(kind)*time.Minute), float64(10*n.versions%50)
	b.Scenarios[0].Delay, b.Scenarios[0].Within = aparte.Duration(5*time.Minute), aparte.Duration(time.Duration(kind)*time.Hour)
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
		Layouts: []aparte.LayoutID{"web"}, Items: aparte.Recommended, Elements: b.Contents[0].Elements, Toward: []aparte.ObjectiveID{"order"},
	})
	b.Scores = []aparte.Score{{Objective: "order", Level: 3, Points: []aparte.Award{
		{Event: "Product Viewed", Points: 1 + float64(kind), HalfLife: aparte.Duration(time.Duration(1+kind) * time.Hour)},
		{Event: aparte.EventUnsubscribed, Points: -2},
		{When: "cart.lines > 0", Points: 1},
	}}}
	b.Rules = append(b.Rules, aparte.Rule{ID: "ripe", When: `points["order"] > 1.5 || score["order"] < 0.3`})
	b.Contents[len(b.Contents)-1].Rules = []aparte.RuleID{"ripe"}
	switch kind {
	case 1:
		b.Objectives = b.Objectives[:1]
		b.Objectives[0].Holdout = 0.3
	case 2:
		b.Pressure.Caps = []aparte.Cap{{Channel: aparte.Web, Most: 2, Within: aparte.Duration(time.Hour)}}
	}
	choices[n.versions%len(choices)].choose(b)
	_, err := n.Publish(n.t.Context(), b)
	n.check(err)
}

// hear has events reach the engine now, each having happened some time ago.
func (n *town) hear(ago time.Duration, events ...aparte.Event) {
	for i := range events {
		now := *n.now.Load()
		events[i].ReceivedAt, events[i].Timestamp = now, now.Add(-ago)
	}
	n.check(n.Accept(n.t.Context(), events))
}

// live has one thing happen to one of a few people.
func (n *town) live(t *rapid.T, story int) {
	human := rapid.IntRange(0, 2).Draw(t, "human")
	user, device := fmt.Sprintf("u%d-%d", story, human), fmt.Sprintf("d%d-%d", story, rapid.IntRange(0, 3).Draw(t, "device"))
	item := fmt.Sprint("thing-", rapid.IntRange(0, 29).Draw(t, "item"))
	properties := map[string]any{"product_id": item, "price": 12.5, "quantity": 1, "currency": "EUR", "category": "toys"}
	ago := time.Duration(rapid.SampledFrom([]int{0, 0, 1, 100, 1000}).Draw(t, "hours ago")) * time.Hour
	switch rapid.IntRange(0, 14).Draw(t, "what") {
	case 0:
		n.hear(ago, event("Product Viewed", "", device, properties))
	case 1:
		n.hear(ago, event("Product Viewed", user, device, map[string]any{"product_id": item}))
	case 2:
		n.hear(ago, order(user, item, fresh("o"), 20))
	case 3:
		n.hear(0, identify(user, user+"-phone", map[string]any{
			"email": user + "@example.com", "ltv": 10 * human,
			"consents": []map[string]any{{"purpose": "marketing", "channel": "email", "granted": true, "source": "test"}},
		}), event("Product Added", user, "", properties))
	case 4:
		e := event("", user, "", nil)
		e.Type, e.PreviousID = aparte.Alias, rapid.SampledFrom([]string{device, fmt.Sprintf("u%d-%d", story, (human+1)%3)}).Draw(t, "previous")
		n.hear(0, e)
	case 5:
		name := rapid.SampledFrom([]string{aparte.EventDismissed, aparte.EventUnsubscribed, aparte.EventComplained}).Draw(t, "refusal")
		n.hear(0, event(name, user, "", map[string]any{"channel": "email", "purpose": "marketing"}))
	case 6:
		n.rebrand(rapid.IntRange(0, 2).Draw(t, "brand"))
	case 7, 8:
		n.pass(time.Duration(rapid.SampledFrom([]int{1, 6, 11, 70, 8 * 24 * 60}).Draw(t, "minutes")) * time.Minute)
	case 9:
		n.openMail(user)
	case 10:
		if rapid.IntRange(0, 9).Draw(t, "restart") == 0 {
			n.reopen()
			rebuilt, err := n.Rebuild(t.Context())
			n.check(err)
			if !bytes.Equal(rebuilt, n.Model()) {
				t.Error("the model that is rebuilt differs from the one that lived")
			}
		}
	default:
		n.question(t, user, device, properties)
	}
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
		e := event("Product Viewed", "", device, properties)
		e.Timestamp, e.ReceivedAt = *n.now.Load(), *n.now.Load()
		answers, err = n.Moment(n.t.Context(), e, req)
	} else {
		answers, err = n.Decide(n.t.Context(), req)
	}
	n.check(err)
	for _, a := range answers {
		n.noted(a.Decision.ID)
		if a.Decision.Action.Silent() || !rapid.Bool().Draw(t, "look") {
			continue
		}
		n.set(n.now.Load().Add(time.Duration(rapid.IntRange(0, 20).Draw(t, "seconds")) * time.Second))
		p, err := n.Show(n.t.Context(), tokenOf(n.t, a.Image), engine.Fetch{Format: engine.HTML, UserAgent: browser})
		n.check(err)
		n.noted(p.Decision.ID)
		_, err = n.Click(n.t.Context(), tokenOf(n.t, a.Link))
		n.check(err)
	}
}

// openMail opens a slot of somebody else's template, and what the last mail carried.
func (n *town) openMail(user string) {
	p, err := n.ShowSlot(n.t.Context(), aparte.Identifier{Kind: aparte.KindUserID, Value: user}, "email-hero", engine.Fetch{Format: engine.JSON, UserAgent: browser})
	n.check(err)
	n.noted(p.Decision.ID)
	_, rest, carries := strings.Cut(n.box.newest().HTML, "http://say.example/x/")
	if !carries {
		return
	}
	token, _, _ := strings.Cut(rest, ".")
	p, err = n.Show(n.t.Context(), token, engine.Fetch{Format: engine.JSON, UserAgent: browser})
	n.check(err)
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
		n.check(err)
		for _, e := range entries {
			if e.Decision != nil {
				n.noted(e.Decision.ID)
			}
		}
	}
}

// Whatever people do, and whatever becomes of the brand meanwhile: every decision in the log is taken again to
// the same bytes, then and at the end; so is the model, however its learners were chosen.
func TestEveryDecisionIsTakenAgainToTheSameBytes(t *testing.T) {
	skipUnderRace(t)
	t.Parallel()
	n := newTown(t)
	again := func(fail func(string, ...any), ids []aparte.DecisionID) {
		for _, id := range ids {
			r, err := n.Replay(t.Context(), id)
			switch {
			case err != nil:
				fail("replay: %v", err)
			case !r.Same:
				fail("%s (trigger %s, slot %s, brand %d, round %d) was taken again and differs:\n%v", id, r.Decision.Trigger, r.Decision.Slot, r.Decision.Brand, r.Decision.Round, r.Differences)
			case len(r.Assumed) > 0:
				fail("%s: assumed %q", id, r.Assumed)
			}
		}
	}
	story := 0
	rapid.Check(t, func(rt *rapid.T) {
		story++
		from := len(n.decisions)
		for range rapid.IntRange(1, 20).Draw(rt, "things that happen") {
			n.live(rt, story)
		}
		n.stories(story)
		again(rt.Fatalf, n.decisions[from:])
	})
	triggers, silent, others, rivals, intrusive, rounds := map[string]int{}, 0, 0, 0, 0, map[uint64]bool{}
	for _, id := range n.decisions {
		d, err := n.Decision(t.Context(), id)
		n.check(err)
		triggers[d.Trigger]++
		rounds[d.Round] = true
		for what, is := range map[*int]bool{&silent: d.Action.Silent(), &others: d.Earlier > 0, &rivals: d.Rival != d.Chosen, &intrusive: d.Intrusion > 0} {
			if is {
				*what++
			}
		}
	}
	t.Logf("%d stories, %v decisions, %d silent, %d beside others, %d with rivals, %d intrusive, of %d rounds, %d examples",
		story, triggers, silent, others, rivals, intrusive, len(rounds), n.Status().Model)
	if triggers["request"] == 0 || triggers["open"] == 0 || len(triggers) < 3 || silent*others*rivals*intrusive == 0 || len(rounds) < 3 || n.Status().Model == 0 {
		t.Error("too little happened to show anything")
	}
	w := n.whatIf(brand()) // takes each of them again, too
	if left := len(n.decisions) - w.Rows() - w.Open; left > 0 || w.Forgotten+w.Unlearned+w.Assumed > 0 {
		t.Errorf("under another brand: %d of %d decisions are not judged: %+v", left, len(n.decisions), w)
	}
	n.reopen()
	again(t.Fatalf, slices.DeleteFunc(slices.Clone(n.decisions), func(id aparte.DecisionID) bool { return id.Seq%4 != 0 }))
}

// An archive replays what no engine has open.
func TestAnArchiveReplaysWithoutAnEngine(t *testing.T) {
	h := openStepped(t)
	id := h.ask("ada").Decision.ID
	h.pass(time.Second)
	told := 0
	archive := engine.NewArchive(engine.Config{Store: h.store})
	r, err := archive.Replay(t.Context(), id, func(done, total int) {
		if done > total {
			t.Errorf("%d of %d is done", done, total)
		}
		told = done
	})
	if err != nil || !r.Same || told == 0 {
		t.Errorf("replayed: %+v (%v), told of %d steps", r, err, told)
	}
	_, err = archive.Replay(t.Context(), aparte.DecisionID{Person: id.Person, Seq: 99}, nil)
	if !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a decision that was never taken: %v", err)
	}
}

// forger is a store in which somebody wrote another brand over the one that decided, or tore out its model's rounds.
type forger struct {
	store.Store
	brand []byte
	torn  bool
}

func (f *forger) Document(ctx context.Context, name string, version uint64) (store.Document, error) {
	doc, err := f.Store.Document(ctx, name, version)
	switch {
	case err == nil && name == "brand" && f.brand != nil:
		doc.Body = f.brand
	case f.torn && strings.HasPrefix(name, "learner/"):
		return store.Document{}, store.ErrNotFound
	}
	return doc, err
}

func TestAReplaySaysWhatIsNotAsItWas(t *testing.T) {
	h := openStepped(t)
	h.ask("ada")
	h.pass(time.Hour) // its windows close, and teach
	id := h.ask("bob").Decision.ID
	h.pass(time.Second)

	doc, err := h.store.Document(t.Context(), "brand", 0)
	h.check(err)
	f := &forger{Store: h.store, brand: []byte(strings.Replace(string(doc.Body), "person.orders == 0", "person.orders == 7", 1))}
	if slices.Equal(f.brand, doc.Body) {
		t.Fatal("the rule is not in the brand")
	}
	r, err := engine.NewArchive(engine.Config{Store: f}).Replay(t.Context(), id, nil)
	h.check(err)
	told := slices.ContainsFunc(r.Differences, func(d engine.Difference) bool {
		return strings.HasSuffix(d.Field, ".excluded") && d.Was == "" && d.Is == string(aparte.RuleSaidNo)
	})
	if r.Same || !told {
		t.Errorf("under another rule it is the same: %v, and differs in %v", r.Same, r.Differences)
	}

	_, err = engine.NewArchive(engine.Config{Store: &forger{Store: h.store, torn: true}}).Replay(t.Context(), id, nil)
	if err == nil || !strings.Contains(err.Error(), "the journal ends with round 0") {
		t.Errorf("without the rounds that taught its model: %v", err)
	}
}

// older is a store whose decisions were logged before they told the round of learning that decided.
type older struct{ store.Store }

func (o older) Entry(ctx context.Context, part store.Part, person aparte.PersonID, seq uint64) (store.Entry, error) {
	entry, err := o.Store.Entry(ctx, part, person, seq)
	if err != nil || entry.Kind != store.DecisionEntry {
		return entry, err
	}
	d, err := decide.Unmarshal(entry.Body)
	if err != nil {
		return entry, err
	}
	d.Round, d.Earlier = 0, 0
	entry.Body = decide.Marshal(nil, &d)
	return entry, nil
}

func TestADecisionOfAnOlderLogIsReplayedWithWhatWasAssumed(t *testing.T) {
	h := openStepped(t)
	h.ask("ada")
	h.pass(time.Hour)
	id := h.ask("ada").Decision.ID
	h.pass(time.Second)
	r, err := engine.NewArchive(engine.Config{Store: older{h.store}}).Replay(t.Context(), id, nil)
	h.check(err)
	if !r.Same || len(r.Assumed) == 0 || !strings.Contains(r.Assumed[0], "which round of learning") {
		t.Errorf("same: %v, assumed %q", r.Same, r.Assumed)
	}
}
