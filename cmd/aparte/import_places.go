package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/exchange/load"
	"github.com/aparte-dev/aparte/exchange/record"
)

// importPlaces brings in where the brand is.
type importPlaces struct {
	target
	Files  []string `arg:"" help:"CSV, TSV, NDJSON, or GeoJSON of points and polygons." type:"existingfile"`
	Format string   `help:"Format of the files, where their names do not tell." enum:",csv,ndjson" default:""`
	Kind   string   `help:"Kind of places that do not say." default:"shop"`
	Radius float64  `help:"Radius in metres of points that do not say." default:"150"`
	Zone   string   `help:"Time zone of places that do not say; by default the brand's." placeholder:"ZONE"`
	Lang   string   `help:"Language of the names; by default the brand's." placeholder:"LANG"`
	Aside  string   `help:"Where rows that are set aside are written, as NDJSON; by default FILE.aside.ndjson here." type:"path"`
	JSON   bool     `name:"json" help:"One JSON object on standard output."`
}

// Run loads the files, and prints what became of their rows.
func (c *importPlaces) Run(ctx context.Context) (err error) {
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
	l := load.Places{
		Files: c.Files, Format: record.Format(c.Format), Lang: orElse(c.Lang, brand.Locale), Door: door, Aside: aside,
		Usual: aparte.Place{Kind: c.Kind, Radius: c.Radius, Zone: orElse(c.Zone, brand.Zone)},
	}
	r, err := l.Run(ctx)
	if err != nil {
		return err
	}
	if err := c.tell(r, aside.path); err != nil {
		return err
	}
	switch {
	case len(r.Broken) > 0:
		return fmt.Errorf("a file cannot be read to its end: %s", strings.Join(r.Broken, "; "))
	case r.Put == 0:
		return errNothing
	}
	return nil
}

func orElse(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

func (c *importPlaces) tell(r *load.Located, aside string) error {
	if c.JSON {
		e := json.NewEncoder(os.Stdout)
		e.SetEscapeHTML(false)
		e.SetIndent("", "  ")
		return e.Encode(r)
	}
	fmt.Printf("%d rows read: %d places put, %d rows set aside\n", r.Rows, r.Put, r.Aside)
	return tellReasons(r.Reasons, aside)
}
