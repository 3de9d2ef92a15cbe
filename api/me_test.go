package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/channel"
	"github.com/aparte-dev/aparte/compose"
	"github.com/aparte-dev/aparte/engine"
	"github.com/aparte-dev/aparte/store"
	"github.com/aparte-dev/aparte/store/pebble"
	"pgregory.net/rapid"
)

// pageBrand writes to who left a basket, and gives what people write on their pages to somebody.
func pageBrand() *aparte.Brand {
	words := func(en, fr string) aparte.Words { return aparte.Words{"en": en, "fr": fr} }
	said := func(id aparte.ContentID, kind string, on aparte.Channel, headline, french string) aparte.Content {
		return aparte.Content{
			ID: id, Name: words(headline, french), Kind: kind, Purpose: aparte.Marketing, Channels: []aparte.Channel{on}, Layouts: []aparte.LayoutID{"card"},
			Elements: []aparte.Element{
				{Name: "subject", Variants: []aparte.Variant{{ID: "a", Words: words(headline, french)}}},
				{Name: "headline", Variants: []aparte.Variant{{ID: "a", Words: words(headline, french)}}},
			},
		}
	}
	b := testBrand()
	b.Style = aparte.Style{Ink: "#221f2b", Paper: "#fffdf8", Accent: "#7a2e52", OnAccent: "#ffffff", FontFamily: "sans-serif"}
	b.Sender = aparte.Sender{Name: "Maison", Address: "hello@shop.example", Postal: "1 Quay, Port"}
	basket := said("basket-back", "product", aparte.Email, "Your {{ item.name }} is waiting, {{ person.firstName | default: 'friend' }}", "Votre {{ item.name }} vous attend, {{ person.firstName | default: 'vous' }}")
	basket.Items = aparte.InCart
	call := said("call-back", "service", aparte.Human, "Please answer", "Répondez s’il vous plaît")
	call.Purpose, call.Scenarios, call.Layouts = aparte.Service, []aparte.ScenarioID{"asked"}, nil
	b.Contents = []aparte.Content{basket, said("seeds", "article", aparte.Web, "Seeds", "Graines"), call}
	b.Contents[1].Rules, b.Contents[1].Slots = []aparte.RuleID{"gardeners"}, []string{"hero"}
	b.Layouts[0].Channels = []aparte.Channel{aparte.Web, aparte.Email}
	b.Rules = []aparte.Rule{{ID: "gardeners", Name: words("Gardeners", "Les jardiniers"), When: "traits.buys_for == 'garden'"}}
	b.Scenarios = []aparte.Scenario{
		{ID: "basket", Name: words("Basket", "Panier"), After: "Product Added", Delay: aparte.Duration(time.Hour), Channel: aparte.Email},
		{ID: "asked", Name: words("Asked", "Demandé"), After: aparte.EventHumanWanted, Channel: aparte.Human},
	}
	b.Objectives[0].Value = "100000.0" // worth saying
	b.Pressure = aparte.Pressure{}
	return b
}

// owning is a brand with Ada in it, and her mails.
type owning struct {
	*asking
	store store.Store
}

const adasAddress = "ada.lovelace@private.example"

