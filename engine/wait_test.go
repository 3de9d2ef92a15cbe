package engine_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/engine"
)

// tell has something happen at the time it is.
func (h *stepped) tell(e aparte.Event) {
	h.t.Helper()
	now := *h.now.Load()
	e.Timestamp, e.OriginalTimestamp, e.ReceivedAt = now, now, now
	h.check(h.Accept(h.t.Context(), []aparte.Event{e}))
}

// until moves the clock to an hour, a quarter of an hour at a time, as timers set others.
func (h *stepped) until(at time.Time) {
	h.t.Helper()
	for h.now.Load().Before(at) {
		h.pass(min(15*time.Minute, at.Sub(*h.now.Load())))
	}
}

// leaveBasket has someone who agreed to mails leave a basket.
func (h *stepped) leaveBasket(user string) {
	h.t.Helper()
	h.tell(identify(user, "", map[string]any{
		"email":    user + "@example.com",
		"consents": []map[string]any{{"purpose": "marketing", "channel": "email", "granted": true, "source": "test"}},
	}))
	h.tell(event("Product Added", user, "", map[string]any{"product_id": "lamp", "price": 25, "quantity": 1, "currency": "EUR"}))
}

func (h *stepped) story(user string) []engine.StoryEntry {
	h.t.Helper()
	id, err := h.Find(h.t.Context(), aparte.Identifier{Kind: aparte.KindUserID, Value: user})
	h.check(err)
	story, err := h.Story(h.t.Context(), id, engine.StoryPlace{}, 1000)
	h.check(err)
	return story
}

// mails are when it was decided whether to write to somebody.
func (h *stepped) mails(user string) (at []time.Time) {
	h.t.Helper()
	for _, s := range h.story(user) {
		if s.Decision != nil && s.Decision.Channel == aparte.Email {
			at = append(at, s.At)
		}
	}
	return at
}

// waits are why somebody's moments waited, and until when.
func (h *stepped) waits(user string) (why []string) {
	h.t.Helper()
	for _, s := range h.story(user) {
		if s.Event == nil || s.Event.Name != aparte.EventDeferred {
			continue
		}
		var p struct{ Reason, Until string }
		h.check(json.Unmarshal(s.Event.Properties, &p))
		why = append(why, p.Reason+" "+p.Until)
	}
	return why
}

func openPatient(t *testing.T) *stepped {
	t.Helper()
	h := openStepped(t)
	b := brand()
	b.Scenarios[0].Within = aparte.Duration(24 * time.Hour)
	b.Pressure.QuietFrom, b.Pressure.QuietUntil = 21, 8
	_, err := h.Publish(t.Context(), b)
	h.check(err)
	return h
}

func at(day, hour, minute int) time.Time {
	return time.Date(2030, 1, day, hour, minute, 0, 0, time.UTC)
}

