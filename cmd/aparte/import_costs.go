package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

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
func (c *importCosts) Run(ctx context.Context) (err error) {
	aside, err := openAside(c.Aside, c.Files)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, aside.close()) }()
	door, done, err := c.doors(ctx, true)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, done()) }()
	brand, err := door.Brand(ctx)
	if err != nil {
		return fmt.Errorf("read the brand: %w", err)
	}
	r, err := (&load.Costs{Files: c.Files, Format: record.Format(c.Format), Currency: brand.Currency, Door: door, Aside: aside}).Run(ctx)
	if err != nil {
		return err
	}
	if c.JSON {
		err = json.NewEncoder(os.Stdout).Encode(r)
	} else {
		fmt.Printf("%d rows read: %d costs put, %d rows set aside\n", r.Rows, r.Put, r.Aside)
		err = tellReasons(r.Reasons, aside.path)
	}
	switch {
	case err != nil:
		return err
	case len(r.Broken) > 0:
		return fmt.Errorf("a file cannot be read to its end: %s", strings.Join(r.Broken, "; "))
	case r.Put == 0:
		return errNothing
	}
	return nil
}
