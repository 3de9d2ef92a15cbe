package decide

import (
	"cmp"
	"math"
	"slices"

	"github.com/aparte-dev/aparte"
)

// sojourn is for how many minutes they have been at the place where they are.
func (d *deliberation) sojourn() float64 {
	s := &d.q.Moment.Context.Stay
	if s.Place == "" {
		return 0
	}
	return math.Max(0, d.now.Sub(s.Since).Minutes())
}

// bringFromPlace brings a few items that are in stock where they are: what is on offer first, then what attracts them most, by itself
// or by its category.
func (d *deliberation) bringFromPlace() {
	c := &d.plan.catalogue
	here := slices.DeleteFunc(slices.Clone(d.q.Moment.Context.Stay.Items), func(o aparte.Offered) bool {
		_, known := c.index[o.Item]
		return !known || o.Stock <= 0
	})
	pull := func(o aparte.Offered) float64 {
		item := &c.items[c.index[o.Item]]
		return d.affinity(aparte.ItemAffinity, string(item.ID)) + d.affinity(aparte.CategoryAffinity, item.Category)
	}
	slices.SortStableFunc(here, func(a, b aparte.Offered) int {
		return cmp.Or(cmp.Compare(oneIf(b.Offer > 0), oneIf(a.Offer > 0)), cmp.Compare(pull(b), pull(a)))
	})
	for _, o := range here[:min(len(here), maxOwn)] {
		d.bring(o.Item)
	}
}
