package decide

import (
	"math"
	"time"

	"github.com/aparte-dev/aparte"
)

// RepetitionHalfLife is how fast it is forgotten that something was said.
const RepetitionHalfLife = 7 * 24 * time.Hour

// What repetition is made of: everything of late weighs, the more the more it is like what would be said
// now. The same content weighs 1 wherever it was said; the rest less, and less again where the person was there
// by themselves (webShare). These are starting points, stated so that they can be argued with.
const (
	sameItem    = 0.5  // for having spoken of this item
	sameKind    = 0.2  // for having said something of this kind
	sameChannel = 0.1  // for having used this channel
	anything    = 0.15 // for having said anything

	webShare    = 0.05 // of the intrusion of a message that reaches out, for one where the person is already
	mostRelated = 0.95 // nothing is so relevant that it disturbs nobody
)

// Intrusion is how intrusive a message is perceived to be, in units of one irrelevant message that reaches
// out to somebody who heard nothing of late. It grows with how often such was said (repetition, from 0 up) and
// shrinks with relevance (in [0, 1]) to what the person needs now. All it does is wear goodwill (aparte.Wear for
// each unit): whether somebody comes back is asked of their goodwill alone, see Hazard.
//
// Source of the shape: Mercanti-Guérin, L'intrusion perçue, 2013: repetition raises perceived intrusion,
// relevance lowers it; it reaches the intention to return through the attitude toward the brand, and no
// direct path was found.
func Intrusion(repetition, relevance float64) float64 {
	return (1 + max(0, repetition)) * (1 - min(max(0, relevance), mostRelated))
}

// perceived is how intrusive a candidate would be.
func (d *deliberation) perceived(a candidate) float64 {
	if a.content < 0 {
		return 0
	}
	c := &d.plan.contents[a.content]
	repetition := d.said[a.content] + sameKind*d.kinds[c.kindAt] + sameChannel*d.routes[a.route].said + anything*d.pressed
	relevance := 0.0
	if a.view >= 0 {
		v := &d.views[a.view]
		relevance = v.relevant
		repetition += sameItem * v.said
	}
	if a.beside >= 0 { // one message: what makes it matter is either
		v := &d.views[a.beside]
		relevance = max(relevance, v.relevant)
		repetition += sameItem * v.said
	}
	if c.Purpose == aparte.Service {
		relevance = mostRelated // it was asked for
	}
	return felt(d.reaching) * Intrusion(repetition, relevance)
}

// felt is the share of its intrusion that a message is felt with.
func felt(reaching bool) float64 {
	if reaching {
		return 1
	}
	return webShare
}

// Hazard is how likely a person is to go away within a week of being spoken to: a logistic function of
// their goodwill, of which it is all that it knows. There is no input for intrusion, on purpose (see Intrusion).
// Package learn learns one from departures. The zero value has learned nothing.
type Hazard struct {
	Bias  float64 // log odds at full goodwill
	Slope float64 // what is added to them when all goodwill is gone; below 0 counts as 0
	Trust float64 // how far it replaces the marketer's price, in [0, 1]
}

// The hazard that is assumed before anybody has gone away: 0.5 % a week at full goodwill, 5 % with none left.
const (
	PriorBias  = -5.2933 // log(0.005/0.995)
	PriorSlope = 2.3489  // log(0.05/0.95) - PriorBias
)

// Of is the hazard at a goodwill. Below 0, where no goodwill is, the curve goes on: what is worn there has to
// grow back all the same.
func (h Hazard) Of(goodwill float64) float64 {
	return 1 / (1 + math.Exp(-h.Bias-max(0, h.Slope)*(1-goodwill)))
}

// Loss is what a message costs in returns: in the fortnight that is counted after it (profile.ReturnsFor), people come
// back less, and bring less. Package learn learns one from returns. The zero value has learned nothing.
type Loss struct {
	Share float64 // of what a person brings in that fortnight, for each unit of intrusion
	Trust float64 // how far it replaces what departures and the marketer say, in [0, 1]
}

