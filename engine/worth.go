package engine

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/measure"
	"github.com/aparte-dev/aparte/store"
)

// Worth is what being told things adds to a person's value, as far as holdouts show it.
type Worth struct {
	Trial  uint64        // a new one begins when shares or what counts as value change
	Began  time.Time     // zero before the first brand
	Window time.Duration // how long after they entered what a person does counts

	// Compared are, where somebody is held out of everything, the value of all objectives together and of each; then, for
	// each objective with a holdout of its own, its value.
	Compared []Compared
}

// Compared is one comparison.
type Compared struct {
	Holdout   aparte.ObjectiveID // of which people are held out; empty: of everything
	Objective aparte.ObjectiveID // whose value is compared; empty: that of all together
	Crossed   int64              // people of both sides who proved to be one
	measure.Comparison
}

// comparisons are those of a trial, with nobody in them yet.
func (tr *trial) comparisons() []Compared {
	var all []Compared
	if share := tr.share(0); share > 0 {
		all = append(all, Compared{Comparison: measure.Comparison{Share: share}})
		for _, o := range tr.rules.Objectives {
			all = append(all, Compared{Objective: o.ID, Comparison: measure.Comparison{Share: share}})
		}
	}
	for _, o := range tr.rules.Objectives {
		if o.Holdout > 0 {
			all = append(all, Compared{Holdout: o.ID, Objective: o.ID, Comparison: measure.Comparison{Share: o.Holdout}})
		}
	}
	return all
}

// Worth is the trial under way.
func (e *Engine) Worth(ctx context.Context) (Worth, error) {
	now := e.brand.Load()
	if now == nil {
		return Worth{}, ErrNoBrand
	}
	counters, err := e.store.Counters(ctx, now.trial.prefix(), total, total.Add(time.Hour))
	if err != nil {
		return Worth{}, fmt.Errorf("worth: %w", err)
	}
	return now.trial.worth(counters), nil
}

// worth reads the counters of a trial.
func (tr *trial) worth(counters []store.Counter) Worth {
	w := Worth{Trial: tr.number, Began: tr.rules.Began, Window: trialWindow, Compared: tr.comparisons()}
	for _, c := range counters {
		parts := strings.Split(strings.TrimPrefix(c.Key, tr.prefix()), "/")
		holdout, err := strconv.Atoi(parts[0])
		if err != nil || holdout > len(tr.rules.Objectives) {
			continue
		}
		for i := range w.Compared {
			one := &w.Compared[i]
			if tr.place(one.Holdout) == holdout {
				one.read(tr.place(one.Objective), parts[1:], c.N)
			}
		}
	}
	return w
}

// read takes in a counter of the comparison's holdout: a key as account writes it, behind the holdout.
func (c *Compared) read(objective int, key []string, n int64) {
	side := &c.Treated
	entered := &c.EnteredTreated
	if key[len(key)-1] == heldSide {
		side, entered = &c.Held, &c.EnteredHeld
	}
	switch {
	case key[0] == "people":
		side.People += n
	case key[0] == "entered":
		*entered += n
	case key[0] == "crossed":
		c.Crossed += n
	case len(key) == 4 && key[0] == strconv.Itoa(objective):
		size, err := strconv.Atoi(key[1])
		if err != nil || size < -measure.MaxSize || size > measure.MaxSize {
			return
		}
		of := side.Of(size)
		switch key[2] {
		case "n":
			of.People += n
		case "sum":
			of.Sum += n
		case "high":
			of.High += n
		case "low":
			of.Low += n
		}
	}
}

// Recount is Worth counted again from the log: from the first decision and event of everybody to the last,
// whatever counters and accounts say. Only how many entered and crossed is not in the log of those who are left.
func (e *Engine) Recount(ctx context.Context) (Worth, error) {
	now := e.brand.Load()
	if now == nil {
		return Worth{}, ErrNoBrand
	}
	r := recount{engine: e, now: now, sums: map[string]int64{}, brands: e.editions()}
	for part := range e.parts {
		if err := r.part(ctx, store.Part(part)); err != nil {
			return Worth{}, fmt.Errorf("recount: %w", err)
		}
	}
	var counters []store.Counter
	for key, n := range r.sums {
		counters = append(counters, store.Counter{Key: key, N: n})
	}
	return now.trial.worth(counters), nil
}

