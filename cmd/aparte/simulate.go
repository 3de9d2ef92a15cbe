package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing/fstest"
	"time"

	"github.com/aparte-dev/aparte/api"
	"github.com/aparte-dev/aparte/compose"
	"github.com/aparte-dev/aparte/engine"
	"github.com/aparte-dev/aparte/simulate"
	"github.com/aparte-dev/aparte/store/pebble"
)

const worldPeople = 2000

type simulateCommand struct {
	People  int      `help:"People in the world: 2000 where nothing is said. With --nodes: people kept, 10,000,000."`
	Moments int      `help:"Moments that Aparté lives through before it is measured; in each run, with --runs." default:"50000"`
	After   int      `help:"Days that are measured then." default:"60"`
	Seed    uint64   `help:"Seed of the world." default:"1"`
	Runs    int      `help:"Instead of comparing, count in so many worlds how often the interval of the lift against people held out holds the truth."`
	Most    int      `help:"Letters to one person within a week, at most." default:"2"`
	Policy  []string `help:"Compare with these only: best to all, likely to buy, likely, told; rules, random." sep:";"`
	JSON    bool     `help:"Print one JSON object."`

	nodesFlags `embed:""`
}

// Run lets Aparté and its rivals live in a world whose truth is known, and prints what came of them.
func (c *simulateCommand) Run(ctx context.Context) error {
	if c.Nodes != 0 || c.WriteFigures {
		return c.runNodes(ctx, os.Stdout)
	}
	if c.People == 0 {
		c.People = worldPeople
	}
	if c.People < 10 || c.Moments < 1 || c.After < 1 || c.Runs < 0 || c.Most < 1 {
		return errors.New("simulate: people must be at least 10; moments, after and most at least 1; runs at least 0")
	}
	world := simulate.Config{Seed: c.Seed, People: c.People, Most: c.Most}
	for _, name := range c.Policy {
		if known := simulate.New(world).Rivals(); !slices.Contains(known, name) {
			return fmt.Errorf("simulate: policy %q is none of %s", name, strings.Join(known, "; "))
		}
	}
	bar := newProgress(os.Stderr, "Simulating", 1)
	life := simulate.Comparison{
		Moments: c.Moments, After: c.After, Only: c.Policy, Open: simulatedHouse(ctx),
		Progress: func(done, of int) { bar.total = of; bar.at(done) },
	}
	var result interface{ print(io.Writer) error }
	if c.Runs > 0 {
		coverage, err := simulate.Covered(ctx, world, c.Runs, life)
		if err != nil {
			return fmt.Errorf("simulate: %w", err)
		}
		result = (*coverageTable)(coverage)
	} else {
		report, err := simulate.New(world).Compare(ctx, life)
		if err != nil {
			return fmt.Errorf("simulate: %w", err)
		}
		result = (*simulationTable)(report)
	}
	if !c.JSON {
		return result.print(os.Stdout)
	}
	return printJSON(result)
}

const simulationSecret = "simulation-secret-key"

// simulatedHouse opens the engine in memory, behind its doors, with a clock that the world moves.
func simulatedHouse(ctx context.Context) func(*simulate.World, float64) (simulate.House, func() error, error) {
	return func(w *simulate.World, holdout float64) (house simulate.House, shut func() error, err error) {
		var clock atomic.Int64
		clock.Store(simulate.Dawn(-1).UnixMicro())
		now := func() time.Time { return time.UnixMicro(clock.Load()).UTC() }
		random := rand.NewChaCha8([32]byte{byte(w.Seed), byte(w.Seed >> 8), byte(w.Seed >> 16), byte(w.Seed >> 24)})
		db, err := pebble.Open("simulation", pebble.Options{FS: pebble.Memory(), Parts: 4, MemTableSize: 8 << 20, Rand: random})
		if err != nil {
			return house, nil, err
		}
		composer, err := compose.New(fstest.MapFS{})
		if err != nil {
			return house, nil, errors.Join(err, db.Close())
		}
		e, err := engine.Open(ctx, engine.Config{
			Store: db, Composer: composer, BaseURL: "http://aparte.example", Now: now, Stepped: true, CachedPeople: 2 * w.People,
		})
		if err != nil {
			return house, nil, errors.Join(err, db.Close())
		}
		shut = func() error { return errors.Join(e.Close(), db.Close()) }
		doors, err := api.New(api.Config{Engine: e, Now: now, Random: random, Keys: []api.Key{
			{Name: "simulation", Kind: api.PublicKey, Value: simulationKey},
			{Name: "simulation's secret", Kind: api.SecretKey, Value: simulationSecret},
		}})
		if err == nil {
			_, err = e.Publish(ctx, w.Brand(holdout))
		}
		if err != nil {
			return house, nil, errors.Join(err, shut())
		}
		return simulate.House{
			Doors: doors, WriteKey: simulationKey, SecretKey: simulationSecret, Step: e.Step,
			Clock: func(at time.Time) { clock.Store(at.UnixMicro()) },
		}, shut, nil
	}
}

// simulationTable is a comparison for people to read.
type simulationTable simulate.Report

func (r *simulationTable) print(out io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%d people, seed %d: %d days to learn (%d moments), then %d days measured.\n", r.People, r.Seed, r.Learned, r.Moments, r.Measured)
	fmt.Fprintf(&b, "A person and 30 days, in minor units; by the truth, not by what luck brought.\n\n")
	fmt.Fprintf(&b, "%-14s %8s %11s %10s %9s %8s %8s %9s %7s %8s %8s\n", "policy", "value", "incremental", "of oracle", "captured",
		"letters", "discount", "whole run", "left", "worn", "regret")
	for _, l := range r.Policies {
		fmt.Fprintf(&b, "%-14s %8.1f %11.1f %9.1f%% %8.1f%% %8.2f %8.1f %9.1f %6.1f%% %7.1f%% %8.2f\n", l.Policy, l.Value, l.Incremental,
			100*l.OfOracle, 100*l.Captured, l.Letters, l.Discount, l.Whole, 100*l.Left, 100*l.Missing, l.Regret)
	}
	fmt.Fprintf(&b, "\nAparté by tenths of its life, silence in the same days beside it:\n\n%5s %11s %8s %8s %8s %12s %8s %8s\n",
		"tenth", "incremental", "letters", "worn", "orders", "no discount", "discount", "regret")
	for i, s := range r.Course {
		fmt.Fprintf(&b, "%5d %11.1f %8.2f %7.1f%% %8.3f %11.1f%% %8.1f %8.2f\n", i+1, s.Incremental, s.Letters, 100*s.Missing, s.Orders, 100*s.Unlured, s.Discount, s.Regret)
	}
	if c := r.Calibration; c != nil && c.Pairs > 0 {
		fmt.Fprintf(&b, "\nPredicted against true value of %d letters: mean %.1f against %.1f, slope %.2f, correlation %.2f.\n",
			c.Pairs, c.Predicted, c.True, c.Slope, c.Correlate)
	}
	_, err := io.WriteString(out, b.String())
	return err
}

// coverageTable is how intervals held, for people to read.
type coverageTable simulate.Coverage

func (c *coverageTable) print(out io.Writer) error {
	_, err := fmt.Fprintf(out, "%d worlds: the %.0f %% interval of the lift held the truth in %.1f %% of them.\n"+
		"True lift %.1f a person, bias of the estimate %.1f, mean width of the interval %.1f, in minor units.\n",
		c.Runs, 100*c.Level, 100*c.Covered, c.Effect, c.Bias, c.Width)
	return err
}
