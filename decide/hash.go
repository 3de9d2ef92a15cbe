package decide

import (
	"strconv"

	"github.com/cespare/xxhash/v2"
)

// hashed is one input of a model: the hash by which the model knows it and the words from which the
// hash was made, for reasons. Name and value are kept apart so that nothing is put together until
// somebody asks.
type hashed struct {
	hash        uint32
	name, value string
}

// feature hashes a name and a value. Two features collide with a chance of 2⁻³².
func feature(name, value string) hashed {
	return hashed{fold(mix(xxhash.Sum64String(name), value)), name, value}
}

// String is "name=value", or the name alone where there is no value.
func (h hashed) String() string {
	if h.value == "" {
		return h.name
	}
	return h.name + "=" + h.value
}

// mix continues a hash with a text. The constant is xxHash's second 64-bit prime.
func mix(h uint64, s string) uint64 {
	h ^= xxhash.Sum64String(s) + 0x9E3779B97F4A7C15
	h *= 0xC2B2AE3D27D4EB4F
	return h ^ h>>29
}

// fold brings a hash down to 32 bits, using all of it.
func fold(h uint64) uint32 { return uint32(h ^ h>>32) }

// unit maps a hash or a random number to [0, 1), with 53 bits.
func unit(h uint64) float64 { return float64(h>>11) / (1 << 53) }

// ladder is a feature for each step of a scale.
func ladder(name string, steps ...string) []hashed {
	rungs := make([]hashed, len(steps))
	for i, s := range steps {
		rungs[i] = feature(name, s)
	}
	return rungs
}

// numbered is a ladder of the numbers from 0 to n-1.
func numbered(name string, n int) []hashed {
	rungs := make([]hashed, n)
	for i := range rungs {
		rungs[i] = feature(name, strconv.Itoa(i))
	}
	return rungs
}
