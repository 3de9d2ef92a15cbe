package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"text/tabwriter"
	"time"

	"github.com/aparte-dev/aparte/api"
)

// whatifCommand answers from the log what a brand that was not live would have been worth.
type whatifCommand struct {
	Brand string `help:"Brand to judge: a JSON file, such as that of GET /v1/admin/brand with another rule in it." required:"" type:"existingfile" placeholder:"FILE"`
	Data  string `help:"Directory of the embedded store." default:"./data" type:"path" env:"APARTE_DATA"`
	JSON  bool   `name:"json" help:"One JSON object on standard output."`
}

// Help is what `aparte whatif --help` says beside the flags.
func (whatifCommand) Help() string {
	return `Each decision of the log is taken again under the brand of FILE, by the person as they were and the model as it stood. The
propensities of both give what the brand would have been worth a decision: what the person did within the objectives' windows
after it, as FILE values it, in minor units.

What FILE would do that was never done there has no support in the log; its share is told. Where that is more than 1 %,
or few weights, people or rewards carry the answer, no interval is given, and no lift.

It is about one decision at a time: what a change does to later visits, to fatigue, to when moments arise and to what is
learned is not in the log. Low and high are the ends of 95 % intervals for one look, with people as the sample; "anytime"
holds however often one looks.`
}

// Run reads the log twice and prints what it says.
func (c *whatifCommand) Run(ctx context.Context) (err error) {
	b, err := readBrand(c.Brand)
	if err != nil {
		return err
	}
	archive, done, err := openArchive(ctx, c.Data, "stop the server that has it, or judge from a copy")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, done()) }()
	bar := newPatient("Deciding again", 100)
	w, err := archive.WhatIf(ctx, b, func(done, total int) { bar.at(100 * done / max(total, 1)) })
	if err != nil {
		return fmt.Errorf("%s: %w", c.Brand, err)
	}
	if w.Rows() == 0 {
		return fmt.Errorf("%s: no decision in it can be judged: %d have windows that are not over, %d records and %d decisions are not whole in the log",
			c.Data, w.Open, w.Forgotten, w.Unlearned)
	}
	r := api.WhatIfOf(w, b.Currency)
	if !c.JSON {
		return writeWhatIf(&r, os.Stdout)
	}
	return printJSON(r)
}

// writeWhatIf writes what was found as text.
func writeWhatIf(r *api.WhatIf, to io.Writer) error {
	fmt.Fprintf(to, "%d decisions of %d people, %s to %s; for %d of them the brand decides with other chances\n\n",
		r.Decisions, r.People, r.Since.Format(time.DateTime), r.Until.Format(time.DateTime), r.Changed)
	t := tabwriter.NewWriter(to, 0, 0, 2, ' ', tabwriter.AlignRight)
	line := func(name string, e api.Estimate) {
		if math.IsNaN(float64(e.Low)) {
			fmt.Fprintf(t, "%s\t%.4f\t\t\t\t\n", name, float64(e.Value))
			return
		}
		fmt.Fprintf(t, "%s\t%.4f\t%.4f\t%.4f\t%.4f\t\n", name, float64(e.Value), float64(e.SE), float64(e.Low), float64(e.High))
	}
	fmt.Fprintf(t, "minor units of %s a decision\tvalue\tse\tlow\thigh\t\n", r.Currency)
	line("as it was", r.Live)
	for _, name := range api.WhatIfEstimators {
		line("the brand, "+name, r.Estimates[name])
	}
	if r.Lift != nil {
		line("lift, dr", *r.Lift)
		line("lift, anytime", *r.LiftAnytime)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(to, "\neffective sample size %.1f, weights add up to %.1f, largest weight %.4g\n%.2f %% of what the brand would do was never done there\n",
		float64(r.ESS), float64(r.SumWeights), float64(r.MaxWeight), 100*float64(r.Unsupported))
	for _, warning := range r.Warnings {
		if _, err := fmt.Fprintln(to, "!", warning); err != nil {
			return err
		}
	}
	return nil
}
