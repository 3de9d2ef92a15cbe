package fellow_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aparte-dev/aparte/engine"
	"github.com/aparte-dev/aparte/fellow"
	"github.com/aparte-dev/aparte/store"
)

// leases are those of a store in memory.
type leases struct {
	mu    sync.Mutex
	parts int
	of    map[store.Part]string
}

func (l *leases) Parts() int { return l.parts }

func (l *leases) Lease(_ context.Context, part store.Part) (store.Lease, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if owner, held := l.of[part]; held {
		return store.Lease{Epoch: 1, Owner: owner, Until: time.Now().Add(time.Hour)}, nil
	}
	return store.Lease{}, nil
}

// post is a node whose engine has parts, and answers what it is asked.
type post struct {
	*fellow.Peers
	*leases
	server *httptest.Server

	heard     []string
	refreshed int
	fails     error
}

// open opens a node on a network of its own.
func open(t *testing.T, l *leases, token string) *post {
	p := &post{leases: l}
	p.server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { p.Peers.ServeHTTP(w, r) }))
	p.server.Config.Protocols = new(http.Protocols)
	p.server.Config.Protocols.SetUnencryptedHTTP2(true)
	p.server.Start()
	p.Peers = fellow.New(fellow.Config{URL: p.server.URL, Token: token, Leases: l})
	p.Serve(p)
	t.Cleanup(func() { p.Peers.Close(); p.server.Close() })
	return p
}

func (p *post) Has(part store.Part) bool {
	p.leases.mu.Lock()
	defer p.leases.mu.Unlock()
	return p.of[part] == p.server.URL+" process"
}

func (p *post) Take(_ context.Context, part store.Part) error {
	p.leases.mu.Lock()
	defer p.leases.mu.Unlock()
	if _, held := p.of[part]; held {
		return store.ErrLeased
	}
	p.of[part] = p.server.URL + " process"
	return nil
}

func (p *post) Give(_ context.Context, part store.Part) error {
	p.leases.mu.Lock()
	defer p.leases.mu.Unlock()
	delete(p.of, part)
	return nil
}

func (p *post) Oblige(_ context.Context, message []byte) ([]byte, error) {
	p.leases.mu.Lock()
	defer p.leases.mu.Unlock()
	p.heard = append(p.heard, string(message))
	return append([]byte("to "), message...), p.fails
}

func (p *post) Refresh(context.Context) error {
	p.leases.mu.Lock()
	defer p.leases.mu.Unlock()
	p.refreshed++
	return nil
}

func TestNodesAskWhoHasAPart(t *testing.T) {
	l := &leases{parts: 8, of: map[store.Part]string{}}
	a, b := open(t, l, "word"), open(t, l, "word")
	if _, err := a.Ask(t.Context(), 3, []byte("x")); !errors.Is(err, engine.ErrNobody) {
		t.Errorf("who asks where nobody has a part is answered %v", err)
	}
	if err := b.Take(t.Context(), 3); err != nil {
		t.Fatal(err)
	}
	if answer, err := a.Ask(t.Context(), 3, []byte("x")); err != nil || string(answer) != "to x" {
		t.Errorf("answered %q, %v", answer, err)
	}
	b.fails = engine.ErrNobody // it was given up just now
	if _, err := a.Ask(t.Context(), 3, []byte("y")); !errors.Is(err, engine.ErrNobody) {
		t.Errorf("who has a part no more answers %v", err)
	}
	b.fails = nil
	if err := a.Yield(t.Context(), 3); err != nil || b.Has(3) {
		t.Errorf("a part is not given up: %v", err)
	}
	if err := a.Yield(t.Context(), 3); err != nil {
		t.Errorf("a part that nobody has is not given up: %v", err)
	}
	if err := a.Take(t.Context(), 3); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Ask(t.Context(), 3, nil); !errors.Is(err, engine.ErrNobody) {
		t.Errorf("who asks itself is answered %v", err)
	}
	if answer, err := b.Ask(t.Context(), 3, []byte("z")); err != nil || string(answer) != "to z" {
		t.Errorf("a part that moved answers %q, %v", answer, err)
	}
	a.server.Close()
	if _, err := b.Ask(t.Context(), 3, []byte("z")); !errors.Is(err, engine.ErrNobody) {
		t.Errorf("who is gone answers %v", err)
	}
}

