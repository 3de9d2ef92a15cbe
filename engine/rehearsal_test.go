package engine_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/engine"
)

// rehearse goes through what was recorded so far, for a month back.
func (h *stepped) rehearse(b *aparte.Brand, id aparte.ScenarioID) *engine.Rehearsal {
	h.t.Helper()
	r, err := h.Rehearse(h.t.Context(), engine.Rehearsing{Brand: b, Scenario: id, Days: 30, Examples: 1000}, nil)
	h.check(err)
	return r
}

// raised are the moments of a scenario that the log has, by whom they were of: at which times decisions were taken.
func (h *stepped) raised(id aparte.ScenarioID) (all map[aparte.PersonID][]time.Time, silent int) {
	h.t.Helper()
	all = map[aparte.PersonID][]time.Time{}
	for part := range h.Parts() {
		h.check(h.EachPerson(h.t.Context(), part, func(p *aparte.Person) error {
			return h.EachEntry(h.t.Context(), p, func(e *engine.StoryEntry) error {
				if e.Decision != nil && e.Decision.Trigger == "scenario:"+string(id) {
					all[p.ID] = append(all[p.ID], e.Decision.At)
					if e.Decision.Action.Silent() {
						silent++
					}
				}
				return nil
			})
		}))
	}
	return all, silent
}

// shopLamps are the lamps that people of shopping look at: of each nobody is told a third time.
const shopLamps = 20

// shopping lets some people come and go for a while, some of them on two devices that turn out to be one person's.
func (h *stepped) shopping(rng *rand.Rand, steps int) {
	names := []string{"Product Added", "Product Added", "Product Viewed", "Product Removed", "Order Completed"}
	for i := range 12 {
		if i%3 != 0 {
			h.accept(identify(fmt.Sprint("user-", i), "", map[string]any{
				"email":    fmt.Sprintf("user-%d@example.com", i),
				"birthday": "2030-01-01",
				"consents": []map[string]any{{"purpose": "marketing", "channel": "email", "granted": true, "source": "test"}},
			}))
		}
	}
	for range steps {
		h.pass(15 * time.Minute)
		for i := range 12 {
			if rng.IntN(6) > 0 {
				continue
			}
			user, device := fmt.Sprint("user-", i), ""
			if i >= 8 && rng.IntN(3) > 0 {
				user, device = "", fmt.Sprint("device-", i)
			}
			name := names[rng.IntN(len(names))]
			e := event(name, user, device, map[string]any{"product_id": fmt.Sprint("lamp-", rng.IntN(shopLamps)), "price": 25, "quantity": 1, "currency": "EUR"})
			if name == "Order Completed" { // of something else
				e = event(name, user, device, map[string]any{"order_id": fresh("o-"), "total": 9, "products": []map[string]any{{"product_id": "mug", "quantity": 1}}})
			}
			if i >= 9 && rng.IntN(20) == 0 { // both are one
				e = identify(fmt.Sprint("user-", i), fmt.Sprint("device-", i), nil)
			}
			h.accept(e)
		}
	}
	h.until(h.now.Load().Add(3 * time.Hour))
}

// everyKind are scenarios that begin, end and are bounded in all the ways there are.
func everyKind(b *aparte.Brand, rest time.Duration) {
	hours := func(n int) aparte.Duration { return aparte.Duration(time.Duration(n) * time.Hour) }
	b.Audiences = []aparte.Audience{buyers}
	b.Scenarios[0].Rest = aparte.Duration(rest)
	for _, s := range []aparte.Scenario{
		{ID: "removed", After: "Product Added", Unless: []string{"Order Completed", "Product Removed"}, Delay: hours(1)},
		{ID: "path", After: "Product Viewed", Then: []aparte.Step{{Event: "Product Added"}}, Window: hours(6), Unless: []string{"Order Completed"}, Delay: hours(1)},
		{ID: "where", After: "Product Added", Where: "properties.price > 20.0", Delay: hours(2), Most: aparte.Most{Times: 2, Per: hours(8)}},
		{ID: "until", After: "Product Viewed", Until: []aparte.Exit{{Event: "Order Completed", For: hours(5)}}, Delay: hours(1), Rest: aparte.Duration(rest)},
		{ID: "absent", Absent: []string{"Product Viewed"}, Unless: []string{"Product Removed"}, Delay: hours(4)},
		{ID: "silent", Absent: []string{aparte.Anything}, Delay: hours(3)},
		{ID: "every", Every: hours(24)},
		{ID: "day", On: &aparte.Day{Trait: "birthday", At: "20:15"}},
		{ID: "entered", After: aparte.EventEntered, Audience: "buyers", Delay: hours(2)},
	} {
		s.Name, s.Channel = b.Scenarios[0].Name, aparte.Email
		b.Scenarios = append(b.Scenarios, s)
		b.Contents[2].Scenarios = append(b.Contents[2].Scenarios, s.ID)
	}
}

