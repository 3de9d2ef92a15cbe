package world

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/aparte-dev/aparte/demo/history"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var people = []history.Person{
	{UserID: "17850", Email: "customer-17850@shop.example", Locale: "en-GB", Zone: "Europe/London", Country: "GB", Orders: 5, Likes: map[string]int{"Tea": 9, "Kitchen": 2}},
	{UserID: "12583", Email: "customer-12583@shop.example", Locale: "fr-FR", Zone: "Europe/Paris", Country: "FR", Orders: 2, Likes: map[string]int{"Garden": 7}},
}

// visits runs a world of n visits against a door, without waiting.
func visits(t testing.TB, d *door, n int, change func(*Config)) *World {
	t.Helper()
	c := Config{
		BaseURL: d.URL, WriteKey: "key", Seed: 7, Visits: n, AtOnce: 1, Run: "test", Client: d.Client(),
		Now:   func() time.Time { return time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC) },
		Sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() },
	}
	if change != nil {
		change(&c)
	}
	w, err := New(c, people)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Client().CloseIdleConnections)
	if err := w.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	return w
}

func always(content string) func(string, asked) decision {
	return func(string, asked) decision { return decision{Content: content} }
}

func TestVisitorsDoWhatVisitorsDo(t *testing.T) {
	d := newDoor(t)
	d.say = always("nursery")
	s := visits(t, d, 150, nil).Stats()
	if s.Visits != 150 || s.Errors != 0 || s.Pages != len(d.moments) {
		t.Errorf("%+v with %d pages opened", s, len(d.moments))
	}
	for name, counted := range map[string]int{
		"Aparte Exposed": s.Exposures, "Product Added": s.Added, "Order Completed": s.Orders, "identify": s.Identified,
	} {
		if got := len(d.named(name)); got != counted || got == 0 {
			t.Errorf("%s: %d were told, %d counted", name, got, counted)
		}
	}
	if len(d.followed) != s.Clicks || s.Clicks == 0 || s.Left == 0 {
		t.Errorf("%d links followed, %d clicks counted, %d baskets left", len(d.followed), s.Clicks, s.Left)
	}
	if s.Decisions != s.Exposures+s.Silent {
		t.Errorf("%d decisions, %d seen, %d silent", s.Decisions, s.Exposures, s.Silent)
	}
}

func TestKnownPeopleAndStrangersComeAndComeBack(t *testing.T) {
	d := newDoor(t)
	visits(t, d, 150, nil)
	by := map[string]int{}
	for _, q := range d.moments {
		if q.Surface != "web" || q.Context["locale"] == nil || q.Context["device"] == nil {
			t.Fatalf("moment without a situation: %+v", q)
		}
		if e := q.Event; e["type"] == "page" {
			who, known := e["anonymousId"].(string)
			if !known {
				who = e["userId"].(string)
			} else if !strings.HasPrefix(who, "simulated-") {
				t.Fatalf("stranger %q is not named as simulated", who)
			}
			by[who]++
		}
	}
	strangers, back := 0, 0
	for who, n := range by {
		if strings.HasPrefix(who, "simulated-") {
			strangers++
			back += min(n-1, 1)
		}
	}
	if by["17850"] < 15 || by["12583"] < 15 || strangers < 25 || back < 10 {
		t.Errorf("known %d and %d times, %d strangers, %d of them came back", by["17850"], by["12583"], strangers, back)
	}
}

func TestAnOrderIsWorthItsProducts(t *testing.T) {
	d := newDoor(t)
	s := visits(t, d, 150, nil).Stats()
	sum := 0.0
	for _, e := range d.named("Order Completed") {
		p := e["properties"].(map[string]any)
		worth := 0.0
		for _, line := range p["products"].([]any) {
			l := line.(map[string]any)
			worth += l["price"].(float64) * l["quantity"].(float64)
		}
		if math.Abs(worth-p["revenue"].(float64)) > .001 || p["order_id"] == "" || p["currency"] != "GBP" {
			t.Errorf("order %v", p)
		}
		sum += worth
	}
	if int64(math.Round(sum*100)) != s.Revenue {
		t.Errorf("revenue %d, orders are worth %v", s.Revenue, sum)
	}
}

