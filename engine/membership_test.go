package engine_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/engine"
	"github.com/aparte-dev/aparte/store"
)

// withAudiences is the brand of these tests with some audiences.
func withAudiences(audiences ...aparte.Audience) *aparte.Brand {
	b := brand()
	b.Audiences = audiences
	return b
}

var (
	buyers = aparte.Audience{ID: "buyers", When: "person.orders > 0"}
	away   = aparte.Audience{ID: "away", When: "person.orders > 0 && person.days_since_order > 30.0"}
	french = aparte.Audience{ID: "french", When: `traits.country == "FR"`}
)

func (h *stepped) publish(b *aparte.Brand) {
	h.t.Helper()
	_, err := h.Publish(h.t.Context(), b)
	h.check(err)
}

// at is an event as it happens now, by the clock that is moved.
func (h *stepped) at(e aparte.Event) aparte.Event {
	e.Timestamp, e.OriginalTimestamp, e.ReceivedAt = *h.now.Load(), *h.now.Load(), *h.now.Load()
	return e
}

func (h *stepped) accept(events ...aparte.Event) {
	h.t.Helper()
	for i := range events {
		events[i] = h.at(events[i])
	}
	h.check(h.Accept(h.t.Context(), events))
}

func (h *stepped) id(user string) aparte.PersonID {
	h.t.Helper()
	id, err := h.Find(h.t.Context(), aparte.Identifier{Kind: aparte.KindUserID, Value: user})
	h.check(err)
	return id
}

// belonged is what somebody's history tells of audiences, oldest first: "+buyers", "-away".
func (h *stepped) belonged(user string) (told []string) {
	h.t.Helper()
	story, err := h.Story(h.t.Context(), h.id(user), engine.StoryPlace{}, 1000)
	h.check(err)
	for _, entry := range slices.Backward(story) {
		if e := entry.Event; e != nil && e.Source == aparte.OwnSource {
			sign := map[string]string{aparte.EventEntered: "+", aparte.EventExited: "-"}[e.Name]
			if sign != "" {
				told = append(told, sign+strings.Trim(strings.TrimPrefix(string(e.Properties), `{"audience":`), `"}`))
			}
		}
	}
	return told
}

// members are how many people the counts say that audiences have.
func (h *stepped) members() map[aparte.AudienceID]int64 {
	h.t.Helper()
	all, err := h.Audiences(h.t.Context())
	h.check(err)
	counts := map[aparte.AudienceID]int64{}
	for _, a := range all.Audiences {
		counts[a.ID] = a.People
	}
	return counts
}

