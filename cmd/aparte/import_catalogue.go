package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/aparte-dev/aparte/exchange/load"
	"github.com/aparte-dev/aparte/exchange/record"
)

// importCatalogue brings items into the brand, which becomes a new version where anything changed.
type importCatalogue struct {
	target
	mapping
	querying
	Files   []string `arg:"" optional:"" help:"A product feed (RSS, Atom, TSV), CSV, NDJSON or Parquet, packed with gzip or not." type:"existingfile"`
	Lang    string   `help:"Language of the names; by default the brand's." placeholder:"LANG"`
	Stock   int64    `help:"Stock of an item that is said to be there, without how many." default:"100"`
	Replace bool     `help:"Items that are not in the files go."`
	Aside   string   `help:"Where rows that are set aside are written, as NDJSON; by default FILE.aside.ndjson here." type:"path"`
	JSON    bool     `name:"json" help:"One JSON object on standard output."`
}

// Run loads the files, and prints what became of their rows.
func (c *importCatalogue) Run(ctx context.Context) (err error) {
	f, err := c.form(load.PlainItem())
	if err != nil {
		return err
	}
	if err := c.check(c.Files, false, ""); err != nil {
		return err
	}
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
	l := load.Catalogue{
		Files: c.Files, Format: record.Format(c.Format), Form: f, Lang: c.Lang, Stock: c.Stock, Replace: c.Replace,
		Door: door, Aside: aside, Tell: bars(),
	}
	if c.From != "" {
		return c.again(ctx, func() error { return c.bring(ctx, l, aside.path) })
	}
	return c.bring(ctx, l, aside.path)
}

// bring brings in what is there now.
func (c *importCatalogue) bring(ctx context.Context, l load.Catalogue, aside string) error {
	if c.From != "" {
		done, err := c.spool(ctx, &l)
		if err != nil {
			return err
		}
		defer done()
	}
	r, err := l.Run(ctx)
	if err != nil {
		return err
	}
	if err := c.tell(r, aside); err != nil {
		return err
	}
	return broughtIn(r.New+r.Changed+r.Unchanged, r.Broken)
}

func (c *importCatalogue) tell(r *load.Stocked, aside string) error {
	if c.JSON {
		return printJSON(r)
	}
	fmt.Printf("%d rows read: %d items are new, %d changed, %d are as they were, %d rows set aside; %d items removed, %d in the brand\n",
		r.Rows, r.New, r.Changed, r.Unchanged, r.Aside, r.Removed, r.Items)
	return tellReasons(r.Reasons, aside)
}
