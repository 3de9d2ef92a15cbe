package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/channel"
	"github.com/aparte-dev/aparte/compose"
	"github.com/aparte-dev/aparte/decide"
	"github.com/aparte-dev/aparte/engine"
	"github.com/aparte-dev/aparte/quality"
	"github.com/aparte-dev/aparte/scenario"
	"github.com/aparte-dev/aparte/store"
)

// fakeEngine keeps events in memory, answers every question alike, and knows three tokens: "good",
// "broken" and all others, which are not its own.
type fakeEngine struct {
	attributes *engine.Attributes
	retentions []aparte.Retention // as Keep was asked; below 0: as long as the person
	placed     []aparte.Place     // by id
	unsent     []engine.Unsent
	prompt     []engine.Promptness
	mu         sync.Mutex
	events     map[aparte.MessageID]aparte.Event
	order      []aparte.MessageID
	requests   []engine.Request
	fetches    []engine.Fetch
	clicks     int
	closed     []string // tokens unsubscribed
	notified   []string // fates
	published  *aparte.Brand
	plan       *decide.Plan
	story      []engine.StoryEntry
	people     map[aparte.PersonID]aparte.Person
	names      map[aparte.Identifier]aparte.PersonID
	counters   []store.Counter
	worth      engine.Worth
	fit        *engine.Fit
	matrix     *engine.Matrix
	sight      engine.Sight
	replay     engine.Replay
	judged     engine.WhatIf
	identity   engine.Identity
	shared     []engine.Shared
	reach      engine.Reach
	audiences  engine.Audiences
	alike      engine.Resemblance
	likeness   engine.Likeness
	tasks      []engine.Task
	done       bool
	replies    []channel.Reply
	inbox      []engine.InboxMessage
	changed    chan struct{}
	reports    []channel.Report
	pair       [2]aparte.PersonID // last merged or taken apart
	err        error              // what the next calls answer
	full       error              // whether there is room

	rehearsing engine.Rehearsing
	rehearsed  engine.Rehearsal
}

func newFakeEngine(t testing.TB) *fakeEngine {
	t.Helper()
	plan, err := decide.Compile(testBrand(), 3)
	if err != nil {
		t.Fatal(err)
	}
	return &fakeEngine{
		events: map[aparte.MessageID]aparte.Event{}, plan: plan,
		people: map[aparte.PersonID]aparte.Person{}, names: map[aparte.Identifier]aparte.PersonID{},
	}
}

func (f *fakeEngine) Inbox(context.Context, []aparte.Identifier, string) ([]engine.InboxMessage, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.inbox), f.err
}

func (f *fakeEngine) FollowInbox(context.Context, []aparte.Identifier) (<-chan struct{}, func(), error) {
	return f.changed, func() {}, f.err
}

func (f *fakeEngine) Tasks(_ context.Context, aDay int, _ string) ([]engine.Task, error) {
	return f.tasks[:min(aDay, len(f.tasks))], f.err
}

func (f *fakeEngine) CloseTask(_ context.Context, id aparte.DecisionID, done bool) error {
	for i := range f.tasks {
		if f.tasks[i].Decision.ID == id {
			f.tasks, f.done = slices.Delete(f.tasks, i, i+1), f.done || done
			return nil
		}
	}
	return engine.ErrTask
}

func (f *fakeEngine) Replied(_ context.Context, r *channel.Reply) error {
	f.replies = append(f.replies, *r)
	return f.err
}

func (f *fakeEngine) Reported(_ context.Context, r *channel.Report) error {
	f.reports = append(f.reports, *r)
	return f.err
}