func TestARehearsalRaisesWhatTheLiveEngineRaised(t *testing.T) {
	skipUnderRace(t)
	t.Parallel()
	spoken := map[aparte.ScenarioID]int{}
	for seed := range uint64(3) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			h := openStepped(t, &letterbox{})
			b := brand()
			lamps(b, shopLamps)
			everyKind(b, time.Duration(seed)*5*time.Hour)
			h.publish(b)
			h.shopping(rand.New(rand.NewPCG(seed, 7)), 110)
			for _, s := range b.Scenarios {
				t.Run(string(s.ID), func(t *testing.T) {
					silent := h.compare(b, s.ID)
					spoken[s.ID] += silent
				})
			}
		})
	}
	for _, s := range []aparte.ScenarioID{"basket", "removed", "path", "where", "until", "absent", "silent", "every", "entered"} {
		if spoken[s] == 0 {
			t.Errorf("nothing was said at a moment of %q: the stories show little", s)
		}
	}
}

// compare holds a rehearsal of what was recorded against the moments that the log has, and says at how many something was said.
func (h *stepped) compare(b *aparte.Brand, id aparte.ScenarioID) (spoken int) {
	h.t.Helper()
	lived, silent := h.raised(id)
	r := h.rehearse(b, id)
	moments, latest, days := 0, map[aparte.PersonID]time.Time{}, map[time.Time]int{}
	for person, at := range lived {
		moments += len(at)
		latest[person] = slices.MaxFunc(at, time.Time.Compare)
		for _, one := range at {
			days[one.Truncate(24*time.Hour)]++
		}
	}
	told, byDay := map[aparte.PersonID]time.Time{}, map[time.Time]int{}
	for _, e := range r.Examples {
		told[e.Person] = e.At
	}
	for _, d := range r.Days {
		if d.Moments > 0 {
			byDay[d.Day] = d.Moments
		}
	}
	if moments == 0 {
		h.t.Errorf("%s: no moments: the story shows nothing", id)
	}
	if r.Moments != moments || r.Reached != len(lived) {
		h.t.Errorf("%s: %d moments of %d people, the log has %d of %d", id, r.Moments, r.Reached, moments, len(lived))
	}
	if diff := cmp.Diff(latest, told); diff != "" {
		h.t.Errorf("%s: latest moments: %s", id, diff)
	}
	if diff := cmp.Diff(days, byDay); diff != "" {
		h.t.Errorf("%s: days: %s", id, diff)
	}
	h.t.Logf("%s: %d moments of %d people, %d silent; resting %d, called off %v, kept %v", id, r.Moments, r.Reached, silent, r.Resting, r.CalledOff, r.Kept)
	return moments - silent
}

func TestAScenarioThatIsNotLiveIsRehearsed(t *testing.T) {
	h := openStepped(t)
	b := brand()
	added := b.Scenarios[0]
	added.ID, added.After, added.Unless, added.Delay, added.Rest = "browse", "Product Viewed", []string{"Product Added"}, aparte.Duration(2*time.Hour), aparte.Duration(48*time.Hour)
	look := func(user string) { h.accept(event("Product Viewed", user, "", map[string]any{"product_id": "lamp"})) }
	h.accept(identify("ada", "", map[string]any{
		"email":    "ada@example.com",
		"consents": []map[string]any{{"purpose": "marketing", "channel": "email", "granted": true, "source": "test"}},
	}))
	h.accept(event("Product Added", "ada", "", map[string]any{"product_id": "lamp", "price": 25, "quantity": 1}))
	h.pass(time.Hour)
	look("ada") // a moment two hours later
	look("bob") // who cannot be written to
	look("eve")
	h.pass(time.Hour)
	h.accept(event("Product Added", "eve", "", map[string]any{"product_id": "lamp"}))
	h.pass(24 * time.Hour)
	look("ada") // it rests
	look("bob") // nothing was said, so it does not rest
	h.pass(24 * time.Hour)
	look("cy") // still runs
	b.Scenarios = append(b.Scenarios, added)
	b.Contents[2].Scenarios = append(b.Contents[2].Scenarios, "browse")
	r := h.rehearse(b, "browse")

	if r.Moments != 3 || r.Reached != 2 || r.Began != 5 || r.Pending != 1 || r.Resting != 1 || r.Speakable != 1 || r.People != 4 || r.Of != 4 {
		t.Errorf("%+v", r)
	}
	if diff := cmp.Diff([]engine.CalledOff{{Event: "Product Added", Times: 1}}, r.CalledOff); diff != "" {
		t.Error(diff)
	}
	if len(r.Kept) != 1 || r.Kept[0].Times != 2 || r.Kept[0].Reason == "" {
		t.Errorf("nothing could be said %v", r.Kept)
	}
	ada := r.Examples[slices.IndexFunc(r.Examples, func(e engine.Rehearsed) bool { return e.Silent == "" })]
	want := engine.Rehearsed{Person: h.id("ada"), Name: ada.Name, At: at(1, 11, 0), Event: "Product Viewed", EventAt: at(1, 9, 0), Item: "lamp"}
	if diff := cmp.Diff(want, ada); diff != "" {
		t.Error(diff)
	}
	if b := h.Plan().Brand(); len(b.Scenarios) != 1 {
		t.Error("a rehearsal published something")
	}
}

