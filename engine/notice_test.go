package engine_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/store"
)

// outbox wants kinds of notice for two endpoints, and remembers in which parts there are some.
type outbox struct {
	mu    sync.Mutex
	wants map[aparte.NoticeKind][]string
	told  int
}

func (o *outbox) Wanted(kind aparte.NoticeKind) []string { return o.wants[kind] }

func (o *outbox) Written(_ int, notices []aparte.Notice) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.told += len(notices)
}

func (o *outbox) Dropped(_ int, notices []aparte.Notice) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.told -= len(notices)
}

func everything(to string) map[aparte.NoticeKind][]string {
	wants := map[aparte.NoticeKind][]string{}
	for _, kind := range aparte.NoticeKinds {
		wants[kind] = []string{to}
	}
	return wants
}

// noted are the notices that wait, as kinds with what they tell of, part by part in their order.
func (h *house) noted() (all []aparte.Notice, told []string) {
	h.t.Helper()
	for part := range h.Parts() {
		for after := uint64(0); ; {
			found, last, err := h.Notices(h.t.Context(), part, after, 3)
			if err != nil {
				h.t.Fatal(err)
			}
			if last == 0 {
				break
			}
			after = last
			for _, n := range found {
				entry, err := h.Entry(h.t.Context(), n.Person, n.Seq)
				if err != nil {
					h.t.Fatal(err)
				}
				what := "decision"
				if entry.Event != nil {
					what = string(entry.Event.Type) + " " + entry.Event.Name
				} else if !entry.Merged.IsZero() {
					what = "merge"
				}
				all, told = append(all, n), append(told, fmt.Sprintf("%s to %s of %s", n.Kind, n.To, what))
			}
		}
	}
	return all, told
}

func openNoting(t *testing.T) (*house, *outbox) {
	o := &outbox{wants: everything("crm")}
	h := &house{t: t, dir: t.TempDir(), outbox: o}
	h.start()
	if _, err := h.Publish(t.Context(), brand()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.stop)
	return h, o
}

func TestWhatHappensIsNotedWithItsEntryForWhoWantsToBeTold(t *testing.T) {
	h, o := openNoting(t)
	h.accept(event("Product Viewed", "ada", "", map[string]any{"product_id": "lamp"}))
	h.accept(identify("ada", "", map[string]any{"city": "Bath"}))
	h.accept(identify("ada", "", map[string]any{"city": "Bath"})) // nothing new
	h.accept(identify("ada", "", map[string]any{"consents": []map[string]any{{"purpose": "marketing", "channel": "email", "granted": true, "source": "x", "wording": "1"}}}))
	h.accept(order("ada", "lamp", "o1", 25))
	h.accept(event("Audience Entered", "ada", "", map[string]any{"audience": "somebody else's"}))
	entered := event("Audience Entered", "ada", "", map[string]any{"audience": "loyal"})
	entered.Source = aparte.OwnSource
	h.accept(entered)
	_, told := h.noted()
	want := []string{
		"person.changed to crm of identify ",
		"consent.changed to crm of identify ",
		"order.completed to crm of track Order Completed",
		"objective.reached to crm of track Order Completed",
		"stage.changed to crm of track Order Completed",
		"audience.entered to crm of track Audience Entered",
	}
	if diff := cmp.Diff(want, told); diff != "" {
		t.Errorf("noted (-want +got):\n%s", diff)
	}
	if o.told != len(want) {
		t.Errorf("the outbox heard of %d notices, want %d", o.told, len(want))
	}
}

func TestNoticesWaitThroughARestartUntilTheyAreSettled(t *testing.T) {
	h, _ := openNoting(t)
	for i := range 20 {
		h.accept(order(fmt.Sprint("someone-", i), "lamp", fmt.Sprint("o-", i), 25))
		h.ask(fmt.Sprint("someone-", i), "hero")
	}
	h.reopen()
	all, told := h.noted()
	if len(all) != 20*4 { // order, objective, stage and decision of each
		t.Fatalf("%d wait: %v", len(all), told)
	}
	for _, n := range all[:50] {
		if err := h.Settle(int(store.PartOf(n.Person[:8], h.Parts())), []uint64{n.Number}); err != nil {
			t.Fatal(err)
		}
	}
	h.reopen() // which commits
	left, _ := h.noted()
	if diff := cmp.Diff(all[50:], left); diff != "" {
		t.Errorf("left (-want +got):\n%s", diff)
	}
	h.accept(order("someone-else", "lamp", "o-x", 25))
	if again, _ := h.noted(); len(again) != len(left)+3 {
		t.Errorf("%d wait after another order, want %d", len(again), len(left)+3)
	}
}

func TestANoticeThatWasGivenUpCanBeWrittenAgain(t *testing.T) {
	h, _ := openNoting(t)
	h.accept(order("ada", "lamp", "o1", 25))
	all, _ := h.noted()
	for _, n := range all {
		if err := h.Bury(t.Context(), n); err != nil {
			t.Fatal(err)
		}
	}
	h.reopen()
	if left, _ := h.noted(); len(left) != 0 {
		t.Errorf("%d wait that were given up", len(left))
	}
	buried, n, err := h.Buried(t.Context(), "crm", 100)
	if err != nil || n != len(all) || len(buried) != len(all) {
		t.Fatalf("%d were given up (%v), want %d", n, err, len(all))
	}
	if _, others, err := h.Buried(t.Context(), "cr", 100); others != 0 || err != nil {
		t.Errorf("another endpoint has %d (%v)", others, err)
	}
	for _, b := range buried {
		if err := h.Revive(t.Context(), b); err != nil {
			t.Fatal(err)
		}
	}
	left, _ := h.noted()
	if _, n, _ := h.Buried(t.Context(), "crm", 0); len(left) != len(all) || n != 0 {
		t.Errorf("%d wait, %d are given up", len(left), n)
	}
}

func TestOfWhoIsErasedNothingCanBeTold(t *testing.T) {
	h, _ := openNoting(t)
	h.accept(order("ada", "lamp", "o1", 25))
	all, _ := h.noted()
	if err := h.Erase(t.Context(), all[0].Person); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Entry(t.Context(), all[0].Person, all[0].Seq); err == nil {
		t.Error("the entry is there")
	}
	if left, _ := h.noted(); len(left) > 0 {
		t.Errorf("%d notices wait to be told", len(left))
	}
}

func TestAMergeIsNoted(t *testing.T) {
	h, _ := openNoting(t)
	h.accept(event("Product Viewed", "", "phone", nil))
	h.accept(event("Product Viewed", "ada", "", nil))
	h.accept(identify("ada", "phone", nil))
	_, told := h.noted()
	merges := 0
	for _, one := range told {
		if one == "person.changed to crm of merge" {
			merges++
		}
	}
	if merges != 1 {
		t.Errorf("noted: %v", told)
	}
}
