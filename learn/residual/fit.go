package residual

import (
	"errors"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/lifetime"
)

// As many customers, and as many of them who came back, are needed before anything is told of customers; and as many first
// orders before anything is told of prospects.
const (
	leastCustomers = 100
	leastRepeated  = 30
	leastFirst     = 30

	leastWatched = 1.0 / 4 // of the time ahead, that somebody was seen to wait: nobody tells a year from a day
)

// Fit fits the brand's model, and checks it on the last months. Notes say what could not be told.
func (s *Sample) Fit() *Model {
	m := &Model{Terms: s.terms}
	now := make([]bought, len(s.buyers))
	for i := range s.buyers {
		now[i] = s.buyers[i].now
	}
	m.fit(now)
	m.fitFirst(s.waiting)
	m.Check = s.check()
	if m.Check == nil {
		m.Notes = append(m.Notes, NothingToCheck)
	}
	return m
}

// fit learns how customers buy and what they spend.
func (m *Model) fit(people []bought) {
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
	if f, err := m.fitBuying(people); err != nil || !f.Converged {
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

func (m *Model) fitBuying(people []bought) (lifetime.Fit, error) {
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
		c, f, err := lifetime.FitParetoNBD(histories)
		m.Pareto = &c
		return f, err
	case aparte.BGNBD:
		c, f, err := lifetime.FitBGNBD(histories)
		m.BG = &c
		return f, err
	}
	return lifetime.Fit{}, errors.New("no such model of buying")
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
