package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/aparte-dev/aparte/exchange/table"
	"github.com/aparte-dev/aparte/learn/lookalike"
	"github.com/aparte-dev/aparte/measure"
)

type lookalikeCommand struct {
	labFlags `embed:""`

	File    string `arg:"" help:"People, one a row. - for standard input."`
	SeedCol string `help:"Column that says who is a seed: 1 or 0, true or false, yes or no." placeholder:"COL"`
	Seeds   string `help:"Instead: a file of the seeds' ids, and their weights in a column weight." placeholder:"IDS.csv"`
	ID      string `name:"id" help:"Column of the ids. The default is the row's number, from 0." placeholder:"COL"`
	Weight  string `help:"Column that says how much a seed counts: its value, say." placeholder:"COL"`
	Label   string `help:"Column that says who is like a seed in truth, to judge by. The default is who is a seed." placeholder:"COL"`

	Features  []string `help:"Columns that describe people. The default is all that have no other part." placeholder:"a,b,c"`
	Without   []string `help:"Columns that do not, or that tell of what came after." placeholder:"a,b,c"`
	TestMod   int      `help:"Rows whose number, from 0, is below --test-below in this remainder judge, and teach nothing." default:"10"`
	TestBelow int      `help:"See --test-mod." default:"3"`
	People    string   `help:"Write everybody's rank, score and reasons to this file." placeholder:"OUT.csv"`
}

// Help is what `aparte lab lookalike --help` says beside the flags.
func (lookalikeCommand) Help() string {
	return `Ranks people by how much they resemble a seed audience, by boosted trees over the columns that describe them. Numbers are
parted at their quantiles, other texts are categories, an empty cell or ? is missing. Seeds are the rows of --seed-col, or
those that --seeds names. A part of the rows judges, and teaches nothing: by default those whose number mod 10 is below 3.

"auc" is the probability that of two who judge, one of each kind, the right one ranks higher; "captured" which share of
the seeds (or of --label) is among the first hundredth, twentieth, tenth and fifth of people, "precision" which share of
those people they are. The reliability curve compares probabilities with what came, by tenths. With --label the scores
are probabilities of being a seed and not of the label: log loss and reliability are left out.

Columns must tell what is known before: one that tells of what came after makes everything look right. See --without.

Example:

    aparte lab lookalike bank.csv.gz --seed-col y --without duration --json`
}

// Run reads people and seeds, learns, ranks, and judges.
func (c *lookalikeCommand) Run() error {
	if err := c.check(); err != nil {
		return err
	}
	named, err := c.named()
	if err != nil {
		return err
	}
	aside := c.aside()
	var p *likePeople
	from := sourceOf(c.File)
	if err := from.table(func(t *table.Table) (err error) { p, err = c.read(t, aside, named); return err }); err != nil {
		return err
	}
	r := &lookalikeResult{Rows: p.Rows(), Unused: p.Unused(), skipped: skippedBy(aside)}
	r.skipped.write()
	if missed := len(named) - p.met; c.Seeds != "" && missed > 0 {
		r.Notes = append(r.Notes, fmt.Sprintf("%d of the seeds are not in the file", missed))
	}
	model, field, err := c.learn(p, r)
	if err != nil {
		return &table.Error{File: from.name, Line: 1, Field: field, Reason: err.Error(), Last: true}
	}
	scores := scoresOf(model, p.Rows())
	r.judge(c, p, scores)
	r.explain(model, scores)
	if err := c.write(model, p, scores); err != nil {
		return err
	}
	for _, note := range r.Notes {
		fmt.Fprintln(os.Stderr, "note:", note)
	}
	return c.print(r, r.write)
}

// learn learns from the rows that do not judge. With an error comes the field that it is about.
func (c *lookalikeCommand) learn(p *likePeople, r *lookalikeResult) (model *lookalike.Model, field string, err error) {
	for _, name := range p.features {
		if _, unused := r.Unused[name]; !unused {
			r.Features = append(r.Features, name)
		}
	}
	if len(r.Features) == 0 {
		return nil, "header", errors.New("no column describes people")
	}
	var rows []lookalike.Row
	for i, seed := range p.seed {
		if !c.judges(i) {
			rows = append(rows, lookalike.Row{Person: i, Seed: seed, Weight: p.weight[i]})
			if seed {
				r.Seeds++
			}
		}
	}
	if model, err = lookalike.Train(p.Table, rows, lookalike.Config{Seed: c.Seed}); err != nil {
		return nil, "seeds", fmt.Errorf("%w: %d seeds among %d rows", err, r.Seeds, len(rows))
	}
	r.Trees = model.Rounds
	return model, "", nil
}

func (c *lookalikeCommand) check() error {
	switch {
	case (c.SeedCol == "") == (c.Seeds == ""):
		return errors.New("say who the seeds are: either --seed-col or --seeds")
	case c.Seeds == "-" && c.File == "-":
		return errors.New("FILE and --seeds cannot both be standard input")
	case c.Seeds != "" && c.Weight != "":
		return errors.New("--weight goes with --seed-col; weights of --seeds stand in that file's column weight")
	case c.TestMod < 2 || c.TestBelow < 1 || c.TestBelow >= c.TestMod:
		return errors.New("--test-below must be from 1 to --test-mod less 1")
	case len(c.Features) > 0 && len(c.Without) > 0:
		return errors.New("either --features or --without")
	}
	return nil
}

// judges reports whether a row judges.
func (c *lookalikeCommand) judges(row int) bool { return row%c.TestMod < c.TestBelow }