func openPages(t *testing.T, b *aparte.Brand) *owning {
	t.Helper()
	a := &asking{t: t, now: time.Date(2026, 11, 27, 10, 0, 0, 0, time.UTC)}
	s, err := pebble.Open(t.TempDir(), pebble.Options{Parts: 2})
	if err != nil {
		t.Fatal(err)
	}
	composer, err := compose.New(fstest.MapFS{})
	if err != nil {
		t.Fatal(err)
	}
	a.Engine, err = engine.Open(t.Context(), engine.Config{
		Store: s, Composer: composer, BaseURL: "http://aparte.example", Senders: []channel.Sender{a}, Now: a.clock, Stepped: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(a.Close(), s.Close()); err != nil {
			t.Error(err)
		}
	})
	if _, err := a.Publish(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	if a.doors, err = New(Config{Engine: a.Engine, Keys: testKeys, Now: a.clock}); err != nil {
		t.Fatal(err)
	}
	o := &owning{a, s}
	o.accept(`{"type":"identify","userId":"ada","traits":{"email":%q,"firstName":"Adeline","buys_for":"house","children":2,"vip":true,
		"consents":[{"purpose":"marketing","channel":"email","granted":true,"source":"checkout","wording":"v3"}]}}`, adasAddress)
	o.accept(`{"type":"identify","userId":"ada","traits":{"income":"secret-income"},"context":{"provenance":"bought_in"}}`)
	return o
}

func (o *owning) accept(event string, args ...any) {
	o.t.Helper()
	if w := call(o.doors, "POST", "/v1/batch", "sk", `{"batch":[`+fmt.Sprintf(event, args...)+`]}`); w.Code != 200 {
		o.t.Fatalf("accept: %d %s", w.Code, w.Body)
	}
}

func (o *owning) step(d time.Duration) {
	o.t.Helper()
	o.pass(d)
	for _, do := range []func(context.Context) error{o.Step, o.Delivered, o.Step} {
		if err := do(o.t.Context()); err != nil {
			o.t.Fatal(err)
		}
	}
}

var ownLink = regexp.MustCompile(`http://aparte\.example(/me/[\w-]+)`)

// mailed is where the link of the newest mail leads.
func (o *owning) mailed() string {
	o.t.Helper()
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.mails) == 0 {
		o.t.Fatal("no mail left")
	}
	found := ownLink.FindStringSubmatch(o.mails[len(o.mails)-1].Text)
	if found == nil {
		o.t.Fatalf("the mail has no link to her page:\n%s", o.mails[len(o.mails)-1].Text)
	}
	return found[1]
}

// basket has Ada leave baskets until she is written to, and answers the link of that mail.
func (o *owning) basket() string {
	o.t.Helper()
	for range 20 {
		before := len(o.mails)
		o.leave()
		if len(o.mails) > before {
			return o.mailed()
		}
		o.step(24 * time.Hour)
	}
	o.t.Fatal("twenty baskets were left, and nobody was written to")
	return ""
}

func (o *owning) leave() {
	o.t.Helper()
	o.accept(`{"type":"track","userId":"ada","event":"Product Added","properties":{"product_id":"tea","price":12,"quantity":1,"currency":"EUR"}}`)
	o.step(61 * time.Minute)
	o.step(time.Minute)
}

// whole is a link to everything, as a site gets it that has her logged in.
func (o *owning) whole() string {
	o.t.Helper()
	w := call(o.doors, "POST", "/v1/admin/people/ada/page", "sk", "")
	if w.Code != 200 {
		o.t.Fatalf("page: %d %s", w.Code, w.Body)
	}
	return strings.TrimPrefix(decoded[struct{ URL string }](o.t, w).URL, "http://aparte.example")
}

func (o *owning) read(path, lang string) *httptest.ResponseRecorder {
	r := httptest.NewRequest("GET", path, nil)
	r.Header.Set("Accept-Language", lang)
	w := httptest.NewRecorder()
	o.doors.ServeHTTP(w, r)
	return w
}

func (o *owning) says(path string, fields url.Values) {
	o.t.Helper()
	w := o.post(path, false, fields)
	if w.Code != 303 || !strings.HasPrefix(w.Header().Get("Location"), path+"?") {
		o.t.Fatalf("%v: %d to %q %s", fields, w.Code, w.Header().Get("Location"), w.Body)
	}
	if back := o.read(w.Header().Get("Location"), "en"); back.Code != 200 || !strings.Contains(back.Body.String(), `role="status"`) {
		o.t.Fatalf("after %v the page is %d and does not say so", fields, back.Code)
	}
}

func (o *owning) ada() aparte.Person { return o.person(aparte.KindUserID, "ada") }

