package main

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/aparte-dev/aparte/exchange/table"
	"github.com/aparte-dev/aparte/measure"
)

type opeCommand struct {
	labFlags `embed:""`

	Log    string `help:"Log of the policy that was live: CSV with item_id, position, click, propensity_score; - is standard input." required:"" placeholder:"LOG.csv"`
	Policy string `help:"Policy to judge: CSV with item_id and position_1, position_2, ...; or random, which shows all items of the log equally." required:"" placeholder:"DIST.csv|random"`
}

// Help is what `aparte lab ope --help` says beside the flags.
func (opeCommand) Help() string {
	return `The log has the layout of the Open Bandit Dataset: one impression a row, the propensity being the probability
with which the live policy showed that item at that position. Other columns are ignored. A column of DIST.csv is the
distribution of the items at one position.

Low and high are the ends of 95 % intervals for one look. Where few rows carry the estimates, the command says so and
stretches them. "anytime" holds however often one looks.

Example:

    aparte lab ope --log random.csv.gz --policy bts_action_dist.csv --json`
}

// level is the confidence of all intervals.
const level = 0.95

// Run reads the policy, then the log, and judges.
func (c *opeCommand) Run() error {
	log, done, err := sourceOf(c.Log), func() {}, error(nil)
	if c.Policy == "random" { // the items of the log are to be known before its rows are judged
		log, done, err = log.kept()
	}
	if err != nil {
		return err
	}
	defer done()
	policy, err := c.policy(log)
	if err != nil {
		return err
	}
	aside := c.aside()
	judged := measure.NewOffPolicy(policy.Policy)
	if err := log.table(func(t *table.Table) error { return policy.read(t, aside, judged) }); err != nil {
		return err
	}
	if judged.Rows() == 0 {
		return &table.Error{File: log.name, Line: 1, Field: "rows", Reason: "the log has no impressions"}
	}
	r := opeReport(judged, policy.notes)
	r.skipped = skippedBy(aside)
	r.skipped.write()
	return c.print(r, r.write)
}

// opePolicy is a policy with the names of its items and positions.
type opePolicy struct {
	*measure.Policy
	file      string
	items     map[string]int
	positions map[string]int // nil: it is the same at all positions
	notes     []string
}

func (c *opeCommand) policy(log source) (*opePolicy, error) {
	p := &opePolicy{file: c.Policy, items: map[string]int{}}
	if c.Policy != "random" {
		return p, sourceOf(c.Policy).table(p.distribution)
	}
	if err := log.table(func(t *table.Table) error { return p.mentioned(t, c.aside()) }); err != nil {
		return nil, err
	}
	var err error
	if p.Policy, err = measure.Uniform(max(1, len(p.items))); err != nil {
		return nil, fmt.Errorf("%s: item_id: %w", log.name, err)
	}
	return p, nil
}

// mentioned collects the items of a log. Bad rows are reported when it is read again.
func (p *opePolicy) mentioned(t *table.Table, aside *table.Aside) error {
	item, err := t.Column("item_id")
	if err != nil {
		return err
	}
	return t.Each(aside, func(row table.Row) error {
		key, err := row.Key(item)
		if err != nil {
			return err
		}
		if _, known := p.items[key]; !known {
			p.items[strings.Clone(key)] = len(p.items)
		}
		if len(p.items) > measure.MaxCells {
			return row.Bad(item, "more than %d different items", measure.MaxCells)
		}
		return nil
	})
}

// distribution reads DIST.csv: an item a row, a position a column.
func (p *opePolicy) distribution(t *table.Table) error {
	item, err := t.Column("item_id")
	if err != nil {
		return err
	}
	columns, err := p.placed(t)
	if err != nil {
		return err
	}
	var rows [][]float64
	err = t.Each(nil, func(row table.Row) error {
		key, err := row.Key(item)
		if err != nil {
			return err
		}
		if _, known := p.items[key]; known {
			return row.Bad(item, "item %.40q has a row already", key)
		}
		if (len(rows)+1)*len(columns) > measure.MaxCells {
			return row.Bad(item, "more than %d items at all positions", measure.MaxCells)
		}
		p.items[strings.Clone(key)] = len(p.items)
		shares := make([]float64, len(columns))
		for i, column := range columns {
			if shares[i], err = row.Within(column, 0, 1); err != nil {
				return err
			}
		}
		rows = append(rows, shares)
		return nil
	})
	if err != nil {
		return err
	}
	if len(rows) == 0 {
		return &table.Error{File: t.Name(), Line: 1, Field: item.Name, Reason: "no items: there is nothing the policy could show"}
	}
	return p.compile(t, columns, rows)
}

// placed finds the columns of the positions.
func (p *opePolicy) placed(t *table.Table) ([]table.Column, error) {
	var columns []table.Column
	p.positions = map[string]int{}
	for _, c := range t.Columns() {
		position, ok := strings.CutPrefix(c.Name, "position_")
		if _, err := strconv.ParseUint(position, 10, 16); !ok || err != nil {
			continue
		}
		if _, err := t.Column(c.Name); err != nil { // there twice
			return nil, err
		}
		p.positions[position] = len(columns)
		columns = append(columns, c)
	}
	if len(columns) == 0 {
		_, err := t.Column("position_1")
		return nil, err
	}
	return columns, nil
}

