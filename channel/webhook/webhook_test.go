package webhook_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"go.uber.org/goleak"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/channel/webhook"
	"github.com/aparte-dev/aparte/grant"
	"github.com/aparte-dev/aparte/store"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const parts = 4

// book is a log in memory. Which part a person is in is told by their first byte.
type book struct {
	mu      sync.Mutex
	last    uint64
	waiting [parts][]aparte.Notice
	buried  []aparte.Notice

	forgetful bool // what is settled is there after all
}

func (b *book) Parts() int { return parts }

func (b *book) Notices(_ context.Context, part int, after uint64, limit int) (found []aparte.Notice, last uint64, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, n := range b.waiting[part] {
		if n.Number > after && len(found) < limit {
			found, last = append(found, n), n.Number
		}
	}
	return found, last, nil
}

func (b *book) Settle(part int, numbers []uint64) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.forgetful {
		return nil
	}
	b.waiting[part] = slices.DeleteFunc(b.waiting[part], func(n aparte.Notice) bool { return slices.Contains(numbers, n.Number) })
	return nil
}

func (b *book) Bury(_ context.Context, n aparte.Notice) error {
	b.mu.Lock()
	b.buried = append(b.buried, n)
	b.mu.Unlock()
	return b.Settle(int(n.Person[0]), []uint64{n.Number})
}

func (b *book) Buried(_ context.Context, to string, limit int) ([]aparte.Notice, int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	var its []aparte.Notice
	for _, n := range b.buried {
		if n.To == to {
			its = append(its, n)
		}
	}
	return its[:min(limit, len(its))], len(its), nil
}

func (b *book) Revive(_ context.Context, n aparte.Notice) error {
	b.mu.Lock()
	b.buried = slices.DeleteFunc(b.buried, func(o aparte.Notice) bool { return o == n })
	b.mu.Unlock()
	b.write(n)
	return nil
}

func (b *book) write(n aparte.Notice) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.last++
	n.Number = b.last
	its := append(b.waiting[n.Person[0]], n)
	slices.SortFunc(its, func(a, b aparte.Notice) int { return int(a.Number) - int(b.Number) })
	b.waiting[n.Person[0]] = its
}

// drop forgets the last notice of a part, as who it tells of is erased.
func (b *book) drop(part int) (n aparte.Notice, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	its := b.waiting[part]
	if len(its) == 0 {
		return n, false
	}
	n, b.waiting[part] = its[len(its)-1], its[:len(its)-1]
	return n, true
}

// renumber has numbers go on from the last that lies there.
func (b *book) renumber() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.last = 0
	for _, its := range b.waiting {
		for _, n := range its {
			b.last = max(b.last, n.Number)
		}
	}
}

func (b *book) left() (n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, part := range b.waiting {
		n += len(part)
	}
	return n
}

// shelf is one document in memory.
type shelf struct {
	mu      sync.Mutex
	version uint64
	body    []byte
	reads   int
}

func (s *shelf) Newest(context.Context, string) (uint64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.version, nil
}

func (s *shelf) PutDocument(_ context.Context, _ string, body []byte) (uint64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.version++
	s.body = bytes.Clone(body)
	return s.version, nil
}

func (s *shelf) Document(context.Context, string, uint64) (store.Document, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reads++
	if s.version == 0 {
		return store.Document{}, store.ErrNotFound
	}
	return store.Document{Version: s.version, Body: s.body}, nil
}

func (s *shelf) DropDocuments(context.Context, string, uint64) error { return nil }

// crm is a receiver over real HTTP. It verifies by the specification's own library, and answers what it is told to.
type crm struct {
	*httptest.Server
	t      *testing.T
	mu     sync.Mutex
	secret string
	answer func(id string) int // 0: the connection is cut
	took   []string            // ids, in the order in which they were taken
	seen   int                 // requests
}

func newCRM(t *testing.T) *crm {
	c := &crm{t: t, answer: func(string) int { return http.StatusNoContent }}
	c.Server = httptest.NewServer(http.HandlerFunc(c.serve))
	t.Cleanup(c.Close)
	return c
}

func (c *crm) serve(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.seen++
	id := r.Header.Get("webhook-id")
	status := c.answer(id)
	if status == 0 {
		panic(http.ErrAbortHandler)
	}
	if c.secret != "" {
		wh, bad := standardwebhooks.NewWebhook(c.secret)
		if err = errors.Join(err, bad); err == nil {
			err = wh.VerifyIgnoringTimestamp(body, r.Header) // the test's clock is not the world's
		}
		if err != nil {
			c.t.Errorf("a message that cannot be verified: %v", err)
		}
	}
	if status < 300 {
		c.took = append(c.took, id)
	}
	w.WriteHeader(status)
}

