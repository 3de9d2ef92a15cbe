package api

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// kept is what the quarantine answers to a query.
func kept(t *testing.T, h http.Handler, query string) quarantineDocument {
	t.Helper()
	w := call(h, "GET", "/v1/admin/quarantine"+query, "sk", "")
	if w.Code != 200 {
		t.Fatalf("quarantine%s answered %d %s", query, w.Code, w.Body)
	}
	return decoded[quarantineDocument](t, w)
}

func TestWhatIsRefusedIsKeptAsideWithItsReason(t *testing.T) {
	big := strings.Repeat("y", 33<<10)
	for name, c := range map[string]struct{ path, body, reason, kept string }{
		"one of a batch":   {"batch", `{"batch":[{"type":"track","event":"A","userId":"u"}, {"type":"track","userId":"u"} ,17]}`, "malformed", `{"type":"track","userId":"u"}`},
		"nobody's":         {"track", ` {"event":"E"} `, "nobody", `{"event":"E"}`},
		"from the future":  {"track", `{"event":"E","userId":"u","timestamp":"2027-05-01T00:00:00Z"}`, "impossible_date", `{"event":"E","userId":"u","timestamp":"2027-05-01T00:00:00Z"}`},
		"from before time": {"track", `{"event":"E","userId":"u","timestamp":"1915-05-01T00:00:00Z"}`, "impossible_date", `{"event":"E","userId":"u","timestamp":"1915-05-01T00:00:00Z"}`},
		"too large":        {"track", `{"properties":{"x":"` + big + `"}}`, "oversize", `{"properties":{"x":"` + big + `"}}`},
		"no JSON":          {"track", `{"event":`, "malformed", `{"event":`},
		"a batch of text":  {"batch", `{"batch":"x"}`, "malformed", `{"batch":"x"}`},
		"too many":         {"batch", `{"batch":[` + strings.Repeat(`{},`, 1000) + `{}]}`, "oversize", `{"batch":[` + strings.Repeat(`{},`, 1000) + `{}]}`},
		"no text":          {"track", "{\"event\":\xff", "malformed", "{\"event\":\xff"},
	} {
		h, _ := testDoors(t)
		if w := call(h, "POST", "/v1/"+c.path, "wk", c.body); w.Code < 400 {
			t.Errorf("%s: answered %d", name, w.Code)
		}
		found := kept(t, h, "?reason="+c.reason).Records
		if len(found) == 0 {
			t.Errorf("%s: nothing is kept", name)
			continue
		}
		last := found[len(found)-1]
		one := decoded[recordAsideDoc](t, call(h, "GET", "/v1/admin/quarantine/"+last.ID, "sk", ""))
		if got := one.Body + string(one.Bytes); got != c.kept || one.Source != "web" || one.Message == "" || last.Body != "" {
			t.Errorf("%s: kept %+v", name, one)
		}
	}
}

func TestWhoHasNoKeyFillsNothing(t *testing.T) {
	h, _ := testDoors(t)
	call(h, "POST", "/v1/track", "", `{"event":`)
	call(h, "POST", "/v1/track", "nope", `{"event":`)
	if found := kept(t, h, "").Records; len(found) != 0 {
		t.Errorf("kept %v", found)
	}
	if w := call(h, "GET", "/v1/admin/quarantine", "wk", ""); w.Code != 403 {
		t.Errorf("a public key reads it: %d", w.Code)
	}
}

