package engine_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/engine"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// A batch is committed at one instant, and two records that were merged may each have entries of it: pages
// of any size tell all of it once, in one order.
func TestPagesOfAStoryTellEverythingOnce(t *testing.T) {
	h := open(t)
	var events []aparte.Event
	for i := range 40 {
		e := event(fmt.Sprint("before ", i), "", "phone", nil)
		events = append(events, e, event(fmt.Sprint("after ", i), "ada", "", nil))
	}
	h.accept(events...)
	h.accept(identify("ada", "phone", nil)) // two records become one
	id := h.who(aparte.KindUserID, "ada").ID
	whole, err := h.Story(t.Context(), id, engine.StoryPlace{}, 1000)
	if err != nil || len(whole) != 82 { // the merge is an entry too
		t.Fatalf("the story has %d entries (%v)", len(whole), err)
	}
	for _, limit := range []int{1, 2, 7, 39, 40, 41, 82, 100} {
		var told []engine.StoryEntry
		for from := (engine.StoryPlace{}); ; {
			page, err := h.Story(t.Context(), id, from, limit)
			if err != nil || len(page) > limit {
				t.Fatalf("limit %d: %d entries (%v)", limit, len(page), err)
			}
			told = append(told, page...)
			if len(page) < limit {
				break
			}
			if from = from.Beyond(page); len(told) > 200 {
				t.Fatalf("limit %d: pages never end", limit)
			}
		}
		if diff := cmp.Diff(whole, told); diff != "" {
			t.Errorf("limit %d:\n%s", limit, diff)
		}
	}
}

func TestAPlaceReadsBackAsItWasWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := engine.StoryPlace{
			At:   time.UnixMicro(rapid.Int64Range(0, 1<<52).Draw(t, "at")).UTC(),
			Told: rapid.IntRange(0, 1<<14).Draw(t, "told"),
		}
		got, ok := engine.ParseStoryPlace(p.String())
		if diff := cmp.Diff(p, got); diff != "" || !ok {
			t.Errorf("%q: %v, %s", p, ok, diff)
		}
	})
	if got, ok := engine.ParseStoryPlace(""); !ok || !got.At.IsZero() {
		t.Error("no text is not the beginning")
	}
	if bad := slices.DeleteFunc([]string{"x", "~", "2026-05-01", "2026-05-01T12:00:00Z", "2026-05-01T12:00:00Z~", "2026-05-01T12:00:00Z~-1", "2026-05-01T12:00:00Z~99999"},
		func(text string) bool { _, ok := engine.ParseStoryPlace(text); return !ok }); len(bad) > 0 {
		t.Errorf("taken for places: %q", bad)
	}
}