func (p *opePolicy) compile(t *table.Table, columns []table.Column, rows [][]float64) (err error) {
	show := make([]float64, 0, len(columns)*len(rows))
	for i := range columns {
		for _, shares := range rows {
			show = append(show, shares[i])
		}
	}
	p.Policy, err = measure.NewPolicy(len(rows), len(columns), show)
	var bad *measure.NotADistribution
	if errors.As(err, &bad) {
		return &table.Error{File: t.Name(), Line: 1, Field: columns[bad.Position].Name, Reason: err.Error()}
	}
	for i, c := range columns {
		if sum := p.Sum(i); sum < 1-1e-6 || sum > 1+1e-6 {
			p.notes = append(p.notes, fmt.Sprintf("%s: %s adds up to %.6g; taken as it is", t.Name(), c.Name, sum))
		}
	}
	return err
}

// read takes the impressions of a log in.
func (p *opePolicy) read(t *table.Table, aside *table.Aside, into *measure.OffPolicy) error {
	var c struct{ item, position, click, propensity table.Column }
	for _, wanted := range []struct {
		name   string
		column *table.Column
	}{
		{"item_id", &c.item}, {"position", &c.position}, {"click", &c.click}, {"propensity_score", &c.propensity},
	} {
		if wanted.name == "position" && p.positions == nil {
			continue
		}
		var err error
		if *wanted.column, err = t.Column(wanted.name); err != nil {
			return err
		}
	}
	return t.Each(aside, func(row table.Row) error {
		key, err := row.Key(c.item)
		if err != nil {
			return err
		}
		item, known := p.items[key]
		if !known {
			return row.Bad(c.item, "item %.40q is not in %s", key, p.file)
		}
		position := 0
		if p.positions != nil {
			if key, err = row.Key(c.position); err != nil {
				return err
			}
			if position, known = p.positions[key]; !known {
				return row.Bad(c.position, "%s has no column %.40q", p.file, "position_"+key)
			}
		}
		click, err := row.Within(c.click, 0, 1)
		if err != nil {
			return err
		}
		propensity, err := row.Number(c.propensity)
		if err != nil {
			return err
		}
		var bad *measure.BadImpression
		if err = into.Add(item, position, click, propensity); errors.As(err, &bad) {
			return row.Bad(c.propensity, "%s", bad.Reason) // the others were checked above
		}
		return err
	})
}

// opeResult is what the command prints.
type opeResult struct {
	Rows        int                 `json:"rows"`
	Level       float64             `json:"level"`
	OnPolicy    estimate            `json:"onPolicy"`
	Estimates   map[string]estimate `json:"estimates"`
	Anytime     estimate            `json:"anytime"` // of dr
	Exact       interval            `json:"exact"`   // whatever the weights not seen, at any time of looking
	ESS         figure              `json:"ess"`
	MaxWeight   figure              `json:"maxWeight"`
	MeanWeight  figure              `json:"meanWeight"`
	MeanWeightP figure              `json:"meanWeightP"`
	Unseen      figure              `json:"unseen"`
	Warnings    []string            `json:"warnings"`
	skipped
}

// estimate and interval are those of measure, as results have them.
type estimate struct {
	Value figure `json:"value"`
	SE    figure `json:"se"`
	interval
}

type interval struct {
	Low  figure `json:"low"`
	High figure `json:"high"`
}

func estimateOf(e measure.Estimate) estimate {
	return estimate{figure(e.Value), figure(e.SE), intervalOf(e.Interval)}
}

func intervalOf(i measure.Interval) interval { return interval{figure(i.Low), figure(i.High)} }

// estimators are the names of the estimators, in the order of the text.
var estimators = []string{"ipw", "ipwClipped", "snipw", "dm", "dr", "sndr", "switchDr", "drOs"}

func opeReport(o *measure.OffPolicy, notes []string) opeResult {
	e, d := o.Estimates(level), o.Diagnose()
	r := opeResult{
		Rows: o.Rows(), Level: level, OnPolicy: estimateOf(o.OnPolicy(level)), Estimates: map[string]estimate{},
		Anytime: estimateOf(o.Anytime(level)), Exact: intervalOf(o.Exact(level)),
		ESS: figure(d.ESS), MaxWeight: figure(d.MaxWeight), MeanWeight: figure(d.MeanWeight), MeanWeightP: figure(d.P),
		Unseen: figure(d.Unseen), Warnings: append(append([]string{}, notes...), d.Warnings()...),
	}
	for i, x := range []measure.Estimate{e.IPW, e.ClippedIPW, e.SNIPW, e.DM, e.DR, e.SNDR, e.SwitchDR, e.DRos} {
		r.Estimates[estimators[i]] = estimateOf(x)
	}
	return r
}

// write writes the result as text.
func (r opeResult) write(w io.Writer) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	line := func(name string, e estimate) {
		fmt.Fprintf(t, "%s\t%.6f\t%.6f\t%.6f\t%.6f\t\n", name, float64(e.Value), float64(e.SE), float64(e.Low), float64(e.High))
	}
	fmt.Fprintf(t, "%d rows\tvalue\tse\tlow\thigh\t\n", r.Rows)
	line("on policy", r.OnPolicy)
	for _, name := range estimators {
		line(name, r.Estimates[name])
	}
	line("dr, anytime", r.Anytime)
	_ = t.Flush() // as the other writes: who reads no more needs no error
	fmt.Fprintf(w, "\nexact, anytime: %.6f to %.6f\n", float64(r.Exact.Low), float64(r.Exact.High))
	fmt.Fprintf(w, "effective sample size %.1f, largest weight %.4g, mean weight %.4g (p = %.2g)\n",
		float64(r.ESS), float64(r.MaxWeight), float64(r.MeanWeight), float64(r.MeanWeightP))
	for _, warning := range r.Warnings {
		fmt.Fprintln(w, "!", warning)
	}
}