// A mail is forwarded with its link: who gets it can choose for her, and reads nothing of hers.
func TestTheLinkOfAForwardedMailShowsNothingPersonal(t *testing.T) {
	o := openPages(t, pageBrand())
	link := o.basket()
	for _, lang := range []string{"en", "fr"} {
		w := o.read(link, lang)
		body := strings.ReplaceAll(html.UnescapeString(w.Body.String()), strings.TrimPrefix(link, "/me/"), "") // its letters may be any
		if w.Code != 200 || w.Header().Get("Cache-Control") != "no-store" || w.Header().Get("Referrer-Policy") != "no-referrer" {
			t.Errorf("%s: %d %v", lang, w.Code, w.Header())
		}
		for _, hers := range []string{"Adeline", adasAddress, "lovelace", "private", "garden", "house", "income", "checkout", "Tea", "waiting", "ada"} {
			if strings.Contains(strings.ToLower(body), strings.ToLower(hers)) {
				t.Errorf("%s: the page shows %q", lang, hers)
			}
		}
	}
	for _, closed := range []string{"/export.json", "/export.html", "/erase"} {
		if w := o.read(link+closed, "en"); w.Code != 404 {
			t.Errorf("%s opens: %d", closed, w.Code)
		}
	}
	if w := o.post(link+"/erase", false, nil); w.Code != 404 {
		t.Errorf("it erases: %d", w.Code)
	}
	for _, do := range []string{"correct", "remove", "write", ""} {
		if w := o.post(link, false, url.Values{"do": {do}, "name": {"firstName"}, "value": {"Eve"}, "text": {"hello"}}); w.Code != 422 {
			t.Errorf("it does %q: %d", do, w.Code)
		}
	}
	if got, _ := func() (aparte.Trait, bool) { p := o.ada(); return p.Trait("firstName") }(); got.Value.Str != "Adeline" {
		t.Errorf("her name is %v", got.Value)
	}
	// what is not on cannot be switched on by it, whatever its form says
	o.says(link, url.Values{"do": {"choose"}, "offered": {"sms", "human", "email"}, "channel": {"sms", "human"}})
	p := o.ada()
	if granted, told := p.Consented(aparte.Marketing, aparte.SMS); granted || told {
		t.Error("a forwarded link agreed to texts for her")
	}
	if granted, _ := p.Consented(aparte.Marketing, aparte.Email); granted {
		t.Error("her mails are not switched off")
	}
}

func TestTheWholePageIsSentToHerOwnAddressAlone(t *testing.T) {
	o := openPages(t, pageBrand())
	link := o.basket()
	w := o.post(link, false, url.Values{"do": {"open"}})
	if w.Code != 200 || !strings.Contains(w.Body.String(), "a…@p….example") || strings.Contains(w.Body.String(), "lovelace") {
		t.Fatalf("asked to see everything: %d\n%s", w.Code, w.Body)
	}
	if to := o.mails[len(o.mails)-1].To; to != adasAddress {
		t.Fatalf("the link went to %q", to)
	}
	whole := o.mailed()
	page := html.UnescapeString(o.read(whole, "en").Body.String())
	for _, hers := range []string{adasAddress, "Adeline", "secret-income", "checkout, v3", "The message you came by", "Your Tea is waiting, Adeline", "Tea is in your basket."} {
		if !strings.Contains(page, hers) {
			t.Errorf("her page does not show %q", hers)
		}
	}
	french := html.UnescapeString(o.read(whole, "fr").Body.String())
	for _, hers := range []string{"Votre Tea vous attend, Adeline", "Tea est dans votre panier.", "Ce que d’autres nous ont dit"} {
		if !strings.Contains(french, hers) {
			t.Errorf("her page in French does not say %q", hers)
		}
	}
	for range 5 {
		w = o.post(link, false, url.Values{"do": {"open"}})
	}
	if w.Code != 429 {
		t.Errorf("the sixth link of a day: %d", w.Code)
	}
	o.pass(61 * time.Minute)
	if w := o.read(whole, "en"); w.Code != 404 || strings.Contains(w.Body.String(), "Adeline") {
		t.Errorf("after an hour the link shows %d", w.Code)
	}
	if w := o.read(link, "en"); w.Code != 200 {
		t.Errorf("the link of the mail: %d", w.Code)
	}
}

func TestALinkOfSomebodyElsesMakingOpensNothing(t *testing.T) {
	o := openPages(t, pageBrand())
	whole := o.whole()
	last := whole[len(whole)-1]
	forged := whole[:len(whole)-1] + string(map[bool]byte{true: 'A', false: 'Q'}[last == 'Q'])
	other := openPages(t, pageBrand()).whole() // of a server with another secret
	for _, path := range []string{"/me/none", forged, other, strings.Replace(o.basket(), "/me/", "/me/A", 1), "/me/" + strings.Repeat("A", 5000)} {
		for _, lang := range []string{"en", "fr"} {
			if w := o.read(path, lang); w.Code != 404 || !strings.Contains(w.Header().Get("Content-Type"), "text/html") {
				t.Errorf("%.40s: %d", path, w.Code)
			}
		}
		if w := o.post(path, false, url.Values{"do": {"choose"}}); w.Code != 404 {
			t.Errorf("%.40s: said %d", path, w.Code)
		}
	}
	if w := call(o.doors, "POST", "/v1/admin/people/ada/page", "wk", ""); w.Code != 403 {
		t.Errorf("a public key gets her page: %d", w.Code)
	}
	if w := call(o.doors, "POST", "/v1/admin/people/nobody/page", "sk", ""); w.Code != 404 {
		t.Errorf("nobody's page: %d", w.Code)
	}
}

