package engine_test

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/compose"
	"github.com/aparte-dev/aparte/engine"
	"github.com/aparte-dev/aparte/store"
	"github.com/aparte-dev/aparte/store/pebble"
)

// Those that run in a bubble of package synctest have one: the store waits there for its disk with a lock.
var engines = flag.Int("engines", 1, "how many engines a house of these tests has, among which its parts move")

// guild is several engines over one store, in one process.
type guild struct {
	mu  sync.RWMutex
	all []*engine.Engine

	moved func(store.Part) // or nil

	held atomic.Pointer[func(message []byte) bool] // what is not carried for now; or nil
	lost atomic.Pointer[func(message []byte) bool] // what is acted upon, and the answer lost; or nil
}

// colleague is what one of them knows of the others.
type colleague struct {
	*guild
	me int
}

// holder is who of the others has a part.
func (f colleague) holder(part store.Part) *engine.Engine {
	f.mu.RLock()
	defer f.mu.RUnlock()
	for i, e := range f.all {
		if i != f.me && e != nil && e.Has(part) {
			return e
		}
	}
	return nil
}

func (f colleague) Ask(ctx context.Context, part store.Part, message []byte) ([]byte, error) {
	held := f.held.Load()
	if e := f.holder(part); e != nil && (held == nil || !(*held)(message)) {
		answer, err := e.Oblige(ctx, message)
		if lost := f.lost.Load(); lost != nil && (*lost)(message) {
			return nil, engine.ErrNobody
		}
		return answer, err
	}
	return nil, engine.ErrNobody
}

func (f colleague) Yield(ctx context.Context, part store.Part) error {
	if e := f.holder(part); e != nil {
		return e.Give(ctx, part)
	}
	return nil
}