func (c *crm) say(answer func(id string) int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.answer = answer
}

func (c *crm) taken() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.took)
}

func (c *crm) requests() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.seen
}

func always(status int) func(string) int { return func(string) int { return status } }

// house is hooks over a log and a document that outlive them.
type house struct {
	*webhook.Hooks
	t    *testing.T
	now  time.Time
	log  *book
	docs *shelf
	said bytes.Buffer

	grants *grant.Ledger // nil: whatever is declared may be told
}

func open(t *testing.T) *house {
	h := &house{t: t, now: time.Date(2026, 11, 27, 9, 0, 0, 0, time.UTC), log: &book{}, docs: &shelf{}}
	h.start()
	t.Cleanup(func() {
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	})
	return h
}

func (h *house) start() {
	h.t.Helper()
	hooks, err := webhook.Open(h.t.Context(), webhook.Config{
		Documents: h.docs, Grants: h.grants, Private: true, Within: 200 * time.Millisecond, Stepped: true, Now: func() time.Time { return h.now }, Logger: slog.New(slog.NewTextHandler(&h.said, nil)),
	})
	if err == nil {
		err = hooks.Start(h.t.Context(), h.log, compose, nil)
	}
	if err != nil {
		h.t.Fatal(err)
	}
	h.Hooks = hooks
}

// kill is what a crash leaves: the log and the documents as they are.
func (h *house) kill() { h.start() }

func compose(_ context.Context, n aparte.Notice, to webhook.Reader) ([]byte, error) {
	if n.Seq == 404 {
		return nil, store.ErrNotFound
	}
	return json.Marshal(map[string]any{"type": n.Kind, "identifiers": to.Identifiers, "data": map[string]any{"event": map[string]any{"properties": map[string]any{"revenue": n.Seq}}}})
}

func (h *house) put(e webhook.Endpoint) string {
	h.t.Helper()
	e.Enabled = true
	if e.Kinds == nil {
		e.Kinds = []aparte.NoticeKind{aparte.OrderCompleted}
	}
	secret, err := h.Put(h.t.Context(), e)
	if err != nil {
		h.t.Fatal(err)
	}
	return secret
}

// order has a person order for the nth time, and is the id by which the CRM will be told of it.
func (h *house) order(person byte, seq uint64) string {
	n := aparte.Notice{Kind: aparte.OrderCompleted, Person: aparte.PersonID{person}, Seq: seq, At: h.now}
	for _, to := range h.Wanted(n.Kind) {
		n.To = to
		h.log.write(n)
		h.Written(int(person), []aparte.Notice{n})
	}
	return fmt.Sprintf("msg_%02x%s_%d_order.completed", person, strings.Repeat("0", 30), seq)
}

func (h *house) step() {
	h.t.Helper()
	h.Step(h.t.Context())
}

// wait lets time pass in steps, as a clock does.
func (h *house) wait(d time.Duration) {
	h.t.Helper()
	for end := h.now.Add(d); h.now.Before(end); h.now = h.now.Add(5 * time.Minute) {
		h.step()
	}
}

func (h *house) state() webhook.State {
	h.t.Helper()
	all, err := h.States(h.t.Context())
	if err != nil || len(all) != 1 {
		h.t.Fatalf("%d endpoints (%v), want one", len(all), err)
	}
	return all[0]
}

func TestWhatHappensIsToldInOrderAndSigned(t *testing.T) {
	h, c := open(t), newCRM(t)
	c.secret = h.put(webhook.Endpoint{ID: "crm", URL: c.URL})
	var want []string
	for seq := range uint64(200) {
		want = append(want, h.order(1, seq+1)[:0]+fmt.Sprintf("msg_01%s_%s_order.completed", strings.Repeat("0", 30), base36(seq+1)))
	}
	h.step()
	if diff := cmp.Diff(want, c.taken()); diff != "" {
		t.Errorf("taken (-want +got):\n%s", diff)
	}
	if s := h.state(); h.log.left() != 0 || s.Waiting != 0 || s.Delivered != 200 || s.Failed != 0 {
		t.Errorf("%d wait; %+v", h.log.left(), s)
	}
}

