package api

import (
	"strings"
	"testing"

	"github.com/aparte-dev/aparte/engine"
	"github.com/aparte-dev/aparte/learn/residual"
	"github.com/aparte-dev/aparte/lifetime"
)

func fitted() *engine.Fit {
	return &engine.Fit{
		Version: 4, At: noon, People: 2,
		Lifetime: &residual.Model{
			Terms:  residual.Terms{Model: "paretonbd", Days: 365, Currency: "EUR"},
			Pareto: &lifetime.ParetoNBD{R: 0.8, Alpha: 60, S: 0.7, Beta: 150}, Amount: 1200,
			Check: &residual.Check{Days: 91, People: 40, Orders: residual.Held{Expected: 12, Came: 13}},
		},
		Standing: &residual.Standing{Customers: residual.Group{People: 1, Value: 900}},
	}
}

func TestLifetimeValueIsToldOfAPersonAndInExports(t *testing.T) {
	h, f := testDoors(t)
	testPeople(f)
	if got := decoded[valueDocument](t, call(h, "GET", "/v1/admin/lifetime", "sk", "")); got.Fit != 0 || got.Model != nil {
		t.Errorf("before there is a fit: %+v", got)
	}
	if body := call(h, "GET", "/v1/admin/people/u%2F1", "sk", "").Body.String(); strings.Contains(body, `"lifetime"`) {
		t.Error("something is told of a person before there is a fit")
	}
	f.fit = fitted()
	told := decoded[personDocument](t, call(h, "GET", "/v1/admin/people/u%2F1", "sk", "")).Predictions.Lifetime
	if told == nil || told.Fit != 4 || told.Alive <= 0 || told.Value <= 0 || told.Currency != "EUR" || len(told.Range) != 2 || told.Range[0] > told.Range[1] {
		t.Fatalf("%+v", told)
	}
	if got := decoded[valueDocument](t, call(h, "GET", "/v1/admin/lifetime", "sk", "")); got.Fit != 4 || got.Model.Check.Orders.Came != 13 || got.Standing.Customers.Value != 900 || got.Ahead != nil {
		t.Errorf("%+v", got)
	}
	if got := decoded[valueDocument](t, call(h, "POST", "/v1/admin/lifetime/refit", "sk", "")); got.Fit != 4 {
		t.Errorf("reckoned again: %+v", got)
	}
	export := ""
	for _, part := range []string{"0", "1"} {
		export += call(h, "GET", "/v1/admin/export/people?part="+part, "sk", "").Body.String()
	}
	for _, want := range []string{`"ltv":`, `"alive":`, `"ordersAhead":`} {
		if !strings.Contains(export, want) {
			t.Errorf("the export leaves out %s:\n%s", want, export)
		}
	}
	for _, door := range []string{"GET /v1/admin/lifetime", "POST /v1/admin/lifetime/refit"} {
		method, path, _ := strings.Cut(door, " ")
		if code := call(h, method, path, "wk", "").Code; code != 403 {
			t.Errorf("%s with a publishable key: %d", door, code)
		}
	}
}
