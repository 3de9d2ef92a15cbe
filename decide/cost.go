package decide

import (
	"math"
	"time"

	"github.com/aparte-dev/aparte"
)

// RepetitionHalfLife is how fast it is forgotten that something was said.
const RepetitionHalfLife = 7 * 24 * time.Hour

// What a content costs beyond what it says itself. These are starting points, stated so that they can
// be argued with; what departures teach replaces them.
const (
	purchaseChance = 0.02 // that what is shown to a stranger is bought
	needChance     = 0.10 // more, for what the person is looking for
	tasteChance    = 0.05 // more, for what attracts them
	cartChance     = 0.15 // more, for what lies in their basket

	webShare    = 0.05 // of the intrusion of a message that reaches out, for one where the person is already
	leastEasing = 0.1  // goodwill below this makes nothing dearer
	mostRelated = 0.95 // nothing is so relevant that it disturbs nobody

	sameItem = 0.5  // of the weight of having said this content, for having spoken of this item
	anything = 0.25 // and for having sent anything
)

// intrusion is what it costs to disturb a person, in minor units: price is that of one irrelevant
// message to a person at full goodwill. It grows with how often the same was said of late (repetition,
// from 0 up) and as goodwill (in [0, 1]) is worn down; it shrinks with relevance (in [0, 1]) to what
// the person needs.
//
// Source of the shape: Mercanti-Guérin, L'intrusion perçue, 2013: repetition raises perceived intrusion,
// relevance lowers it.
func intrusion(price, repetition, relevance, goodwill float64) float64 {
	return price * (1 + max(0, repetition)) * (1 - min(max(0, relevance), mostRelated)) / min(1, max(leastEasing, goodwill))
}

// cost is what a candidate costs, in minor units: the content's own cost, the margin its incentive is
// expected to give away, and the intrusion.
func (d *deliberation) cost(a candidate) float64 {
	if a.content < 0 {
		return 0
	}
	c := &d.plan.contents[a.content]
	price, chance := d.plan.catalogue.usual, purchaseChance
	repetition, relevance := d.said[a.content], 0.0
	if a.view >= 0 {
		v := &d.views[a.view]
		price = float64(d.plan.catalogue.items[v.item].Price.Amount)
		chance += needChance*v.need + tasteChance*v.taste + cartChance*float64(oneIf(v.inCart))
		relevance = v.relevant
		repetition += sameItem * v.said
	}
	if c.Purpose == aparte.Service {
		relevance = mostRelated // it was asked for
	}
	share := webShare
	if d.reaching {
		share = 1
		repetition += anything * d.pressed
	}
	return float64(c.Cost) + c.Incentive.Percent/100*price*chance +
		share*intrusion(d.plan.brand.Pressure.Intrusion, repetition, relevance, d.goodwill)
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
	quiet := finite(d.scores[0])
	for i, c := range d.candidates {
		d.values[i] = single(finite(d.scores[i]) - quiet)
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
