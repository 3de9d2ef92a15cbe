package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/smtp"
	"net/url"
	"regexp"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/access"
	"github.com/aparte-dev/aparte/access/oidc"
	"github.com/aparte-dev/aparte/api"
	"github.com/aparte-dev/aparte/asset"
	"github.com/aparte-dev/aparte/channel"
	"github.com/aparte-dev/aparte/channel/mailbox"
	"github.com/aparte-dev/aparte/channel/webhook"
	"github.com/aparte-dev/aparte/compose"
	"github.com/aparte-dev/aparte/console"
	"github.com/aparte-dev/aparte/demo/brand"
	"github.com/aparte-dev/aparte/engine"
	"github.com/aparte-dev/aparte/exchange/load"
	sources "github.com/aparte-dev/aparte/exchange/source"
	"github.com/aparte-dev/aparte/grant"
	"github.com/aparte-dev/aparte/playbook"
	"github.com/aparte-dev/aparte/quality"
	"github.com/aparte-dev/aparte/store/backup"
	"github.com/aparte-dev/aparte/store/pebble"
	"github.com/aparte-dev/aparte/tag"
	"github.com/aparte-dev/aparte/writer"
)

// besieged is a house that is attacked: the furnished brand, someone whose links the attacker holds, and someone of whom nobody
// without the secret key may learn anything. It is in memory, its clock is moved by hand, and nothing leaves it.
type besieged struct {
	t        testing.TB
	doors    http.Handler
	engine   *engine.Engine
	brand    *aparte.Brand
	clock    *handClock
	box      *mailbox.Mailbox
	post     []*heldPost
	log      *bytes.Buffer // all that is logged
	logged   sync.Mutex
	secret   []string            // what no answer may hold
	tokens   map[string][]string // by the first segment of the path they open
	lastTask string              // the last that was found to be done
	uncalled int                 // how often yet none is looked for
	patience int                 // how often none is looked for once none was found
	spec     map[string]any      // openapi.json
	written  string              // the brand as the door tells it
	hooks    *webhook.Hooks
	asked    *sources.Sources
	kept     *quality.Keeper
	porter   *access.Porter
	single   *oidc.Door
	login    string // where the identity provider is

	open   func(*access.Porter) http.Handler // the console, with another door-keeper
	bare   http.Handler                      // the console of a house that nobody has set up yet
	vacant *access.Porter
	leave  func() // that house
	link   string // by which it can be

	clerks []string // addresses of people who sign in
	aside  string   // a record that is kept aside
	whole  uint64   // the version of the brand that is as it should be

	staff    map[access.Role]access.UserID // somebody of each role
	staffed  int                           // how many there were
	sessions map[access.Role]string
	made     map[access.Role]string  // keys that were made in the console; of the empty role a public one
	rights   map[string]access.Right // that doors ask for, by their patterns
	leads    *http.ServeMux          // to the patterns
	stood    string                  // how the house was before a request: see state
	known    map[string][]string     // what path parameters and members may name, by "segment/{name}"
}

// Keys of the house. They are told apart from all else by how they look.
const (
	siegeWriteKey  = "wk-siege-2c1f"
	siegeSecretKey = "sk-siege-9b04e1d7"
	siegeOwnKey    = "sk-siege-own-77d0"
	siegeSingle    = "oidc-siege-5e11" // which the house shares with its identity provider
	siegeBase      = "http://house.example"
)

// Whom nobody may learn of.
const (
	hiddenID    = "hidden-7f3a"
	hiddenMail  = "hidden.7f3a@elsewhere.example"
	hiddenPhone = "+33612345999"
	hiddenName  = "Hildegund-7f3a"
)

// handClock shows the time it was moved to and, once it goes, what has passed since then.
type handClock struct {
	mu   sync.Mutex
	at   time.Time
	goes time.Time // the machine's time when it began to; zero: it stands
}

func (c *handClock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.goes.IsZero() {
		return c.at
	}
	return c.at.Add(time.Since(c.goes))
}

func (c *handClock) goOn() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.goes = time.Now()
}

func (c *handClock) move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// heldPost is a channel from which nothing leaves.
type heldPost struct {
	on   aparte.Channel
	mu   sync.Mutex
	sent []channel.Message
}

func (p *heldPost) Channel() aparte.Channel { return p.on }

func (p *heldPost) Send(_ context.Context, m *channel.Message) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sent = append(p.sent, *m)
	return nil
}