func base36(n uint64) string {
	const digits = "0123456789abcdefghijklmnopqrstuvwxyz"
	if n < 36 {
		return digits[n : n+1]
	}
	return base36(n/36) + digits[n%36:n%36+1]
}

func TestNothingIsLostWhileAnEndpointIsDownNorInACrash(t *testing.T) {
	h, c := open(t), newCRM(t)
	c.secret = h.put(webhook.Endpoint{ID: "crm", URL: c.URL})
	c.say(always(0))
	var want []string
	for seq := range uint64(9) {
		for person := range byte(parts) {
			want = append(want, h.order(person, seq+1))
		}
		h.step()
		h.now = h.now.Add(time.Minute)
	}
	if s := h.state(); s.FailingSince.IsZero() || s.FailedWith != "connection lost" || s.NextTry.IsZero() || s.Waiting != 36 {
		t.Errorf("of an endpoint that is down: %+v", s)
	}
	h.wait(7 * time.Hour)
	if n := c.requests(); n > 60 {
		t.Errorf("%d attempts in 7 hours at an endpoint that is down", n)
	}
	h.kill()
	c.say(func(id string) int { // once it takes three, it is cut off again
		if len(c.took) == 3 {
			return 0
		}
		return 200
	})
	h.wait(time.Hour)
	h.kill()
	c.say(always(200))
	h.wait(3 * time.Hour)
	got := c.taken()
	for person := range parts {
		var its []string
		for _, id := range got {
			if strings.HasPrefix(id, fmt.Sprintf("msg_%02x", person)) {
				its = append(its, id)
			}
		}
		if !slices.IsSorted(its) {
			t.Errorf("person %d's notices came as %v", person, its)
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if diff := cmp.Diff(want, slices.Compact(got)); diff != "" {
		t.Errorf("taken (-want +got):\n%s", diff)
	}
	if s := h.state(); s.Waiting != 0 || !s.FailingSince.IsZero() || s.GivenUp != 0 {
		t.Errorf("after all: %+v", s)
	}
}

func TestOneThatIsAlwaysRefusedIsGivenUpAndCanBeSentAgain(t *testing.T) {
	h, c := open(t), newCRM(t)
	h.put(webhook.Endpoint{ID: "crm", URL: c.URL})
	poison := h.order(1, 1)
	behind := h.order(1, 2)
	c.say(func(id string) int {
		if id == poison {
			return 500
		}
		return 200
	})
	for hour := range uint64(24) { // others are taken meanwhile
		h.order(2, hour+1)
		h.wait(time.Hour)
	}
	if got := c.taken(); !slices.Contains(got, behind) || slices.Contains(got, poison) || len(got) != 25 {
		t.Errorf("taken: %v", got)
	}
	if s := h.state(); s.GivenUp != 1 || s.Waiting != 0 || s.Stopped != "" {
		t.Errorf("after a day: %+v", s)
	}
	c.say(always(200))
	n, err := h.Resend(t.Context(), "crm")
	h.Written(1, []aparte.Notice{{To: "crm"}}) // as the engine says
	h.step()
	if got := c.taken(); n != 1 || err != nil || got[len(got)-1] != poison || h.state().GivenUp != 0 {
		t.Errorf("sent again: %d (%v), taken last %s", n, err, got[len(got)-1])
	}
}

func TestAnEndpointThatTakesNothingForThreeDaysIsStoppedAndGoesOnWhenItIsEnabled(t *testing.T) {
	h, c := open(t), newCRM(t)
	e := webhook.Endpoint{ID: "crm", URL: c.URL}
	h.put(e)
	h.order(1, 1)
	c.say(always(503))
	h.wait(30 * time.Hour)
	h.kill() // since when it fails is known after a restart
	h.wait(50 * time.Hour)
	if s := h.state(); s.Stopped != "failing" || s.Waiting != 1 {
		t.Fatalf("after 80 hours: %+v", s)
	}
	h.order(1, 2)
	if h.log.left() != 1 {
		t.Error("what happens is kept for an endpoint that is stopped")
	}
	h.kill()
	c.say(always(200))
	h.wait(time.Hour)
	if len(c.taken()) != 0 {
		t.Error("an endpoint that is stopped was told something")
	}
	h.put(e)
	h.step()
	if s := h.state(); len(c.taken()) != 1 || s.Stopped != "" {
		t.Errorf("enabled again, %d were taken: %+v", len(c.taken()), s)
	}
}

func TestAnEndpointThatIsGoneIsStoppedAtOnce(t *testing.T) {
	h, c := open(t), newCRM(t)
	h.put(webhook.Endpoint{ID: "crm", URL: c.URL + "/path-that-is-a-secret"})
	c.say(always(410))
	h.order(1, 1)
	h.step()
	if s := h.state(); s.Stopped != "gone" || c.requests() != 1 {
		t.Errorf("%+v after %d attempts", s, c.requests())
	}
	if said := h.said.String(); !strings.Contains(said, "webhook is stopped") || strings.Contains(said, "secret") {
		t.Errorf("the log says %q", said)
	}
}

func TestAnEndpointThatAsksToBeLeftAloneIs(t *testing.T) {
	h := open(t)
	attempts := 0
	c := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if attempts++; attempts == 1 {
			w.Header().Set("Retry-After", "1800")
			w.WriteHeader(http.StatusTooManyRequests)
		}
	}))
	defer c.Close()
	h.put(webhook.Endpoint{ID: "crm", URL: c.URL})
	h.order(1, 1)
	h.wait(25 * time.Minute)
	if attempts != 1 {
		t.Errorf("%d attempts within the half hour it asked for", attempts)
	}
	h.wait(10 * time.Minute)
	if s := h.state(); attempts != 2 || s.Waiting != 0 {
		t.Errorf("%d attempts after it: %+v", attempts, s)
	}
}

