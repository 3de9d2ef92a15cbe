package decide

import "github.com/aparte-dev/aparte"

// view is an item as this person at this moment sees it.
type view struct {
	item     int32   // into the catalogue
	taste    float64 // how much its category attracts them, in [0, 1]
	share    float64 // of what attracts them, which share its category has, in [0, 1)
	first    bool    // no category attracts them more
	liked    float64 // how much it attracts them itself, in [0, 1]
	need     float64 // how much it is what they are looking for, in [0, 1]
	viewed   bool    // it is what they looked at last
	dwelt    float64 // how long they did, in [0, 1): a minute is half of it
	inCart   bool
	said     float64 // how often it was spoken of, decayed
	relevant float64 // all that taken together, in [0, 1)

	// What candidates that speak of the item have in common, found out with the first of them.
	from, to         int32   // its features, in the deliberation's sheet; 0: not described yet
	intrusion, price float64 // of an intrusion, what it costs
}

// see is the view of an item.
func (d *deliberation) see(i int32) int32 {
	for v := range d.views {
		if d.views[v].item == i {
			return int32(v)
		}
	}
	item, card := &d.plan.catalogue.items[i], &d.plan.catalogue.cards[i]
	drawn := d.affinity(aparte.CategoryAffinity, item.Category)
	v := view{
		item:   i,
		taste:  squash(drawn),
		share:  max(0, drawn) / (1 + d.tastes),
		first:  drawn > 0 && drawn >= d.favourite,
		liked:  squash(d.affinity(aparte.ItemAffinity, string(item.ID))),
		need:   d.needOf(item),
		viewed: d.person.Session.LastItem == item.ID,
	}
	if v.viewed {
		v.dwelt = lingered(d.person.Session.ItemDwell)
	}
	if d.pageGroup >= 0 && d.pageGroup == card.category {
		v.need = max(v.need, 0.8)
	}
	v.need = max(v.need, d.query.match(i))
	for j := range d.person.Cart.Lines {
		v.inCart = v.inCart || d.person.Cart.Lines[j].Item == item.ID
	}
	for _, e := range d.echoes {
		if e.item == i {
			v.said += e.weight
		}
	}
	v.relevant = v.relevance()
	d.views = append(d.views, v)
	return int32(len(d.views) - 1)
}

// lingered is how much a look of so many seconds says, in [0, 1): half of it after a minute.
func lingered(seconds int64) float64 { return squash(float64(seconds) / 60) }

// needOf is how much an item is what the latest visit was about.
func (d *deliberation) needOf(item *aparte.Item) float64 {
	var heaviest float64
	for i, a := range d.person.Session.Intents {
		if a.Key == item.Category && a.Kind == aparte.CategoryAffinity ||
			a.Key == item.Brand && a.Kind == aparte.BrandAffinity ||
			a.Key == string(item.ID) && a.Kind == aparte.ItemAffinity {
			heaviest = max(heaviest, d.intents[i])
		}
	}
	return squash(heaviest)
}

// relevance is how much an item is what the person needs, in [0, mostRelated]: each sign leaves less room
// for doubt.
func (v *view) relevance() float64 {
	doubt := (1 - 0.9*v.need) * (1 - 0.5*v.taste) * (1 - 0.5*v.liked)
	if v.viewed {
		doubt *= 0.5 * (1 - 0.5*v.dwelt)
	}
	if v.inCart {
		doubt *= 0.2
	}
	return min(1-doubt, mostRelated)
}