func TestWhatIsMendedIsTakenInAsOfWhenItArrived(t *testing.T) {
	h, f := testDoors(t)
	call(h, "POST", "/v1/batch", "wk", `{"sentAt":"2026-05-01T10:00:00Z","context":{"locale":"fr"},"batch":[{"type":"track","userId":"u","timestamp":"2026-05-01T09:00:00Z"}]}`)
	id := kept(t, h, "").Records[0].ID
	if w := call(h, "POST", "/v1/admin/quarantine/"+id+"/resend", "sk", ""); w.Code != 422 || !strings.Contains(w.Body.String(), `"event"`) {
		t.Errorf("as it came: answered %d %s", w.Code, w.Body)
	}
	mended := `{"type":"track","event":"Tea","userId":"u","timestamp":"2026-05-01T09:00:00Z"}`
	if w := call(h, "POST", "/v1/admin/quarantine/"+id+"/resend", "sk", mended); w.Code != 200 {
		t.Fatalf("mended: answered %d %s", w.Code, w.Body)
	}
	e := f.kept()[0]
	got := []string{e.Name, string(e.MessageID), e.Source, string(e.Context), e.Timestamp.Sub(noon).String()}
	if diff := cmp.Diff([]string{"Tea", id + "-0", "web", `{"locale":"fr"}`, "-1h0m0s"}, got); diff != "" {
		t.Error(diff)
	}
	if w := call(h, "POST", "/v1/admin/quarantine/"+id+"/resend", "sk", mended); w.Code != 404 {
		t.Errorf("again: answered %d", w.Code)
	}
}

func TestAWholeRequestIsMended(t *testing.T) {
	h, f := testDoors(t)
	call(h, "POST", "/v1/batch", "wk", `{"batch":[{"type":"page","anonymousId":"a","messageId":"1"}`)
	id := kept(t, h, "").Records[0].ID
	for body, want := range map[string]int{"": 422, `{"batch":7}`: 422, `[`: 422} {
		if w := call(h, "POST", "/v1/admin/quarantine/"+id+"/resend", "sk", body); w.Code != want {
			t.Errorf("%q: answered %d %s", body, w.Code, w.Body)
		}
	}
	if w := call(h, "POST", "/v1/admin/quarantine/"+id+"/resend", "sk", `{"batch":[{"type":"page","anonymousId":"a","messageId":"1"}]}`); w.Code != 200 || len(f.kept()) != 1 {
		t.Errorf("answered %d %s, kept %d", w.Code, w.Body, len(f.kept()))
	}
}

func TestWhatOnlyASecretKeyMaySendStaysRefused(t *testing.T) {
	h, f := testDoors(t)
	call(h, "POST", "/v1/track", "wk", `{"event":"Aparte Resubscribed","userId":"u"}`)
	id := kept(t, h, "").Records[0].ID
	if w := call(h, "POST", "/v1/admin/quarantine/"+id+"/resend", "sk", ""); w.Code != 422 || len(f.kept()) != 0 {
		t.Errorf("answered %d", w.Code)
	}
	if w := call(h, "DELETE", "/v1/admin/quarantine/"+id, "sk", ""); w.Code != 200 || len(kept(t, h, "").Records) != 0 {
		t.Errorf("let go: answered %d", w.Code)
	}
}

func TestAnEventThatBreaksAnEnforcedSchemaIsSetAsideAndTheOthersOfItsBatchAreTaken(t *testing.T) {
	h, f := testDoors(t)
	declare := func(mode string) {
		t.Helper()
		if w := call(h, "PUT", "/v1/admin/schemas/Order%20Completed", "sk", `{"mode":"`+mode+`","schema":{"properties":{"total":{"type":"number"}}}}`); w.Code != 200 {
			t.Fatalf("answered %d %s", w.Code, w.Body)
		}
	}
	const batch = `{"batch":[{"type":"track","event":"Order Completed","userId":"u","messageId":"1","properties":{"total":"secret"}},
		{"type":"track","event":"Order Completed","userId":"u","messageId":"2","properties":{"total":3}}]}`
	declare("enforce")
	w := call(h, "POST", "/v1/batch", "wk", batch)
	want := []problem{{0, "properties", "breaks its schema at /total: expected number"}}
	if diff := cmp.Diff(want, decoded[failure](t, w).Errors); w.Code != 400 || diff != "" || len(f.kept()) != 1 {
		t.Errorf("answered %d, kept %d: %s", w.Code, len(f.kept()), diff)
	}
	report := decoded[qualityDocument](t, call(h, "GET", "/v1/admin/quality", "sk", ""))
	if v := report.Violations; len(v) != 1 || v[0].Count != 1 || v[0].Pointer != "/total" || v[0].Got != "string a" || v[0].Example == "" {
		t.Errorf("violations %+v", v)
	}
	declare("warn")
	doc := decoded[resentDocument](t, call(h, "POST", "/v1/admin/quarantine/resend?reason=schema", "sk", ""))
	if doc.Resent != 1 || doc.Failed != 0 || len(f.kept()) != 2 || len(kept(t, h, "").Records) != 0 {
		t.Errorf("resent %+v, kept %d", doc, len(f.kept()))
	}
	if w := call(h, "POST", "/v1/batch", "wk", batch); w.Code != 200 {
		t.Errorf("while it only warns: answered %d", w.Code)
	}
	if w := call(h, "DELETE", "/v1/admin/schemas/Order%20Completed", "sk", ""); w.Code != 200 || w.Body.String() != `{"schemas":[]}` {
		t.Errorf("withdrawn: answered %d %s", w.Code, w.Body)
	}
}