func TestANewSecretSignsAndTheFormerOneForADay(t *testing.T) {
	h, c := open(t), newCRM(t)
	former := h.put(webhook.Endpoint{ID: "crm", URL: c.URL})
	now, err := h.Rotate(t.Context(), "crm")
	if err != nil || now == former {
		t.Fatalf("rotate: %v", err)
	}
	for _, secret := range []string{former, now} {
		c.secret = secret
		h.order(1, 1)
		h.step()
	}
	h.now = h.now.Add(25 * time.Hour)
	h.order(1, 1)
	h.step()
	if len(c.taken()) != 3 {
		t.Errorf("%d taken, want 3", len(c.taken()))
	}
	if body := string(h.docs.body); !strings.Contains(body, now) {
		t.Error("the new secret is not kept")
	}
}

func TestARedirectIsNotFollowed(t *testing.T) {
	h, c := open(t), newCRM(t)
	elsewhere := httptest.NewServer(http.RedirectHandler(c.URL, http.StatusTemporaryRedirect))
	defer elsewhere.Close()
	h.put(webhook.Endpoint{ID: "crm", URL: elsewhere.URL})
	h.order(1, 1)
	h.step()
	if c.requests() != 0 || h.state().FailedWith != "307" {
		t.Errorf("%d requests behind a redirect; failed with %s", c.requests(), h.state().FailedWith)
	}
}

func TestAnEndpointThatHangsHoldsNobodyElseUp(t *testing.T) {
	h, good := open(t), newCRM(t)
	h.put(webhook.Endpoint{ID: "good", URL: good.URL})
	free := make(chan struct{})
	hanging := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-free }))
	defer hanging.Close()
	defer close(free)
	h.put(webhook.Endpoint{ID: "hanging", URL: hanging.URL})
	h.order(1, 1)
	h.step()
	all, err := h.States(t.Context())
	if err != nil || len(good.taken()) != 1 || all[0].Waiting != 0 || all[1].Waiting != 1 || all[1].FailedWith != "no answer in time" {
		t.Errorf("%+v (%v)", all, err)
	}
}

func TestNobodyReachesThisNetworkUnlessItIsAllowed(t *testing.T) {
	c := newCRM(t)
	hooks, err := webhook.Open(t.Context(), webhook.Config{Documents: &shelf{}, Stepped: true})
	if err != nil {
		t.Fatal(err)
	}
	put := func(url string) error {
		_, err := hooks.Put(t.Context(), webhook.Endpoint{ID: "crm", URL: url, Kinds: []aparte.NoticeKind{aparte.OrderCompleted}, Enabled: true})
		return err
	}
	if err := put(c.URL); !errors.Is(err, webhook.ErrEndpoint) {
		t.Errorf("an address without TLS: %v", err)
	}
	for _, host := range []string{"127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254",
		"100.64.0.1", "[fd00::1]", "[fe80::1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "224.0.0.1", "255.255.255.255"} {
		if err := put("https://" + host + ":1/"); err != nil {
			t.Fatal(err)
		}
		if taken, answered, err := hooks.Test(t.Context(), "crm"); taken || answered != "private address" || err != nil {
			t.Errorf("%s: %v, %q (%v)", host, taken, answered, err)
		}
	}
	if c.requests() != 0 {
		t.Error("the server was reached")
	}
}

