package main

import (
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/aparte-dev/aparte/learn/trial"
	"github.com/aparte-dev/aparte/measure"
)

// banditLogResult is what the command says of a log of decisions: costs, those of the first order where there are several.
type banditLogResult struct {
	banditResult
	Unlabelled int                 `json:"unlabelled"` // decisions of which the log does not say what was done
	Level      float64             `json:"level"`
	OnPolicy   estimate            `json:"onPolicy"`
	Estimates  map[string]estimate `json:"estimates"`
	ESS        figure              `json:"ess"`
	MaxWeight  figure              `json:"maxWeight"`
	MeanWeight figure              `json:"meanWeight"`
	Warnings   []string            `json:"warnings"`
}

// judge tries the learner on a log.
func (c *banditCommand) judge(orders []int) error {
	aside, from := c.aside(), sourceOf(c.File)
	in, err := from.open()
	if err != nil {
		return err
	}
	defer in.Close() // it was only read
	log, err := trial.ReadLog(from.name, in, aside)
	if err != nil {
		return err
	}
	r := banditLogResult{Unlabelled: log.Unlabelled, Level: level, banditResult: banditResult{
		Rows: len(log.Decisions), Actions: log.Actions, Learner: c.Learner, Explore: c.Explore, Orders: orders, skipped: skippedBy(aside),
	}}
	r.skipped.write()
	err = c.try(&r.banditResult, func(order []int, policy *trial.Policy) (float64, error) {
		judged := new(measure.Contextual)
		err := log.Judge(order, policy, func(x trial.Logged) error { return judged.Add(measure.Choice(x)) })
		if r.Estimates == nil {
			r.tell(judged)
		}
		return -judged.DR(level).Value, err
	})
	if err != nil {
		return err
	}
	return c.print(r, r.write)
}

// logEstimators are the names of the estimators, in the order of the text.
var logEstimators = []string{"ipw", "snipw", "dm", "dr"}

func (r *banditLogResult) tell(judged *measure.Contextual) {
	d := judged.Diagnose()
	r.OnPolicy, r.Estimates = costOf(judged.OnPolicy(level)), map[string]estimate{}
	for i, e := range []measure.Estimate{judged.IPW(level), judged.SNIPW(level), judged.DM(level), judged.DR(level)} {
		r.Estimates[logEstimators[i]] = costOf(e)
	}
	r.ESS, r.MaxWeight, r.MeanWeight, r.Warnings = figure(d.ESS), figure(d.MaxWeight), figure(d.MeanWeight), d.Doubts()
}

// costOf is an estimate of a reward as one of its negative.
func costOf(e measure.Estimate) estimate {
	return estimate{figure(-e.Value), figure(e.SE), interval{figure(-e.High), figure(-e.Low)}}
}

// write writes the result as text.
func (r banditLogResult) write(w io.Writer) {
	fmt.Fprintf(w, "decisions   %d, %d more do not say what was done; at most %d actions\nlearner     %s, exploring by %s\nspeed       %.0f decisions a second\n\n",
		r.Rows, r.Unlabelled, r.Actions, r.Learner, r.Explore, float64(r.ExamplesPerSecond))
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	line := func(name string, e estimate) {
		fmt.Fprintf(t, "%s\t%.6f\t%.6f\t%.6f\t%.6f\t\n", name, float64(e.Value), float64(e.SE), float64(e.Low), float64(e.High))
	}
	fmt.Fprint(t, "cost a decision\tvalue\tse\tlow\thigh\t\n")
	line("on policy", r.OnPolicy)
	for _, name := range logEstimators {
		line(name, r.Estimates[name])
	}
	_ = t.Flush() // as the other writes: who reads no more needs no error
	fmt.Fprintf(w, "\neffective sample size %.1f, largest weight %.4g, mean weight %.4g\n", float64(r.ESS), float64(r.MaxWeight), float64(r.MeanWeight))
	for _, warning := range r.Warnings {
		fmt.Fprintln(w, "!", warning)
	}
}
