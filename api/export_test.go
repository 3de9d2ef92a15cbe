package api

import (
	"strings"
	"testing"

	"github.com/go-json-experiment/json"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/decide"
)

func TestAPartOfAnExportEndsByItsLastLine(t *testing.T) {
	h, f := testDoors(t)
	id := testPeople(f)
	part := "1" // by the first byte of the id
	for kind, want := range map[string]struct {
		rows         int
		says, unsaid string // with identifiers; without them
	}{
		"people":    {1, "ann@example.com", "ann@example.com"},
		"events":    {3, `"userId":"u/1"`, `"userId"`},
		"decisions": {3, `"content":"welcome"`, `"why":["`},
	} {
		w := call(h, "GET", "/v1/admin/export/"+kind+"?part="+part+"&identifiers=true", "sk", "")
		lines := strings.Split(strings.TrimSpace(w.Body.String()), "\n")
		var end exportEnd
		if err := json.Unmarshal([]byte(lines[len(lines)-1]), &end); err != nil || w.Code != 200 {
			t.Fatalf("%s: answered %d, %v: %s", kind, w.Code, err, w.Body)
		}
		if e := end.End; e.Rows != want.rows || len(lines) != want.rows+1 || e.Part != 1 || e.Parts != 2 {
			t.Errorf("%s: %d lines, end %+v", kind, len(lines), e)
		}
		if !strings.Contains(w.Body.String(), want.says) || !strings.Contains(w.Body.String(), id.String()) {
			t.Errorf("%s does not say %s: %s", kind, want.says, w.Body)
		}
		if w := call(h, "GET", "/v1/admin/export/"+kind+"?part="+part, "sk", ""); strings.Contains(w.Body.String(), want.unsaid) {
			t.Errorf("%s says %s unasked: %s", kind, want.unsaid, w.Body)
		}
		if w := call(h, "GET", "/v1/admin/export/"+kind+"?part=0", "sk", ""); strings.Count(w.Body.String(), "\n") != 1 {
			t.Errorf("%s of nobody: %s", kind, w.Body)
		}
	}
	for path, want := range map[string]int{"people?part=2": 400, "people": 400, "people?part=0&identifiers=x": 400, "brands?part=0": 404} {
		if w := call(h, "GET", "/v1/admin/export/"+path, "sk", ""); w.Code != want {
			t.Errorf("%s answered %d", path, w.Code)
		}
	}
	if w := call(h, "GET", "/v1/admin/export/people?part=0", "wk", ""); w.Code != 403 {
		t.Errorf("a public key: %d", w.Code)
	}
}

func TestAnExportIsOfAnAudienceAlone(t *testing.T) {
	h, f := testDoors(t)
	id := testPeople(f)
	b := testBrand()
	b.Audiences = []aparte.Audience{{ID: "in", When: "true"}, {ID: "out", When: "false"}}
	plan, err := decide.Compile(b, 4)
	if err != nil {
		t.Fatal(err)
	}
	f.plan = plan
	p := f.people[id]
	p.Audiences = []aparte.AudienceKey{aparte.AudienceID("in").Key()}
	f.people[id] = p
	if w := call(h, "GET", "/v1/admin/export/people?part=1&audience=in", "sk", ""); !strings.Contains(w.Body.String(), `"audiences":["in"]`) {
		t.Errorf("answered %d %s", w.Code, w.Body)
	}
	if w := call(h, "GET", "/v1/admin/export/people?part=1&audience=out", "sk", ""); w.Code != 200 || strings.Count(w.Body.String(), "\n") != 1 {
		t.Errorf("answered %d %s", w.Code, w.Body)
	}
	if w := call(h, "GET", "/v1/admin/export/people?part=1&audience=none", "sk", ""); w.Code != 404 {
		t.Errorf("answered %d %s", w.Code, w.Body)
	}
}
