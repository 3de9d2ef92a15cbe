package lookalike

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
)

// Config shapes what is learned. The zero value is the one in use.
type Config struct {
	Rounds int     // at most; 0: 400
	Depth  int     // of a tree; 0: 4
	Rate   float64 // how much of each tree is added; 0: 0.05
	Ridge  float64 // what leaves are held back by, in units of Σp(1−p); 0: 1
	Seed   uint64

	Stop func() error // asked before each tree; what it returns, unless nil, ends the learning. It must be safe for concurrent use. nil: nothing does
}

func (c Config) normal() Config {
	c.Rounds, c.Depth = cmp.Or(c.Rounds, 400), cmp.Or(c.Depth, 4)
	c.Rate, c.Ridge = cmp.Or(c.Rate, 0.05), cmp.Or(c.Ridge, 1)
	if c.Stop == nil {
		c.Stop = func() error { return nil }
	}
	return c
}

// Row is a person who is learned from.
type Row struct {
	Person int // row of the table
	Seed   bool
	Weight float64 // 0 stands for 1
}

// mostRows is how many people are learned from. Of more, all seeds up to half of it, and others drawn by
// chance who stand for the rest.
const mostRows = 40_000

// ErrOneKind: without seeds, or with hardly anybody else, nobody can be told from anybody.
var ErrOneKind = fmt.Errorf("there must be at least %d seeds and %d others to learn from", folds, folds)

// Model tells seeds from others: boosted trees of the log odds (Friedman 2001, "Greedy function approximation: a
// gradient boosting machine", section 4.5, with Newton's steps and rows and columns drawn by chance a tree).
type Model struct {
	table  *Table
	codes  [][256]uint8 // by column and level: levels of texts in order of how many of them are seeds
	bias   float64
	trees  []*tree
	odds   curve // what the trees say, against what is true of rows they had not seen
	Rounds int   // trees
}

// folds is in how many parts rows are held out, one after the other.
const folds = 5

// Train learns to tell seeds from others. It is done first on all rows but a fifth, for each fifth: how many
// trees are best, and what their odds mean, is found out on the rows held out.
func Train(t *Table, rows []Row, cfg Config) (*Model, error) {
	cfg = cfg.normal()
	rng := rand.New(rand.NewPCG(cfg.Seed, 0))
	rows = drawn(rows, rng)
	kinds := map[bool]int{}
	for _, r := range rows {
		if !(r.Weight > 0) || math.IsInf(r.Weight, 0) {
			return nil, fmt.Errorf("person %d: a weight of %g", r.Person, r.Weight)
		}
		kinds[r.Seed]++
	}
	if kinds[true] < folds || kinds[false] < folds {
		return nil, ErrOneKind
	}
	for _, c := range t.columns {
		c.sortOut()
	}
	rng.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
	slices.SortStableFunc(rows, func(a, b Row) int { // seeds first: each fold has its share of them
		switch {
		case a.Seed == b.Seed:
			return 0
		case a.Seed:
			return -1
		}
		return 1
	})
	tried := tryFolds(t, rows, cfg)
	if err := cfg.Stop(); err != nil {
		return nil, err
	}
	m := begin(t, rows)
	m.Rounds = bestRound(tried)
	g := newGrower(m, rows, cfg, rng)
	for range m.Rounds {
		if err := cfg.Stop(); err != nil {
			return nil, err
		}
		m.trees = append(m.trees, g.next())
	}
	var held []heldOut
	for _, fold := range tried {
		held = append(held, fold.at(m.Rounds)...)
	}
	m.odds = isotonic(held)
	return m, nil
}

// tried is what was learned without a fold, and how well it did on that.
type tried struct {
	model  *Model
	held   []Row
	losses []float64 // by number of trees
}

// tryFolds learns without each fold, all at a time.
func tryFolds(t *Table, rows []Row, cfg Config) []*tried {
	all := make([]*tried, folds)
	var group sync.WaitGroup
	for fold := range all {
		group.Go(func() { all[fold] = try(t, rows, fold, cfg) })
	}
	group.Wait()
	return all
}

