package learn

import "math"

// doubt watches whether what is chosen still brings what it used to. Where of late it brings less than half of that, by
// more than chance explains, the world has changed: people answer elsewhere, a price has moved, a season is over. A model
// sees that what it chose has become worth little, and soon foretells it rightly; what it cannot see is what has become
// worth more meanwhile, for it has long ceased to try it. So it has to begin to try again. (Sums of late against sums of
// longer ago, after Page 1954, "Continuous inspection schemes"; what is past fades here instead of being cut off.)
type doubt struct {
	earned [len(paces)]earned
	until  uint64 // examples no longer gone by: those up to the last change
}

// earned is what rewards were, at one pace.
type earned struct {
	weight, sum, squares float64 // Σ of 1, of rewards, and of their squares, fading
}

// paces are the shares of its sums that an example takes away: what was of late, and what was longer ago. Where every
// second choice is rewarded a change is seen within a hundred, where one in twenty is, within a thousand or two.
var paces = [...]float64{1.0 / 128, 1.0 / 1024, 1.0 / 8192}

const (
	// clearly is how many standard deviations are more than chance. As it is asked all the time, 4 of them are passed by
	// chance once in some hundred thousand examples.
	clearly = 4
	// ripening is how many times its weight of late what was longer ago has to weigh to compare with.
	ripening = 4
)

// sees takes in a reward, and reports whether the world has changed.
func (d *doubt) sees(reward float64) (changed bool) {
	for i, pace := range paces {
		e, kept := &d.earned[i], 1-pace
		e.weight = float64(e.weight*kept) + 1
		e.sum = float64(e.sum*kept) + reward
		e.squares = float64(e.squares*kept) + float64(reward*reward)
	}
	for i, late := range d.earned[:len(paces)-1] {
		changed = changed || late.fallsShort(&d.earned[i+1], paces[i])
	}
	return changed
}

// fallsShort reports whether less than half of what was earned longer ago is earned of late.
func (e *earned) fallsShort(before *earned, pace float64) bool {
	if before.weight < float64(ripening*e.weight) {
		return false
	}
	late, usual := e.sum/e.weight, before.sum/before.weight
	variance := before.squares/before.weight - float64(usual*usual)
	return late < usual/2 && usual-late > float64(clearly*math.Sqrt(float64(variance*pace)/2))
}

// waver takes what was learned for no more than a guess: weights stay what they are, and move as the first ones did.
func (h *Hybrid) waver() {
	h.doubt = doubt{until: h.shared.learned}
	h.usual.waver()
	for i, b := range h.blocks {
		if !h.owned[i] {
			b = b.clone()
			h.blocks[i], h.owned[i] = b, true
		}
		b.waver()
	}
	for i := range h.shared.cells {
		h.shared.cells[i].squares = 0
	}
}

// waver makes the covariance what it was at first.
func (b *block) waver() {
	for i := range b.known {
		b.known[i], b.spreads[i] = 1, 1
	}
	b.ratio, b.examples, b.passed = 1, 1, 0
	if b.cov == nil {
		return
	}
	b.waiting = b.waiting[:0]
	clear(b.cov)
	for i := 0; i < len(b.cov); i += len(b.weights) + 1 {
		b.cov[i] = 1
	}
}