func (p *heldPost) all() []channel.Message {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.sent)
}

// Write takes a line of the log.
func (h *besieged) Write(line []byte) (int, error) {
	h.logged.Lock()
	defer h.logged.Unlock()
	return h.log.Write(line)
}

// besiege opens a house and has people live in it.
func besiege(t testing.TB) *besieged {
	t.Helper()
	h := &besieged{
		t: t, clock: &handClock{at: time.Date(2026, 5, 4, 10, 0, 0, 0, time.UTC)}, log: &bytes.Buffer{},
		tokens: map[string][]string{}, known: map[string][]string{},
	}
	log := slog.New(slog.NewTextHandler(h, nil))
	db, err := pebble.Open("siege", pebble.Options{FS: vfs.NewMem(), Rand: rand.NewChaCha8([32]byte{7}), Logger: log})
	h.must(err)
	t.Cleanup(func() { h.must(db.Close()) })
	assets, err := asset.Open(t.Context(), db, brand.Assets(), h.clock.now)
	h.must(err)
	composer, err := compose.New(assets)
	h.must(err)
	kept, err := quality.Open(t.Context(), db, h.clock.now, log)
	h.must(err)
	t.Cleanup(func() { h.must(kept.Close()) })
	hooks, err := webhook.Open(t.Context(), webhook.Config{Documents: db, Stepped: true, Now: h.clock.now, Logger: log})
	h.must(err)
	asked, err := sources.Open(t.Context(), sources.Config{Documents: db, Temp: t.TempDir(), Now: h.clock.now, Logger: log})
	h.must(err)
	t.Cleanup(asked.Close)
	h.hooks, h.asked, h.kept = hooks, asked, kept
	h.porter, err = access.Open(t.Context(), access.Config{Documents: db, Secret: db.Secret(), Seconds: []byte(siegeWords), Now: h.clock.now, Logger: log})
	h.must(err)
	box, err := mailbox.Start(t.Context(), "127.0.0.1:0")
	h.must(err)
	h.box = box
	t.Cleanup(func() { h.must(box.Close()) })

	for _, on := range []aparte.Channel{aparte.Email, aparte.SMS, aparte.WebPush, aparte.MobilePush} {
		h.post = append(h.post, &heldPost{on: on})
	}
	h.secret = []string{siegeWriteKey, siegeSecretKey, siegeOwnKey, siegeWords, siegeSingle, string(db.Secret()), hex.EncodeToString(db.Secret()), base64.StdEncoding.EncodeToString(db.Secret()), base64.RawURLEncoding.EncodeToString(db.Secret())}
	h.brand, err = brand.Brand()
	h.must(err)
	h.brand.Holdout = 0
	h.brand.Items = h.brand.Items[:12]
	h.speakMore()

	granted, err := grant.Open(t.Context(), grant.Config{Documents: db, Now: h.clock.now, Logger: log})
	h.must(err)
	t.Cleanup(func() { h.must(granted.Close()) })
	h.single, err = oidc.New(oidc.Config{Documents: db, Now: h.clock.now})
	h.must(err)
	h.login = loginDesk(t)
	drafting, err := writer.New(writer.Config{URL: "http://model.example/v1", Model: "small", Client: &http.Client{Transport: inside{handler: http.HandlerFunc(aModel)}}})
	h.must(err)

	// People live in it while its clock is moved by hand; then it is opened again as a server opens it.
	open := func(stepped bool) (shut func()) {
		var senders []channel.Sender
		for _, p := range h.post {
			senders = append(senders, p)
		}
		var err error
		h.engine, err = engine.Open(t.Context(), engine.Config{
			Store: db, Composer: composer, Senders: senders, BaseURL: siegeBase, Now: h.clock.now, Stepped: stepped, Logger: log, Aside: kept, Outbox: hooks,
		})
		h.must(err)
		own := api.Key{Name: "sources", Kind: api.SecretKey, Source: "query", Value: siegeOwnKey}
		doors, err := api.New(api.Config{
			Made: h.porter.Keys, Grants: granted, Engine: h.engine, Assets: assets, Quality: kept, Webhooks: hooks, Sources: asked, Region: "FR", Logger: log, Now: h.clock.now,
			Backup: func(ctx context.Context, to io.Writer) error {
				return backup.Write(ctx, to, t.TempDir(), backup.About{})
			},
			Keys: []api.Key{
				{Name: "site", Kind: api.PublicKey, Source: "web", Value: siegeWriteKey},
				{Name: "server", Kind: api.SecretKey, Source: "server", Value: siegeSecretKey}, own,
			},
		})
		h.must(err)
		entrance := access.Entrance{Porter: h.porter}
		bringing := &house{own: func(id string) *load.Client {
			return &load.Client{Base: "http://inside", Key: own.Value, HTTP: &http.Client{Transport: inside{doors, sources.From(id)}}}
		}}
		whole := console.Config{
			Entrance: &entrance, Single: h.single, Grants: granted, TakeOut: api.TakeOut(h.engine, nil), Furnish: furnish, Bring: bringing.bring, Senders: senders,
			Engine: h.engine, Assets: assets, Quality: kept, Webhooks: hooks, Sources: asked, Resend: api.Resend(h.engine, kept), Mailbox: box,
			Writer: drafting, ReadBrand: api.ParseBrand, Logger: log, Now: h.clock.now,
		}
		pages, err := console.New(whole)
		h.must(err)
		mux := http.NewServeMux()
		mux.Handle("/", doors)
		mux.Handle("/tag.js", tag.Handler())
		mux.Handle("/push.js", tag.Worker())
		mux.Handle("/v1/admin/", entrance.Admit(h.porter.Recorded(doors)))
		mux.Handle("/console/", pages)
		h.doors = mux
		h.open = func(porter *access.Porter) http.Handler {
			another := whole
			another.Entrance = &access.Entrance{Porter: porter}
			pages, err := console.New(another)
			h.must(err)
			return pages
		}
		return func() { h.must(h.engine.Close()) }
	}
	h.employ()
	shut := open(true)
	h.publish()
	h.furnish()
	shut()
	h.clock.goOn()
	t.Cleanup(open(false))
	t.Cleanup(func() {
		if h.leave != nil {
			h.leave()
		}
	})
	h.must(hooks.Start(t.Context(), h.engine, api.Noticed(h.engine, h.clock.now), api.Advertised(h.engine, h.clock.now)))
	t.Cleanup(func() { h.must(hooks.Close()) })
	h.know()
	return h
}

