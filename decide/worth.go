package decide

import (
	"slices"
	"time"

	"github.com/aparte-dev/aparte"
)

// fitNumber is that of the fit the decision is taken with.
func (d *deliberation) fitNumber() uint64 {
	if d.q.Fit == nil {
		return 0
	}
	return d.q.Fit.Number()
}

// worth is what the person is still expected to bring; nothing is said of who objects to profiling.
func (d *deliberation) worth() *aparte.Residual {
	if !d.valued {
		d.valued, d.residual = true, aparte.Residual{}
		if d.q.Fit != nil && !d.impersonal {
			d.residual, _ = d.q.Fit.Residual(d.person, d.now)
		}
	}
	return &d.residual
}

// Bounds of how far lifetime value looks ahead, and of the period of a contract.
const (
	leastHorizon = 7 * 24 * time.Hour
	mostHorizon  = 10 * 365 * 24 * time.Hour
	leastPeriod  = 24 * time.Hour
)

// lifetime checks how a brand has lifetime value reckoned.
func (a *audit) lifetime() {
	l := a.brand.Lifetime
	a.check(slices.Contains([]aparte.Buying{"", aparte.ParetoNBD, aparte.BGNBD, aparte.Contract}, l.Model), "/lifetime/model",
		"%q is none of paretonbd, bgnbd, contract", clip(string(l.Model)))
	horizon := l.Horizon.Std()
	a.check(horizon == 0 || horizon >= leastHorizon && horizon <= mostHorizon, "/lifetime/horizon", "%v is not between 7 days and 10 years", horizon)
	a.check(l.Discount >= 0 && l.Discount < 1, "/lifetime/discount", "%v is not in [0, 1)", l.Discount)
	period := l.Period.Std()
	if l.Model == aparte.Contract {
		a.check(period >= leastPeriod && period <= mostHorizon, "/lifetime/period", "%v is not between a day and 10 years: contracts need one", period)
		return
	}
	a.check(period == 0, "/lifetime/period", "only contracts have one")
}
