package tag

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// request is one that the tag sent, in the form of a line of a recording.
type request struct {
	N       int               `json:"n"`
	Method  string            `json:"method"`
	URL     string            `json:"url"`
	Headers map[string]string `json:"headers"`
	Length  int               `json:"raw_length"`
	Body    json.RawMessage   `json:"body"`
}

// event is one of the events that the tag sent.
type event struct {
	Type, MessageID, UserID, AnonymousID, PreviousID, GroupID, Event, Name, Timestamp string
	Properties, Traits                                                                map[string]any
	Context                                                                           struct {
		Page                             struct{ Path string }
		Device                           struct{ Type, Token string }
		Locale, Timezone, Item, Category string
		Campaign                         map[string]string
	}
}

// body is what a request says.
type body struct {
	WriteKey, SentAt string
	Batch            []event
	Event            *event
	Slots            []string
	Person           map[string]string
}

func (r *request) body() (b body) {
	_ = json.Unmarshal(r.Body, &b) // a preflight has none
	return b
}

// doors stands for Aparté: it answers the tag and remembers what was asked.
type doors struct {
	url     string
	mu      sync.Mutex
	changed chan struct{} // closed and renewed at each request
	all     []request
	faults  map[string]int // answers of 503 still to give, by path
	hold    chan struct{}  // answers wait until it is closed, where there is one
	unread  atomic.Int32   // how many answers to a question are still to be refused
}

// openDoors serves the doors, and a site with the test page on another origin.
func openDoors(t *testing.T) (d *doors, site string) {
	t.Helper()
	d = &doors{changed: make(chan struct{}), faults: map[string]int{}}
	mux := http.NewServeMux()
	mux.Handle("/tag.js", Handler())
	mux.Handle("/push.js", Worker())
	mux.Handle("/v1/", d)
	mux.Handle("/n/", d)
	mux.Handle("/a/", d)
	doors := httptest.NewServer(mux)
	t.Cleanup(doors.Close)
	d.url = doors.URL
	page, err := os.ReadFile("testdata/page.html")
	if err != nil {
		t.Fatal(err)
	}
	pages := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/aparte-push.js" { // on the site itself, as service workers must be
			w.Header().Set("Content-Type", "text/javascript")
			_, _ = fmt.Fprintf(w, "importScripts(%q)", doors.URL+"/push.js")
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		// What a strict site allows: its own inline scripts, the tag, and the doors.
		w.Header().Set("Content-Security-Policy", "default-src 'none'; script-src 'unsafe-inline' "+doors.URL+
			"; connect-src "+doors.URL+"; worker-src 'self'; style-src 'unsafe-inline'; require-trusted-types-for 'script'; trusted-types aparte default")
		_, _ = w.Write([]byte(strings.Replace(string(page), "tag.src =", "tag.src = window.trustedTypes ? trustedTypes.createPolicy('default', "+
			"{createScriptURL: s => s}).createScriptURL((query.get('host') || '') + '/tag.js') :", 1)))
	}))
	t.Cleanup(pages.Close)
	return d, pages.URL
}

func (d *doors) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	raw, _ := io.ReadAll(r.Body) // a page that goes away ends it early
	headers := map[string]string{}
	for name := range r.Header {
		headers[strings.ToLower(name)] = r.Header.Get(name)
	}
	faulty := d.record(request{Method: r.Method, URL: r.URL.Path, Headers: headers, Length: len(raw), Body: raw})
	if d.hold != nil {
		<-d.hold
	}
	w.Header().Set("Access-Control-Allow-Origin", "*")
	w.Header().Set("Content-Type", "application/json")
	if faulty {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	if r.URL.Path == "/a/t" {
		if d.unread.Add(-1) < 0 {
			fmt.Fprint(w, `{"thanks": "Thank you."}`)
		} else {
			w.WriteHeader(http.StatusUnprocessableEntity)
			fmt.Fprint(w, `{"problem": "Once more, please."}`)
		}
		return
	}
	var asked body
	_ = json.Unmarshal(raw, &asked) // what is not sound asks for no slots
	if len(asked.Slots) == 0 {
		fmt.Fprint(w, `{"success": true}`)
		return
	}
	var answers []string
	for i, slot := range asked.Slots {
		if asked.Event != nil && asked.Event.Context.Page.Path == "/cart" {
			answers = append(answers, fmt.Sprintf(`{"id":"d_cart","slot":%q,"silent":true,"channel":"web","propensity":1}`, slot))
			continue
		}
		answers = append(answers, strings.ReplaceAll(answerTo(i, slot), "HOST", d.url))
	}
	fmt.Fprintf(w, `{"decisions":[%s]}`, strings.Join(answers, ","))
}