func (h *besieged) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

func (h *besieged) publish() {
	h.t.Helper()
	version, err := h.engine.Publish(h.t.Context(), h.brand)
	h.must(err)
	h.whole = version
}

// speakMore gives the brand what makes tokens and tasks that the furnished one does not: an offer to share, and calls by a human.
func (h *besieged) speakMore() {
	h.t.Helper()
	hot, err := playbook.Find("hot")
	h.must(err)
	h.brand, err = hot.Adopt(h.brand)
	h.must(err)
	for i := range h.brand.Scenarios {
		if s := &h.brand.Scenarios[i]; s.Channel == aparte.Human {
			s.After, s.Unless, s.Audience, s.Delay, s.Rest = "Product Added", nil, "", 0, 0
		}
	}
	for i := range h.brand.Contents {
		if c := &h.brand.Contents[i]; slices.Equal(c.Channels, []aparte.Channel{aparte.Human}) {
			c.Purpose, c.Rules = aparte.Service, nil
		}
	}
	h.brand.Postage = nil
	h.brand.Pressure.QuietFrom, h.brand.Pressure.QuietUntil = 0, 0
	said := func(element, en, fr string) aparte.Element {
		return aparte.Element{Name: element, Variants: []aparte.Variant{{ID: "a", Words: aparte.Words{"en": en, "fr": fr}}}}
	}
	h.brand.Layouts = append(h.brand.Layouts, aparte.Layout{ID: "push", Name: aparte.Words{"en": "Push", "fr": "Notification"}, Channels: []aparte.Channel{aparte.MobilePush}, HTML: "{{ elements.headline }}"})
	h.brand.Contents = append(h.brand.Contents, aparte.Content{
		ID: "nudge", Name: aparte.Words{"en": "A nudge", "fr": "Un rappel"}, Kind: "service", Purpose: aparte.Service, Channels: []aparte.Channel{aparte.MobilePush}, Layouts: []aparte.LayoutID{"push"},
		Elements: []aparte.Element{said("headline", "Still there", "Toujours là"), said("body", "It waits for you.", "Cela vous attend.")},
	})
	h.brand.Scenarios = append(h.brand.Scenarios, aparte.Scenario{ID: "nudge", Name: aparte.Words{"en": "A nudge", "fr": "Un rappel"}, After: "Product Viewed", Channel: aparte.MobilePush})
	h.brand.Layouts = append(h.brand.Layouts, aparte.Layout{ID: "thanks", Name: aparte.Words{"en": "Thanks", "fr": "Merci"}, Channels: []aparte.Channel{aparte.Web}, Slots: []string{"thanks"}, HTML: "<p>{{ elements.headline }}</p>"})
	h.brand.Contents = append(h.brand.Contents, aparte.Content{
		ID: "share", Name: aparte.Words{"en": "Share it", "fr": "Le partager"}, Kind: aparte.KindShare, Purpose: aparte.Service, Channels: []aparte.Channel{aparte.Web},
		Slots: []string{"thanks"}, Layouts: []aparte.LayoutID{"thanks"}, Items: aparte.BoughtBefore,
		Elements: []aparte.Element{said("headline", "{{ share }}", "{{ share }}")},
	})
}

