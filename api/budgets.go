package api

import (
	"context"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/decide"
	"github.com/aparte-dev/aparte/engine"
)

// budgetDocument is what became of a budget in the period that the end of the results is in, in minor units.
type budgetDocument struct {
	ID       aparte.BudgetID      `json:"id"`
	Name     aparte.Words         `json:"name"`
	Amount   int64                `json:"amount"`
	Per      aparte.Period        `json:"per"`
	From     time.Time            `json:"from"`
	Until    time.Time            `json:"until"`
	Spent    int64                `json:"spent"`
	Promised int64                `json:"promised"` // what was said and not used yet is expected to cost
	Left     int64                `json:"left"`     // below zero: overdrawn
	Price    float64              `json:"price"`    // of a minor unit, beyond itself, in the last hour
	Hours    []budgetHourDocument `json:"hours"`    // those in which it had a say
}

type budgetHourDocument struct {
	Hour    time.Time `json:"hour"`
	Asked   int64     `json:"asked"`   // decisions in which it had a say
	Refused int64     `json:"refused"` // those of them in which too little was left
	Given   int64     `json:"given"`   // spent and promised by what was said then
	Price   float64   `json:"price"`   // the mean over those decisions
}

// budgetsOf is the part of results that tells of budgets.
func budgetsOf(ctx context.Context, l Ledger, to time.Time) ([]budgetDocument, error) {
	all, err := engine.Budgets(ctx, l, l.Plan(), to.Add(-1))
	if err != nil {
		return nil, err
	}
	return each(all, func(b engine.Budgeted) budgetDocument {
		return budgetDocument{
			b.Budget.ID, b.Budget.Name, b.Budget.Amount, b.Budget.Per, b.From, b.Until, b.Spent, b.Promised, b.Left, b.Price,
			each(b.Hours, func(h engine.BudgetHour) budgetHourDocument {
				return budgetHourDocument{h.Hour, h.Asked, h.Refused, h.Given, h.Price}
			}),
		}
	}), nil
}

// fundDocument is a budget as a decision found it.
type fundDocument struct {
	Budget aparte.BudgetID `json:"budget"`
	Left   int64           `json:"left"`
	Price  float64         `json:"price"`
}

func fundDocuments(d *aparte.Decision) []fundDocument {
	return each(d.Funds, func(f aparte.Fund) fundDocument { return fundDocument{f.Budget, f.Left, f.Price} })
}

// marginOf is what an action's item brings of itself when it is bought, in minor units; 0 where it speaks of none.
func marginOf(a *aparte.Action, plan *decide.Plan) float64 {
	if plan == nil {
		return 0
	}
	item, known := plan.Item(a.Item)
	if !known {
		return 0
	}
	return item.Margin * float64(item.Price.Amount)
}
