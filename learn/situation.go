package learn

import (
	"math"

	"github.com/aparte-dev/aparte"
)

const (
	// MaxPlaces is how many features of the situation a hybrid model knows together, the constant 1 included.
	MaxPlaces = 128
	// farthest is the size of a feature beyond which it counts no further in a hybrid model's blocks.
	farthest = 8
)

// places numbers the features of the situation in the order in which examples brought them: from 1, because
// place 0 is the constant's.
type places struct {
	hashes []uint32 // by place
	index  [4 * MaxPlaces]uint8
}

func newPlaces() places { return places{hashes: make([]uint32, 1, MaxPlaces)} }

// find is the place of a feature, 0 where it has none.
func (p *places) find(hash uint32) int {
	for i := hash * spread >> 23; ; i = (i + 1) % uint32(len(p.index)) {
		at := p.index[i]
		if at == 0 || p.hashes[at] == hash {
			return int(at)
		}
	}
}

// add gives a feature a place, while there is room.
func (p *places) add(hash uint32) {
	if len(p.hashes) == MaxPlaces || p.find(hash) != 0 {
		return
	}
	i := hash * spread >> 23
	for p.index[i] != 0 {
		i = (i + 1) % uint32(len(p.index))
	}
	p.index[i] = uint8(len(p.hashes))
	p.hashes = append(p.hashes, hash)
}

// situation is a context in places: x, the constant first.
type situation struct {
	x       [MaxPlaces]float32
	squares [MaxPlaces]float32 // of x
	norm    float32            // ‖x‖²
	size    int                // places in use, a multiple of lanes
	at      [MaxPlaces]uint8   // those that are not 0
	n       int                // of at
	out     [MaxFeatures]uint8 // indices of the context's features without a place
	outs    int                // of out
}

// sees puts a context in places.
func (s *situation) sees(p *places, context []aparte.Feature) {
	s.size = (len(p.hashes) + lanes - 1) / lanes * lanes
	s.x[0], s.at[0], s.n = 1, 0, 1
	for i, f := range context {
		if !matters(f.Value) {
			continue
		}
		at := p.find(f.Hash)
		if at == 0 {
			s.leave(i)
			continue
		}
		if s.x[at] == 0 {
			s.at[s.n] = uint8(at)
			s.n++
		}
		if s.x[at] += f.Value; s.x[at] == 0 {
			s.x[at] = math.SmallestNonzeroFloat32 // it cancelled out, and is listed once
		}
	}
	s.norm = 0
	for _, at := range s.at[:s.n] {
		v := min(max(s.x[at], -farthest), farthest)
		s.x[at], s.squares[at] = v, v*v
		s.norm += v * v
	}
}

// dense reports whether going through all places takes less time than through those that are not 0.
func (s *situation) dense() bool { return 3*s.n > s.size }

// allBeyond has it that no feature has a place, for a content without a block.
func (s *situation) allBeyond(context []aparte.Feature) {
	s.outs = 0
	for i := range context {
		s.leave(i)
	}
}

func (s *situation) leave(i int) {
	if s.outs < len(s.out) {
		s.out[s.outs] = uint8(i)
		s.outs++
	}
}

// beyond are the indices of the features without a place.
func (s *situation) beyond() []uint8 { return s.out[:s.outs] }

// left is the share of the uncertainty of a block that knows nothing that is left to one whose variance is v.
func (s *situation) left(v float32) float64 { return min(float64(v/s.norm), 1) }