// record remembers a request and tells whether its answer is a fault.
func (d *doors) record(r request) (faulty bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	r.N = len(d.all) + 1
	d.all = append(d.all, r)
	close(d.changed)
	d.changed = make(chan struct{})
	faulty = d.faults[r.URL] > 0
	if faulty {
		d.faults[r.URL]--
	}
	return faulty
}

func answerTo(i int, slot string) string {
	switch slot {
	case "quiet":
		return `{"id":"d_quiet","slot":"quiet","silent":true,"channel":"web","propensity":1}`
	case "asks":
		return `{"id":"d_asks","slot":"asks","silent":false,"channel":"web","content":"c-asks","propensity":0.5,` +
			`"html":"<form method=\"post\" action=\"HOST/a/t\" data-aparte-ask><fieldset><legend>For whom?</legend>` +
			`<button type=\"submit\" name=\"answer\" value=\"garden\">Garden</button></fieldset></form>"}`
	case "letters":
		return `{"id":"d_letters","slot":"letters","silent":false,"channel":"web","content":"c-letters","propensity":0.5,` +
			`"html":"<form method=\"post\" action=\"HOST/a/t\" data-aparte-ask><label>Your address <input name=\"answer\" type=\"email\" value=\"ada@house.example\"></label>` +
			`<input name=\"secret\" type=\"password\" value=\"tr0ub4dor\"><input name=\"card\" autocomplete=\"billing cc-number\" value=\"4111111111111111\"><button>Send</button></form>"}`
	case "banner":
		return `{"id":"d_banner","slot":"banner","silent":false,"channel":"web","content":"c-banner","propensity":0.5,` +
			`"image":"/x/t.png","link":"/c/t","elements":{"headline":"A <banner>"}}`
	}
	return fmt.Sprintf(`{"id":"d_%d","slot":%q,"silent":false,"channel":"web","content":"c-%s","item":"tea","propensity":0.5,`+
		`"html":"<div style=\"height:900px\"><a href=\"/c/t\">for one: %s</a> <button data-aparte-dismiss>close</button></div>"}`, i, slot, slot, slot)
}

// requests are those seen so far.
func (d *doors) requests() []request {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.all)
}

// until waits until enough of what was asked is there.
func (d *doors) until(t *testing.T, what string, enough func([]request) bool) []request {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for {
		d.mu.Lock()
		all, changed := slices.Clone(d.all), d.changed
		d.mu.Unlock()
		if enough(all) {
			return all
		}
		select {
		case <-changed:
		case <-ctx.Done():
			t.Fatalf("waited in vain for %s; seen: %v", what, eventNames(all))
		}
	}
}

// events are all that were sent, in order, repetitions included.
func events(all []request) (out []event) {
	for i := range all {
		b := all[i].body()
		out = append(out, b.Batch...)
		if b.Event != nil {
			out = append(out, *b.Event)
		}
	}
	return out
}

func eventNames(all []request) (out []string) {
	for _, e := range events(all) {
		out = append(out, strings.TrimSpace(e.Type+" "+e.Event))
	}
	return out
}

// sent reports whether an event of this name arrived, and for one of Aparté's own, about which decision.
func sent(name, decision string) func([]request) bool {
	return func(all []request) bool {
		return slices.ContainsFunc(events(all), func(e event) bool {
			return e.Event == name && (decision == "" || e.Properties["decision"] == decision)
		})
	}
}

func to(path string) func(request) bool { return func(r request) bool { return r.URL == path } }

// address is the test page's, with the tag's options in it.
func address(site string, d *doors, options string) string {
	return site + "/shop?host=" + url.QueryEscape(d.url) + "&write-key=wk_test_tag&debug=1&timeout=20000&utm_source=letter&utm_campaign=spring&" + options
}
