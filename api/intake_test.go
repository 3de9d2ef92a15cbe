package api

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/engine"
	"github.com/google/go-cmp/cmp"
)

func TestAnEventIsKeptAsItCame(t *testing.T) {
	h, f := testDoors(t)
	w := call(h, "POST", "/v1/track", "wk", `{"userId":"u1","anonymousId":"a1","event":"Product Viewed",
		"messageId":"m1","properties":{"product_id":"tea","price":12.50},"context":{"locale":"fr-FR"},
		"timestamp":"2026-05-01T11:59:50.000Z","sentAt":"2026-05-01T11:59:58Z","integrations":{"All":false}}`)
	if w.Code != 200 || w.Body.String() != `{"success": true}` {
		t.Fatalf("answered %d %s", w.Code, w.Body)
	}
	want := []aparte.Event{{
		Type: aparte.Track, MessageID: "m1", UserID: "u1", AnonymousID: "a1", Name: "Product Viewed",
		Properties: []byte(`{"product_id":"tea","price":12.50}`), Context: []byte(`{"locale":"fr-FR"}`),
		Timestamp:         noon.Add(-8 * time.Second),
		OriginalTimestamp: noon.Add(-10 * time.Second),
		SentAt:            noon.Add(-2 * time.Second),
		ReceivedAt:        noon, Source: "web",
	}}
	if diff := cmp.Diff(want, f.kept()); diff != "" {
		t.Error(diff)
	}
}

func TestEveryCallHasItsDoor(t *testing.T) {
	for path, want := range map[string]aparte.EventType{
		"track": aparte.Track, "t": aparte.Track, "identify": aparte.Identify, "i": aparte.Identify,
		"page": aparte.Page, "p": aparte.Page, "screen": aparte.Screen, "s": aparte.Screen,
		"group": aparte.Group, "g": aparte.Group, "alias": aparte.Alias, "a": aparte.Alias,
	} {
		h, f := testDoors(t)
		w := call(h, "POST", "/v1/"+path, "wk", `{"type":"whatever","userId":"u","event":"E","name":"N","groupId":"g","previousId":"p","traits":{"x":1}}`)
		if w.Code != 200 || len(f.kept()) != 1 || f.kept()[0].Type != want {
			t.Errorf("/v1/%s: answered %d %s, kept %v", path, w.Code, w.Body, f.kept())
		}
	}
}