func testBrand() *aparte.Brand {
	words := func(s string) aparte.Words { return aparte.Words{"en": s, "fr": s} }
	return &aparte.Brand{
		Name: "Maison", Home: "https://shop.example/", Currency: "EUR", Locale: "en", Zone: "Europe/Paris",
		Items: []aparte.Item{
			{ID: "tea", Name: words("Tea"), Price: aparte.Money{Amount: 1200, Currency: "EUR"}, Stock: 3},
			{ID: "cup", Name: words("Cup"), Price: aparte.Money{Amount: 900, Currency: "EUR"}, Stock: 3},
		},
		Contents: []aparte.Content{{
			ID: "welcome", Name: words("Welcome"), Kind: "service", Purpose: aparte.Service,
			Channels: []aparte.Channel{aparte.Web}, Layouts: []aparte.LayoutID{"card"},
			Elements: []aparte.Element{{Name: "headline", Variants: []aparte.Variant{
				{ID: "plain", Words: words("Hello")}, {ID: "warm", Words: words("Hello dear")},
			}}},
		}},
		Layouts: []aparte.Layout{{ID: "card", Name: words("Card"), Channels: []aparte.Channel{aparte.Web}, HTML: "<p>{{ elements.headline }}</p>"}},
		Objectives: []aparte.Objective{{
			ID: "order", Name: words("Order"), Event: "Order Completed", Value: "100.0", Window: aparte.Duration(24 * time.Hour),
		}},
	}
}

func (f *fakeEngine) Accept(ctx context.Context, events []aparte.Event) error {
	_, err := f.Import(ctx, events)
	return err
}

func (f *fakeEngine) Import(_ context.Context, events []aparte.Event) (repeated []int, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.err != nil {
		return nil, f.err
	}
	for i, e := range events {
		if _, ok := f.events[e.MessageID]; ok {
			repeated = append(repeated, i)
			continue
		}
		f.order = append(f.order, e.MessageID)
		f.events[e.MessageID] = e
	}
	return repeated, nil
}

func (f *fakeEngine) Decide(_ context.Context, r engine.Request) ([]engine.Answer, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.requests = append(f.requests, r)
	if f.err != nil {
		return nil, f.err
	}
	return each(r.Slots, func(slot string) engine.Answer { return testAnswer(slot, r) }), nil
}

func testAnswer(slot string, r engine.Request) engine.Answer {
	a := engine.Answer{Decision: aparte.Decision{
		ID: aparte.DecisionID{Person: aparte.PersonID{1, 2}, Seq: 36}, Slot: slot, Channel: r.Channel, Propensity: 0.25,
	}}
	if slot != "quiet" {
		a.Value, a.Cost = 123.6, 12.4
		a.Decision.Action = aparte.Action{Content: "welcome", Layout: "card", Item: "tea", Variants: []uint8{1}}
		a.Elements = map[string]string{"headline": "Hello <dear>", "cta": "Go"}
		a.Image, a.Link = "https://t.example/x/good.png", "https://t.example/c/good"
		if r.Formats.HTML {
			a.HTML = "<p>Hello &lt;dear&gt;</p>"
		}
	}
	if r.Explain {
		a.Why = []string{"because"}
	}
	return a
}

func (f *fakeEngine) Moment(ctx context.Context, e aparte.Event, r engine.Request) ([]engine.Answer, error) {
	if err := f.Accept(ctx, []aparte.Event{e}); err != nil {
		return nil, err
	}
	return f.Decide(ctx, r)
}

func (f *fakeEngine) picture(format engine.Format, fetch engine.Fetch, err error) (engine.Picture, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.fetches = append(f.fetches, fetch)
	switch format {
	case engine.HTML:
		return engine.Picture{ContentType: "text/html; charset=utf-8", Body: []byte("<p>Hi</p>")}, err
	case engine.JSON:
		return engine.Picture{ContentType: "application/json", Body: []byte(`{"id":"x"}`)}, err
	}
	return engine.Picture{ContentType: "image/png", Body: []byte("\x89PNG…")}, err
}

var errBroken = errors.New("disk on fire")

func (f *fakeEngine) token(token string) error {
	switch token {
	case "good":
		return nil
	case "broken":
		return errBroken
	}
	return engine.ErrToken
}

func (f *fakeEngine) Films() bool { return false }

func (f *fakeEngine) Film(string) (string, bool) { return "", false }

func (f *fakeEngine) Show(_ context.Context, token string, fetch engine.Fetch) (engine.Picture, error) {
	return f.picture(fetch.Format, fetch, f.token(token))
}

