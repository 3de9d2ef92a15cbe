package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/channel"
	"github.com/aparte-dev/aparte/compose"
	"github.com/aparte-dev/aparte/engine"
	"github.com/aparte-dev/aparte/store/pebble"
)

// asking is the doors of a brand that asks, with a mailbox at the end and a clock to move.
type asking struct {
	t     *testing.T
	doors http.Handler
	*engine.Engine

	mu    sync.Mutex
	now   time.Time
	mails []channel.Message
	fails bool
	asked int
}

func (a *asking) Channel() aparte.Channel { return aparte.Email }

func (a *asking) Send(_ context.Context, m *channel.Message) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.fails {
		return channel.Unsendable("no such mailbox")
	}
	a.mails = append(a.mails, *m)
	return nil
}

func (a *asking) clock() time.Time {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.now
}

func (a *asking) pass(d time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.now = a.now.Add(d)
}

// askingBrand asks whom they buy for in the hero, and for their address in the letters' slot; who buys for a garden is told of
// seeds.
func askingBrand() *aparte.Brand {
	words := func(en, fr string) aparte.Words { return aparte.Words{"en": en, "fr": fr} }
	said := func(id aparte.ContentID, slot, headline string) aparte.Content {
		return aparte.Content{
			ID: id, Name: words(headline, headline), Kind: "article", Purpose: aparte.Service, Channels: []aparte.Channel{aparte.Web}, Slots: []string{slot},
			Layouts:  []aparte.LayoutID{"card"},
			Elements: []aparte.Element{{Name: "headline", Variants: []aparte.Variant{{ID: "a", Words: words(headline, headline)}}}},
		}
	}
	whoFor, letters, seeds := said("who-for", "hero", "Who do you buy for?"), said("letters", "letters", "Shall we write?"), said("seeds", "hero", "Seeds for you")
	whoFor.Ask = &aparte.Ask{
		Kind: aparte.AskChoice, Trait: "buys_for", Worth: 2000, Privacy: words("Only to show you what fits.", "Pour vous montrer ce qui convient."),
		Options: []aparte.Option{{Key: "garden", Words: words("A garden", "Un jardin")}, {Key: "house", Words: words("A <house>", "Une maison")}},
	}
	letters.Ask = &aparte.Ask{
		Kind: aparte.AskAddress, Trait: "letters", Worth: 2000, Consent: aparte.Marketing, Wording: "2026-11",
		Privacy: words("Only for our letter.", "Seulement pour notre lettre."),
	}
	seeds.Rules = []aparte.RuleID{"gardeners"}
	b := testBrand()
	b.Style = aparte.Style{Ink: "#111111", Paper: "#ffffff", Accent: "#1d4ed8", OnAccent: "#ffffff", FontFamily: "sans-serif"}
	b.Sender = aparte.Sender{Name: "Maison", Address: "hello@shop.example"}
	b.Contents = []aparte.Content{whoFor, letters, seeds}
	b.Layouts[0].HTML = `<div>{% if form %}{{ form }}{% else %}<a href="{{ link }}">{{ elements.headline }}</a>{% endif %}</div>`
	b.Rules = []aparte.Rule{{ID: "gardeners", Name: words("Gardeners", "Les jardiniers"), When: "traits.buys_for == 'garden'"}}
	return b
}

