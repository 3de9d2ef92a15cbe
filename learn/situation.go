package learn

import (
	"math"
	"slices"
	"sync"

	"github.com/aparte-dev/aparte"
)

const (
	// MaxPlaces is how many features of the situation a hybrid model knows together, the constant 1 included.
	MaxPlaces = 1 << placeBits
	placeBits = 7
	// farthest is the size of a feature beyond which it counts no further in a hybrid model's blocks.
	farthest = 8
)

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

// sees puts a context in places. s is new.
func (s *situation) sees(places *numbers, context []aparte.Feature) {
	s.size = (1 + places.count() + lanes - 1) / lanes * lanes
	s.x[0], s.at[0] = 1, 0
	n := uint(1)
	for i, f := range context {
		if !matters(f.Value) {
			continue
		}
		at := places.find(f.Hash)
		if at == 0 {
			s.leave(i)
			continue
		}
		x := &s.x[at%MaxPlaces]
		if *x == 0 {
			*x, s.at[n%MaxPlaces] = f.Value, uint8(at)
			n++
		} else if *x += f.Value; *x == 0 {
			*x = math.SmallestNonzeroFloat32 // it cancelled out, and is listed once
		}
	}
	s.n = int(n)
	s.norm = bound(s.x[:s.size], s.squares[:s.size], farthest)
}

// dense reports whether going through all places takes less time than through those that are not 0.
func (s *situation) dense() bool { return 6*s.n > s.size }

func (s *situation) leave(i int) {
	if s.outs < len(s.out) {
		s.out[s.outs] = uint8(i)
		s.outs++
	}
}

// beyond are the indices of the features without a place.
func (s *situation) beyond() []uint8 { return s.out[:s.outs] }

// beyondAll are the indices of all features: for a content without a block, none has a place.
func beyondAll(context []aparte.Feature) []uint8 { return indices[:min(len(context), MaxFeatures)] }

var indices = func() (all [MaxFeatures]uint8) {
	for i := range all {
		all[i] = uint8(i)
	}
	return all
}()

// left is the share of the uncertainty of a block that knows nothing that is left to one whose variance is v.
func (s *situation) left(v float32) float64 { return min(float64(v/s.norm), 1) }

// lastSeen is the situation that a model saw last. What is learned was often decided on a moment before: it need not be put
// in places again.
type lastSeen struct {
	situation
	context []aparte.Feature
	places  int        // there were when it was seen
	mu      sync.Mutex // held by one of those that score; who learns is alone
}

// sees is the situation of a context. It is good until the next call.
func (l *lastSeen) sees(places *numbers, context []aparte.Feature) *situation {
	if l.size == 0 || l.places != places.count() || !slices.Equal(l.context, context) {
		l.situation = situation{}
		l.situation.sees(places, context)
		l.context, l.places = append(l.context[:0], context...), places.count()
	}
	return &l.situation
}
