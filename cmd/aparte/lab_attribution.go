package main

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"slices"
	"text/tabwriter"

	"github.com/aparte-dev/aparte/exchange/table"
	"github.com/aparte-dev/aparte/measure/attribution"
)

type attributionCommand struct {
	labFlags `embed:""`

	File     string  `arg:"" help:"Journeys: path, total_conversions, total_conversion_value, total_null. - for standard input."`
	Model    string  `help:"first, last, linear, position, timedecay, markov or shapley." default:"markov" enum:"first,last,linear,position,timedecay,markov,shapley"`
	Order    int     `help:"How many channels the Markov chain remembers, 1 to 4." default:"1"`
	HalfLife float64 `help:"With timedecay: a touch counts half of one that is so many touches later." default:"1"`
}

// Help is what `aparte lab attribution --help` says beside the flags.
func (attributionCommand) Help() string {
	return `Shares conversions out among the channels that people met on the way to them. A row is a path, "mail > search > mail",
with how many journeys along it converted, what those were worth, and how many did not convert. Without the column
total_conversion_value there are no values; without total_null nobody is lost, which markov refuses.

first, last   the channel met first, last
linear        each touch the same
position      40 % the first touch, 40 % the last, 20 % those between; half and half of two
timedecay     each touch half of one that is --half-life touches later
markov        in proportion to the conversions lost if every step to the channel led nowhere (removal effect), exact:
              by elimination up to 128 states, by sweeps until nothing moves beyond
shapley       Shapley's value, coalitions being worth the conversions of journeys that met no other channels; exact for
              any number of channels

All share out what happened. What would not have happened without a channel, only a holdout tells.

Example:

    aparte lab attribution paths.csv.gz --model markov --order 2 --json`
}

// attributionResult is what the command prints.
type attributionResult struct {
	Model       string          `json:"model"`
	Order       int             `json:"order,omitempty"`
	Rows        int             `json:"rows"`
	Conversions figure          `json:"conversions"`
	Value       figure          `json:"value"`
	Null        figure          `json:"null"`
	PConversion figure          `json:"pConversion"`
	Channels    []channelResult `json:"channels"` // the most credited first
	Total       figure          `json:"total"`    // of the credits
	TotalValue  figure          `json:"totalValue"`
	Chain       *chainResult    `json:"chain,omitempty"`
	Notes       []string        `json:"notes,omitempty"`
	skipped
}

type channelResult struct {
	Channel       string  `json:"channel"`
	Credit        figure  `json:"credit"`
	Value         figure  `json:"value"`
	RemovalEffect *figure `json:"removalEffect"` // null but with markov
}

// chainResult is how the Markov chain was solved.
type chainResult struct {
	States    int  `json:"states"`
	Sweeps    int  `json:"sweeps"` // 0: by elimination
	Converged bool `json:"converged"`
}

// Run reads the journeys and attributes what they brought.
func (c *attributionCommand) Run() error {
	paths, err := attribution.New(c.Order, c.HalfLife)
	if err != nil {
		return fmt.Errorf("--order, --half-life: %w", err)
	}
	aside, from := c.aside(), sourceOf(c.File)
	r := &attributionResult{Model: c.Model, Channels: []channelResult{}}
	if err := from.table(func(t *table.Table) error { return c.read(t, aside, paths, r) }); err != nil {
		return err
	}
	r.skipped = skippedBy(aside)
	r.skipped.write()
	if paths.Total().Conversions == 0 {
		return &table.Error{File: from.name, Line: 1, Field: "total_conversions", Reason: "no journey converted: there is nothing to attribute"}
	}
	r.attribute(paths, c)
	for _, note := range r.Notes {
		fmt.Fprintln(os.Stderr, "note:", note)
	}
	if err := c.print(r, r.write); err != nil {
		return err
	}
	if r.Chain != nil && !r.Chain.Converged {
		return &table.Error{File: from.name, Line: 1, Field: "path", Reason: fmt.Sprintf("the chain did not converge in %d sweeps: do not use the effects", r.Chain.Sweeps)}
	}
	return nil
}