func (f *fakeEngine) ShowSlot(_ context.Context, _ aparte.Identifier, _ string, fetch engine.Fetch) (engine.Picture, error) {
	return f.picture(fetch.Format, fetch, nil)
}

func (f *fakeEngine) Click(_ context.Context, token string) (string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.clicks++
	if token == "script" {
		return "javascript:alert(1)", nil
	}
	return "https://shop.example/tea?a=1", f.token(token)
}

func (f *fakeEngine) ClickSlot(ctx context.Context, _ aparte.Identifier, _ string) (string, error) {
	return f.Click(ctx, "good")
}

func (f *fakeEngine) SharedLink(_ context.Context, token string) (string, error) {
	return "https://shop.example/tea?aparte_ref=" + token, f.token(token)
}

func (f *fakeEngine) TokenPerson(token string) (aparte.PersonID, error) {
	return aparte.PersonID{1}, f.token(token)
}

func (f *fakeEngine) Notified(_ context.Context, token, fate string) error {
	switch {
	case token != "good":
		return engine.ErrToken
	case fate != "delivered" && fate != "dismissed":
		return engine.ErrFate
	}
	f.notified = append(f.notified, fate)
	return nil
}

func (f *fakeEngine) Unsubscribe(_ context.Context, token string) error {
	if err := f.token(token); err != nil {
		return err
	}
	f.closed = append(f.closed, token)
	return nil
}

func (f *fakeEngine) Question(_ context.Context, token string) (compose.Question, error) {
	return compose.Question{}, f.token(token)
}

func (f *fakeEngine) Answer(_ context.Context, token string, _ engine.Given) (compose.Question, error) {
	return compose.Question{}, f.token(token)
}

func (f *fakeEngine) Confirmable(token string) error { return f.token(token) }

func (f *fakeEngine) Confirm(_ context.Context, token string) error { return f.token(token) }

func (f *fakeEngine) Find(_ context.Context, id aparte.Identifier) (aparte.PersonID, error) {
	if p, ok := f.names[id]; ok {
		return p, nil
	}
	return aparte.PersonID{}, store.ErrNotFound
}

func (f *fakeEngine) Person(_ context.Context, id aparte.PersonID) (aparte.Person, error) {
	if p, ok := f.people[id]; ok {
		return p, nil
	}
	return aparte.Person{}, store.ErrNotFound
}

func (f *fakeEngine) Story(_ context.Context, id aparte.PersonID, from engine.StoryPlace, limit int) ([]engine.StoryEntry, error) {
	if _, ok := f.people[id]; !ok {
		return nil, store.ErrNotFound
	}
	var out []engine.StoryEntry
	told := from.Told
	for _, e := range f.story {
		switch {
		case !from.At.IsZero() && e.At.After(from.At) || len(out) == limit:
		case e.At.Equal(from.At) && told > 0:
			told--
		default:
			out = append(out, e)
		}
	}
	return out, nil
}

func (f *fakeEngine) Decision(_ context.Context, id aparte.DecisionID) (aparte.Decision, error) {
	for _, e := range f.story {
		if e.Decision != nil && e.Decision.ID == id {
			return *e.Decision, nil
		}
	}
	return aparte.Decision{}, store.ErrNotFound
}

func (f *fakeEngine) Resemble(_ context.Context, l engine.Likeness, tell func(done, total int)) (*engine.Resemblance, error) {
	if f.err != nil {
		return nil, f.err
	}
	f.likeness = l
	tell(1, 2)
	return &f.alike, nil
}

func (f *fakeEngine) WhatIf(ctx context.Context, b *aparte.Brand, tell func(done, total int)) (*engine.WhatIf, error) {
	if f.err != nil {
		return nil, f.err
	}
	if _, err := decide.Compile(b, 0); err != nil {
		return nil, err
	}
	for i := range 300 {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		tell(i+1, 300)
	}
	return &f.judged, nil
}