func openAsking(t *testing.T) *asking {
	t.Helper()
	a := &asking{t: t, now: time.Date(2026, 11, 27, 15, 0, 0, 0, time.UTC)}
	s, err := pebble.Open(t.TempDir(), pebble.Options{})
	if err != nil {
		t.Fatal(err)
	}
	composer, err := compose.New(fstest.MapFS{})
	if err != nil {
		t.Fatal(err)
	}
	a.Engine, err = engine.Open(t.Context(), engine.Config{
		Store: s, Composer: composer, BaseURL: "http://aparte.example", Senders: []channel.Sender{a}, Now: a.clock,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	if _, err := a.Publish(t.Context(), askingBrand()); err != nil {
		t.Fatal(err)
	}
	if a.doors, err = New(Config{Engine: a.Engine, Keys: testKeys, Now: a.clock}); err != nil {
		t.Fatal(err)
	}
	return a
}

// show is what a slot of a page shows a visitor, silence aside, which is chosen at times to learn.
func (a *asking) show(who, slot string) (content, html string) {
	a.t.Helper()
	for range 60 {
		a.asked++
		w := call(a.doors, "POST", "/v1/moment", "wk", fmt.Sprintf(`{"event":{"type":"page","anonymousId":%q,"messageId":"p-%d"},"slots":[%q]}`, who, a.asked, slot))
		if w.Code != 200 {
			a.t.Fatalf("moment answered %d %s", w.Code, w.Body)
		}
		d := decoded[struct {
			Decisions []struct {
				Content, HTML string
				Silent        bool
			}
		}](a.t, w).Decisions[0]
		if !d.Silent {
			return d.Content, d.HTML
		}
	}
	return "", ""
}

var action = regexp.MustCompile(`action="http://aparte.example(/a/[^"]+)"`)

// question is where the question that a slot shows is answered.
func (a *asking) question(who, slot, content string) string {
	a.t.Helper()
	got, html := a.show(who, slot)
	found := action.FindStringSubmatch(html)
	if got != content || found == nil {
		a.t.Fatalf("slot %s shows %q, want a form of %q:\n%s", slot, got, content, html)
	}
	return found[1]
}

// post sends a form as a browser does; scripted as the tag does.
func (a *asking) post(address string, scripted bool, fields url.Values) *httptest.ResponseRecorder {
	r := httptest.NewRequest("POST", address, strings.NewReader(fields.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if scripted {
		r.Header.Set("Accept", "application/json")
	}
	w := httptest.NewRecorder()
	a.doors.ServeHTTP(w, r)
	return w
}

func (a *asking) person(kind aparte.IdentifierKind, value string) aparte.Person {
	a.t.Helper()
	id, err := a.Find(a.t.Context(), aparte.Identifier{Kind: kind, Value: value})
	if err != nil {
		a.t.Fatalf("find: %v", err)
	}
	p, err := a.Person(a.t.Context(), id)
	if err != nil {
		a.t.Fatal(err)
	}
	return p
}

var confirmLink = regexp.MustCompile(`http://aparte.example(/v/\S+)`)

// confirmation is the address in the newest mail.
func (a *asking) confirmation() string {
	a.t.Helper()
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.mails) == 0 {
		a.t.Fatal("no mail left")
	}
	found := confirmLink.FindStringSubmatch(a.mails[len(a.mails)-1].Text)
	if found == nil {
		a.t.Fatalf("the mail has no link:\n%s", a.mails[len(a.mails)-1].Text)
	}
	return found[1]
}

func TestAnAnswerIsKnownToTheNextDecisionOfTheSameVisit(t *testing.T) {
	for _, scripted := range []bool{false, true} {
		a := openAsking(t)
		where := a.question("v1", "hero", "who-for")
		w := a.post(where, scripted, url.Values{"answer": {"garden"}})
		if w.Code != 200 || !strings.Contains(w.Body.String(), "Thank you") || w.Header().Get("Access-Control-Allow-Origin") != "*" {
			t.Fatalf("answered %d %s", w.Code, w.Body)
		}
		for range 20 {
			if content, _ := a.show("v1", "hero"); content != "seeds" {
				t.Fatalf("the next page says %q, want what is for gardeners", content)
			}
		}
		got, _ := ptr(a.person(aparte.KindAnonymousID, "v1")).Trait("buys_for")
		if got.Value != aparte.TextValue("garden") || got.Provenance != aparte.Declared {
			t.Errorf("the trait: %+v", got)
		}
	}
}

func TestADecisionThatAskedIsTakenAgain(t *testing.T) {
	a := openAsking(t)
	a.post(a.question("v1", "hero", "who-for"), true, url.Values{"answer": {"garden"}})
	a.post(a.question("v1", "letters", "letters"), true, url.Values{"answer": {"ada@example.com"}})
	a.post(a.confirmation(), false, nil)
	a.show("v1", "hero")
	story, err := a.Story(t.Context(), a.person(aparte.KindAnonymousID, "v1").ID, engine.StoryPlace{}, 1000)
	if err != nil {
		t.Fatal(err)
	}
	said := map[aparte.ContentID]bool{}
	for _, e := range story {
		if e.Decision == nil || said[e.Decision.Action.Content] {
			continue
		}
		said[e.Decision.Action.Content] = true
		again, err := a.Replay(t.Context(), e.Decision.ID)
		if err != nil || !again.Same {
			t.Errorf("%q: %v %v", e.Decision.Action.Content, again.Differences, err)
		}
	}
	if !said["who-for"] || !said["letters"] || !said["seeds"] {
		t.Errorf("taken again: %v", said)
	}
}

func TestLookingAtAQuestionAnswersNothing(t *testing.T) {
	a := openAsking(t)
	where := a.question("v1", "hero", "who-for")
	for range 3 { // as scanners of mails do
		w := as(a.doors, "GET", "http://aparte.example"+where+"?v=2")
		if w.Code != 200 || !strings.Contains(w.Body.String(), `value="house" required checked`) || !strings.Contains(w.Body.String(), "A &lt;house&gt;") {
			t.Fatalf("the page: %d %s", w.Code, w.Body)
		}
	}
	if p := a.person(aparte.KindAnonymousID, "v1"); len(p.Traits) != 0 {
		t.Errorf("traits: %+v", p.Traits)
	}
	if w := as(a.doors, "GET", "http://aparte.example"+where[:len(where)-2]); w.Code != 404 {
		t.Errorf("a token that is none: %d", w.Code)
	}
}

func TestWhoWouldRatherNotSayIsNotAskedAgain(t *testing.T) {
	a := openAsking(t)
	where := a.question("v1", "hero", "who-for")
	if w := a.post(where, false, url.Values{"refused": {"1"}}); w.Code != 200 {
		t.Fatalf("answered %d %s", w.Code, w.Body)
	}
	a.pass(400 * 24 * time.Hour)
	if content, _ := a.show("v1", "hero"); content != "" {
		t.Errorf("they are told %q", content)
	}
}

func TestWhatIsNoAnswerIsAskedAgain(t *testing.T) {
	a := openAsking(t)
	where := a.question("v1", "hero", "who-for")
	for _, given := range []string{"", "sea", strings.Repeat("x", 3000)} {
		w := a.post(where, false, url.Values{"answer": {given}})
		if w.Code != 422 || !strings.Contains(w.Body.String(), `role="alert"`) || !strings.Contains(w.Body.String(), "Who do you buy for?") {
			t.Errorf("%.10q: %d %s", given, w.Code, w.Body)
		}
	}
	if w := a.post(where, true, url.Values{"answer": {"sea"}}); w.Code != 422 || !strings.Contains(w.Body.String(), `"problem"`) {
		t.Errorf("to a script: %d %s", w.Code, w.Body)
	}
	if w := a.post(where, false, url.Values{"answer": {strings.Repeat("x", 5000)}}); w.Code != 400 {
		t.Errorf("a form without end: %d", w.Code)
	}
	a.pass(91 * 24 * time.Hour)
	if w := a.post(where, false, url.Values{"answer": {"garden"}}); w.Code != 404 {
		t.Errorf("a question of last season: %d", w.Code)
	}
}

func TestAnAddressIsTheirsWhenItIsConfirmed(t *testing.T) {
	a := openAsking(t)
	where := a.question("v1", "letters", "letters")
	if w := a.post(where, true, url.Values{"answer": {" Ada@Example.COM "}}); w.Code != 200 || !strings.Contains(w.Body.String(), "on its way") {
		t.Fatalf("answered %d %s", w.Code, w.Body)
	}
	p := a.person(aparte.KindAnonymousID, "v1")
	if _, has := p.Identifier(aparte.KindEmail); has || len(p.Consents) != 0 {
		t.Fatalf("before it is confirmed: %+v %+v", p.Identifiers, p.Consents)
	}
	if content, _ := a.show("v1", "letters"); content != "" {
		t.Errorf("who has just given it is asked again: %q", content)
	}
	m := a.mails[0]
	if m.To != "ada@example.com" || m.Unsubscribe != "" || strings.Contains(strings.ToLower(a.confirmation()), "example") {
		t.Errorf("the mail to %s, link %s", m.To, a.confirmation())
	}
	link := a.confirmation()
	if w := as(a.doors, "GET", "http://aparte.example"+link); w.Code != 200 || !strings.Contains(w.Body.String(), "<form") {
		t.Fatalf("the page: %d %s", w.Code, w.Body)
	}
	if p = a.person(aparte.KindAnonymousID, "v1"); len(p.Consents) != 0 {
		t.Fatal("looking at the page confirms")
	}
	a.pass(time.Hour)
	if w := a.post(link, false, nil); w.Code != 200 {
		t.Fatalf("confirmed: %d %s", w.Code, w.Body)
	}
	p = a.person(aparte.KindEmail, "ada@example.com")
	want := []aparte.Consent{{Purpose: aparte.Marketing, Channel: aparte.Email, Granted: true, Source: "confirmed: letters", Wording: "2026-11", At: a.clock()}}
	if diff := cmp.Diff(want, p.Consents); diff != "" {
		t.Error(diff)
	}
	if p.ID != a.person(aparte.KindAnonymousID, "v1").ID {
		t.Error("the visitor and the reader of their mailbox are two")
	}

	a.pass(time.Minute)
	unsubscribed := aparte.Event{Type: aparte.Track, Name: aparte.EventUnsubscribed, MessageID: "u", AnonymousID: "v1", Properties: json.RawMessage(`{"channel":"email"}`), Timestamp: a.clock(), ReceivedAt: a.clock()}
	if err := a.Accept(t.Context(), []aparte.Event{unsubscribed}); err != nil {
		t.Fatal(err)
	}
	a.pass(time.Minute)
	if w := a.post(link, false, nil); w.Code != 200 {
		t.Errorf("the link again: %d", w.Code)
	}
	if granted, _ := ptr(a.person(aparte.KindAnonymousID, "v1")).Consented(aparte.Marketing, aparte.Email); granted {
		t.Error("a link that was used opens a channel that was closed since")
	}
	a.pass(48 * time.Hour)
	if w := a.post(link, false, nil); w.Code != 404 {
		t.Errorf("a link whose time is over: %d", w.Code)
	}
}

func ptr[T any](v T) *T { return &v }

func TestAnAddressThatIsNotConfirmedLeavesNothing(t *testing.T) {
	a := openAsking(t)
	a.post(a.question("v1", "letters", "letters"), false, url.Values{"answer": {"ada@example.com"}})
	a.pass(49 * time.Hour)
	if w := as(a.doors, "GET", "http://aparte.example"+a.confirmation()); w.Code != 404 {
		t.Errorf("the link after two days: %d", w.Code)
	}
	a.pass(48 * time.Hour)
	a.question("v1", "letters", "letters") // they may be asked again
	p := a.person(aparte.KindAnonymousID, "v1")
	story, err := a.Story(t.Context(), p.ID, engine.StoryPlace{}, 1000)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range story {
		if e.Event != nil && strings.Contains(string(e.Event.Properties)+string(e.Event.Traits), "@example") {
			t.Errorf("the address is kept: %s", e.Event.Properties)
		}
	}
}

// A stranger who types somebody's address must not see or change anything of theirs; nor does it help that the other, who reads
// the mail, confirms it.
func TestATypedAddressOpensNobodysProfile(t *testing.T) {
	a := openAsking(t)
	known := aparte.Event{
		Type: aparte.Identify, MessageID: "i", UserID: "ada", AnonymousID: "ada-phone", Timestamp: a.clock(), ReceivedAt: a.clock(),
		Traits: json.RawMessage(`{"email": "ada@example.com", "buys_for": "garden"}`),
	}
	if err := a.Accept(t.Context(), []aparte.Event{known}); err != nil {
		t.Fatal(err)
	}
	before := a.person(aparte.KindUserID, "ada")
	a.pass(time.Minute)
	a.post(a.question("stranger", "letters", "letters"), false, url.Values{"answer": {"ada@example.com"}})
	if diff := cmp.Diff(before, a.person(aparte.KindUserID, "ada")); diff != "" {
		t.Errorf("typing an address changes whose it is:\n%s", diff)
	}
	if w := a.post(a.confirmation(), false, nil); w.Code != 200 {
		t.Fatalf("confirmed: %d %s", w.Code, w.Body)
	}
	ada, stranger := a.person(aparte.KindUserID, "ada"), a.person(aparte.KindAnonymousID, "stranger")
	if ada.ID == stranger.ID || ada.ID != before.ID {
		t.Fatal("the stranger is taken for whose address they typed")
	}
	if granted, _ := ada.Consented(aparte.Marketing, aparte.Email); !granted {
		t.Error("who confirmed has not consented")
	}
	if _, has := stranger.Identifier(aparte.KindEmail); has || len(stranger.Consents) != 0 {
		t.Errorf("the stranger has %+v, %+v", stranger.Identifiers, stranger.Consents)
	}
	if _, told := stranger.Trait("buys_for"); told {
		t.Error("the stranger's page knows what only the other told")
	}
}

// On a shared computer somebody else's address does not become another name of whose account is open.
func TestASecondAddressIsAPersonOfItsOwn(t *testing.T) {
	a := openAsking(t)
	known := aparte.Event{
		Type: aparte.Identify, MessageID: "i", UserID: "ada", AnonymousID: "family", Timestamp: a.clock(), ReceivedAt: a.clock(), Traits: json.RawMessage(`{"email": "ada@example.com"}`),
	}
	if err := a.Accept(t.Context(), []aparte.Event{known}); err != nil {
		t.Fatal(err)
	}
	a.post(a.question("family", "letters", "letters"), false, url.Values{"answer": {"bob@example.com"}})
	if w := a.post(a.confirmation(), false, nil); w.Code != 200 {
		t.Fatalf("confirmed: %d %s", w.Code, w.Body)
	}
	ada, bob := a.person(aparte.KindUserID, "ada"), a.person(aparte.KindEmail, "bob@example.com")
	if ada.ID == bob.ID || len(ada.Consents) != 0 || len(bob.Consents) != 1 {
		t.Errorf("ada consents to %+v, bob to %+v", ada.Consents, bob.Consents)
	}
}

func TestNobodysMailboxIsFilledByStrangers(t *testing.T) {
	a := openAsking(t)
	codes := func(n int, address func(int) string) (codes []int) {
		for i := range n {
			who := fmt.Sprint("v", a.asked)
			codes = append(codes, a.post(a.question(who, "letters", "letters"), true, url.Values{"answer": {address(i)}}).Code)
		}
		return codes
	}
	if got := codes(4, func(int) string { return "ada@example.com" }); !slices.Equal(got, []int{200, 200, 200, 429}) {
		t.Errorf("one mailbox: %v", got)
	}
	a.pass(25 * time.Hour)
	got := codes(21, func(i int) string { return fmt.Sprintf("a%d@example.com", i) })
	if got[19] != 200 || got[20] != 429 {
		t.Errorf("one place: %v", got)
	}
}

func TestAnAddressThatCannotBeWrittenToIsToldSo(t *testing.T) {
	a := openAsking(t)
	where := a.question("v1", "letters", "letters")
	if w := a.post(where, true, url.Values{"answer": {"no address"}}); w.Code != 422 {
		t.Errorf("no address: %d %s", w.Code, w.Body)
	}
	a.fails = true
	if w := a.post(where, true, url.Values{"answer": {"ada@example.com"}}); w.Code != 503 {
		t.Errorf("a mailbox that refuses: %d %s", w.Code, w.Body)
	}
	if p := a.person(aparte.KindAnonymousID, "v1"); len(p.Traits) != 0 {
		t.Errorf("traits: %+v", p.Traits)
	}
}