func TestASchemaThatIsNoneIsRefused(t *testing.T) {
	h, _ := testDoors(t)
	for body, status := range map[string]int{
		`{`: 400, `{"mode":"warn","schema":{},"more":1}`: 400, `{"mode":"warn","event":"Other","schema":{}}`: 400,
		`{"mode":"shout","schema":{}}`: 422, `{"mode":"warn","schema":{"type":"shout"}}`: 422, `{"mode":"warn"}`: 422,
	} {
		if w := call(h, "PUT", "/v1/admin/schemas/E", "sk", body); w.Code != status || len(decoded[failure](t, w).Errors) != 1 {
			t.Errorf("%s: answered %d %s", body, w.Code, w.Body)
		}
	}
	if w := call(h, "PUT", "/v1/admin/schemas/%ff", "sk", `{"mode":"warn","schema":{}}`); w.Code != 422 {
		t.Errorf("an event whose name is no text: answered %d %s", w.Code, w.Body)
	}
}

const googlebot = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"

func TestACrawlerIsNobodyAndIsKeptAside(t *testing.T) {
	h, f := testDoors(t)
	w := call(h, "POST", "/v1/batch", "wk", `{"context":{"userAgent":"`+googlebot+`"},"batch":[{"type":"page","anonymousId":"a"},{"type":"page","anonymousId":"b","context":{"userAgent":"Mozilla/5.0 Chrome/140.0"}}]}`)
	if w.Code != 200 || len(f.kept()) != 1 || f.kept()[0].AnonymousID != "b" || len(kept(t, h, "?reason=crawler").Records) != 1 {
		t.Errorf("answered %d %s, kept %v", w.Code, w.Body, f.kept())
	}
	for path, body := range map[string]string{
		"/v1/page":   `{"anonymousId":"c"}`,
		"/v1/decide": `{"person":{"anonymousId":"c"},"slots":["hero"]}`,
		"/v1/moment": `{"event":{"type":"page","anonymousId":"c"},"slots":["hero"]}`,
	} {
		r := httptest.NewRequest("POST", path, strings.NewReader(body))
		r.SetBasicAuth("wk", "")
		r.Header.Set("User-Agent", googlebot)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != 200 || path != "/v1/page" && !strings.Contains(w.Body.String(), `"id":"","slot":"hero","silent":true`) {
			t.Errorf("%s: answered %d %s", path, w.Code, w.Body)
		}
	}
	if len(f.kept()) != 1 || len(f.requests) != 0 {
		t.Errorf("kept %d events, was asked %d times", len(f.kept()), len(f.requests))
	}
	doc := decoded[resentDocument](t, call(h, "POST", "/v1/admin/quarantine/resend?reason=crawler", "sk", ""))
	if doc.Resent != 3 || len(f.kept()) != 4 {
		t.Errorf("somebody says they are people: %+v, kept %d", doc, len(f.kept()))
	}
}

