package main

import (
	"cmp"
	"context"
	"fmt"

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
func (c *importPlaces) Run(ctx context.Context) error {
	return c.beside(ctx, c.Aside, c.Files, func(door *load.Client, brand *aparte.Brand, aside *asideFile) error {
		l := load.Places{
			Files: c.Files, Format: record.Format(c.Format), Lang: cmp.Or(c.Lang, brand.Locale), Door: door, Aside: aside,
			Usual: aparte.Place{Kind: c.Kind, Radius: c.Radius, Zone: cmp.Or(c.Zone, brand.Zone)},
		}
		r, err := l.Run(ctx)
		if err != nil {
			return err
		}
		if err := c.tell(r, aside.path); err != nil {
			return err
		}
		return broughtIn(r.Put, r.Broken)
	})
}

func (c *importPlaces) tell(r *load.Located, aside string) error {
	if c.JSON {
		return printJSON(r)
	}
	fmt.Printf("%d rows read: %d places put, %d rows set aside\n", r.Rows, r.Put, r.Aside)
	return tellReasons(r.Reasons, aside)
}
