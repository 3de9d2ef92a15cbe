package api

import (
	"strings"
	"testing"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/engine"
)

// oneDecision is a decision among what was chosen, what could be, and what a rule forbade.
func oneDecision() aparte.Decision {
	id := aparte.DecisionID{Person: aparte.PersonID{1}, Seq: 7}
	said := aparte.Action{Content: "welcome", Layout: "card", Variants: []uint8{1}}
	return aparte.Decision{
		ID: id, At: noon, Trigger: "request", Channel: aparte.Web, Slot: "hero", Action: said, Chosen: 1, Propensity: 0.75,
		Candidates: []aparte.Candidate{{Propensity: 0.25}, {Action: said, Value: 32, Propensity: 0.75}, {Action: aparte.Action{Content: "welcome"}, Excluded: aparte.RuleSaidNo}},
		Reasons:    []aparte.Reason{{Code: aparte.BestValue}, {Code: aparte.FeatureSpoke, Detail: "lifecycle=new", Amount: 32}},
	}
}

func TestADecisionIsToldWithEveryCandidatesFateInWords(t *testing.T) {
	h, f := testDoors(t)
	d := oneDecision()
	f.people[d.ID.Person] = aparte.Person{ID: d.ID.Person}
	f.story = []engine.StoryEntry{{Seq: 7, At: noon, Decision: &d}}
	for lang, want := range map[string][]string{
		"en": {"Could be chosen", "Chosen", "A rule says no", "It weighed in: stage: new customer (+€0.32)"},
		"fr": {"Pouvait être choisi", "Choisi", "Une règle dit non", "A pesé : étape : nouvelle cliente (+0,32\u00a0€)"},
	} {
		w := call(h, "GET", "/v1/admin/decisions/"+d.ID.String()+"?lang="+lang, "sk", "")
		got := decoded[decisionDocument](t, w)
		if w.Code != 200 || got.ID != d.ID || len(got.Candidates) != 3 || len(got.Reasons) != 2 || len(got.Why) == 0 {
			t.Fatalf("answered %d %s", w.Code, w.Body)
		}
		for i, fate := range want[:3] {
			if got.Candidates[i].Fate != fate {
				t.Errorf("%s: fate %d is %q, want %q", lang, i, got.Candidates[i].Fate, fate)
			}
		}
		if got.Reasons[1].Words != want[3] {
			t.Errorf("%s: reason is %q, want %q", lang, got.Reasons[1].Words, want[3])
		}
	}
}

func TestAReplayTellsWhetherItIsTheSameAndWhereNot(t *testing.T) {
	h, f := testDoors(t)
	d := oneDecision()
	path := "/v1/admin/decisions/" + d.ID.String() + "/replay"
	f.replay = engine.Replay{Decision: d, Again: d, Same: true, Bytes: 123, Plan: f.plan}
	got := decoded[replayDocument](t, call(h, "POST", path, "sk", ""))
	if !got.Same || got.Bytes != 123 || got.Again != nil || got.Decision.ID != d.ID || got.Differences == nil {
		t.Errorf("the same: %+v", got)
	}
	f.replay.Same, f.replay.Differences = false, []engine.Difference{{Field: "propensity", Was: "0.75", Is: "0.5"}}
	got = decoded[replayDocument](t, call(h, "POST", path, "sk", ""))
	if got.Same || got.Again == nil || len(got.Differences) != 1 || got.Differences[0].Is != "0.5" {
		t.Errorf("not the same: %+v", got)
	}
}

func TestADecisionThatIsNoneIsNotFound(t *testing.T) {
	h, f := testDoors(t)
	for _, c := range []struct {
		method, path, key string
		want              int
	}{
		{"GET", "/v1/admin/decisions/x", "sk", 400}, {"POST", "/v1/admin/decisions/x/replay", "sk", 400},
		{"GET", "/v1/admin/decisions/" + aparte.DecisionID{Seq: 9}.String(), "sk", 404},
		{"GET", "/v1/admin/decisions/d_00000000000000000000000000000001_1", "sk", 404},
		{"POST", "/v1/admin/decisions/d_00000000000000000000000000000001_1/replay", "sk", 404},
		{"GET", "/v1/admin/decisions/d_00000000000000000000000000000001_1", "wk", 403},
	} {
		if w := call(h, c.method, c.path, c.key, ""); w.Code != c.want || strings.Contains(w.Body.String(), "panic") {
			t.Errorf("%s %s: answered %d %s, want %d", c.method, c.path, w.Code, w.Body, c.want)
		}
	}
	f.replay, f.err = engine.Replay{Decision: oneDecision()}, engine.ErrBusy
	if w := call(h, "POST", "/v1/admin/decisions/"+oneDecision().ID.String()+"/replay", "sk", ""); w.Code != 429 || w.Header().Get("Retry-After") == "" {
		t.Errorf("busy: answered %d", w.Code)
	}
}
