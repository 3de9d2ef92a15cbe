package engine

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/decide"
	"github.com/aparte-dev/aparte/store"
)

// Budgeted is what became of a budget in one period, as far as is known.
type Budgeted struct {
	Budget      *aparte.Budget
	From, Until time.Time // the period
	Spent       int64     // in minor units, as Promised and Left
	Promised    int64     // what was said and not used yet is expected to take off orders
	Left        int64     // below zero: overdrawn
	Price       float64   // the shadow price
	Hours       []BudgetHour
}

// BudgetHour is one hour in which a budget had a say.
type BudgetHour struct {
	Hour    time.Time
	Asked   int64   // decisions in which it had a say
	Refused int64   // those of them in which too little was left of it
	Given   int64   // spent and promised by what was said then
	Price   float64 // the mean of the shadow prices of those decisions
}

// Counted is something that has counters: an engine, or its archive.
type Counted interface {
	Counters(ctx context.Context, prefix string, from, to time.Time) ([]store.Counter, error)
}

// Budgets are what became of the budgets of a brand in the periods that a time is in.
func Budgets(ctx context.Context, of Counted, plan *decide.Plan, at time.Time) ([]Budgeted, error) {
	if plan == nil || len(plan.Brand().Budgets) == 0 {
		return nil, nil
	}
	hour := at.UTC().Truncate(time.Hour)
	counters, err := of.Counters(ctx, budgetPrefix, hour.Add(-rememberBudgets), hour.Add(time.Hour))
	if err != nil {
		return nil, fmt.Errorf("read budgets: %w", err)
	}
	var known budgets
	known.fill(counters)
	prices := map[string]map[time.Time]int64{}
	for _, c := range counters {
		if id, ok := strings.CutPrefix(c.Key, budgetPrefix+"price/"); ok {
			if prices[id] == nil {
				prices[id] = map[time.Time]int64{}
			}
			prices[id][c.Hour.UTC()] += c.N
		}
	}
	known.reckon(plan, hour)
	all := make([]Budgeted, len(known.funds))
	for i, f := range known.funds {
		one := &plan.Brand().Budgets[i]
		b := Budgeted{Budget: one, Left: f.Left, Price: f.Price}
		b.From, b.Until = decide.PeriodOf(one.Per, hour, plan.Zone())
		for h := b.From; !h.After(hour); h = h.Add(time.Hour) {
			g := known.hours[one.ID][h]
			b.Spent, b.Promised = b.Spent+g.spent, b.Promised+g.promised
			if g == (giving{}) {
				continue
			}
			told := BudgetHour{Hour: h, Asked: g.asked, Refused: g.refused, Given: g.spent + g.promised}
			if g.asked > 0 {
				told.Price = float64(prices[string(f.Budget)][h]) / 1e6 / float64(g.asked)
			}
			b.Hours = append(b.Hours, told)
		}
		all[i] = b
	}
	return all, nil
}
