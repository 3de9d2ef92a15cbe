package learn

import (
	"slices"
	"sync"

	"github.com/aparte-dev/aparte"
)

// batch is features of actions to be scored together. What a feature is worth in a situation is the same
// for every action that has it: it is worked out once, in worth.
type batch struct {
	kinds  []uint32  // of each feature of each action in turn, which of the different ones it is
	mixed  []uint32  // of the different features, the hashes, mixed
	worth  []float32 // and what they are worth
	recall [1 << recallBits]recollection
	round  uint32 // recollections of other rounds are of other batches

	whose  []aparte.Feature // memory for doubts of an Effect
	doubts []float64
}

const recallBits = 10

// recollection is where a feature stands among the different ones. Of two that would stand in one place, the second
// is remembered: the first, when it comes again, counts as another that is worth the same.
type recollection struct{ hash, round, kind uint32 }

// batches are kept for the memory they have.
var batches spares

// spares are batches that nobody needs at the moment. None of the first mostSpares is forgotten, so that scoring allocates
// nothing once there are as many as are needed at once.
type spares struct {
	mu   sync.Mutex
	free []*batch
}

const mostSpares = 16

// take is a batch with room from before, if there is one. It is empty once empty was called.
func (s *spares) take() *batch {
	s.mu.Lock()
	defer s.mu.Unlock()
	last := len(s.free) - 1
	if last < 0 {
		return new(batch)
	}
	b := s.free[last]
	s.free = s.free[:last]
	return b
}

func (s *spares) put(b *batch) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.free) < mostSpares {
		s.free = append(s.free, b)
	}
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
	b := batches.take()
	defer batches.put(b)
	b.empty()
	for _, action := range actions {
		b.put(t.shared(action))
	}
	t.weigh(b, context)
	kinds := b.kinds
	for a, action := range actions {
		action = t.shared(action)
		sum := values[a] + silence
		for i, kind := range kinds[:len(action)] {
			sum += float64(float64(action[i].Value) * float64(b.worth[kind]))
		}
		values[a], kinds = sum, kinds[len(action):]
	}
}

// shared are the features of an action that the table knows.
func (t *table) shared(action []aparte.Feature) []aparte.Feature {
	if t.aside && len(action) > 0 {
		return action[1:]
	}
	return action
}

func (b *batch) empty() {
	b.kinds, b.mixed = b.kinds[:0], b.mixed[:0]
	if b.round++; b.round == 0 { // after four billions
		clear(b.recall[:])
		b.round = 1
	}
}

// put finds out which kind each feature of an action is.
func (b *batch) put(action []aparte.Feature) {
	from := len(b.kinds)
	b.kinds = slices.Grow(b.kinds, len(action))[:from+len(action)]
	kinds, round := b.kinds[from:from+len(action)], b.round
	for i := range kinds {
		hash := action[i].Hash
		r := &b.recall[hash*spread>>(32-recallBits)]
		if r.hash != hash || r.round != round {
			*r = recollection{hash, round, uint32(len(b.mixed))}
			b.mixed = append(b.mixed, mixAction(hash))
		}
		kinds[i] = r.kind
	}
}

// weigh works out what the different features of a batch are worth.
func (t *table) weigh(b *batch, context []aparte.Feature) {
	b.worth = slices.Grow(b.worth[:0], len(b.mixed))[:len(b.mixed)]
	for i, m := range b.mixed {
		b.worth[i] = t.weights[t.alone(m)]
	}
	if !t.crosses {
		return
	}
	for _, c := range context {
		mixedContext := mixContext(c.Hash)
		start := t.window(mixedContext)
		window := (*[windowSize]float32)(t.weights[start : start+windowSize])
		cross(window, mixedContext, c.Value, b.mixed, b.worth)
	}
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
