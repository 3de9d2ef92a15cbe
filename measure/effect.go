package measure

import "math"

// AverageEffect is the difference of two arms' means, treated less control, with the interval of one look.
// Its standard error does not take their variances to be the same (Welch 1938, "The significance of the
// difference between two means when the population variances are unequal"); its quantile is the normal
// one, which a few hundred cases an arm justify.
func AverageEffect(treated, control *Mean, level float64) Estimate {
	return normal(treated.Value()-control.Value(), math.Hypot(treated.SE(), control.SE()), level)
}

// Trial is what was done to one person of a test by a draw, and what followed.
type Trial struct {
	Followed   bool    // it is what the policy in question would have done
	Propensity float64 // the probability with which it was drawn, in (0, 1]
	Outcome    float64
}

// Worth is what the trial says of the policy's value, by inverse propensity: what followed where the draw
// agreed with the policy counts once for each time it could have been drawn otherwise, so that its mean
// over all trials is the value the policy would have had (Horvitz and Thompson 1952; for policies: Li,
// Chu, Langford, Wang 2011, "Unbiased offline evaluation"). Where two policies are tried on the same
// people, the mean of the differences of their worths is what one gains over the other.
func (t *Trial) Worth() float64 {
	if !t.Followed {
		return 0
	}
	return t.Outcome / t.Propensity
}

// PolicyValue is the mean outcome a policy would have had.
func PolicyValue(trials []Trial, level float64) Estimate {
	var m Mean
	for i := range trials {
		m.Add(trials[i].Worth())
	}
	return m.Estimate(level)
}
