//go:build unix

package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"html"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/cespare/xxhash/v2"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/access"
	"github.com/aparte-dev/aparte/api"
	"github.com/aparte-dev/aparte/compose"
	"github.com/aparte-dev/aparte/demo/brand"
	"github.com/aparte-dev/aparte/demo/history"
	"github.com/aparte-dev/aparte/engine"
	"github.com/aparte-dev/aparte/profile"
	"github.com/aparte-dev/aparte/store"
	"github.com/aparte-dev/aparte/store/pebble"
)

var pagePeople = flag.Int("people", 1_000_000, "how many people the pages of the console are looked at with")

// BenchmarkConsole asks for every page of the console that a page leads to, of a house with so many people, and says how long the server takes for the slowest (the
// median of five answers) and how much the heaviest weighs, with its styles and scripts. Exports are timed until their first byte.
//
// The people are the demo's: real purchases, some visits, decisions and exposures. They come through the doors, one of them with a long history. All others
// are copies of their records under ids of their own, and those whom samples are drawn from have copies of their histories, too.
func BenchmarkConsole(b *testing.B) {
	dir, began := b.TempDir(), time.Now()
	step := func(what string) {
		b.Logf("%6.1f s  %s", time.Since(began).Seconds(), what)
	}
	who := liveThrough(b, dir)
	step("lived through")
	multiply(b, dir, *pagePeople)
	step("multiplied")
	passOver(b, dir)
	step("passed over: audiences, fit, news")
	h := furnishedHouse(b, dir)
	for {
		sight, err := h.engine.Evidence(b.Context(), time.Minute)
		if err != nil {
			b.Fatal(err)
		}
		if !sight.Looking {
			break
		}
	}
	step("looked into the log")
	for range b.N {
		look(b, h, who)
	}
	if err := h.close(); err != nil {
		b.Fatal(err)
	}
	step("looked at every page")
}

// pagesMemory is what the house is given, in MB: what `--memory` is for a hundred thousand people is too little for a million.
const pagesMemory = 1024

// furnishedHouse is the demo's, with nobody walking through it and nobody at its door.
func furnishedHouse(b *testing.B, dir string) *house {
	b.Helper()
	h, err := build(b.Context(), plan{
		addr: "127.0.0.1:0", baseURL: "http://127.0.0.1", data: dir, memory: pagesMemory, assets: brand.Assets(), simulated: true, visitor: access.User{Name: "demo", Role: access.Administrator},
		log: slog.New(slog.DiscardHandler), keys: []api.Key{{Name: "bench", Kind: api.SecretKey, Source: "bench", Value: demoSecretKey}},
	})
	if err != nil {
		b.Fatal(err)
	}
	return h
}

// liveThrough brings the demo's people in and has them looked after for a while. It says who has a long history.
func liveThrough(b *testing.B, dir string) aparte.PersonID {
	b.Helper()
	h := furnishedHouse(b, dir)
	must := func(err error) {
		if err != nil {
			b.Helper()
			b.Fatal(err)
		}
	}
	furnished, err := brand.Brand()
	must(err)
	_, err = h.engine.Publish(b.Context(), furnished)
	must(err)
	past, err := history.Open(furnished.Items)
	must(err)
	must(bringIn(b.Context(), h, past))
	now, n := time.Now().UTC(), 0
	visit := func(user string, at time.Time) {
		n++
		item := &furnished.Items[n%len(furnished.Items)]
		event := func(name, properties string) aparte.Event {
			n++
			return aparte.Event{Type: aparte.Track, Name: name, MessageID: aparte.MessageID(fmt.Sprint("visit-", n)), UserID: user, Timestamp: at, ReceivedAt: now, Source: "bench", Properties: []byte(properties)}
		}
		must(h.engine.Accept(b.Context(), []aparte.Event{event("Product Viewed", fmt.Sprintf(`{"product_id": %q, "category": %q}`, item.ID, item.Category))}))
		answers, err := h.engine.Decide(b.Context(), engine.Request{Identifiers: []aparte.Identifier{{Kind: aparte.KindUserID, Value: user}}, Slots: []string{"hero"}})
		must(err)
		if d := &answers[0].Decision; !d.Action.Silent() {
			must(h.engine.Accept(b.Context(), []aparte.Event{event(aparte.EventExposed, fmt.Sprintf(`{"decision": %q}`, d.ID))}))
			if n%5 == 0 {
				must(h.engine.Accept(b.Context(), []aparte.Event{event(aparte.EventClicked, fmt.Sprintf(`{"decision": %q}`, d.ID))}))
			}
		}
	}
	people := past.People()
	for i := range people {
		for k := range 4 {
			visit(people[i].UserID, now.AddDate(0, 0, -7*k))
		}
	}
	for k := range 1_000 {
		visit(people[0].UserID, now.Add(-time.Duration(k)*time.Hour))
	}
	id, err := h.engine.Find(b.Context(), aparte.Identifier{Kind: aparte.KindUserID, Value: people[0].UserID})
	must(err)
	must(h.close())
	return id
}

