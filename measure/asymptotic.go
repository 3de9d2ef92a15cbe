package measure

import "math"

// tunedTo is the number of rows at which asymptotic sequences are tightest. It must not depend on the rows.
const tunedTo = 10_000

// Asymptotic is the confidence sequence of a mean with finite variance: what the central limit theorem is
// for one look, for all looks at once. It needs no bound on the numbers, but enough rows: its guarantee
// is approached as the first look is taken later (Waudby-Smith, Arbour, Sinha, Kennedy, Ramdas 2021,
// "Time-uniform central limit theory and asymptotic confidence sequences": the sequence from Robbins' normal
// mixture, and its tuning to a number of rows). Assumed: the numbers deviate from their means as a
// martingale does, with a variance that settles.
func Asymptotic(value, se float64, n int, level float64) Interval {
	α := 1 - level
	ρ2 := (-2*math.Log(α) + math.Log(-2*math.Log(α)+1)) / tunedTo
	t := float64(n)
	sd := se * math.Sqrt(t)
	radius := sd * math.Sqrt(2*(t*ρ2+1)/(t*t*ρ2)*math.Log(math.Sqrt(t*ρ2+1)/α))
	return Interval{value - radius, value + radius}
}

// Anytime is the mean with the asymptotic confidence sequence.
func (m *Mean) Anytime(level float64) Estimate {
	return Estimate{m.Value(), m.SE(), Asymptotic(m.Value(), m.SE(), m.N, level)}
}
