package engine_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/engine"
	"github.com/aparte-dev/aparte/store"
)

var engines = flag.Int("engines", 1, "how many engines a house of these tests has, among which its parts move")

// guild is several engines over one store, in one process.
type guild struct {
	mu  sync.RWMutex
	all []*engine.Engine
}

// fellow is what one of them knows of the others.
type fellow struct {
	*guild
	me int
}

// holder is who of the others has a part.
func (f fellow) holder(part store.Part) *engine.Engine {
	f.mu.RLock()
	defer f.mu.RUnlock()
	for i, e := range f.all {
		if i != f.me && e != nil && e.Has(part) {
			return e
		}
	}
	return nil
}

func (f fellow) Ask(ctx context.Context, part store.Part, message []byte) ([]byte, error) {
	if e := f.holder(part); e != nil {
		return e.Oblige(ctx, message)
	}
	return nil, engine.ErrNobody
}

func (f fellow) Yield(ctx context.Context, part store.Part) error {
	if e := f.holder(part); e != nil {
		return e.Give(ctx, part)
	}
	return nil
}

// spread has engines beside the one of a house take parts from it.
func (h *house) spread(open func(engine.Config) *engine.Engine, n int) {
	h.t.Helper()
	h.guild = &guild{all: make([]*engine.Engine, n)}
	for i := range n {
		e := open(engine.Config{Fellows: fellow{h.guild, i}, Branch: i > 0, Owner: fmt.Sprint("engine ", i)})
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
		for ctx.Err() == nil {
			h.guild.move(h.t)
			select {
			case <-time.After(time.Duration(rand.IntN(40)) * time.Millisecond):
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
