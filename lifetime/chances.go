package lifetime

import (
	"iter"
	"math"
)

// Counter is a model that tells how likely each number of purchases is, and so how far off an expectation may be.
type Counter interface {
	// Counts are the probabilities of 0, 1, 2, … purchases within so much time from now. They do not end.
	Counts(h History, within float64) iter.Seq[float64]
}

var (
	_ Counter = BGNBD{}
	_ Counter = ParetoNBD{}
	_ Counter = ShiftedBetaGeometric{}.Paying(Contract{}, 0)
)

// mostCounted bounds a range.
const mostCounted = 100_000

// Range is the numbers of purchases between which what comes lies with a probability of level at least: no fewer than
// low, and no more than high, but each for half of the rest.
func Range(m Counter, h History, within, level float64) (low, high int) {
	side, sum, n := (1-level)/2, 0.0, 0
	low = -1
	for p := range m.Counts(h, within) {
		sum += p
		if low < 0 && sum > side {
			low = n
		}
		if sum >= 1-side || n >= mostCounted {
			break
		}
		n++
	}
	return max(low, 0), n
}

// Counts are those of purchases that would come if nobody left, negative binomial N, of which each happens if all before it
// were stayed after: P(n or more) = P(alive) · P(N ≥ n) · E[(1−p)ⁿ⁻¹], as in Staying.
func (m BGNBD) Counts(h History, within float64) iter.Seq[float64] {
	return func(yield func(float64) bool) {
		alive, b := m.Alive(h), m.B+h.Repeats
		without, stayed, before := newBinomial(m.R+h.Repeats, m.Alpha+h.Age, within), 1.0, 1.0
		tail := 1.0 // P(N ≥ n)
		for n := 1.0; ; n++ {
			tail -= without.next()
			more := alive * max(0, tail) * stayed
			if !yield(before - more) {
				return
			}
			before = more
			stayed *= (b + n - 1) / (m.A + b + n - 1)
		}
	}
}

// Counts are those of purchases at a posterior rate for as long as the person stays: a mixture of negative binomials over
// how long that is, by Gauss and Legendre in its logarithm, twelve panels of three points: exact to a thousandth.
func (m ParetoNBD) Counts(h History, within float64) iter.Seq[float64] {
	return func(yield func(float64) bool) {
		alive, rate, age := m.Alive(h), m.R+h.Repeats, m.Alpha+h.Age
		left := m.Beta + h.Age
		stay := math.Exp(m.S * math.Log(left/(left+within))) // to the end
		const panels = 12
		weights := []float64{alive * stay}
		mixture := []binomial{newBinomial(rate, age, within)}
		width := math.Log1p(within/left) / panels
		for i := range panels * len(legendre.points) {
			point := i % len(legendre.points)
			log := width * (float64(i/len(legendre.points)) + legendre.points[point]) // of (β+T+t)/(β+T), t being how long the person stays
			weights = append(weights, alive*m.S*math.Exp(-m.S*log)*width*legendre.weights[point])
			mixture = append(mixture, newBinomial(rate, age, left*math.Expm1(log)))
		}
		gone := 1 - alive
		for {
			p := gone
			gone = 0
			for i := range mixture {
				p += weights[i] * mixture[i].next()
			}
			if !yield(p) {
				return
			}
		}
	}
}

// binomial tells the probabilities of a negative binomial one after the other: purchases in a time, at a rate that is gamma
// distributed.
type binomial struct {
	shape, share float64 // r, and t/(α+t)
	n, log       float64
}

func newBinomial(shape, age, time float64) binomial {
	share := time / (age + time)
	return binomial{shape: shape, share: share, log: shape * math.Log1p(-share)}
}

func (b *binomial) next() float64 {
	p := math.Exp(b.log)
	b.n++
	b.log += math.Log((b.shape + b.n - 1) / b.n * b.share) // −∞ where no time is left
	return p
}

// paying is a contract, whose renewals are counted.
type paying struct {
	ShiftedBetaGeometric
	contract Contract
	period   float64
}

// Paying is a contract of which each period takes so much time. Its Counts do not read the history.
func (m ShiftedBetaGeometric) Paying(c Contract, period float64) Counter { return paying{m, c, period} }

// Counts are the probabilities of 0, 1, 2, … renewals.
func (m paying) Counts(_ History, within float64) iter.Seq[float64] {
	return func(yield func(float64) bool) {
		periods := 0
		if m.period > 0 && !m.contract.Ended {
			periods = int(within / m.period)
		}
		reached := 1.0
		for n := 0; ; n++ {
			more := 0.0
			if n < periods {
				more = reached * m.Retention(m.contract.Renewals+float64(n))
			}
			if !yield(reached - more) {
				return
			}
			reached = more
		}
	}
}