// What she corrects counts in the next decision, and goes before what others say.
func TestACorrectionChangesTheNextDecision(t *testing.T) {
	o := openPages(t, pageBrand())
	whole := o.whole()
	hers := func() string {
		for range 40 {
			w := call(o.doors, "POST", "/v1/decide", "wk", `{"person":{"userId":"ada"},"surface":"web","slots":["hero"]}`)
			if c := decoded[struct{ Decisions []struct{ Content string } }](t, w).Decisions[0].Content; c != "" {
				return c
			}
		}
		return ""
	}
	if got := hers(); got != "" {
		t.Fatalf("who buys for the house is told of %q", got)
	}
	o.says(whole, url.Values{"do": {"correct"}, "name": {"buys_for"}, "value": {"garden"}})
	if got := hers(); got != "seeds" {
		t.Fatalf("who buys for a garden is told of %q", got)
	}
	o.says(whole, url.Values{"do": {"choose"}, "spoken": {"article", "product"}, "kind": {"product"}})
	if got := hers(); got != "" {
		t.Fatalf("who wants no articles is told of %q", got)
	}
	o.says(whole, url.Values{"do": {"remove"}, "name": {"income"}})
	o.accept(`{"type":"identify","userId":"ada","traits":{"income":"again"},"context":{"provenance":"bought_in"}}`)
	p := o.ada()
	if got, _ := p.Trait("income"); got.Value.Kind != aparte.Null {
		t.Errorf("what she removed came back: %v", got)
	}
	o.says(whole, url.Values{"do": {"correct"}, "name": {"children"}, "value": {"3"}})
	o.says(whole, url.Values{"do": {"correct"}, "name": {"vip"}, "value": {"false"}})
	p = o.ada()
	if n, _ := p.Trait("children"); n.Value != aparte.NumberValue(3) || n.Provenance != aparte.Declared {
		t.Errorf("children: %v", n)
	}
	for _, wrong := range []url.Values{
		{"name": {"children"}, "value": {"many"}}, {"name": {"vip"}, "value": {"perhaps"}}, {"name": {"firstName"}, "value": {""}},
		{"name": {"firstName"}, "value": {strings.Repeat("x", 257)}}, {"name": {"firstName"}, "value": {"a\x00b"}}, {"name": {"email"}, "value": {"eve@evil.example"}},
		{"name": {"unheard"}, "value": {"of"}}, {"name": {"children"}, "value": {"NaN"}}, {"name": {"children"}, "value": {"1e999"}},
	} {
		wrong.Set("do", "correct")
		if w := o.post(whole, false, wrong); w.Code != 422 || !strings.Contains(w.Body.String(), `role="alert"`) {
			t.Errorf("%v: %d", wrong, w.Code)
		}
	}
}

func TestHerChoicesHoldFromTheNextMomentOn(t *testing.T) {
	o := openPages(t, pageBrand())
	o.basket()
	o.says(o.whole(), url.Values{"do": {"choose"}, "offered": {"email", "human"}, "channel": {"email"}, "spoken": {"product"}, "kind": {"product"}, "profiled": {"1"}, "weekly": {"1"}, "pause": {"month"}})
	p := o.ada()
	if most, told := p.Weekly(); most != 1 || !told || !p.PausedUntil().Equal(o.clock().Add(30*24*time.Hour)) || !p.Refuses(aparte.Profiling, "") {
		t.Fatalf("weekly %d, paused until %v, profiling %v", most, p.PausedUntil(), p.Refuses(aparte.Profiling, ""))
	}
	for _, c := range p.Consents {
		if c.Purpose == aparte.Profiling && (c.Source != meSource || c.Wording != meWording) {
			t.Errorf("the proof of her answer is %+v", c)
		}
	}
	written := len(o.mails)
	for range 10 { // of twenty baskets before, one was written to at the latest
		o.leave()
		o.step(47 * time.Hour)
	}
	if len(o.mails) != written {
		t.Error("she was written to in her pause")
	}
	o.step(30 * 24 * time.Hour)
	o.says(o.whole(), url.Values{"do": {"choose"}, "weekly": {"0"}})
	for range 10 {
		o.leave()
		o.step(23 * time.Hour)
	}
	if len(o.mails) != written {
		t.Error("she was written to, and wants no message a week")
	}
	for _, wrong := range []url.Values{{"weekly": {"-1"}}, {"weekly": {"many"}}, {"weekly": {"99999999999999999999"}}, {"pause": {"ever"}}} {
		wrong.Set("do", "choose")
		if w := o.post(o.whole(), false, wrong); w.Code != 422 {
			t.Errorf("%v: %d", wrong, w.Code)
		}
	}
	o.says(o.whole(), url.Values{"do": {"choose"}, "weekly": {""}, "pause": {"none"}})
	o.basket()
}