func TestWhatIsWrongWithAnEventIsSaid(t *testing.T) {
	deep := strings.Repeat(`{"a":`, 40) + "1" + strings.Repeat("}", 40)
	for name, c := range map[string]struct{ path, body, field string }{
		"no type":                     {"batch", `{"batch":[{"userId":"u"}]}`, "type"},
		"unknown type":                {"batch", `{"batch":[{"type":"shout","userId":"u"}]}`, "type"},
		"type is a number":            {"batch", `{"batch":[{"type":true,"userId":"u"}]}`, "type"},
		"nobody":                      {"track", `{"event":"E"}`, "userId"},
		"nobody: empty and null ids":  {"track", `{"event":"E","userId":"  ","anonymousId":null}`, "userId"},
		"user id is a placeholder":    {"track", `{"event":"E","userId":"undefined"}`, "userId"},
		"user id has a control":       {"track", `{"event":"E","userId":"a\u0000b","anonymousId":"null"}`, "userId"},
		"anonymous id is no id":       {"track", `{"event":"E","userId":null,"anonymousId":"[object Object]"}`, "anonymousId"},
		"alias of a placeholder":      {"alias", `{"userId":"u","previousId":"null"}`, "previousId"},
		"alias to a placeholder":      {"alias", `{"userId":"null","previousId":"p","anonymousId":"a"}`, "userId"},
		"user id is an object":        {"track", `{"event":"E","userId":{}}`, "userId"},
		"user id is true":             {"track", `{"event":"E","userId":true}`, "userId"},
		"anonymous id is an array":    {"track", `{"event":"E","userId":"u","anonymousId":[1]}`, "anonymousId"},
		"user id is too long":         {"track", `{"event":"E","userId":"` + strings.Repeat("x", 257) + `"}`, "userId"},
		"user id has too many digits": {"track", `{"event":"E","userId":` + strings.Repeat("1", 257) + `}`, "userId"},
		"track without event":         {"track", `{"userId":"u"}`, "event"},
		"track with a blank event":    {"track", `{"userId":"u","event":" "}`, "event"},
		"event is a number":           {"track", `{"userId":"u","event":3}`, "event"},
		"name is an object":           {"page", `{"userId":"u","name":{}}`, "name"},
		"group without group id":      {"group", `{"userId":"u"}`, "groupId"},
		"alias without previous id":   {"alias", `{"userId":"u"}`, "previousId"},
		"alias without user id":       {"alias", `{"previousId":"p","anonymousId":"a"}`, "userId"},
		"properties are text":         {"track", `{"userId":"u","event":"E","properties":"x"}`, "properties"},
		"properties are an array":     {"track", `{"userId":"u","event":"E","properties":[]}`, "properties"},
		"properties are too deep":     {"track", `{"userId":"u","event":"E","properties":` + deep + `}`, "properties"},
		"traits are a number":         {"identify", `{"userId":"u","traits":1}`, "traits"},
		"context is false":            {"identify", `{"userId":"u","context":false}`, "context"},
		"message id is an object":     {"identify", `{"userId":"u","messageId":{}}`, "messageId"},
		"timestamp is no time":        {"identify", `{"userId":"u","timestamp":"yesterday"}`, "timestamp"},
		"timestamp is a number":       {"identify", `{"userId":"u","timestamp":1714557600}`, "timestamp"},
		"timestamp has no 30 Feb":     {"identify", `{"userId":"u","timestamp":"2026-02-30T00:00:00Z"}`, "timestamp"},
		"timestamp is far ahead":      {"identify", `{"userId":"u","timestamp":"2026-05-03T12:00:01Z"}`, "timestamp"},
		"timestamp is too old":        {"identify", `{"userId":"u","timestamp":"1969-12-31T23:59:59Z"}`, "timestamp"},
		"sentAt is no time":           {"identify", `{"userId":"u","sentAt":"soon"}`, "sentAt"},
		"original is no time":         {"identify", `{"userId":"u","originalTimestamp":[]}`, "originalTimestamp"},
		"an event is text":            {"batch", `{"batch":["x"]}`, ""},
		"an event is too large":       {"track", `{"userId":"u","event":"E","properties":{"x":"` + strings.Repeat("y", 32<<10) + `"}}`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			h, f := testDoors(t)
			w := call(h, "POST", "/v1/"+c.path, "wk", c.body)
			got := decoded[failure](t, w)
			if w.Code != 400 || got.Success || len(got.Errors) != 1 || got.Errors[0].Index != 0 || got.Errors[0].Field != c.field || got.Errors[0].Message == "" {
				t.Errorf("answered %d %+v", w.Code, got)
			}
			if len(f.kept()) != 0 {
				t.Errorf("kept %v", f.kept())
			}
		})
	}
}

// A page whose visitor is not signed in yet may say "undefined" where the userId belongs. It is somebody
// all the same.
func TestAPlaceholderBesideAnIdentifierIsPassedOver(t *testing.T) {
	h, f := testDoors(t)
	w := call(h, "POST", "/v1/track", "wk", `{"event":"E","userId":"undefined","anonymousId":"a1"}`)
	if w.Code != 200 || len(f.kept()) != 1 {
		t.Errorf("answered %d %s, kept %v", w.Code, w.Body, f.kept())
	}
}

