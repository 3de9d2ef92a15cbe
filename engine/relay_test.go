package engine_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/channel/webhook"
	"github.com/aparte-dev/aparte/engine"
	"github.com/aparte-dev/aparte/store"
)

// openTold is openSpread, of engines that note what happens.
func openTold(h *house) *house {
	h.t.Helper()
	h.dir = h.t.TempDir()
	h.start()
	if _, err := h.Publish(h.t.Context(), brand()); err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(h.stop)
	return h
}

// eventually waits until something holds, as long as the tests may take.
func eventually(holds func() bool) {
	for !holds() {
		time.Sleep(5 * time.Millisecond)
	}
}

// lying are the notices of a part.
func (h *house) lying(part store.Part) (all []aparte.Notice) {
	h.t.Helper()
	for after := uint64(0); ; {
		found, last, err := h.Notices(h.t.Context(), int(part), after, 100)
		if err != nil {
			h.t.Fatal(err)
		}
		if last == 0 {
			return all
		}
		all, after = append(all, found...), last
	}
}

// elsewhere has somebody order who is of a part of the second of two engines, and answers that part.
func (h *house) elsewhere() (user string, part store.Part) {
	h.t.Helper()
	for {
		user = fresh("u")
		h.accept(order(user, "lamp", fresh("o"), 25))
		id := h.who(aparte.KindUserID, user).ID
		if part = store.PartOf(id[:8], h.store.Parts()); h.guild.all[1].Has(part) {
			return user, part
		}
	}
}

func TestNoticesOfAnotherEnginesPartAreSettledAndGivenUpThere(t *testing.T) {
	t.Parallel()
	h := openTold(&house{t: t, n: 2, outbox: &outbox{wants: map[aparte.NoticeKind][]string{aparte.OrderCompleted: {"crm"}}}})
	h.settle()
	user, part := h.elsewhere()
	all := h.lying(part)
	n := all[len(all)-1]
	if err := h.Bury(t.Context(), n); err != nil {
		t.Fatal(err)
	}
	buried := func() []aparte.Notice {
		found, _, err := h.Buried(t.Context(), "crm", 10)
		if err != nil {
			t.Fatal(err)
		}
		return found
	}
	eventually(func() bool { return len(buried()) == 1 })
	if left := h.lying(part); len(left) != len(all)-1 {
		t.Errorf("of %d that lay there %d do when one was given up", len(all), len(left))
	}
	given := buried()[0]
	bury := func() { // which who has the part says when it is done
		body, _ := json.Marshal(map[string]any{"part": part, "bury": n})
		if answer, err := h.guild.all[1].Oblige(t.Context(), body); err != nil || string(answer) != "{}" {
			t.Errorf("given up again: %s (%v)", answer, err)
		}
	}
	bury() // as after an answer that was lost
	for range 2 {
		if err := h.Revive(t.Context(), given); err != nil {
			t.Fatal(err)
		}
		bury()
	}
	again := h.lying(part)
	if len(again) != len(all) || len(buried()) != 0 || again[len(again)-1].Number <= n.Number || again[len(again)-1].Seq != n.Seq {
		t.Errorf("sent again twice, %d lie there, %d did at first; %d are given up", len(again), len(all), len(buried()))
	}
	var numbers []uint64
	for _, n := range again {
		numbers = append(numbers, n.Number)
	}
	if err := h.guild.all[1].Give(t.Context(), part); err != nil {
		t.Fatal(err)
	}
	if err := h.Settle(int(part), numbers); err != nil {
		t.Errorf("nobody has the part: %v", err)
	}
	if err := h.guild.all[1].Take(t.Context(), part); err != nil {
		t.Fatal(err)
	}
	eventually(func() bool { return len(h.lying(part)) == 0 })
	if h.Has(part) {
		t.Error("the part was fetched")
	}

	// Nothing lies there whose number the next notice would be above of. What is said late of a former one is not done to it.
	for i := range 3 {
		if err := h.guild.all[(i+1)%2].Give(t.Context(), part); err != nil {
			t.Fatal(err)
		}
		if err := h.guild.all[i%2].Take(t.Context(), part); err != nil {
			t.Fatal(err)
		}
		h.accept(order(user, "lamp", fresh("o"), 25))
		its := h.lying(part)
		if len(its) != 1 || its[0].Number <= numbers[len(numbers)-1] {
			t.Fatalf("after the part has moved %+v lies there, want one above %d", its, numbers[len(numbers)-1])
		}
		for range 2 {
			if err := h.Settle(int(part), numbers); err != nil {
				t.Fatal(err)
			}
		}
		h.accept(order(user, "lamp", fresh("o"), 25)) // behind it
		if its = h.lying(part); len(its) != 2 {
			t.Fatalf("%+v lies there, want two", its)
		}
		for _, n := range its {
			numbers = append(numbers, n.Number)
		}
		if err := h.Settle(int(part), numbers); err != nil {
			t.Fatal(err)
		}
		eventually(func() bool { return len(h.lying(part)) == 0 })
	}

	wrong := (part + 1) % store.Part(h.store.Parts()) // of whom the notice does not tell
	if err := h.guild.all[0].Give(t.Context(), wrong); err != nil {
		t.Fatal(err)
	}
	if err := h.guild.all[1].Take(t.Context(), wrong); err != nil {
		t.Fatal(err)
	}
	for _, what := range []string{"bury", "revive"} {
		body, _ := json.Marshal(map[string]any{"part": wrong, what: n})
		if answer, err := h.guild.all[1].Oblige(t.Context(), body); err != nil || !strings.Contains(string(answer), "error") {
			t.Errorf("%s in a part of which the notice is not: %s (%v)", what, answer, err)
		}
	}
}

