package decide

import (
	"errors"
	"fmt"

	"github.com/aparte-dev/aparte"
)

// Bounds of budgets.
const (
	MaxBudgets = 32
	maxBudget  = 1e15 // minor units
)

// fund is a budget during a decision.
type fund struct {
	left  int64
	price float64
	asked bool // a content that it pays for came as far as to what it costs
}

// openFunds looks up what is left of the brand's budgets.
func (d *deliberation) openFunds() {
	budgets := d.plan.brand.Budgets
	d.funds = sized(d.funds, len(budgets))
	for i := range budgets {
		d.funds[i] = fund{left: budgets[i].Amount}
		for _, f := range d.q.Funds {
			if f.Budget == budgets[i].ID {
				d.funds[i] = fund{left: f.Left, price: max(0, finite(f.Price))}
			}
		}
	}
}

// withinBudget reports whether a content that a budget pays for may be said with something: what it costs once
// its incentive is used, in full, is no more than what is left. Items for which it is more are left out of o.
func (d *deliberation) withinBudget(c *content, o *option) bool {
	f := &d.funds[c.budget]
	f.asked = true
	if o.last == o.first {
		return d.outlay(c, d.plan.catalogue.usual) <= float64(f.left)
	}
	first := int32(len(d.offers))
	for _, v := range d.offers[o.first:o.last] {
		if d.outlay(c, float64(d.plan.catalogue.items[d.views[v].item].Price.Amount)) <= float64(f.left) {
			d.offers = append(d.offers, v)
		}
	}
	o.first, o.last = first, int32(len(d.offers))
	return o.last > o.first
}

// outlay is what a content costs where its incentive is used on something at a price.
func (d *deliberation) outlay(c *content, price float64) float64 {
	return float64(c.Cost) + float64(c.Incentive.Percent/100*price)
}

// charge is what a candidate is expected to cost its budget.
func (d *deliberation) charge(a candidate) float64 {
	return float64(d.plan.contents[a.content].Cost) + d.discount(a)
}

// surcharge is what that weighs beyond itself: the Lagrange multiplier of the budget's constraint, times what would
// be spent. What is worth more than its cost, but less than what the same money brings elsewhere, is left unsaid.
func (d *deliberation) surcharge(a candidate) float64 {
	return float64(d.funds[d.plan.contents[a.content].budget].price * d.charge(a))
}

// account tells the decision which budgets had a say, and what the chosen action is expected to take off an order.
func (d *deliberation) account(chosen *aparte.Decision) {
	for i := range d.funds {
		if f := &d.funds[i]; f.asked {
			chosen.Funds = append(chosen.Funds, aparte.Fund{Budget: d.plan.brand.Budgets[i].ID, Left: f.left, Price: f.price})
		}
	}
	if a := d.candidates[d.chosen]; a.content >= 0 && d.plan.contents[a.content].budget >= 0 {
		chosen.Incentive = single(d.discount(a))
	}
}

// charged tells what the chosen action costs its budget, and what that weighed.
func (d *deliberation) charged(reasons []aparte.Reason) []aparte.Reason {
	a := d.candidates[d.chosen]
	at := d.plan.contents[a.content].budget
	if at < 0 || d.charge(a) == 0 {
		return reasons
	}
	budget := string(d.plan.brand.Budgets[at].ID)
	reasons = append(reasons, aparte.Reason{Code: aparte.GivesAway, Detail: budget, Amount: single(-d.charge(a))})
	if d.funds[at].price > 0 {
		reasons = append(reasons, aparte.Reason{Code: aparte.ShadowPrice, Detail: budget, Amount: single(-d.surcharge(a))})
	}
	return reasons
}

// BudgetOf is the budget that pays for a content, nil where none does.
func (p *Plan) BudgetOf(id aparte.ContentID) *aparte.Budget {
	i, known := p.byContent[id]
	if !known || p.contents[i].budget < 0 {
		return nil
	}
	return &p.brand.Budgets[p.contents[i].budget]
}