func (f *fakeEngine) Rehearse(_ context.Context, asked engine.Rehearsing, tell func(done, total int)) (*engine.Rehearsal, error) {
	if f.err != nil {
		return nil, f.err
	}
	if _, err := scenario.Compile(asked.Brand); err != nil {
		return nil, err
	}
	f.rehearsing = asked
	tell(1, 2)
	tell(2, 2)
	return &f.rehearsed, nil
}

func (f *fakeEngine) Replay(_ context.Context, id aparte.DecisionID) (engine.Replay, error) {
	if f.replay.Decision.ID != id {
		return engine.Replay{}, store.ErrNotFound
	}
	return f.replay, f.err
}

func (f *fakeEngine) Counters(_ context.Context, prefix string, from, to time.Time) ([]store.Counter, error) {
	return slices.DeleteFunc(slices.Clone(f.counters), func(c store.Counter) bool {
		return !strings.HasPrefix(c.Key, prefix) || c.Hour.Before(from) || !c.Hour.Before(to)
	}), nil
}

func (f *fakeEngine) Credit(context.Context, engine.CreditAsked, time.Duration) (*engine.Credit, error) {
	return nil, engine.ErrNoBrand
}

func (f *fakeEngine) Evidence(context.Context, time.Duration) (engine.Sight, error) {
	return f.sight, nil
}

func (f *fakeEngine) Fit() *engine.Fit { return f.fit }

func (f *fakeEngine) Reveals(c *aparte.Content) []compose.Reveal {
	return []compose.Reveal{{Kind: compose.RevealsItem, Name: string(c.Items)}}
}

func (f *fakeEngine) Attributes(context.Context, time.Duration) (*engine.Attributes, error) {
	return f.attributes, f.err
}

func (f *fakeEngine) Keep(_ context.Context, trait string, how *aparte.Duration) (uint64, error) {
	f.retentions = append(f.retentions, aparte.Retention{Trait: trait, For: aparte.Duration(-1)})
	if how != nil {
		f.retentions[len(f.retentions)-1].For = *how
	}
	return 7, f.err
}

func (f *fakeEngine) Refit(context.Context) (*engine.Fit, error) { return f.fit, f.err }

func (f *fakeEngine) Matrix(_ context.Context, by string) (*engine.Matrix, error) {
	if f.matrix == nil || f.matrix.ColumnsBy != by {
		return nil, &engine.BadColumns{By: by}
	}
	return f.matrix, nil
}

func (f *fakeEngine) Worth(context.Context) (engine.Worth, error) { return f.worth, nil }

func (f *fakeEngine) Publish(_ context.Context, b *aparte.Brand) (uint64, error) {
	if f.err != nil {
		return 0, f.err
	}
	f.published = b
	return 4, nil
}

func (f *fakeEngine) Unsent() []engine.Unsent        { return f.unsent }
func (f *fakeEngine) Writable(context.Context) error { return f.full }
func (f *fakeEngine) Plan() *decide.Plan             { return f.plan }
func (f *fakeEngine) Status() engine.Status          { return engine.Status{Brand: 3, Model: 7} }

func (f *fakeEngine) Promptness() []engine.Promptness { return f.prompt }

// kept are the events in the order in which they came.
func (f *fakeEngine) kept() []aparte.Event {
	f.mu.Lock()
	defer f.mu.Unlock()
	return each(f.order, func(id aparte.MessageID) aparte.Event { return f.events[id] })
}

// forget makes the engine as new.
func (f *fakeEngine) forget() {
	clear(f.events)
	f.order, f.requests = nil, nil
}

// noon is when everything arrives in these tests.
var noon = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

var testKeys = []Key{
	{Name: "shop", Source: "web", Value: "wk"},
	{Name: "back office", Kind: SecretKey, Value: "sk"},
}

// testDoors are the doors over a fake engine, at noon.
func testDoors(t testing.TB) (http.Handler, *fakeEngine) {
	t.Helper()
	f := newFakeEngine(t)
	h, err := New(Config{Engine: f, Keys: testKeys, Region: "FR", Now: func() time.Time { return noon }})
	if err != nil {
		t.Fatal(err)
	}
	return h, f
}

