package main

import (
	"fmt"
	"io"
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

	File    string `arg:"" help:"CSV: the label, 0 to K-1, then the features. - for standard input."`
	Orders  string `help:"Orders to go through the rows in: one, or from-to." default:"1-5" placeholder:"1-5"`
	Order   string `help:"The same; order 0 is the rows as they are." placeholder:"K"`
	Learner string `help:"The model: ${learners}. The default is that of serve." default:"${learner}" enum:"${learners}"`
	Explore string `help:"How it explores: ${explorations}. The default is that of serve." default:"${exploration}" enum:"${explorations}"`
}

// Help is what `aparte lab bandit --help` says beside the flags.
func (banditCommand) Help() string {
	return `One pass over labelled rows as a bandit: the learner sees a row's features, picks one of the K labels, and is told only
whether it was right. The loss is the share of wrong picks. Numbers are scaled as they come, other texts are categories, an empty
cell or ? is missing. Order K sorts the rows by the FNV-1a-64 hash of "K:i", i the row's number from 0.

Example:

    aparte lab bandit letter.csv.gz --orders 1-5 --json`
}

type banditResult struct {
	Rows              int       `json:"rows"`
	Actions           int       `json:"actions"`
	Learner           string    `json:"learner"`
	Explore           string    `json:"explore"`
	Orders            []int     `json:"orders"`
	Loss              figure    `json:"loss"`
	Losses            []float64 `json:"losses"`
	SD                figure    `json:"sd"`
	ExamplesPerSecond figure    `json:"examplesPerSecond"`
	skipped
}

// Run reads the set and tries the learner on it.
func (c *banditCommand) Run() error {
	orders, err := c.orders()
	if err != nil {
		return err
	}
	aside := c.aside()
	var set *trial.Set
	err = sourceOf(c.File).table(func(t *table.Table) error {
		set, err = trial.Read(t, aside)
		return err
	})
	if err != nil {
		return err
	}
	r := banditResult{Rows: len(set.Rows), Actions: set.Actions, Learner: c.Learner, Explore: c.Explore, Orders: orders, skipped: skippedBy(aside)}
	r.skipped.write()
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1)) // the speed is that of one core
	bar := newPatient("Trying", len(orders)*len(set.Rows))
	var spent time.Duration
	for n, k := range orders {
		order := trial.Order(len(set.Rows), k)
		policy, err := trial.NewPolicy(c.Learner, c.Explore, c.Seed+uint64(k))
		if err != nil {
			return err
		}
		start := time.Now()
		loss, err := trial.Run(set, order, policy)
		spent += time.Since(start)
		if err != nil {
			return fmt.Errorf("order %d: %w", k, err)
		}
		r.Losses = append(r.Losses, loss)
		bar.at((n + 1) * len(set.Rows))
	}
	mean, sd := trial.MeanAndDeviation(r.Losses)
	r.Loss, r.SD = figure(mean), figure(sd)
	r.ExamplesPerSecond = figure(float64(len(orders)*len(set.Rows)) / spent.Seconds())
	return c.print(r, r.write)
}

func (r *banditResult) write(w io.Writer) {
	fmt.Fprintf(w, "rows        %d, %d actions\nlearner     %s, exploring by %s\nloss        %.4f, sd %.4f over %d orders\nspeed       %.0f examples a second\n",
		r.Rows, r.Actions, r.Learner, r.Explore, r.Loss, r.SD, len(r.Orders), r.ExamplesPerSecond)
}

// mostOrders bounds how often the rows are gone through.
const mostOrders = 1000

// orders are those asked for.
func (c *banditCommand) orders() ([]int, error) {
	text, flag := c.Orders, "--orders"
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
