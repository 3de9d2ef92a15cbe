package console_test

import (
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"net/smtp"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/channel/mailbox"
	"github.com/aparte-dev/aparte/compose"
	"github.com/aparte-dev/aparte/console"
	"github.com/aparte-dev/aparte/demo/brand"
	"github.com/aparte-dev/aparte/engine"
	"github.com/aparte-dev/aparte/store/pebble"
)

// stage is a console over an engine with the demo's brand and one person.
type stage struct {
	t      *testing.T
	engine *engine.Engine
	server *httptest.Server
	person aparte.PersonID
	now    func() time.Time
}

func open(t *testing.T) *stage {
	t.Helper()
	st := stand(t)
	st.arrive("17850", "Ada <script>alert(1)</script>")
	return st
}

// stand is a stage on which nobody has come.
func stand(t *testing.T) *stage {
	t.Helper()
	return standBy(t, engine.Config{Now: time.Now})
}

// standBy is one by a clock and with senders of its own.
func standBy(t *testing.T, c engine.Config) *stage {
	t.Helper()
	s, err := pebble.Open(t.TempDir(), pebble.Options{Parts: 4})
	if err != nil {
		t.Fatal(err)
	}
	composer, err := compose.New(brand.Assets())
	if err != nil {
		t.Fatal(err)
	}
	c.Store, c.Composer, c.BaseURL = s, composer, "http://say.example"
	e, err := engine.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	furnished, err := brand.Brand()
	if err != nil {
		t.Fatal(err)
	}
	furnished.Holdout = 0 // ids begin with the time: in another run others would be held out
	if _, err := e.Publish(t.Context(), furnished); err != nil {
		t.Fatal(err)
	}
	st := &stage{t: t, engine: e, now: c.Now}
	st.serve(console.Config{Simulated: true})
	return st
}

// serve opens a console over the stage's engine.
func (s *stage) serve(c console.Config) {
	s.t.Helper()
	c.Engine, c.Patience = s.engine, time.Minute
	if c.Now == nil {
		c.Now = s.now
	}
	h, err := console.New(c)
	if err != nil {
		s.t.Fatal(err)
	}
	s.server = httptest.NewServer(h)
	s.t.Cleanup(s.server.Close)
}

// arrive has someone turn up, look at something, and be decided for.
func (s *stage) arrive(user, firstName string) {
	s.t.Helper()
	now := s.now().UTC()
	events := []aparte.Event{
		{Type: aparte.Identify, MessageID: aparte.MessageID("i-" + user), UserID: user, Timestamp: now, ReceivedAt: now, Source: "test",
			Traits: []byte(fmt.Sprintf(`{"firstName": %q, "email": "ada@example.com"}`, firstName))},
		{Type: aparte.Track, Name: "Product Viewed", MessageID: aparte.MessageID("v-" + user), UserID: user, Timestamp: now, ReceivedAt: now, Source: "test",
			Properties: []byte(`{"product_id": "85123A", "category": "Lights", "name": "Holder"}`)},
	}
	if err := s.engine.Accept(s.t.Context(), events); err != nil {
		s.t.Fatal(err)
	}
	s.decide(user)
	id, err := s.engine.Find(s.t.Context(), aparte.Identifier{Kind: aparte.KindUserID, Value: user})
	if err != nil {
		s.t.Fatal(err)
	}
	s.person = id
}

func (s *stage) decide(user string) {
	s.t.Helper()
	if _, err := s.engine.Decide(s.t.Context(), engine.Request{
		Identifiers: []aparte.Identifier{{Kind: aparte.KindUserID, Value: user}}, Slots: []string{"hero", "aside"},
	}); err != nil {
		s.t.Fatal(err)
	}
}

// get is a page in a language.
func (s *stage) get(path, lang string) (int, string, http.Header) {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, s.server.URL+path, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header.Set("Accept-Language", lang)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return res.StatusCode, string(body), res.Header
}

// untranslated is a key that shows because no word stands behind it.
var untranslated = regexp.MustCompile(`>\s*(nav|story|overtime|league|today|need|tree|letters|how|rhythm|path|figures|cohorts|live|course|results|credit|family|source|device|budget|audiences|alike|liked|sources|ads|hooks|variety|made|magnets|whatif|people|personas|person|identity|contents|mail|places|place|tasks|spoken|scenarios|assets|weekday|problem|stage|fate|provenance|event|kind|element|channel|purpose|identifier)\.[a-z_A-Z0-9. ]+<`)