func TestARequestThatIsNoneIsRefusedAsAWhole(t *testing.T) {
	for name, c := range map[string]struct {
		path, body string
		status     int
		field      string
	}{
		"empty":                    {"track", ``, 400, "body"},
		"not JSON":                 {"track", `{"userId":`, 400, "body"},
		"not JSON in a batch":      {"batch", `{"batch":[{"type":"track","userId":"u","event":"E"},{]}`, 400, "body"},
		"more follows":             {"track", `{"userId":"u","event":"E"} {}`, 400, "body"},
		"too deep to read":         {"track", strings.Repeat("[", 20000), 400, "body"},
		"batch is an array":        {"batch", `[]`, 400, "body"},
		"batch without batch":      {"batch", `{"type":"track","userId":"u","event":"E"}`, 400, "batch"},
		"batch of an object":       {"batch", `{"batch":{}}`, 400, "batch"},
		"batch sent at no time":    {"batch", `{"batch":[],"sentAt":"x"}`, 400, "sentAt"},
		"batch's context is text":  {"batch", `{"batch":[],"context":"x"}`, 400, "context"},
		"batch's context is large": {"batch", `{"batch":[],"context":{"x":"` + strings.Repeat("y", 9000) + `"}}`, 400, "context"},
		"too large":                {"batch", `{"batch":[{"type":"track","userId":"u","event":"` + strings.Repeat("y", 500<<10) + `"}]}`, 413, "body"},
		"too many":                 {"batch", `{"batch":[` + strings.Repeat(`{},`, 1000) + `{}]}`, 413, "batch"},
	} {
		t.Run(name, func(t *testing.T) {
			h, f := testDoors(t)
			w := call(h, "POST", "/v1/"+c.path, "wk", c.body)
			got := decoded[failure](t, w)
			if w.Code != c.status || len(got.Errors) != 1 || got.Errors[0].Field != c.field {
				t.Errorf("answered %d %+v", w.Code, got)
			}
			if len(f.kept()) != 0 {
				t.Errorf("kept %v", f.kept())
			}
		})
	}
}

func TestTheGoodEventsOfABatchAreKeptAndTheOthersNamed(t *testing.T) {
	h, f := testDoors(t)
	w := call(h, "POST", "/v1/batch", "wk", `{"batch":[
		{"type":"track","event":"A","userId":"u","messageId":"1"},
		{"type":"track","userId":"u","messageId":"2"},
		17,
		{"type":"identify","userId":"u","messageId":"4","timestamp":"nope"},
		{"type":"page","anonymousId":"a","messageId":"5"}]}`)
	want := failure{Errors: []problem{
		{1, "event", "is required: the name of what happened"},
		{2, "", "must be an object"},
		{3, "timestamp", "must be a time in ISO 8601, such as 2026-05-01T10:00:00.000Z"},
	}}
	if diff := cmp.Diff(want, decoded[failure](t, w)); w.Code != 400 || diff != "" {
		t.Errorf("answered %d\n%s", w.Code, diff)
	}
	if diff := cmp.Diff([]aparte.MessageID{"1", "5"}, f.order); diff != "" {
		t.Error(diff)
	}
}

func TestABatchOfOneAndABatchOfAThousandAreTaken(t *testing.T) {
	for _, n := range []int{0, 1, 1000} {
		h, f := testDoors(t)
		events := make([]string, n)
		for i := range events {
			events[i] = fmt.Sprintf(`{"type":"track","event":"E","userId":"u%d","messageId":"m%d"}`, i, i)
		}
		w := call(h, "POST", "/v1/batch", "wk", `{"batch":[`+strings.Join(events, ",")+`]}`)
		if w.Code != 200 || len(f.kept()) != n {
			t.Errorf("%d events: answered %d, kept %d", n, w.Code, len(f.kept()))
		}
	}
}

