package main

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"

	"github.com/aparte-dev/aparte/exchange/table"
	"github.com/aparte-dev/aparte/measure"
)

type upliftCommand struct {
	labFlags `embed:""`

	File      string   `arg:"" help:"A randomised test, one person a row: .csv or .csv.gz; - is standard input." placeholder:"FILE"`
	Treatment string   `help:"Column of what was done to the person." required:"" placeholder:"COLUMN"`
	Treated   []string `help:"Value of that column for the treated. Given more than once, the policy chooses among several treatments; the ranking is of the first." required:"" sep:"none" placeholder:"VALUE"`
	Control   string   `help:"Value of that column for those left alone." required:"" placeholder:"VALUE"`
	Outcome   string   `help:"Column of what followed, a number." required:"" placeholder:"COLUMN"`
	Score     string   `help:"Judge this column as a score of whom to treat, highest first, instead of learning one." placeholder:"COLUMN"`
	Features  []string `help:"Columns that describe people. Default: all but those that look like outcomes." placeholder:"A,B,C"`
	TestMod   int      `help:"Rows whose number, from 0, modulo this is below --test-below are not learned from, and judge the ranking. Default: 10; with --score, every row judges." placeholder:"10"`
	TestBelow int      `help:"See --test-mod." default:"3"`
	Cost      float64  `help:"What a treatment costs, in the outcome's unit. The policy treats whose effect exceeds it; values are net of it." default:"0" placeholder:"0"`
	Splits    int      `help:"Times the people are parted in two halves, each decided for by what was learned from the other." default:"20"`
}

// Help is what `aparte lab uplift --help` says beside the flags.
func (upliftCommand) Help() string {
	return `Says what a treatment adds on average, learns for whom it adds most with the engine's effect model, in
one pass in an order drawn with --seed, and judges the ranking by people it has not learned from: Qini and
AUUC as scikit-uplift defines them, uplift among the first tenth and three tenths. Then, what treating by
the ranking is worth a person, beside treating all and none, by inverse propensity: the shares of the arms
are taken for the probabilities with which people were drawn into them.

A column of numbers is parted in eight bins of as many people each; other columns are categories. An empty
cell, ?, NA, NaN and null are missing, which is a category of its own.

Example:

    aparte lab uplift hillstrom.csv.gz --treatment segment --treated "Womens E-Mail" --control "No E-Mail" --outcome visit --json`
}

// estimated is a number with its standard error and 95 % interval, for one look.
type estimated struct {
	Value figure `json:"value"`
	SE    figure `json:"se"`
	Low   figure `json:"low"`
	High  figure `json:"high"`
}

func estimatedBy(e measure.Estimate) estimated {
	return estimated{figure(e.Value), figure(e.SE), figure(e.Low), figure(e.High)}
}

// rankingResult is what is said of a treatment and of the ranking of whom to treat.
type rankingResult struct {
	Effect      estimated         `json:"effect"`      // of all people
	TestEffect  estimated         `json:"testEffect"`  // of those who judge the ranking
	Qini        *figure           `json:"qini"`        // null where the outcome is no 0 or 1
	AUUC        *figure           `json:"auuc"`        // same
	QiniPerCase figure            `json:"qiniPerCase"` // in the outcome's unit
	UpliftAt    map[string]figure `json:"upliftAt"`
}

type upliftResult struct {
	Rows     int    `json:"rows"`     // of the arms in question
	TestRows int    `json:"testRows"` // of those, who judge the ranking
	Others   int    `json:"otherRows"`
	Score    string `json:"score"` // the column, or "learned"
	rankingResult
	Arms       map[string]rankingResult  `json:"arms,omitempty"` // where there are several treatments
	Policy     policyResult              `json:"policy"`
	Baselines  map[string]baselineResult `json:"baselines"`
	TestPolicy *policyResult             `json:"testPolicy,omitempty"` // learned once, on the rows that do not judge
	Features   []string                  `json:"features,omitempty"`
	Unused     map[string]string         `json:"unused,omitempty"` // columns, and why
	Notes      []string                  `json:"notes,omitempty"`
	skipped
}

// Run reads the test, learns from it and judges.
func (c *upliftCommand) Run() error {
	if err := c.check(); err != nil {
		return err
	}
	aside := c.aside()
	var x *experiment
	file := sourceOf(c.File)
	err := file.table(func(t *table.Table) (err error) {
		x, err = c.readExperiment(t, aside)
		return err
	})
	if err != nil {
		return err
	}
	r := upliftResult{Rows: len(x.arm), Others: x.others, Score: c.Score, skipped: skippedBy(aside)}
	if c.Score != "" {
		err = c.judgeColumn(x, &r)
	} else {
		r.Score = "learned"
		err = c.judgeLearned(x, &r)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", file.name, err)
	}
	r.write()
	for _, note := range r.Notes {
		fmt.Fprintln(os.Stderr, "note:", note)
	}
	return c.print(&r, func(w io.Writer) { r.text(w, c) })
}

