package main

import (
	"fmt"
	"math"
	"slices"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/exchange/table"
	"github.com/aparte-dev/aparte/learn"
)

// experiment is a randomised test as a table tells it: who was in which arm, what followed, and what is
// known about them.
type experiment struct {
	arms    []string  // the control first
	arm     []uint8   // by person
	outcome []float64 // by person
	score   []float64 // by person, where a column gives it
	number  []int     // by person, the row's number in the file, from 0
	rows    int       // of the file
	others  int       // of those, in other arms
	columns []*column
}

const mostArms = 16

// readExperiment reads the people of the arms in question. Others are left out.
func (c *upliftCommand) readExperiment(t *table.Table, aside *table.Aside) (*experiment, error) {
	x := &experiment{arms: append([]string{c.Control}, c.Treated...)}
	treatment, err := t.Column(c.Treatment)
	if err != nil {
		return nil, err
	}
	outcome, err := t.Column(c.Outcome)
	if err != nil {
		return nil, err
	}
	var score table.Column
	if c.Score != "" {
		if score, err = t.Column(c.Score); err != nil {
			return nil, err
		}
	}
	described, err := c.describing(t)
	if err != nil {
		return nil, err
	}
	for _, d := range described {
		x.columns = append(x.columns, &column{name: d.Name})
	}
	err = t.Each(aside, func(row table.Row) error {
		number := x.rows
		x.rows++
		key, err := row.Key(treatment)
		if err != nil {
			return err
		}
		arm := slices.Index(x.arms, key)
		if arm < 0 {
			x.others++
			return nil
		}
		y, err := row.Within(outcome, -learn.MaxReward, learn.MaxReward)
		if err != nil {
			return err
		}
		if c.Score != "" {
			s, err := row.Number(score)
			if err != nil {
				return err
			}
			x.score = append(x.score, s)
		}
		x.arm, x.outcome, x.number = append(x.arm, uint8(arm)), append(x.outcome, y), append(x.number, number)
		for i, d := range described {
			x.columns[i].add(row.Text(d))
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return x, x.check(t, c.Treatment)
}

// describing are the columns that are to describe people: those asked for, else all that have no other
// part in the test.
func (c *upliftCommand) describing(t *table.Table) ([]table.Column, error) {
	var columns []table.Column
	switch {
	case c.Score != "":
	case len(c.Features) > 0:
		for _, name := range c.Features {
			column, err := t.Column(name)
			if err != nil {
				return nil, err
			}
			if name == c.Treatment || name == c.Outcome {
				return nil, fmt.Errorf("--features: %s is the treatment or the outcome", name)
			}
			columns = append(columns, column)
		}
	default:
		for _, column := range t.Columns() {
			if column.Name != c.Treatment && column.Name != c.Outcome {
				columns = append(columns, column)
			}
		}
	}
	if len(columns) > learn.MaxFeatures {
		return nil, fmt.Errorf("%d columns describe people, at most %d can: name some with --features", len(columns), learn.MaxFeatures)
	}
	return columns, nil
}

// check sees that there is something to compare.
func (x *experiment) check(t *table.Table, treatment string) error {
	for arm, n := range x.sizes(func(int) bool { return true }) {
		if n < 2 {
			return &table.Error{File: t.Name(), Line: 1, Field: treatment, Reason: fmt.Sprintf("%d rows have the value %q; an arm needs two", n, x.arms[arm])}
		}
	}
	return nil
}

// sizes are how many people of some there are in each arm.
func (x *experiment) sizes(among func(person int) bool) []int {
	n := make([]int, len(x.arms))
	for i, a := range x.arm {
		if among(i) {
			n[a]++
		}
	}
	return n
}

// sortOut makes features of the columns, and leaves those out that tell of what came after: in a
// randomised test nothing that was so before differs between the arms.
func (x *experiment) sortOut(asked bool) {
	tests := 0
	for _, c := range x.columns {
		c.sortOut()
		tests += len(c.features)
	}
	for _, c := range x.columns {
		if c.reason != "" || asked {
			continue
		}
		switch {
		case x.imbalance(c) > math.Sqrt2*math.Erfinv(1-0.01/float64(tests)):
			c.reason = "its values differ between the arms: it looks like an outcome"
		case x.follows(c):
			c.reason = "it varies only where the outcome is not 0: it looks like an outcome"
		}
	}
}

// imbalance is the largest z of the shares that levels of a column have in an arm and in the others.
func (x *experiment) imbalance(c *column) float64 {
	counts := make([][mostArms]float64, len(c.features))
	var all [mostArms]float64
	for i, a := range x.arm {
		counts[c.levels[i]][a]++
		all[a]++
	}
	worst := 0.0
	for _, level := range counts {
		total := sumOf(level[:])
		share := total / float64(len(x.arm))
		for a := range x.arms {
			here, elsewhere := all[a], float64(len(x.arm))-all[a]
			if share*min(here, elsewhere) < 5 {
				continue // too few for the normal distribution
			}
			gap := level[a]/here - (total-level[a])/elsewhere
			worst = max(worst, math.Abs(gap)/math.Sqrt(share*(1-share)*(1/here+1/elsewhere)))
		}
	}
	return worst
}

func sumOf(numbers []float64) (sum float64) {
	for _, n := range numbers {
		sum += n
	}
	return sum
}

// follows reports whether a column has one value for all whose outcome is 0 and others among the rest,
// oftener than chance has it: once in a million.
func (x *experiment) follows(c *column) bool {
	zeros, others, usual := 0, 0, -1
	for i, y := range x.outcome {
		if y == 0 {
			zeros++
			if usual >= 0 && usual != int(c.levels[i]) {
				return false
			}
			usual = int(c.levels[i])
		}
	}
	for i, y := range x.outcome {
		if y != 0 && usual != int(c.levels[i]) {
			others++
		}
	}
	rest := float64(len(x.outcome)-zeros) / float64(len(x.outcome))
	return zeros > 0 && float64(others)*math.Log(rest) < math.Log(1e-6)
}

// describe appends what is known about a person to features.
func (x *experiment) describe(person int, features []aparte.Feature) []aparte.Feature {
	for _, c := range x.columns {
		if c.reason == "" {
			features = append(features, c.features[c.levels[person]])
		}
	}
	return features
}
