package simulate

import (
	"context"
	"errors"
	"fmt"

	"github.com/aparte-dev/aparte/measure"
)

// Comparison is what to compare.
type Comparison struct {
	Moments int      // of Aparté's life before it is measured
	After   int      // days measured then
	Only    []string // names of policies; empty: all. Silence and the oracle are always there

	Open     func(*World, float64) (House, func() error, error) // a house with a share of people held out
	Progress func(done, of int)                                 // moments of Aparté's life
}

// Report is what a comparison found. Values are in minor units of the currency a person and 30 days.
type Report struct {
	Seed        uint64       `json:"seed"`
	People      int          `json:"people"`
	Moments     int          `json:"moments"`  // before the measurement
	Learned     int          `json:"learned"`  // days that took
	Measured    int          `json:"measured"` // days
	Policies    []Line       `json:"policies"`
	Retried     int          `json:"retried"` // requests that a busy machine refused and that were made again
	Calibration *Calibration `json:"calibration,omitempty"`
	Course      []Stage      `json:"course,omitempty"` // of Aparté, by tenths of its days
}

// Stage is a tenth of Aparté's life. Values are in minor units of the currency a person and 30 days.
type Stage struct {
	Incremental float64 `json:"incremental"` // more than under silence in the same days
	Letters     float64 `json:"letters"`
	Missing     float64 `json:"missing"` // goodwill at a moment, on average, of a full 1
	Orders      float64 `json:"orders"`
	Unlured     float64 `json:"unlured"` // share of the orders that no discount was given on
	Discount    float64 `json:"discount"`
	Regret      float64 `json:"regret"` // a moment
}

// Line is one policy in the days measured.
type Line struct {
	Policy      string  `json:"policy"`
	Value       float64 `json:"value"`       // by the truth, what people bought anyway included
	Incremental float64 `json:"incremental"` // more than under silence
	OfOracle    float64 `json:"ofOracle"`    // Value as a share of the oracle's
	Captured    float64 `json:"captured"`    // Incremental as a share of the oracle's
	Whole       float64 `json:"whole"`       // Value over the whole life, learning included
	Letters     float64 `json:"letters"`
	Discount    float64 `json:"discount"`
	Left        float64 `json:"left"`    // share of people who unsubscribed in the whole life
	Missing     float64 `json:"missing"` // goodwill at a moment, on average, of a full 1
	Regret      float64 `json:"regret"`  // a moment
}

// Compare runs Aparté first, which says how long the life is, and then each policy through the same days.
func (w *World) Compare(ctx context.Context, c Comparison) (*Report, error) {
	house, shut, err := c.Open(w, 0)
	if err != nil {
		return nil, err
	}
	r := &Report{Seed: w.Seed, People: w.People, Moments: c.Moments, Measured: c.After}
	ours := NewAparte(house)
	tally, err := w.Run(ctx, ours, func(t *Tally) bool {
		done := t.Moments()
		if c.Progress != nil {
			c.Progress(min(done, c.Moments), c.Moments)
		}
		if ours.Audit == nil && done >= c.Moments {
			r.Learned = len(t.Days)
			ours.Audit = &Audit{First: r.Learned, Every: auditEvery}
		}
		return ours.Audit != nil && len(t.Days) >= r.Learned+c.After
	})
	if e := shut(); err == nil {
		err = e
	}
	if err != nil {
		return nil, err
	}
	calibration := ours.Audit.Calibration()
	r.Calibration, r.Retried = &calibration, ours.retried
	tallies := []*Tally{tally}
	for _, p := range w.rivals(c.Only) {
		t, err := w.Run(ctx, p, func(t *Tally) bool { return len(t.Days) >= r.Learned+c.After })
		if err != nil {
			return nil, err
		}
		tallies = append(tallies, t)
	}
	r.lines(tallies)
	r.Course = tally.course(tallies[1], w.People)
	return r, nil
}

const auditEvery = 20

// Rivals are the names of the policies that Aparté is compared with, silence and the oracle apart.
func (w *World) Rivals() (names []string) {
	for _, p := range w.rivals(nil)[2:] {
		names = append(names, p.Name())
	}
	return names
}

// rivals are silence, the oracle, and those of the others that are named.
func (w *World) rivals(only []string) []Policy {
	all := []Policy{w.Quiet(), w.Oracle(), w.BestToAll(), w.Responders(), w.Told(), w.Rules(), w.Random()}
	if len(only) == 0 {
		return all
	}
	chosen := all[:2:2]
	for _, p := range all[2:] {
		for _, name := range only {
			if name == p.Name() {
				chosen = append(chosen, p)
			}
		}
	}
	return chosen
}

