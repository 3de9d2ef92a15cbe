package learn

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/decide"
)

// Returns learns what share of their returns people lose for each unit of intrusion, over the fortnight after a decision.
// How intrusive a message was is compared with what chance would have chosen on average (aparte.Return): over chance's
// choices that is zero on average for everybody, so that who comes often, and who is written to much, is noise and no
// bias (action centering, as in Effect). People of whom it can be told come back on many more days than they buy, so that
// this is known long before the loss of orders is: a surrogate outcome, Athey, Chetty, Imbens, Kang, "The surrogate
// index", 2019. The zero value knows nothing.
//
// With ŷ the days that were to be expected, y those on which they came, x the intrusion aside,
//
//	y = ŷ·(1 − κ·x) + noise of a variance that grows with ŷ
//
// so that κ = Σ x·(ŷ−y) / Σ x²·ŷ. What people bring says in the same way how much value a share of returns is worth.
type Returns struct {
	days   [aparte.ReturnDays + 2]mean // on which people came back, by on how many they did the fortnight before: aparte.Return.Before
	all    mean                        // of everybody
	earned mean                        // what they brought
	visits slope
	value  slope
}

// mean is a sum and of how many.
type mean struct{ n, sum float64 }

// slope is a regression through zero of what is missing from what was expected, by what caused it.
type slope struct {
	pull  float64 // Σ x·(ŷ−y)
	power float64 // Σ x²·ŷ
	noise float64 // Σ (y−ŷ)²/ŷ
}

// What is assumed: how far apart the shares lost for a unit of intrusion are, that a share of returns is worth three times as
// large a share of value, give or take one - who comes back on fewer days also does less there - and how many people of a kind
// it takes to be believed of what they are rather than of what all are.
const (
	shareDeviation = 0.03
	usualWorth     = 3
	alike          = 20

	fewReturns = 100 // before so many fortnights nothing is told
	leastDays  = 0.3 // that are expected of anybody
)

// Learn takes a fortnight in: the intrusion aside, on how many days the person came back and, plus one, did the
// fortnight before (0: it was not counted), and what they brought, in minor units.
func (r *Returns) Learn(aside float64, days, before int, earned float64) error {
	if !(math.Abs(aside) <= MaxValue) || days < 0 || days > aparte.ReturnDays || before < 0 || before > aparte.ReturnDays+1 || !(math.Abs(earned) <= MaxReward) {
		return fmt.Errorf("return: intrusion %g aside, %d days after %d, %g earned: out of bounds", aside, days, before, earned)
	}
	y, usual := float64(days), r.all.of(0)
	kind := &r.days[before]
	expected := max(leastDays, (kind.sum+float64(alike*usual))/(kind.n+alike))
	if r.all.n >= fewReturns {
		r.visits.see(aside, expected, y)
		if e := r.earned.of(0) * expected / max(leastDays, usual); e > 0 {
			r.value.see(aside, e, earned)
		}
	}
	kind.see(y)
	r.all.see(y)
	r.earned.see(earned)
	return nil
}

func (m *mean) see(v float64) { m.n++; m.sum += v }

func (m *mean) of(none float64) float64 {
	if m.n == 0 {
		return none
	}
	return m.sum / m.n
}

func (s *slope) see(x, expected, y float64) {
	missing := expected - y
	s.pull += float64(x * missing)
	s.power += float64(float64(x*x) * expected)
	s.noise += float64(missing*missing) / expected
}

// precision is that of pull/power, n examples having been seen.
func (s *slope) precision(n float64) float64 {
	if s.noise == 0 {
		return 0
	}
	return s.power * n / s.noise
}

// Loss is what was learned, as decisions use it.
func (r *Returns) Loss() decide.Loss {
	n := r.all.n - fewReturns
	precision := 0.0
	if n > 0 {
		precision = r.visits.precision(n)
	}
	if precision == 0 {
		return decide.Loss{}
	}
	share := max(0, r.visits.pull/r.visits.power)
	worth, sure := float64(usualWorth), float64(r.value.precision(n)*share)*share // of the worth, by the value's own slope
	if sure > 0 {
		worth = (worth + float64(sure*(r.value.pull/r.value.power/share))) / (1 + sure)
	}
	return decide.Loss{Share: share * max(0, worth), Trust: precision / (precision + 1/(shareDeviation*shareDeviation))}
}

// returnsBody is the length of what append writes.
const returnsBody = 8 * (2*(aparte.ReturnDays+2+2) + 6)

func (r *Returns) numbers(each func(*float64)) {
	for i := range r.days {
		each(&r.days[i].n)
		each(&r.days[i].sum)
	}
	for _, m := range [...]*mean{&r.all, &r.earned} {
		each(&m.n)
		each(&m.sum)
	}
	for _, s := range [...]*slope{&r.visits, &r.value} {
		each(&s.pull)
		each(&s.power)
		each(&s.noise)
	}
}

// append writes all there is, in numbers of eight bytes.
func (r *Returns) append(b []byte) []byte {
	r.numbers(func(v *float64) { b = binary.LittleEndian.AppendUint64(b, math.Float64bits(*v)) })
	return b
}
