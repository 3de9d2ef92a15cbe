package main

import (
	"context"
	"fmt"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/exchange/load"
	"github.com/aparte-dev/aparte/exchange/record"
)

// importCosts brings in what advertising elsewhere has cost.
type importCosts struct {
	target
	Files  []string `arg:"" help:"CSV, TSV or NDJSON: day, channel (or source and medium), campaign, amount in minor units, currency." type:"existingfile"`
	Format string   `help:"Format of the files, where their names do not tell." enum:",csv,ndjson" default:""`
	Aside  string   `help:"Where rows that are set aside are written, as NDJSON; by default FILE.aside.ndjson here." type:"path"`
	JSON   bool     `name:"json" help:"One JSON object on standard output."`
}

// Run loads the files, and prints what became of their rows.
func (c *importCosts) Run(ctx context.Context) error {
	return c.beside(ctx, c.Aside, c.Files, func(door *load.Client, brand *aparte.Brand, aside *asideFile) error {
		r, err := (&load.Costs{Files: c.Files, Format: record.Format(c.Format), Currency: brand.Currency, Door: door, Aside: aside}).Run(ctx)
		if err != nil {
			return err
		}
		if err := c.tell(r, aside.path); err != nil {
			return err
		}
		return broughtIn(r.Put, r.Broken)
	})
}

func (c *importCosts) tell(r *load.Spent, aside string) error {
	if c.JSON {
		return printJSON(r)
	}
	fmt.Printf("%d rows read: %d costs put, %d rows set aside\n", r.Rows, r.Put, r.Aside)
	return tellReasons(r.Reasons, aside)
}