// keyShown is such a key on a page; what rules are written in looks alike, and stands in code.
func keyShown(page string) string {
	return untranslated.FindString(code.ReplaceAllString(page, ""))
}

var code = regexp.MustCompile(`<code>[^<]*</code>`)

func TestEveryPageIsWholeInBothLanguages(t *testing.T) {
	s := open(t)
	pages := []string{
		"/console/", "/console/today", "/console/today/pulse", "/console/letters", "/console/path", "/console/rhythm", "/console/value", "/console/live", "/console/live/pulse", "/console/people", "/console/people?stage=prospect", "/console/people?stage=lost&audience=regulars", "/console/people?where=person.orders+%3E+0", "/console/people?where=person.",
		"/console/people/" + s.person.String(), "/console/people/" + s.person.String() + "?show=decisions", "/console/people/" + s.person.String() + "?show=consents", "/console/people/" + s.person.String() + "/now/hero", "/console/people/" + s.person.String() + "/identity",
		"/console/contents", "/console/contents/welcome-offer", "/console/results", "/console/attribution", "/console/attribution?by=content&since=year", "/console/attribution?by=device&objective=order", "/console/contents?as=" + s.person.String(),
		"/console/audiences", "/console/audiences/regulars", "/console/audiences/regulars/alike", "/console/audiences?when=person.orders+%3E+0", "/console/audiences/regulars?when=person.", "/console/audiences/regulars?done=saved",
		"/console/places", "/console/tasks", "/console/tasks?done=gone", "/console/scenario", "/console/scenario?kind=absent", "/console/scenario?kind=on", "/console/scenario?kind=every", "/console/scenarios/basket?kind=on",
		"/console/scenarios", "/console/scenarios/basket", "/console/scenarios/basket?done=saved", "/console/scenarios/basket?try=1&delay=x", "/console/playbook/welcome", "/console/playbook/capture", "/console/rehearsal/progress",
		"/console/whatif", "/console/whatif/progress", "/console/whatif?change=cap&channel=email&most=1&per=day", "/console/whatif?change=cap&channel=&most=x&per=week",
	}
	for _, lang := range []string{"en", "fr"} {
		for _, page := range pages {
			status, body, header := s.get(page, lang)
			if status != http.StatusOK {
				t.Errorf("%s in %s: %d", page, lang, status)
			}
			if m := keyShown(body); m != "" {
				t.Errorf("%s in %s shows a key instead of words: %s", page, lang, m)
			}
			if strings.Contains(body, "<script>alert") {
				t.Errorf("%s in %s lets a name become script", page, lang)
			}
			if len(body) > 300_000 {
				t.Errorf("%s weighs %d bytes", page, len(body))
			}
			if policy := header.Get("Content-Security-Policy"); policy == "" || strings.Contains(policy, "script-src 'unsafe") {
				t.Errorf("%s: content security policy %q", page, policy)
			}
		}
	}
	if _, body, _ := s.get("/console/live", "fr"); !strings.Contains(body, "En direct") {
		t.Error("a French browser is not spoken to in French")
	}
}

func TestAContentIsPaintedForAPerson(t *testing.T) {
	s := open(t)
	_, body, _ := s.get("/console/contents?as="+s.person.String(), "en")
	found := regexp.MustCompile(`src="(/console/contents/[^"]+/for/[^"]+)"`).FindAllStringSubmatch(body, -1)
	if len(found) < 5 {
		t.Fatalf("%d pictures in the gallery", len(found))
	}
	for _, m := range found {
		address := strings.ReplaceAll(m[1], "&amp;", "&")
		status, picture, header := s.get(address, "en")
		if status != http.StatusOK || header.Get("Content-Type") != "image/png" || !strings.HasPrefix(picture, "\x89PNG") {
			t.Errorf("%s: %d %s", address, status, header.Get("Content-Type"))
		}
	}
}

