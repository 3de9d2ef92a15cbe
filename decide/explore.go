package decide

import (
	"math"
	"slices"

	"github.com/aparte-dev/aparte"
)

// Explore says how much a decision risks to learn. The zero value is what the brand says; where it says nothing, defaults
// that work: where an objective learns effects, Thompson's way (comparingHope says why).
//
// A candidate counts for its net value and, where the scorer knows how far off that may be, for as much
// more as it may be worth: what is little known is worth a try. Li, Chu, Langford, Schapire 2010, "A
// contextual-bandit approach to personalized news article recommendation" (LinUCB). Chances come from these
// by inverse gap weighting: the best is chosen most often, any other with probability 1/(K + γ·gap/scale),
// where K is how many can be chosen and gap by how much it falls short. Foster and Rakhlin 2020, "Beyond
// UCB: optimal and efficient contextual bandits with regression oracles", algorithm 1 (SquareCB).
type Explore struct {
	// Off chooses the best one always. Its propensity is 1, that of all others 0: nothing can be learned
	// from what was not tried.
	Off bool
	// Gamma is γ. 0: 2.5·(n+100)^¾, which grows with the n examples the model has learned, and begins at
	// a value that already heeds costs, which need no learning. The paper has √(K·n); but what is little known is
	// tried by hope here, and chance has less to do.
	Gamma float64
	// Schedule is how fast γ grows where Gamma is 0, and Steepness its factor. 0: 2.5.
	Schedule  aparte.Schedule
	Steepness float64
	// Scale is the unit of gaps, in minor units: a gap of one makes a real difference. 0: what a usual
	// item brings in one exposure, its price times the chance that a stranger buys it.
	Scale float64
	// Hope is how many standard deviations of its value a candidate counts for more. 0: 1; below 0: none.
	Hope float64
	// Way is how chances come from what candidates count for.
	Way Way
	// Epsilon is the chance of EpsilonGreedy to choose anything. 0: 0.05.
	Epsilon float64
	// Top is the most a candidate can be worth, for FastCB. 0: Scale more than the best of the moment.
	Top float64
}

// Way is a way to explore.
type Way uint8

const (
	// SquareCB is inverse gap weighting, as above.
	SquareCB Way = iota
	// FastCB is inverse gap weighting that grows the steeper the less the best falls short of the most there
	// is to have: with L a candidate's loss against that and L* the best's, L*/(K·L* + γ·(L − L*)). Foster and
	// Krishnamurthy 2021, "Efficient first-order contextual bandits: prediction, allocation, and triangular
	// discrimination", section 3.
	FastCB
	// EpsilonGreedy chooses the best, or with probability Epsilon any, each equally likely.
	EpsilonGreedy
	// Thompson lets a number of draws, each of all values as they may be, vote for their best. Chances are shares
	// of the votes, with a vote of SquareCB among them, so that each is positive: given the votes they are exact.
	// Thompson 1933; Agrawal and Goyal 2013, "Thompson sampling for contextual bandits with linear payoffs".
	Thompson
)

const (
	// headStart is how many examples the default γ counts on top of those that were learned.
	headStart = 100
	// steepness is the factor of the default γ.
	steepness = 2.5
	// steady is the default γ that does not grow: about that of 3,000 examples.
	steady = 1000
	// leastChance bounds a probability from below, so that importance weights stay finite.
	leastChance = 1e-9
	// anyway is the default Epsilon.
	anyway = 0.05
	// votes is how many draws Thompson takes.
	votes = 31
)