// furnish has people come, be asked, leave baskets and be written to, so that there is a token of every kind to attack with.
func (h *besieged) furnish() {
	h.t.Helper()
	item := string(h.brand.Items[0].ID)
	live := func(user, mail, phone, name string) {
		h.ok("POST", "/v1/batch", siegeWriteKey, fmt.Sprintf(`{"batch":[
			{"type":"identify","userId":%[1]q,"anonymousId":"anon-%[1]s","messageId":"%[1]s-1","context":{"device":{"type":"ios","token":"phone-%[1]s"}},"traits":{"email":%[2]q,"phone":%[3]q,"firstName":%[4]q,"locale":"en-GB",
			 "consents":[{"purpose":"marketing","channel":"email","granted":true,"source":"test","wording":"1"},{"purpose":"marketing","channel":"sms","granted":true,"source":"test","wording":"1"}]}},
			{"type":"track","event":"Product Viewed","userId":%[1]q,"messageId":"%[1]s-2","properties":{"product_id":%[5]q}},
			{"type":"track","event":"Product Added","userId":%[1]q,"messageId":"%[1]s-4","properties":{"product_id":%[5]q,"quantity":1}}]}`, user, mail, phone, name, item))
	}
	live(hiddenID, hiddenMail, hiddenPhone, hiddenName)
	for i := range 12 {
		live(fmt.Sprintf("ada-%d", i), fmt.Sprintf("ada-%d@house.example", i), fmt.Sprintf("+336123450%02d", i), "Ada")
	}
	h.answer(h.request("POST", "/v1/batch", siegeWriteKey, `{"batch":[{"type":"track","userId":"ada-0","event":"","messageId":"kept-aside"}]}`)) // refused, and kept aside
	for hours := range 60 {
		h.clock.move(time.Hour)
		if hours == 40 {
			for i := range 6 {
				h.ok("POST", "/v1/track", siegeWriteKey, fmt.Sprintf(`{"event":"Order Completed","userId":"ada-%[1]d","messageId":"ada-%[1]d-3","properties":{"order_id":"o-ada-%[1]d","total":40,"currency":"GBP","products":[{"product_id":%[2]q,"price":40,"quantity":1}]}}`, i, item))
			}
		}
		h.must(h.engine.Step(h.t.Context()))
		h.must(h.engine.Delivered(h.t.Context()))
		if hours%6 == 0 {
			for i := range 6 {
				h.gather(h.ok("POST", "/v1/decide", siegeWriteKey, fmt.Sprintf(`{"person":{"userId":"ada-%d"},"surface":"web","slots":["hero","aside","thanks"],"formats":["html"]}`, i)))
			}
		}
	}
	h.t.Logf("%d mails, %d texts left", len(h.post[0].all()), len(h.post[1].all()))
	for _, p := range h.post {
		for _, m := range p.all() {
			if strings.Contains(m.To, "hidden") || m.To == hiddenPhone {
				continue
			}
			h.gather(m.HTML + " " + m.Text + " " + m.Unsubscribe + " " + m.Link + " " + m.Report)
		}
	}
	for i := 0; i < 200 && len(h.tokens["v"]) < 3; i++ { // visitors whom nobody knows are asked for their address
		asked := h.ok("POST", "/v1/decide", siegeWriteKey, fmt.Sprintf(`{"person":{"anonymousId":"visitor-%d"},"surface":"web","slots":["hero","aside"],"formats":["html"]}`, i))
		for _, m := range addresses.FindAllStringSubmatch(asked, -1) {
			if m[1] == "a" {
				given := h.request("POST", "/a/"+m[2], "", url.Values{"answer": {fmt.Sprintf("reader-%d@house.example", i)}}.Encode())
				given.Header.Set("Content-Type", "application/x-www-form-urlencoded")
				h.answer(given) // who is asked something else refuses it
			}
		}
		for _, m := range h.post[0].all() {
			if strings.HasPrefix(m.Key, "confirm-") {
				h.gather(m.HTML)
			}
		}
	}
	for _, kind := range []string{"a", "c", "me", "n", "r", "u", "v", "x"} {
		if len(h.tokens[kind]) == 0 && kind != "me" {
			h.t.Errorf("the house has no token of /%s/ to be attacked with", kind)
		}
	}
	var club []string
	for i := range 130 {
		club = append(club, fmt.Sprintf(`{"type":"identify","userId":"club-%[1]d","messageId":"club-%[1]d","traits":{"club":%[2]q,"age":%[1]d}}`, i, []string{"yes", "no"}[i%2]))
	}
	h.ok("POST", "/v1/batch", siegeWriteKey, `{"batch":[`+strings.Join(club, ",")+`]}`)
	whole := h.ok("POST", "/v1/admin/people/ada-0/page", siegeSecretKey, "")
	h.tokens["me"] = nil
	h.gather(whole)
}

