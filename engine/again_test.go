package engine_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"hash/maphash"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/engine"
	"github.com/aparte-dev/aparte/store"
)

// Letters say who is one with whom, and a third of them are held up here, as if who is to carry them had died. Whoever was not answered asks another
// engine again: wherever the person has gone meanwhile, what was applied to them is found, and nothing is in two histories.
func TestWhatIsSentAgainWhileLettersAreHeldUpIsAppliedOnce(t *testing.T) {
	t.Parallel()
	const households, steps = 150, 80
	h := openApart(t)
	parts := len(h.guild.all)
	seed := maphash.MakeSeed()
	held := func(message []byte) bool {
		return bytes.Contains(message, []byte(`"letter":`)) && maphash.Bytes(seed, message)%3 == 0
	}
	h.guild.held.Store(&held)
	all := make([][]aparte.Event, households)
	rng := rand.New(rand.NewPCG(8, rand.Uint64()))
	var sending, waiting sync.WaitGroup
	for home := range all {
		rng := rand.New(rand.NewPCG(rng.Uint64(), 0))
		sending.Go(func() {
			for range steps {
				if n := len(all[home]); n == 0 || rng.IntN(3) == 0 {
					all[home] = append(all[home], somebodys(rng, home))
				}
				e := all[home][rng.IntN(len(all[home]))]
				answered := make(chan error, 1)
				to := h.guild.all[rng.IntN(parts)]
				waiting.Go(func() { answered <- to.Accept(t.Context(), []aparte.Event{e}) }) // until the letter comes that it waits for
				select {
				case <-answered:
				case <-time.After(20 * time.Millisecond):
					for len(answered) == 0 && !h.logged(e) { // nor is it sent again before
						time.Sleep(time.Millisecond)
					}
				}
			}
		})
	}
	sending.Wait()
	h.guild.held.Store(nil)
	waiting.Wait()
	for home := range all {
		for _, e := range all[home] {
			h.guild.insist(t.Context(), rng.IntN(parts), e)
		}
	}
	sent, kept := 0, keys(t, h.store)
	for home := range all {
		sent += len(all[home])
	}
	if len(kept) != sent {
		t.Errorf("%d events are in histories, %d were sent", len(kept), sent)
	}
	twice := 0
	for _, n := range kept {
		twice += n - 1
	}
	if twice > 0 {
		t.Errorf("%d of %d events are in two histories", twice, sent)
	}
}

// openApart is a house whose every part has an engine of its own: whatever goes to another part goes to another engine.
func openApart(t *testing.T) *house {
	t.Helper()
	const parts = 8
	h := openSpread(t, parts)
	h.settle()
	for part := range store.Part(parts) {
		for _, e := range h.guild.all {
			h.check(e.Give(t.Context(), part))
		}
		h.check(h.guild.all[part].Take(t.Context(), part))
	}
	return h
}

// insist sends an event until it is taken: a letter may be on its way that says who it is of.
func (g *guild) insist(ctx context.Context, to int, e aparte.Event) {
	for g.all[to].Accept(ctx, []aparte.Event{e}) != nil && ctx.Err() == nil {
		time.Sleep(20 * time.Millisecond)
	}
}

// Somebody's third device is of the second's record, and that of the first's, before the first's knows of either: what was done on the third is
// found when it is sent again, whether the second had taken it in before it yielded, or had the news sent after it.
func TestAPointerKnowsWhomItHasTakenIn(t *testing.T) {
	t.Parallel()
	for _, late := range []bool{false, true} {
		t.Run(fmt.Sprint("late ", late), func(t *testing.T) {
			t.Parallel()
			h := openApart(t)
			var letters gate
			held := letters.holds
			tell := func(e aparte.Event) { // answered or not
				ctx, stop := context.WithTimeout(t.Context(), 100*time.Millisecond)
				defer stop()
				_ = h.guild.all[0].Accept(ctx, []aparte.Event{e})
			}
			const humans = 25
			var third []aparte.Event
			device := func(i, n int) string { return fmt.Sprint("d", i, "-", n) }
			for i := range humans {
				h.accept(event("Ping", "", device(i, 1), nil))
				h.accept(event("Ping", "", device(i, 2), nil))
				third = append(third, event("Done once", "", device(i, 3), nil))
				h.accept(third[i])
				h.accept(event("Ping", fmt.Sprint("u", i), device(i, 3), nil))
			}
			if late {
				h.guild.held.Store(&held)
			}
			for i := range humans {
				tell(event("Ping", fmt.Sprint("u", i), device(i, 2), nil))
			}
			h.guild.held.Store(&held)
			for i := range humans {
				tell(event("Ping", fmt.Sprint("u", i), device(i, 1), nil))
			}
			if late {
				letters.pass()
			}
			time.Sleep(3 * time.Second) // letters that may pass are carried again within two
			for _, e := range third {
				repeated, err := h.guild.all[1].Import(t.Context(), []aparte.Event{e})
				h.check(err)
				if len(repeated) != 1 {
					t.Error("an event was applied again")
				}
			}
		})
	}
}

