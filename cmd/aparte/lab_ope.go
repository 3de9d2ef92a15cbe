package main

import (
	"fmt"
	"io"

	"github.com/aparte-dev/aparte/exchange/table"
)

type opeCommand struct {
	labFlags `embed:""`

	Log string `help:"Log of the policy that was live: CSV with item_id, position, click, propensity_score." required:"" placeholder:"LOG.csv"`
}

// Help is what `aparte lab ope --help` says beside the flags.
func (opeCommand) Help() string {
	return `The log has the layout of the Open Bandit Dataset; columns it needs not are ignored.

Example:

    aparte lab ope --log random.csv.gz --json`
}

type opeResult struct {
	Rows     int    `json:"rows"`
	OnPolicy figure `json:"onPolicy"`
	skipped
}

// Run reads the log and says what it is worth.
func (c *opeCommand) Run() error {
	aside := c.aside()
	var r opeResult
	err := readTable(c.Log, func(t *table.Table) error {
		click, err := t.Column("click")
		if err != nil {
			return err
		}
		return t.Each(aside, func(row table.Row) error {
			x, err := row.Within(click, 0, 1)
			if err == nil {
				r.Rows++
				r.OnPolicy += figure(x)
			}
			return err
		})
	})
	if err != nil {
		return err
	}
	r.OnPolicy /= figure(r.Rows)
	r.skipped = skippedBy(aside)
	r.skipped.write()
	return c.print(r, func(w io.Writer) {
		fmt.Fprintf(w, "rows       %d\non policy  %.6g\n", r.Rows, float64(r.OnPolicy))
	})
}
