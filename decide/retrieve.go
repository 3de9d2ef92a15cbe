package decide

import (
	"math/bits"
	"slices"

	"github.com/aparte-dev/aparte"
)

// How many items a decision looks at.
const (
	maxRecommended = 16
	maxOwn         = 4  // of the basket, and of what was bought before
	maxViews       = 64 // of all sources together: more than they can bring
	fromPage       = 2  // of the category the page is about
	fromIntent     = 3  // of each of the heaviest intents
	fromAffinity   = 2  // of each of the heaviest affinities
	fromCompany    = 2  // of what keeps company with each of a few items
	fromPopular    = 2  // of what sells best
	fromAisles     = 6  // for who is a stranger: the best of each of as many categories
	fromChance     = 2  // drawn from what sells well, so that it is tried
	fromNew        = 2  // drawn from what was hardly shown yet
	sourcesEach    = 4  // intents, and affinities
	sellsWell      = 64 // the most popular ones
)

// offered is the items a content can speak of, or why there is none.
type offered struct {
	known       bool
	first, last int32             // of d.offers
	reason      aparte.ReasonCode // empty: there is one
	item, rule  int32             // that was in the way first; -1: none
}

// offer finds the items a content can speak of. Contents that take them from one source under the same rules are
// offered the same ones.
func (d *deliberation) offer(c *content) *offered {
	o := &d.offered[c.offer]
	if !o.known || !c.shares {
		*o = d.find(c)
	}
	return o
}

func (d *deliberation) find(c *content) offered {
	o := offered{known: true, first: int32(len(d.offers)), item: -1, rule: -1}
	for _, v := range d.source(c.Items) {
		at, rule := d.views[v].item, int32(-1)
		reason := d.unfit(c, c.Items, at)
		if reason == "" && len(c.onItem) > 0 {
			rule, reason = d.refused(c, int(v))
		}
		if reason == "" {
			d.offers = append(d.offers, v)
		} else if o.reason == "" {
			o.reason, o.item, o.rule = reason, at, rule
		}
	}
	switch o.last = int32(len(d.offers)); {
	case o.last > o.first:
		o.reason, o.item, o.rule = "", -1, -1
	case o.reason == "":
		o.reason = aparte.NoItem
	}
	return o
}

// unfit is why a content cannot speak of an item of a source, whatever the rules. What was recommended is known to
// be fit.
func (d *deliberation) unfit(c *content, source aparte.ItemSource, i int32) aparte.ReasonCode {
	item := &d.plan.catalogue.items[i]
	if c.Ask != nil {
		if reason := d.unwelcomeOf(c, item); reason != "" {
			return reason
		}
	}
	if source == aparte.Recommended {
		return ""
	}
	switch {
	case item.Stock <= 0 && source != aparte.AtPlace && (c.Ask == nil || !c.Ask.Restock):
		return aparte.OutOfStock
	case source != aparte.BoughtBefore && source != aparte.DueItems && source != aparte.OnPage && d.bought(item.ID):
		return aparte.AlreadyBought
	}
	return ""
}

// refused asks the content's rules about an item.
func (d *deliberation) refused(c *content, v int) (rule int32, reason aparte.ReasonCode) {
	for _, i := range c.onItem {
		if reason := refusal(d.verdictOn(i, v)); reason != "" {
			return i, reason
		}
	}
	return -1, ""
}

func (d *deliberation) lookAt(v int) {
	d.itemAt = d.views[v].item
	d.item = &d.plan.catalogue.items[d.itemAt]
}

func (d *deliberation) bought(id aparte.ItemID) bool {
	return slices.Contains(d.person.Orders.Items, id)
}

// source is the items of a source, as indices into d.views, best first. It is good until the next call.
func (d *deliberation) source(s aparte.ItemSource) []int32 {
	if s == aparte.Recommended {
		if !d.retrieved {
			d.recommend()
		}
		return d.recommended
	}
	d.sourced = d.sourced[:0]
	switch s {
	case aparte.LastViewed:
		d.bring(d.person.Session.LastItem)
	case aparte.OnPage, aparte.News:
		d.bring(d.q.Moment.Context.Item)
	case aparte.InCart:
		lines := d.person.Cart.Lines // in the order added: the last is the freshest
		for i := len(lines) - 1; i >= 0 && len(d.sourced) < maxOwn; i-- {
			d.bring(lines[i].Item)
		}
	case aparte.AtPlace:
		d.bringFromPlace()
	case aparte.BoughtBefore:
		for i, id := range d.person.Orders.Items {
			if i >= maxOwn || d.impersonal {
				break
			}
			d.bring(id)
		}
	case aparte.DueItems:
		d.bringDue()
	}
	return d.sourced
}

