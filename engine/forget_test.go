package engine_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/engine"
	"github.com/aparte-dev/aparte/store"
)

// saying is an event of the stepped engine's time.
func (h *stepped) saying(e aparte.Event) {
	h.t.Helper()
	at := h.now.Load().UTC()
	e.Timestamp, e.OriginalTimestamp, e.ReceivedAt = at, at, at
	h.check(h.Accept(h.t.Context(), []aparte.Event{e}))
}

func (h *stepped) customer(user string) aparte.Person {
	h.t.Helper()
	id, err := h.Find(h.t.Context(), aparte.Identifier{Kind: aparte.KindUserID, Value: user})
	h.check(err)
	p, err := h.Person(h.t.Context(), id)
	h.check(err)
	return p
}

// kept is everything that the store has of a person, as one text: their record and all their events.
func (h *stepped) kept(p *aparte.Person) string {
	h.t.Helper()
	var all bytes.Buffer
	for i := range p.Traits {
		all.WriteString(p.Traits[i].Name + "=" + p.Traits[i].Value.String() + "\n")
	}
	h.check(h.EachEntry(h.t.Context(), p, func(e *engine.StoryEntry) error {
		if e.Event != nil {
			all.Write(e.Event.Traits)
			all.Write(e.Event.Context)
			all.Write(e.Event.Properties)
		}
		return nil
	}))
	return all.String()
}

func days(n int) *aparte.Duration {
	d := aparte.Duration(time.Duration(n) * 24 * time.Hour)
	return &d
}

func (h *stepped) keep(trait string, how *aparte.Duration) {
	h.t.Helper()
	_, err := h.Keep(h.t.Context(), trait, how)
	h.check(err)
}

func TestWhatIsKeptForATimeLeavesTheRecordAndTheHistory(t *testing.T) {
	h := openStepped(t)
	h.keep("income", days(90))
	h.saying(identify("ann", "", map[string]any{"income": "first-value", "city": "Lyon"}))
	h.pass(60 * 24 * time.Hour)
	h.saying(identify("ann", "", map[string]any{"income": "second-value"}))
	page := event("", "ann", "", nil)
	page.Type, page.Context = aparte.Page, json.RawMessage(`{"traits":{"income":"second-value"},"page":{"path":"/"}}`)
	h.saying(page)
	p := h.customer("ann")
	if all := h.kept(&p); strings.Count(all, "first-value") != 1 || strings.Count(all, "second-value") != 3 {
		t.Fatalf("after 60 days:\n%s", all)
	}
	h.pass(40 * 24 * time.Hour) // what was told first is a hundred days old, the other forty
	p = h.customer("ann")
	if all := h.kept(&p); strings.Contains(all, "first-value") || strings.Count(all, "second-value") != 3 {
		t.Fatalf("after 100 days:\n%s", all)
	}
	h.reopen()
	h.pass(51 * 24 * time.Hour)
	p = h.customer("ann")
	if all := h.kept(&p); strings.Contains(all, "value") || !strings.Contains(all, "city=Lyon") || !strings.Contains(all, `"path":"/"`) {
		t.Fatalf("after 151 days:\n%s", all)
	}
	late := identify("ann", "", map[string]any{"income": "third-value"})
	late.Timestamp, late.OriginalTimestamp, late.ReceivedAt = h.now.Load().AddDate(0, 0, -91), h.now.Load().AddDate(0, 0, -91), *h.now.Load()
	h.check(h.Accept(t.Context(), []aparte.Event{late}))
	if p = h.customer("ann"); strings.Contains(h.kept(&p), "value") {
		t.Fatalf("what came too late was taken in:\n%s", h.kept(&p))
	}
	a, err := h.Attributes(t.Context(), 0)
	h.check(err)
	i := slices.IndexFunc(a.All, func(x engine.Attribute) bool { return x.Name == "income" })
	if i < 0 || a.All[i].Keep == nil || a.All[i].Unkept != 1 || a.All[i].Forgot < 1 || !a.Forgetting.Complete {
		t.Errorf("attributes: %+v, forgetting %+v", a.All, a.Forgetting)
	}
}