// testQuality keeps everything in memory.
func testQuality(t testing.TB) *quality.Keeper {
	t.Helper()
	q, err := quality.Open(t.Context(), nil, func() time.Time { return noon }, nil)
	if err != nil {
		t.Fatal(err)
	}
	return q
}

// call asks a door. A key is sent as Basic user name; "" sends none.
func call(h http.Handler, method, path, key, body string) *httptest.ResponseRecorder {
	var reader io.Reader
	if body != "" {
		reader = bytes.NewReader([]byte(body))
	}
	r := httptest.NewRequest(method, path, reader)
	if key != "" {
		r.SetBasicAuth(key, "")
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// decoded is an answer's JSON.
func decoded[T any](t testing.TB, w *httptest.ResponseRecorder) T {
	t.Helper()
	var v T
	if err := json.Unmarshal(w.Body.Bytes(), &v); err != nil {
		t.Fatalf("answer %d is not JSON: %v\n%s", w.Code, err, w.Body)
	}
	return v
}

func (f *fakeEngine) Identity(_ context.Context, id aparte.PersonID) (engine.Identity, error) {
	if _, ok := f.people[id]; !ok {
		return engine.Identity{}, store.ErrNotFound
	}
	return f.identity, nil
}

func (f *fakeEngine) Merge(_ context.Context, a, b aparte.PersonID) error {
	f.pair = [2]aparte.PersonID{a, b}
	return f.err
}

func (f *fakeEngine) Unmerge(_ context.Context, from, who aparte.PersonID) error {
	f.pair = [2]aparte.PersonID{from, who}
	return f.err
}

func (f *fakeEngine) Apart() []engine.Apart   { return f.identity.Apart }
func (f *fakeEngine) Shared() []engine.Shared { return f.shared }

func (f *fakeEngine) Release(_ context.Context, key engine.SharedKey) error {
	before := len(f.shared)
	f.shared = slices.DeleteFunc(f.shared, func(s engine.Shared) bool { return s.Key == key })
	if len(f.shared) == before {
		return store.ErrNotFound
	}
	return nil
}

func (f *fakeEngine) Reach(_ context.Context, where string, _ int) (engine.Reach, error) {
	if _, err := f.plan.Audience(where); err != nil {
		return engine.Reach{}, &engine.BadCondition{Err: err}
	}
	return f.reach, f.err
}

func (f *fakeEngine) Parts() int { return 2 }

func (f *fakeEngine) OwnPage(token string) (engine.OwnPage, error) {
	return engine.OwnPage{}, f.token(token)
}

func (f *fakeEngine) OpenPage(context.Context, aparte.PersonID) (string, time.Time, error) {
	return "http://aparte.example/me/good", time.Time{}, f.err
}

func (f *fakeEngine) SendPage(context.Context, engine.OwnPage, string) (string, error) {
	return "", f.err
}

func (f *fakeEngine) Declare(context.Context, aparte.PersonID, string, map[string]aparte.Value, []aparte.Consent) error {
	return f.err
}

func (f *fakeEngine) PastMessages(context.Context, *aparte.Person, int, int, string) ([]engine.PastMessage, error) {
	return nil, f.err
}

func (f *fakeEngine) AskHuman(context.Context, aparte.PersonID, string) error { return f.err }

func (f *fakeEngine) EraseAsked(_ context.Context, _ aparte.PersonID, a engine.Asking) (engine.PrivacyRequest, error) {
	return engine.PrivacyRequest{Number: 1, Kind: engine.ErasureRequest, By: a.By}, f.err
}

func (f *fakeEngine) Object(_ context.Context, _ aparte.PersonID, _ bool, _, _ string, a engine.Asking) (engine.PrivacyRequest, error) {
	return engine.PrivacyRequest{Number: 1, Kind: engine.ObjectionRequest, By: a.By}, f.err
}

func (f *fakeEngine) Answered(_ context.Context, kind engine.RequestKind, _ *aparte.Person, a engine.Asking) (engine.PrivacyRequest, error) {
	return engine.PrivacyRequest{Number: 1, Kind: kind, By: a.By}, f.err
}

func (f *fakeEngine) ConsentProofs(context.Context, *aparte.Person) ([]engine.ConsentProof, error) {
	return nil, f.err
}

func (f *fakeEngine) Wordings(context.Context) ([]aparte.Wording, error) { return nil, f.err }

func (f *fakeEngine) Mark(*aparte.Person) string { return "" }

func (f *fakeEngine) Awaited(context.Context) ([]engine.OpenRequest, error) { return nil, nil }

func (f *fakeEngine) Requests(context.Context, *aparte.Identifier, uint64, int) ([]engine.PrivacyRequest, error) {
	return nil, f.err
}

func (f *fakeEngine) Purge(context.Context) error { return f.err }

func (f *fakeEngine) PutCosts(context.Context, []aparte.MediaCost) error { return f.err }

func (f *fakeEngine) Costs(context.Context, string, string) ([]aparte.MediaCost, error) {
	return nil, f.err
}

// PutPlaces keeps places, and refuses one without a name.
func (f *fakeEngine) PutPlaces(_ context.Context, put []aparte.Place, gone []aparte.PlaceID) error {
	for i := range put {
		if len(put[i].Name) == 0 {
			return fmt.Errorf("/%d/name: 0 languages", i)
		}
	}
	for _, p := range put {
		f.placed = slices.DeleteFunc(f.placed, func(x aparte.Place) bool { return x.ID == p.ID })
		f.placed = append(f.placed, p)
	}
	f.placed = slices.DeleteFunc(f.placed, func(x aparte.Place) bool { return slices.Contains(gone, x.ID) })
	slices.SortFunc(f.placed, func(a, b aparte.Place) int { return strings.Compare(string(a.ID), string(b.ID)) })
	return nil
}

func (f *fakeEngine) Place(id aparte.PlaceID) (aparte.Place, error) {
	for _, p := range f.placed {
		if p.ID == id {
			return p, nil
		}
	}
	return aparte.Place{}, fmt.Errorf("place: %w", store.ErrNotFound)
}

func (f *fakeEngine) Places(after aparte.PlaceID, limit int) (page []aparte.Place, all int) {
	for _, p := range f.placed {
		if p.ID > after && len(page) < limit {
			page = append(page, p)
		}
	}
	return page, len(f.placed)
}

func (f *fakeEngine) EachPerson(_ context.Context, part int, use func(*aparte.Person) error) error {
	for id, p := range f.people {
		if int(id[0])%2 == part {
			if err := use(&p); err != nil {
				return err
			}
		}
	}
	return nil
}

func (f *fakeEngine) EachEntry(_ context.Context, _ *aparte.Person, use func(*engine.StoryEntry) error) error {
	for i := range f.story {
		if err := use(&f.story[i]); err != nil {
			return err
		}
	}
	return nil
}

func (f *fakeEngine) EachEvent(ctx context.Context, p *aparte.Person, use func(*engine.StoryEntry) error) error {
	return f.EachEntry(ctx, p, func(entry *engine.StoryEntry) error {
		if entry.Event == nil {
			return nil
		}
		return use(entry)
	})
}

func (f *fakeEngine) Audiences(context.Context) (engine.Audiences, error) { return f.audiences, f.err }

// AudiencePeople are those whose ids follow after, of an audience called "regulars".
func (f *fakeEngine) AudiencePeople(_ context.Context, id aparte.AudienceID, after aparte.PersonID, limit int) (people []aparte.Person, next aparte.PersonID, err error) {
	if id != "regulars" {
		return nil, next, store.ErrNotFound
	}
	for i := byte(1); i <= 3; i++ {
		if p := (aparte.PersonID{i}); bytes.Compare(p[:], after[:]) > 0 {
			if len(people) == limit {
				return people, people[limit-1].ID, nil
			}
			people = append(people, aparte.Person{ID: p})
		}
	}
	return people, next, nil
}