// addresses are links of the house with a token.
var addresses = regexp.MustCompile(siegeBase + `/(x|c|u|a|v|r|n|me|film)/([A-Za-z0-9_-]+)`)

// gather keeps the tokens that stand in a text.
func (h *besieged) gather(text string) {
	for _, m := range addresses.FindAllStringSubmatch(text, -1) {
		if !slices.Contains(h.tokens[m[1]], m[2]) && len(h.tokens[m[1]]) < 20 {
			h.tokens[m[1]] = append(h.tokens[m[1]], m[2])
		}
	}
}

// know gathers what the parameters of doors may name.
func (h *besieged) know() {
	h.t.Helper()
	for _, b := range []struct{ path, body string }{
		{"PUT /v1/admin/webhooks/hook", `{"url":"https://hooks.example/in","types":["decision.taken"]}`},
		{"PUT /v1/admin/sources/shop", `{"brings":"catalogue","address":"env:APARTE_SOURCE_SHOP","query":"select 1","every":"1h"}`},
		{"PUT /v1/admin/schemas/Order%20Completed", `{"mode":"warn","schema":{"type":"object"}}`},
		{"POST /v1/admin/places", `{"put":[{"id":"shop","name":{"en":"Shop"},"radius":100,"zone":"Europe/Paris","at":{"lat":48.85,"lon":2.35}}]}`},
	} {
		method, path, _ := strings.Cut(b.path, " ")
		r := h.request(method, path, siegeSecretKey, b.body)
		if w := h.answer(r); w.status >= 300 {
			h.t.Fatalf("%s answered %d %.300s", b.path, w.status, w.body.Bytes())
		}
	}
	k := h.known
	k["{person}"] = nil
	for i := range 6 {
		k["{person}"] = append(k["{person}"], regexp.MustCompile(`p_[0-9a-f]{32}`).FindString(h.ok("GET", fmt.Sprintf("/v1/admin/people/ada-%d", i), siegeSecretKey, "")))
	}
	mail := "From: Shop <shop@house.example>\r\nTo: ada-0@house.example\r\nSubject: Hello\r\nContent-Type: text/html\r\n\r\n<p>Hello</p>\r\n"
	h.must(smtp.SendMail(h.box.Addr(), nil, "shop@house.example", []string{"ada-0@house.example"}, []byte(mail)))
	for _, m := range h.box.Mails() {
		k["mail"] = append(k["mail"], strconv.FormatUint(m.ID, 10))
	}
	for i := range 6 {
		k["people"] = append(k["people"], fmt.Sprintf("ada-%d", i))
	}
	for _, c := range h.brand.Contents {
		k["contents"] = append(k["contents"], string(c.ID))
	}
	for _, a := range h.brand.Audiences {
		k["audiences"] = append(k["audiences"], string(a.ID))
	}
	for _, s := range h.brand.Scenarios {
		k["scenarios"] = append(k["scenarios"], string(s.ID))
	}
	k["playbook"], k["webhooks"], k["sources"], k["places"], k["schemas"] = []string{"basket", "birthday"}, []string{"hook"}, []string{"shop"}, []string{"shop"}, []string{"Order%20Completed"}
	decisions := regexp.MustCompile(`d_[0-9a-f]{32}_[0-9a-z]+`).FindAllString(h.ok("GET", "/v1/admin/people/ada-0/decisions", siegeSecretKey, ""), -1)
	k["decisions"], k["tasks"] = decisions, decisions
	aside := regexp.MustCompile(`q_[0-9a-f]{16}`).FindAllString(h.ok("GET", "/v1/admin/quarantine", siegeSecretKey, ""), -1)
	k["quarantine"], k["aside"] = aside, aside
	k["attributes"], k["export"], k["language"], k["lookalikes"], k["assets"] = []string{"email", "firstName"}, []string{"people", "events", "decisions"}, []string{"en", "fr"}, []string{"like"}, []string{"logo.png"}
	k["{slot}"], k["{userId}"], k["{fate}"], k["{layout}"], k["{do}"] = []string{"hero", "aside"}, []string{"ada-1"}, []string{"delivered", "dismissed"}, []string{"hero-column"}, []string{"done", "test", "run", "delete", "rotate"}
}

