package api

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/engine"
)

// The house does for who asks it what they can do on their page, and writes it down without naming them.
func TestTheHouseCarriesOutWhatPeopleAskForAndWritesItDown(t *testing.T) {
	o := openPages(t, pageBrand())
	for _, format := range []string{"json", "html"} {
		w := call(o.doors, "GET", "/v1/admin/people/userId:ada/export."+format, "sk", "")
		for _, known := range []string{adasAddress, "Adeline", "secret-income"} {
			if w.Code != 200 || !strings.Contains(w.Body.String(), known) {
				t.Errorf("%s (%d) does not have %q", format, w.Code, known)
			}
		}
	}
	w := call(o.doors, "POST", "/v1/admin/people/userId:ada/objection", "sk", `{"source":"letter","wording":"do not profile me","asked":"2026-11-20T08:00:00Z"}`)
	if w.Code != 200 || !strings.Contains(w.Body.String(), `"asked":"2026-11-20T08:00:00Z"`) {
		t.Fatalf("objection: %d %s", w.Code, w.Body)
	}
	id, err := o.Find(t.Context(), aparte.Identifier{Kind: aparte.KindUserID, Value: "ada"})
	if err != nil {
		t.Fatal(err)
	}
	p, err := o.Person(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if !p.Refuses(aparte.Profiling, "") {
		t.Error("she objects, and is profiled")
	}
	for body, want := range map[string]int{`{"asked":"2027-11-20T08:00:00Z"}`: 400, `{"nobody":1}`: 400, `[]`: 400, `{"wording":"` + strings.Repeat("x", 257) + `"}`: 400} {
		if w := call(o.doors, "POST", "/v1/admin/people/userId:ada/erase", "sk", body); w.Code != want {
			t.Errorf("%.40s is answered %d", body, w.Code)
		}
	}
	if w := call(o.doors, "POST", "/v1/admin/people/userId:ada/erase", "wk", ""); w.Code != 403 {
		t.Errorf("by a key that may stand in a page: %d", w.Code)
	}
	if w := call(o.doors, "POST", "/v1/admin/people/userId:ada/erase", "sk", ""); w.Code != 200 || !strings.Contains(w.Body.String(), `"purged":false`) {
		t.Errorf("erase: %d %s", w.Code, w.Body)
	}
	if w := call(o.doors, "POST", "/v1/admin/people/userId:ada/erase", "sk", ""); w.Code != 404 {
		t.Errorf("erased again: %d", w.Code)
	}
	list := call(o.doors, "GET", "/v1/admin/requests", "sk", "").Body.String()
	if n := strings.Count(list, `"number"`); n != 4 || regexp.MustCompile(`[^0-9a-f]ada[^0-9a-f]`).MatchString(list) || strings.Contains(list, p.ID.String()) {
		t.Errorf("%d requests are written down: %s", n, list)
	}
	if strings.Count(list, `"by":"back office"`) != 4 {
		t.Errorf("who carried them out is not the key by its name: %s", list)
	}
	for i, kind := range []string{"erasure", "objection", "access", "access"} {
		at := strings.Index(list, `"kind":"`+kind+`"`)
		if at < 0 {
			t.Fatalf("the %d-th from the end is no %s: %s", i, kind, list)
		}
		list = list[at+1:]
	}
	for of, want := range map[string]int{"email:" + adasAddress: 4, "ada": 4, "email:other@private.example": 0} {
		if n := strings.Count(call(o.doors, "GET", "/v1/admin/requests?of="+of, "sk", "").Body.String(), `"number"`); n != want {
			t.Errorf("%d requests of %s, want %d", n, of, want)
		}
	}
	first := call(o.doors, "GET", "/v1/admin/requests?limit=3", "sk", "").Body.String()
	rest := call(o.doors, "GET", "/v1/admin/requests?limit=3&before=2", "sk", "").Body.String()
	if !strings.Contains(first, `"next":2`) || strings.Count(rest, `"number"`) != 1 || strings.Contains(rest, "next") {
		t.Errorf("page by page: %s, then %s", first, rest)
	}
}

// What waits is told with by when it is due, to who may take personal data out, until it is done.
func TestWhatPeopleAskedForWaitsWithItsDueDate(t *testing.T) {
	o := openPages(t, pageBrand())
	o.basket()
	id, err := o.Find(t.Context(), aparte.Identifier{Kind: aparte.KindUserID, Value: "ada"})
	if err != nil {
		t.Fatal(err)
	}
	now := o.clock()
	for kind, asked := range map[engine.RequestKind]time.Time{engine.AccessRequest: now.AddDate(0, 0, -40).Truncate(time.Second), engine.ErasureRequest: now.AddDate(0, 0, -3).Truncate(time.Second)} {
		if err := o.Await(t.Context(), kind, id, engine.Asking{By: "Zoé", Asked: asked}); err != nil {
			t.Fatal(err)
		}
	}
	type waiting struct {
		Kind, Person, By string
		Asked, Due       time.Time
		Late             bool
	}
	list := func() []waiting {
		return decoded[struct{ Requests []waiting }](t, call(o.doors, "GET", "/v1/admin/privacy/requests", "sk", "")).Requests
	}
	got := list()
	if len(got) != 2 || got[0].Kind != "access" || !got[0].Late || got[1].Kind != "erasure" || got[1].Late || got[1].Person != id.String() || got[1].By != "Zoé" || !got[1].Due.Equal(got[1].Asked.AddDate(0, 1, 0)) {
		t.Errorf("waiting: %+v", got)
	}
	if w := call(o.doors, "GET", "/v1/admin/privacy/requests", "wk", ""); w.Code != 403 {
		t.Errorf("by a key that may stand in a page: %d", w.Code)
	}
	if w := call(o.doors, "GET", "/v1/admin/people/userId:ada/export.json", "sk", ""); w.Code != 200 {
		t.Fatalf("taken out: %d", w.Code)
	}
	if got := list(); len(got) != 1 || got[0].Kind != "erasure" {
		t.Errorf("after what was asked for was handed over: %+v", got)
	}
	if w := call(o.doors, "POST", "/v1/admin/people/userId:ada/erase", "sk", ""); w.Code != 200 {
		t.Fatalf("erase: %d", w.Code)
	}
	if w := call(o.doors, "GET", "/v1/admin/privacy/requests", "sk", ""); !strings.Contains(w.Body.String(), `"requests":[]`) {
		t.Errorf("after she is erased: %s", w.Body)
	}
}