func (f colleague) Refresh(ctx context.Context) error {
	f.mu.RLock()
	defer f.mu.RUnlock()
	for i, e := range f.all {
		if i != f.me && i > 0 && e != nil {
			if err := e.Refresh(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}

// spread has engines beside the one of a house take parts from it.
func (h *house) spread(open func(engine.Config) *engine.Engine, n int) {
	h.t.Helper()
	h.guild = &guild{all: make([]*engine.Engine, n), moved: h.moved}
	for i := range n {
		c := engine.Config{Fellows: colleague{h.guild, i}, Branch: i > 0, Owner: fmt.Sprint("engine ", i)}
		if h.outboxOf != nil {
			c.Outbox = h.outboxOf(i)
		}
		e := open(c)
		h.guild.mu.Lock()
		h.guild.all[i] = e
		h.guild.mu.Unlock()
	}
	for part := range store.Part(h.store.Parts()) {
		if err := h.guild.all[int(part)%n].Take(h.t.Context(), part); err != nil {
			h.t.Fatal(err)
		}
	}
	ctx, stop := context.WithCancel(h.t.Context())
	done := make(chan struct{})
	h.settle = func() { stop(); <-done }
	go func() {
		defer close(done)
		for wait := 5 * time.Millisecond; ctx.Err() == nil; wait = min(wait*21/20, 5*time.Second) { // more seldom, where much time passes
			h.guild.move(h.t)
			select {
			case <-time.After(wait):
			case <-ctx.Done():
			}
		}
	}()
}

// move has one engine give up a part, and another take it.
func (g *guild) move(t testing.TB) {
	ctx := context.Background()
	part := store.Part(1 + rand.IntN(7))
	for _, e := range g.all {
		if err := e.Give(ctx, part); err != nil {
			t.Errorf("give part %d: %v", part, err)
		}
	}
	if err := g.all[rand.IntN(len(g.all))].Take(ctx, part); err != nil && !errors.Is(err, store.ErrLeased) {
		t.Errorf("take part %d: %v", part, err)
	}
	if g.moved != nil {
		g.moved(part)
	}
}

// Several engines over one store are as one, whichever an event is sent to, and whichever has a part meanwhile: the oracle is that of one.
func TestSeveralEnginesAreAsOne(t *testing.T) {
	t.Parallel()
	h := openSpread(t, 3)
	rng := rand.New(rand.NewPCG(1, 2))
	var sending sync.WaitGroup
	var mu sync.Mutex
	oracle := unionFind{}
	sent := map[string]int{} // events by one of their names
	for writer := range 4 {
		rng := rand.New(rand.NewPCG(rng.Uint64(), 0))
		sending.Go(func() {
			for n := range 150 {
				human := fmt.Sprint(writer, "-", rng.IntN(30))
				user, device := "u"+human, fmt.Sprint("d", human, "-", rng.IntN(3))
				mail := fmt.Sprintf("m%s-%d@example.com", human, rng.IntN(2))
				var e aparte.Event
				var names []string
				switch n % 4 {
				case 0:
					e, names = event("Ping", "", device, nil), []string{device}
				case 1:
					e, names = event("Ping", user, device, nil), []string{user, device}
				case 2:
					e, names = identify("", device, map[string]any{"email": mail}), []string{device, mail}
				default:
					e, names = identify(user, device, map[string]any{"email": mail}), []string{user, device, mail}
				}
				events := []aparte.Event{e}
				if rng.IntN(4) == 0 {
					events = append(events, e) // twice
				}
				at := h.guild.all[rng.IntN(3)]
				if err := at.Accept(t.Context(), events); err != nil {
					t.Errorf("accept: %v", err)
					return
				}
				if rng.IntN(4) == 0 { // and once more, by another
					if err := h.guild.all[rng.IntN(3)].Accept(t.Context(), events); err != nil {
						t.Errorf("accept again: %v", err)
						return
					}
				}
				mu.Lock()
				oracle.join(names...)
				sent[device]++
				mu.Unlock()
				if p, err := h.guild.all[rng.IntN(3)].Find(t.Context(), aparte.Identifier{Kind: kindOf(device), Value: device}); err != nil || p.IsZero() {
					t.Errorf("%s is not found by another engine: %v", device, err)
				}
			}
		})
	}
	sending.Wait()
	h.settle()
	got := map[string][]string{}
	all := 0
	for name := range oracle {
		p := h.who(kindOf(name), name)
		got[p.ID.String()] = append(got[p.ID.String()], name)
	}
	for id := range got {
		slices.Sort(got[id])
		p, _ := aparte.ParsePersonID(id)
		all += len(h.names(p))
	}
	if want := oracle.groups(); !slices.EqualFunc(want, sortedGroups(got), slices.Equal) {
		t.Errorf("groups of identifiers are not those of one engine: %v, want %v", sortedGroups(got), want)
	}
	want := 0
	for _, n := range sent {
		want += n
	}
	if all != want {
		t.Errorf("histories hold %d events, %d were sent", all, want)
	}
}

// Whoever wants a note gets one, and one only, though parts go from engine to engine between the wish, the timer, the mail and its answer.
func TestAMessageLeavesOnceThoughItsPartMoves(t *testing.T) {
	t.Parallel()
	post := newDoor(aparte.Email)
	h := openSpread(t, 3, post)
	b := brand()
	for i := range b.Contents {
		if c := &b.Contents[i]; c.ID == "basket" {
			c.Purpose, c.Items = aparte.Service, aparte.NoItems
		}
	}
	b.Scenarios[0].After, b.Scenarios[0].Delay, b.Scenarios[0].Unless = "Note Wanted", aparte.Duration(time.Second/2), nil
	if _, err := h.Publish(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	const people = 150
	for i := range people {
		user := fmt.Sprint("n", i)
		events := []aparte.Event{identify(user, "", map[string]any{"email": user + "@example.com"}), event("Note Wanted", user, "", nil)}
		if err := h.guild.all[i%3].Accept(t.Context(), events); err != nil {
			t.Fatal(err)
		}
	}
	wanted := map[string]int{}
	said := func() (decided, sent int) {
		for i := range people {
			p := h.who(aparte.KindUserID, fmt.Sprint("n", i))
			story, err := h.Story(t.Context(), p.ID, engine.StoryPlace{}, 100)
			if err != nil {
				t.Fatal(err)
			}
			mine := 0
			for _, entry := range story {
				if entry.Event != nil && entry.Event.Name == aparte.EventSent {
					sent++
				}
				if entry.Decision != nil && entry.Decision.Trigger == "scenario:basket" {
					if mine++; !entry.Decision.Action.Silent() {
						wanted[fmt.Sprint("n", i, "@example.com")] = 1
					}
				}
			}
			decided += min(mine, 1)
			if mine > 1 {
				t.Errorf("the moment of n%d was decided %d times", i, mine)
			}
		}
		return decided, sent
	}
	for {
		clear(wanted)
		if decided, sent := said(); decided == people && sent == len(wanted) {
			break
		}
		time.Sleep(50 * time.Millisecond) // until the test's own deadline
	}
	h.settle()
	got := map[string]int{}
	for to := range post.taken { // nobody sends any more
		got[to]++
	}
	if post.count != len(got) {
		t.Errorf("%d mails were sent to %d people", post.count, len(got))
	}
	if !maps.Equal(got, wanted) {
		t.Errorf("mails to %v, want %v", got, wanted)
	}
	if len(wanted) < people/4 {
		t.Errorf("only %d of %d were to be written to: this shows little", len(wanted), people)
	}
}

// What one engine learns, all decide by: to the last bit.
func TestEveryEngineDecidesByTheSameModel(t *testing.T) {
	t.Parallel()
	h := openSpread(t, 3)
	b := brand()
	b.Objectives[0].Window, b.Objectives[1].Window = aparte.Duration(time.Second), aparte.Duration(time.Second)
	if _, err := h.Publish(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	silent := uint64(0)
	for i := range 60 {
		answers, err := h.guild.all[i%3].Decide(t.Context(), engine.Request{Identifiers: []aparte.Identifier{{Kind: aparte.KindUserID, Value: fmt.Sprint("v", i)}}, Slots: []string{"hero"}})
		if err != nil {
			t.Fatal(err)
		}
		if answers[0].Decision.Action.Silent() { // which opens its windows at once
			silent++
		}
	}
	for h.Status().Model < silent {
		time.Sleep(50 * time.Millisecond)
	}
	h.settle()
	for i, e := range h.guild.all[1:] {
		for {
			if err := e.Refresh(t.Context()); err != nil {
				t.Fatal(err)
			}
			if bytes.Equal(e.Model(), h.Model()) {
				break
			}
			time.Sleep(50 * time.Millisecond)
		}
		if e.Status().Brand != h.Status().Brand {
			t.Errorf("engine %d decides by version %d, the office published %d", i+1, e.Status().Brand, h.Status().Brand)
		}
	}
}

// A door may be told where to go, instead of the part being fetched.
func TestAQuestionAboutSomebodyElsewhereIsSentThere(t *testing.T) {
	t.Parallel()
	h := openSpread(t, 2)
	h.settle()
	h.accept(identify("ada", "", nil))
	p := h.who(aparte.KindUserID, "ada")
	part := store.PartOf(p.ID[:8], h.store.Parts())
	there, away := h.guild.all[0], h.guild.all[1]
	if away.Has(part) {
		there, away = away, there
	}
	ask := engine.Request{Identifiers: []aparte.Identifier{{Kind: aparte.KindUserID, Value: "ada"}}, Slots: []string{"hero"}}
	var elsewhere *engine.Elsewhere
	if _, err := away.Decide(engine.Movable(t.Context()), ask); !errors.As(err, &elsewhere) || elsewhere.Part != part {
		t.Errorf("an engine that has not the part answers %v, want that part %d is elsewhere", err, part)
	}
	if _, err := there.Decide(engine.Movable(t.Context()), ask); err != nil {
		t.Error(err)
	}
	if !there.Has(part) || away.Has(part) {
		t.Error("the part moved, and need not have")
	}
	if _, err := away.Decide(t.Context(), ask); err != nil || !away.Has(part) || there.Has(part) {
		t.Errorf("a question that cannot be sent on does not fetch the part: %v", err)
	}
	if err := h.Erase(t.Context(), p.ID); err != nil {
		t.Error(err)
	}
	if _, err := away.Find(t.Context(), aparte.Identifier{Kind: aparte.KindUserID, Value: "ada"}); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("who was erased by one engine is found by another: %v", err)
	}
}

// What another node sends is checked as what comes from outside is.
func TestAFavourThatCannotBeReadIsRefused(t *testing.T) {
	h := open(t)
	for _, bad := range []string{"", "{", `{"part":99}`, `{"part":0}`, `{"part":0,"letter":"AA=="}`, `{"part":0,"arrival":{"event":"AA==","ids":[],"lead":3}}`, `{"part":0,"chore":{"errand":"dance"}}`} {
		answer, err := h.Oblige(t.Context(), []byte(bad))
		if err == nil && !bytes.Contains(answer, []byte("error")) {
			t.Errorf("%q was taken: %s", bad, answer)
		}
	}
}

// late is a store that takes its time over the brand.
type late struct {
	store.Store
	by time.Duration
}

func (s *late) Document(ctx context.Context, name string, version uint64) (store.Document, error) {
	if name == engine.BrandDocument {
		time.Sleep(s.by)
	}
	return s.Store.Document(ctx, name, version)
}

func TestAnEngineThatTakesLongToOpenKeepsItsParts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, err := pebble.Open("store", pebble.Options{Parts: 4, FS: pebble.Memory()})
		if err != nil {
			t.Fatal(err)
		}
		defer func() {
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		}()
		composer, err := compose.New(assets())
		if err != nil {
			t.Fatal(err)
		}
		taken := make(chan error)
		go func() { // ends with its answer
			time.Sleep(50 * time.Second) // leases last 15
			_, err := s.Acquire(t.Context(), 3, "somebody else", time.Now(), time.Second)
			taken <- err
		}()
		e, err := engine.Open(t.Context(), engine.Config{Store: &late{s, time.Minute}, Composer: composer, BaseURL: "http://say.example"})
		if err != nil {
			t.Fatal(err)
		}
		if err := <-taken; !errors.Is(err, store.ErrLeased) {
			t.Errorf("while it opens, somebody else who wants its part is told %v, want that it is leased", err)
		}
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
}