// An imported history makes no moment in life, where it would be too late for one. In a rehearsal it is what there is.
func TestAHistoryThatWasBroughtInIsRehearsedAsIfItHadBeenLive(t *testing.T) {
	h := openStepped(t)
	var history []aparte.Event
	for days := range 20 {
		e := event("Product Added", "ada", "", map[string]any{"product_id": "lamp"})
		e.Timestamp = h.now.Load().AddDate(0, 0, days-25)
		e.OriginalTimestamp, e.ReceivedAt = e.Timestamp, *h.now.Load()
		history = append(history, e)
	}
	h.accept(identify("ada", "", nil)) // who she is was brought in first
	h.check(h.Accept(t.Context(), history))
	h.pass(2 * time.Hour)
	if lived, _ := h.raised("basket"); len(lived) != 0 {
		t.Fatalf("an imported history made moments: %v", lived)
	}
	at, err := engine.NewArchive(engine.Config{Store: h.store}).Rehearse(t.Context(), engine.Rehearsing{Brand: brand(), Scenario: "basket", Days: 30}, nil)
	h.check(err)
	if r := h.rehearse(brand(), "basket"); r.Moments != 20 || r.Reached != 1 || at.Moments != 20 {
		t.Errorf("%d moments of %d people; of the store at rest %d", r.Moments, r.Reached, at.Moments)
	}
}

// What the log says of audiences is of those that the brand had. One that is new is watched in the histories themselves.
func TestAScenarioOfANewAudienceIsRehearsed(t *testing.T) {
	h := openStepped(t)
	for _, user := range []string{"ada", "bob", "cy"} {
		h.accept(order(user, "lamp", "first-"+user, 25))
	}
	h.pass(24 * time.Hour)
	h.accept(order("bob", "lamp", "second", 25))
	h.pass(35 * 24 * time.Hour) // thirty days after his order each is away: only time tells
	h.accept(order("cy", "lamp", "third", 25))
	h.pass(3 * 24 * time.Hour)
	b := withAudiences(away)
	b.Scenarios = append(b.Scenarios, aparte.Scenario{
		ID: "away", After: aparte.EventEntered, Unless: []string{aparte.EventExited}, Audience: "away", Delay: aparte.Duration(24 * time.Hour), Channel: aparte.Email,
	})
	r := h.rehearse(b, "away")
	if r.Moments != 3 || r.Inside != 2 {
		t.Errorf("%d moments, %d inside: %+v", r.Moments, r.Inside, r.Examples)
	}
	for _, e := range r.Examples {
		if e.Event != aparte.EventEntered || e.At.Sub(e.EventAt) != 24*time.Hour {
			t.Errorf("%+v", e)
		}
	}
}

func TestOneRehearsalAtATimeAndOfWhatThereIs(t *testing.T) {
	h := openStepped(t)
	h.accept(event("Product Added", "ada", "", nil))
	var inside error
	if _, err := h.Rehearse(t.Context(), engine.Rehearsing{Brand: brand(), Scenario: "basket", Days: 1}, func(int, int) {
		_, inside = h.Rehearse(t.Context(), engine.Rehearsing{Brand: brand(), Scenario: "basket", Days: 1}, nil)
	}); err != nil || !errors.Is(inside, engine.ErrBusy) {
		t.Errorf("%v, and another beside it: %v", err, inside)
	}
	if _, err := h.Rehearse(t.Context(), engine.Rehearsing{Brand: brand(), Scenario: "nothing", Days: 1}, nil); !errors.Is(err, engine.ErrNoScenario) {
		t.Errorf("a scenario that is not there: %v", err)
	}
	for _, days := range []int{0, -1, engine.MaxRehearsedDays + 1} {
		if _, err := h.Rehearse(t.Context(), engine.Rehearsing{Brand: brand(), Scenario: "basket", Days: days}, nil); err == nil {
			t.Errorf("%d days", days)
		}
	}
}