// Chances fills chances with the probability of each candidate, given their net values, the standard
// deviations of these (nil: not known), and how many examples the model goes by. Draws beyond that of
// the choice come from seed. It returns the best candidate, the first of equals. hopes is memory to work
// in, as long as nets.
func (e Explore) Chances(nets, widths []float64, examples, seed uint64, hopes, chances []float64) (best int) {
	hopes = hopes[:len(nets)]
	copy(hopes, nets)
	if e.Hope == 0 {
		e.Hope = 1
	}
	if !(e.Gamma > 0) {
		e.Gamma = e.gamma(examples)
	}
	if e.Off {
		e.Gamma = math.Inf(1)
	}
	if e.Way == Thompson && !e.Off {
		best = inverseGap(nets, e.Gamma/e.Scale, chances)
		e.vote(nets, widths, seed, hopes, chances)
		return best
	}
	if e.Hope > 0 && widths != nil {
		for i, w := range widths {
			hopes[i] += float64(e.Hope * finite(w))
		}
	}
	switch {
	case e.Way == EpsilonGreedy && !e.Off:
		return e.greedy(hopes, chances)
	case e.Way == FastCB && e.Top > 0:
		return inverseGap(hopes, e.Gamma/max(e.Top-slices.Max(hopes), nearest*e.Scale), chances)
	}
	return inverseGap(hopes, e.Gamma/e.Scale, chances)
}

// gamma is γ where n examples were learned.
func (e Explore) gamma(n uint64) float64 {
	factor, root := e.Steepness, math.Sqrt(float64(n)+headStart)
	if !(factor > 0) {
		factor = steepness
	}
	if e.Schedule == aparte.SquareRoot {
		return factor * root
	}
	return factor * math.Sqrt(root) * root
}

// exploring is what a brand says of exploration; nothing where it says nothing.
func exploring(b aparte.Exploration) (e Explore) {
	if b == (aparte.Exploration{}) {
		return e
	}
	e = Explore{Hope: b.Hope, Epsilon: b.Epsilon, Schedule: b.Schedule, Steepness: b.Gamma}
	switch b.Way {
	case aparte.EpsilonGreedy:
		e.Way = EpsilonGreedy
	case aparte.Thompson:
		e.Way = Thompson
	}
	if b.Schedule == aparte.Constant {
		if e.Gamma = b.Gamma; e.Gamma == 0 {
			e.Gamma = steady
		}
	}
	if e.Hope == 0 {
		e.Hope = 1 // said, so that it is not taken for nothing
	}
	return e
}

// nearest bounds from below how little FastCB takes the best to fall short of the most, in units of Scale.
const nearest = 1.0 / 1024

// greedy fills chances with those of EpsilonGreedy.
func (e Explore) greedy(values, chances []float64) (best int) {
	epsilon := e.Epsilon
	if epsilon == 0 {
		epsilon = anyway
	}
	for i, v := range values {
		chances[i] = epsilon / float64(len(values))
		if v > values[best] {
			best = i
		}
	}
	chances[best] += 1 - epsilon
	return best
}

// vote adds the draws' votes to the chances of one, and makes them chances again. spreads is memory to work in.
func (e Explore) vote(nets, widths []float64, seed uint64, spreads, chances []float64) {
	clear(spreads)
	for i, w := range widths {
		spreads[i] = max(e.Hope, 0) * finite(w)
	}
	var room [DefaultMaxCandidates]contender
	contenders, rest := contend(nets, spreads, room[:0])
	at := wide{seed, 3} // where rand.PCG begins
	for range votes {
		best, most := 0, math.Inf(-1)
		for i := range contenders {
			c := &contenders[i]
			at = c.after.from(at)
			if v := c.net + float64(c.spread*bell(at.lot())); v > most {
				best, most = c.candidate, v
			}
		}
		at = rest.from(at)
		chances[best]++
	}
	for i := range chances {
		chances[i] /= votes + 1
	}
}

// contender is a candidate that may win a vote.
type contender struct {
	candidate   int
	net, spread float64
	after       stride // from the lot of the contender before it to its own
}

// contend appends the candidates that may win a vote, and tells how many lots are left after the last one's. Each candidate
// has a lot, but most can win nothing: what they can come to at best is less than another comes to at worst. As rounding
// keeps the order of numbers, this is exact: votes are what they would be if all took part.
func contend(nets, spreads []float64, to []contender) (contenders []contender, rest stride) {
	safe := math.Inf(-1)
	for i, v := range nets {
		safe = max(safe, min(v+float64(spreads[i]*lowest), v+float64(spreads[i]*highest)))
	}
	rest = nowhere
	for i, v := range nets {
		rest = rest.then(oneStep)
		if max(v+float64(spreads[i]*lowest), v+float64(spreads[i]*highest)) < safe {
			continue
		}
		to, rest = append(to, contender{i, v, spreads[i], rest}), nowhere
	}
	return to, rest
}

