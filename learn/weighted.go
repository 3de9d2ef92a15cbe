package learn

// Weighted is a Linear that weighs each example by one over the probability with which its action was chosen, so that what is
// seldom tried counts as much as what is tried often: importance-weighted regression, the reduction that Vowpal Wabbit calls mtr
// (Bietti, Agarwal, Langford 2021, "A contextual bandit bake-off", section 2.3). Weights end at heaviest.
type Weighted struct{ *Linear }

// heaviest bounds the weight of an example whose action was hardly ever chosen.
const heaviest = 100

// NewWeighted is a model that knows nothing.
func NewWeighted(cfg Config) *Weighted { return &Weighted{NewLinear(cfg)} }

// Learn implements Model.
func (w *Weighted) Learn(e *Example) error {
	if err := e.Validate(); err != nil {
		return err
	}
	weighed := *e
	weighed.Weight = e.weight() * min(1/e.Propensity, heaviest)
	w.learn(&weighed, nil, 0)
	return nil
}

// Spread is the typical size of a reward, in minor units.
func (w *Weighted) Spread() float64 { return w.usual() }