// recount is one under way. Its size is that of the brand's versions and of one person's orders.
type recount struct {
	engine *Engine
	now    *live
	sums   map[string]int64
	brands editions
}

const recountPage = 500

func (r *recount) part(ctx context.Context, part store.Part) error {
	var after aparte.PersonID
	for {
		rows, err := r.engine.store.People(ctx, part, after, recountPage)
		if err != nil {
			return fmt.Errorf("people of part %d: %w", part, err)
		}
		for i := range rows {
			p, err := decode(&rows[i])
			if err != nil {
				return err
			}
			after = p.ID
			if !p.MergedInto.IsZero() {
				continue
			}
			lines, err := r.account(ctx, p.ID)
			if err != nil {
				return err
			}
			r.now.trial.account(nil, lines, func(key string, n int64) { r.sums[key] += n })
		}
		if len(rows) < recountPage {
			return nil
		}
	}
}

// step is something in a history that changes an account.
type step func(lines []aparte.Trial) ([]aparte.Trial, error)

// account is a record's account, from its history.
func (r *recount) account(ctx context.Context, id aparte.PersonID) ([]aparte.Trial, error) {
	var steps []step // newest first
	for before := uint64(0); ; {
		entries, err := r.engine.store.History(ctx, r.engine.partOf(id), id, before, recountPage)
		if err != nil {
			return nil, fmt.Errorf("history of %s: %w", id, err)
		}
		for _, entry := range entries {
			before = entry.Seq
			told, err := readEntry(entry)
			if err == nil {
				steps, err = r.steps(ctx, steps, id, &told)
			}
			if err != nil {
				return nil, fmt.Errorf("history of %s, entry %d: %w", id, entry.Seq, err)
			}
		}
		if len(entries) < recountPage {
			break
		}
	}
	var lines []aparte.Trial
	var err error
	for i := len(steps) - 1; i >= 0 && err == nil; i-- {
		lines, err = steps[i](lines)
	}
	return lines, err
}

func (r *recount) steps(ctx context.Context, steps []step, id aparte.PersonID, told *StoryEntry) ([]step, error) {
	tr, plan := r.now.trial, r.now.plan
	switch {
	case told.Decision != nil && told.Decision.Brand >= tr.rules.Brand:
		contents, err := r.brands.contents(ctx, told.Decision.Brand)
		if err != nil {
			return nil, err
		}
		holdouts := tr.reached(told.Decision, func(id aparte.ContentID) (*aparte.Content, bool) { c, ok := contents[id]; return c, ok })
		if at := told.Decision.At; len(holdouts) > 0 {
			steps = append(steps, func(lines []aparte.Trial) ([]aparte.Trial, error) {
				return tr.enter(lines, holdouts, plan, id, at), nil
			})
		}
	case told.Event != nil && told.Event.Type == aparte.Track:
		for i := len(plan.Brand().Objectives) - 1; i >= 0; i-- {
			o := &plan.Brand().Objectives[i]
			value, err := 0.0, error(nil)
			if o.Event == told.Event.Name {
				value, err = plan.Value(o.ID, told.Event)
			}
			if at := told.Event.Timestamp; err == nil && value != 0 {
				steps = append(steps, func(lines []aparte.Trial) ([]aparte.Trial, error) {
					return tr.earn(lines, tr.place(o.ID), int64(value), at), nil
				})
			}
		}
	case !told.Merged.IsZero():
		steps = append(steps, func(lines []aparte.Trial) ([]aparte.Trial, error) {
			theirs, err := r.account(ctx, told.Merged)
			return tr.join(lines, theirs), err
		})
	}
	return steps, nil
}
