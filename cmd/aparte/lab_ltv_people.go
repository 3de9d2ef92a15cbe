package main

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"math"
	"os"
	"strconv"

	"github.com/aparte-dev/aparte/lifetime"
	"github.com/aparte-dev/aparte/measure"
)

// oracle foretells the future of a person within so many weeks.
type oracle func(b lifetime.Bought, weeks float64) lifetime.Future

const weeksAYear = 365.25 / 7

// foretell fits the model to the purchases up to a day, and fills the result.
func (c *ltvCommand) foretell(book *purchases, end int32, r *ltvResult) error {
	last := book.LastDay()
	end = min(end, last)
	weeks := min(c.Horizon, float64(last-end)/7)
	if c.Horizon-weeks <= 1 { // the file may end with a few days in which nobody bought
		weeks = c.Horizon
	}
	people := book.Upto(end, int32(math.Floor(7*weeks+0.5)))
	if len(people) == 0 {
		return book.bad(c.Date, fmt.Errorf("nobody bought up to %s", dayText(end)))
	}
	r.CalibrationEnd, r.Customers, r.Later = dayText(end), len(people), len(book.names)-len(people)
	for _, b := range people {
		r.Repeats += b.Repeats
	}
	foretell, err := c.fit(book, people, end, r)
	if err != nil {
		return err
	}
	amount := func(lifetime.Bought) float64 { return math.NaN() }
	if c.Spend {
		if amount, err = c.spending(book, people, r); err != nil {
			return err
		}
	}
	if last > end {
		if weeks < c.Horizon {
			r.Notes = append(r.Notes, fmt.Sprintf("the file ends on %s: the model is checked by %.1f weeks instead of %g", dayText(last), weeks, c.Horizon))
		}
		r.check(people, end, weeks, foretell, amount)
	}
	return c.write(book, people, end, foretell, amount, r)
}

// fit fits the model that was asked for.
func (c *ltvCommand) fit(book *purchases, people []lifetime.Bought, end int32, r *ltvResult) (foretell oracle, err error) {
	var fit lifetime.Fit
	var values []float64
	rate := math.Log1p(c.Discount) / weeksAYear
	buying := func(m lifetime.Buying) oracle {
		return func(b lifetime.Bought, weeks float64) lifetime.Future {
			return lifetime.Foretell(m, b.History(end), weeks, rate)
		}
	}
	switch c.Model {
	case "sbg":
		foretell, values, fit, err = c.fitContracts(book, people, end, r)
		r.names = []string{"alpha", "beta"}
	case "paretonbd":
		var m lifetime.ParetoNBD
		m, fit, err = lifetime.FitParetoNBD(historiesOf(people, end))
		foretell, values, r.names = buying(m), []float64{m.R, m.Alpha, m.S, m.Beta}, []string{"r", "alpha", "s", "beta"}
	default:
		var m lifetime.BGNBD
		m, fit, err = lifetime.FitBGNBD(historiesOf(people, end))
		foretell, values, r.names = buying(m), []float64{m.R, m.Alpha, m.A, m.B}, []string{"r", "alpha", "a", "b"}
	}
	if err != nil {
		return nil, book.bad("fit", fmt.Errorf("%w (up to %s)", err, r.CalibrationEnd))
	}
	r.fitResult, r.Params, r.SE = fitted(fit), map[string]figure{}, map[string]figure{}
	for i, name := range r.names {
		r.Params[name], r.SE[name] = figure(values[i]), figure(fit.SE[i])
	}
	if fit.Boundary {
		r.Notes = append(r.Notes, "a parameter ran into its bound: the data show no spread there, and it means nothing by itself")
	}
	return foretell, nil
}

func historiesOf(people []lifetime.Bought, end int32) []lifetime.History {
	histories := make([]lifetime.History, len(people))
	for i, b := range people {
		histories[i] = b.History(end)
	}
	return histories
}

// fitContracts is fit for contracts, whose time is counted in periods.
func (c *ltvCommand) fitContracts(book *purchases, people []lifetime.Bought, end int32, r *ltvResult) (oracle, []float64, lifetime.Fit, error) {
	period, err := c.Period, error(nil)
	if period == 0 {
		if period, err = book.Period(); err != nil {
			return nil, nil, lifetime.Fit{}, err
		}
	}
	r.Period = period
	contracts := make([]lifetime.Contract, len(people))
	for i, b := range people {
		contracts[i] = b.Contract(end, period)
	}
	m, fit, err := lifetime.FitShiftedBetaGeometric(contracts)
	rate := math.Pow(1+c.Discount, period/365.25) - 1
	foretell := func(b lifetime.Bought, weeks float64) lifetime.Future {
		contract := b.Contract(end, period)
		if contract.Ended {
			return lifetime.Future{}
		}
		due := b.DueWithin(end, int32(math.Floor(7*weeks+0.5)), period)
		return lifetime.Future{Alive: 1, Purchases: m.Expected(contract, due), Discounted: m.Residual(contract, due, rate)}
	}
	return foretell, []float64{m.Alpha, m.Beta}, fit, err
}