// gate holds up the letters by which somebody is taken in.
type gate struct {
	mu   sync.Mutex
	seen map[string]bool // whether they may pass
}

// holds reports whether a message is such a letter, and may not pass.
func (g *gate) holds(message []byte) bool {
	if !bytes.Contains(message, absorbing) {
		return false
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.seen == nil {
		g.seen = map[string]bool{}
	}
	g.seen[string(message)] = g.seen[string(message)]
	return !g.seen[string(message)]
}

// knows reports whether a message was held up, or would have been.
func (g *gate) knows(message []byte) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	_, seen := g.seen[string(message)]
	return seen
}

// pass lets those pass that were held up so far.
func (g *gate) pass() {
	g.mu.Lock()
	defer g.mu.Unlock()
	for letter := range g.seen {
		g.seen[letter] = true
	}
}

// absorbing is how the letters begin by which somebody is taken in (lettercodec.go), in a favour.
var absorbing = []byte("AQoG" + base64.StdEncoding.EncodeToString([]byte("absorb")))

// Who is erased as somebody is about to become one with them takes nobody along whom they do not know: the other is themselves again, and found.
func TestWhoYieldedToSomebodyWhoWasErasedIsThemselvesAgain(t *testing.T) {
	t.Parallel()
	h := openApart(t)
	held := func(message []byte) bool { return bytes.Contains(message, absorbing) }
	h.guild.held.Store(&held)
	const pairs = 30
	for i := range pairs {
		user, device := fmt.Sprint("u", i), fmt.Sprint("d", i)
		h.accept(event("By the device", "", device, nil))
		h.accept(event("By the user", user, "", nil))
		ctx, stop := context.WithTimeout(t.Context(), 50*time.Millisecond)
		_ = h.Accept(ctx, []aparte.Event{event("By both", user, device, nil)}) // who is one is not known before the letter comes
		stop()
		one := h.who(aparte.KindAnonymousID, device).ID
		h.check(h.guild.all[store.PartOf(one[:8], h.store.Parts())].Erase(t.Context(), one)) // which fetches no part of another engine
	}
	apart := 0 // a pair of two parts
	partOf := func(kind aparte.IdentifierKind, value string) store.Part {
		return h.guild.all[0].PartOfName(aparte.Identifier{Kind: kind, Value: value})
	}
	for partOf(aparte.KindUserID, fmt.Sprint("u", apart)) == partOf(aparte.KindAnonymousID, fmt.Sprint("d", apart)) {
		apart++
	}
	for i, e := range h.guild.all { // whichever is asked, the answer is that of who has the part
		if err := e.Accept(t.Context(), []aparte.Event{event("Before", fmt.Sprint("u", apart), "", nil)}); !errors.Is(err, engine.ErrBusy) {
			t.Errorf("engine %d says %v, and not that one is to come again", i, err)
		}
	}
	h.guild.held.Store(nil)
	again := 0
	for i := range pairs {
		user := fmt.Sprint("u", i)
		h.guild.insist(t.Context(), 0, event("Since", user, "", nil))
		switch got := h.names(h.who(aparte.KindUserID, user).ID); {
		case slices.Equal(got, []string{"By the user", "By both", "Since"}), slices.Equal(got, []string{"By the user", "Since"}):
			again++
		case !slices.Equal(got, []string{"Since"}): // the two are of one part, and had become one
			t.Errorf("%s did %q", user, got)
		}
	}
	if again < pairs/2 {
		t.Errorf("only %d of %d were about to become one with who was erased: this shows little", again, pairs)
	}
}

// somebodys is an event of somebody with many devices, or of one of two people who share some, by what names them or it.
func somebodys(rng *rand.Rand, home int) aparte.Event {
	user, device := fmt.Sprint("u", home, "-", rng.IntN(1+home%2)), fmt.Sprint("d", home, "-", rng.IntN(3+home%6))
	switch rng.IntN(3) {
	case 0:
		user = ""
	case 1:
		device = ""
	}
	return event("Ping", user, device, nil)
}

// logged reports whether an event is in a history.
func (h *house) logged(e aparte.Event) bool {
	for part := range store.Part(h.store.Parts()) {
		if seen, err := h.store.Seen(h.t.Context(), part, []store.Key{engine.MessageKey(e.MessageID)}); err == nil && seen[0] {
			return true
		}
	}
	return false
}

// keys are the keys of all events in all histories, each with in how many entries it is.
func keys(t testing.TB, s store.Store) map[store.Key]int {
	t.Helper()
	all := map[store.Key]int{}
	for part := range store.Part(s.Parts()) {
		people, err := s.People(t.Context(), part, aparte.PersonID{}, 100_000)
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range people {
			entries, err := s.History(t.Context(), part, row.ID, 0, 100_000)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range entries {
				if e.Kind == store.EventEntry {
					all[e.Key]++
				}
			}
		}
	}
	return all
}