// Discount is what an order says that it was given, in minor units: its property discount. It fails as Value does.
func (p *Plan) Discount(order *aparte.Event) (int64, error) {
	if p.discounted.program == nil {
		return 0, errors.New("discount: the brand has no budgets")
	}
	v, err := p.worth(&p.discounted, order)
	if err != nil {
		return 0, fmt.Errorf("discount: %w", err)
	}
	return int64(max(0, v)), nil
}

// payers are where in the brand the budget stands that pays for a kind of content, or for a content.
type payers struct {
	kinds    map[string]int
	contents map[aparte.ContentID]int
}

func payersOf(b *aparte.Brand) payers {
	by := payers{map[string]int{}, map[aparte.ContentID]int{}}
	for i := len(b.Budgets) - 1; i >= 0; i-- {
		for _, kind := range b.Budgets[i].Kinds {
			by.kinds[kind] = i
		}
		for _, id := range b.Budgets[i].Contents {
			by.contents[id] = i
		}
	}
	return by
}

// of is the budget that pays for a content; -1: none does.
func (by payers) of(c *aparte.Content) int {
	if i, named := by.contents[c.ID]; named {
		return i
	}
	if i, named := by.kinds[c.Kind]; named {
		return i
	}
	return -1
}

// budgets checks that each content has one budget at most, and that it can be told what became of what was promised.
func (a *audit) budgets() {
	a.bounded("/budgets", len(a.brand.Budgets), MaxBudgets)
	kinds, contents := map[string]bool{}, map[aparte.ContentID]bool{}
	for i := range a.brand.Contents {
		kinds[a.brand.Contents[i].Kind], contents[a.brand.Contents[i].ID] = true, true
	}
	seen, paid := make(map[string]string), make(map[string]string)
	for i := range a.brand.Budgets {
		b, at := &a.brand.Budgets[i], fmt.Sprintf("/budgets/%d", i)
		a.unique(seen, string(b.ID), at)
		a.check(b.Amount >= 0 && b.Amount <= maxBudget, at+"/amount", "%d is not in [0, %d]", b.Amount, int64(maxBudget))
		switch b.Per {
		case aparte.PerDay, aparte.PerWeek, aparte.PerMonth:
		default:
			a.fail(at+"/per", "%q is none of %q, %q and %q", clip(string(b.Per)), aparte.PerDay, aparte.PerWeek, aparte.PerMonth)
		}
		a.check(len(b.Kinds)+len(b.Contents) > 0, at, "names neither kinds nor contents: it would pay for nothing")
		for j, kind := range b.Kinds {
			pointer := fmt.Sprintf("%s/kinds/%d", at, j)
			a.check(kinds[kind], pointer, "no content is of kind %q", clip(kind))
			a.paysAlone(paid, "kind "+kind, pointer)
		}
		for j, id := range b.Contents {
			pointer := fmt.Sprintf("%s/contents/%d", at, j)
			a.check(contents[id], pointer, "there is no content %q", clip(string(id)))
			a.paysAlone(paid, "content "+string(id), pointer)
		}
	}
	a.redeemable()
}

// paysAlone checks that nothing is named twice.
func (a *audit) paysAlone(paid map[string]string, what, pointer string) {
	if first, again := paid[what]; again {
		a.fail(pointer, "%q is named by %s already", clip(what), first)
		return
	}
	paid[what] = pointer
}

// redeemable checks that an order can tell which of the incentives that a budget pays for it used.
func (a *audit) redeemable() {
	by := payersOf(a.brand)
	for i := range a.brand.Contents {
		c := &a.brand.Contents[i]
		if at := by.of(c); at >= 0 {
			a.check(c.Incentive.Percent == 0 || c.Incentive.Code != "", fmt.Sprintf("/contents/%d/incentive/code", i),
				"is missing: /budgets/%d could not tell which order used it", at)
		}
	}
}