func TestSheTakesEverythingWithHerAndErasesIt(t *testing.T) {
	o := openPages(t, pageBrand())
	link := o.basket()
	whole := o.whole()
	w := o.read(whole+"/export.json", "fr")
	doc := decoded[struct {
		Person    struct{ Email string }
		Events    []json.RawMessage
		Decisions []struct {
			Content string
			Why     []string
		}
	}](t, w)
	at := slices.IndexFunc(doc.Decisions, func(d struct {
		Content string
		Why     []string
	}) bool {
		return d.Content == "basket-back"
	})
	if w.Code != 200 || doc.Person.Email != adasAddress || len(doc.Events) < 4 || at < 0 || !slices.Contains(doc.Decisions[at].Why, "Tea est dans votre panier.") {
		t.Fatalf("what she takes with her: %d %s", w.Code, w.Body)
	}
	if strings.Contains(w.Body.String(), "propensity") || strings.Contains(w.Body.String(), "candidates") {
		t.Error("it tells how the model weighs")
	}
	file := o.read(whole+"/export.html", "en")
	if body := file.Body.String(); file.Code != 200 || !strings.Contains(body, "Adeline") || strings.Contains(body, "<form") || !strings.Contains(file.Header().Get("Content-Disposition"), "attachment") {
		t.Errorf("the file to read: %d", file.Code)
	}
	if w := o.read(whole+"/erase", "en"); w.Code != 200 || !strings.Contains(w.Body.String(), "cannot be brought back") {
		t.Fatalf("before erasing: %d %s", w.Code, w.Body)
	}
	if p := o.ada(); p.ID.IsZero() {
		t.Fatal("looking at the page erased her")
	}
	if w := o.post(whole+"/erase", false, nil); w.Code != 200 || !strings.Contains(w.Body.String(), "We know nothing of you") {
		t.Fatalf("erased: %d", w.Code)
	}
	if _, err := o.Find(t.Context(), aparte.Identifier{Kind: aparte.KindUserID, Value: "ada"}); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("she is still known: %v", err)
	}
	for _, after := range []string{link, whole, whole + "/erase", whole + "/export.json"} {
		if w := o.read(after, "en"); w.Code != 200 || !strings.Contains(w.Body.String(), "We know nothing of you") {
			t.Errorf("afterwards %s shows %d", after[len(after)-12:], w.Code)
		}
	}
	if w := o.post(whole, false, url.Values{"do": {"write"}, "text": {"hello"}}); w.Code != 200 {
		t.Errorf("who was erased says something: %d", w.Code)
	}
}

func TestWhatSheWritesComesToAHuman(t *testing.T) {
	o := openPages(t, pageBrand())
	o.says(o.whole(), url.Values{"do": {"write"}, "text": {"Where is my <order>?"}})
	o.step(time.Minute)
	var tasks []engine.Task
	for range 20 { // silence is chosen at times, to learn
		o.step(time.Minute)
		var err error
		if tasks, err = o.Tasks(t.Context(), 10, "en"); err != nil {
			t.Fatal(err)
		}
		if len(tasks) > 0 {
			break
		}
		o.step(25 * time.Hour)
		o.says(o.whole(), url.Values{"do": {"write"}, "text": {"Where is my <order>?"}})
	}
	if len(tasks) == 0 {
		t.Fatal("nobody is asked to answer her")
	}
	read := slices.ContainsFunc(tasks[0].Steps, func(e engine.StoryEntry) bool {
		return e.Event.Name == aparte.EventReplied && strings.Contains(string(e.Event.Properties), "Where is my")
	})
	if !read {
		t.Errorf("the task does not tell what she wrote: %v", tasks[0].Story)
	}
	for _, wrong := range []string{"", "  ", strings.Repeat("x", 2001), strings.Repeat("😀", 1500), "\xff"} {
		if w := o.post(o.whole(), false, url.Values{"do": {"write"}, "text": {wrong}}); w.Code != 422 {
			t.Errorf("%d bytes: %d", len(wrong), w.Code)
		}
	}
}

