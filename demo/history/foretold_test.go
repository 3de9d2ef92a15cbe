package history_test

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/profile"
)

// What the first two thirds of the slice foretell of the last 90 days, by category, in order of what was said. The slice
// was chosen among those who came back (SOURCE.md), so more do than are said to; who is said to be likelier is.
func TestWhoIsSaidToBuyInACategoryIsLikelierTo(t *testing.T) {
	const within = 90 * 24 * time.Hour
	split := noon.Add(-within)
	people, after := map[string]aparte.Person{}, map[[2]string]bool{}
	for e := range open(t).Events(noon) {
		if e.Timestamp.Before(split) {
			people[e.UserID] = profile.Apply(people[e.UserID], &e, nil, nil, "GBP")
		} else if e.Name == "Order Completed" {
			for _, line := range properties(t, e).Products {
				after[[2]string{e.UserID, line.Category}] = true
			}
		}
	}
	type foretold struct {
		said float64
		came bool
	}
	var all []foretold
	for id, p := range people {
		for _, c := range p.Cadences {
			if c.Category != "" {
				all = append(all, foretold{p.Buys(nil, c.Category, split, within), after[[2]string{id, c.Category}]})
			}
		}
	}
	slices.SortFunc(all, func(a, b foretold) int { return map[bool]int{true: -1, false: 1}[a.said < b.said] })
	const groups = 5
	before := 0.0
	for i := range groups {
		part := all[i*len(all)/groups : (i+1)*len(all)/groups]
		said, came := 0.0, 0.0
		for _, f := range part {
			if said += f.said / float64(len(part)); f.came {
				came += 1 / float64(len(part))
			}
		}
		t.Logf("%d times somebody and a category: said %.3f, came %.3f", len(part), said, came)
		if came < before-0.03 || math.Abs(said-came) > 0.2 {
			t.Errorf("said %.3f, came %.3f, of those less likely %.3f", said, came, before)
		}
		before = came
	}
}
