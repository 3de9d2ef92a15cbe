package learn

import "github.com/aparte-dev/aparte"

// Model predicts the value of actions and learns from what followed. Score and Snapshot may run at the
// same time as one another, Learn only alone.
type Model interface {
	// Score predicts for each action what it is worth in the situation that context describes, in minor
	// units, into values, which is at least as long as actions. It allocates nothing. With nothing learned,
	// every action scores 0. An action without features is silence: it scores what is to be expected
	// when nothing is said.
	Score(context []aparte.Feature, actions [][]aparte.Feature, values []float64)
	// Learn takes one example in. A bad example is an error and changes nothing: see Example.Validate.
	Learn(e *Example) error
	// Snapshot is the whole model: one restored from it goes on to the same bytes.
	Snapshot() []byte
}

var (
	_ Model = (*Linear)(nil)
	_ Model = (*Hybrid)(nil)
	_ Model = (*Ensemble)(nil)
	_ Model = (*Forgetting)(nil)
	_ Model = (*Effect)(nil)
)
