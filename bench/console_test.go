package bench_test

import (
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/console"
	"github.com/aparte-dev/aparte/engine"
)

var consolePeople = flag.Int("people", 1_000_000, "how many people the console is looked at with")

// BenchmarkConsole asks for every page of the console, over so many people, and says how long the server takes for the slowest (the
// median of its answers) and how much the heaviest weighs. What passes keep is there before, as it is in a console at work.
func BenchmarkConsole(b *testing.B) {
	d := open(b)
	settle(b, d.engine, *consolePeople)
	h, err := console.New(console.Config{Engine: d.engine, Simulated: true})
	if err != nil {
		b.Fatal(err)
	}
	plan := d.engine.Plan().Brand()
	people, err := d.engine.People(b.Context(), aparte.PersonID{}, 1)
	if err != nil || len(people) == 0 {
		b.Fatalf("nobody is there: %v", err)
	}
	person := "/console/people/" + people[0].ID.String()
	pages := []string{
		"/console/today", "/console/today/pulse", "/console/letters", "/console/live", "/console/live/pulse",
		"/console/people", "/console/people?stage=lost", "/console/people?stage=active&audience=" + string(plan.Audiences[0].ID), person, person + "?show=seen", person + "/identity",
		"/console/personas", "/console/scores", "/console/audiences", "/console/audiences/" + string(plan.Audiences[0].ID), "/console/tasks",
		"/console/contents", "/console/contents/" + string(plan.Contents[0].ID), "/console/scenarios", "/console/scenarios/" + string(plan.Scenarios[0].ID), "/console/places",
		"/console/results", "/console/value", "/console/attribution", "/console/path", "/console/rhythm", "/console/whatif", "/console/data/attributes",
	}
	ask := func(page string) (time.Duration, int) {
		w := httptest.NewRecorder()
		began := time.Now()
		h.ServeHTTP(w, httptest.NewRequestWithContext(b.Context(), http.MethodGet, page, nil))
		took := time.Since(began)
		if w.Code != http.StatusOK {
			b.Fatalf("%s: %d", page, w.Code)
		}
		return took, w.Body.Len()
	}
	for {
		sight, err := d.engine.Evidence(b.Context(), time.Minute)
		if err != nil {
			b.Fatal(err)
		}
		if !sight.Looking {
			break
		}
	}
	for range b.N {
		slowest, heaviest := time.Duration(0), 0
		for _, page := range pages {
			var times []time.Duration
			weight := 0
			for range 5 {
				took, size := ask(page)
				times, weight = append(times, took), size
			}
			slices.Sort(times)
			b.Logf("%-60s %8.1f ms %8.1f KB", page, times[2].Seconds()*1000, float64(weight)/1000)
			slowest, heaviest = max(slowest, times[2]), max(heaviest, weight)
		}
		b.ReportMetric(slowest.Seconds()*1000, "slowest-page-ms")
		b.ReportMetric(float64(heaviest)/1000, "heaviest-page-KB")
	}
}

// settle brings so many people, a third of whom ordered, and has some of them spoken to.
func settle(b *testing.B, e *engine.Engine, people int) {
	b.Helper()
	const batch = 5_000
	now := time.Now().UTC()
	for from := 0; from < people; from += batch {
		var events []aparte.Event
		for i := from; i < min(from+batch, people); i++ {
			user := fmt.Sprint("user-", i)
			at := now.AddDate(0, 0, -1-i%300)
			event := aparte.Event{Type: aparte.Track, Name: "Product Viewed", MessageID: aparte.MessageID("v-" + user), UserID: user, Timestamp: at, ReceivedAt: now, Source: "bench",
				Properties: []byte(fmt.Sprintf(`{"product_id": "%d", "category": "category-%d"}`, i%500, i%12))}
			if i%3 == 0 {
				event.Name, event.Properties = "Order Completed", []byte(fmt.Sprintf(`{"order_id": "o-%d", "total": %d.50, "currency": "GBP"}`, i, 5+i%90))
			}
			if events = append(events, event); i%9 == 0 {
				event.MessageID, event.Timestamp = aparte.MessageID("w-"+user), at.AddDate(0, 0, i%30)
				event.Properties = []byte(fmt.Sprintf(`{"order_id": "p-%d", "total": %d.50, "currency": "GBP"}`, i, 5+i%70))
				events = append(events, event)
			}
		}
		if err := e.Accept(b.Context(), events); err != nil {
			b.Fatal(err)
		}
	}
	for i := range min(people, 2_000) {
		user := fmt.Sprint("user-", i)
		answers, err := e.Decide(b.Context(), engine.Request{Identifiers: []aparte.Identifier{{Kind: aparte.KindUserID, Value: user}}, Slots: []string{"hero"}})
		if err != nil {
			b.Fatal(err)
		}
		if d := &answers[0].Decision; !d.Action.Silent() {
			seen := aparte.Event{Type: aparte.Track, Name: aparte.EventExposed, MessageID: aparte.MessageID("x-" + user), UserID: user, Timestamp: now, ReceivedAt: now, Source: "bench",
				Properties: []byte(fmt.Sprintf(`{"decision": %q}`, d.ID))}
			if err := e.Accept(b.Context(), []aparte.Event{seen}); err != nil {
				b.Fatal(err)
			}
		}
	}
	if _, err := e.Refit(b.Context()); err != nil {
		b.Fatal(err)
	}
}