// patience is for how many trees in a row nothing may get better.
const patience = 40

func try(t *Table, rows []Row, fold int, cfg Config) *tried {
	f := new(tried)
	var learned []Row
	for i, r := range rows {
		if i%folds == fold {
			f.held = append(f.held, r)
		} else {
			learned = append(learned, r)
		}
	}
	rng := rand.New(rand.NewPCG(cfg.Seed, 1+uint64(fold)))
	f.model = begin(t, learned)
	g, watched := newGrower(f.model, learned, cfg, rng), newGrower(f.model, f.held, cfg, rng)
	f.losses = []float64{watched.loss()}
	for best := 0; len(f.losses) <= cfg.Rounds && len(f.losses)-best <= patience && cfg.Stop() == nil; {
		tree := g.next()
		f.model.trees = append(f.model.trees, tree)
		watched.add(tree)
		f.losses = append(f.losses, watched.loss())
		if last := len(f.losses) - 1; f.losses[last] < f.losses[best] {
			best = last
		}
	}
	return f
}

// bestRound is the number of trees, one at least, at which the folds lose least together.
func bestRound(all []*tried) int {
	best, least := 1, math.Inf(1)
	for round := 1; ; round++ {
		sum := 0.0
		for _, f := range all {
			if round >= len(f.losses) {
				return best
			}
			sum += f.losses[round]
		}
		if sum < least {
			best, least = round, sum
		}
	}
}

// at is what so many trees say of the rows that they had not seen.
func (f *tried) at(rounds int) (held []heldOut) {
	short := *f.model
	short.trees = short.trees[:min(rounds, len(short.trees))]
	for _, r := range f.held {
		held = append(held, heldOut{short.raw(r.Person), r.Weight, r.Seed})
	}
	return held
}

// drawn is the rows that are learned from.
func drawn(rows []Row, rng *rand.Rand) []Row {
	var kinds [2][]Row // others, seeds
	for _, r := range rows {
		r.Weight = cmp.Or(r.Weight, 1)
		kind := 0
		if r.Seed {
			kind = 1
		}
		kinds[kind] = append(kinds[kind], r)
	}
	for kind, room := range []int{mostRows - min(len(kinds[1]), mostRows/2), mostRows / 2} {
		all := kinds[kind]
		if len(all) <= room {
			continue
		}
		scale := float64(len(all)) / float64(room)
		for i := range room { // the first of a shuffle
			j := i + rng.IntN(len(all)-i)
			all[i], all[j] = all[j], all[i]
			all[i].Weight *= scale
		}
		kinds[kind] = all[:room]
	}
	return append(kinds[0], kinds[1]...)
}

// begin is a model without trees: everybody has the seeds' share.
func begin(t *Table, rows []Row) *Model {
	m := &Model{table: t, codes: make([][256]uint8, len(t.columns))}
	var seeds, all float64
	for _, r := range rows {
		all += r.Weight
		if r.Seed {
			seeds += r.Weight
		}
	}
	share := min(max(seeds/all, 1e-9), 1-1e-9)
	m.bias = math.Log(share / (1 - share))
	for i, c := range t.columns {
		if c.reason == "" {
			m.codes[i] = c.coded(rows, share)
		}
	}
	return m
}

// coded puts the levels of texts in the order of their shares of seeds, each held back towards everybody's as
// if by fifty rows more, so that a tree can part them as it parts numbers.
func (c *column) coded(rows []Row, share float64) (codes [256]uint8) {
	for i := range codes {
		codes[i] = uint8(i)
	}
	if c.ordered {
		return codes
	}
	const held = 50
	var seeds, all [256]float64
	for _, r := range rows {
		level := c.levels[r.Person]
		all[level] += r.Weight
		if r.Seed {
			seeds[level] += r.Weight
		}
	}
	order := make([]int, len(c.names)+1)
	for i := range order {
		order[i] = i
	}
	rate := func(level int) float64 { return (seeds[level] + held*share) / (all[level] + held) }
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(rate(a), rate(b)) })
	for code, level := range order {
		codes[level] = uint8(code)
	}
	return codes
}
