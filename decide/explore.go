package decide

import "math"

// Explore says how much a decision risks to learn. The zero value has defaults that work.
//
// The probabilities are those of inverse gap weighting: the candidate with the highest net value is
// chosen most often, any other with probability 1/(K + γ·gap/scale), where K is how many can be chosen
// and gap by how much its net value falls short. Source: Foster and Rakhlin, Beyond UCB: optimal and
// efficient contextual bandits with regression oracles (SquareCB), 2020, algorithm 1.
type Explore struct {
	// Off chooses the best one always. Its propensity is 1, that of all others 0: nothing can be learned
	// from what was not tried.
	Off bool
	// Gamma is γ. 0: √(K·(n+100)), which grows with the n examples the model has learned as the paper
	// has it, and begins at a value that already heeds costs, which need no learning.
	Gamma float64
	// Scale is the unit of gaps, in minor units: a gap of one makes a real difference. 0: what a usual
	// item brings in one exposure, its price times the chance that a stranger buys it.
	Scale float64
}

// headStart is how many examples the default γ counts on top of those that were learned.
const headStart = 100

// leastChance bounds a probability from below, so that importance weights stay finite.
const leastChance = 1e-9

// choose gives each candidate that can be chosen its probability and draws one.
func (d *deliberation) choose() {
	e, nets := d.q.Explore, d.nets
	from := oneIf(!d.silent) // 1: silence cannot be chosen
	d.chances = sized(d.chances, len(nets))
	d.chances[0] = 0
	can := float64(len(nets) - from)
	gamma, scale := e.Gamma, e.Scale
	if !(gamma > 0) {
		gamma = math.Sqrt(can * (float64(d.q.Model) + headStart))
	}
	if !(scale > 0) {
		scale = d.plan.scale
	}
	if e.Off {
		gamma = math.Inf(1)
	}
	d.best = from + inverseGap(nets[from:], gamma/scale, d.chances[from:])
	d.chosen = from + fallsOn(d.chances[from:], unit(d.draw.Uint64()))
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

// fallsOn is the candidate on which u, in [0, 1), falls when the chances are laid end to end. Rounding
// cannot make it one whose chance is 0.
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