// spending fits what people spend on a repeat purchase, and gives what is to be expected of each.
func (c *ltvCommand) spending(book *purchases, people []lifetime.Bought, r *ltvResult) (func(lifetime.Bought) float64, error) {
	var spent []lifetime.Spending
	var repeats, means []float64
	for _, b := range people {
		if s := b.Spending(); s.Mean > 0 {
			spent, repeats, means = append(spent, s), append(repeats, s.Purchases), append(means, s.Mean)
		}
	}
	m, fit, err := lifetime.FitGammaGamma(spent)
	if err != nil {
		return nil, book.bad(c.Amount, err)
	}
	r.Spend = &spendResult{
		figure(m.P), figure(m.Q), figure(m.Gamma), fitted(fit), len(spent),
		figure(m.Expected(lifetime.Spending{})), figure(measure.Foresee(repeats, means).Correlation),
	}
	if !fit.Converged {
		return nil, book.bad(c.Amount, fmt.Errorf("what is spent: the fit did not converge in %d steps", fit.Iterations))
	}
	return func(b lifetime.Bought) float64 {
		s := b.Spending()
		if s.Mean == 0 {
			s = lifetime.Spending{}
		}
		return m.Expected(s)
	}, nil
}

// check compares what was foretold with what came.
func (r *ltvResult) check(people []lifetime.Bought, end int32, weeks float64, foretell oracle, amount func(lifetime.Bought) float64) {
	expected, actual := make([]float64, len(people)), make([]float64, len(people))
	var expectedAmount, actualAmount float64
	var by [8]struct{ expected, actual measure.Mean }
	for i, b := range people {
		expected[i], actual[i] = foretell(b, weeks).Purchases, float64(b.After)
		if r.Period > 0 {
			actual[i] = b.RenewalsAfter(end, r.Period)
		}
		expectedAmount += expected[i] * amount(b)
		actualAmount += b.AfterAmount
		class := &by[min(b.Repeats, 7)]
		class.expected.Add(expected[i])
		class.actual.Add(actual[i])
	}
	f := measure.Foresee(expected, actual)
	r.Holdout = &ltvHoldout{
		Weeks: figure(weeks), Expected: figure(f.Expected), Actual: figure(f.Actual), TopDecileShare: figure(f.TopDecileShare),
		MAE: figure(f.MAE), RMSE: figure(f.RMSE), Correlation: figure(f.Correlation),
	}
	for repeats := range by {
		class := &by[repeats]
		if class.expected.N > 0 {
			r.Holdout.ByRepeats = append(r.Holdout.ByRepeats,
				repeatsResult{repeats, int(class.expected.N), figure(class.expected.Value()), figure(class.actual.Value())})
		}
	}
	if r.Spend != nil {
		r.Holdout.ExpectedAmount, r.Holdout.ActualAmount = (*figure)(&expectedAmount), (*figure)(&actualAmount)
	}
}

// write tells each person's future, into a file where one was asked for, and what it comes to.
func (c *ltvCommand) write(book *purchases, people []lifetime.Bought, end int32, foretell oracle, amount func(lifetime.Bought) float64, r *ltvResult) (err error) {
	tell := func([]string) error { return nil }
	if c.People != "" {
		out, err := os.Create(c.People)
		if err != nil {
			return err // it names the path
		}
		buffered := bufio.NewWriter(out)
		rows := csv.NewWriter(buffered)
		tell = rows.Write
		defer func() {
			rows.Flush()
			if broken := errors.Join(rows.Error(), buffered.Flush(), out.Close()); broken != nil && err == nil {
				err = fmt.Errorf("write people: %w", broken)
			}
		}()
	}
	if err := tell([]string{"customer", "x", "t_x", "T", "expected", "p_alive", "expected_amount", "residual_value"}); err != nil {
		return fmt.Errorf("write people: %w", err)
	}
	residual := 0.0
	shown := newPatient("Foretelling", len(people))
	for i, b := range people {
		f, each, h := foretell(b, c.Horizon), amount(b), b.History(end)
		value := f.Discounted * each
		r.Expected += figure(f.Purchases)
		r.Alive += figure(f.Alive)
		residual += value
		err := tell([]string{
			book.names[b.Person], strconv.Itoa(b.Repeats), cell(h.Last), cell(h.Age),
			cell(f.Purchases), cell(f.Alive), cell(each), cell(value),
		})
		if err != nil {
			return fmt.Errorf("write people: %w", err)
		}
		shown.at(i + 1)
	}
	if c.Spend {
		r.Residual = (*figure)(&residual)
	}
	return nil
}

// cell is a number as a table has it; empty where there is none.
func cell(x float64) string {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return ""
	}
	return strconv.FormatFloat(x, 'g', -1, 64)
}
