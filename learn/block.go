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
	cov     []float32 // P, row by row; nil: places are taken as independent, P = 1/Λ
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
		g.cov = nil
		return &g
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
	return &c
}

// predict is wᵀx, and how uncertain it is: the variance of wᵀx in units of the noise, as Σ x²/Λ, which is
// quick, corrected by what P said of late.
func (b *block) predict(s *situation) (mean, variance float32) {
	size := min(len(b.weights), s.size)
	if s.dense() {
		mean, variance = dot(b.weights[:size], s.x[:size]), dot(b.spreads[:size], s.squares[:size])
		for i := size; i < s.size; i++ {
			variance += s.squares[i]
		}
	} else {
		for _, at := range s.at[:s.n] {
			if int(at) < size {
				mean += float32(b.weights[at] * s.x[at])
				variance += float32(b.spreads[at] * s.squares[at])
			} else {
				variance += s.squares[at]
			}
		}
	}
	return mean, variance * float32(b.ratio)
}

// learn takes in an example whose reward is off the prediction by residual.
func (b *block) learn(s *situation, residual, h, drift float64) {
	var room [MaxPlaces]float32
	px := room[:len(b.weights)]
	b.gain(s, px)
	var variance float64
	for _, at := range s.at[:s.n] {
		variance += float64(float64(s.x[at]) * float64(px[at]))
	}
	variance = max(variance, 0)
	step := float32(residual / (1/h + variance))
	for i, v := range px {
		b.weights[i] += float32(step * v)
	}
	if b.cov != nil && b.due(h, variance) {
		times := h // how many examples of this kind P takes in
		if b.passed > 0 {
			times *= sparing
		}
		b.shrink(px, 1/(1/times+variance), float32(drift))
	}
	apart, most := 0.0, leastSpread(drift)
	for _, at := range s.at[:s.n] {
		apart += float64(float64(s.squares[at]) * float64(b.spreads[at]))
		b.known[at] = min(b.known[at]+float32(h*float64(s.squares[at])), most)
		b.spreads[at] = 1 / b.known[at]
	}
	b.examples = min(b.examples+1, recent)
	b.ratio += (min(variance/apart, 1) - b.ratio) / b.examples
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

// gain is P·x.
func (b *block) gain(s *situation, px []float32) {
	if b.cov != nil {
		addRows(px, b.cov, s.x[:len(px)])
		return
	}
	for _, at := range s.at[:s.n] {
		px[at] = s.x[at] * b.spreads[at]
	}
}

// shrink is P ← P − share·(P·x)·(P·x)ᵀ + drift·I. Scaling both factors by the same root keeps P symmetric to
// the last bit.
func (b *block) shrink(px []float32, share float64, drift float32) {
	var minus [MaxPlaces]float32
	size, root := len(px), float32(math.Sqrt(share))
	for i := range px {
		px[i] *= root
		minus[i] = -px[i]
	}
	addOuter(b.cov, minus[:size], px)
	for i := 0; i < len(b.cov); i += size + 1 {
		b.cov[i] = min(max(b.cov[i], drift)+drift, 1)
	}
}

// leastSpread is the largest Λ: where what a drift adds equals what an example takes away.
func leastSpread(drift float64) float32 { return float32(1 / math.Sqrt(drift)) }
