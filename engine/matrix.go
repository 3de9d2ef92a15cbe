package engine

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/decide"
)

// Group is some people: what they are called, and the condition in the language of rules that tells who they are. Of rows it is a persona's id, of columns a
// stage, or a bucket of a likelihood.
type Group struct {
	Persona  aparte.PersonaID
	Stage    string
	From, To float64 // of a bucket: at least From and less than To; both 0 of what is none
	When     string
}

// Cell is how many people are in a row and a column, and what they are worth.
type Cell struct {
	People  int64
	Revenue int64   // spent so far, in minor units of the brand's currency
	Ahead   float64 // what they are still expected to spend, likewise; of those of whom it can be told
}

func (c *Cell) add(revenue int64, ahead float64) {
	c.People++
	c.Revenue += revenue
	c.Ahead += ahead
}

// Matrix is people by persona and by something else, as the pass that made the newest fit counted them.
type Matrix struct {
	At        time.Time // when people were counted; zero: they were not yet
	Fit       uint64    // that found the personas; 0: none
	ColumnsBy string
	Columns   []Group
	Rows      []Group // the last are those of no persona, and those who object to being sorted
	Cells     [][]Cell
	ByRow, By []Cell // sums of rows, and of columns
	Looked    int64  // people there were; some may be in no cell: no column says anything of them
}

// BadColumns says that there are no such columns.
type BadColumns struct{ By string }

func (b *BadColumns) Error() string {
	return fmt.Sprintf("%q is none of stage, order and score:OBJECTIVE", b.By)
}

// Matrix is people by persona and by columns: "stage", that of their life as a customer; "order", how likely they order within 30 days; "score:" and an
// objective, their score toward it. Nobody is looked at: a pass counted them. Where none has yet, there is nobody in any cell.
func (e *Engine) Matrix(_ context.Context, by string) (*Matrix, error) {
	now := e.brand.Load()
	if now == nil {
		return nil, ErrNoBrand
	}
	if columnsBy(now.plan.Brand(), by) == nil {
		return nil, &BadColumns{by}
	}
	if kept := e.fitter.sorted.Load(); kept != nil {
		for i := range *kept {
			if m := &(*kept)[i]; m.ColumnsBy == by {
				return m, nil
			}
		}
	}
	return newMatrix(by, rowsOf(now.plan.Brand(), e.fitter.live.Load()), columnsBy(now.plan.Brand(), by)), nil
}

func newMatrix(by string, rows, columns []Group) *Matrix {
	m := &Matrix{ColumnsBy: by, Rows: rows, Columns: columns, Cells: make([][]Cell, len(rows)), ByRow: make([]Cell, len(rows)), By: make([]Cell, len(columns))}
	for i := range m.Cells {
		m.Cells[i] = make([]Cell, len(columns))
	}
	return m
}

// sorting fills a matrix.
type sorting struct {
	*Matrix
	columns *decide.Groups
}

// sortings are the matrices of a brand, with nobody in them yet.
func sortings(now *live, rows []Group) (all []sorting, err error) {
	b := now.plan.Brand()
	ways := []string{"stage", "order"}
	for i := range b.Objectives {
		ways = append(ways, "score:"+string(b.Objectives[i].ID))
	}
	for _, by := range ways {
		s := sorting{Matrix: newMatrix(by, rows, columnsBy(b, by))}
		if s.columns, err = now.plan.Groups(conditions(s.Columns)); err != nil {
			return nil, fmt.Errorf("columns by %s: %w", by, err)
		}
		all = append(all, s)
	}
	return all, nil
}

// add takes in somebody of a row, of whom it is told what they should still spend.
func (s *sorting) add(row int, p *aparte.Person, ahead float64, fit *Fit, at time.Time) {
	s.Looked++
	j := s.columns.Of(p, fit, at)
	if j < 0 {
		return
	}
	for _, c := range []*Cell{&s.Cells[row][j], &s.ByRow[row], &s.By[j]} {
		c.add(p.Orders.Revenue.Amount, ahead)
	}
}

// matrixDocument keeps the matrices of the newest fit. They are no part of it: no decision rests on them.
const matrixDocument = "matrix"

// sort keeps the matrices that were counted for a fit.
func (f *fitter) sort(ctx context.Context, fit *Fit, counted []sorting) error {
	kept := make([]Matrix, len(counted))
	for i := range counted {
		kept[i] = *counted[i].Matrix
		kept[i].At, kept[i].Fit = fit.At, fit.Version
	}
	if err := f.engine.remember(ctx, matrixDocument, kept); err != nil {
		return err
	}
	f.sorted.Store(&kept)
	return nil
}

func conditions(groups []Group) []string {
	when := make([]string, len(groups))
	for i, g := range groups {
		when[i] = g.When
	}
	return when
}

// rowsOf are the personas: those declared, those found, and none.
func rowsOf(b *aparte.Brand, fit *Fit) (rows []Group) {
	var ids []aparte.PersonaID
	for _, p := range b.Personas {
		if p.When != "" {
			ids = append(ids, p.ID)
		}
	}
	if fit != nil {
		ids = append(ids, fit.Personas()...)
	}
	for _, id := range append(ids, "") {
		rows = append(rows, Group{Persona: id, When: "persona == " + strconv.Quote(string(id))})
	}
	return rows
}

// edges part likelihoods into buckets.
var edges = [...]float64{0, 0.05, 0.15, 0.3, 0.5, 1}

// columnsBy are the columns; nil: there are none of that name.
func columnsBy(b *aparte.Brand, by string) (columns []Group) {
	what := ""
	switch objective, scored := strings.CutPrefix(by, "score:"); {
	case by == "stage":
		for _, s := range []string{aparte.Prospect, aparte.New, aparte.Active, aparte.AtRisk, aparte.Dormant, aparte.Lost, aparte.WonBack} {
			columns = append(columns, Group{Stage: s, When: "person.lifecycle == " + strconv.Quote(s)})
		}
		return columns
	case by == "order":
		what = "person.order_due"
	case scored && slices.ContainsFunc(b.Objectives, func(o aparte.Objective) bool { return string(o.ID) == objective }):
		columns = append(columns, Group{When: "!(" + strconv.Quote(objective) + " in score)"})
		what = "score[" + strconv.Quote(objective) + "]"
	default:
		return nil
	}
	for i, to := range edges[1:] {
		when := fmt.Sprintf("%s < %.2f", what, to)
		if i > 0 {
			when = fmt.Sprintf("%s >= %.2f && %s", what, edges[i], when)
		}
		if to == 1 {
			when = fmt.Sprintf("%s >= %.2f", what, edges[i])
		}
		columns = append(columns, Group{From: edges[i], To: to, When: when})
	}
	return columns
}
