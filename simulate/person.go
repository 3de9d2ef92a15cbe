package simulate

import "math"

// Kind is how a person answers to letters. Nobody is told. The names are those of uplift modelling: Radcliffe
// and Surry, Real-world uplift modelling with significance-based uplift trees, 2011, section 1.
type Kind uint8

// The kinds.
const (
	SureThing   Kind = iota // buys anyway
	LostCause               // hardly ever buys
	SleepingDog             // buys anyway, until a letter disturbs
	Persuadable             // buys when what is said fits
	kinds
)

// nature is what a kind is like.
var natures = [kinds]struct {
	share   float64 // of all people
	habit   float64 // chance that a moment is followed by an order, with nothing said
	swayed  float64 // what a letter that fits adds to it
	touchy  float64 // by how much more than others a letter wears them
	clicks  float64 // how readily they click on what fits
	orders  [2]int  // before the world begins, from and to
	since   [2]int  // days since the last of these
	mobile  float64 // share that reads on a phone
	bargain float64 // how far a price moves them, on average
}{
	SureThing:   {.25, .22, .010, 1, 1, [2]int{5, 20}, [2]int{2, 30}, .35, .1},
	LostCause:   {.25, .010, .002, 1, .3, [2]int{0, 0}, [2]int{0, 0}, .5, .3},
	SleepingDog: {.15, .14, 0, 4, .5, [2]int{2, 5}, [2]int{120, 400}, .2, .2},
	Persuadable: {.35, .05, .15, 1, .8, [2]int{1, 3}, [2]int{5, 80}, .7, .5},
}

// odd is the share of people whose past looks like that of another kind.
const odd = .1

// topics are what people care for and letters speak of.
var topics = [...]string{"garden", "kitchen", "nursery", "study"}

// person is somebody with what is hidden of them, and with where they stand.
type person struct {
	index  int
	kind   Kind
	mobile bool
	french bool
	orders int // before the world begins
	since  int // days since the last of these

	likes   [len(topics)]float64 // in [0, 1]
	bargain float64              // in [0, 1]
	basket  float64              // what an order is worth on average, before any discount, in minor units

	lives      int  // life events so far
	moments    int  // so far
	last       int  // day of the last moment
	subscribed bool // to letters
	missing    float64
	missingAt  int   // the day on which so much goodwill is missing
	letters    []int // days of letters, the newest last
	seen       int   // topic looked at last
}

func newPerson(s stream, index int) *person {
	p := &person{index: index, subscribed: true, last: -s.below(wGap, returnsAfter+4)}
	u, kind := s.unit(wKind), Kind(0)
	for ; kind < kinds-1 && u >= natures[kind].share; kind++ {
		u -= natures[kind].share
	}
	p.kind = kind
	shown := natures[kind]
	if s.unit(wOdd) < odd {
		shown = natures[s.below(wOddKind, int(kinds))]
	}
	p.mobile = s.unit(wDevice) < shown.mobile
	p.french = s.unit(wLanguage) < .5
	p.orders = shown.orders[0] + s.below(wOrders, shown.orders[1]-shown.orders[0]+1)
	p.since = shown.since[0] + s.below(wSince, shown.since[1]-shown.since[0]+1)
	p.bargain = min(1, max(0, natures[kind].bargain+.25*s.normal(wBargain)))
	p.basket = 6000 * math.Exp(.3*s.normal(wBasket))
	p.taste(s)
	return p
}

// taste draws what the person cares for: one topic much, another somewhat.
func (p *person) taste(s stream) {
	s = s.at(uint64(p.lives), wTaste)
	first := s.below(wTaste, len(topics))
	second := (first + 1 + s.below(wSecond, len(topics)-1)) % len(topics)
	for i := range p.likes {
		p.likes[i] = .1 * s.at(uint64(i), wTaste).unit(wTaste)
	}
	p.likes[first] = .8 + .2*s.unit(wFirst)
	p.likes[second] = .3 + .3*s.unit(wSecondLike)
	p.seen = first
}

// worn is the goodwill that is missing on a day, of a full 1.
func (p *person) worn(day int) float64 {
	return p.missing * math.Exp2(-float64(day-p.missingAt)/goodwillHalfLife)
}
