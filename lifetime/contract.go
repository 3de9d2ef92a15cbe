package lifetime

import (
	"fmt"
	"math"
)

// Contract is what a person under contract did when it was to be renewed.
type Contract struct {
	Renewals float64 // how often it was renewed
	Ended    bool    // the next renewal was due, and was not made
}

// Validate says what is wrong with a contract.
func (c Contract) Validate() error {
	if !(c.Renewals >= 0 && c.Renewals <= MaxRepeats) || c.Renewals != math.Trunc(c.Renewals) {
		return fmt.Errorf("contract: %g renewals; they are counted, up to %g", c.Renewals, float64(MaxRepeats))
	}
	return nil
}

// ShiftedBetaGeometric is the model of Fader and Hardie (2007), "How to project customer retention", Journal of
// Interactive Marketing 21(1): whenever a contract comes up for renewal, its holder leaves with a probability
// of their own, beta distributed (Alpha, Beta).
type ShiftedBetaGeometric struct{ Alpha, Beta float64 }

// Survival is the probability that a new contract is renewed so often: B(α, β+n)/B(α, β).
func (m ShiftedBetaGeometric) Survival(renewals float64) float64 {
	return math.Exp(lgamma(m.Beta+renewals) - lgamma(m.Beta) - lgamma(m.Alpha+m.Beta+renewals) + lgamma(m.Alpha+m.Beta))
}

// Retention is the probability that a contract that was renewed so often is renewed once more.
func (m ShiftedBetaGeometric) Retention(renewals float64) float64 {
	return (m.Beta + renewals) / (m.Alpha + m.Beta + renewals)
}

// Expected is how often a contract will be renewed in the next so many periods.
func (m ShiftedBetaGeometric) Expected(c Contract, periods int) float64 {
	return m.Residual(c, periods, 0)
}

// Residual is Expected with a renewal k periods from now worth 1/(1+rate)ᵏ of a payment made now.
func (m ShiftedBetaGeometric) Residual(c Contract, periods int, rate float64) float64 {
	sum, worth := 0.0, 1.0
	for k := range periods {
		if c.Ended || worth <= 1e-17*sum {
			break
		}
		worth *= m.Retention(c.Renewals+float64(k)) / (1 + rate)
		sum += worth
	}
	return sum
}

// Forever is Residual without an end, for a rate above 0 (Fader, Hardie 2010, "Customer-base valuation in a
// contractual setting", equation 6, less the payment that is due now).
func (m ShiftedBetaGeometric) Forever(c Contract, rate float64) float64 {
	if c.Ended {
		return 0
	}
	n := c.Renewals
	return m.Retention(n) / (1 + rate) * gaussValue(m.Beta+n+1, m.Alpha+m.Beta+n+1, 1/(1+rate))
}

// LogLikelihood is that of one contract.
func (m ShiftedBetaGeometric) LogLikelihood(c Contract) float64 {
	return contractLikelihood([]float64{math.Log(m.Alpha), math.Log(m.Beta)}).of(c, nil)
}

type contractTerms struct {
	ShiftedBetaGeometric
	beta, both *rising
}

func contractLikelihood(logs []float64) likelihood[Contract] {
	m := ShiftedBetaGeometric{math.Exp(logs[0]), math.Exp(logs[1])}
	return &contractTerms{m, risingBase(m.Beta), risingBase(m.Alpha + m.Beta)}
}

func (m *contractTerms) of(c Contract, gradient []float64) float64 {
	stayed, stayedByBeta := m.beta.at(c.Renewals)
	room, roomByBoth := m.both.at(c.Renewals)
	log, byAlpha, byBeta := stayed-room, -roomByBoth, stayedByBeta-roomByBoth
	if c.Ended { // α/(α+β+n)
		all := m.Alpha + m.Beta + c.Renewals
		log += math.Log(m.Alpha / all)
		byAlpha += 1/m.Alpha - 1/all
		byBeta -= 1 / all
	}
	if gradient != nil {
		gradient[0] += m.Alpha * byAlpha
		gradient[1] += m.Beta * byBeta
	}
	return log
}