// Where no scenario gives it to anybody, the brand's own mailbox gets it.
func TestWhatSheWritesIsMailedWhereNobodyIsGivenIt(t *testing.T) {
	b := pageBrand()
	b.Scenarios = b.Scenarios[:1]
	b.Contents = b.Contents[:2]
	o := openPages(t, b)
	o.says(o.whole(), url.Values{"do": {"write"}, "text": {"Where is my <order>?"}})
	m := o.mails[len(o.mails)-1]
	if m.To != "hello@shop.example" || m.ReplyTo != adasAddress || m.Text != "Where is my <order>?" || strings.Contains(m.HTML, "<order>") {
		t.Errorf("the brand got %+v", m)
	}
	o.fails = true
	if w := o.post(o.whole(), false, url.Values{"do": {"write"}, "text": {"Hello?"}}); w.Code != 422 || !strings.Contains(w.Body.String(), "hello@shop.example") {
		t.Errorf("where it cannot be sent: %d", w.Code)
	}
}

func TestEveryWordOfThePageIsInBothLanguages(t *testing.T) {
	for key, w := range meWords {
		if w.en == "" || w.fr == "" || strings.Count(w.en, "{}") != strings.Count(w.fr, "{}") {
			t.Errorf("%s: %q, %q", key, w.en, w.fr)
		}
	}
	asked := regexp.MustCompile(`\.W "([^"]+)"`)
	for _, found := range asked.FindAllStringSubmatch(meSourceHTML, -1) {
		if _, ok := meWords[found[1]]; !ok {
			t.Errorf("the page asks for %q, which is no word", found[1])
		}
	}
	for _, stage := range []string{aparte.Prospect, aparte.New, aparte.Active, aparte.AtRisk, aparte.Dormant, aparte.Lost, aparte.WonBack} {
		if _, ok := meWords["stage."+stage]; !ok {
			t.Errorf("stage %s has no words", stage)
		}
	}
}

// Whatever stands in an address or a form, the page answers, and what is not signed opens nothing.
func TestWhateverIsSaidToThePageIsAnswered(t *testing.T) {
	o := openPages(t, pageBrand())
	whole := o.whole()
	rapid.Check(t, func(t *rapid.T) {
		token := rapid.OneOf(rapid.Just(whole), rapid.Map(rapid.StringMatching(`[A-Za-z0-9_-]{1,200}`), func(s string) string { return "/me/" + s })).Draw(t, "token")
		fields := url.Values{}
		for range rapid.IntRange(0, 6).Draw(t, "fields") {
			name := rapid.SampledFrom([]string{"do", "name", "value", "text", "weekly", "pause", "offered", "channel", "spoken", "kind", "profiled", "x"}).Draw(t, "field")
			fields.Add(name, rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"choose", "correct", "remove", "firstName", "wishes.weekly", "email", "children", "{{ x }}", "<script>"})).Draw(t, "value"))
		}
		w := o.post(token, false, fields)
		if code := w.Code; token == whole && code != 303 && code != 200 && code != 422 && code != 429 && code != 503 || token != whole && code != 404 {
			t.Fatalf("%q: %d %s", fields, code, w.Body)
		}
		from := rapid.String().Draw(t, "from")
		r := httptest.NewRequest("GET", token+"?"+url.Values{"from": {from}, "lang": {from}, "said": {from}}.Encode(), nil)
		got := httptest.NewRecorder()
		o.doors.ServeHTTP(got, r)
		if token == whole && got.Code != 200 || strings.Contains(got.Body.String(), "<script") {
			t.Fatalf("looked at: %d", got.Code)
		}
	})
}