func TestAContentIsLaidOutForAPerson(t *testing.T) {
	s := open(t)
	_, body, _ := s.get("/console/contents/recommended?as="+s.person.String(), "en")
	found := regexp.MustCompile(`src="(/console/contents/[^"]+format=html)"`).FindAllStringSubmatch(body, -1)
	if len(found) == 0 {
		t.Fatal("no layout is shown")
	}
	for _, m := range found {
		address := strings.ReplaceAll(m[1], "&amp;", "&")
		if status, page, _ := s.get(address, "en"); status != http.StatusOK || !strings.Contains(page, "/console/contents/recommended/") {
			t.Errorf("%s: %d, %d bytes, without its picture", address, status, len(page))
		}
	}
}

// A picture without words is a part of its layout's page, which says them beside it: alone it would look as if they were missing.
func TestNoPictureStandsAloneWithoutItsWords(t *testing.T) {
	s := open(t)
	_, body, _ := s.get("/console/contents/welcome-offer?as="+s.person.String(), "en")
	var pictures []string
	for _, m := range regexp.MustCompile(`<img class="shot" src="/console/contents/welcome-offer/([^/]+)/`).FindAllStringSubmatch(body, -1) {
		pictures = append(pictures, m[1])
	}
	furnished, err := brand.Brand()
	if err != nil {
		t.Fatal(err)
	}
	speaking := 0
	for _, l := range furnished.Layouts {
		words := l.Banner != nil && slices.ContainsFunc(l.Banner.Boxes, func(b aparte.Box) bool { return b.Kind == "text" })
		if shown := slices.Contains(pictures, string(l.ID)); shown && !words {
			t.Errorf("the picture of %q is shown alone, and says nothing", l.ID)
		} else if shown {
			speaking++
		}
	}
	if speaking == 0 {
		t.Errorf("no picture with words is shown: %q", pictures)
	}
}

func TestBeforeAnybodyCameThePagesSaySo(t *testing.T) {
	s := stand(t)
	for page, want := range map[string]string{
		"/console/live": "No decision in the last ten minutes", "/console/people": "Nobody yet", "/console/contents": "Nobody to show it to yet",
	} {
		status, body, _ := s.get(page, "en")
		if status != http.StatusOK || !strings.Contains(body, want) {
			t.Errorf("%s: %d, without %q", page, status, want)
		}
		if strings.Contains(body, "it has no picture") {
			t.Errorf("%s says that contents have no picture, where there is nobody to paint them for", page)
		}
	}
}

func TestWhatIsNotThereIsSaidPlainly(t *testing.T) {
	s := open(t)
	for _, page := range []string{
		"/console/people/p_00000000000000000000000000000000", "/console/people/nonsense", "/console/contents/none",
		"/console/contents/none/none/for/" + s.person.String(), "/console/mail/1", "/console/mail",
	} {
		if status, _, _ := s.get(page, "en"); status != http.StatusNotFound {
			t.Errorf("%s: %d, want 404", page, status)
		}
	}
}

func TestTheLanguageSwitchStaysOnThisSite(t *testing.T) {
	s := open(t)
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	for from, want := range map[string]string{
		"/console/people": "/console/people", "https://evil.example": "/console/today", "//evil.example": "/console/today",
	} {
		res, err := client.Get(s.server.URL + "/console/language/fr?from=" + from)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if got := res.Header.Get("Location"); got != want {
			t.Errorf("from %q it leads to %q, want %q", from, got, want)
		}
	}
}