func (c *attributionCommand) read(t *table.Table, aside *table.Aside, paths *attribution.Paths, r *attributionResult) error {
	path, err := t.Column("path")
	if err != nil {
		return err
	}
	converted, err := t.Column("total_conversions")
	if err != nil {
		return err
	}
	value, valued, err := optional(t, "total_conversion_value")
	if err != nil {
		return err
	}
	lost, counted, err := optional(t, "total_null")
	if err == nil && !counted && c.Model == "markov" {
		_, err = t.Column("total_null") // the error that names the columns there are
	}
	if err != nil {
		return err
	}
	if !valued {
		r.Notes = append(r.Notes, "there is no column total_conversion_value: all values are 0")
	}
	var journey attribution.Journey
	return t.Each(aside, func(row table.Row) (err error) {
		if journey.Touches, err = attribution.ReadTouches(row.Text(path), journey.Touches[:0]); err != nil {
			return row.Bad(path, "%v", err)
		}
		if journey.Converted, err = row.Within(converted, 0, 1e15); err != nil {
			return err
		}
		journey.Value, journey.Lost = 0, 0
		if valued {
			if journey.Value, err = row.Within(value, -1e15, 1e15); err != nil {
				return err
			}
			if journey.Converted == 0 && journey.Value != 0 {
				return row.Bad(value, "%v without a conversion", journey.Value)
			}
		}
		if counted {
			if journey.Lost, err = row.Within(lost, 0, 1e15); err != nil {
				return err
			}
		}
		if err := paths.Add(journey); err != nil {
			return row.Bad(path, "%v", err)
		}
		r.Rows++
		return nil
	})
}

// optional is a column that need not be there.
func optional(t *table.Table, name string) (column table.Column, there bool, err error) {
	for _, c := range t.Columns() {
		there = there || c.Name == name
	}
	if there {
		column, err = t.Column(name)
	}
	return column, there, err
}

// attribute fills the result.
func (r *attributionResult) attribute(paths *attribution.Paths, c *attributionCommand) {
	all := paths.Total()
	r.Conversions, r.Value, r.Null = figure(all.Conversions), figure(all.Value), figure(paths.Lost())
	r.PConversion = figure(all.Conversions / (all.Conversions + paths.Lost()))
	var credits []attribution.Credit
	var effects []float64
	switch c.Model {
	case "first":
		credits = paths.First()
	case "last":
		credits = paths.Last()
	case "linear":
		credits = paths.Linear()
	case "position":
		credits = paths.Position()
	case "timedecay":
		credits = paths.TimeDecay()
	case "shapley":
		credits = paths.Shapley()
	case "markov":
		m := paths.Markov()
		credits, effects = m.Credits, m.Removal
		r.Order, r.PConversion, r.Chain = c.Order, figure(m.PConversion), &chainResult{m.States, m.Sweeps, m.Converged}
	}
	for i, name := range paths.Channels() {
		one := channelResult{Channel: name, Credit: figure(credits[i].Conversions), Value: figure(credits[i].Value)}
		if effects != nil {
			one.RemovalEffect = (*figure)(&effects[i])
		}
		r.Channels = append(r.Channels, one)
		r.Total += one.Credit
		r.TotalValue += one.Value
	}
	slices.SortStableFunc(r.Channels, func(a, b channelResult) int {
		return cmp.Or(cmp.Compare(b.Credit, a.Credit), cmp.Compare(a.Channel, b.Channel))
	})
}

// write writes the result as text.
func (r *attributionResult) write(w io.Writer) {
	model := r.Model
	if r.Chain != nil {
		model = fmt.Sprintf("%s of order %d, %d states", r.Model, r.Order, r.Chain.States)
	}
	fmt.Fprintf(w, "journeys    %.0f converted, %.0f did not: %.6f\nmodel       %s\n\n", float64(r.Conversions), float64(r.Null), float64(r.PConversion), model)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(t, "channel\tconversions\tvalue\tremoval effect\t\n")
	for _, c := range r.Channels {
		effect := ""
		if c.RemovalEffect != nil {
			effect = fmt.Sprintf("%.6f", float64(*c.RemovalEffect))
		}
		fmt.Fprintf(t, "%s\t%.4f\t%.2f\t%s\t\n", c.Channel, float64(c.Credit), float64(c.Value), effect)
	}
	fmt.Fprintf(t, "total\t%.4f\t%.2f\t\t\n", float64(r.Total), float64(r.TotalValue))
	_ = t.Flush() // as the other writes: who reads no more needs no error
}
