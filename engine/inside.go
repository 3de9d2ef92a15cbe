package engine

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"time"

	"github.com/aparte-dev/aparte"
)

// Counters of places: how many people are at one now, exactly, as every change of a record is counted in the batch that writes it
// (total); and by day how often somebody came. Who they are is in neither.
const (
	insidePrefix = "place/inside/"
	camePrefix   = "place/came/"
)

// placeKey is the key of a place's counter: of no place the beginning of another's.
func placeKey(prefix string, id aparte.PlaceID) string {
	return prefix + url.PathEscape(string(id)) + "/"
}

// countInside counts by how many more or fewer than before a record says that somebody is at places.
func (t *turn) countInside(before, after []aparte.Fence) {
	count := func(these, those []aparte.Fence, n int64) {
		for _, f := range these {
			if !slices.ContainsFunc(those, func(other aparte.Fence) bool { return other.Place == f.Place }) {
				t.countTotal(placeKey(insidePrefix, f.Place), n)
			}
		}
	}
	count(before, after, -1)
	count(after, before, 1)
}

// Visits are how many people are at a place, and how often people came to it.
type Visits struct {
	Inside int64
	Came   []int64 // a day of UTC each, today the last
}

// Visits counts of a place, for so many days.
func (e *Engine) Visits(ctx context.Context, id aparte.PlaceID, days int) (Visits, error) {
	v := Visits{Came: make([]int64, days)}
	now, err := e.store.Counters(ctx, placeKey(insidePrefix, id), total, total.Add(time.Hour))
	if err != nil {
		return v, fmt.Errorf("visits of place %q: %w", id, err)
	}
	for _, row := range now {
		v.Inside += row.N
	}
	first := e.now().UTC().Truncate(day).AddDate(0, 0, 1-days)
	came, err := e.store.Counters(ctx, placeKey(camePrefix, id), first, first.AddDate(0, 0, days))
	if err != nil {
		return v, fmt.Errorf("visits of place %q: %w", id, err)
	}
	for _, row := range came {
		v.Came[int(row.Hour.Sub(first)/day)] += row.N
	}
	v.Inside = max(0, v.Inside) // whoever came before these were counted leaves all the same
	return v, nil
}
