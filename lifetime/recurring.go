package lifetime

import (
	"fmt"
	"math"

	"github.com/aparte-dev/aparte"
)

// Recurring is how one person bought things of one kind: the intervals between their purchases, by what a recurrence needs of them, and
// the silence since the last, in which the next interval is still under way (right-censored).
type Recurring struct {
	Intervals float64 // how many; a fraction where older ones count less
	Logs      float64 // Σ of the logarithms of the intervals
	Squares   float64 // Σ of their squares
	Silence   float64 // since the last purchase
}

// Validate says what is wrong with it.
func (r Recurring) Validate() error {
	for _, x := range [...]float64{r.Intervals, r.Logs, r.Squares, r.Silence} {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return fmt.Errorf("recurring: %g", x)
		}
	}
	if r.Intervals < 0 || r.Squares < 0 || r.Silence < 0 {
		return fmt.Errorf("recurring: %g intervals, squares %g, silence %g", r.Intervals, r.Squares, r.Silence)
	}
	return nil
}

// FitRecurrence fits a recurrence to many people by empirical Bayes: what their intervals have in common, how much one person's differ from
// another's, how many never came back. The intervals' likelihood is that of a normal-gamma mixture (Murphy 2007, section 3.4), of
// coming back a beta-binomial's, of the silence the probability that the person is gone, or that the next interval is longer. The
// shape stays what it is in about.
//
// So that little is learned from few, each parameter's logarithm (the mean itself, which is one) is normal around that in about,
// with a standard deviation of apart: the fit is the maximum of the posterior. It can be made of nobody: it is about, then.
func FitRecurrence(all []Recurring, about aparte.Recurrence, apart float64) (aparte.Recurrence, Fit, error) {
	for i, r := range all {
		if err := r.Validate(); err != nil {
			return about, Fit{}, fmt.Errorf("person %d: %w", i, err)
		}
	}
	groups := make(sample[Recurring], len(all))
	for i, r := range all {
		groups[i] = group[Recurring]{r, 1}
	}
	around := []float64{about.Mean, math.Log(about.Strength), math.Log(about.Rate), math.Log(about.Leaving), math.Log(about.Staying)}
	model := func(at []float64) likelihood[Recurring] { return recurrenceAt(at, about.Shape) }
	end := climb(func(at, gradient []float64) float64 {
		sum := groups.sum(model, at, gradient)
		for i := range at {
			z := (at[i] - around[i]) / apart
			if sum -= z * z / 2; gradient != nil {
				gradient[i] -= z / apart
			}
		}
		return sum
	}, around, around)
	_, f := end.told()
	return recurrenceAt(end.at, about.Shape).Recurrence, f, nil
}

// recurrenceTerms is a recurrence, and what its likelihood needs of it.
type recurrenceTerms struct {
	aparte.Recurrence
	logStrength, logRate          float64
	gammaShape                    float64 // ln Γ(α₀)
	gammaStaying, gammaEither     float64 // ln Γ(b), ln Γ(a+b)
	digammaStaying, digammaEither float64
}

func recurrenceAt(at []float64, shape float64) *recurrenceTerms {
	m := &recurrenceTerms{
		Recurrence:  aparte.Recurrence{Mean: at[0], Strength: math.Exp(at[1]), Shape: shape, Rate: math.Exp(at[2]), Leaving: math.Exp(at[3]), Staying: math.Exp(at[4])},
		logStrength: at[1], logRate: at[2],
	}
	m.gammaShape, m.gammaStaying, m.gammaEither = lgamma(shape), lgamma(m.Staying), lgamma(m.Leaving+m.Staying)
	m.digammaStaying, m.digammaEither = digamma(m.Staying), digamma(m.Leaving+m.Staying)
	return m
}

// of is the logarithm of the likelihood of one person, without what does not depend on the recurrence, and adds its gradient by the
// mean and the logarithms of strength, rate, leaving and staying.
func (m *recurrenceTerms) of(r Recurring, gradient []float64) float64 {
	n, a, b := r.Intervals, m.Leaving, m.Staying
	strength, shape, rate, mean := m.Strength+n, m.Shape+n/2, m.Rate, m.Mean
	var rateByMean, rateByStrength float64
	if n > 0 {
		apart := r.Logs/n - m.Mean
		mean = (m.Strength*m.Mean + r.Logs) / strength
		rate += max(0, r.Squares-r.Logs*r.Logs/n)/2 + m.Strength*n*apart*apart/(2*strength)
		rateByMean = -m.Strength * n * apart / strength
		rateByStrength = apart * apart / 2 * (n / strength) * (n / strength)
	}
	logRate := math.Log(rate)
	value := lgamma(shape) - m.gammaShape + m.Shape*m.logRate - shape*logRate + (m.logStrength-math.Log(strength))/2 // intervals
	value += lgamma(b+n) + m.gammaEither - lgamma(a+b+n) - m.gammaStaying                                            // stayed after each but the last

	// The silence: gone, or the next interval is longer (the outlook of a cadence).
	gone := a / (a + b + n)
	spread := math.Sqrt(rate / (shape - 1) * (strength + 1) / strength)
	longer, z, density := 1.0, 0.0, 0.0
	if r.Silence > 0 {
		z = (math.Log(r.Silence) - mean) / spread
		longer, density = math.Erfc(z/math.Sqrt2)/2, math.Exp(-z*z/2)/math.Sqrt(2*math.Pi)
	}
	still := gone + (1-gone)*longer
	value += math.Log(still)
	if gradient == nil {
		return value
	}

	byZ := -(1 - gone) * density / still // of ln still
	byGone := (1 - longer) / still
	meanByMean, meanByStrength := m.Strength/strength, 0.0
	if n > 0 {
		meanByStrength = (m.Mean - mean) / strength
	}
	// spread² is in proportion to rate·(strength+1)/strength; z falls by its relative change, and by the mean's over the spread.
	spreadByStrength := (rateByStrength/rate + 1/(strength+1) - 1/strength) / 2
	gradient[0] += -shape/rate*rateByMean + byZ*(-meanByMean/spread-z*rateByMean/rate/2)
	gradient[1] += m.Strength * ((1/m.Strength-1/strength)/2 - shape/rate*rateByStrength + byZ*(-meanByStrength/spread-z*spreadByStrength))
	gradient[2] += m.Rate * (m.Shape/m.Rate - shape/rate + byZ*(-z/rate/2))
	either, all := digamma(a+b+n), a+b+n
	gradient[3] += a * (m.digammaEither - either + byGone*(b+n)/(all*all))
	gradient[4] += b * (digamma(b+n) + m.digammaEither - either - m.digammaStaying - byGone*a/(all*all))
	return value
}
