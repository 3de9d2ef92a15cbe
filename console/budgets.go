package console

import (
	"fmt"
	"strings"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/engine"
)

// budgetView is a budget in its current period.
type budgetView struct {
	Name                    aparte.Words
	Amount, Spent, Promised aparte.Money
	Per                     string // key of a word
	From                    time.Time
	Left                    float64
	Overdrawn               bool
	Refused                 int64
	Currency                string
	Weight, Least, Most     string // by how much what is given away counts: now, and over the period
	Course                  string // of it, points on 100 × 20; empty: too few hours to draw
}

func budgetOf(b *engine.Budgeted, currency string) budgetView {
	money := func(amount int64) aparte.Money { return aparte.Money{Amount: amount, Currency: currency} }
	v := budgetView{
		Name: b.Budget.Name, Amount: money(b.Budget.Amount), Spent: money(b.Spent), Promised: money(b.Promised), Currency: currency,
		Per: "budget." + string(b.Budget.Per), From: b.From, Left: float64(b.Left), Overdrawn: b.Left < 0, Weight: weightText(b.Price),
	}
	if len(v.Name) == 0 {
		v.Name = aparte.Words{"en": string(b.Budget.ID)}
	}
	least, most := b.Price, b.Price
	for _, h := range b.Hours {
		v.Refused += h.Refused
		if h.Asked > 0 {
			least, most = min(least, h.Price), max(most, h.Price)
		}
	}
	v.Least, v.Most = weightText(least), weightText(most)
	var points []string
	for _, h := range b.Hours {
		if h.Asked > 0 && b.Until.After(b.From) {
			x := 100 * float64(h.Hour.Sub(b.From)) / float64(b.Until.Sub(b.From))
			points = append(points, fmt.Sprintf("%.1f,%.1f", x, 19-18*(h.Price-least)/max(most-least, 1e-9)))
		}
	}
	if len(points) > 1 {
		v.Course = strings.Join(points, " ")
	}
	return v
}

func weightText(price float64) string { return fmt.Sprintf("%.2g", 1+price) }
