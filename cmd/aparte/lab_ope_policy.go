package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/aparte-dev/aparte/exchange/table"
	"github.com/aparte-dev/aparte/measure"
)

// opePolicy is a policy with the names of its items and positions.
type opePolicy struct {
	*measure.Policy
	file      string
	items     map[string]int
	positions map[string]int // nil: it is the same at all positions
	notes     []string
}

func (c *opeCommand) policy(log source) (*opePolicy, error) {
	p := &opePolicy{file: c.Policy, items: map[string]int{}}
	if c.Policy != "random" {
		return p, sourceOf(c.Policy).table(p.distribution)
	}
	if err := log.table(func(t *table.Table) error { return p.mentioned(t, c.aside()) }); err != nil {
		return nil, err
	}
	var err error
	if p.Policy, err = measure.Uniform(max(1, len(p.items))); err != nil {
		return nil, fmt.Errorf("%s: item_id: %w", log.name, err)
	}
	return p, nil
}

// mentioned collects the items of a log. Bad rows are reported when it is read again.
func (p *opePolicy) mentioned(t *table.Table, aside *table.Aside) error {
	item, err := t.Column("item_id")
	if err != nil {
		return err
	}
	return t.Each(aside, func(row table.Row) error {
		key, err := row.Key(item)
		if err != nil {
			return err
		}
		if _, known := p.items[key]; !known {
			p.items[strings.Clone(key)] = len(p.items)
		}
		if len(p.items) > measure.MaxCells {
			return row.Bad(item, "more than %d different items", measure.MaxCells)
		}
		return nil
	})
}

// distribution reads DIST.csv: an item a row, a position a column.
func (p *opePolicy) distribution(t *table.Table) error {
	item, err := t.Column("item_id")
	if err != nil {
		return err
	}
	columns, err := p.placed(t)
	if err != nil {
		return err
	}
	var rows [][]float64
	err = t.Each(nil, func(row table.Row) error {
		key, err := row.Key(item)
		if err != nil {
			return err
		}
		if _, known := p.items[key]; known {
			return row.Bad(item, "item %.40q has a row already", key)
		}
		if (len(rows)+1)*len(columns) > measure.MaxCells {
			return row.Bad(item, "more than %d items at all positions", measure.MaxCells)
		}
		p.items[strings.Clone(key)] = len(p.items)
		shares := make([]float64, len(columns))
		for i, column := range columns {
			if shares[i], err = row.Within(column, 0, 1); err != nil {
				return err
			}
		}
		rows = append(rows, shares)
		return nil
	})
	if err != nil {
		return err
	}
	if len(rows) == 0 {
		return &table.Error{File: t.Name(), Line: 1, Field: item.Name, Reason: "no items: there is nothing the policy could show"}
	}
	return p.compile(t, columns, rows)
}

// placed finds the columns of the positions.
func (p *opePolicy) placed(t *table.Table) ([]table.Column, error) {
	var columns []table.Column
	p.positions = map[string]int{}
	for _, c := range t.Columns() {
		position, ok := strings.CutPrefix(c.Name, "position_")
		if _, err := strconv.ParseUint(position, 10, 16); !ok || err != nil {
			continue
		}
		if _, err := t.Column(c.Name); err != nil { // there twice
			return nil, err
		}
		p.positions[position] = len(columns)
		columns = append(columns, c)
	}
	if len(columns) == 0 {
		_, err := t.Column("position_1")
		return nil, err
	}
	return columns, nil
}

func (p *opePolicy) compile(t *table.Table, columns []table.Column, rows [][]float64) (err error) {
	show := make([]float64, 0, len(columns)*len(rows))
	for i := range columns {
		for _, shares := range rows {
			show = append(show, shares[i])
		}
	}
	p.Policy, err = measure.NewPolicy(len(rows), len(columns), show)
	var bad *measure.NotADistribution
	if errors.As(err, &bad) {
		return &table.Error{File: t.Name(), Line: 1, Field: columns[bad.Position].Name, Reason: err.Error()}
	}
	for i, c := range columns {
		if sum := p.Sum(i); sum < 1-1e-6 || sum > 1+1e-6 {
			p.notes = append(p.notes, fmt.Sprintf("%s: %s adds up to %.6g; taken as it is", t.Name(), c.Name, sum))
		}
	}
	return err
}

// read takes the impressions of a log in.
func (p *opePolicy) read(t *table.Table, aside *table.Aside, into *measure.OffPolicy) error {
	var c struct{ item, position, click, propensity table.Column }
	for _, wanted := range []struct {
		name   string
		column *table.Column
	}{
		{"item_id", &c.item}, {"position", &c.position}, {"click", &c.click}, {"propensity_score", &c.propensity},
	} {
		if wanted.name == "position" && p.positions == nil {
			continue
		}
		var err error
		if *wanted.column, err = t.Column(wanted.name); err != nil {
			return err
		}
	}
	return t.Each(aside, func(row table.Row) error {
		key, err := row.Key(c.item)
		if err != nil {
			return err
		}
		item, known := p.items[key]
		if !known {
			return row.Bad(c.item, "item %.40q is not in %s", key, p.file)
		}
		position := 0
		if p.positions != nil {
			if key, err = row.Key(c.position); err != nil {
				return err
			}
			if position, known = p.positions[key]; !known {
				return row.Bad(c.position, "%s has no column %.40q", p.file, "position_"+key)
			}
		}
		click, err := row.Within(c.click, 0, 1)
		if err != nil {
			return err
		}
		propensity, err := row.Number(c.propensity)
		if err != nil {
			return err
		}
		var bad *measure.BadImpression
		if err = into.Add(item, position, click, propensity); errors.As(err, &bad) {
			return row.Bad(c.propensity, "%s", bad.Reason) // the others were checked above
		}
		return err
	})
}

// where names the position at which something does not add up, where there is more than one.
func (p *opePolicy) where(err error) string {
	var bad *measure.NotADistribution
	if errors.As(err, &bad) {
		for name, at := range p.positions {
			if at == bad.Position {
				return "at position " + name + " "
			}
		}
	}
	return ""
}
