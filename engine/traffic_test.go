package engine_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/learn"
	"github.com/aparte-dev/aparte/store"
)

// traces are what the feed tells of items that were met, in the order of their parts.
func (h *house) traces() (all []learn.Trace) {
	h.t.Helper()
	for part := range h.store.Parts() {
		rows, err := h.store.Feed(h.t.Context(), store.Part(part), 0, 1000)
		if err != nil {
			h.t.Fatal(err)
		}
		for _, row := range rows {
			if row.Body[0] != learn.TraceVersion {
				continue
			}
			trace, err := learn.ParseTrace(row.Body)
			if err != nil {
				h.t.Fatal(err)
			}
			trace.Day = 0
			all = append(all, trace)
		}
	}
	return all
}

func TestWhatPeopleDoWithItemsIsToldTheLearner(t *testing.T) {
	h := open(t)
	h.accept(event("Product Viewed", "ada", "", map[string]any{"product_id": "lamp"}))
	h.accept(event("Product Viewed", "ada", "", map[string]any{"product_id": "mug"}))
	h.accept(event("Product Viewed", "ada", "", map[string]any{"product_id": "nothing we sell"}))
	bought := order("ada", "mug", "o1", 9)
	h.accept(bought, bought)
	want := []learn.Trace{
		{Weight: 1, Items: []aparte.ItemID{"lamp"}},
		{Weight: 1, Items: []aparte.ItemID{"mug"}, With: []aparte.ItemID{"lamp"}},
		{Weight: 5, Items: []aparte.ItemID{"mug"}},
	}
	if diff := cmp.Diff(want, h.traces()); diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
}

func TestWhoObjectsToProfilingIsNotLookedAt(t *testing.T) {
	h := open(t)
	h.accept(identify("ada", "", map[string]any{
		"consents": []map[string]any{{"purpose": "profiling", "granted": false, "source": "test"}},
	}))
	h.accept(event("Product Viewed", "ada", "", map[string]any{"product_id": "lamp"}))
	if got := h.traces(); len(got) > 0 {
		t.Errorf("told %v", got)
	}
}
