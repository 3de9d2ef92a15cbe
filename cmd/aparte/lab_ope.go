package main

import (
	"errors"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/aparte-dev/aparte/exchange/table"
	"github.com/aparte-dev/aparte/measure"
)

type opeCommand struct {
	labFlags `embed:""`

	Log    string `help:"Log of the policy that was live: CSV with item_id, position, click, propensity_score; - is standard input." required:"" placeholder:"LOG.csv"`
	Policy string `help:"Policy to judge: CSV with item_id and position_1, position_2, ...; or random, which shows all items of the log equally." required:"" placeholder:"DIST.csv|random"`

	LeastPropensity float64 `help:"Every item was shown at every position with at least this propensity: makes the exact interval tighter." placeholder:"P"`
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
	if !(c.LeastPropensity >= 0 && c.LeastPropensity <= 1) {
		return fmt.Errorf("--least-propensity: %v is not between 0 and 1", c.LeastPropensity)
	}
	if c.Log == "-" && c.Policy == "-" {
		return errors.New("--log and --policy cannot both be standard input")
	}
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
	judged := measure.NewOffPolicy(policy.Policy, c.LeastPropensity)
	if err := log.table(func(t *table.Table) error { return policy.read(t, aside, judged) }); err != nil {
		return err
	}
	if judged.Rows() == 0 {
		return &table.Error{File: log.name, Line: 1, Field: "rows", Reason: "the log has no impressions"}
	}
	if err := judged.Check(); err != nil {
		return &table.Error{File: log.name, Line: 1, Field: "propensity_score", Reason: policy.where(err) + err.Error()}
	}
	r := opeReport(judged, policy.notes)
	r.skipped = skippedBy(aside)
	r.skipped.write()
	return c.print(r, r.write)
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
