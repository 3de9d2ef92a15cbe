package api

import (
	"context"
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aparte-dev/aparte/engine"
	"github.com/aparte-dev/aparte/measure"
)

// proposal is a brand as it is sent to be judged.
func proposal(t *testing.T) string {
	t.Helper()
	body, err := json.Marshal(testBrand())
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func judged(t *testing.T, f *fakeEngine) {
	t.Helper()
	for i := range 100 {
		if err := f.judged.Add(measure.Alternative{Choice: measure.Choice{Propensity: 0.5, Chance: 0.5, Reward: float64(i % 2)}}); err != nil {
			t.Fatal(err)
		}
		f.judged.Next()
	}
}

func TestABrandThatWasNotLiveIsJudgedThroughTheDoor(t *testing.T) {
	h, f := testDoors(t)
	judged(t, f)
	got := decoded[map[string]any](t, call(h, "POST", "/v1/admin/whatif", "sk", proposal(t)))
	if got["decisions"] != 100.0 || got["changed"] != 0.0 || got["lift"] == nil || got["live"].(map[string]any)["value"] != 0.5 {
		t.Errorf("answered %v", got)
	}
	for _, c := range []struct {
		key, body, says string
		err             error
		want            int
	}{
		{"wk", proposal(t), "", nil, 403}, {"", proposal(t), "", nil, 401}, {"sk", "{", "", nil, 422},
		{"sk", `{"rules": [{"id": "r", "when": "no such thing"}]}`, "/rules/0/when", nil, 422}, {"sk", `{"rule": 1}`, "/rule", nil, 422},
		{"sk", proposal(t), "try again", engine.ErrBusy, 429}, {"sk", proposal(t), "", context.Canceled, 503},
	} {
		f.err = c.err
		if w := call(h, "POST", "/v1/admin/whatif", c.key, c.body); w.Code != c.want || !strings.Contains(w.Body.String(), c.says) {
			t.Errorf("%s %.20s: answered %d %s, want %d", c.key, c.body, w.Code, w.Body, c.want)
		}
	}
	f.err, f.judged = nil, engine.WhatIf{Open: 7}
	if w := call(h, "POST", "/v1/admin/whatif", "sk", proposal(t)); w.Code != 422 || !strings.Contains(w.Body.String(), "7 have windows that are not over") {
		t.Errorf("nothing to judge: answered %d %s", w.Code, w.Body)
	}
}

func TestWhoAsksForLinesIsToldHowFarTheJudgementIs(t *testing.T) {
	h, f := testDoors(t)
	judged(t, f)
	ask := func(ctx context.Context) []string {
		r := httptest.NewRequest("POST", "/v1/admin/whatif", strings.NewReader(proposal(t))).WithContext(ctx)
		r.SetBasicAuth("sk", "")
		r.Header.Set("Accept", "application/x-ndjson")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return strings.Split(strings.TrimSpace(w.Body.String()), "\n")
	}
	lines := ask(t.Context())
	if len(lines) != 101 || lines[0] != `{"done":0.01}` || lines[99] != `{"done":1}` || !strings.HasPrefix(lines[100], `{"found":{"decisions":100,`) {
		t.Errorf("%d lines: %.60s … %.60s", len(lines), lines[0], lines[len(lines)-1])
	}
	gone, leave := context.WithCancel(t.Context())
	leave()
	if lines := ask(gone); len(lines) != 1 || strings.Contains(lines[0], "found") {
		t.Errorf("who has gone is told %q", lines)
	}
}