// Three engines, of which one tells others, and parts that move all the time, some away from engines that end before they say what they wrote.
func TestEachNoticeIsToldOnceThoughItsPartMoves(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	got := map[string]int{}
	crm := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		got[r.Header.Get("webhook-id")]++
	}))
	defer crm.Close()
	var hooks *webhook.Hooks
	relays := make([]*webhook.Relay, 3)
	h := &house{t: t, n: 3}
	h.outboxOf = func(i int) engine.Outbox {
		var err error
		if i > 0 {
			if relays[i], err = webhook.NewRelay(t.Context(), h.store); err != nil {
				t.Fatal(err)
			}
			return relays[i]
		}
		if hooks, err = webhook.Open(t.Context(), webhook.Config{Documents: h.store, Private: true, Within: time.Hour}); err != nil {
			t.Fatal(err)
		}
		return hooks
	}
	hand := func(i int) {
		body, err := json.Marshal(relays[i].Take())
		if err != nil {
			t.Error(err)
		}
		var all webhook.Tidings
		if err := json.Unmarshal(body, &all); err != nil {
			t.Error(err)
		}
		hooks.Heard(all)
	}
	lost := 0
	h.moved = func(store.Part) {
		who := 1 + rand.IntN(2)
		if rand.IntN(4) > 0 {
			hand(who)
			return
		}
		for _, of := range relays[who].Take() { // it ends before it hands them over
			lost += of.Written
		}
		for part := range 8 {
			if err := hooks.Recount(t.Context(), part); err != nil && !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
		}
	}
	openTold(h)
	if err := hooks.Start(t.Context(), h, func(_ context.Context, n aparte.Notice, _ webhook.Reader) ([]byte, error) { return json.Marshal(n) }, nil); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := hooks.Close(); err != nil {
			t.Error(err)
		}
	})
	if _, err := hooks.Put(t.Context(), webhook.Endpoint{ID: "crm", URL: crm.URL, Kinds: []aparte.NoticeKind{aparte.OrderCompleted}, Enabled: true}); err != nil {
		t.Fatal(err)
	}
	for _, r := range relays[1:] {
		if err := r.Refresh(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	const people, each = 60, 5
	for n := range each {
		var sending sync.WaitGroup
		for i := range 3 {
			sending.Go(func() {
				for j := range people / 3 {
					if err := h.guild.all[(i+n)%3].Accept(t.Context(), []aparte.Event{order(fmt.Sprint("r", i, "-", j), "lamp", fresh("o"), 25)}); err != nil {
						t.Errorf("accept: %v", err)
					}
				}
			})
		}
		sending.Wait()
	}
	want := map[string]int{}
	for i := range 3 {
		for j := range people / 3 {
			p := h.who(aparte.KindUserID, fmt.Sprint("r", i, "-", j))
			story, err := h.Story(t.Context(), p.ID, engine.StoryPlace{}, 100)
			if err != nil {
				t.Fatal(err)
			}
			for _, entry := range story {
				if entry.Event != nil && entry.Event.Name == "Order Completed" {
					want["msg_"+p.ID.String()[2:]+"_"+strconv.FormatUint(entry.Seq, 36)+"_order.completed"] = 1
				}
			}
		}
	}
	if len(want) != people*each {
		t.Fatalf("%d orders stand in histories, want %d", len(want), people*each)
	}
	h.settle()
	h.moved(0) // what moved last may have been lost
	eventually(func() bool {
		hand(1)
		hand(2)
		all, err := hooks.States(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		left := 0
		for part := range store.Part(8) {
			left += len(h.lying(part))
		}
		return left == 0 && all[0].Waiting == 0
	})
	mu.Lock()
	defer mu.Unlock()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
	t.Logf("%d were told that nobody was told of", lost)
}