// postbox is a mailbox with one mail in it.
func postbox(t *testing.T, mail string) *mailbox.Mailbox {
	t.Helper()
	box, err := mailbox.Start(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := box.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := smtp.SendMail(box.Addr(), nil, "shop@shop.example", []string{"ada@example.com"}, []byte(strings.ReplaceAll(mail, "\n", "\r\n"))); err != nil {
		t.Fatal(err)
	}
	return box
}

func TestAMailIsReadInTheConsole(t *testing.T) {
	s := open(t)
	s.serve(console.Config{Mailbox: postbox(t, `From: Shop <shop@shop.example>
To: ada@example.com
Subject: =?utf-8?q?Votre_th=C3=A9i=C3=A8re?=
List-Unsubscribe-Post: List-Unsubscribe=One-Click
MIME-Version: 1.0
Content-Type: text/html; charset=utf-8

<p>Encore dans votre panier</p>
`)})
	for path, want := range map[string]string{
		"/console/mail": "Votre théière", "/console/mail/1": "List-Unsubscribe=One-Click",
		"/console/mail/1/body": "<p>Encore dans votre panier</p>", "/console/mail/1/source": "=?utf-8?q?Votre_th=C3=A9i=C3=A8re?=",
	} {
		if status, page, _ := s.get(path, "fr"); status != http.StatusOK || !strings.Contains(page, want) {
			t.Errorf("%s: %d, without %q: %s", path, status, want, page)
		}
	}
	if _, page, _ := s.get("/console/mail/1", "fr"); !strings.Contains(page, s.person.String()) {
		t.Error("the mail does not lead to the story of whom it was for")
	}
}

func TestALostReaderIsToldInTheirLanguageAndLedBack(t *testing.T) {
	s := open(t)
	for _, page := range []string{"/console/none", "/console/people/none", "/console/contents/none"} {
		status, body, header := s.get(page, "fr")
		if status != http.StatusNotFound || !strings.Contains(body, `lang="fr"`) || !strings.Contains(body, `href="/console/today"`) ||
			!strings.HasPrefix(header.Get("Content-Type"), "text/html") || header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %d, %v: %s", page, status, header, body)
		}
	}
}

func TestChangingTheLanguageKeepsThePage(t *testing.T) {
	s := open(t)
	page := "/console/contents/recommended?as=" + s.person.String()
	_, body, _ := s.get(page, "en")
	if want := "/console/language/fr?from=" + url.QueryEscape(page); !strings.Contains(strings.ToLower(body), strings.ToLower(want)) {
		t.Errorf("no link to %s in %s", want, body)
	}
}

func TestAStoryIsToldInTheReadersLanguage(t *testing.T) {
	s := open(t)
	now := time.Now().UTC()
	order := aparte.Event{Type: aparte.Track, Name: "Order Completed", MessageID: "o", UserID: "17850", Timestamp: now, ReceivedAt: now, Source: "test",
		Properties: []byte(`{"order_id": "o1", "revenue": 1234.5, "currency": "GBP", "products": [{"product_id": "85123A", "quantity": 1, "price": 1234.5}]}`)}
	if err := s.engine.Accept(t.Context(), []aparte.Event{order}); err != nil {
		t.Fatal(err)
	}
	for lang, wanted := range map[string][]string{
		"en": {"Looked at", "White hanging heart tea-light holder", "Ordered", "£1,234.50"},
		"fr": {"A regardé", "Photophore cœur blanc à suspendre", "A commandé", "Lumières", "1\u00a0234,50\u00a0£"},
	} {
		_, page, _ := s.get("/console/people/"+s.person.String(), lang)
		for _, want := range wanted {
			if !strings.Contains(html.UnescapeString(page), want) {
				t.Errorf("in %s it does not say %q", lang, want)
			}
		}
		if chance := regexp.MustCompile(`choisi avec la probabilité (0,\d+|1,0+)\b`); lang == "fr" && !chance.MatchString(html.UnescapeString(page)) {
			t.Error("no probability as it is written in French")
		}
		if lang == "fr" && strings.Contains(page, "Of all we could say") {
			t.Error("what would be said now is explained in English to a French reader")
		}
	}
}

func TestResultsShowWhatIsLeftOfABudget(t *testing.T) {
	s := open(t)
	for lang, want := range map[string][]string{
		"en": {"Discounts of a day", "£100", "a day", "Promised", "Left", "× 1"},
		"fr": {"Les remises d’une journée", "par jour", "Promis", "Reste", "× 1"},
	} {
		_, body, _ := s.get("/console/results", lang)
		_, section, found := strings.Cut(body, `id="budgets"`)
		section, _, _ = strings.Cut(section, "</section>")
		for _, w := range want {
			if !found || !strings.Contains(section, w) {
				t.Errorf("%s: %q is not in %q", lang, w, section)
			}
		}
	}
}