// life is somebody to be copied.
type life struct {
	row     store.PersonRow
	entries []store.Entry
}

// copiesRead is about how many copies have histories, those whose ids come first: more than any sample whose histories are read has people (10,000).
const copiesRead = 15_000

// multiply writes copies of the people who are there until there are so many.
func multiply(b *testing.B, dir string, people int) {
	b.Helper()
	s, err := pebble.Open(dir, pebble.Options{})
	if err != nil {
		b.Fatal(err)
	}
	lives := livesOf(b, s)
	each := (people - len(lives)) / s.Parts()
	for part := range s.Parts() {
		if err := copyInto(b.Context(), s, store.Part(part), lives, each, copiesRead/float64(people)); err != nil {
			b.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
	size := 0
	for _, l := range lives {
		size += len(l.row.State)
	}
	b.Logf("%d people, records of %d bytes in the mean", len(lives)+each*s.Parts(), size/len(lives))
}

func livesOf(b *testing.B, s store.Store) (lives []life) {
	for part := range s.Parts() {
		rows, err := s.People(b.Context(), store.Part(part), aparte.PersonID{}, 100_000)
		if err != nil {
			b.Fatal(err)
		}
		for _, row := range rows {
			p, err := profile.Decode(row.State)
			if err != nil {
				b.Fatal(err)
			}
			if !p.MergedInto.IsZero() || len(p.Absorbed) > 0 {
				continue
			}
			const long = 500
			entries, err := s.History(b.Context(), store.Part(part), row.ID, 0, long)
			if err != nil {
				b.Fatal(err)
			}
			if len(entries) < long {
				lives = append(lives, life{row, entries})
			}
		}
	}
	return lives
}

func copyInto(ctx context.Context, s store.Store, part store.Part, lives []life, many int, read float64) error {
	epoch, err := s.Acquire(ctx, part, "local", time.Now(), time.Minute)
	if err != nil {
		return err
	}
	batch := store.Batch{Part: part, Epoch: epoch, Lazy: true}
	for i := range many {
		n := uint64(i*s.Parts() + int(part))
		l := &lives[n%uint64(len(lives))]
		id, hash := l.row.ID, xxhash.Sum64(binary.BigEndian.AppendUint64(nil, n))
		binary.BigEndian.PutUint64(id[:8], hash-hash%uint64(s.Parts())+uint64(part))
		as := func(text []byte) []byte {
			return bytes.ReplaceAll(bytes.ReplaceAll(text, l.row.ID[:], id[:]), []byte(l.row.ID.String()), []byte(id.String()))
		}
		batch.People = append(batch.People, store.PersonRow{ID: id, State: as(l.row.State)})
		var name store.Key // a name that nobody asks for: there are as many of them
		binary.BigEndian.PutUint64(name[:8], binary.BigEndian.Uint64(id[:8]))
		binary.BigEndian.PutUint64(name[8:], hash)
		batch.Identifiers = append(batch.Identifiers, store.IdentifierRow{Key: name, Person: id})
		if float64(hash)/(1<<64) < read {
			for _, e := range l.entries {
				e.Person, e.Body = id, as(e.Body)
				if e.Key != (store.Key{}) {
					binary.BigEndian.PutUint64(e.Key[:8], binary.BigEndian.Uint64(e.Key[:8])^hash)
				}
				batch.Entries = append(batch.Entries, e)
			}
		}
		if len(batch.People) == 1_000 || i == many-1 {
			if err := s.Commit(ctx, &batch); err != nil {
				return err
			}
			batch.People, batch.Identifiers, batch.Entries = nil, nil, nil
		}
	}
	return s.Release(ctx, part, epoch)
}

// passOver has the passes over everybody made that a house at work has behind it.
func passOver(b *testing.B, dir string) {
	b.Helper()
	s, err := pebble.Open(dir, pebble.Options{CacheSize: 256 << 20})
	if err != nil {
		b.Fatal(err)
	}
	composer, err := compose.New(brand.Assets())
	if err != nil {
		b.Fatal(err)
	}
	e, err := engine.Open(b.Context(), engine.Config{Store: s, Composer: composer, BaseURL: "http://127.0.0.1", Stepped: true})
	if err == nil {
		err = errors.Join(e.Step(b.Context()), e.Close())
	}
	if err != nil {
		b.Fatal(err)
	}
	fit, err := s.Document(b.Context(), "fit", 0)
	for err == nil && fit.Version < 12 { // it is made seldom where it was made often
		fit.Version, err = s.PutDocument(b.Context(), "fit", fit.Body)
	}
	if err = errors.Join(err, s.Close()); err != nil {
		b.Fatal(err)
	}
}

// looking goes from page to page, to at most sightings of each kind.
type looking struct {
	b                 *testing.B
	doors             http.Handler
	queue             []string
	asked             map[string]bool
	kinds             map[string]int
	slowest, heaviest float64
	busiest           float64
	static            map[string]int
}

func look(b *testing.B, h *house, who aparte.PersonID) {
	l := &looking{b: b, doors: h.doors, asked: map[string]bool{}, kinds: map[string]int{}, static: map[string]int{}}
	person := "/console/people/" + who.String()
	plan := h.engine.Plan().Brand()
	when := url.QueryEscape(`person.orders > 2 && affinity.category["` + plan.Items[0].Category + `"] > 0.5`)
	l.queue = []string{
		"/console/today", "/console/today/pulse", "/console/live/pulse", person, person + "?show=seen", person + "?show=events", person + "/identity",
		"/console/rules?count=1&when=" + when, "/console/audiences?when=" + when, "/console/people?stage=lost", "/console/people?stage=active&audience=" + string(plan.Audiences[0].ID),
		"/console/mail", "/console/whatif/progress", "/console/rehearsal/progress",
	}
	for len(l.queue) > 0 {
		next := l.queue[0]
		l.queue = l.queue[1:]
		l.page(next)
	}
	user := h.user(b, who)
	l.time("POST", "/console/people/find", "q="+url.QueryEscape(user), false)
	l.time("POST", "/console/people/find", "q=nobody%40nowhere.example", false)
	l.time("POST", "/console/people/where", "where="+when, false)
	for _, export := range []string{"people", "events", "decisions"} {
		l.time("GET", "/v1/admin/export/"+export+"?part=0", "", true)
	}
	b.Logf("%d addresses of %d kinds", len(l.asked), len(l.kinds))
	b.ReportMetric(l.slowest, "slowest-page-ms")
	b.ReportMetric(l.busiest, "processor-ms")
	b.ReportMetric(l.heaviest, "heaviest-page-KB")
	b.ReportMetric(float64(len(l.asked)), "pages")
}

// user is a name somebody goes by.
func (h *house) user(b *testing.B, id aparte.PersonID) string {
	p, err := h.engine.Person(b.Context(), id)
	if err != nil {
		b.Fatal(err)
	}
	for _, name := range p.Identifiers {
		if name.Kind == aparte.KindUserID {
			return name.Value
		}
	}
	b.Fatal("who was to be looked for has no name")
	return ""
}

func (l *looking) page(address string) {
	at, err := url.Parse(address)
	if err != nil || at.Host != "" || l.asked[address] || !strings.HasPrefix(at.Path, "/console/") || strings.HasSuffix(at.Path, "/feed") || strings.HasPrefix(at.Path, "/console/static/") {
		return
	}
	kind := kindOf(at.Path)
	if strings.HasPrefix(at.Path, "/console/data/") || strings.HasPrefix(at.Path, "/console/figures/") {
		kind = at.Path
	}
	if l.kinds[kind] >= sightings {
		return
	}
	l.asked[address] = true
	w := l.time("GET", address, "", false)
	if to, err := at.Parse(w.Header().Get("Location")); w.Code >= 300 && w.Code < 400 && err == nil {
		l.queue = append(l.queue, to.String())
		return
	}
	l.kinds[kind]++
	if !strings.HasPrefix(w.Header().Get("Content-Type"), "text/html") {
		return
	}
	for _, m := range links.FindAllStringSubmatch(w.Body.String(), -1) {
		if to, err := at.Parse(html.UnescapeString(m[1])); err == nil {
			to.Fragment = ""
			l.queue = append(l.queue, to.String())
		}
	}
}

// time asks five times and takes the median in. Of what is begun only, it waits for the first byte.
func (l *looking) time(method, address, form string, begun bool) *httptest.ResponseRecorder {
	var times, busy []time.Duration
	var w *httptest.ResponseRecorder
	for range 5 {
		ctx, leave := context.WithCancel(l.b.Context())
		r := httptest.NewRequestWithContext(ctx, method, address, strings.NewReader(form))
		r.SetBasicAuth(demoSecretKey, "")
		if form != "" {
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
		w = httptest.NewRecorder()
		began, worked := time.Now(), processorTime()
		first := &firstByte{ResponseRecorder: w, leave: leave}
		if begun {
			l.doors.ServeHTTP(first, r)
			times = append(times, first.at.Sub(began))
		} else {
			l.doors.ServeHTTP(w, r)
			times = append(times, time.Since(began))
		}
		leave()
		busy = append(busy, processorTime()-worked)
	}
	if w.Code >= http.StatusInternalServerError {
		l.b.Errorf("%s: %d", address, w.Code)
	}
	first := times[0]
	slices.Sort(times)
	slices.Sort(busy)
	took, spent, weight := times[len(times)/2].Seconds()*1000, busy[len(busy)/2].Seconds()*1000, float64(l.weight(w.Body.Bytes()))/1000
	l.b.Logf("%8.1f ms (first %8.1f, processor %7.1f) %7.1f KB  %d %s %s", took, first.Seconds()*1000, spent, weight, w.Code, method, address)
	l.slowest, l.busiest = max(l.slowest, took), max(l.busiest, spent)
	if strings.HasPrefix(w.Header().Get("Content-Type"), "text/html") && !strings.Contains(address, "/for/") { // a preview is no page, but what a person would get
		l.heaviest = max(l.heaviest, weight)
	}
	return w
}

var linked = regexp.MustCompile(`(?:href|src)="(/console/static/[^"]+)"`)

// weight is the size of a page with its styles, scripts and icon.
func (l *looking) weight(page []byte) int {
	sum := len(page)
	for _, m := range linked.FindAllSubmatch(page, -1) {
		file := string(m[1])
		if l.static[file] == 0 {
			w := httptest.NewRecorder()
			l.doors.ServeHTTP(w, httptest.NewRequestWithContext(l.b.Context(), http.MethodGet, file, nil))
			l.static[file] = w.Body.Len()
		}
		sum += l.static[file]
	}
	return sum
}

// firstByte is an answer that is left when it has begun.
type firstByte struct {
	*httptest.ResponseRecorder
	at    time.Time
	leave context.CancelFunc
}

func (f *firstByte) Write(p []byte) (int, error) {
	if f.at.IsZero() {
		f.at = time.Now()
		f.leave()
	}
	return f.ResponseRecorder.Write(p[:min(len(p), 1)])
}

// processorTime is what the process has taken of the processors so far.
func processorTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
