package residual

import (
	"errors"
	"math"
	"slices"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/lifetime"
)

// As many customers, and as many of them who came back, are needed before anything is told of customers; and as many first
// orders before anything is told of prospects.
const (
	leastCustomers = 100
	leastRepeated  = 30
	leastFirst     = 30

	soughtAgain = 0.25 // by what share, about, there are more customers or fewer than when where to begin was sought

	checkedAgain = 7 * 24 * time.Hour // a check stands so long, where there are about as many customers as then

	leastWatched = 1.0 / 4 // of the time ahead, that somebody was seen to wait: nobody tells a year from a day
)

// Fit fits the brand's model, and checks it on the last months. Notes say what could not be told. A model fitted not long before
// spares the search for where to begin, as long as there are not many more customers than when that was made, or fewer; nil: there is none.
func (s *Sample) Fit(before *Model) *Model {
	m := &Model{Terms: s.terms}
	now := make([]bought, len(s.buyers))
	for i := range s.buyers {
		now[i] = s.buyers[i].now
	}
	near := before.near(len(now))
	m.fit(now, near)
	if m.Sought = len(now); near.tellsOfCustomers() {
		m.Sought = near.Sought
	}
	m.fitFirst(s.waiting)
	if m.Check = near.Check; m.Check == nil || s.at.Sub(m.Check.made()) >= checkedAgain {
		m.Check = s.check(m)
	}
	if m.Check == nil {
		m.Notes = append(m.Notes, NothingToCheck)
	}
	return m
}

// fit learns how customers buy and what they spend.
func (m *Model) fit(people []bought, near *Model) {
	m.Customers = len(people)
	var spent []lifetime.Spending
	total, orders := 0.0, 0.0
	for _, b := range people {
		if b.history.Repeats > 0 {
			m.Repeated++
		}
		if b.spent.Purchases > 0 {
			spent = append(spent, b.spent)
			total, orders = total+b.spent.Mean*b.spent.Purchases, orders+b.spent.Purchases
		}
	}
	if orders > 0 {
		m.Amount = total / orders
	}
	if m.Customers < leastCustomers || m.Repeated < leastRepeated {
		m.Notes = append(m.Notes, FewCustomers)
		return
	}
	if f, err := m.fitBuying(people, near); err != nil || !f.Converged {
		m.Pareto, m.BG, m.Contract = nil, nil, nil
		m.Notes = append(m.Notes, NotConverged)
		return
	} else if f.Boundary {
		m.Notes = append(m.Notes, AtBound)
	}
	if g, f, err := lifetime.FitGammaGamma(spent); err == nil && f.Converged && !f.Boundary {
		m.Spending = &g
	} else {
		m.Notes = append(m.Notes, NoAmounts)
	}
}

// near is the model where a fit to so many customers may begin, and one that tells of nobody where that is to be sought again.
func (m *Model) near(customers int) *Model {
	if m == nil || math.Abs(math.Log(float64(customers)/float64(m.Sought))) > soughtAgain {
		return new(Model)
	}
	return m
}

func (m *Model) fitBuying(people []bought, near *Model) (f lifetime.Fit, err error) {
	if m.Terms.Model == aparte.Contract {
		contracts := make([]lifetime.Contract, len(people))
		for i, b := range people {
			contracts[i] = m.contract(b.history)
		}
		c, f, err := lifetime.FitShiftedBetaGeometric(contracts)
		m.Contract = &c
		return f, err
	}
	histories := make([]lifetime.History, len(people))
	for i, b := range people {
		histories[i] = b.history
	}
	switch m.Terms.Model {
	case aparte.ParetoNBD:
		m.Pareto, f, err = fitted(near.Pareto, near.atBound(), histories, lifetime.ParetoNBD.Refit, lifetime.FitParetoNBD)
		return f, err
	case aparte.BGNBD:
		m.BG, f, err = fitted(near.BG, near.atBound(), histories, lifetime.BGNBD.Refit, lifetime.FitBGNBD)
		return f, err
	}
	return f, errors.New("no such model of buying")
}

// atBound reports whether a parameter of how people buy had run into its bound.
func (m *Model) atBound() bool { return slices.Contains(m.Notes, AtBound) }

// fitted is a model fitted from one that is near, where there is one and it leads to a top, and by searching for where to begin
// otherwise. A bound is no top, unless a search had ended there already.
func fitted[M any](near *M, bound bool, to []lifetime.History, refit func(M, []lifetime.History) (M, lifetime.Fit, error), search func([]lifetime.History) (M, lifetime.Fit, error)) (*M, lifetime.Fit, error) {
	if near != nil {
		if m, f, err := refit(*near, to); err == nil && f.Converged && (bound || !f.Boundary) {
			return &m, f, nil
		}
	}
	m, f, err := search(to)
	return &m, f, err
}

// fitFirst learns how likely a first order is.
func (m *Model) fitFirst(waiting []lifetime.Waiting) {
	m.Prospects = len(waiting)
	first, longest := 0, 0.0
	for _, w := range waiting {
		if longest = max(longest, w.Time); w.Over {
			first++
		}
	}
	if first >= leastFirst && longest >= leastWatched*m.Terms.Days {
		if c, f, err := lifetime.FitFirstPurchase(waiting); err == nil && f.Converged {
			m.First = &c
			return
		}
	}
	m.Notes = append(m.Notes, NoFirstOrders)
}
