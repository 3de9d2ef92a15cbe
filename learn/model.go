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
	_ Model = (*Ensemble)(nil)
)

// Contribution is what one feature of an action, alone or together with one of the situation, adds to
// the action's score: Amount minor units. Context and Action are the features' hashes; Context is 0 where
// the action's feature speaks alone. It is an alias of an unnamed type so that an interface declared
// elsewhere can ask for it without importing this package.
type Contribution = struct {
	Context uint32
	Action  uint32
	Amount  float64
}
