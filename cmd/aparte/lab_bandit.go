package main

import (
	"fmt"
	"io"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"github.com/aparte-dev/aparte/exchange/table"
	"github.com/aparte-dev/aparte/learn/trial"
)

type banditCommand struct {
	labFlags `embed:""`

	File    string `arg:"" help:"The label, 0 to K-1, then the features; or as --format says. - for standard input."`
	Format  string `help:"csv, libsvm (label index:value ...) or vw (logged decisions as Vowpal Wabbit's --cb_explore_adf has them). The default goes by the file's name: .libsvm or .svm, .vw, else csv." default:"" enum:",csv,libsvm,vw" placeholder:"FORMAT"`
	Orders  string `help:"Orders to go through the rows in: one, or from-to. The default is 1-5, and 0 for logged decisions." placeholder:"1-5"`
	Order   string `help:"The same; order 0 is the rows as they are." placeholder:"K"`
	Learner string `help:"The model: ${learners}. The default is that of serve." default:"${learner}" enum:"${learners}"`
	Explore string `help:"How it explores: ${explorations}. The default is that of serve." default:"${exploration}" enum:"${explorations}"`
}

// Help is what `aparte lab bandit --help` says beside the flags.
func (banditCommand) Help() string {
	return `One pass over labelled rows as a bandit: the learner sees a row's features, picks one of the K labels, and is told only
whether it was right. The loss is the share of wrong picks. Numbers are scaled as they come, other texts are categories, an empty
cell or ? is missing. Order K sorts the rows by the FNV-1a-64 hash of "K:i", i the row's number from 0.

A log of decisions (--format vw) cannot tell what would have followed had another action been taken. Before each decision
the learner says with which chances it would take each action; then it learns what the logged one cost. The loss is the
cost a decision by the doubly robust estimate, which weighs by chance/probability; others and their intervals are beside it.

Example:

    aparte lab bandit letter.csv.gz --orders 1-5 --json
    aparte lab bandit log.vw.gz --json`
}

type banditResult struct {
	Rows              int      `json:"rows"`
	Actions           int      `json:"actions"`
	Learner           string   `json:"learner"`
	Explore           string   `json:"explore"`
	Orders            []int    `json:"orders"`
	Loss              figure   `json:"loss"`
	Losses            []figure `json:"losses"`
	SD                figure   `json:"sd"`
	ExamplesPerSecond figure   `json:"examplesPerSecond"`
	skipped
}

// Run reads the set, or the log, and tries the learner on it.
func (c *banditCommand) Run() error {
	format := c.format()
	orders, err := c.orders(format)
	if err != nil {
		return err
	}
	if format == "vw" {
		return c.judge(orders)
	}
	aside := c.aside()
	set, err := c.read(format, aside)
	if err != nil {
		return err
	}
	r := banditResult{Rows: len(set.Rows), Actions: set.Actions, Learner: c.Learner, Explore: c.Explore, Orders: orders, skipped: skippedBy(aside)}
	r.skipped.write()
	err = c.try(&r, func(order []int, policy *trial.Policy) (float64, error) { return trial.Run(set, order, policy) })
	if err != nil {
		return err
	}
	return c.print(r, r.write)
}

// format is that of the file.
func (c *banditCommand) format() string {
	if c.Format != "" {
		return c.Format
	}
	switch filepath.Ext(strings.TrimSuffix(strings.ToLower(c.File), ".gz")) {
	case ".vw":
		return "vw"
	case ".libsvm", ".svm":
		return "libsvm"
	}
	return "csv"
}

func (c *banditCommand) read(format string, aside *table.Aside) (set *trial.Set, err error) {
	from := sourceOf(c.File)
	if format == "csv" {
		err = from.table(func(t *table.Table) error {
			set, err = trial.Read(t, aside)
			return err
		})
		return set, err
	}
	in, err := from.open()
	if err != nil {
		return nil, err
	}
	defer in.Close() // it was only read
	return trial.ReadLIBSVM(from.name, in, aside)
}

// try has a new policy go through all rows in each order, and puts into r what it lost and how fast.
func (c *banditCommand) try(r *banditResult, run func([]int, *trial.Policy) (float64, error)) error {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1)) // the speed is that of one core
	bar := newPatient("Trying", len(r.Orders)*r.Rows)
	var spent time.Duration
	for n, k := range r.Orders {
		policy, err := trial.NewPolicy(c.Learner, c.Explore, c.Seed+uint64(k))
		if err != nil {
			return err
		}
		order := trial.Order(r.Rows, k)
		start := time.Now()
		loss, err := run(order, policy)
		spent += time.Since(start)
		if err != nil {
			return fmt.Errorf("order %d: %w", k, err)
		}
		r.Losses = append(r.Losses, figure(loss))
		bar.at((n + 1) * r.Rows)
	}
	r.sum(spent)
	return nil
}

func (r *banditResult) sum(spent time.Duration) {
	losses := make([]float64, len(r.Losses))
	for i, l := range r.Losses {
		losses[i] = float64(l)
	}
	mean, sd := trial.MeanAndDeviation(losses)
	r.Loss, r.SD = figure(mean), figure(sd)
	r.ExamplesPerSecond = figure(float64(len(r.Orders)*r.Rows) / spent.Seconds())
}

func (r *banditResult) write(w io.Writer) {
	fmt.Fprintf(w, "rows        %d, %d actions\nlearner     %s, exploring by %s\nloss        %.4f, sd %.4f over %d orders\nspeed       %.0f examples a second\n",
		r.Rows, r.Actions, r.Learner, r.Explore, r.Loss, r.SD, len(r.Orders), r.ExamplesPerSecond)
}

// mostOrders bounds how often the rows are gone through.
const mostOrders = 1000

// orders are those asked for.
func (c *banditCommand) orders(format string) ([]int, error) {
	text, flag := c.Orders, "--orders"
	if text == "" {
		text = "1-5"
		if format == "vw" {
			text = "0"
		}
	}
	if c.Order != "" {
		text, flag = c.Order, "--order"
	}
	from, to, isRange := strings.Cut(text, "-")
	if !isRange {
		to = from
	}
	first, err := strconv.Atoi(from)
	last, err2 := strconv.Atoi(to)
	if err != nil || err2 != nil || first < 0 || last < first || last-first >= mostOrders || last > 1e9 {
		return nil, fmt.Errorf("%s %q: write a number such as 1, or a range such as 1-5", flag, text)
	}
	var orders []int
	for k := first; k <= last; k++ {
		orders = append(orders, k)
	}
	return orders, nil
}

// banditNames are what flags of lab bandit may be.
func banditNames() kong.Vars {
	learners, explorations := trial.Learners(), trial.Explorations()
	return kong.Vars{
		"learner": learners[0], "learners": strings.Join(learners, ","),
		"exploration": explorations[0], "explorations": strings.Join(explorations, ","),
	}
}