func TestIdsAreTakenAsSegmentTakesThem(t *testing.T) {
	h, f := testDoors(t)
	w := call(h, "POST", "/v1/batch", "wk", `{"batch":[
		{"type":"identify","userId":null,"anonymousId":" a1 ","messageId":"1"},
		{"type":"identify","userId":"","anonymousId":42,"messageId":"2"},
		{"type":"identify","userId":9007199254740993,"messageId":3},
		{"type":"identify","userId":"\u0075-\u00e9","messageId":"4"}]}`)
	if w.Code != 200 {
		t.Fatalf("answered %d %s", w.Code, w.Body)
	}
	got := each(f.kept(), func(e aparte.Event) [3]string { return [3]string{e.UserID, e.AnonymousID, string(e.MessageID)} })
	want := [][3]string{{"", "a1", "1"}, {"", "42", "2"}, {"9007199254740993", "", "3"}, {"u-é", "", "4"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestAnEventWithoutANameIsGivenOne(t *testing.T) {
	h, f := testDoors(t)
	for range 2 {
		call(h, "POST", "/v1/track", "wk", `{"userId":"u","event":"E"}`)
	}
	if len(f.kept()) != 2 {
		t.Fatalf("kept %v", f.kept())
	}
	for _, id := range f.order {
		if len(id) != 36 || id[14] != '7' {
			t.Errorf("messageId %q is no UUID of version 7", id)
		}
	}
}

func TestTheContextOfABatchIsEveryEvents(t *testing.T) {
	h, f := testDoors(t)
	w := call(h, "POST", "/v1/batch", "wk", `{"context":{"locale":"fr","page":{"path":"/a"},"ip":"x"},"batch":[
		{"type":"track","event":"E","userId":"u","messageId":"1"},
		{"type":"track","event":"E","userId":"u","messageId":"2","context":{"locale":"en","app":{"name":"n"}}}]}`)
	if w.Code != 200 {
		t.Fatalf("answered %d %s", w.Code, w.Body)
	}
	got := each(f.kept(), func(e aparte.Event) string { return string(e.Context) })
	want := []string{
		`{"locale":"fr","page":{"path":"/a"},"ip":"x"}`,
		`{"locale":"en","app":{"name":"n"},"page":{"path":"/a"},"ip":"x"}`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestClocksAreCorrected(t *testing.T) {
	for name, c := range map[string]struct {
		times string
		want  time.Duration // after noon
	}{
		"no times":                           {``, 0},
		"only sent":                          {`"sentAt":"2020-01-01T00:00:00Z"`, 0},
		"clock is right":                     {`"timestamp":"2026-05-01T11:59:00Z","sentAt":"2026-05-01T12:00:00Z"`, -time.Minute},
		"clock is a year ahead":              {`"timestamp":"2027-05-01T11:59:00Z","sentAt":"2027-05-01T12:00:00Z"`, -time.Minute},
		"clock is at its epoch":              {`"timestamp":"1970-01-01T00:00:01Z","sentAt":"1970-01-01T00:01:01Z"`, -time.Minute},
		"original":                           {`"originalTimestamp":"2027-05-01T11:59:00Z","sentAt":"2027-05-01T12:00:00Z"`, -time.Minute},
		"not sent: as given":                 {`"timestamp":"2026-05-01T11:00:00Z"`, -time.Hour},
		"not sent: never later than it came": {`"timestamp":"2026-05-01T13:00:00Z"`, 0},
		"sent before it happened":            {`"timestamp":"2026-05-01T13:00:00Z","sentAt":"2026-05-01T12:00:00Z"`, 0},
		"corrected before":                   {`"timestamp":"2026-05-01T11:00:00Z","originalTimestamp":"2026-05-01T09:00:00Z","sentAt":"2026-05-01T09:30:00Z"`, -time.Hour},
		"other zone":                         {`"timestamp":"2026-05-01T13:00:00+02:00"`, -time.Hour},
		"zone without colon":                 {`"timestamp":"2026-05-01T13:00:00.000+0200"`, -time.Hour},
		"no zone":                            {`"timestamp":"2026-05-01T11:00:00"`, -time.Hour},
		"no seconds":                         {`"timestamp":"2026-05-01T11:00Z"`, -time.Hour},
		"blank for T":                        {`"timestamp":"2026-05-01 11:00:00"`, -time.Hour},
		"a day":                              {`"timestamp":"2026-05-01"`, -12 * time.Hour},
		"null and empty are none":            {`"timestamp":null,"sentAt":""`, 0},
		"microseconds are kept":              {`"timestamp":"2026-05-01T11:59:59.999999Z"`, -time.Microsecond},
		"long ago, sent now: history is imported": {`"timestamp":"2016-05-01T12:00:00Z","sentAt":"2026-05-01T12:00:00Z"`, -noon.Sub(noon.AddDate(-10, 0, 0))},
	} {
		t.Run(name, func(t *testing.T) {
			h, f := testDoors(t)
			comma := ","
			if c.times == "" {
				comma = ""
			}
			w := call(h, "POST", "/v1/track", "wk", `{"userId":"u","event":"E"`+comma+c.times+`}`)
			if w.Code != 200 || len(f.kept()) != 1 {
				t.Fatalf("answered %d %s", w.Code, w.Body)
			}
			if got := f.kept()[0].Timestamp.Sub(noon); got != c.want {
				t.Errorf("happened %s after noon, want %s", got, c.want)
			}
		})
	}
}

func TestSentAtOfABatchCorrectsItsEvents(t *testing.T) {
	h, f := testDoors(t)
	call(h, "POST", "/v1/batch", "wk", `{"batch":[
		{"type":"track","event":"E","userId":"u","timestamp":"2026-05-01T09:00:00Z"},
		{"type":"track","event":"E","userId":"u","timestamp":"2026-05-01T09:00:00Z","sentAt":"2026-05-01T09:30:00Z"}],
		"sentAt":"2026-05-01T10:00:00Z"}`)
	got := each(f.kept(), func(e aparte.Event) time.Duration { return e.Timestamp.Sub(noon) })
	if diff := cmp.Diff([]time.Duration{-time.Hour, -30 * time.Minute}, got); diff != "" {
		t.Error(diff)
	}
}

func TestTextThatIsNotQuiteJSONIsMadeSo(t *testing.T) {
	h, f := testDoors(t)
	w := call(h, "POST", "/v1/track", "wk", `{"userId":"first","event":"half \ud83d emoji","userId":"last",
		"properties":{"a":1,"b":{"c":1,"c":2},"a":[{"d":1,"d":3}]},"context":{"x":"`+"\xff"+`"}}`)
	if w.Code != 200 || len(f.kept()) != 1 {
		t.Fatalf("answered %d %s", w.Code, w.Body)
	}
	e := f.kept()[0]
	got := []string{e.UserID, e.Name, string(e.Properties), string(e.Context)}
	want := []string{"last", "half � emoji", `{"a":[{"d":3}],"b":{"c":2}}`, `{"x":"�"}`}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestKeysOpenTheIntake(t *testing.T) {
	const body = `{"userId":"u","event":"E","writeKey":"wk"}`
	bearer := func(value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set("Authorization", value) }
	}
	for name, c := range map[string]struct {
		set    func(*http.Request)
		body   string
		status int
	}{
		"user name":                  {func(r *http.Request) { r.SetBasicAuth("wk", "") }, body, 200},
		"user name with a password":  {func(r *http.Request) { r.SetBasicAuth("wk", "anything") }, body, 200},
		"a secret key writes too":    {func(r *http.Request) { r.SetBasicAuth("sk", "") }, body, 200},
		"bearer":                     {bearer("Bearer wk"), body, 200},
		"in the body":                {func(*http.Request) {}, body, 200},
		"none":                       {func(*http.Request) {}, `{"userId":"u","event":"E"}`, 401},
		"unknown":                    {bearer("Bearer nope"), body, 401},
		"unreadable":                 {bearer("Basic §§§"), body, 401},
		"other scheme":               {bearer("Digest wk"), body, 401},
		"empty user name":            {func(r *http.Request) { r.SetBasicAuth("", "wk") }, body, 401},
		"unknown in the body":        {func(*http.Request) {}, `{"userId":"u","event":"E","writeKey":"x"}`, 401},
		"key in the body is no text": {func(*http.Request) {}, `{"userId":"u","event":"E","writeKey":7}`, 401},
	} {
		t.Run(name, func(t *testing.T) {
			h, f := testDoors(t)
			r := httptest.NewRequest("POST", "/v1/track", strings.NewReader(c.body))
			r.Header.Set("Content-Type", "text/plain")
			c.set(r)
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if w.Code != c.status || len(f.kept()) > 0 != (c.status == 200) {
				t.Errorf("answered %d %s, kept %d", w.Code, w.Body, len(f.kept()))
			}
			if strings.Contains(w.Header().Get("WWW-Authenticate"), "Basic") {
				t.Error("a browser would ask the visitor for a password")
			}
		})
	}
}

func TestAKeyInABatchOpensTheIntake(t *testing.T) {
	h, _ := testDoors(t)
	if w := call(h, "POST", "/v1/batch", "", `{"batch":[{"type":"page","anonymousId":"a"}],"writeKey":"wk"}`); w.Code != 200 {
		t.Errorf("answered %d %s", w.Code, w.Body)
	}
}

func TestCompressedBodiesAreBoundedWhileTheyAreInflated(t *testing.T) {
	zip := func(s string) string {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		_, _ = z.Write([]byte(s))
		_ = z.Close()
		return b.String()
	}
	event := zip(`{"userId":"u","event":"E"}`)
	for name, c := range map[string]struct {
		encoding, body string
		status         int
	}{
		"gzip":          {"gzip", event, 200},
		"any case":      {"GZIP", event, 200},
		"identity":      {"identity", `{"userId":"u","event":"E"}`, 200},
		"bomb":          {"gzip", zip(strings.Repeat(" ", 50<<20)), 413},
		"not gzip":      {"gzip", `{"userId":"u","event":"E"}`, 400},
		"cut short":     {"gzip", event[:len(event)-9], 400},
		"bad checksum":  {"gzip", event[:len(event)-8] + "\x00\x00\x00\x00\x00\x00\x00\x00", 400},
		"other scheme":  {"br", event, 415},
		"several":       {"gzip, gzip", event, 415},
		"empty as gzip": {"gzip", "", 400},
	} {
		t.Run(name, func(t *testing.T) {
			h, _ := testDoors(t)
			for range 2 { // the second time with an inflater that was used before
				r := httptest.NewRequest("POST", "/v1/track", strings.NewReader(c.body))
				r.Header.Set("Content-Encoding", c.encoding)
				r.SetBasicAuth("wk", "")
				w := httptest.NewRecorder()
				h.ServeHTTP(w, r)
				if w.Code != c.status {
					t.Errorf("answered %d %s", w.Code, w.Body)
				}
			}
		})
	}
}

func TestABodyOfUnknownLengthIsBounded(t *testing.T) {
	h, _ := testDoors(t)
	for size, want := range map[int]int{100: 200, maxBody + 1: 413} {
		r := httptest.NewRequest("POST", "/v1/track", strings.NewReader(`{"userId":"u","event":"E"}`+strings.Repeat(" ", size)))
		r.ContentLength = -1
		r.SetBasicAuth("wk", "")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != want {
			t.Errorf("%d bytes: answered %d", size, w.Code)
		}
	}
}

func TestTroubleInTheEngineTellsTheSenderToComeAgain(t *testing.T) {
	for err, want := range map[error]int{
		engine.ErrBusy:                              429,
		fmt.Errorf("accept: %w", engine.ErrBusy):    429,
		errBroken:                                   503,
		context.DeadlineExceeded:                    503,
		fmt.Errorf("accept: %w", context.Canceled):  503,
		fmt.Errorf("decide: %w", engine.ErrNoBrand): 503,
	} {
		h, f := testDoors(t)
		f.err = err
		w := call(h, "POST", "/v1/track", "wk", `{"userId":"u","event":"E"}`)
		if w.Code != want || w.Header().Get("Retry-After") == "" {
			t.Errorf("%v: answered %d, Retry-After %q", err, w.Code, w.Header().Get("Retry-After"))
		}
		if strings.Contains(w.Body.String(), "fire") {
			t.Errorf("the answer tells what happens inside: %s", w.Body)
		}
	}
}
