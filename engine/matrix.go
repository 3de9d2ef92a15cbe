package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

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

// Matrix is people by persona and by something else. Cells are those looked at, not everybody.
type Matrix struct {
	Columns    []Group
	Rows       []Group // the last are those of no persona
	Cells      [][]Cell
	ByRow, By  []Cell // sums of rows, and of columns
	Looked, Of int64  // people looked at; in all, counted or estimated
	Counted    bool   // all were looked at
	Fit        uint64 // that found the personas; 0: none
	ColumnsBy  string
}

// BadColumns says that there are no such columns.
type BadColumns struct{ By string }

func (b *BadColumns) Error() string {
	return fmt.Sprintf("%q is none of stage, order and score:OBJECTIVE", b.By)
}

// Matrix sorts people by persona and by columns: "stage", that of their life as a customer; "order", how likely they order within 30 days; "score:" and an
// objective, their score toward it. Of more than about ten thousand, so many are drawn, as for Reach.
func (e *Engine) Matrix(ctx context.Context, by string) (*Matrix, error) {
	now := e.brand.Load()
	if now == nil {
		return nil, ErrNoBrand
	}
	m := &Matrix{ColumnsBy: by, Columns: columnsBy(now.plan.Brand(), by)}
	if m.Columns == nil {
		return nil, &BadColumns{by}
	}
	fit := e.fitter.live.Load()
	if fit != nil {
		m.Fit = fit.Version
	}
	m.Rows = rowsOf(now.plan.Brand(), fit)
	rows, err := now.plan.Groups(conditions(m.Rows))
	if err != nil {
		return nil, err
	}
	columns, err := now.plan.Groups(conditions(m.Columns))
	if err != nil {
		return nil, &BadColumns{by}
	}
	m.Cells = make([][]Cell, len(m.Rows))
	for i := range m.Cells {
		m.Cells[i] = make([]Cell, len(m.Columns))
	}
	m.ByRow, m.By = make([]Cell, len(m.Rows)), make([]Cell, len(m.Columns))
	share, err := e.shareFor(ctx, reachSample)
	if err != nil {
		return nil, err
	}
	for part := range e.parts {
		if err := e.fillPart(ctx, part, share, m, rows, columns, fit); err != nil {
			return nil, err
		}
	}
	m.Counted, m.Of = share >= 1, int64(float64(m.Looked)/share)
	return m, nil
}

func (e *Engine) fillPart(ctx context.Context, part int, share float64, m *Matrix, rows, columns *decide.Groups, fit *Fit) error {
	at, asked := e.now(), e.fitter.now()
	err := e.EachPerson(ctx, part, func(p *aparte.Person) error {
		if share < 1 && placeOf(p.ID) >= share {
			return errBeyond
		}
		m.Looked++
		i, j := rows.Of(p, asked, at), columns.Of(p, asked, at)
		if i < 0 || j < 0 {
			return nil
		}
		ahead := 0.0
		if fit != nil {
			r, _ := fit.Residual(p, at)
			ahead = r.Value
		}
		for _, c := range []*Cell{&m.Cells[i][j], &m.ByRow[i], &m.By[j]} {
			c.add(p.Orders.Revenue.Amount, ahead)
		}
		return nil
	})
	if errors.Is(err, errBeyond) {
		return nil
	}
	return err
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
