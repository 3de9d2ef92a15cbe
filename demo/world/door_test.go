package world

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

// door is a hand-written engine: it takes what visitors tell, checks it as the real one would, and says
// what the test wants said.
type door struct {
	*httptest.Server
	t   testing.TB
	say func(slot string, asked asked) decision // nil: silence

	mu       sync.Mutex
	moments  []asked
	told     []map[string]any
	followed []string
	ids      map[string]bool
	refuse   bool
}

type asked struct {
	Event   map[string]any `json:"event"`
	Surface string         `json:"surface"`
	Slots   []string       `json:"slots"`
	Context map[string]any `json:"context"`
}

func newDoor(t testing.TB) *door {
	d := &door{t: t, ids: map[string]bool{}}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/moment", d.moment)
	mux.HandleFunc("POST /v1/batch", d.batch)
	mux.HandleFunc("GET /c/{token}", d.open(http.StatusFound))
	mux.HandleFunc("GET /x/{token}", d.open(http.StatusOK))
	d.Server = httptest.NewServer(mux)
	t.Cleanup(d.Close)
	return d
}

// enter reads a body of a request that may come in.
func (d *door) enter(w http.ResponseWriter, r *http.Request, into any) bool {
	key, _, _ := r.BasicAuth()
	d.mu.Lock()
	refuse := d.refuse
	d.mu.Unlock()
	if key != "key" || refuse {
		w.WriteHeader(http.StatusServiceUnavailable)
		return false
	}
	if !strings.Contains(r.UserAgent(), "AparteDemoWorld") {
		d.t.Errorf("user agent %q does not say who it is", r.UserAgent())
	}
	if err := json.NewDecoder(r.Body).Decode(into); err != nil {
		d.t.Errorf("%s: %v", r.URL.Path, err)
		return false
	}
	return true
}

func (d *door) moment(w http.ResponseWriter, r *http.Request) {
	var q asked
	if !d.enter(w, r, &q) {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.moments = append(d.moments, q)
	d.check(q.Event)
	var out struct {
		Decisions []decision `json:"decisions"`
	}
	for i, slot := range q.Slots {
		answer := decision{Silent: true}
		if d.say != nil {
			answer = d.say(slot, q)
		}
		answer.ID, answer.Slot, answer.Channel = fmt.Sprintf("d_%d_%d", len(d.moments), i), slot, "web"
		if answer.Link == "" {
			answer.Link = d.URL + "/c/" + answer.ID
		}
		out.Decisions = append(out.Decisions, answer)
	}
	if err := json.NewEncoder(w).Encode(out); err != nil {
		d.t.Error(err)
	}
}

func (d *door) batch(w http.ResponseWriter, r *http.Request) {
	var b struct {
		Batch []map[string]any `json:"batch"`
	}
	if !d.enter(w, r, &b) {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, e := range b.Batch {
		d.check(e)
		d.told = append(d.told, e)
	}
	fmt.Fprint(w, `{"success": true}`)
}

func (d *door) open(status int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.followed = append(d.followed, r.URL.Path)
		w.Header().Set("Location", "https://elsewhere.example/")
		w.WriteHeader(status)
	}
}

// check looks at an event as the intake does, and that it says that it is simulated.
func (d *door) check(e map[string]any) {
	id, _ := e["messageId"].(string)
	if id == "" || d.ids[id] {
		d.t.Errorf("messageId %q is empty or known", id)
	}
	d.ids[id] = true
	if e["userId"] == nil && e["anonymousId"] == nil {
		d.t.Errorf("%s is about nobody", id)
	}
	library, _ := e["context"].(map[string]any)["library"].(map[string]any)
	bag, _ := e["properties"].(map[string]any)
	if e["type"] == "identify" {
		bag, _ = e["traits"].(map[string]any)
	}
	if library["name"] != "aparte-demo-world" || bag["simulated"] != true {
		d.t.Errorf("%s does not say that it is simulated: %v", id, e)
	}
}

// named are the events told with this name.
func (d *door) named(name string) (all []map[string]any) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, e := range d.told {
		if e["event"] == name || e["type"] == name {
			all = append(all, e)
		}
	}
	return all
}