// lines sums the days measured up; the second tally is silence's, the third the oracle's.
func (r *Report) lines(tallies []*Tally) {
	for _, t := range tallies {
		whole, s := t.Sum(0, len(t.Days)), t.Sum(r.Learned, len(t.Days))
		each := 30 / float64(r.People) / float64(r.Measured)
		r.Policies = append(r.Policies, Line{
			Policy: t.Policy, Value: s.Worth * each, Whole: whole.Worth * 30 / float64(r.People) / float64(len(t.Days)),
			Letters: float64(s.Letters) * each, Discount: s.Discount * each, Left: float64(whole.Left) / float64(r.People),
			Missing: s.Missing / float64(max(1, s.Moments)), Regret: s.Regret / float64(max(1, s.Moments)),
		})
	}
	silence, oracle := r.Policies[1].Value, r.Policies[2].Value
	for i := range r.Policies {
		l := &r.Policies[i]
		l.Incremental = l.Value - silence
		l.OfOracle, l.Captured = l.Value/oracle, l.Incremental/(oracle-silence)
	}
}

// course is what each tenth of a run's days was like, beside silence.
func (t *Tally) course(quiet *Tally, people int) []Stage {
	out := make([]Stage, 10)
	for i := range out {
		from, to := i*len(t.Days)/10, (i+1)*len(t.Days)/10
		s, q := t.Sum(from, to), quiet.Sum(from, to)
		each := 30 / float64(people) / float64(max(1, to-from))
		out[i] = Stage{
			Incremental: (s.Worth - q.Worth) * each, Letters: float64(s.Letters) * each, Missing: s.Missing / float64(max(1, s.Moments)),
			Orders: float64(s.Orders) * each, Unlured: 1 - float64(s.Lured)/float64(max(1, s.Orders)), Discount: s.Discount * each,
			Regret: s.Regret / float64(max(1, s.Moments)),
		}
	}
	return out
}

// Coverage is how often intervals hold the truth.
type Coverage struct {
	Runs    int     `json:"runs"`
	Level   float64 `json:"level"`
	Covered float64 `json:"covered"` // share of the runs
	Effect  float64 `json:"effect"`  // mean of the truths: of being spoken to, a person and run, in minor units
	Bias    float64 `json:"bias"`    // mean of estimate minus truth
	Width   float64 `json:"width"`   // mean
}

// level is that of the intervals whose coverage is measured, held the share of people held out for it.
const (
	level = .95
	held  = .25
)

// Covered lets Aparté live in worlds of one seed after another with people held out, estimates from what
// orders brought what being spoken to is worth, and counts how often the interval holds the truth: what the
// same people were expected to bring, spoken to and in silence.
func Covered(ctx context.Context, c Config, runs int, life Comparison) (*Coverage, error) {
	out := &Coverage{Runs: runs, Level: level}
	for i := range runs {
		w := New(Config{Seed: c.Seed + uint64(i), People: c.People, Most: c.Most})
		w.blunt = true
		estimate, truth, err := w.lift(ctx, life)
		if err != nil {
			return nil, fmt.Errorf("run %d: %w", i, err)
		}
		if estimate.Low <= truth && truth <= estimate.High {
			out.Covered += 1 / float64(runs)
		}
		out.Effect += truth / float64(runs)
		out.Bias += (estimate.Value - truth) / float64(runs)
		out.Width += (estimate.High - estimate.Low) / float64(runs)
		if life.Progress != nil {
			life.Progress(i+1, runs)
		}
	}
	return out, nil
}

// lift is what one run estimates, and what is true.
func (w *World) lift(ctx context.Context, c Comparison) (estimate measure.Estimate, truth float64, err error) {
	house, shut, err := c.Open(w, held)
	if err != nil {
		return estimate, 0, err
	}
	defer func() { err = errors.Join(err, shut()) }()
	ours := NewAparte(house)
	tally, err := w.Run(ctx, ours, func(t *Tally) bool { return t.Moments() >= c.Moments })
	if err != nil {
		return estimate, 0, err
	}
	quiet, err := w.Run(ctx, w.Quiet(), func(t *Tally) bool { return len(t.Days) >= len(tally.Days) })
	if err != nil {
		return estimate, 0, err
	}
	sides, err := measure.NewHoldout(1 - held)
	if err != nil {
		return estimate, 0, err
	}
	for i, p := range w.crowd() {
		s := p.stranger()
		kept, err := ours.HeldOut(ctx, &s)
		if err == nil {
			err = sides.Add(!kept, tally.realised[i])
		}
		if err != nil {
			return estimate, 0, err
		}
		if !kept {
			truth += tally.expected[i] - quiet.expected[i]
		}
	}
	treated, _ := sides.People()
	return sides.Difference(level), truth / float64(max(1, treated)), nil
}
