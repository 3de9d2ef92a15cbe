package decide

import "math"

// What a content costs beyond what it says itself. These are starting points, stated so that they can
// be argued with.
const (
	purchaseChance = 0.02 // that what is shown to a stranger is bought
	needChance     = 0.10 // more, for what the person is looking for
	tasteChance    = 0.05 // more, for what attracts them
	cartChance     = 0.15 // more, for what lies in their basket
)

// cost is what a candidate costs, in minor units: the content's own cost, the margin its incentive is
// expected to give away where no objective counts it, what that weighs beyond itself on the budget that pays for it, what
// its channel costs, the price of its intrusion, and that of the trust it loses.
func (d *deliberation) cost(a candidate) float64 {
	if a.content < 0 {
		return 0
	}
	c := &d.plan.contents[a.content]
	given := d.discount(a)
	if d.plan.netted {
		given = 0
	}
	if c.budget >= 0 {
		given += d.surcharge(a)
	}
	if d.reaching {
		given += d.routes[a.route].postage
	}
	return float64(c.Cost) + given + d.disturbance(a) + d.breach(c)
}

// discount is what a candidate's incentive is expected to take off an order.
func (d *deliberation) discount(a candidate) float64 {
	price, chance := d.plan.catalogue.usual, purchaseChance
	if a.view >= 0 {
		v := &d.views[a.view]
		price = float64(d.plan.catalogue.items[v.item].Price.Amount)
		chance += needChance*v.need + tasteChance*v.taste + cartChance*float64(oneIf(v.inCart))
	}
	return d.plan.contents[a.content].Incentive.Percent / 100 * price * chance
}

// disturbance is the price of a candidate's intrusion. Most of what can be said of an item is equally intrusive.
func (d *deliberation) disturbance(a candidate) float64 {
	intrusion := d.perceived(a)
	if a.view < 0 {
		return d.toll.of(intrusion)
	}
	v := &d.views[a.view]
	if v.intrusion != intrusion {
		v.intrusion, v.price = intrusion, d.toll.of(intrusion)
	}
	return v.price
}

// weigh finds for each candidate its value against silence, its cost and its net worth.
func (d *deliberation) weigh(s Scorer) {
	n := len(d.candidates)
	d.scores = sized(d.scores, n)
	clear(d.scores)
	by, unsure := s.(Predictor)
	switch d.unsure = unsure; {
	case unsure:
		d.widths = sized(d.widths, n)
		by.Predict(d.context.features, d.actions, d.scores, d.widths)
	case s != nil:
		s.Score(d.context.features, d.actions, d.scores)
	}
	d.values, d.costs, d.nets = sized(d.values, n), sized(d.costs, n), sized(d.nets, n)
	d.toll = newToll(d.plan.brand.Pressure.Intrusion, d.goodwill, d.stake(), d.q.Hazard, d.q.Loss)
	quiet := finite(d.scores[0])
	for i, c := range d.candidates {
		d.values[i] = finite(d.scores[i]) - quiet
		if c.content >= 0 {
			d.values[i] += d.promise(&d.plan.contents[c.content])
		}
		d.values[i] = single(d.values[i])
		if d.alike(i) {
			d.costs[i] = d.costs[i-1]
		} else {
			d.costs[i] = single(d.cost(c))
		}
		d.nets[i] = d.values[i] - d.costs[i]
	}
}

func finite(v float64) float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return 0
	}
	return v
}