// Words that pages and code ask for must stand in words.go: the pages are searched, not only rendered.
func TestEveryWordAskedForExists(t *testing.T) {
	asked := regexp.MustCompile(`(?:\bt \$?\.?[Ll]ang |word\([^,]+, )"([a-z]+[.a-zA-Z0-9_ ]*)"`)
	known, err := os.ReadFile("words.go")
	if err != nil {
		t.Fatal(err)
	}
	files := []string{"today.go", "letters.go", "figures.go", "path.go", "rhythm.go", "timeline.go", "console.go", "people.go", "contents.go", "live.go", "results.go", "budgets.go", "change.go", "whatif.go", "judged.go", "mails.go", "webhooks.go", "ads.go", "sources.go", "alike.go", "places.go", "arrive.go", "map.go", "tasks.go", "spoken.go", "assets.go", "scenarios.go", "sentence.go", "scenario_edit.go", "scenario_draft.go"}
	pages, err := os.ReadDir("pages")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range pages {
		files = append(files, "pages/"+p.Name())
	}
	n := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range asked.FindAllStringSubmatch(string(text), -1) {
			n++
			if strings.HasSuffix(m[1], ".") { // completed at run time
				continue
			}
			if !strings.Contains(string(known), `"`+m[1]+`":`) {
				t.Errorf("%s asks for %q, which words.go has not", file, m[1])
			}
		}
	}
	if n < 50 {
		t.Errorf("only %d words were found: the search is broken", n)
	}
}

func TestAChannelOnWhichNothingCanLeaveIsToldOnEveryPage(t *testing.T) {
	s := open(t) // its brand writes mails, and nothing sends them
	for lang, want := range map[string]string{
		"en": "Nothing sends on e-mail here: the scenario “", "fr": "Rien n’envoie par e-mail ici\u00a0: le scénario «\u00a0",
	} {
		for _, path := range []string{"/console/live", "/console/contents", "/console/results"} {
			if _, body, _ := s.get(path, lang); !strings.Contains(body, want) {
				t.Errorf("%s in %s does not say %q", path, lang, want)
			}
		}
	}
}

// What the engine may answer has a word in the console: why something was not said, and on which channel.
func TestEveryFateAndChannelHasItsWord(t *testing.T) {
	known, err := os.ReadFile("words.go")
	if err != nil {
		t.Fatal(err)
	}
	var keys []string
	for _, code := range []aparte.ReasonCode{
		aparte.NoConsent, aparte.Suppressed, aparte.RuleSaidNo, aparte.RuleFailed, aparte.OutOfStock, aparte.AlreadyBought, aparte.OutsideValid, aparte.PressureCap,
		aparte.TooSoon, aparte.QuietHours, aparte.InHoldout, aparte.NoItem, aparte.NotReachable, aparte.NoSender, aparte.ProfilingOff, aparte.Paused, aparte.EnoughWeekly, aparte.KindUnwanted, aparte.AlreadyKnown, aparte.RatherNot,
		aparte.OneQuestion, aparte.InStock,
	} {
		keys = append(keys, "fate."+string(code))
	}
	for _, channel := range []aparte.Channel{
		aparte.Web, aparte.Email, aparte.MobilePush, aparte.WebPush, aparte.SMS, aparte.InApp, aparte.Ads, aparte.Human, aparte.Webhook,
	} {
		keys = append(keys, "channel."+string(channel))
	}
	for _, purpose := range []aparte.Purpose{aparte.Marketing, aparte.Service, aparte.Profiling} {
		keys = append(keys, "purpose."+string(purpose))
	}
	for _, key := range keys {
		if !strings.Contains(string(known), `"`+key+`":`) {
			t.Errorf("words.go has no %q", key)
		}
	}
}

// What a content lets people see that is known of them stands beside it, in both languages.
func TestAContentTellsWhatItReveals(t *testing.T) {
	s := open(t)
	for lang, want := range map[string][]string{
		"en": {"What we reveal we know", "what attracts them, by the item chosen for them"},
		"fr": {"Ce que nous laissons voir", "ce qui l’attire, par l’article choisi pour elle"},
	} {
		_, body, _ := s.get("/console/contents/recommended", lang)
		for _, w := range want {
			if !strings.Contains(body, w) {
				t.Errorf("%s: no %q", lang, w)
			}
		}
	}
	for _, c := range s.engine.Plan().Brand().Contents { // every kind of thing has words
		_, body, _ := s.get("/console/contents/"+string(c.ID), "en")
		if strings.Contains(body, "reveals.") {
			t.Errorf("%s: something has no word", c.ID)
		}
	}
}
