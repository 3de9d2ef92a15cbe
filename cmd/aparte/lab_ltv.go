package main

import (
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strings"
	"time"

	"github.com/aparte-dev/aparte/exchange/table"
	"github.com/aparte-dev/aparte/lifetime"
)

type ltvCommand struct {
	labFlags `embed:""`

	File  string `arg:"" help:"Purchases, one a row: who, when, how much. - for standard input."`
	Model string `help:"bgnbd, paretonbd, or sbg for contracts." default:"bgnbd" enum:"bgnbd,paretonbd,sbg"`

	CalibrationEnd string  `help:"Last day the model is fitted to. The default is the last of the file, which leaves nothing to check it by." placeholder:"2006-01-02"`
	Horizon        float64 `help:"Weeks to look ahead." default:"52"`
	Discount       float64 `help:"Discount rate a year of residual values." default:"0.15"`
	Spend          bool    `help:"Fit what is spent as well (Gamma-Gamma)."`
	People         string  `help:"Write what is foretold of each person to this file." placeholder:"OUT.csv"`

	Customer string  `help:"Column that says who." default:"customer_id" placeholder:"COL"`
	Date     string  `help:"Column that says when." default:"date" placeholder:"COL"`
	Amount   string  `help:"Column that says how much; with --spend only." default:"amount" placeholder:"COL"`
	Period   float64 `help:"Days between two payments of a contract, for sbg. The default is the median in the file." default:"0"`
}

// Help is what `aparte lab ltv --help` says beside the flags.
func (ltvCommand) Help() string {
	return `Lifetime value from a file of purchases: who is still a customer, how often people will buy, what they will spend.
Models are fitted by maximum likelihood to what was bought up to --calibration-end, that day included, and checked by what
was bought within the --horizon after it. Purchases of a person on one day count as one. Times are in weeks.

bgnbd and paretonbd are for people who leave without a word (Fader, Hardie, Lee 2005; Schmittlein, Morrison, Colombo
1987), sbg is for contracts that come up for renewal (Fader, Hardie 2007). Standard errors are those of the curvature.
"boundary" says that a parameter ran into its bound: the data show no spread there, and it means nothing by itself.

Days are 2006-01-02 or 20060102; instants may follow them, as 2006-01-02T15:04:05Z.

OUT.csv: customer, x repeat purchases, t_x the week of the last, T the age in weeks, expected purchases within the horizon,
p_alive, expected_amount of a purchase, residual_value: the purchases to come, each discounted, times that amount. An
empty cell is what cannot be known.

Example:

    aparte lab ltv transactions.csv.gz --model bgnbd --calibration-end 1997-09-30 --horizon 39 --spend --json`
}

// Run reads, fits, checks, and writes.
func (c *ltvCommand) Run() error {
	end, err := c.check()
	if err != nil {
		return err
	}
	aside := c.aside()
	book, err := c.read(aside)
	if err != nil {
		return err
	}
	r := ltvResult{Model: c.Model, Rows: book.rows, skipped: skippedBy(aside)}
	r.skipped.write()
	if err := c.foretell(book, end, &r); err != nil {
		return err
	}
	for _, note := range r.Notes {
		fmt.Fprintln(os.Stderr, "note:", note)
	}
	if err := c.print(&r, r.write); err != nil {
		return err
	}
	if !r.Converged {
		return book.bad("fit", fmt.Errorf("%s did not converge in %d steps: do not use the parameters", c.Model, r.Iterations))
	}
	return nil
}

func (c *ltvCommand) check() (end int32, err error) {
	if c.CalibrationEnd == "" {
		end = math.MaxInt32
	} else {
		at, err := time.Parse(time.DateOnly, c.CalibrationEnd)
		if err != nil {
			if at, err = time.Parse("20060102", c.CalibrationEnd); err != nil {
				return 0, fmt.Errorf("--calibration-end: %q is not a day such as 2006-01-02", c.CalibrationEnd)
			}
		}
		end = dayOf(at)
	}
	switch {
	case !(c.Horizon > 0 && c.Horizon <= 5200):
		return 0, errors.New("--horizon must be above 0 and at most 5200 weeks")
	case !(c.Discount >= 0 && c.Discount <= 10):
		return 0, errors.New("--discount must be a rate a year from 0 to 10")
	case !(c.Period >= 0 && c.Period <= 36_600):
		return 0, errors.New("--period must be a number of days from 0 to 36600")
	}
	return end, nil
}

// purchases is a file of purchases.
type purchases struct {
	lifetime.Ledger
	file  string
	names []string // of people, by number
	rows  int
}

// dayOf is the number of a day, from 1970.
func dayOf(at time.Time) int32 {
	return int32(math.Floor(float64(at.Unix()) / 86_400))
}

func dayText(day int32) string {
	return time.Unix(int64(day)*86_400, 0).UTC().Format(time.DateOnly)
}

// bad is an error of the file as a whole.
func (b *purchases) bad(field string, err error) error {
	return &table.Error{File: b.file, Line: 1, Field: field, Reason: err.Error(), Last: true}
}