// lookalikeResult is what the command prints.
type lookalikeResult struct {
	Rows      int `json:"rows"`
	Seeds     int `json:"seeds"` // learned from
	TestRows  int `json:"testRows"`
	Positives int `json:"positives"` // among those

	AUC           figure            `json:"auc"`
	LiftTopDecile figure            `json:"liftTopDecile"`
	Captured      map[string]figure `json:"captured"`
	Precision     map[string]figure `json:"precision"`
	LogLoss       *figure           `json:"logLoss"`
	Reliability   []reliable        `json:"reliability"`
	Reasons       []reasonResult    `json:"reasons"` // what the ranking rests on, most first
	Trees         int               `json:"trees"`
	Features      []string          `json:"features"`
	Unused        map[string]string `json:"unused"`
	Notes         []string          `json:"notes,omitempty"`
	skipped
}

// reliable is a point of the reliability curve.
type reliable struct {
	People    int    `json:"people"`
	Predicted figure `json:"predicted"`
	Observed  figure `json:"observed"`
	interval
}

type reasonResult struct {
	Column string `json:"column"`
	Moves  figure `json:"moves"` // log odds, in size, of a person on average
}

// sizes are those of an audience, as shares of all people.
var sizes = []struct {
	name  string
	share float64
}{{"0.01", 0.01}, {"0.05", 0.05}, {"0.1", 0.1}, {"0.2", 0.2}}

// scoresOf are the scores of so many people, worked out on all cores.
func scoresOf(model *lookalike.Model, people int) []float64 {
	const batch = 10_000
	scores := make([]float64, people)
	shown := newPatient("Ranking", people)
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for from := 0; from < people; from += batch {
		group.Go(func() error {
			for i := from; i < min(from+batch, people); i++ {
				scores[i] = model.Score(i)
			}
			return nil
		})
		shown.at(from)
	}
	_ = group.Wait() // none fails
	return scores
}

// judge fills the result by the rows that judge.
func (r *lookalikeResult) judge(c *lookalikeCommand, p *likePeople, scores []float64) {
	var judged []measure.Judged
	for i, score := range scores {
		if c.judges(i) {
			judged = append(judged, measure.Judged{Score: score, Came: p.truth[i]})
			if p.truth[i] {
				r.Positives++
			}
		}
	}
	r.TestRows = len(judged)
	d := measure.Discriminate(judged)
	r.AUC, r.Captured, r.Precision = figure(d.AUC()), map[string]figure{}, map[string]figure{}
	for _, size := range sizes {
		captured := d.Captured(size.share)
		r.Captured[size.name] = figure(captured)
		r.Precision[size.name] = figure(captured * float64(r.Positives) / (size.share * float64(len(judged))))
		if size.share == 0.1 {
			r.LiftTopDecile = figure(captured / size.share)
		}
	}
	if r.Positives == 0 || r.Positives == len(judged) {
		r.Notes = append(r.Notes, "the rows that judge are all of one kind: nothing can be judged")
	}
	if c.Label != "" {
		return
	}
	loss := d.LogLoss()
	r.LogLoss = (*figure)(&loss)
	for _, k := range d.Reliability(10, level) {
		r.Reliability = append(r.Reliability, reliable{k.People, figure(k.Predicted), figure(k.Observed), intervalOf(k.Interval)})
	}
}

// explain says what the ranking rests on, by a thousand people.
func (r *lookalikeResult) explain(model *lookalike.Model, scores []float64) {
	const some = 1000
	moves := map[string]float64{}
	step := 1 + len(scores)/some
	n := (len(scores) + step - 1) / step
	for i := 0; i < len(scores); i += step {
		for _, reason := range model.Reasons(i) {
			moves[reason.Column] += max(reason.Adds, -reason.Adds) / float64(n)
		}
	}
	for _, name := range r.Features {
		r.Reasons = append(r.Reasons, reasonResult{name, figure(moves[name])})
	}
	slices.SortStableFunc(r.Reasons, func(a, b reasonResult) int {
		switch {
		case a.Moves > b.Moves:
			return -1
		case a.Moves < b.Moves:
			return 1
		}
		return 0
	})
}

func (r *lookalikeResult) write(w io.Writer) {
	fmt.Fprintf(w, "people      %d; learned from %d seeds; judged by %d, of whom %d are like them\n", r.Rows, r.Seeds, r.TestRows, r.Positives)
	fmt.Fprintf(w, "auc         %.4f, %d trees\nlift        %.2f in the first tenth\n", float64(r.AUC), r.Trees, float64(r.LiftTopDecile))
	for _, size := range sizes {
		fmt.Fprintf(w, "first %4.0f %% captures %5.1f %%, of whom %5.1f %% are like them\n", 100*size.share, 100*float64(r.Captured[size.name]), 100*float64(r.Precision[size.name]))
	}
	if r.LogLoss != nil {
		fmt.Fprintf(w, "log loss    %.4f\n", float64(*r.LogLoss))
	}
	for _, k := range r.Reliability {
		fmt.Fprintf(w, "  %7d people  foretold %.4f  came %.4f (%.4f to %.4f)\n", k.People, float64(k.Predicted), float64(k.Observed), float64(k.Low), float64(k.High))
	}
	fmt.Fprint(w, "rests on   ")
	for i, reason := range r.Reasons[:min(6, len(r.Reasons))] {
		if i > 0 {
			fmt.Fprint(w, ",")
		}
		fmt.Fprintf(w, " %s %.3f", reason.Column, float64(reason.Moves))
	}
	fmt.Fprintln(w, " (log odds)")
}
