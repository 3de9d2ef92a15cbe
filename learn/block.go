package learn

import (
	"math"
	"slices"
)

// block is what one content means in each situation: a ridge regression of its reward over the places of
// the situation, kept by recursive least squares. With P the covariance of the weights in units of the noise, which begins
// as the identity, an example (x, r) of weight h is taken in by
//
//	k = P·x/(1/h + xᵀP·x),  w ← w + k·(r − wᵀx),  P ← P − k·(P·x)ᵀ,  P ← P + drift·I
//
// (Kalman 1960; for a drift of 0 exactly the ridge regression with λ = 1). The drift says that the truth
// moves, so that what is old counts for less; a little of it keeps P away from what float32 cannot tell
// from 0.
type block struct {
	weights []float32 // w
	known   []float32 // Λ: 1 + Σh·x², by place
	spreads []float32 // 1/Λ
	cov     []float32 // P + Σ u·uᵀ, row by row; nil: places are taken as independent, P = 1/Λ
	waiting []float32 // the vectors u, one after another, that cov lacks yet: fewer than patience
	// ratio is that of the uncertainty of wᵀx by P, xᵀP·x, to that by 1/Λ, Σ x²/Λ, in the situations of late: it is
	// small where places say the same. examples are those that went into it, up to recent.
	ratio, examples float64
	passed          uint8 // examples that P did not take in, of the last four
}

// recent is over how many examples the ratio is averaged.
const recent = 20

// grown is b with room for size places.
func (b *block) grown(size int, full bool) *block {
	old := len(b.weights)
	g := *b
	if old == 0 {
		g.ratio, g.examples = 1, 1
	}
	g.weights = append(make([]float32, 0, size), b.weights...)[:size]
	g.known = append(make([]float32, 0, size), b.known...)[:size]
	g.spreads = append(make([]float32, 0, size), b.spreads...)[:size]
	for i := old; i < size; i++ {
		g.known[i], g.spreads[i] = 1, 1
	}
	if !full {
		g.cov, g.waiting = nil, nil
		return &g
	}
	g.waiting = make([]float32, 0, patience*size)
	for u := range slices.Chunk(b.waiting, max(old, 1)) {
		g.waiting = append(append(g.waiting, u...), make([]float32, size-old)...)
	}
	g.cov = make([]float32, size*size)
	for i := range size {
		if i < old {
			copy(g.cov[i*size:], b.cov[i*old:(i+1)*old])
		} else {
			g.cov[i*size+i] = 1
		}
	}
	return &g
}

func (b *block) clone() *block {
	c := *b
	c.weights, c.known, c.spreads, c.cov = slices.Clone(b.weights), slices.Clone(b.known), slices.Clone(b.spreads), slices.Clone(b.cov)
	c.waiting = append(make([]float32, 0, cap(b.waiting)), b.waiting...)
	return &c
}

// predict is wᵀx, and how uncertain it is: the variance of wᵀx in units of the noise, as Σ x²/Λ, which is
// quick, corrected by what P said of late.
func (b *block) predict(s *situation) (mean, variance float32) {
	size := min(len(b.weights), s.size)
	if s.dense() && size > 0 {
		mean, variance = dots(b.weights[:size], s.x[:size], b.spreads[:size], s.squares[:size])
		for _, square := range s.squares[size:s.size] {
			variance += square
		}
		return mean, variance * float32(b.ratio)
	}
	for _, at := range s.at[:s.n] {
		if int(at) < size {
			mean += float32(b.weights[at] * s.x[at])
			variance += float32(b.spreads[at] * s.squares[at])
		} else {
			variance += s.squares[at]
		}
	}
	return mean, variance * float32(b.ratio)
}

// learn takes in an example of weight h whose reward is off the prediction by residual.
func (b *block) learn(s *situation, residual, h, drift float64) {
	if b.cov == nil {
		b.learnApart(s, residual, h, drift)
		return
	}
	var room [MaxPlaces]float32
	px := room[:len(b.weights)]
	b.gain(s, px)
	variance := max(float64(dot(px, s.x[:len(px)])), 0)
	addScaled(b.weights, px, float32(residual/(1/h+variance)))
	if b.due(h, variance) {
		times := h // how many examples of this kind P takes in
		if b.passed > 0 {
			times *= sparing
		}
		b.shrink(px, 1/(1/times+variance), float32(drift))
	}
	apart := b.narrow(s, h, drift)
	b.examples = min(b.examples+1, recent)
	b.ratio += (min(variance/apart, 1) - b.ratio) / b.examples
}

// learnApart is learn where places are taken as independent.
func (b *block) learnApart(s *situation, residual, h, drift float64) {
	size := len(b.weights)
	variance := dot(b.spreads, s.squares[:size])
	step := float32(residual / (1/h + float64(variance)))
	if s.dense() {
		addProducts(b.weights, s.x[:size], b.spreads, step)
	} else {
		for _, at := range s.at[:s.n] {
			b.weights[at] += float32(step * float32(s.x[at]*b.spreads[at]))
		}
	}
	b.narrow(s, h, drift)
}

// narrow counts an example in Λ, and returns Σ x²/Λ as it was before.
func (b *block) narrow(s *situation, h, drift float64) (before float64) {
	return float64(narrow(b.known, b.spreads, s.squares[:len(b.known)], float32(h), leastSpread(drift)))
}

// due reports whether P takes an example in: every one that tells something new, and every fourth, for four,
// of those whose outcome was nearly certain before. P hardly moves from one of these to the next, and keeping it is
// most of the work. What is settled it does not take in: below that, single precision would not tell P from 0,
// and weights shall follow the last few thousand examples.
func (b *block) due(h, variance float64) bool {
	if h*variance > certain {
		b.passed = 0
		return true
	}
	if h*variance < settled {
		return false
	}
	b.passed = b.passed%sparing + 1
	return b.passed == sparing
}

const (
	certain = 1.0 / 32
	settled = 1.0 / 4096
	sparing = 4
)

// gain is P·x, for px that is 0.
func (b *block) gain(s *situation, px []float32) {
	x := s.x[:len(px)]
	addRows(px, b.cov, x, s.at[:s.n])
	for rest := b.waiting; len(rest) > 0; rest = rest[len(px):] {
		u := rest[:len(px)]
		addScaled(px, u, -dot(u, x))
	}
}

// shrink is P ← P − share·(P·x)·(P·x)ᵀ + drift·I. Going through P is most of the work of learning: it is done for some
// examples at a time, until when what they take away waits.
func (b *block) shrink(px []float32, share float64, drift float32) {
	size := len(px)
	u := b.waiting[len(b.waiting) : len(b.waiting)+size]
	clear(u)
	addScaled(u, px, float32(math.Sqrt(share)))
	if b.waiting = b.waiting[:len(b.waiting)+size]; len(b.waiting) < patience*size {
		return
	}
	subOuters(b.cov, b.waiting, size)
	b.waiting = b.waiting[:0]
	for i := 0; i < len(b.cov); i += size + 1 {
		b.cov[i] = min(max(b.cov[i], drift)+float32(patience*drift), 1)
	}
}

// leastSpread is the largest Λ: where what a drift adds equals what an example takes away.
func leastSpread(drift float64) float32 { return float32(1 / math.Sqrt(drift)) }
