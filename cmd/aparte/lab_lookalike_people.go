package main

import (
	"bufio"
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/aparte-dev/aparte/exchange/table"
	"github.com/aparte-dev/aparte/learn/lookalike"
)

// likePeople is what a file tells of people who may be like the seeds.
type likePeople struct {
	*lookalike.Table
	features []string
	ids      []string // where a column has them
	seed     []bool
	weight   []float64 // of seeds
	truth    []bool    // who is like a seed, to judge by
	met      int       // seeds that a file of ids named, and that are there
}

// named is the seeds of --seeds and their weights; nil without.
func (c *lookalikeCommand) named() (map[string]float64, error) {
	if c.Seeds == "" {
		return nil, nil
	}
	named := map[string]float64{}
	from := sourceOf(c.Seeds)
	err := from.table(func(t *table.Table) error {
		id := t.Columns()[0]
		if c.ID != "" && t.Has(c.ID) {
			id, _ = t.Column(c.ID) // it has it
		}
		weight, weighted, err := optional(t, "weight")
		if err != nil {
			return err
		}
		return t.Each(nil, func(row table.Row) error {
			key, err := row.Key(id)
			if err != nil {
				return err
			}
			w := 1.0
			if weighted {
				if w, err = row.Within(weight, 1e-9, 1e9); err != nil {
					return err
				}
			}
			named[strings.Clone(key)] = w
			return nil
		})
	})
	if err == nil && len(named) == 0 {
		err = &table.Error{File: from.name, Line: 1, Field: "rows", Reason: "the file names no seeds"}
	}
	return named, err
}

// likeColumns are the columns of the file that have a part.
type likeColumns struct {
	seed, id, weight, label        table.Column
	hasSeed, hasID, hasW, labelled bool
	features                       []table.Column
}

func (c *lookalikeCommand) columns(t *table.Table) (k likeColumns, err error) {
	for _, part := range []struct {
		name   string
		column *table.Column
		there  *bool
	}{{c.SeedCol, &k.seed, &k.hasSeed}, {c.ID, &k.id, &k.hasID}, {c.Weight, &k.weight, &k.hasW}, {c.Label, &k.label, &k.labelled}} {
		if part.name == "" {
			continue
		}
		if *part.column, err = t.Column(part.name); err != nil {
			return k, err
		}
		*part.there = true
	}
	parts := []string{c.SeedCol, c.ID, c.Weight, c.Label}
	for _, name := range append(slices.Clone(c.Features), c.Without...) {
		column, err := t.Column(name)
		if err != nil {
			return k, err
		}
		if slices.Contains(parts, name) {
			return k, fmt.Errorf("--features, --without: %s has another part already", name)
		}
		if len(c.Features) > 0 {
			k.features = append(k.features, column)
		}
	}
	if len(c.Features) == 0 {
		for _, column := range t.Columns() {
			if column.Name != "" && !slices.Contains(parts, column.Name) && !slices.Contains(c.Without, column.Name) {
				k.features = append(k.features, column)
			}
		}
	}
	return k, nil
}

func (c *lookalikeCommand) read(t *table.Table, aside *table.Aside, named map[string]float64) (*likePeople, error) {
	k, err := c.columns(t)
	if err != nil {
		return nil, err
	}
	p := new(likePeople)
	for _, column := range k.features {
		p.features = append(p.features, column.Name)
	}
	p.Table = lookalike.NewTable(p.features...)
	cells := make([]string, len(k.features))
	return p, t.Each(aside, func(row table.Row) (err error) {
		id, seed, weight := strconv.Itoa(p.Rows()), false, 1.0
		if k.hasID {
			if id, err = row.Key(k.id); err != nil {
				return err
			}
		}
		if k.hasSeed {
			if seed, err = truth(row, k.seed); err != nil {
				return err
			}
		} else if weight, seed = named[id]; !seed {
			weight = 1
		}
		if k.hasW && seed {
			if weight, err = row.Within(k.weight, 1e-9, 1e9); err != nil {
				return err
			}
		}
		like := seed
		if k.labelled {
			if like, err = truth(row, k.label); err != nil {
				return err
			}
		}
		for i, column := range k.features {
			cells[i] = row.Text(column)
		}
		p.Add(cells)
		p.seed, p.weight, p.truth = append(p.seed, seed), append(p.weight, weight), append(p.truth, like)
		if k.hasID {
			p.ids = append(p.ids, strings.Clone(id))
		}
		if seed {
			p.met++
		}
		return nil
	})
}

// truth is a cell as yes or no.
func truth(row table.Row, c table.Column) (bool, error) {
	switch strings.ToLower(strings.TrimSpace(row.Text(c))) {
	case "1", "true", "yes", "y", "t", "1.0":
		return true, nil
	case "0", "false", "no", "n", "f", "0.0", "":
		return false, nil
	}
	return false, row.Bad(c, "neither 1, true, yes nor 0, false, no")
}

// write tells everybody's rank, score and reasons, the highest first, into the file that was asked for.
func (c *lookalikeCommand) write(model *lookalike.Model, p *likePeople, scores []float64) (err error) {
	if c.People == "" {
		return nil
	}
	order := make([]int, len(scores))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(scores[b], scores[a]) })
	out, err := os.Create(c.People)
	if err != nil {
		return err // it names the path
	}
	buffered := bufio.NewWriter(out)
	rows := csv.NewWriter(buffered)
	_ = rows.Write([]string{"rank", "person", "seed", "score", "reasons"}) // an error shows at the end
	shown := newPatient("Writing", len(order))
	for rank, i := range order {
		person := strconv.Itoa(i)
		if p.ids != nil {
			person = p.ids[i]
		}
		var why []string
		reasons := model.Reasons(i)
		for _, reason := range reasons[:min(3, len(reasons))] {
			why = append(why, fmt.Sprintf("%s %+.2f", reason.Words, reason.Adds))
		}
		_ = rows.Write([]string{strconv.Itoa(rank + 1), person, strconv.FormatBool(p.seed[i]), cell(scores[i]), strings.Join(why, "; ")})
		shown.at(rank + 1)
	}
	rows.Flush()
	if err := errors.Join(rows.Error(), buffered.Flush(), out.Close()); err != nil {
		return fmt.Errorf("write people: %w", err)
	}
	return nil
}
