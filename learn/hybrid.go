package learn

import (
	"math"
	"slices"

	"github.com/aparte-dev/aparte"
)

// Hybrid predicts the reward of an action by three models (after Li, Chu, Langford, Schapire 2010, "A
// contextual-bandit approach to personalized news article recommendation", section 3.2, hybrid linear
// models). An action's content is its first feature.
//
//   - usual says what is to be expected in the situation, whatever is said;
//   - each content has a block that says what it means in the situation;
//   - shared says what the action's other features add, by themselves and crossed with the situation's: what
//     contents have in common.
//
// An action scores block + s·usual + shared, with s the share of the block's uncertainty that is left of
// what it was at first: a content begins with what is usual, and what it teaches about itself replaces that.
type Hybrid struct {
	shared   *Linear
	usual    *block
	places   numbers // of the situation's features; 0 is the constant's
	contents numbers
	blocks   []*block  // by the content's number, less one
	owned    []bool    // by block: no clone has it
	last     *lastSeen // nil until something is learned: who only scores, in many at a time, does without
	room     int       // numbers that may still be used for covariances
	plain    bool      // without blocks
	drift    float64
	noise    float64 // mean of the squared residuals
	doubt    doubt
}

const (
	// MaxContents is how many contents have a block. Any more are known by the shared model only.
	MaxContents = 1 << contentBits
	contentBits = 11
	// maxNumbers bounds the covariances of all blocks: 4 M numbers, 16 MB. The blocks for which there is no
	// room do without.
	maxNumbers = 4 << 20
	// DefaultDrift halves the weight of an example of a content after some ten thousands more.
	DefaultDrift = 1e-9
	MaxDrift     = 1.0 / 16
	// widest is the largest variance of a prediction, in units of the noise.
	widest = 4
)

// NewHybrid is a model that knows nothing: it scores everything 0.
func NewHybrid(cfg Config) *Hybrid {
	cfg = cfg.normal()
	h := &Hybrid{shared: NewLinear(cfg), places: newNumbers(placeBits), contents: newNumbers(contentBits), room: maxNumbers, plain: cfg.NoBlocks, drift: cfg.Drift}
	h.shared.aside, h.usual = !cfg.NoBlocks, new(block).grown(lanes, false)
	return h
}

// Score implements Model.
func (h *Hybrid) Score(context []aparte.Feature, actions [][]aparte.Feature, values []float64) {
	h.Predict(context, actions, values, nil)
}

// Predict scores like Score and says how far off each score may be: widths, where it is not nil, is the
// standard deviation of what the score estimates, in minor units.
func (h *Hybrid) Predict(context []aparte.Feature, actions [][]aparte.Feature, values, widths []float64) {
	clear(values[:len(actions)])
	if widths != nil {
		clear(widths[:len(actions)])
	}
	h.shared.add(context, actions, values)
	h.refine(context, actions, values, widths)
	roots(widths, len(actions))
}

func roots(widths []float64, n int) {
	if widths == nil {
		return
	}
	for i, v := range widths[:n] {
		widths[i] = math.Sqrt(v)
	}
}

// refine adds to values what usual and the blocks say, and to variances those of the predictions, where they
// are not nil.
func (h *Hybrid) refine(context []aparte.Feature, actions [][]aparte.Feature, values, variances []float64) {
	if h.plain {
		return
	}
	if h.last != nil && h.last.mu.TryLock() {
		defer h.last.mu.Unlock()
		h.weigh(h.last.sees(&h.places, context), context, actions, values, variances)
		return
	}
	var s situation
	s.sees(&h.places, context)
	h.weigh(&s, context, actions, values, variances)
}

// weigh is refine in a situation that is in places.
func (h *Hybrid) weigh(s *situation, context []aparte.Feature, actions [][]aparte.Feature, values, variances []float64) {
	usual, _ := h.usual.predict(s)
	var value, variance float64 // of the last content
	for i, action := range actions {
		switch {
		case len(action) == 0:
			value, variance = float64(usual), 0
		case i == 0 || len(actions[i-1]) == 0 || actions[i-1][0] != action[0]:
			value, variance = h.block(action[0], context, s, float64(usual))
		}
		if values != nil {
			values[i] += value
		}
		if variances != nil {
			variances[i] += variance
		}
	}
}