func TestWhoEntersAndLeavesIsToldInTheirHistory(t *testing.T) {
	h := openStepped(t)
	h.publish(withAudiences(buyers, away, french))
	h.accept(identify("ada", "", map[string]any{"country": "FR"}), identify("bob", "", nil))
	h.accept(order("ada", "lamp", "o1", 25))
	h.accept(event("Product Viewed", "ada", "", map[string]any{"product_id": "lamp"})) // changes nothing
	h.pass(31 * 24 * time.Hour)
	h.accept(identify("ada", "", map[string]any{"country": "BE"}))
	h.accept(order("ada", "lamp", "o2", 25))
	if diff := cmp.Diff([]string{"+french", "+buyers", "+away", "-french", "-away"}, h.belonged("ada")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := h.belonged("bob"); got != nil {
		t.Errorf("bob: %v", got)
	}
	if diff := cmp.Diff(map[aparte.AudienceID]int64{"buyers": 1, "away": 0, "french": 0}, h.members()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	seen, err := h.Person(t.Context(), h.id("ada"))
	h.check(err)
	if want := h.now.Load(); !seen.LastSeen.Equal(*want) || seen.Session.Count != 2 {
		t.Errorf("what Aparté told of her counts as a visit: %v, %d visits", seen.LastSeen, seen.Session.Count)
	}
}

func TestANewVersionOfTheBrandBringsItsAudiences(t *testing.T) {
	h := openStepped(t)
	for i := range 40 {
		h.accept(order(fmt.Sprint("u", i), "lamp", fmt.Sprint("o", i), 25))
	}
	h.publish(withAudiences(buyers))
	all, err := h.Audiences(t.Context())
	h.check(err)
	if all.Complete || all.Audiences[0].People != 0 {
		t.Errorf("nobody was asked yet: %+v", all)
	}
	h.check(h.Step(t.Context()))
	h.publish(withAudiences(aparte.Audience{ID: "buyers", Name: aparte.Words{"en": "Buyers"}, When: buyers.When}, french))
	h.check(h.Step(t.Context()))
	all, err = h.Audiences(t.Context())
	h.check(err)
	if !all.Complete || all.Audiences[0].People != 40 || !all.At.Equal(*h.now.Load()) {
		t.Errorf("after the first call: %+v", all)
	}
	h.reopen()
	h.pass(2 * time.Hour)
	h.publish(brand())
	h.check(h.Step(t.Context()))
	if diff := cmp.Diff([]string{"+buyers", "-buyers"}, h.belonged("u7")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	p, err := h.Person(t.Context(), h.id("u7"))
	h.check(err)
	if p.Audiences != nil {
		t.Errorf("is in %v still", p.Audiences)
	}
}

func TestWhoProvesToBeOneDoesNotEnterAgain(t *testing.T) {
	h := openStepped(t)
	h.publish(withAudiences(buyers, french, aparte.Audience{ID: "many", When: "person.orders > 1"}))
	h.accept(order("ada", "lamp", "o1", 25))
	bought := order("", "lamp", "o2", 25)
	bought.AnonymousID = "phone"
	h.accept(bought)
	h.accept(identify("", "phone", map[string]any{"country": "FR"}))
	if diff := cmp.Diff(map[aparte.AudienceID]int64{"buyers": 2, "french": 1, "many": 0}, h.members()); diff != "" {
		t.Errorf("two people (-want +got):\n%s", diff)
	}
	h.accept(identify("ada", "phone", nil))
	if diff := cmp.Diff(map[aparte.AudienceID]int64{"buyers": 1, "french": 1, "many": 1}, h.members()); diff != "" {
		t.Errorf("one person (-want +got):\n%s", diff)
	}
	ada, err := h.Person(t.Context(), h.id("ada"))
	h.check(err)
	if told := h.belonged("ada"); slices.Index(told, "+many") < 0 || len(told) != 4 { // buyers twice, once as each of the two
		t.Errorf("told %v", told)
	}
	h.check(h.Unmerge(t.Context(), ada.ID, ada.Absorbed[0]))
	if diff := cmp.Diff(map[aparte.AudienceID]int64{"buyers": 2, "french": 1, "many": 0}, h.members()); diff != "" {
		t.Errorf("two again (-want +got):\n%s", diff)
	}
	h.check(h.Merge(t.Context(), ada.ID, ada.Absorbed[0]))
	h.check(h.Erase(t.Context(), h.id("ada")))
	if diff := cmp.Diff(map[aparte.AudienceID]int64{"buyers": 0, "french": 0, "many": 0}, h.members()); diff != "" {
		t.Errorf("nobody (-want +got):\n%s", diff)
	}
}

// A scenario may come after entering an audience; leaving it makes the moment pointless.
func TestEnteringAnAudienceIsAMoment(t *testing.T) {
	h := openStepped(t, newDoor(aparte.Email))
	b := withAudiences(buyers, away, french)
	b.Rules = append(b.Rules, aparte.Rule{ID: "in", When: `"away" in audiences`})
	b.Contents = append(b.Contents, aparte.Content{
		ID: "back", Name: aparte.Words{"en": "Come back"}, Kind: "article", Purpose: aparte.Service, Channels: []aparte.Channel{aparte.Email},
		Layouts: []aparte.LayoutID{"web"}, Elements: b.Contents[2].Elements, Rules: []aparte.RuleID{"in"}, Scenarios: []aparte.ScenarioID{"back"}, Link: "/",
	})
	b.Scenarios = append(b.Scenarios, aparte.Scenario{
		ID: "back", Name: aparte.Words{"en": "Away"}, After: aparte.EventEntered, Unless: []string{aparte.EventExited}, Audience: "away",
		Delay: aparte.Duration(time.Hour), Channel: aparte.Email,
	})
	h.publish(b)
	for _, user := range []string{"ada", "bob"} {
		h.accept(identify(user, "", map[string]any{"email": user + "@example.com", "country": "FR"}), order(user, "lamp", "o-"+user, 25))
	}
	h.pass(31 * 24 * time.Hour)
	h.accept(order("bob", "lamp", "o-again", 25))
	h.pass(2 * time.Hour)
	moments := func(user string) (n int) {
		story, err := h.Story(t.Context(), h.id(user), engine.StoryPlace{}, 100)
		h.check(err)
		for _, entry := range story {
			if d := entry.Decision; d != nil && d.Trigger == "scenario:back" {
				n++
				if !slices.ContainsFunc(d.Candidates, func(c aparte.Candidate) bool { return c.Action.Content == "back" && c.Excluded == "" }) {
					t.Errorf("%s could not be told: %v", user, d.Candidates)
				}
				replay, err := h.Replay(t.Context(), d.ID)
				if err != nil || !replay.Same {
					t.Errorf("taken again: %+v, %v", replay.Differences, err)
				}
			}
		}
		return n
	}
	if ada, bob := moments("ada"), moments("bob"); ada != 1 || bob != 0 {
		t.Errorf("ada had %d moments, bob %d", ada, bob)
	}
}

// Somebody else's audiences go by the same names.
func TestOnlyAparteTellsWhoIsInItsAudiences(t *testing.T) {
	h := openStepped(t)
	h.publish(withAudiences(buyers, french))
	h.accept(event(aparte.EventEntered, "ada", "", map[string]any{"audience": "french"}))
	h.accept(event(aparte.EventEntered, "ada", "", map[string]any{"audience_key": "theirs"}))
	p, err := h.Person(t.Context(), h.id("ada"))
	h.check(err)
	if p.Audiences != nil || h.belonged("ada") != nil || h.members()["french"] != 0 {
		t.Errorf("is in %v", p.Audiences)
	}
}

// faltering is a store whose people of one part cannot be read for a while.
type faltering struct {
	store.Store
	broken bool
	asked  []store.Part // whose people were read
}

func (s *faltering) People(ctx context.Context, part store.Part, after aparte.PersonID, limit int) ([]store.PersonRow, error) {
	if s.broken && part == 2 {
		return nil, errors.New("cannot be read")
	}
	s.asked = append(s.asked, part)
	return s.Store.People(ctx, part, after, limit)
}

func TestACallThatBrokeOffGoesOnAfterARestartAndNobodyEntersTwice(t *testing.T) {
	h := openStepped(t)
	for i := range 40 {
		h.accept(order(fmt.Sprint("u", i), "lamp", fmt.Sprint("o", i), 25))
	}
	s := &faltering{Store: h.store, broken: true}
	h.store = s
	h.reopen()
	h.publish(withAudiences(buyers))
	if err := h.CallRoll(t.Context()); err == nil {
		t.Fatal("it did not break off")
	}
	all, err := h.Audiences(t.Context())
	h.check(err)
	if n := all.Audiences[0].People; all.Complete || !all.Asking || n == 0 || n == 40 {
		t.Errorf("half-way: %+v", all)
	}
	h.reopen()
	s.broken, s.asked = false, nil
	h.check(h.CallRoll(t.Context()))
	if slices.Contains(s.asked, 0) || !slices.Contains(s.asked, 2) {
		t.Errorf("asked parts %v, of which the first was written down", s.asked)
	}
	if diff := cmp.Diff(map[aparte.AudienceID]int64{"buyers": 40}, h.members()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for i := range 40 {
		if diff := cmp.Diff([]string{"+buyers"}, h.belonged(fmt.Sprint("u", i))); diff != "" {
			t.Errorf("u%d (-want +got):\n%s", i, diff)
		}
	}
}

func TestAnAudienceIsReadPageByPage(t *testing.T) {
	h := openStepped(t)
	h.publish(withAudiences(buyers))
	for i := range 30 {
		h.accept(identify(fmt.Sprint("u", i), "", nil))
		if i%3 == 0 {
			h.accept(order(fmt.Sprint("u", i), "lamp", fmt.Sprint("o", i), 25))
		}
	}
	h.check(h.Step(t.Context()))
	seen, after := map[aparte.PersonID]bool{}, aparte.PersonID{}
	for pages := 1; ; pages++ {
		people, next, err := h.AudiencePeople(t.Context(), "buyers", after, 4)
		h.check(err)
		for _, p := range people {
			if seen[p.ID] || p.Orders.Count != 1 {
				t.Errorf("%s twice, or not one of them", p.ID)
			}
			seen[p.ID] = true
		}
		if after = next; next.IsZero() || pages > 10 {
			break
		}
	}
	if len(seen) != 10 {
		t.Errorf("%d people, want 10", len(seen))
	}
	if _, _, err := h.AudiencePeople(t.Context(), "nobody", after, 4); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("an audience that is none: %v", err)
	}
}
