package learn

import (
	"slices"
	"sync"

	"github.com/aparte-dev/aparte"
)

const (
	batchSize  = 1024 // features of actions scored at a time
	recallBits = 10
)

// batch is features of actions to be scored together. What a feature is worth in a situation is the same
// for every action that has it: it is worked out once, in worth.
type batch struct {
	entries [batchSize]entry
	hashes  [batchSize]uint32 // of the different features
	mixed   [batchSize]uint32 // the same, mixed
	worth   [batchSize]float32
	recall  [1 << recallBits]uint16 // by a feature's hash, where in hashes it may stand, plus one
	n       int                     // entries
	kinds   int                     // different features
}

// batches are empty ones, kept because each is 26 KB that would have to be cleared.
var batches = sync.Pool{New: func() any { return new(batch) }}

// entry is one feature of one action.
type entry struct {
	action int32
	kind   uint16 // index in hashes
	value  float32
}

// add adds each action's score to values.
//
// Sums here and in learning are written as s += float64(x * y): the conversion forbids the compiler to
// fuse the two operations, which would give other bits on other machines.
func (t *table) add(context []aparte.Feature, actions [][]aparte.Feature, values []float64) {
	if t.aside && !slices.ContainsFunc(actions, func(a []aparte.Feature) bool { return len(a) > 1 }) {
		return
	}
	silence := 0.0
	if !t.aside {
		silence = t.silence(context)
	}
	b := batches.Get().(*batch)
	for a, action := range actions {
		values[a] += silence
		if t.aside && len(action) > 0 {
			action = action[1:]
		}
		for _, f := range action {
			b.put(a, f)
			if b.n == batchSize {
				t.flush(b, context, values)
			}
		}
	}
	t.flush(b, context, values)
	batches.Put(b)
}

func (b *batch) put(action int, f aparte.Feature) {
	at := &b.recall[f.Hash*spread>>(32-recallBits)]
	if *at == 0 || b.hashes[*at-1] != f.Hash {
		b.hashes[b.kinds], b.mixed[b.kinds] = f.Hash, mixAction(f.Hash)
		b.kinds++
		*at = uint16(b.kinds)
	}
	b.entries[b.n] = entry{int32(action), *at - 1, f.Value}
	b.n++
}

// flush scores a batch and empties it.
func (t *table) flush(b *batch, context []aparte.Feature, values []float64) {
	if b.n == 0 {
		return
	}
	mixed := b.mixed[:b.kinds]
	worth := b.worth[:b.kinds]
	for i, m := range mixed {
		worth[i] = t.weights[t.alone(m)]
	}
	if t.crosses {
		for _, c := range context {
			mixedContext := mixContext(c.Hash)
			start := t.window(mixedContext)
			window := (*[windowSize]float32)(t.weights[start : start+windowSize])
			cross(window, mixedContext, c.Value, mixed, worth)
		}
	}
	for _, e := range b.entries[:b.n] {
		values[e.action] += float64(float64(e.value) * float64(worth[e.kind]))
	}
	clear(b.recall[:])
	b.n, b.kinds = 0, 0
}

// cross adds to the worth of each of an action's features what it says together with one feature of the
// situation. It is the innermost loop of every decision.
func cross(window *[windowSize]float32, context uint32, value float32, mixed []uint32, worth []float32) {
	worth = worth[:len(mixed)]
	for len(mixed) >= 4 && len(worth) >= 4 {
		m, w := (*[4]uint32)(mixed), (*[4]float32)(worth)
		w[0] += float32(value * window[within(context, m[0])])
		w[1] += float32(value * window[within(context, m[1])])
		w[2] += float32(value * window[within(context, m[2])])
		w[3] += float32(value * window[within(context, m[3])])
		mixed, worth = mixed[4:], worth[4:]
	}
	for i, m := range mixed {
		worth[i] += float32(value * window[within(context, m)])
	}
}
