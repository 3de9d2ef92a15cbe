package decide

import "github.com/aparte-dev/aparte"

// How a new item gets its first chance.
const (
	firstChances = 100 // exposures of late, below which an item is new
	newDraws     = 8   // from a list, for each one that is tried
)

// pickCompany takes what is looked at or bought with what the person has before them: the item of the page, the
// one they looked at last, the one they put in the basket last and the one they bought last.
func (d *deliberation) pickCompany() {
	if d.q.Traffic == nil {
		return
	}
	for _, id := range d.anchors() {
		if id == "" {
			continue
		}
		d.company = d.q.Traffic.Companions(id, d.company[:0])
		taken := 0
		for _, other := range d.company {
			if i, ok := d.plan.catalogue.index[other]; ok && taken < fromCompany {
				taken += d.pick(i)
			}
		}
	}
	clear(d.company)
}

// anchors are the items a person has before them, the nearest first; what they did counts for nothing where
// they object to profiling.
func (d *deliberation) anchors() [4]aparte.ItemID {
	on := [4]aparte.ItemID{d.q.Moment.Context.Item}
	if d.impersonal {
		return on
	}
	on[1] = d.person.Session.LastItem
	if lines := d.person.Cart.Lines; len(lines) > 0 {
		on[2] = lines[len(lines)-1].Item
	}
	if bought := d.person.Orders.Items; len(bought) > 0 {
		on[3] = bought[0]
	}
	return on
}

// pickNew gives items that were hardly shown yet a first chance, drawn by lot from the kin of what the person is
// after; of those drawn, the one whose price is nearest to what they have before them. What its kin taught is
// all a model knows of it.
func (d *deliberation) pickNew() {
	if d.q.Traffic == nil {
		return
	}
	price := d.priceBand()
	for n := range fromNew {
		kin := d.kin(n)
		best, nearest := int32(-1), bands
		for range newDraws {
			if len(kin) == 0 {
				break
			}
			i := kin[below(d.lots.Uint64(), uint64(len(kin)))]
			far := int(d.plan.catalogue.cards[i].band) - price
			far = max(far, -far)
			if far < nearest && d.q.Traffic.Shown(d.plan.catalogue.items[i].ID) < firstChances {
				best, nearest = i, far
			}
		}
		if best >= 0 {
			d.pick(best)
		}
	}
}

// kin is the list that the nth new item is drawn from: the first of what the page is about, what the person is
// looking for and what attracts them most, the second of all there is.
func (d *deliberation) kin(n int) []int32 {
	c := &d.plan.catalogue
	if n > 0 {
		return c.popular
	}
	if d.pageGroup >= 0 {
		return c.groups[d.pageGroup].top
	}
	for _, a := range d.person.Session.Intents {
		if g, ok := c.groupFor(a.Kind, a.Key); ok {
			return c.groups[g].top
		}
	}
	for _, i := range d.strongest() {
		if g, ok := c.groupFor(d.person.Affinities[i].Kind, d.person.Affinities[i].Key); ok {
			return c.groups[g].top
		}
	}
	return c.popular
}

// priceBand is the price band of what the person has before them, else that of a usual item.
func (d *deliberation) priceBand() int {
	c := &d.plan.catalogue
	for _, id := range d.anchors() {
		if i, ok := c.index[id]; ok {
			return int(c.cards[i].band)
		}
	}
	return int(band(int64(c.usual)))
}