func (d *deliberation) bring(id aparte.ItemID) {
	if i, ok := d.plan.catalogue.index[id]; ok {
		if v := d.see(i); !slices.Contains(d.sourced, v) {
			d.sourced = append(d.sourced, v)
		}
	}
}

// recommend retrieves a few items from each of a few lists: what the page is about, what keeps company with
// what they look at, what they are looking for, what attracts them, what sells; and leaves room for what has to
// be tried. It never goes through the catalogue. Nothing bought already or out of stock gets in.
func (d *deliberation) recommend() {
	d.retrieved = true
	c := &d.plan.catalogue
	d.places = maxRecommended - fromChance - fromNew
	d.pickFound()
	d.pickFrom(d.pageGroup, fromPage)
	d.pickCompany()
	for i, a := range d.person.Session.Intents {
		if i == sourcesEach {
			break
		}
		d.pickFor(a.Kind, a.Key, fromIntent)
	}
	for _, i := range d.strongest() {
		a := &d.person.Affinities[i]
		if !a.Kind.OfThings() {
			break
		}
		d.pickFor(a.Kind, a.Key, fromAffinity)
	}
	for taken, i := 0, 0; i < len(c.popular) && taken < fromPopular && len(d.recommended) < d.places; i++ {
		taken += d.pick(c.popular[i])
	}
	if !d.pulled && len(d.intents) == 0 {
		for i := 0; i < len(c.aisles) && i < fromAisles; i++ {
			d.pickFrom(c.aisles[i], 1)
		}
	}
	d.places = maxRecommended
	known := len(d.recommended)
	d.pickNew()
	for range fromChance {
		if n := uint64(min(sellsWell, len(c.popular))); n > 0 {
			d.pick(c.popular[below(d.lots.Uint64(), n)])
		}
	}
	d.advance(known)
}

// advance gives what is to be tried, from a place on, every third place: where there is room for the first few
// only, some of it is among them.
func (d *deliberation) advance(from int) {
	for k := from; k < len(d.recommended); k++ {
		if to := 2 + 3*(k-from); to < k {
			v := d.recommended[k]
			copy(d.recommended[to+1:k+1], d.recommended[to:k])
			d.recommended[to] = v
		}
	}
}

// strongest is the person's heaviest affinities now, heaviest first.
func (d *deliberation) strongest() []int { return largest(d.top[:0], d.pulls) }

// pickFor takes up to n items for something that attracts the person.
func (d *deliberation) pickFor(kind aparte.AffinityKind, key string, n int) {
	c := &d.plan.catalogue
	if g, ok := c.groupFor(kind, key); ok {
		d.pickFrom(g, n)
		return
	}
	if i, ok := c.index[aparte.ItemID(key)]; ok && kind == aparte.ItemAffinity {
		d.pickFrom(c.cards[i].category, n-d.pick(i))
	}
}

func (d *deliberation) pickFrom(g int32, n int) {
	if g < 0 {
		return
	}
	for _, i := range d.plan.catalogue.groups[g].top {
		if n <= 0 || len(d.recommended) >= d.places {
			return
		}
		n -= d.pick(i)
	}
}

// pick takes an item among the recommended ones; 0 where it cannot.
func (d *deliberation) pick(i int32) int {
	item := &d.plan.catalogue.items[i]
	if len(d.recommended) >= d.places || item.Stock <= 0 || d.bought(item.ID) {
		return 0
	}
	v := d.see(i)
	if slices.Contains(d.recommended, v) {
		return 0
	}
	d.recommended = append(d.recommended, v)
	return 1
}

// below maps a random number to [0, n). The bias is n/2⁶⁴: none that could be measured.
// Source: Lemire, Fast random integer generation in an interval, 2019.
func below(random, n uint64) uint64 {
	high, _ := bits.Mul64(random, n)
	return high
}