func TestAMomentInQuietHoursWaitsForTheirEnd(t *testing.T) {
	h := openPatient(t)
	h.until(at(1, 22, 30))
	h.leaveBasket("ada")
	h.until(at(2, 12, 0))
	if diff := cmp.Diff([]string{"after_quiet 2030-01-02T08:00:00Z"}, h.waits("ada")); diff != "" {
		t.Errorf("waits (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]time.Time{at(2, 8, 0)}, h.mails("ada")); diff != "" {
		t.Errorf("decided at (-want +got):\n%s", diff)
	}
}

func TestAMomentWaitsForAPersonsHour(t *testing.T) {
	h := openPatient(t)
	for day := 1; day <= 20; day++ { // she comes at seven in the evening
		h.until(at(day, 19, 5))
		h.tell(event("Product Viewed", "ada", "", map[string]any{"product_id": "mug"}))
	}
	h.until(at(21, 9, 0))
	h.leaveBasket("ada")
	h.until(at(22, 12, 0))
	if diff := cmp.Diff([]string{"their_hour 2030-01-21T19:00:00Z"}, h.waits("ada")); diff != "" {
		t.Errorf("waits (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]time.Time{at(21, 19, 0)}, h.mails("ada")); diff != "" {
		t.Errorf("decided at (-want +got):\n%s", diff)
	}
}

func TestWhatIsBoughtMeanwhileIsNotWrittenAbout(t *testing.T) {
	h := openPatient(t)
	h.until(at(1, 22, 30))
	h.leaveBasket("ada")
	h.until(at(2, 7, 0))
	if len(h.waits("ada")) != 1 {
		t.Fatalf("waits %q", h.waits("ada"))
	}
	h.tell(order("ada", "lamp", "o1", 25))
	h.until(at(3, 12, 0))
	if got := h.mails("ada"); len(got) != 0 {
		t.Errorf("decided at %v whether to write about what was bought", got)
	}
}

// What was looked at is shown again until the moment it is bought.
func TestRetargetingEndsWithThePurchase(t *testing.T) {
	h := openStepped(t)
	h.tell(event("Product Viewed", "ada", "", map[string]any{"product_id": "lamp"}))
	shown := func() (n int) {
		for range 60 {
			answers, err := h.Decide(t.Context(), engine.Request{
				Identifiers: []aparte.Identifier{{Kind: aparte.KindUserID, Value: "ada"}}, Slots: []string{"aside"},
			})
			h.check(err)
			if answers[0].Decision.Action.Item == "lamp" {
				n++
			}
		}
		return n
	}
	if shown() == 0 {
		t.Fatal("what was looked at is never shown again")
	}
	h.tell(order("ada", "lamp", "o1", 25))
	if n := shown(); n > 0 {
		t.Errorf("shown %d times after it was bought", n)
	}
}

// A week after somebody was spoken to it is found whether they went away, and that is counted by how many messages reached out to
// them meanwhile: none here.
func TestDeparturesAreCountedByTheDose(t *testing.T) {
	h := openStepped(t)
	h.set(at(1, 9, 0))
	var seen, gone int64
	for i := range 40 {
		user := fmt.Sprint("user-", i)
		a := h.ask(user)
		if a.Decision.Action.Silent() {
			continue
		}
		h.tell(event(aparte.EventExposed, user, "", map[string]any{"decision": a.Decision.ID.String(), "content": string(a.Decision.Action.Content), "channel": "web"}))
		seen++
		if i%4 == 0 {
			gone++
			h.tell(event(aparte.EventUnsubscribed, user, "", map[string]any{"decision": a.Decision.ID.String(), "channel": "email"}))
		}
	}
	h.pass(6 * 24 * time.Hour)
	if got := h.dose("weeks"); got != 0 {
		t.Errorf("%d weeks are over after six days", got)
	}
	h.pass(2 * 24 * time.Hour)
	weeks, departures := h.dose("weeks"), h.dose("departures")
	if weeks != seen || departures != gone || gone == 0 {
		t.Errorf("of %d weeks %d ended with a departure; %d were spoken to, and %d of them left", weeks, departures, seen, gone)
	}
}

// dose is what is counted of weeks without a message.
func (h *stepped) dose(what string) (n int64) {
	h.t.Helper()
	counters, err := h.Counters(h.t.Context(), "dose/0/"+what, time.Time{}, at(31, 0, 0))
	h.check(err)
	for _, c := range counters {
		n += c.N
	}
	return n
}

// mail is the decision whether to write to somebody.
func (h *stepped) mail(user string) *aparte.Decision {
	h.t.Helper()
	for _, s := range h.story(user) {
		if s.Decision != nil && s.Decision.Channel == aparte.Email {
			return s.Decision
		}
	}
	h.t.Fatalf("there was no moment to write to %s", user)
	return nil
}

// After a decision of chance whether to write, it is counted on how many days the person comes back, for one decision at
// a time; a choice that chance had no say in is not counted after.
func TestReturnsAreCountedAfterWhatChanceDecided(t *testing.T) {
	h := openStepped(t, newDoor(aparte.Email))
	h.set(at(1, 9, 0))
	person := func(i int) *aparte.Person {
		id, err := h.Find(t.Context(), aparte.Identifier{Kind: aparte.KindUserID, Value: fmt.Sprint("user-", i)})
		h.check(err)
		p, err := h.Person(t.Context(), id)
		h.check(err)
		return &p
	}
	for i := range 20 {
		h.leaveBasket(fmt.Sprint("user-", i))
	}
	h.pass(2 * time.Hour)
	written, counted := 0, 0
	for i := range 20 {
		d, p := h.mail(fmt.Sprint("user-", i)), person(i)
		expected := 0.0
		for _, c := range d.Candidates[1:] {
			if c.Excluded == "" {
				expected += c.Propensity
			}
		}
		if chance := d.Candidates[0].Propensity; chance < 0.05 || chance > 0.95 || d.Expected <= 0 {
			if !p.Return.Since.IsZero() {
				t.Errorf("chance had no say, %v that nothing is said, and returns are counted", chance)
			}
			continue
		}
		counted++
		if !p.Return.Since.Equal(d.At.Truncate(time.Microsecond)) || p.Return.Aside != d.Intrusion-d.Expected {
			t.Errorf("of a decision at %v, intrusive %v of %v, there is counted: %+v", d.At, d.Intrusion, d.Expected, p.Return)
		}
		if !d.Action.Silent() {
			written++
		}
	}
	if counted == 0 || written == 0 || written == counted {
		t.Fatalf("of %d decisions that count %d spoke: the test shows nothing", counted, written)
	}
	h.until(at(6, 12, 0))
	h.tell(event("Product Viewed", "user-0", "", map[string]any{"product_id": "lamp"}))
	h.until(at(8, 12, 0))
	h.tell(event("Product Viewed", "user-0", "", map[string]any{"product_id": "lamp"}))
	h.until(at(18, 12, 0))
	for i := range 20 {
		want := aparte.Return{Before: 1}
		if i == 0 {
			want.Before = 3
		}
		if p := person(i); p.Return != want && p.Return != (aparte.Return{}) {
			t.Errorf("user %d: %+v after the fortnight, want %+v", i, p.Return, want)
		}
	}
}
