package api

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/decide"
	"github.com/aparte-dev/aparte/engine"
	"github.com/aparte-dev/aparte/learn/persona"
)

// typed is a fit that found two types among people who order and people who do not.
func typed(t *testing.T) *engine.Fit {
	t.Helper()
	crowd := persona.NewCrowd(1)
	for i := range 200 {
		p := aparte.Person{FirstSeen: noon, LastSeen: noon, Device: "mobile"}
		if i%2 == 0 {
			p.Orders, p.Device = aparte.Orders{Count: 3, FirstAt: noon, LastAt: noon, Revenue: aparte.Money{Amount: 900, Currency: "EUR"}}, "desktop"
		}
		crowd.Add(&p, noon)
	}
	found, err := persona.Find(t.Context(), crowd, nil, noon, 1, func(_ aparte.AffinityKind, key, _ string) string { return key })
	if err != nil || len(found.Found) != 2 {
		t.Fatalf("%d types: %v", len(found.Found), err)
	}
	return &engine.Fit{Version: 4, At: noon, Types: found}
}

func TestPersonasAreToldDeclaredOnesFirst(t *testing.T) {
	h, f := testDoors(t)
	testPeople(f)
	b := *f.plan.Brand()
	b.Personas = []aparte.Persona{
		{ID: "regular", Name: aparte.Words{"en": "Regulars"}, When: "person.orders >= 2"},
		{ID: "p1", Name: aparte.Words{"en": "Named"}},
	}
	plan, err := decide.Compile(&b, 1)
	if err != nil {
		t.Fatal(err)
	}
	f.plan = plan
	if got := decoded[personasDocument](t, call(h, "GET", "/v1/admin/personas", "sk", "")); got.Fit != 0 || len(got.Personas) != 1 || !got.Personas[0].Declared {
		t.Errorf("before there is a fit: %+v", got)
	}
	f.fit = typed(t)
	got := decoded[personasDocument](t, call(h, "GET", "/v1/admin/personas", "sk", ""))
	if got.Fit != 4 || got.Seen != 200 || len(got.Personas) != 3 || got.Personas[0].ID != "regular" || got.Personas[1].Name["en"] != "Named" || len(got.Strengths) < 2 {
		t.Fatalf("%+v", got)
	}
	for _, found := range got.Personas[1:] {
		if found.Declared || found.Share < 0.4 || len(found.Signs) == 0 || found.Signs[0].Words["en"] == "" || found.Signs[0].Words["fr"] == "" {
			t.Errorf("%+v", found)
		}
	}
	told := decoded[personDocument](t, call(h, "GET", "/v1/admin/people/u%2F1", "sk", "")).Personas
	if len(told) != 3 || told[0].ID != "regular" || told[0].Grade != 1 || told[1].Grade+told[2].Grade < 0.999 {
		t.Errorf("somebody is %+v", told)
	}
	export := ""
	for _, part := range []string{"0", "1"} {
		export += call(h, "GET", "/v1/admin/export/people?part="+part, "sk", "").Body.String()
	}
	for _, want := range []string{`"persona":"regular"`, `"personas":{`} {
		if !strings.Contains(export, want) {
			t.Errorf("the export leaves out %s:\n%s", want, export)
		}
	}
	if code := call(h, "GET", "/v1/admin/personas", "wk", "").Code; code != http.StatusForbidden {
		t.Errorf("with a publishable key: %d", code)
	}
}

func TestAMatrixIsToldWithItsConditions(t *testing.T) {
	h, f := testDoors(t)
	at := time.Date(2026, 5, 2, 10, 0, 0, 0, time.UTC)
	f.matrix = &engine.Matrix{
		At: at, ColumnsBy: "order", Looked: 9, Fit: 4,
		Rows:    []engine.Group{{Persona: "p1", When: `persona == "p1"`}, {When: `persona == ""`}},
		Columns: []engine.Group{{From: 0, To: 0.5, When: "person.order_due < 0.50"}},
		Cells:   [][]engine.Cell{{{People: 4, Revenue: 500, Ahead: 2.5}}, {{}}}, ByRow: make([]engine.Cell, 2), By: make([]engine.Cell, 1),
	}
	got := decoded[matrixDocument](t, call(h, "GET", "/v1/admin/personas/matrix?by=order", "sk", ""))
	if got.By != "order" || got.Looked != 9 || got.Of != 9 || !got.Counted || !got.At.Equal(at) || len(got.Rows) != 2 || got.Rows[0].Cells[0] != (cellDocument{4, 500, 2.5}) || got.Columns[0].When == "" || got.Columns[0].To != 0.5 {
		t.Errorf("%+v", got)
	}
	if w := call(h, "GET", "/v1/admin/personas/matrix?by=hats", "sk", ""); w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), `"field":"by"`) {
		t.Errorf("answered %d %s", w.Code, w.Body)
	}
}
