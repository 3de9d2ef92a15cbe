package residual

import (
	"math"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/lifetime"
)

// Model tells what people will still bring. It is data: as JSON it is kept, and read again it tells the same. It is safe for
// concurrent use.
type Model struct {
	Terms     Terms                          `json:"terms"`
	Customers int                            `json:"customers"` // whom it was fitted to
	Repeated  int                            `json:"repeated"`  // who had ordered more than once
	Sought    int                            `json:"sought"`    // customers there were when where to begin was last sought
	Pareto    *lifetime.ParetoNBD            `json:"paretonbd,omitempty"`
	BG        *lifetime.BGNBD                `json:"bgnbd,omitempty"`
	Contract  *lifetime.ShiftedBetaGeometric `json:"contract,omitempty"`
	Spending  *lifetime.GammaGamma           `json:"spending,omitempty"`
	Amount    float64                        `json:"amount"` // mean of an order, in minor units
	First     *lifetime.FirstPurchase        `json:"first,omitempty"`
	Prospects int                            `json:"prospects"` // whose first order, or lack of one, First was fitted to
	Notes     []Note                         `json:"notes,omitempty"`
	Check     *Check                         `json:"check,omitempty"`
}

// Note says what a model lacks, or what is odd about it, in a word of a fixed vocabulary.
type Note string

// The notes.
const (
	FewCustomers   Note = "few_customers"   // nothing is told of customers
	NotConverged   Note = "not_converged"   // likewise
	AtBound        Note = "at_bound"        // a parameter of how people buy ran into its bound: the data tell of no spread there
	NoAmounts      Note = "no_amounts"      // everybody is taken to spend the mean
	NoFirstOrders  Note = "no_first_orders" // nothing is told of who never ordered: too few first orders were seen, or not for long enough
	NothingToCheck Note = "nothing_to_check"
)

// Of is what somebody is still expected to bring, and whether that can be told: there is a model for customers, or for
// prospects as they may be, and their money is in its currency.
func (m *Model) Of(p *aparte.Person, at time.Time) (aparte.Residual, bool) {
	o := &p.Orders
	if o.Count == 0 {
		return m.prospect(p, at)
	}
	if o.Revenue.Currency != m.Terms.Currency || !m.tellsOfCustomers() {
		return aparte.Residual{}, false
	}
	return m.of(boughtUpto(o, o.Count, o.LastAt, o.Revenue.Amount, at), m.Terms.Days), true
}

func (m *Model) tellsOfCustomers() bool { return m.Pareto != nil || m.BG != nil || m.Contract != nil }

// of is what a customer brings in so many days.
func (m *Model) of(b bought, ahead float64) aparte.Residual {
	amount := m.amount(b.spent)
	if m.Contract != nil {
		c := m.contract(b.history)
		periods := int(ahead / m.Terms.Period)
		r := aparte.Residual{Orders: m.Contract.Expected(c, periods)}
		if !c.Ended {
			r.Alive = 1
		}
		r.Value = amount * m.Contract.Residual(c, periods, math.Expm1(m.Terms.rate()*m.Terms.Period))
		return r
	}
	f := lifetime.Foretell(m.buying(), b.history, ahead, m.Terms.rate())
	return aparte.Residual{Alive: f.Alive, Orders: f.Purchases, Value: amount * f.Discounted}
}

// Level is how likely it is that the orders that come lie within a Range, or more likely.
const Level = 0.8

// Range is between how many orders the person's lie within the horizon, four times in five; false where that cannot be told, as of
// who never ordered.
func (m *Model) Range(p *aparte.Person, at time.Time) (low, high int, told bool) {
	o := &p.Orders
	if o.Count == 0 || o.Revenue.Currency != m.Terms.Currency || !m.tellsOfCustomers() {
		return 0, 0, false
	}
	low, high = m.ranged(boughtUpto(o, o.Count, o.LastAt, o.Revenue.Amount, at).history, m.Terms.Days)
	return low, high, true
}

func (m *Model) ranged(h lifetime.History, ahead float64) (low, high int) {
	var c lifetime.Counter
	switch {
	case m.Contract != nil:
		c = m.Contract.Paying(m.contract(h), m.Terms.Period)
	case m.BG != nil:
		c = *m.BG
	default:
		c = *m.Pareto
	}
	return lifetime.Range(c, h, ahead, Level)
}

func (m *Model) buying() lifetime.Buying {
	if m.BG != nil {
		return *m.BG
	}
	return *m.Pareto
}

// contract is the history of somebody who pays once a period. A payment half a period late counts as made.
func (m *Model) contract(h lifetime.History) lifetime.Contract {
	renewals := math.Round(h.Last / m.Terms.Period)
	due := math.Round(h.Age/m.Terms.Period - 1)
	return lifetime.Contract{Renewals: renewals, Ended: renewals < due}
}

// amount is what somebody is expected to spend on an order, in minor units.
func (m *Model) amount(s lifetime.Spending) float64 {
	if m.Spending != nil {
		if a := m.Spending.Expected(s); !math.IsInf(a, 0) {
			return a
		}
	}
	return m.Amount
}

// prospect is what somebody who never ordered is expected to bring: a first order with some probability, in the middle of
// the time ahead, and what a new customer brings in what is left of it.
func (m *Model) prospect(p *aparte.Person, at time.Time) (aparte.Residual, bool) {
	if m.First == nil || p.FirstSeen.IsZero() {
		return aparte.Residual{}, false
	}
	chance := m.First.Within(wholeDays(at.Sub(p.FirstSeen)), m.Terms.Days)
	half := m.Terms.Days / 2
	r := aparte.Residual{Orders: 1, Value: m.amount(lifetime.Spending{})}
	if m.tellsOfCustomers() {
		next := m.of(bought{}, half)
		r.Orders, r.Value = r.Orders+next.Orders, r.Value+next.Value
	}
	r.Orders *= chance
	r.Value *= chance * math.Exp(-m.Terms.rate()*half)
	return r, true
}
