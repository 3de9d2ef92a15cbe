package simulate

import "math"

// Action is what can be done at a moment: Silence, or one of the letters.
type Action int

// The actions. Between Silence and Offer stand the letters about the topics.
const (
	Silence Action = 0
	Offer   Action = Action(len(topics)) + 1 // gives a discount
	Gazette Action = Offer + 1               // a little of everything
	actions        = Gazette + 1
)

// What is true of the world. Money is in minor units.
const (
	margin       = .40 // share of an order that is margin
	discount     = .10 // of an order, where the offer was made, be it needed or not
	letterCost   = 5.0
	spread       = .8  // σ of the logarithm of an order's amount around what the person spends on average
	windowDays   = 3   // what a moment leads to comes within this time
	returnsAfter = 3   // days after a moment before there can be another
	returns      = .25 // chance of a moment a day from then on, of somebody of full goodwill

	goodwillHalfLife = 14  // days, of what is missing
	wear             = .10 // of a letter that fits not at all, to somebody of full goodwill
	repetition       = 2.0 // how much more it wears where all goodwill is gone
	easing           = .8  // how much less it wears where it fits wholly
	leaving          = .3  // chance that a letter makes somebody unsubscribe whose goodwill is all gone

	lifeEvents   = 1. / 250 // chance a day that a life changes, and tastes with it
	seasonSwing  = .4
	seasonLength = 180 // days
)

// season is by how much more people buy on a day than on average, with nothing said.
func season(day int) float64 {
	return 1 + seasonSwing*math.Sin(2*math.Pi*float64(day)/seasonLength)
}

// fit is how well a letter suits a person, in [0, 1].
func (p *person) fit(a Action) float64 {
	switch a {
	case Silence:
		return 0
	case Offer:
		return p.bargain
	case Gazette:
		return .35
	}
	return p.likes[a-1]
}

// after is the goodwill that is missing once something was said to somebody of whose goodwill missing was
// missing. Repetition raises what a letter wears, relevance lowers it: Mercanti-Guérin, L'intrusion perçue, 2013.
func (p *person) after(a Action, missing float64) float64 {
	if a == Silence {
		return missing
	}
	return min(1, missing+natures[p.kind].touchy*wear*(1+repetition*missing)*(1-easing*p.fit(a)))
}

// orders is the chance that a moment is followed by an order. Only goodwill lowers it: a letter that wears
// it lowers the chance to come back and buy, there is no other way in which a letter does harm.
func (p *person) orderChance(a Action, missing, season float64) float64 {
	f := p.fit(a)
	return min(1, (natures[p.kind].habit*season+natures[p.kind].swayed*f*f)*(1-p.after(a, missing)))
}

// worth is what is expected to follow a moment: the margin of its order, less what the discount and the
// letter cost.
func (p *person) worth(a Action, missing, season float64) float64 {
	share := margin
	if a == Offer {
		share -= discount
	}
	v := p.orderChance(a, missing, season) * p.basket * share
	if a != Silence {
		v -= letterCost
	}
	return v
}

// leaves is the chance that a letter makes the person unsubscribe.
func (p *person) leaves(a Action, missing float64) float64 {
	if a == Silence {
		return 0
	}
	left := p.after(a, missing)
	return leaving * left * left
}

// clicks is the chance that a letter is clicked: not what it is worth.
func (p *person) clicks(a Action) float64 {
	if a == Silence {
		return 0
	}
	return .03 + .3*natures[p.kind].clicks*p.fit(a)
}
