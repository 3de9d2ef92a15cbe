package learn

import (
	"math"
	"slices"

	"github.com/aparte-dev/aparte"
)

// touches are the coordinates of one example, each once: where two features share a weight, what they
// feed it is the sum of their values, as in any hashed model.
type touches struct {
	all    []touch
	places []uint64 // a hash table: the example's number in the high half, index in all in the low one
	number uint32
}

// touch is one coordinate of an example: its place, its value, and d while a step is made.
type touch struct {
	index uint32
	value float32
	pull  float64
}

// least is the smallest size of a cross that matters.
const least = 1.0 / MaxValue / MaxValue

// list makes t the coordinates of an example: the bias, the situation by itself, then each feature of the
// action, by itself and crossed. Where the table has them aside, the bias and the situation are left out,
// and the first feature of the action is crossed with those named in beyond only.
func (t *touches) list(shape *table, f *aparte.Features, beyond []uint8) {
	t.begin((1 + len(f.Context)) * (1 + len(f.Action)))
	action := f.Action
	if shape.aside {
		if len(action) > 0 {
			first := mixAction(action[0].Hash)
			for _, i := range beyond {
				t.cross(shape, f.Context[i:int(i)+1], first, action[0].Value)
			}
			action = action[1:]
		}
	} else {
		t.add(shape.alone(alwaysAction), 1)
		t.cross(shape, f.Context, alwaysAction, 1)
	}
	for _, a := range action {
		if !matters(a.Value) {
			continue
		}
		mixed := mixAction(a.Hash)
		t.add(shape.alone(mixed), a.Value)
		if shape.crosses {
			t.cross(shape, f.Context, mixed, a.Value)
		}
	}
	t.all = slices.DeleteFunc(t.all, func(c touch) bool { return math.Abs(float64(c.value)) < least })
}

func (t *touches) cross(shape *table, context []aparte.Feature, action uint32, value float32) {
	for _, c := range context {
		if matters(c.Value) {
			t.add(shape.crossed(mixContext(c.Hash), action), c.Value*value)
		}
	}
}

// begin empties t and makes room for n coordinates.
func (t *touches) begin(n int) {
	t.all = t.all[:0]
	if t.number++; t.number == 0 || len(t.places) < 2*n {
		size := 64
		for size < 2*n {
			size *= 2
		}
		t.places, t.number = make([]uint64, size), 1
	}
}

// add adds value to the coordinate at index.
func (t *touches) add(index uint32, value float32) {
	mask := uint32(len(t.places) - 1)
	for i := index * spread >> 8 & mask; ; i = (i + 1) & mask {
		place := t.places[i]
		if uint32(place>>32) != t.number {
			t.places[i] = uint64(t.number)<<32 | uint64(len(t.all))
			t.all = append(t.all, touch{index: index, value: value})
			return
		}
		if c := &t.all[uint32(place)]; c.index == index {
			c.value += value
			return
		}
	}
}

// matters reports whether a value is large enough to be one of a feature.
func matters(value float32) bool {
	size := math.Float32frombits(math.Float32bits(value) &^ (1 << 31)) // without a branch: signs come at random
	return size >= 1.0/MaxValue
}