func TestWhoHasNotTheWordFindsNothing(t *testing.T) {
	l := &leases{parts: 8, of: map[store.Part]string{}}
	a, b := open(t, l, "word"), open(t, l, "another word")
	if err := a.Take(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Ask(t.Context(), 1, []byte("x")); !errors.Is(err, engine.ErrNobody) || len(a.heard) > 0 {
		t.Errorf("a stranger is heard (%v)", err)
	}
	if err := b.Yield(t.Context(), 1); err == nil || !a.Has(1) {
		t.Errorf("a stranger is given a part (%v)", err)
	}
	w := httptest.NewRecorder()
	a.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/node/refresh", nil))
	if w.Code != http.StatusNotFound || a.refreshed > 0 {
		t.Errorf("a stranger is answered %d", w.Code)
	}
}

// Nodes that come and go end up with even shares, and the office hears what they tell.
func TestNodesShareTheParts(t *testing.T) {
	l := &leases{parts: 64, of: map[store.Part]string{}}
	first := open(t, l, "word")
	if err := first.Take(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	var told []string
	refuse := false
	office := first.Keep(func(_ context.Context, from string, moved []store.Part, tell json.RawMessage) error {
		if refuse {
			return errors.New("cannot be written down")
		}
		told = append(told, string(tell))
		return nil
	})
	for range 4 {
		office.Tend(t.Context())
	}
	if got := l.shares(); !slices.Equal(got, []int{64}) {
		t.Errorf("the office alone has %v parts of 64", got)
	}
	second, third := open(t, l, "word"), open(t, l, "word")
	for !slices.Equal(l.shares(), []int{21, 21, 22}) { // until the test's own deadline
		for i, p := range []*post{second, third} {
			if err := p.Beat(t.Context(), first.server.URL, says(fmt.Sprintf(`"by %d"`, i))); err != nil {
				t.Fatal(err)
			}
		}
		office.Tend(t.Context())
	}
	if len(told) < 4 || told[0] != `"by 0"` || told[1] != `"by 1"` {
		t.Errorf("the office heard %q", told)
	}
	if got := second.Members(); len(got) != 2 || !slices.Contains(got, first.server.URL) || !slices.Contains(got, third.server.URL) {
		t.Errorf("the others of the second are %q", got)
	}
	if err := second.Peers.Refresh(t.Context()); err != nil || first.refreshed != 1 || third.refreshed != 1 || second.refreshed != 0 {
		t.Errorf("told to look: %v", err)
	}
	if err := third.Leave(t.Context(), first.server.URL, says(`"bye"`)); err != nil || told[len(told)-1] != `"bye"` || slices.Contains(first.Members(), third.server.URL) {
		t.Errorf("who leaves is still there (%v): %q, heard %q", err, first.Members(), told)
	}
	refuse = true
	if err := second.Beat(t.Context(), first.server.URL, says(`1`)); err == nil {
		t.Error("what the office could not write down was taken for told")
	}
	if err := first.Beat(t.Context(), second.server.URL, nil); err == nil {
		t.Error("a node without the office answers as one that has it")
	}
}

// says is something to tell.
func says(text string) fellow.Tell {
	return func() (json.RawMessage, error) { return json.RawMessage(text), nil }
}

// What is told comes once and in order, whether the office fails, or its answer is lost, or a member has been quiet meanwhile.
func TestWhatIsToldIsTakenInOnce(t *testing.T) {
	l := &leases{parts: 8, of: map[store.Part]string{}}
	first, second := open(t, l, "word"), open(t, l, "word")
	var told []string
	var fails error
	lose := func() {}
	office := first.Keep(func(_ context.Context, _ string, _ []store.Part, tell json.RawMessage) error {
		if fails != nil {
			return fails
		}
		if tell != nil {
			told = append(told, string(tell))
		}
		lose()
		return nil
	})
	beat := func(text string) error {
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		lose = stop
		if !strings.HasPrefix(text, "lost") {
			lose = func() {}
		}
		return second.Beat(ctx, first.server.URL, says(strconv.Quote(text)))
	}
	if err := beat("lost 1"); err == nil {
		t.Error("an answer that was lost has come")
	}
	office.Forget(second.URL)
	if err := beat("2"); err != nil { // tells the one before again
		t.Error(err)
	}
	if err := beat("2"); err != nil {
		t.Error(err)
	}
	fails = errors.New("cannot be written down")
	if err := beat("3"); err == nil {
		t.Error("what the office could not write down was taken for told")
	}
	fails = nil
	if err := second.Leave(t.Context(), first.server.URL, says(`"4"`)); err != nil {
		t.Error(err)
	}
	if want := []string{`"lost 1"`, `"2"`, `"3"`, `"4"`}; !slices.Equal(told, want) {
		t.Errorf("the office heard %q, want %q", told, want)
	}
	fails = errors.New("gone")
	if err := beat("5"); err == nil {
		t.Error("what the office could not write down was taken for told")
	}
	left, err := second.Unheard(says("6"))
	if err != nil || len(left) != 2 || string(left[0]) != `"5"` || string(left[1]) != "6" {
		t.Errorf("what was not heard is %q, %v", left, err)
	}
}

// shares are how many parts each has, ascending.
func (l *leases) shares() []int {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := map[string]int{}
	for _, owner := range l.of {
		n[owner]++
	}
	return slices.Sorted(maps.Values(n))
}

// Many questions at once are each answered once, though they go together.
func TestQuestionsThatGoTogetherAreAnsweredEach(t *testing.T) {
	l := &leases{parts: 8, of: map[store.Part]string{}}
	a, b := open(t, l, "word"), open(t, l, "word")
	if err := b.Take(t.Context(), 2); err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for i := range 2000 {
		all.Go(func() {
			asked := fmt.Sprint("question ", i)
			if answer, err := a.Ask(t.Context(), 2, []byte(asked)); err != nil || string(answer) != "to "+asked {
				t.Errorf("%s is answered %q, %v", asked, answer, err)
			}
		})
	}
	all.Wait()
	slices.Sort(b.heard)
	if len(b.heard) != 2000 || len(slices.Compact(b.heard)) != 2000 {
		t.Errorf("%d questions were heard", len(b.heard))
	}
}

// Whatever another node of whatever version asks is answered, or refused.
func FuzzAsked(f *testing.F) {
	f.Add([]byte("\x01x\x02yz"))
	f.Add([]byte("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"))
	f.Add([]byte("\x80\x80\x80\x10a"))
	l := &leases{parts: 8, of: map[store.Part]string{}}
	p := &post{leases: l, Peers: fellow.New(fellow.Config{URL: "http://a", Token: "word", Leases: l})}
	p.Serve(p)
	f.Fuzz(func(t *testing.T, body []byte) {
		p.heard = nil
		r := httptest.NewRequest(http.MethodPost, "/node/ask", bytes.NewReader(body))
		r.Header.Set(fellow.TokenHeader, "word")
		w := httptest.NewRecorder()
		p.ServeHTTP(w, r)
		said := 0
		for _, heard := range p.heard {
			said += len(heard)
		}
		if w.Code != http.StatusOK && len(p.heard) > 0 || said > len(body) {
			t.Errorf("answered %d, and %d questions were heard", w.Code, len(p.heard))
		}
	})
}