func TestSilenceIsNeitherSeenNorClicked(t *testing.T) {
	d := newDoor(t)
	s := visits(t, d, 50, nil).Stats()
	if s.Silent != s.Decisions || s.Exposures != 0 || s.Clicks != 0 || len(d.named("Aparte Exposed")) != 0 {
		t.Errorf("%+v", s)
	}
}

func TestTheSameSeedMakesTheSameVisits(t *testing.T) {
	run := func(seed uint64) (told []string) {
		d := newDoor(t)
		d.say = func(slot string, q asked) decision {
			return decision{Content: []string{"nursery", "christmas", "dress-a-table"}[len(d.moments)%3], Layout: "hero-scene",
				Variants: map[string]string{"headline": "a", "cta": "b", "visual": "c"}}
		}
		visits(t, d, 40, func(c *Config) { c.Seed = seed })
		for _, e := range d.told {
			told = append(told, fmt.Sprint(e["messageId"], e["event"], e["userId"], e["properties"]))
		}
		return told
	}
	first := run(7)
	if diff := cmp.Diff(first, run(7)); diff != "" {
		t.Errorf("the same seed:\n%s", diff)
	}
	if slices.Equal(first, run(8)) {
		t.Error("another seed makes the same visits")
	}
}

// What an engine that knew the visitors would say is clicked on more than what one that knows nothing
// says: there is something to learn.
func TestThereIsSomethingToLearn(t *testing.T) {
	contents := []string{"welcome-offer", "dress-a-table", "garden-evenings", "nursery", "gift-wrap", "our-story"}
	rate := func(say func(*World, string, asked) decision) float64 {
		d := newDoor(t)
		var w *World
		d.say = func(slot string, q asked) decision { return say(w, slot, q) }
		c := Config{BaseURL: d.URL, WriteKey: "key", Seed: 7, Visits: 250, AtOnce: 1, Client: d.Client(),
			Sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() }}
		var err error
		if w, err = New(c, people); err != nil {
			t.Fatal(err)
		}
		if err := w.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		d.Client().CloseIdleConnections()
		s := w.Stats()
		return float64(s.Clicks) / float64(s.Exposures)
	}
	blind := rate(func(_ *World, _ string, q asked) decision {
		return decision{Content: contents[len(q.Event["messageId"].(string))%len(contents)]}
	})
	knowing := rate(func(w *World, slot string, q asked) decision {
		who := w.find(q.Event)
		return slices.MaxFunc(candidates(contents), func(a, b decision) int {
			a.Slot, b.Slot = slot, slot
			x, y := w.truth.clicks(who, &a, ""), w.truth.clicks(who, &b, "")
			return int(math.Copysign(1, x-y))
		})
	})
	if knowing < 1.5*blind {
		t.Errorf("click rate %.3f when the truth is known, %.3f when nothing is", knowing, blind)
	}
}

func candidates(contents []string) (all []decision) {
	for _, c := range contents {
		all = append(all, decision{Content: c})
	}
	return all
}

// find is the visitor whom an event is about.
func (w *World) find(e map[string]any) *person {
	for _, p := range slices.Concat(w.crowd.known, w.crowd.strangers) {
		if p.anonymousID != "" && p.anonymousID == e["anonymousId"] || p.userID != "" && p.userID == e["userId"] {
			return p
		}
	}
	return nil
}

