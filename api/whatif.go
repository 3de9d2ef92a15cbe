package api

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/engine"
	"github.com/aparte-dev/aparte/measure"
)

// whatIf answers POST /v1/admin/whatif: what the brand of the body would have been worth, had it been live, from the log. One at a time is
// judged, and none any longer when who asked has gone. Who accepts application/x-ndjson is told how far it is, a line each, and then what was found.
func (s *server) whatIf(w http.ResponseWriter, r *http.Request) error {
	b, err := s.proposed(r)
	if err != nil {
		var wrong fault
		if errors.As(err, &wrong) {
			return s.faulty(w, []fault{wrong})
		}
		return err
	}
	ctx, stop := context.WithTimeout(r.Context(), whatIfTimeout)
	defer stop()
	lines := s.progressOf(w, r, whatIfTimeout)
	found, err := s.engine.WhatIf(ctx, b, lines.tell)
	if err == nil && found.Rows() == 0 {
		err = refuse(http.StatusUnprocessableEntity, "", fmt.Sprintf("no decision can be judged: %d have windows that are not over, %d records and %d decisions are not whole in the log",
			found.Open, found.Forgotten, found.Unlearned))
	}
	return s.end(r, lines, err, func() any { return WhatIfOf(found, b.Currency) })
}

// proposed reads the brand to be judged.
func (s *server) proposed(r *http.Request) (*aparte.Brand, error) {
	body, held, err := s.bodies.read(r, maxBrand)
	if err != nil {
		return nil, err
	}
	defer s.bodies.release(held)
	return ParseBrand(body)
}

const whatIfTimeout = 30 * time.Minute

// WhatIf is what a brand would have been worth, as the door answers and the command prints it. Where there are warnings of doubt,
// estimates have no intervals and there is no lift.
type WhatIf struct {
	Decisions   int                 `json:"decisions"`
	People      int                 `json:"people"`
	Since       time.Time           `json:"since"`
	Until       time.Time           `json:"until"`
	Level       float64             `json:"level"`
	Currency    string              `json:"currency"` // values are in its minor units, a decision
	Changed     int                 `json:"changed"`  // decisions whose chances differ
	Live        Estimate            `json:"live"`
	Estimates   map[string]Estimate `json:"estimates"`
	Lift        *Estimate           `json:"lift"`
	LiftAnytime *Estimate           `json:"liftAnytime"`
	Unsupported Figure              `json:"unsupported"` // share of what it would do that was never done there
	ESS         Figure              `json:"ess"`
	SumWeights  Figure              `json:"sumWeights"`
	MaxWeight   Figure              `json:"maxWeight"`
	Carriers    Figure              `json:"carriers"` // people for whom it differs, effectively
	Open        int                 `json:"open"`
	Forgotten   int                 `json:"forgotten"`
	Unlearned   int                 `json:"unlearned"`
	Assumed     int                 `json:"assumed"`
	Silenced    int                 `json:"silenced"`
	Warnings    []string            `json:"warnings"`
}

// WhatIfEstimators are the names of the estimators, in order.
var WhatIfEstimators = []string{"ipw", "snipw", "dr"}

// WhatIfOf is what was found, in minor units of a currency.
func WhatIfOf(w *engine.WhatIf, currency string) WhatIf {
	d, doubts := w.Diagnose(), w.Doubts()
	people, _ := w.Carried()
	r := WhatIf{
		Decisions: w.Rows(), People: w.People(), Since: w.Since, Until: w.Until, Level: level, Currency: currency, Changed: w.Changed(),
		Live: whatIfEstimate(w.OnPolicy(level)), Estimates: map[string]Estimate{},
		Unsupported: Figure(d.Unseen), ESS: Figure(d.ESS), SumWeights: Figure(d.MeanWeight * float64(d.Rows)), MaxWeight: Figure(d.MaxWeight), Carriers: Figure(people),
		Open: w.Open, Forgotten: w.Forgotten, Unlearned: w.Unlearned, Assumed: w.Assumed, Silenced: w.Silenced, Warnings: append([]string{}, doubts...),
	}
	if r.Live.SE == 0 { // all alike so far: that tells nothing of how unlike they can be
		r.Live = unbounded(w.OnPolicy(level).Value)
	}
	for i, e := range []measure.Estimate{w.IPW(level), w.SNIPW(level), w.DR(level)} {
		if len(doubts) > 0 {
			r.Estimates[WhatIfEstimators[i]] = unbounded(e.Value)
			continue
		}
		r.Estimates[WhatIfEstimators[i]] = whatIfEstimate(e)
	}
	if len(doubts) == 0 {
		lift := w.Lift(level)
		once, anytime := whatIfEstimate(lift), whatIfEstimate(w.Anytime(lift, level))
		r.Lift, r.LiftAnytime = &once, &anytime
	} else {
		r.Warnings = append(r.Warnings, "so there is no interval, and no lift: the log cannot tell")
	}
	warn := func(n int, what string) {
		if n > 0 {
			r.Warnings = append(r.Warnings, fmt.Sprintf("%d %s", n, what))
		}
	}
	warn(w.Open, "decisions are left out: windows after them are not over")
	warn(w.Forgotten, "records are left out: something of their histories is not in the log any more")
	warn(w.Unlearned, "decisions are left out: the log does not hold what the model had learned when they were taken")
	warn(w.Assumed, "decisions of an older log do not tell all that they were taken from: what aparte replay assumes of them is assumed")
	warn(w.Silenced, "decisions count as silences: the scenario that made the moment is not in the brand")
	for _, id := range w.Unraised {
		r.Warnings = append(r.Warnings, fmt.Sprintf("scenario %q: the log has no moment of it, so that what it would do is not in the answer", id))
	}
	return r
}

// unbounded is an estimate of which nobody knows how far off it is.
func unbounded(value float64) Estimate {
	unknown := Figure(math.NaN())
	return Estimate{Figure(value), unknown, unknown, unknown}
}

// Estimate is a value with its standard error and the ends of its interval.
type Estimate struct {
	Value Figure `json:"value"`
	SE    Figure `json:"se"`
	Low   Figure `json:"low"`
	High  Figure `json:"high"`
}

func whatIfEstimate(e measure.Estimate) Estimate {
	return Estimate{Figure(e.Value), Figure(e.SE), Figure(e.Low), Figure(e.High)}
}

// Figure is a number, or null where there is none.
type Figure float64

// MarshalJSON writes null for what is no number.
func (f Figure) MarshalJSON() ([]byte, error) {
	if x := float64(f); math.IsNaN(x) || math.IsInf(x, 0) {
		return []byte("null"), nil
	}
	return strconv.AppendFloat(nil, float64(f), 'g', -1, 64), nil
}
