package learn

import "github.com/aparte-dev/aparte"

// table is the weights of a linear model over what an action's features, alone and crossed with the
// situation's, say together. With x₀ = y₀ = 1 standing for "always", the score of an action with features
// y in a situation with features x is Σᵢⱼ xᵢ·yⱼ·w[i,j]: i = j = 0 is the bias, j = 0 the situation by
// itself, i = 0 the action by itself, the rest the crosses. Weights are found by hashing (i, j), and share
// a place where hashes collide (Weinberger et al. 2009, "Feature hashing for large scale multitask
// learning").
//
// The crosses of one feature of the situation all lie in one window of the table, small enough for the
// nearest cache: scoring many actions goes through the table window by window. What an action's
// feature says by itself may lie anywhere.
type table struct {
	weights []float32 // 2^bits of them
	bits    int
	crosses bool
	aside   bool // the situation by itself and the first feature of an action are elsewhere: see Hybrid
}

const (
	windowBits = 12
	windowSize = 1 << windowBits // weights: 16 KB

	// Seeds of the two sides' hashes: the same feature on both sides is two different things.
	contextSeed = 0x9e3779b9
	actionSeed  = 0x7f4a7c15

	// alwaysAction is the place of y₀ (digits of π).
	alwaysAction = 0x85a308d3

	spread = 0x9e3779b1
)

func newTable(bits int, crosses bool) table {
	return table{weights: make([]float32, 1<<bits), bits: bits, crosses: crosses}
}

// alone is the place of the weight of an action's feature by itself.
func (t *table) alone(action uint32) uint32 { return action >> (32 - t.bits) }

// crossed is the place of the weight of a pair.
func (t *table) crossed(context, action uint32) uint32 {
	return t.window(context) + within(context, action)
}

// window is where the window of a feature of the situation begins.
func (t *table) window(context uint32) uint32 {
	return context >> (32 - t.bits + windowBits) << windowBits
}

// within is the place in the window.
func within(context, action uint32) uint32 { return (context ^ action) * spread >> (32 - windowBits) }

// mixContext and mixAction spread a feature's hash over all 32 bits.
func mixContext(hash uint32) uint32 { return mix(hash ^ contextSeed) }
func mixAction(hash uint32) uint32  { return mix(hash ^ actionSeed) }

// mix is the finaliser of MurmurHash3 (Appleby).
func mix(h uint32) uint32 {
	h ^= h >> 16
	h *= 0x85ebca6b
	h ^= h >> 13
	h *= 0xc2b2ae35
	return h ^ h>>16
}

// silence is the score of an action without features.
func (t *table) silence(context []aparte.Feature) float64 {
	sum := float64(t.weights[t.alone(alwaysAction)])
	for _, c := range context {
		sum += float64(float64(c.Value) * float64(t.weights[t.crossed(mixContext(c.Hash), alwaysAction)]))
	}
	return sum
}

// together is what an action's feature says with some of the situation's.
func (t *table) together(context []aparte.Feature, which []uint8, f aparte.Feature) float64 {
	sum, mixed := 0.0, mixAction(f.Hash)
	for _, i := range which {
		c := context[i]
		sum += float64(float64(c.Value) * float64(t.weights[t.crossed(mixContext(c.Hash), mixed)]))
	}
	return float64(f.Value) * sum
}