func (c *upliftCommand) check() error {
	if c.TestMod == 0 && c.Score == "" {
		c.TestMod = 10
	}
	arms := append([]string{c.Control}, c.Treated...)
	slices.Sort(arms)
	switch {
	case len(slices.Compact(arms)) != 1+len(c.Treated):
		return errors.New("--treated and --control must be different values")
	case len(c.Treated) >= mostArms:
		return fmt.Errorf("--treated: at most %d values", mostArms-1)
	case c.Score != "" && len(c.Treated) > 1:
		return errors.New("--score ranks people for one --treated value")
	case c.TestMod != 0 && (c.TestBelow < 1 || c.TestBelow >= c.TestMod):
		return errors.New("--test-below must be from 1 to --test-mod less 1")
	case c.TestMod < 0 || c.Splits < 1 || c.Splits > 1000:
		return errors.New("--test-mod must not be negative, --splits from 1 to 1000")
	case !(c.Cost >= 0 && c.Cost <= 1e12):
		return errors.New("--cost must be a number from 0 to 1e12")
	}
	return nil
}

// judges reports whether a person judges the ranking.
func (c *upliftCommand) judges(x *experiment) func(person int) bool {
	return func(person int) bool { return c.TestMod == 0 || x.number[person]%c.TestMod < c.TestBelow }
}

// judgeColumn judges the scores of a column.
func (c *upliftCommand) judgeColumn(x *experiment, r *upliftResult) (err error) {
	judges := c.judges(x)
	if r.rankingResult, err = x.rank(1, judges, func(person int) float64 { return x.score[person] }); err != nil {
		return err
	}
	people := peopleWho(judges, len(x.arm))
	r.TestRows = len(people)
	treat := make([]uint8, len(x.arm))
	for _, person := range people {
		if x.score[person] > c.Cost {
			treat[person] = 1
		}
	}
	r.Notes = append(r.Notes, "the policy treats whose score is above --cost: scores that are no effects in the outcome's unit make it meaningless")
	tried := x.try(people, c.Cost, [][]uint8{treat})
	r.Policy, r.Baselines = tried.policy, tried.baselines
	return nil
}

// judgeLearned learns effects and judges them: once on the rows set aside for it, and cross-fitted.
func (c *upliftCommand) judgeLearned(x *experiment, r *upliftResult) error {
	x.sortOut(len(c.Features) > 0)
	r.Unused = map[string]string{}
	for _, column := range x.columns {
		if column.reason != "" {
			r.Unused[column.name] = column.reason
			r.Notes = append(r.Notes, fmt.Sprintf("column %q is not used: %s", column.name, column.reason))
		} else {
			r.Features = append(r.Features, column.name)
		}
	}
	judges := c.judges(x)
	people := peopleWho(judges, len(x.arm))
	r.TestRows = len(people)
	others := peopleWho(func(person int) bool { return !judges(person) }, len(x.arm))
	effects, err := x.effects(others, people, c.Seed)
	if err != nil {
		return err
	}
	for arm := range x.arms[1:] {
		one, err := x.rank(arm+1, judges, func(person int) float64 { return effects[arm+1][person] })
		if err != nil {
			return err
		}
		if arm == 0 {
			r.rankingResult = one
		}
		if len(c.Treated) > 1 {
			if r.Arms == nil {
				r.Arms = map[string]rankingResult{}
			}
			r.Arms[x.arms[arm+1]] = one
		}
	}
	held := x.try(people, c.Cost, [][]uint8{x.best(effects, people, c.Cost)})
	r.TestPolicy = &held.policy
	decisions, err := x.crossFit(c.Splits, c.Seed, c.Cost)
	if err != nil {
		return err
	}
	tried := x.try(peopleWho(func(int) bool { return true }, len(x.arm)), c.Cost, decisions)
	r.Policy, r.Baselines = tried.policy, tried.baselines
	return nil
}

// text is the result for people.
func (r *upliftResult) text(w io.Writer, c *upliftCommand) {
	fmt.Fprintf(w, "people     %d, of whom %d judge the ranking\n", r.Rows, r.TestRows)
	fmt.Fprintf(w, "effect     %s of %q on %s\n", r.Effect, c.Treated[0], c.Outcome)
	if r.Qini != nil && r.AUUC != nil {
		fmt.Fprintf(w, "qini       %.4f\nauuc       %.4f\n", *r.Qini, *r.AUUC)
	} else {
		fmt.Fprintf(w, "qini       %.4g a case\n", float64(r.QiniPerCase))
	}
	for _, share := range slices.Sorted(maps.Keys(r.UpliftAt)) {
		fmt.Fprintf(w, "uplift@%s %.4g\n", share, float64(r.UpliftAt[share]))
	}
	fmt.Fprintf(w, "policy     %s a person\n", r.Policy.estimated)
	for _, name := range slices.Sorted(maps.Keys(r.Baselines)) {
		b := r.Baselines[name]
		fmt.Fprintf(w, "%-10s %s a person; the policy gains %s\n", name, b.estimated, b.Gain)
	}
}

// String is the value with its interval.
func (e estimated) String() string {
	return fmt.Sprintf("%.4g (%.4g to %.4g)", float64(e.Value), float64(e.Low), float64(e.High))
}