func TestWhatIsNotKeptAtAllIsGoneAtOnceAndNotTakenInAgain(t *testing.T) {
	h := openStepped(t)
	h.saying(identify("ann", "", map[string]any{"belief": map[string]any{"kind": "secret-value"}, "city": "Lyon"}))
	h.saying(identify("", "phone", map[string]any{"belief": map[string]any{"kind": "secret-value"}}))
	h.saying(identify("ann", "phone", nil)) // so that a record was merged in
	h.pass(time.Minute)
	p := h.customer("ann")
	if len(p.Absorbed) != 1 || !strings.Contains(h.kept(&p), "secret-value") {
		t.Fatalf("absorbed %v:\n%s", p.Absorbed, h.kept(&p))
	}
	h.keep("belief", days(0))
	h.pass(time.Second)
	h.saying(identify("ann", "", map[string]any{"belief": map[string]any{"kind": "secret-value"}, "city": "Metz"}))
	p = h.customer("ann")
	if all := h.kept(&p); strings.Contains(all, "secret-value") || !strings.Contains(all, "city=Metz") {
		t.Fatalf("it was kept:\n%s", all)
	}
	entries := 0
	for part := range h.Parts() { // the merged record's state stands in an entry
		for _, id := range append([]aparte.PersonID{p.ID}, p.Absorbed...) {
			page, err := h.store.History(t.Context(), store.Part(part), id, 0, 100)
			h.check(err)
			for _, e := range page {
				if entries++; bytes.Contains(e.Body, []byte("secret-value")) {
					t.Errorf("entry %d of kind %d has it", e.Seq, e.Kind)
				}
			}
		}
	}
	if entries < 4 {
		t.Fatalf("%d entries were looked at", entries)
	}
	h.keep("belief", nil)
	h.saying(identify("ann", "", map[string]any{"belief": map[string]any{"kind": "kept-value"}}))
	if p = h.customer("ann"); !strings.Contains(h.kept(&p), "kept-value") {
		t.Error("it is kept again, and was not")
	}
}

func TestWhatIsReadCannotBeDropped(t *testing.T) {
	h := openStepped(t)
	b := brand()
	b.Rules = append(b.Rules, aparte.Rule{ID: "rich", When: `has(traits.income) && traits.income == "high"`})
	_, err := h.Publish(t.Context(), b)
	h.check(err)
	if _, err := h.Keep(t.Context(), "income", days(0)); err == nil || !strings.Contains(err.Error(), "/rules/2/when: ") {
		t.Errorf("dropped what a rule reads: %v", err)
	}
	if _, err := h.Keep(t.Context(), "income", days(30)); err != nil {
		t.Errorf("kept for a time: %v", err)
	}
	if _, err := h.Keep(t.Context(), "email", days(30)); err == nil || !strings.Contains(err.Error(), "/policy/keep/1/trait: ") {
		t.Errorf("addresses kept for a time: %v", err)
	}
}

// TestADecisionIsTakenAgainWithoutWhatIsNotKept: it says what it can no longer know, and only where that is so.
func TestADecisionIsTakenAgainWithoutWhatIsNotKept(t *testing.T) {
	h := openStepped(t)
	b := brand()
	b.Rules = append(b.Rules, aparte.Rule{ID: "rich", When: `has(traits.income) && traits.income == "high"`})
	b.Contents[0].Rules = []aparte.RuleID{"rich"}
	_, err := h.Publish(t.Context(), b)
	h.check(err)
	h.saying(identify("ann", "", map[string]any{"income": "high"}))
	decide := func() aparte.DecisionID {
		answers, err := h.Decide(t.Context(), engine.Request{Identifiers: []aparte.Identifier{{Kind: aparte.KindUserID, Value: "ann"}}, Slots: []string{"hero"}})
		h.check(err)
		return answers[0].Decision.ID
	}
	replay := func(id aparte.DecisionID) engine.Replay {
		r, err := h.Replay(t.Context(), id)
		h.check(err)
		return r
	}
	before := decide()
	if r := replay(before); !r.Same || len(r.Assumed) > 0 {
		t.Fatalf("before anything is forgotten: same %t, assumed %q, %v", r.Same, r.Assumed, r.Differences)
	}
	h.keep("income", days(30))
	h.pass(31 * 24 * time.Hour)
	r := replay(before)
	if r.Same || !slices.ContainsFunc(r.Assumed, func(s string) bool { return strings.Contains(s, `"income"`) }) {
		t.Errorf("after it is forgotten: same %t, assumed %q", r.Same, r.Assumed)
	}
	if r := replay(decide()); !r.Same {
		t.Errorf("a decision taken without it: %v", r.Differences)
	}
}