func TestTheReportCountsWhatCameBySource(t *testing.T) {
	h, f := testDoors(t)
	f.counters = nil
	call(h, "POST", "/v1/batch", "wk", `{"batch":[
		{"type":"page","anonymousId":"a"},
		{"type":"page","anonymousId":"a","timestamp":"2026-05-01T09:00:00Z"},
		{"type":"page","anonymousId":"a","timestamp":"2026-05-01T13:00:00Z"},
		{"type":"page","anonymousId":"a","context":{"userAgent":"x HeadlessChrome/1"}},
		{"type":"page"},3]}`)
	call(h, "POST", "/v1/track", "wk", strings.Repeat("x", maxBody+1))
	got := decoded[qualityDocument](t, call(h, "GET", "/v1/admin/quality?days=1", "sk", "")).Sources
	want := []sourceDocument{{
		Source: "web", First: noon, Last: noon, Received: 7, Accepted: 4, Late: 1, Ahead: 1, Headless: 1, Lost: 1,
		Aside: map[string]int64{"malformed": 1, "nobody": 1, "impossible_date": 0, "oversize": 0, "schema": 0, "crawler": 0},
	}}
	if len(got) == 0 || cmp.Diff(want, got[:1]) != "" {
		t.Error(cmp.Diff(want, got))
	}
	for _, days := range []string{"0", "31", "x"} {
		if w := call(h, "GET", "/v1/admin/quality?days="+days, "sk", ""); w.Code != 400 {
			t.Errorf("%s days: answered %d", days, w.Code)
		}
	}
}

func TestTheTrackingPlanShowsNoValue(t *testing.T) {
	h, _ := testDoors(t)
	call(h, "POST", "/v1/identify", "wk", `{"userId":"u","traits":{"email":"ann@example.com","age":42}}`)
	call(h, "POST", "/v1/track", "wk", `{"userId":"u","event":"Tea","properties":{"price":12.5}}`)
	w := call(h, "GET", "/v1/admin/tracking-plan?source=web", "sk", "")
	if w.Code != 200 || strings.Contains(w.Body.String(), "ann") || strings.Contains(w.Body.String(), "42") {
		t.Errorf("answered %d %s", w.Code, w.Body)
	}
	events := decoded[struct{ Events []plannedDocument }](t, w).Events
	if len(events) != 2 || events[1].Event != "Tea" || events[1].Properties[0].Types["number"] != 1 || events[0].Days[0].Day != noon.Format(time.DateOnly) {
		t.Errorf("events %+v", events)
	}
}

func TestAQuarantineThatCannotBeWrittenTellsTheSenderToComeAgain(t *testing.T) {
	h, f := testDoors(t)
	f.err = errBroken
	w := call(h, "POST", "/v1/batch", "wk", `{"batch":[{"type":"page","anonymousId":"a"},3]}`)
	if w.Code != 503 || len(kept(t, h, "").Records) != 0 {
		t.Errorf("answered %d; kept what will come again: %v", w.Code, kept(t, h, "").Records)
	}
}

// FuzzResend: whatever is kept aside and however it is mended, there is an answer, and what is taken in is sound.
func FuzzResend(f *testing.F) {
	f.Add(`{"batch":[3,{"type":"page"}],"context":{"a":1}}`, `{"type":"page","anonymousId":"a"}`)
	f.Add(`{`, `{"batch":[{"type":"page","userId":"a"}]}`)
	h, e := testDoors(f)
	f.Fuzz(func(t *testing.T, body, mended string) {
		e.forget()
		call(h, "POST", "/v1/batch", "wk", body)
		e.forget()
		for _, r := range kept(t, h, "?limit=3").Records {
			w := call(h, "POST", "/v1/admin/quarantine/"+r.ID+"/resend", "sk", mended)
			if w.Code != 200 && w.Code != 413 && w.Code != 422 {
				t.Fatalf("answered %d %s", w.Code, w.Body)
			}
		}
		for _, event := range e.kept() {
			checkEvent(t, &event)
		}
	})
}