// ofAYear is which share of a year's value a loss of all value over the fortnight that is counted stands for. Goodwill
// grows back by half in a fortnight: of the 20.2 days' worth that a loss comes to in all (14/ln 2), 8.7 fall into the
// 3rd to the 17th day, by which the other days are reckoned.
const ofAYear = 14 * (20.2 / 8.7) / 365

// lasting is for how many weeks a loss of goodwill counts while it grows back, half of it in two weeks:
// 1 + 2^-½ + 2^-1 + …
const lasting = 2 + math.Sqrt2

// toll prices intrusion for one person at one moment, in minor units: the return that is lost when their
// goodwill is worn from what it is, times their value at stake. Returns that do not come tell it best, once enough of
// them were counted; until then departures do, which are rare and of which it cannot be told who would have left
// anyhow; and as far as those have not been heard of either, it is the marketer's price of one irrelevant message to
// somebody at full goodwill, dearer for others as the prior has it.
type toll struct {
	learned, assumed Hazard
	loss             Loss
	goodwill, stake  float64
	price            float64 // the marketer's, for each unit of the assumed hazard
	now, prior       float64 // hazards before, as learned and as assumed
}

func newToll(price, goodwill, stake float64, learned Hazard, loss Loss) toll {
	assumed := Hazard{Bias: PriorBias, Slope: PriorSlope}
	fresh := assumed.Of(1-aparte.Wear) - assumed.Of(1)
	return toll{
		learned: learned, assumed: assumed, loss: loss, goodwill: goodwill, stake: stake, price: price / fresh,
		now: learned.Of(goodwill), prior: assumed.Of(goodwill),
	}
}

// of is the price of an intrusion.
func (t *toll) of(intrusion float64) float64 {
	if !(t.loss.Trust > 0) {
		return t.departures(intrusion)
	}
	trust := min(t.loss.Trust, 1)
	return (1-trust)*t.departures(intrusion) + trust*t.stake*ofAYear*max(0, t.loss.Share)*intrusion
}

// departures is the price as departures tell it.
func (t *toll) departures(intrusion float64) float64 {
	after := t.goodwill - aparte.Wear*intrusion
	assumed := t.price * (t.assumed.Of(after) - t.prior)
	if !(t.learned.Trust > 0) {
		return assumed
	}
	trust := min(t.learned.Trust, 1)
	return (1-trust)*assumed + trust*t.stake*lasting*(t.learned.Of(after)-t.now)
}

// What is assumed of somebody's orders before there are any: half of one (the shape of Jeffreys' prior for a rate) in a
// quarter.
const (
	priorOrders = 0.5
	priorTime   = 365 * 24 * time.Hour / 4
)

// stake is a person's value at stake, in minor units: what the question says, else the margin of what the fit
// expects of them, else that of a year's orders at their pace. The pace is what is expected of somebody who bought so much in such a time where paces differ as a gamma
// distribution has it: (r + x)/(α + T), Schmittlein, Morrison, Colombo 1987, "Counting your customers", of people who
// stay. So a first order yesterday makes no customer for life, and who was known long without ordering counts less.
func (d *deliberation) stake() float64 {
	if d.q.Stake > 0 {
		return d.q.Stake
	}
	if ahead := d.worth().Value; ahead > 0 {
		return d.plan.catalogue.margin * ahead
	}
	const year = 365 * 24 * time.Hour
	bought, since := priorOrders*d.plan.catalogue.usual, d.person.FirstSeen
	if o := &d.person.Orders; o.Count > 0 && o.Revenue.Currency == d.plan.brand.Currency {
		bought, since = bought+float64(max(0, o.Revenue.Amount)), o.FirstAt
	}
	known := time.Duration(0)
	if !since.IsZero() {
		known = max(0, d.now.Sub(since))
	}
	return d.plan.catalogue.margin * bought * float64(year) / float64(priorTime+known)
}
