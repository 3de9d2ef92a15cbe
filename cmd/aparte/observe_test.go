package main

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/access"
	"github.com/aparte-dev/aparte/api"
	"github.com/aparte-dev/aparte/channel"
	"github.com/aparte-dev/aparte/channel/email"
	"github.com/aparte-dev/aparte/channel/mailbox"
)

// watched is a house that is looked at from outside: open on this machine, with a mail server beside it.
type watched struct {
	t testing.TB
	*house
	at  string // http:// and where it listens
	box *mailbox.Mailbox
}

// watch opens a house; edit may change what it is built from.
func watch(t testing.TB, edit func(*plan)) *watched {
	t.Helper()
	must := func(err error) {
		if err != nil {
			t.Helper()
			t.Fatal(err)
		}
	}
	box, err := mailbox.Start(t.Context(), "")
	must(err)
	t.Cleanup(func() { box.Close() })
	mail, err := email.New(email.Config{Addr: box.Addr(), From: "hello@lantern.example", Connections: 1})
	must(err)
	t.Cleanup(func() { mail.Close() })
	p := plan{
		addr: "127.0.0.1:0", data: t.TempDir(), memory: defaultMemory, senders: []channel.Sender{mail}, files: true, private: true,
		hosts: map[aparte.Channel]string{aparte.Email: "this host"}, visitor: access.User{Name: "demo", Role: access.Administrator}, log: slog.New(slog.DiscardHandler),
		keys: []api.Key{{Name: "write", Kind: api.PublicKey, Source: "web", Value: testWriteKey}, {Name: "secret", Kind: api.SecretKey, Source: "server", Value: testSecretKey}},
	}
	if edit != nil {
		edit(&p)
	}
	h, err := build(t.Context(), p)
	must(err)
	t.Cleanup(func() { must(h.close()) })
	_, err = h.engine.Publish(t.Context(), speaking())
	must(err)
	h.open(t.Context())
	return &watched{t, h, "http://" + h.listen.Addr().String(), box}
}

// speaking is the brand of notes, which has something to say on pages, too.
func speaking() *aparte.Brand {
	b := notes()
	words := func(s string) aparte.Words { return aparte.Words{"en": s, "fr": s} }
	b.Layouts = append(b.Layouts, aparte.Layout{ID: "card", Name: words("Card"), Channels: []aparte.Channel{aparte.Web}, Slots: []string{"hero"}, HTML: `<p>{{ elements.headline }}</p>`})
	b.Contents = append(b.Contents, aparte.Content{
		ID: "hello", Name: words("Hello"), Kind: "service", Purpose: aparte.Service, Channels: []aparte.Channel{aparte.Web}, Layouts: []aparte.LayoutID{"card"}, Link: "/hello",
		Elements: []aparte.Element{{Name: "headline", Variants: []aparte.Variant{{ID: "a", Words: words("Hello")}}}},
	})
	return b
}