// ok asks a door what it must answer, and returns it.
func (h *besieged) ok(method, path, key, body string) string {
	h.t.Helper()
	w := h.answer(h.request(method, path, key, body))
	if w.status != http.StatusOK && w.status != http.StatusCreated {
		h.t.Fatalf("%s %s answered %d %.500s", method, path, w.status, w.body.Bytes())
	}
	return w.body.String()
}

func (h *besieged) request(method, path, key, body string) *http.Request {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	if key != "" {
		r.Header.Set("Authorization", "Bearer "+key)
	}
	if strings.HasPrefix(path, "/console/") {
		r.Header.Set("Cookie", sessionCookie+"="+h.session(access.Administrator))
	}
	return r
}

// heard is an answer as a client hears it. A stream is left as soon as it begins.
type heard struct {
	header http.Header
	status int
	body   bytes.Buffer
	leave  func()
	broke  string // the stack of a panic
}

const heardMost = 4 << 20 // bytes that are kept of an answer

func (w *heard) Header() http.Header { return w.header }

func (w *heard) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	if strings.HasPrefix(w.header.Get("Content-Type"), "text/event-stream") {
		w.leave()
	}
}

func (w *heard) Write(b []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	if w.body.Len()+len(b) > heardMost {
		return 0, io.ErrShortWrite
	}
	return w.body.Write(b)
}

func (w *heard) Flush() { w.WriteHeader(http.StatusOK) }

func (w *heard) SetWriteDeadline(time.Time) error { return nil }
func (w *heard) SetReadDeadline(time.Time) error  { return nil }

// answer asks the house.
func (h *besieged) answer(r *http.Request) *heard {
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	w := &heard{header: http.Header{}, leave: cancel}
	func() {
		defer func() {
			if cause := recover(); cause != nil && cause != http.ErrAbortHandler {
				w.broke = fmt.Sprintf("%v\n%s", cause, debug.Stack())
			}
		}()
		house := h.doors
		if h.bare != nil && strings.HasPrefix(r.URL.Path, "/console/set-up/") {
			house = h.bare
		}
		house.ServeHTTP(w, r.WithContext(ctx))
	}()
	if w.status == 0 {
		w.status = http.StatusOK
	}
	return w
}

// stands fails unless the house still answers who comes in good faith, and has what doors are attacked with; what attacks took
// away is put back.
func (h *besieged) stands(t testing.TB, after string) {
	t.Helper()
	for _, c := range []struct{ method, path, key, body string }{
		{"POST", "/v1/track", siegeWriteKey, fmt.Sprintf(`{"userId":"ada-2","event":"Product Viewed","messageId":%q,"properties":{"product_id":%q}}`, "after "+url.QueryEscape(after), h.brand.Items[0].ID)},
		{"POST", "/v1/decide", siegeWriteKey, `{"person":{"userId":"ada-2"},"surface":"web","slots":["hero"]}`},
		{"GET", "/console/live", "", ""},
		{"GET", "/readyz", "", ""},
	} {
		if w := h.answer(h.request(c.method, c.path, c.key, c.body)); w.status != http.StatusOK {
			t.Errorf("after the attacks on %s, %s %s answers %d %.300s", after, c.method, c.path, w.status, w.body.Bytes())
		}
	}
}
