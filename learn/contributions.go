package learn

import "github.com/aparte-dev/aparte"

// Contributions fills amounts, which has one place for each feature of context and then of action, with
// what each feature adds to the action's score, in minor units: an action's feature by itself and with all
// of the situation's, a feature of the situation with all of the action's. A pair counts for both its
// features, so they do not add up to the score; those of the action alone add up to what sets it apart
// from silence. What the situation is worth by itself speaks for no action, and is left out. It allocates
// nothing.
func (l *Linear) Contributions(context, action []aparte.Feature, amounts []float64) {
	clear(amounts[:len(context)+len(action)])
	l.contribute(context, action, amounts)
}

// Contributions are those of a linear model, summed over the objectives that count.
func (e *Ensemble) Contributions(context, action []aparte.Feature, amounts []float64) {
	clear(amounts[:len(context)+len(action)])
	if e.sum.weights != nil {
		e.sum.contribute(context, action, amounts)
		return
	}
	for _, m := range e.members {
		if e.counts(m.objective) {
			m.model.contribute(context, action, amounts)
		}
	}
}

// contribute adds a table's contributions to amounts.
func (t *table) contribute(context, action []aparte.Feature, amounts []float64) {
	situation, said := amounts[:len(context)], amounts[len(context):]
	for j, a := range action {
		mixed := mixAction(a.Hash)
		said[j] += float64(float64(a.Value) * float64(t.weights[t.alone(mixed)]))
		if !t.crosses {
			continue
		}
		for i, c := range context {
			weight := float64(t.weights[t.crossed(mixContext(c.Hash), mixed)])
			amount := float64(float64(c.Value) * float64(a.Value) * weight)
			situation[i] += amount
			said[j] += amount
		}
	}
}