// ask makes a request with a key and answers with what came of it.
func (w *watched) ask(method, path, key, body string, header ...string) (status int, said string, h http.Header) {
	w.t.Helper()
	r, err := http.NewRequestWithContext(w.t.Context(), method, w.at+path, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	if key != "" {
		r.Header.Set("Authorization", "Bearer "+key)
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	res, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		w.t.Fatal(err)
	}
	defer res.Body.Close()
	all, err := io.ReadAll(res.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return res.StatusCode, string(all), res.Header
}

// scrape is /metrics, as Prometheus reads it.
func (w *watched) scrape() scraped {
	w.t.Helper()
	status, said, _ := w.ask("GET", "/metrics", testSecretKey, "")
	if status != http.StatusOK {
		w.t.Fatalf("metrics: %d", status)
	}
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(said))
	if err != nil {
		w.t.Fatal(err)
	}
	return families
}

type scraped map[string]*dto.MetricFamily

// of is the value of a metric, of a histogram how many it has counted, summed over those with these labels (name, value, ...).
func (s scraped) of(name string, labels ...string) (sum float64) {
	f := s[name]
	for _, m := range f.GetMetric() {
		has := map[string]string{}
		for _, l := range m.GetLabel() {
			has[l.GetName()] = l.GetValue()
		}
		all := true
		for i := 0; i+1 < len(labels); i += 2 {
			all = all && has[labels[i]] == labels[i+1]
		}
		if all {
			sum += m.GetCounter().GetValue() + m.GetGauge().GetValue() + float64(m.GetHistogram().GetSampleCount())
		}
	}
	return sum
}

// labels are the values of every label of our metrics: "metric label=value".
func (s scraped) labels() map[string]bool {
	all := map[string]bool{}
	for name, f := range s {
		for _, m := range f.GetMetric() {
			for _, l := range m.GetLabel() {
				if strings.HasPrefix(name, "aparte_") {
					all[name+" "+l.GetName()+"="+l.GetValue()] = true
				}
			}
		}
	}
	return all
}

func TestWhatIsAskedOfAHouseIsCountedExactly(t *testing.T) {
	w := watch(t, nil)
	before := w.scrape()
	const people = 7
	spoke, silent := 0, 0
	for i := range people {
		if status, said, _ := w.ask("POST", "/v1/track", testWriteKey, fmt.Sprintf(`{"userId":"u%d","messageId":"m%d","event":"Seen"}`, i, i)); status != 200 {
			t.Fatal(status, said)
		}
		for _, door := range []string{"/v1/decide", "/v1/moment"} {
			event := ""
			if door == "/v1/moment" {
				event = fmt.Sprintf(`"event":{"type":"track","event":"Seen again","messageId":"n%d","userId":"u%d"},`, i, i)
			}
			status, said, _ := w.ask("POST", door, testWriteKey, fmt.Sprintf(`{%s"person":{"userId":"u%d"},"surface":"web","slots":["hero"]}`, event, i))
			if status != 200 {
				t.Fatal(door, status, said)
			}
			var answer struct {
				Decisions []struct {
					Content string `json:"content"`
				} `json:"decisions"`
			}
			if err := json.Unmarshal([]byte(said), &answer); err != nil || len(answer.Decisions) != 1 {
				t.Fatal(err, said)
			}
			if answer.Decisions[0].Content == "" {
				silent++
			} else {
				spoke++
			}
		}
	}
	w.ask("POST", "/v1/track", "", `{}`)
	w.ask("POST", "/v1/track", testWriteKey, `{`)
	w.ask("GET", "/v1/track", testWriteKey, ``)
	w.ask("GET", "/nowhere", "", "")
	w.ask("GET", "/tag.js", "", "")
	w.ask("HEAD", "/tag.js", "", "")
	w.ask("GET", "/me/nobodys", "", "")
	w.ask("GET", "/console/today", "", "")
	w.ask("GET", "/console/nowhere", "", "")
	w.ask("POST", "/console/people/find", "", "", "Origin", "http://elsewhere.example", "Sec-Fetch-Site", "cross-site")

	eventually(t, "committed what was decided", func() bool {
		return w.scrape().of("aparte_decisions_total")-before.of("aparte_decisions_total") == 2*people
	})
	after := w.scrape()
	for _, c := range []struct {
		want   float64
		name   string
		labels []string
	}{
		{people, "aparte_http_requests_total", []string{"area", "api", "door", "/v1/track", "method", "POST", "class", "2xx"}},
		{2, "aparte_http_requests_total", []string{"area", "api", "door", "/v1/track", "class", "4xx"}},
		{people + 2, "aparte_http_request_seconds", []string{"area", "api", "door", "/v1/track"}},
		{people, "aparte_http_requests_total", []string{"door", "/v1/decide", "class", "2xx"}},
		{people, "aparte_http_requests_total", []string{"door", "/v1/moment", "class", "2xx"}},
		{1, "aparte_http_requests_total", []string{"area", "tag", "door", "/tag.js", "method", "GET", "class", "2xx"}},
		{1, "aparte_http_requests_total", []string{"area", "tag", "door", "/tag.js", "method", "HEAD", "class", "2xx"}},
		{1, "aparte_http_requests_total", []string{"area", "me", "door", "/me/{token}", "method", "GET", "class", "4xx"}},
		{1, "aparte_http_requests_total", []string{"area", "console", "door", "/console/today", "class", "2xx"}},
		{1, "aparte_http_requests_total", []string{"area", "console", "door", "/console/", "class", "4xx"}},
		{1, "aparte_http_requests_total", []string{"area", "console", "door", "/console/people/find", "class", "4xx"}},
		{2, "aparte_http_requests_total", []string{"area", "api", "door", "/", "class", "4xx"}}, // a wrong method is no door either
		{2 * people, "aparte_events_total", []string{"fate", "accepted"}},
		{people, "aparte_decision_seconds", []string{"kind", "decide"}},
		{people, "aparte_decision_seconds", []string{"kind", "moment"}},
		{people, "aparte_decisions_total", []string{"kind", "decide"}},
		{people, "aparte_decisions_total", []string{"kind", "moment"}},
		{float64(spoke), "aparte_decisions_total", []string{"outcome", "spoke"}},
		{float64(silent), "aparte_decisions_total", []string{"outcome", "silent"}},
	} {
		if got := after.of(c.name, c.labels...) - before.of(c.name, c.labels...); got != c.want {
			t.Errorf("%s%q grew by %v, want %v", c.name, c.labels, got, c.want)
		}
	}
	if after.of("aparte_store_disk_free_bytes") <= 0 || after.of("aparte_store_bytes") <= 0 || after.of("go_goroutines") <= 0 {
		t.Error("neither disk nor goroutines are told")
	}
	if waited := after.of("aparte_queue_wait_seconds"); waited < 3*people {
		t.Errorf("%v tasks waited in queues, there were at least %d", waited, 3*people)
	}
	if commits, entries := after.of("aparte_commit_seconds"), after["aparte_commit_entries"].GetMetric()[0].GetHistogram(); commits < 1 || entries.GetSampleSum()-before["aparte_commit_entries"].GetMetric()[0].GetHistogram().GetSampleSum() < 4*people {
		t.Errorf("%v commits, of %v entries: of each person two events and two decisions", commits, entries.GetSampleSum())
	}
}

func TestAMailIsCountedOnItsWay(t *testing.T) {
	w := watch(t, nil)
	const people = 5
	for i := range people {
		w.ask("POST", "/v1/identify", testWriteKey, fmt.Sprintf(`{"userId":"u%d","traits":{"email":"u%d@example.com"}}`, i, i))
		w.ask("POST", "/v1/track", testWriteKey, fmt.Sprintf(`{"userId":"u%d","event":"Note Wanted"}`, i))
	}
	eventually(t, "decided on all", func() bool { return w.scrape().of("aparte_decisions_total", "kind", "scenario") == people })
	said := int(w.scrape().of("aparte_decisions_total", "kind", "scenario", "outcome", "spoke"))
	if said == 0 {
		t.Fatal("nobody was to be written to")
	}
	eventually(t, "written to all", func() bool {
		return int(w.scrape().of("aparte_messages_total", "channel", "email", "fate", "sent")) == said
	})
	if got := len(w.box.Mails()); got != said {
		t.Errorf("%d mails arrived, %d were counted", got, said)
	}
	after := w.scrape()
	for _, queue := range []string{"events", "letters", "email", "sms", "mobile_push", "web_push", "webhooks"} {
		if got := after.of("aparte_queue_depth", "queue", queue) + after.of("aparte_queue_oldest_seconds", "queue", queue); len(after["aparte_queue_depth"].GetMetric()) != 7 || got != 0 && queue != "events" {
			t.Errorf("%v wait in the queue of %s", got, queue)
		}
	}
	if late := after.of("aparte_timers_overdue_seconds"); late > patience.Seconds() {
		t.Errorf("a timer is late by %v s", late)
	}
}

// TestNoCallerMakesALabel sends what a label must never hold, wherever a caller can put it: no value is there afterwards that was not there
// after the same requests with nothing strange in them.
func TestNoCallerMakesALabel(t *testing.T) {
	w := watch(t, nil)
	knock := func(name string) {
		q := url.PathEscape(name)
		quoted, _ := json.Marshal(name) // of a string
		for _, path := range []string{
			"/" + q, "/v1/" + q, "/x/" + q + ".png", "/x/slot/" + q + "/" + q + ".png?key=" + testWriteKey, "/c/" + q, "/c/slot/" + q + "/" + q, "/r/" + q, "/u/" + q, "/me/" + q, "/me/" + q + "/export.json",
			"/v1/admin/people/" + q, "/v1/admin/people/email:" + q + "/events", "/v1/admin/assets/" + q, "/film/" + q, "/a/" + q, "/console/" + q, "/console/people/" + q, "/console/contents/" + q, "/console/static/" + q,
			"/tag.js?" + q, "/in/sms/" + q, "/debug/pprof/" + q, "/console/people/" + q + "/now/" + q,
		} {
			for _, method := range []string{"GET", "POST", "PUT", "DELETE", "BREW"} {
				w.ask(method, path, testSecretKey, "")
			}
		}
		text := string(quoted)
		for path, body := range map[string]string{
			"/v1/track":                        `{"userId":` + text + `,"event":` + text + `,"type":` + text + `}`,
			"/v1/identify":                     `{"userId":` + text + `,"traits":{"email":` + text + `,` + text + `:` + text + `}}`,
			"/v1/batch":                        `{"batch":[{"type":` + text + `,"userId":` + text + `,"event":` + text + `}]}`,
			"/v1/decide":                       `{"person":{"userId":` + text + `},"surface":"web","slots":[` + text + `]}`,
			"/v1/moment":                       `{"person":{"userId":` + text + `},"surface":` + text + `,"slots":[` + text + `],"event":{"type":"track","event":` + text + `,"userId":` + text + `}}`,
			"/ofrep/v1/evaluate/flags/" + q:    `{"context":{"targetingKey":` + text + `}}`,
			"/console/people/find":             q,
			"/console/data/attributes?" + q:    q,
			"/v1/admin/people/" + q + "/merge": `{"with":` + text + `}`,
		} {
			w.ask("POST", path, testSecretKey, body)
		}
	}
	decided := func() float64 { return w.scrape().of("aparte_decisions_total") }
	knock("ann")
	eventually(t, "decided", func() bool { return decided() > 0 })
	plain, before := w.scrape().labels(), decided()
	for _, name := range []string{"hidden.7f3a@elsewhere.example", "+33612345999", "Hildegund\"} 1\nevil{a=\"", "..%2f..%2f", strings.Repeat("é", 100), "GET", "{id}"} {
		knock(name)
	}
	eventually(t, "decided again", func() bool { return decided() > before })
	for label := range w.scrape().labels() {
		if !plain[label] && !strings.Contains(label, "class=") {
			t.Errorf("a caller made %q", label)
		}
	}
	if len(plain) < 50 {
		t.Errorf("only %d values of labels were seen: %q", len(plain), slices.Sorted(maps.Keys(plain)))
	}
}

// TestEveryMetricIsInTheTable holds docs/observability.md against what a house with some traffic shows.
func TestEveryMetricIsInTheTable(t *testing.T) {
	w := watch(t, nil)
	exercise(w)
	text, err := os.ReadFile("../../docs/observability.md")
	if err != nil {
		t.Fatal(err)
	}
	told := map[string]string{}
	for _, m := range regexp.MustCompile("(?m)^\\| `(aparte_[a-z_]+)` \\| (\\w+) \\|([^|]*)\\| [^|]+ \\|$").FindAllStringSubmatch(string(text), -1) {
		told[m[1]] = m[2] + " " + strings.Join(regexp.MustCompile("[a-z_]+").FindAllString(m[3], -1), ",")
	}
	for name, f := range w.scrape() {
		if !strings.HasPrefix(name, "aparte_") {
			continue
		}
		var labels []string
		for _, l := range f.GetMetric()[0].GetLabel() {
			labels = append(labels, l.GetName())
		}
		is := strings.ToLower(f.GetType().String()) + " "
		said, there := told[name]
		delete(told, name)
		names := strings.Split(strings.TrimPrefix(said, is), ",")
		slices.Sort(names)
		slices.Sort(labels)
		if !there || !strings.HasPrefix(said, is) || strings.Join(names, ",") != strings.Join(labels, ",") {
			t.Errorf("%s is a %swith labels %q; the table has %q", name, is, labels, said)
		}
	}
	delete(told, "aparte_pictures_spared_total") // nobody crowds here
	for name := range told {
		t.Errorf("the table has %s, the house does not", name)
	}
}

// exercise has every metric counted that waits for something to count.
func exercise(w *watched) {
	w.t.Helper()
	w.ask("POST", "/v1/identify", testWriteKey, `{"userId":"ann","traits":{"email":"ann@example.com"}}`)
	for i := range 8 {
		w.ask("POST", "/v1/track", testWriteKey, fmt.Sprintf(`{"userId":"u%d","event":"Note Wanted"}`, i))
		w.ask("POST", "/v1/identify", testWriteKey, fmt.Sprintf(`{"userId":"u%d","traits":{"email":"u%d@example.com"}}`, i, i))
		w.ask("POST", "/v1/track", testWriteKey, fmt.Sprintf(`{"userId":"u%d","event":"Note Wanted"}`, i))
	}
	w.ask("POST", "/v1/decide", testWriteKey, `{"person":{"userId":"ann"},"surface":"web","slots":["hero"]}`)
	eventually(w.t, "decided and written", func() bool {
		now := w.scrape()
		return now.of("aparte_decisions_total", "kind", "decide") > 0 && now.of("aparte_messages_total") > 0
	})
}
