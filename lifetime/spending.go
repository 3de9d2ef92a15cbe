package lifetime

import (
	"fmt"
	"math"
)

// Spending is what a person spent: how many purchases, and their mean amount.
type Spending struct{ Purchases, Mean float64 }

// Validate says what is wrong with a person's spending.
func (s Spending) Validate() error {
	switch {
	case !(s.Purchases >= 1 && s.Purchases <= MaxRepeats):
		return fmt.Errorf("spending: %g purchases", s.Purchases)
	case !(s.Mean > 0 && s.Mean <= 1e12):
		return fmt.Errorf("spending: a mean amount of %g", s.Mean)
	}
	return nil
}

// GammaGamma is the model of spending of Fader and Hardie (2013), "The gamma-gamma model of monetary value":
// the amounts of a person's purchases are gamma distributed with shape P, about a mean of the person's own
// that is inverse-gamma distributed (Q, and Gamma in the unit of the amounts). It takes the amounts not to
// depend on how often a person buys; Fit reports nothing about that, so look at the correlation.
type GammaGamma struct{ P, Q, Gamma float64 }

// Expected is a person's mean amount as far as it can be known: between the person's own and everybody's (the
// note's equation 5). Without purchases it is the population's. It is infinite where the distribution of
// means has no mean: Q ≤ 1, and nothing known of the person.
func (m GammaGamma) Expected(s Spending) float64 {
	room := m.P*s.Purchases + m.Q - 1
	if room <= 0 {
		return math.Inf(1)
	}
	return m.P * (m.Gamma + s.Purchases*s.Mean) / room
}

// LogLikelihood is that of one person's mean amount (the note's equation 1a).
func (m GammaGamma) LogLikelihood(s Spending) float64 {
	return spendingLikelihood([]float64{math.Log(m.P), math.Log(m.Q), math.Log(m.Gamma)}).of(s, nil)
}

type spendingTerms struct {
	GammaGamma
	logGamma      float64
	lgammaQ, psiQ float64
}

func spendingLikelihood(logs []float64) likelihood[Spending] {
	m := GammaGamma{math.Exp(logs[0]), math.Exp(logs[1]), math.Exp(logs[2])}
	return &spendingTerms{m, logs[2], lgamma(m.Q), digamma(m.Q)}
}

func (m *spendingTerms) of(s Spending, gradient []float64) float64 {
	shape := m.P * s.Purchases
	total := s.Purchases * s.Mean
	logAll := math.Log(m.Gamma + total)
	if gradient != nil {
		both := digamma(shape + m.Q)
		gradient[0] += shape * (both - digamma(shape) + math.Log(total) - logAll)
		gradient[1] += m.Q * (both - m.psiQ + m.logGamma - logAll)
		gradient[2] += m.Q - m.Gamma*(shape+m.Q)/(m.Gamma+total)
	}
	return lgamma(shape+m.Q) - lgamma(shape) - m.lgammaQ + m.Q*m.logGamma +
		shape*math.Log(total) - math.Log(s.Mean) - (shape+m.Q)*logAll
}
