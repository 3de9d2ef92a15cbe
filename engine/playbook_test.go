package engine_test

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/channel"
	"github.com/aparte-dev/aparte/playbook"
)

// cast is how many people live each story of the playbook: one of them may be met with silence, as chance has it, not all.
const cast = 10

// takeUp opens an engine whose brand says nothing but what a play brings. Without doors outward of its own it has one on each channel.
func takeUp(t *testing.T, id string, senders ...channel.Sender) *stepped {
	t.Helper()
	if len(senders) == 0 {
		for _, on := range []aparte.Channel{aparte.Email, aparte.MobilePush, aparte.Human, aparte.Ads} {
			senders = append(senders, newDoor(on))
		}
	}
	h := openStepped(t, senders...)
	p, err := playbook.Find(id)
	h.check(err)
	b := brand()
	b.Contents, b.Layouts, b.Rules, b.Scenarios = nil, nil, nil, nil
	b, err = p.Adopt(b)
	h.check(err)
	h.publish(b)
	return h
}

// everybody has something happen to all of the cast.
func (h *stepped) everybody(happen func(user string) aparte.Event) {
	h.t.Helper()
	var all []aparte.Event
	for i := range cast {
		all = append(all, happen(fmt.Sprint("actor-", i)))
	}
	h.accept(all...)
}

// known makes the cast known, and agree to be written to on any channel.
func (h *stepped) known(more map[string]any) {
	h.t.Helper()
	h.everybody(func(user string) aparte.Event {
		traits := map[string]any{
			"email":    user + "@example.com",
			"consents": []map[string]any{{"purpose": "marketing", "granted": true, "source": "test"}},
		}
		for name, value := range more {
			traits[name] = value
		}
		return identify(user, "", traits)
	})
}

func (h *stepped) looks(n int) {
	h.t.Helper()
	for range n {
		h.everybody(func(user string) aparte.Event {
			return event("Product Viewed", user, "", map[string]any{"product_id": "lamp"})
		})
		h.pass(time.Minute)
	}
}

func (h *stepped) orders() {
	h.t.Helper()
	h.everybody(func(user string) aparte.Event { return order(user, "lamp", fresh("order-"), 25) })
}

// played are the contents that were said to the cast at moments of a scenario, and how many moments there were.
func (h *stepped) played(id aparte.ScenarioID) (said []aparte.ContentID, moments int) {
	h.t.Helper()
	for i := range cast {
		for _, s := range h.story(fmt.Sprint("actor-", i)) {
			if d := s.Decision; d != nil && d.Trigger == "scenario:"+string(id) {
				if moments++; !d.Action.Silent() {
					said = append(said, d.Action.Content)
				}
			}
		}
	}
	return said, moments
}

// days lets days pass, an hour at a time, as moments wait for better hours.
func (h *stepped) days(n int) {
	h.t.Helper()
	for range n * 6 {
		h.pass(4 * time.Hour)
	}
}