// block is what usual and the block of a content say of its actions, and the variance.
func (h *Hybrid) block(f aparte.Feature, context []aparte.Feature, s *situation, usual float64) (value, variance float64) {
	mean, v, beyond := float32(0), s.norm, s.beyond()
	if n := h.contents.find(f.Hash); n != 0 {
		mean, v = h.blocks[n-1].predict(s)
	} else if len(h.blocks) == MaxContents {
		beyond = beyondAll(context)
	}
	value = float64(mean) + float64(s.left(v)*usual)
	if len(beyond) > 0 {
		value += h.shared.together(context, beyond, f)
	}
	return value, h.noise * float64(min(v, widest))
}

// Version is the number of examples learned.
func (h *Hybrid) Version() uint64 { return h.shared.learned }

// Learn implements Model.
func (h *Hybrid) Learn(e *Example) error {
	if err := e.Validate(); err != nil {
		return err
	}
	h.learn(e)
	return nil
}

// learn takes a valid example in.
func (h *Hybrid) learn(e *Example) {
	context, action := e.Features.Context, e.Features.Action
	if h.plain {
		h.missed(e, h.shared.learn(e, nil, 0))
		return
	}
	if h.last == nil {
		h.last = new(lastSeen)
	}
	s := h.last.sees(&h.places, context)
	if s.outs > 0 && h.places.count() < MaxPlaces-1 {
		for _, i := range s.beyond() {
			h.place(context[i].Hash)
		}
		s = h.last.sees(&h.places, context)
	}
	if len(h.usual.weights) < s.size {
		h.usual = h.usual.grown(s.size, false)
	}
	usual, _ := h.usual.predict(s)
	var b *block
	mean, v, beyond := float32(0), s.norm, s.beyond()
	if at := h.begin(action); at >= 0 {
		h.hold(at, s.size)
		b = h.blocks[at]
		mean, v = b.predict(s)
	} else if len(action) > 0 {
		beyond = beyondAll(context)
	}
	prediction := float64(mean) + float64(s.left(v)*float64(usual))
	shared := h.shared.learn(e, beyond, prediction)
	h.missed(e, prediction+shared)
	h.usual.learn(s, h.shared.amounts.bound(e.Reward-float64(usual)), e.weight(), h.drift)
	if b != nil {
		b.learn(s, h.shared.amounts.bound(e.Reward-shared-float64(mean)), e.weight(), h.drift)
	}
}

// missed takes into account by how much a prediction was off, and that the world may have changed.
func (h *Hybrid) missed(e *Example, prediction float64) {
	residual := h.shared.amounts.bound(e.Reward - prediction)
	step := max(e.weight()/h.shared.total, slowestNoise)
	h.noise += float64(min(step, 1) * (float64(residual*residual) - h.noise))
	if h.doubt.sees(h.shared.amounts.bound(e.Reward)) {
		h.waver()
	}
}

// slowestNoise is the smallest share of an example in the noise, so that it follows a drift.
const slowestNoise = 1.0 / (1 << 14)

// place gives a feature of the situation a place, while there is room.
func (h *Hybrid) place(hash uint32) {
	if h.places.count() < MaxPlaces-1 {
		h.places.add(hash)
	}
}

// begin is the block of an action's content, which it makes where there is none; -1 where there is no
// content, or no room.
func (h *Hybrid) begin(action []aparte.Feature) int {
	if len(action) == 0 {
		return -1
	}
	content := action[0].Hash
	if n := h.contents.find(content); n != 0 || len(h.blocks) == MaxContents {
		return n - 1
	}
	h.blocks, h.owned = append(h.blocks, new(block)), append(h.owned, true)
	return h.contents.add(content) - 1
}

// hold sees to it that a block has at least size places and that no clone has it.
func (h *Hybrid) hold(at, size int) {
	b := h.blocks[at]
	old := len(b.weights)
	switch {
	case old < size:
		full := (b.cov != nil || old == 0) && size*size-len(b.cov) <= h.room
		h.blocks[at] = b.grown(size, full)
		h.room -= len(h.blocks[at].cov) - len(b.cov)
	case !h.owned[at]:
		h.blocks[at] = b.clone()
	}
	h.owned[at] = true
}

// Clone is a copy that shares nothing with h that either changes. Like Learn, it runs alone.
func (h *Hybrid) Clone() *Hybrid {
	c := *h
	c.shared = h.shared.Clone()
	clear(h.owned)
	c.owned = make([]bool, len(h.owned))
	c.usual, c.last = h.usual.clone(), nil
	c.places, c.contents, c.blocks = h.places.clone(), h.contents.clone(), slices.Clone(h.blocks)
	return &c
}
