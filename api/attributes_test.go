package api

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/decide"
	"github.com/aparte-dev/aparte/engine"
	"github.com/aparte-dev/aparte/measure"
)

func TestAttributesAreToldWithWhatReadsThem(t *testing.T) {
	h, e := testDoors(t)
	e.attributes = &engine.Attributes{At: noon, People: 9, All: []engine.Attribute{{
		TraitKept: engine.TraitKept{Name: "income", People: 4, From: [4]int{3, 0, 0, 1}, Oldest: noon, Newest: noon},
		Uses:      []decide.Use{{Trait: "income", By: decide.InRule, ID: "rich"}}, Could: 2, Unkept: 5,
		Lost: []engine.ObjectiveLost{{Objective: "order", People: 80, AUC: measure.Estimate{Value: 0.02, Interval: measure.Interval{Low: -0.01, High: 0.05}}}},
		Keep: &aparte.Retention{Trait: "income", For: aparte.Duration(90 * 24 * time.Hour)},
	}, {TraitKept: engine.TraitKept{Name: "shoe"}}}}
	got := call(h, "GET", "/v1/admin/attributes", "sk", "").Body.String()
	for _, want := range []string{
		`"bought_in":1`, `"declared":3`, `"uses":[{"by":"rule","id":"rich"}]`, `"keep":"90d"`, `"unkept":5`,
		`"foretells":[{"objective":"order","people":80,"value":0.02,"low":-0.01,"high":0.05}]`, `"measurable":false`, `"name":"shoe"`, `"uses":[]`, `"keep":null`,
	} {
		if !strings.Contains(strings.ReplaceAll(got, " ", ""), want) {
			t.Errorf("no %s in %s", want, got)
		}
	}
	if w := call(h, "GET", "/v1/admin/attributes", "wk", ""); w.Code != http.StatusForbidden {
		t.Errorf("with a public key: %d", w.Code)
	}
}

func TestHowLongAnAttributeIsKeptIsAsked(t *testing.T) {
	h, e := testDoors(t)
	for _, body := range []string{`{"keep":"90d"}`, `{"keep":"0s"}`, `{"keep":null}`} {
		if w := call(h, "PUT", "/v1/admin/attributes/home.city", "sk", body); w.Code != http.StatusOK {
			t.Errorf("%s: %d %s", body, w.Code, w.Body)
		}
	}
	want := []aparte.Retention{{Trait: "home.city", For: aparte.Duration(90 * 24 * time.Hour)}, {Trait: "home.city"}, {Trait: "home.city", For: -1}}
	if diff := cmp.Diff(want, e.retentions); diff != "" {
		t.Error(diff)
	}
	for _, body := range []string{``, `{}`, `{"keep":"-1d"}`, `{"keep":90}`, `{"keep":"soon"}`} {
		if w := call(h, "PUT", "/v1/admin/attributes/income", "sk", body); w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), `"keep"`) {
			t.Errorf("%s: %d %s", body, w.Code, w.Body)
		}
	}
	e.err = errors.New(`/rules/0/when: the policy forbids to use the trait "income"`)
	if w := call(h, "PUT", "/v1/admin/attributes/income", "sk", `{"keep":"0s"}`); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), `"/rules/0/when"`) {
		t.Errorf("of what a rule reads: %d %s", w.Code, w.Body)
	}
}