// lowest and highest are the ends of what bell may be.
var lowest, highest = bell(0), bell(math.MaxUint64)

// bell is a draw that is nearly normal with mean 0 and deviation 1: the sum of four uniform ones, which has the
// same bits on every machine.
func bell(bits uint64) float64 {
	sum := bits&0xffff + bits>>16&0xffff + bits>>32&0xffff + bits>>48
	return (float64(sum)/65536 - 2 + 2.0/65536) * math.Sqrt(3)
}

// choose gives each candidate that can be chosen its probability and draws one.
func (d *deliberation) choose() {
	e := d.q.Explore
	from := oneIf(!d.silent) // 1: silence cannot be chosen
	d.chances, d.hopes = sized(d.chances, len(d.nets)), sized(d.hopes, len(d.nets))
	d.chances[0] = 0
	if e == (Explore{Scale: e.Scale}) { // the question does not say how
		scale := e.Scale
		e = d.plan.explore
		e.Scale = scale
	}
	if !(e.Scale > 0) {
		e.Scale = d.plan.scale
	}
	var widths []float64
	if d.unsure {
		widths = d.widths[from:]
	}
	// Nor does the brand.
	if d.plan.compares && e == (Explore{Scale: e.Scale}) && len(widths) > 0 && slices.Max(widths) > 0 {
		e.Way, e.Hope = Thompson, comparingHope
	}
	d.best = from + e.Chances(d.nets[from:], widths, d.q.Model-min(d.q.Distrusted, d.q.Model), d.q.Seed, d.hopes, d.chances[from:])
	d.chosen = from + fallsOn(d.chances[from:], unit(d.draw.Uint64()))
}

// comparingHope is how many standard deviations the draws of Thompson spread over by default, where what actions add is
// learned. Such a model learns from choices that might have been others (learn.Effect): one that always tries what
// might be worth most, for certain, teaches it nothing. What is tried has lasting costs where it reaches out, so that
// draws are narrower than what is known would allow. Before anything is known they would all be the same: until then
// chance is by the gaps.
const comparingHope = 0.5

// compare draws the chosen candidate's rival from the others, by their chances, where somebody learns from it.
// The draw comes after that of the choice, which is the same with it and without.
func (d *deliberation) compare() {
	d.rival = d.chosen
	if !d.plan.compares {
		return
	}
	chance := d.chances[d.chosen]
	d.chances[d.chosen] = 0
	others := 0.0
	for _, p := range d.chances {
		others += p
	}
	if others > 0 {
		d.rival = fallsOn(d.chances, unit(d.draw.Uint64())*others)
	}
	d.chances[d.chosen] = chance
}

// inverseGap fills chances with the probabilities of inverse gap weighting and returns the index of the
// best candidate, the first of equals. They sum to 1; each is positive unless steepness is infinite.
func inverseGap(nets []float64, steepness float64, chances []float64) (best int) {
	for i, v := range nets {
		if v > nets[best] {
			best = i
		}
	}
	rest := 0.0
	for i, v := range nets {
		if i == best {
			continue
		}
		chances[i] = 0
		if !math.IsInf(steepness, 1) {
			chances[i] = max(leastChance, 1/(float64(len(nets))+steepness*(nets[best]-v)))
		}
		rest += chances[i]
	}
	chances[best] = 1 - rest
	return best
}

// Draw is the candidate on which u, in [0, 1), falls when the chances are laid end to end. Rounding cannot
// make it one whose chance is 0.
func Draw(chances []float64, u float64) int { return fallsOn(chances, u) }

func fallsOn(chances []float64, u float64) int {
	sum, last := 0.0, 0
	for i, p := range chances {
		if p <= 0 {
			continue
		}
		last = i
		if sum += p; u < sum {
			return i
		}
	}
	return last
}
