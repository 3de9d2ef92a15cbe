package learn

import (
	"cmp"
	"math"
	"slices"

	"github.com/aparte-dev/aparte"
)

// Contributions are what an action's features add to its score in a situation, the weightiest first, at
// most top of them. All together they are the score minus that of silence: what the situation is worth by
// itself speaks for no action, and is left out.
func (l *Linear) Contributions(context, action []aparte.Feature, top int) []Contribution {
	return weightiest([]*table{&l.table}, context, action, top)
}

// Contributions are those of a linear model, summed over the objectives that count.
func (e *Ensemble) Contributions(context, action []aparte.Feature, top int) []Contribution {
	if e.sum.weights != nil {
		return weightiest([]*table{&e.sum}, context, action, top)
	}
	var tables []*table
	for _, m := range e.members {
		if e.counts(m.objective) {
			tables = append(tables, &m.model.table)
		}
	}
	return weightiest(tables, context, action, top)
}

// weightiest sums contributions over tables and sorts them; ties go by hash.
func weightiest(tables []*table, context, action []aparte.Feature, top int) []Contribution {
	if len(tables) == 0 || top <= 0 {
		return nil
	}
	var all []Contribution
	add := func(c Contribution, index uint32, value float64) {
		for _, t := range tables {
			c.Amount += float64(value * float64(t.weights[index]))
		}
		if c.Amount != 0 {
			all = append(all, c)
		}
	}
	shape := tables[0] // all have the same
	for _, a := range action {
		mixed := mixAction(a.Hash)
		add(Contribution{Action: a.Hash}, shape.alone(mixed), float64(a.Value))
		if !shape.crosses {
			continue
		}
		for _, c := range context {
			value := float64(float64(c.Value) * float64(a.Value))
			add(Contribution{Context: c.Hash, Action: a.Hash}, shape.crossed(mixContext(c.Hash), mixed), value)
		}
	}
	slices.SortFunc(all, func(x, y Contribution) int {
		return cmp.Or(
			cmp.Compare(math.Abs(y.Amount), math.Abs(x.Amount)),
			cmp.Compare(x.Context, y.Context),
			cmp.Compare(x.Action, y.Action),
		)
	})
	return slices.Clone(all[:min(top, len(all))])
}