func TestMailsAreOpenedOnce(t *testing.T) {
	d := newDoor(t)
	asked := map[string]int{}
	w := visits(t, d, 100, func(c *Config) {
		c.Inbox = func(address string) []string {
			asked[address]++
			return []string{fmt.Sprintf(`<a href="%s/c/in-the-mail"><img src="%s/x/in-the-mail.png?a=1&amp;b=2"></a><img src="https://elsewhere.example/x.png"><a href="%s/u/stop">`, d.URL, d.URL, d.URL)}
		}
	})
	pictures, links := 0, 0
	for _, path := range d.followed {
		switch path {
		case "/x/in-the-mail.png":
			pictures++
		case "/c/in-the-mail":
			links++
		default:
			t.Errorf("%s was opened", path)
		}
	}
	s := w.Stats()
	if pictures == 0 || pictures != s.Letters || pictures > len(asked) || links > pictures {
		t.Errorf("%d addresses, %d letters opened, %d pictures, %d links", len(asked), s.Letters, pictures, links)
	}
}

func TestNoAddressElsewhereIsOpened(t *testing.T) {
	d := newDoor(t)
	d.say = func(string, asked) decision {
		return decision{Content: "nursery", Link: strings.Replace(d.URL, "127.0.0.1", "127.0.0.1.elsewhere.example", 1) + "/c/a"}
	}
	s := visits(t, d, 60, nil).Stats()
	if s.Clicks != 0 || s.Errors == 0 || len(d.followed) != 0 {
		t.Errorf("%+v", s)
	}
}

func TestADoorThatRefusesIsCounted(t *testing.T) {
	d := newDoor(t)
	d.refuse = true
	s := visits(t, d, 20, nil).Stats()
	if s.Visits != 20 || s.Errors == 0 || s.Exposures != 0 {
		t.Errorf("%+v", s)
	}
}

func TestManyAtOnce(t *testing.T) {
	d := newDoor(t)
	d.say = always("christmas")
	s := visits(t, d, 120, func(c *Config) { c.AtOnce = 16; c.Window = 20 }).Stats()
	total := Window{}
	for _, w := range s.Windows {
		total.Visits += w.Visits
		total.Exposures += w.Exposures
		total.Clicks += w.Clicks
		total.Orders += w.Orders
	}
	if want := (Window{120, s.Exposures, s.Clicks, s.Orders}); total != want || len(s.Windows) != 6 {
		t.Errorf("%d windows hold %+v, want %+v", len(s.Windows), total, want)
	}
}

func TestRunEndsWithItsContext(t *testing.T) {
	d := newDoor(t)
	ctx, stop := context.WithCancel(t.Context())
	visited := 0
	w, err := New(Config{BaseURL: d.URL, WriteKey: "key", Client: d.Client(), AtOnce: 1, Sleep: func(ctx context.Context, _ time.Duration) error {
		return ctx.Err()
	}, Inbox: func(string) []string {
		if visited++; visited == 3 {
			stop()
		}
		return nil
	}}, people[:1])
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Run(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Run: %v", err)
	}
	d.Client().CloseIdleConnections()
}

func TestAWorldNeedsAnAddress(t *testing.T) {
	for _, c := range []Config{{}, {BaseURL: "nowhere"}, {BaseURL: "http://127.0.0.1", Rate: -1}} {
		if _, err := New(c, people); err == nil {
			t.Errorf("%+v makes a world", c)
		}
	}
}

func TestWindowsStayBounded(t *testing.T) {
	y := tally{window: 1}
	for range 5 * maxWindows {
		y.add(Stats{Visits: 1, Exposures: 2, Clicks: 1})
	}
	sum := 0
	for _, w := range y.sum.Windows {
		sum += w.Visits
		if w.ClickRate() != .5 {
			t.Fatalf("%+v", w)
		}
	}
	if len(y.sum.Windows) > maxWindows || sum != 5*maxWindows || (Window{}).ClickRate() != 0 {
		t.Errorf("%d windows of %d visits", len(y.sum.Windows), sum)
	}
}

func ExampleWorld() {
	c := Config{BaseURL: "http://127.0.0.1:8080", WriteKey: "demo-write-key", Visits: 2000, Client: http.DefaultClient}
	w, err := New(c, people)
	if err != nil {
		fmt.Println(err)
		return
	}
	// w.Run(ctx) lets them in; meanwhile, and after:
	fmt.Println(w.Stats().Visits, "visits so far")
	// Output: 0 visits so far
}