func (c *ltvCommand) read(aside *table.Aside) (*purchases, error) {
	from := sourceOf(c.File)
	b := &purchases{file: from.name}
	err := from.table(func(t *table.Table) error {
		customer, err := t.Column(c.Customer)
		if err != nil {
			return err
		}
		date, err := t.Column(c.Date)
		if err != nil {
			return err
		}
		var amount table.Column
		if c.Spend {
			if amount, err = t.Column(c.Amount); err != nil {
				return err
			}
		}
		numbers := map[string]uint32{}
		return t.Each(aside, func(row table.Row) error {
			name, err := row.Key(customer)
			if err != nil {
				return err
			}
			at, err := row.Time(date)
			if err != nil {
				return err
			}
			if at.Year() < 1900 || at.Year() > 2200 {
				return row.Bad(date, "the year %d is not between 1900 and 2200", at.Year())
			}
			spent := 0.0
			if c.Spend {
				if spent, err = row.Within(amount, 0, 1e12); err != nil {
					return err
				}
			}
			number, known := numbers[name]
			if !known {
				number = uint32(len(b.names))
				name = strings.Clone(name) // the cell is part of its row
				numbers[name] = number
				b.names = append(b.names, name)
			}
			b.Add(number, dayOf(at), spent)
			b.rows++
			return nil
		})
	})
	if err == nil && b.rows == 0 {
		err = b.bad("rows", errors.New("the file has no purchases that can be read"))
	}
	return b, err
}

// ltvResult is what the command prints.
type ltvResult struct {
	Model          string            `json:"model"`
	Rows           int               `json:"rows"`
	Customers      int               `json:"customers"`
	Later          int               `json:"later"` // who bought first after the calibration's end: no part of anything
	Repeats        int               `json:"repeats"`
	CalibrationEnd string            `json:"calibrationEnd"`
	Params         map[string]figure `json:"params"`
	SE             map[string]figure `json:"se"`
	fitResult
	Spend    *spendResult `json:"spend,omitempty"`
	Holdout  *ltvHoldout  `json:"holdout"` // null where the file ends with the calibration
	Expected figure       `json:"expected"`
	Alive    figure       `json:"alive"`                   // people
	Residual *figure      `json:"residualValue,omitempty"` // of all
	Period   float64      `json:"periodDays,omitempty"`
	Notes    []string     `json:"notes,omitempty"`
	skipped

	names []string // of the parameters, in order
}

// fitResult is how a fit went.
type fitResult struct {
	LogLikelihood figure `json:"logLikelihood"`
	Converged     bool   `json:"converged"`
	Boundary      bool   `json:"boundary"`
	Iterations    int    `json:"iterations"`
}

func fitted(f lifetime.Fit) fitResult {
	return fitResult{figure(f.LogLikelihood), f.Converged, f.Boundary, f.Iterations}
}

type spendResult struct {
	P     figure `json:"p"`
	Q     figure `json:"q"`
	Gamma figure `json:"gamma"`
	fitResult
	People      int    `json:"people"` // who bought again, for more than nothing
	Mean        figure `json:"mean"`   // of the population
	Correlation figure `json:"correlation"`
}

// ltvHoldout is what was foretold beside what came.
type ltvHoldout struct {
	Weeks          figure `json:"weeks"`
	Expected       figure `json:"expected"`
	Actual         figure `json:"actual"`
	TopDecileShare figure `json:"topDecileShare"`
	MAE            figure `json:"mae"`
	RMSE           figure `json:"rmse"`
	Correlation    figure `json:"correlation"`

	ByRepeats      []repeatsResult `json:"byRepeats"`
	ExpectedAmount *figure         `json:"expectedAmount,omitempty"`
	ActualAmount   *figure         `json:"actualAmount,omitempty"`
}

// repeatsResult is the mean of people with so many repeat purchases: 0 to 6, and 7 or more.
type repeatsResult struct {
	Repeats   int    `json:"repeats"`
	Customers int    `json:"customers"`
	Expected  figure `json:"expected"`
	Actual    figure `json:"actual"`
}

func (r *ltvResult) write(w io.Writer) {
	fmt.Fprintf(w, "customers   %d, %d repeat purchases up to %s\nmodel       %s", r.Customers, r.Repeats, r.CalibrationEnd, r.Model)
	for _, name := range r.names {
		fmt.Fprintf(w, ", %s %.4f ± %.4f", name, float64(r.Params[name]), float64(r.SE[name]))
	}
	fmt.Fprintf(w, "\nlikelihood  %.3f%s\n", float64(r.LogLikelihood), r.fitResult)
	if s := r.Spend; s != nil {
		fmt.Fprintf(w, "spend       p %.4f, q %.4f, gamma %.4f, log-likelihood %.3f%s; mean %.2f; correlation with repeats %.3f\n",
			float64(s.P), float64(s.Q), float64(s.Gamma), float64(s.LogLikelihood), s.fitResult, float64(s.Mean), float64(s.Correlation))
	}
	fmt.Fprintf(w, "foretold    %.1f purchases by %d people, of whom %.1f are still customers\n", float64(r.Expected), r.Customers, float64(r.Alive))
	if r.Residual != nil {
		fmt.Fprintf(w, "residual    %.2f, discounted\n", float64(*r.Residual))
	}
	h := r.Holdout
	if h == nil {
		return
	}
	fmt.Fprintf(w, "holdout     %.4g weeks: %.1f expected, %.0f came; of a person: error %.3f, correlation %.3f; the first tenth brought %.1f %%\n",
		float64(h.Weeks), float64(h.Expected), float64(h.Actual), float64(h.MAE), float64(h.Correlation), 100*float64(h.TopDecileShare))
	for _, b := range h.ByRepeats {
		fmt.Fprintf(w, "  repeats %d %8d people  %8.3f expected  %8.3f came\n", b.Repeats, b.Customers, float64(b.Expected), float64(b.Actual))
	}
}

// String is what is to be said of a fit that is not as it should be.
func (f fitResult) String() string {
	switch {
	case !f.Converged:
		return ", NOT CONVERGED"
	case f.Boundary:
		return ", a parameter at its bound"
	}
	return ""
}
