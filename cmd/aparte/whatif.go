package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"text/tabwriter"
	"time"

	"github.com/aparte-dev/aparte/engine"
	"github.com/aparte-dev/aparte/measure"
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
	archive, done, err := openArchive(c.Data, "stop the server that has it, or judge from a copy")
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
	r := whatifReport(w, b.Currency)
	if !c.JSON {
		return r.write(os.Stdout)
	}
	e := json.NewEncoder(os.Stdout)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(r)
}

// whatifResult is what the command prints. Where there are warnings of doubt, estimates have no intervals and there is no
// lift.
type whatifResult struct {
	Decisions   int                 `json:"decisions"`
	People      int                 `json:"people"`
	Since       time.Time           `json:"since"`
	Until       time.Time           `json:"until"`
	Level       float64             `json:"level"`
	Currency    string              `json:"currency"` // values are in its minor units, a decision
	Changed     int                 `json:"changed"`  // decisions whose chances differ
	Live        estimate            `json:"live"`
	Estimates   map[string]estimate `json:"estimates"`
	Lift        *estimate           `json:"lift"`
	LiftAnytime *estimate           `json:"liftAnytime"`
	Unsupported figure              `json:"unsupported"` // share of what it would do that was never done there
	ESS         figure              `json:"ess"`
	SumWeights  figure              `json:"sumWeights"`
	MaxWeight   figure              `json:"maxWeight"`
	Carriers    figure              `json:"carriers"` // people for whom it differs, effectively
	Open        int                 `json:"open"`
	Forgotten   int                 `json:"forgotten"`
	Unlearned   int                 `json:"unlearned"`
	Assumed     int                 `json:"assumed"`
	Silenced    int                 `json:"silenced"`
	Warnings    []string            `json:"warnings"`
}

// whatifEstimators are the names of the estimators, in the order of the text.
var whatifEstimators = []string{"ipw", "snipw", "dr"}

func whatifReport(w *engine.WhatIf, currency string) whatifResult {
	d, doubts := w.Diagnose(), w.Doubts()
	people, _ := w.Carried()
	r := whatifResult{
		Decisions: w.Rows(), People: w.People(), Since: w.Since, Until: w.Until, Level: level, Currency: currency, Changed: w.Changed(),
		Live: estimateOf(w.OnPolicy(level)), Estimates: map[string]estimate{},
		Unsupported: figure(d.Unseen), ESS: figure(d.ESS), SumWeights: figure(d.MeanWeight * float64(d.Rows)), MaxWeight: figure(d.MaxWeight), Carriers: figure(people),
		Open: w.Open, Forgotten: w.Forgotten, Unlearned: w.Unlearned, Assumed: w.Assumed, Silenced: w.Silenced, Warnings: append([]string{}, doubts...),
	}
	if r.Live.SE == 0 { // all alike so far: that tells nothing of how unlike they can be
		r.Live = unbounded(w.OnPolicy(level).Value)
	}
	for i, e := range []measure.Estimate{w.IPW(level), w.SNIPW(level), w.DR(level)} {
		if len(doubts) > 0 {
			r.Estimates[whatifEstimators[i]] = unbounded(e.Value)
			continue
		}
		r.Estimates[whatifEstimators[i]] = estimateOf(e)
	}
	if len(doubts) == 0 {
		lift := w.Lift(level)
		once, anytime := estimateOf(lift), estimateOf(w.Anytime(lift, level))
		r.Lift, r.LiftAnytime = &once, &anytime
	} else {
		r.Warnings = append(r.Warnings, "so there is no interval, and no lift: the log cannot tell")
	}
	warn := func(n int, what string) {
		if n > 0 {
			r.Warnings = append(r.Warnings, fmt.Sprintf("%d %s", n, what))
		}
	}
	warn(w.Open, "decisions are left out: windows after them are not over")
	warn(w.Forgotten, "records are left out: something of their histories is not in the log any more")
	warn(w.Unlearned, "decisions are left out: the log does not hold what the model had learned when they were taken")
	warn(w.Assumed, "decisions of an older log do not tell all that they were taken from: what aparte replay assumes of them is assumed")
	warn(w.Silenced, "decisions count as silences: the scenario that made the moment is not in the brand")
	for _, id := range w.Unraised {
		r.Warnings = append(r.Warnings, fmt.Sprintf("scenario %q: the log has no moment of it, so that what it would do is not in the answer", id))
	}
	return r
}

// unbounded is an estimate of which nobody knows how far off it is.
func unbounded(value float64) estimate {
	unknown := figure(math.NaN())
	return estimate{figure(value), unknown, interval{unknown, unknown}}
}

// write writes the result as text.
func (r *whatifResult) write(to io.Writer) error {
	fmt.Fprintf(to, "%d decisions of %d people, %s to %s; for %d of them the brand decides with other chances\n\n",
		r.Decisions, r.People, r.Since.Format(time.DateTime), r.Until.Format(time.DateTime), r.Changed)
	t := tabwriter.NewWriter(to, 0, 0, 2, ' ', tabwriter.AlignRight)
	line := func(name string, e estimate) {
		if math.IsNaN(float64(e.Low)) {
			fmt.Fprintf(t, "%s\t%.4f\t\t\t\t\n", name, float64(e.Value))
			return
		}
		fmt.Fprintf(t, "%s\t%.4f\t%.4f\t%.4f\t%.4f\t\n", name, float64(e.Value), float64(e.SE), float64(e.Low), float64(e.High))
	}
	fmt.Fprintf(t, "minor units of %s a decision\tvalue\tse\tlow\thigh\t\n", r.Currency)
	line("as it was", r.Live)
	for _, name := range whatifEstimators {
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
