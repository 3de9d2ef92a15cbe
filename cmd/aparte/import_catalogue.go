package main

import (
	"context"
	"errors"
)

type importCatalogue struct {
	target
	mapping
	Files []string `arg:"" help:"A product feed, CSV, TSV, NDJSON or Parquet." type:"existingfile"`
}

// Run is written next.
func (c *importCatalogue) Run(context.Context) error { return errors.New("not yet") }