// Each play is lived by a few people: its moment arises, and something is said at it.
func TestEveryPlayOfThePlaybookIsLived(t *testing.T) {
	skipUnderRace(t)
	t.Parallel()
	stories := map[string]struct {
		scenario aparte.ScenarioID
		live     func(*stepped)
	}{
		"welcome": {"welcome-newcomer", func(h *stepped) { h.known(nil); h.days(1) }},
		"browse":  {"browse-left", func(h *stepped) { h.known(nil); h.looks(3); h.days(2) }},
		"basket": {"basket-left", func(h *stepped) {
			h.known(nil)
			h.everybody(func(user string) aparte.Event {
				return event("Product Added", user, "", map[string]any{"product_id": "lamp", "price": 25, "quantity": 1})
			})
			h.days(1)
		}},
		"price": {"price-dropped", func(h *stepped) {
			h.known(nil)
			h.looks(1)
			h.check(h.Step(h.t.Context()))
			b := *h.Plan().Brand()
			b.Items = slices.Clone(b.Items)
			b.Items[0].Price.Amount -= 500
			h.publish(&b)
			h.days(1)
		}},
		"nurture":  {"nurture-next", func(h *stepped) { h.known(nil); h.looks(4); h.days(4) }},
		"hot":      {"hot-lead", func(h *stepped) { h.known(nil); h.looks(9); h.days(1) }},
		"retarget": {"retarget-shown", func(h *stepped) { h.known(nil); h.looks(3); h.days(1) }},
		"replenish": {"replenish-near", func(h *stepped) {
			h.known(nil)
			for range 3 {
				h.orders()
				h.days(8)
			}
			h.days(8)
		}},
		"share":  {"share-arrived", func(h *stepped) { h.known(nil); h.orders(); h.days(7) }},
		"survey": {"survey-after", func(h *stepped) { h.known(nil); h.orders(); h.days(16) }},
		"birthday": {"birthday-near", func(h *stepped) {
			h.known(map[string]any{"birthday": "1980-01-10"})
			h.days(4)
		}},
		"loyal": {"loyal-thanks", func(h *stepped) {
			h.known(nil)
			for range 4 {
				h.orders()
				h.days(2)
			}
			h.days(2)
		}},
		"reactivate": {"reactivate-silence", func(h *stepped) {
			h.known(nil)
			for range 3 {
				h.orders()
				h.days(2)
			}
			for range 120 {
				h.pass(24 * time.Hour)
			}
		}},
		"place": {"place-near", func(h *stepped) {
			site := shopAt("germain", corner)
			site.Hours = nil // always open
			h.check(h.PutPlaces(h.t.Context(), []aparte.Place{site}, nil))
			h.everybody(func(user string) aparte.Event { return agreed(user, true) })
			h.looks(1)
			h.everybody(func(user string) aparte.Event { return fix(user, corner, 0) })
			h.pass(5 * time.Minute)
		}},
	}
	plays, err := playbook.All()
	if err != nil {
		t.Fatal(err)
	}
	for i := range plays {
		p := &plays[i]
		if len(p.Scenarios) == 0 {
			continue
		}
		t.Run(p.ID, func(t *testing.T) {
			s, there := stories[p.ID]
			if !there {
				t.Fatal("nobody lives it")
			}
			h := takeUp(t, p.ID)
			s.live(h)
			said, moments := h.played(s.scenario)
			if moments < cast/2 || len(said) == 0 {
				t.Errorf("%d moments of %d people, said %q", moments, cast, said)
			}
			for _, content := range said {
				if !strings.HasPrefix(string(content), p.ID+"-") {
					t.Errorf("said %q", content)
				}
			}
			t.Logf("%d moments, said %d times: %v", moments, len(said), slices.Compact(slices.Sorted(slices.Values(said))))
		})
	}
}