func TestAnEndpointThatCannotBeIsRefusedWithThePlace(t *testing.T) {
	h := open(t)
	good := webhook.Endpoint{ID: "crm", URL: "https://crm.example.com/in", Kinds: []aparte.NoticeKind{aparte.OrderCompleted}}
	for want, spoil := range map[string]func(*webhook.Endpoint){
		"/id: ":                        func(e *webhook.Endpoint) { e.ID = "C R M" },
		"/url: must be an address":     func(e *webhook.Endpoint) { e.URL = "crm.example.com" },
		"/url: must begin with":        func(e *webhook.Endpoint) { e.URL = "ftp://crm.example.com" },
		"/url: must not hold":          func(e *webhook.Endpoint) { e.URL = "https://u:p@crm.example.com" },
		"/types: ":                     func(e *webhook.Endpoint) { e.Kinds = nil },
		"/types/0: is none":            func(e *webhook.Endpoint) { e.Kinds = []aparte.NoticeKind{"order"} },
		"/types/1: stands there twice": func(e *webhook.Endpoint) { e.Kinds = append(e.Kinds, e.Kinds[0]) },
	} {
		e := good
		e.Kinds = slices.Clone(good.Kinds)
		spoil(&e)
		if _, err := h.Put(t.Context(), e); !errors.Is(err, webhook.ErrEndpoint) || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
}

func TestWhatIsNotThereAnyMoreIsNotTold(t *testing.T) {
	h, c := open(t), newCRM(t)
	h.put(webhook.Endpoint{ID: "crm", URL: c.URL})
	h.order(1, 404)
	h.step()
	if c.requests() != 0 || h.log.left() != 0 {
		t.Errorf("%d requests, %d wait", c.requests(), h.log.left())
	}
}

func TestAnEndpointThatIsDeletedLeavesNothing(t *testing.T) {
	h, c := open(t), newCRM(t)
	h.put(webhook.Endpoint{ID: "crm", URL: c.URL})
	c.say(always(500))
	for seq := range uint64(3) {
		h.order(byte(seq), seq)
	}
	h.step()
	if err := h.Delete(t.Context(), "crm"); err != nil {
		t.Fatal(err)
	}
	if h.log.left() != 0 || len(h.Wanted(aparte.OrderCompleted)) != 0 {
		t.Errorf("%d wait", h.log.left())
	}
}

func TestAnEndpointIsToldOnlyWhatItsConditionHoldsFor(t *testing.T) {
	h, c := open(t), newCRM(t)
	e := webhook.Endpoint{ID: "crm", URL: c.URL, Kinds: []aparte.NoticeKind{aparte.OrderCompleted}, Where: `type == "order.completed" && data.event.properties.revenue >= 5`}
	c.secret = h.put(e)
	var want []string
	tell := func(from, to uint64, wanted func(uint64) bool) {
		for seq := from; seq <= to; seq++ {
			if id := h.order(1, seq); wanted(seq) {
				want = append(want, id)
			}
		}
		h.step()
	}
	large := func(seq uint64) bool { return seq >= 5 }
	tell(1, 7, large)
	h.kill() // the condition is kept; what was counted since the last writing is not
	tell(1, 7, large)
	if diff := cmp.Diff(want, c.taken()); diff != "" {
		t.Errorf("taken (-want +got):\n%s", diff)
	}
	if s := h.state(); s.Delivered != 3 || s.PassedOver != 4 || s.Waiting != 0 || h.log.left() != 0 {
		t.Errorf("%+v, %d wait", s, h.log.left())
	}
	e.Where = `data.event.properties.coupon == "x"` // nobody has one: it cannot be answered
	h.put(e)
	tell(1, 3, func(uint64) bool { return false })
	e.Where = ""
	h.put(e)
	tell(1, 3, func(uint64) bool { return true })
	if diff := cmp.Diff(want, c.taken()); diff != "" {
		t.Errorf("taken (-want +got):\n%s", diff)
	}
	for where, fault := range map[string]string{
		"type ==\n data.": "/where: line 2, column", "type": "/where: yields string", "persona == 'x'": "/where: line 1, column 1: undeclared reference",
	} {
		e.Where = where
		if _, err := h.Put(t.Context(), e); !errors.Is(err, webhook.ErrEndpoint) || !strings.Contains(err.Error(), fault) {
			t.Errorf("%q: %v, want %q", where, err, fault)
		}
	}
}