// eligible are the contents that could be said to somebody in a slot.
func (h *stepped) eligible(user string) (ids []aparte.ContentID) {
	h.t.Helper()
	d, err := h.Decision(h.t.Context(), h.ask(user).Decision.ID)
	h.check(err)
	for _, c := range d.Candidates {
		if id := c.Action.Content; c.Excluded == "" && id != "" && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

// While nobody knows how to write to somebody, an address can be asked for on every page, in exchange for what fits them.
func TestAnAddressIsAskedForByWhatFitsUntilItIsKnown(t *testing.T) {
	h := takeUp(t, "capture")
	for user, c := range map[string]struct {
		does []aparte.Event
		want aparte.ContentID
	}{
		"looker":   {[]aparte.Event{event("Product Viewed", "looker", "", map[string]any{"product_id": "lamp"}), event("Product Viewed", "looker", "", map[string]any{"product_id": "mug"})}, "capture-guide"},
		"filler":   {[]aparte.Event{event("Product Added", "filler", "", map[string]any{"product_id": "lamp", "quantity": 1})}, "capture-basket"},
		"searcher": {[]aparte.Event{event("Products Searched", "searcher", "", map[string]any{"query": "lamp"})}, "capture-answer"},
	} {
		h.accept(c.does...)
		if ids := h.eligible(user); len(ids) != 1 || ids[0] != c.want {
			t.Errorf("%s could be asked by %q, want %q alone", user, ids, c.want)
		}
		h.accept(identify(user, "", map[string]any{
			"email":    user + "@example.com",
			"consents": []map[string]any{{"purpose": "marketing", "channel": "email", "granted": true, "source": "test"}},
		}))
		if ids := h.eligible(user); len(ids) != 0 {
			t.Errorf("%s is known and could be asked by %q", user, ids)
		}
	}
}

// Nurture ends for good with an order; a basket's reminder is not said to who bought meanwhile.
func TestWhatAPlayBeginsIsEndedByAnOrder(t *testing.T) {
	h := takeUp(t, "nurture")
	h.known(nil)
	h.looks(4)
	h.days(1)
	h.orders()
	h.looks(4)
	h.days(8)
	if said, moments := h.played("nurture-next"); moments != 0 {
		t.Errorf("%d moments after an order, said %q", moments, said)
	}
}

// Whoever would buy anyway is served, and given nothing off, whatever else the brand has to say.
func TestRegularsAreServedAndGivenNothingOff(t *testing.T) {
	h := takeUp(t, "loyal")
	b := *h.Plan().Brand()
	offer := brand().Contents[0]
	offer.ID, offer.Rules, offer.Layouts, offer.Incentive = "offer", nil, []aparte.LayoutID{"playbook-card"}, aparte.Incentive{Percent: 20, Code: "OFF"}
	offer.Elements = append(offer.Elements, aparte.Element{Name: "body", Variants: []aparte.Variant{{Words: aparte.Words{"en": "Off"}}}}, aparte.Element{Name: "cta", Variants: []aparte.Variant{{Words: aparte.Words{"en": "Go"}}}})
	b.Contents = append(slices.Clone(b.Contents), offer)
	h.publish(&b)
	if ids := h.eligible("ada"); !slices.Contains(ids, "offer") || slices.Contains(ids, "loyal-page") {
		t.Errorf("to somebody new could be said %q", ids)
	}
	for range 4 {
		h.accept(order("ada", "lamp", fresh("order-"), 25))
		h.pass(24 * time.Hour)
	}
	if ids := h.eligible("ada"); slices.Contains(ids, "offer") || !slices.Contains(ids, "loyal-page") {
		t.Errorf("to a regular could be said %q", ids)
	}
}

// Opening, following and looking again and again makes somebody hot long before the tenth time; a person is told at once, and
// the next letter knows of it.
func TestWhoComesBackIsHotBeforeTheTenthTimeAndAPersonIsTold(t *testing.T) {
	h := takeUp(t, "hot")
	h.known(nil)
	times := 0
	for moments := 0; moments == 0 && times < 10; {
		times++
		h.looks(1)
		h.everybody(func(user string) aparte.Event { return event(aparte.EventClicked, user, "", nil) })
		h.pass(time.Minute)
		_, moments = h.played("hot-lead")
	}
	said, _ := h.played("hot-lead")
	if times > 5 || !slices.Contains(said, "hot-call") {
		t.Errorf("hot after %d times, said %q", times, said)
	}
	h.days(2)
	if said, _ := h.played("hot-letter"); !slices.Contains(said, "hot-advice") {
		t.Errorf("the next letter says %q", said)
	}
}

func TestWhoIsAskedToShareHasALinkByWhichFriendsAreKnown(t *testing.T) {
	mails := newDoor(aparte.Email)
	h := takeUp(t, "share", mails)
	h.known(nil)
	h.orders()
	h.days(7)
	h.delivered()
	link := regexp.MustCompile(`http\S+/r/\S+`)
	asked := mails.empty()
	for to, m := range asked {
		found := link.FindString(m.Text)
		if found == "" || !strings.Contains(m.HTML, found) || !strings.Contains(m.HTML, `href="mailto:?subject=Lamp&amp;body=`+url.QueryEscape(found)) {
			t.Fatalf("%s is asked to share without a link: %s\n%s", to, m.HTML, m.Text)
		}
		h.accept(landing(t, h.Engine, found, "friend of "+to))
		friend, sharer := h.person(aparte.KindAnonymousID, "friend of "+to), h.person(aparte.KindEmail, to)
		if friend.ReferredBy().Person != sharer.ID || sharer.Counter("friends_30d", sharer.LastSeen) < 0.9 {
			t.Errorf("the friend of %s was referred by %v", to, friend.ReferredBy())
		}
	}
	if len(asked) == 0 {
		t.Error("nobody was asked to share")
	}
}

// person is somebody, by an identifier.
func (h *stepped) person(kind aparte.IdentifierKind, value string) aparte.Person {
	h.t.Helper()
	id, err := h.Find(h.t.Context(), aparte.Identifier{Kind: kind, Value: value})
	h.check(err)
	p, err := h.Person(h.t.Context(), id)
	h.check(err)
	return p
}

func TestWhatRunsOutIsWhatIsRemindedOf(t *testing.T) {
	h := takeUp(t, "replenish")
	h.known(nil)
	for range 3 {
		h.orders()
		h.days(8)
	}
	h.everybody(func(user string) aparte.Event { return order(user, "mug", fresh("mug-"), 9) }) // the last, and once
	h.days(8)
	reminded := 0
	for i := range cast {
		for _, s := range h.story(fmt.Sprint("actor-", i)) {
			if d := s.Decision; d != nil && d.Trigger == "scenario:replenish-near" && !d.Action.Silent() {
				if reminded++; d.Action.Item != "lamp" {
					t.Errorf("reminded of %q", d.Action.Item)
				}
			}
		}
	}
	if reminded == 0 {
		t.Error("nobody was reminded")
	}
}
