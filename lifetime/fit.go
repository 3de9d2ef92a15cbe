package lifetime

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"
)

// Fit is how a fit by maximum likelihood went.
type Fit struct {
	LogLikelihood float64
	SE            []float64 // standard errors of the parameters, in their order, from the curvature; NaN where it has none
	Iterations    int       // on all people, beside those on a sample to find where to start

	// Converged: no step within the bounds would raise the log-likelihood by what can be told from rounding.
	Converged bool
	// Boundary: a parameter ran into its bound, a factor of e⁷ from the scale of the data, and the likelihood
	// would still rise beyond: the data tell of no spread there. What such a model foretells can be used; that
	// parameter means nothing.
	Boundary bool
}

// ErrNothing: there is nothing from which a model could be fitted.
var ErrNothing = errors.New("nothing to fit")

// FitBGNBD fits the model to the histories of people.
func FitBGNBD(histories []History) (BGNBD, Fit, error) {
	sample, scale, err := histogram(histories)
	if err != nil {
		return BGNBD{}, Fit{}, err
	}
	t, f := fit(sample, bgLikelihood, []float64{0, scale, 0, 0}, [][]float64{{0, 0, 0, 0}, {-1.5, -1.5, -0.5, 1}, {-1.5, -1.5, -2, 1}, {1, 0, -1, 2}})
	return BGNBD{t[0], t[1], t[2], t[3]}, f, nil
}

// FitParetoNBD fits the model to the histories of people.
func FitParetoNBD(histories []History) (ParetoNBD, Fit, error) {
	sample, scale, err := histogram(histories)
	if err != nil {
		return ParetoNBD{}, Fit{}, err
	}
	t, f := fit(sample, paretoLikelihood, []float64{0, scale, 0, scale}, [][]float64{{0, 0, 0, 0}, {-0.7, -1, -0.7, -1}, {-1, -1, -1.5, 0.5}, {1, 1, 0.5, 1}})
	return ParetoNBD{t[0], t[1], t[2], t[3]}, f, nil
}

// Refit fits the model to histories that are much like those it was fitted to before, such as the same people's a day later: from
// where it stands, without a search for where to begin. It is no better than the top next to it.
func (m BGNBD) Refit(histories []History) (BGNBD, Fit, error) {
	sample, scale, err := histogram(histories)
	if err != nil {
		return BGNBD{}, Fit{}, err
	}
	t, f := refit(sample, bgLikelihood, []float64{0, scale, 0, 0}, []float64{m.R, m.Alpha, m.A, m.B})
	return BGNBD{t[0], t[1], t[2], t[3]}, f, nil
}

// Refit is as that of a BGNBD.
func (m ParetoNBD) Refit(histories []History) (ParetoNBD, Fit, error) {
	sample, scale, err := histogram(histories)
	if err != nil {
		return ParetoNBD{}, Fit{}, err
	}
	t, f := refit(sample, paretoLikelihood, []float64{0, scale, 0, scale}, []float64{m.R, m.Alpha, m.S, m.Beta})
	return ParetoNBD{t[0], t[1], t[2], t[3]}, f, nil
}

// FitGammaGamma fits the model to what people spent. Two must have bought.
func FitGammaGamma(spent []Spending) (GammaGamma, Fit, error) {
	var logs float64
	for i, s := range spent {
		if err := s.Validate(); err != nil {
			return GammaGamma{}, Fit{}, fmt.Errorf("person %d: %w", i, err)
		}
		logs += math.Log(s.Mean)
	}
	sample := grouped(spent, func(a, b Spending) int {
		return cmp.Or(cmp.Compare(a.Purchases, b.Purchases), cmp.Compare(a.Mean, b.Mean))
	})
	if len(sample) < 2 {
		return GammaGamma{}, Fit{}, fmt.Errorf("%w: two people with different amounts are needed", ErrNothing)
	}
	t, f := fit(sample, spendingLikelihood, []float64{0, 0, logs / float64(len(spent))}, [][]float64{{1, 1, 0}, {2, 1, 0}, {0, 2, 1}, {3, 3, 1}})
	return GammaGamma{t[0], t[1], t[2]}, f, nil
}

// FitShiftedBetaGeometric fits the model to contracts.
func FitShiftedBetaGeometric(contracts []Contract) (ShiftedBetaGeometric, Fit, error) {
	ended, renewed := false, false
	for i, c := range contracts {
		if err := c.Validate(); err != nil {
			return ShiftedBetaGeometric{}, Fit{}, fmt.Errorf("contract %d: %w", i, err)
		}
		ended, renewed = ended || c.Ended, renewed || c.Renewals > 0
	}
	if !ended || !renewed {
		return ShiftedBetaGeometric{}, Fit{}, fmt.Errorf("%w: no contract was renewed, or none ended", ErrNothing)
	}
	sample := grouped(contracts, func(a, b Contract) int {
		order := cmp.Compare(a.Renewals, b.Renewals)
		if order == 0 && a.Ended != b.Ended {
			order = 1
			if b.Ended {
				order = -1
			}
		}
		return order
	})
	t, f := fit(sample, contractLikelihood, []float64{0, 0}, [][]float64{{0, 0}, {-0.5, 1}, {1, 2}})
	return ShiftedBetaGeometric{t[0], t[1]}, f, nil
}

// histogram groups equal histories, and gives the logarithm of the mean age.
func histogram(histories []History) (sample[History], float64, error) {
	var age, repeats float64
	for i, h := range histories {
		if err := h.Validate(); err != nil {
			return nil, 0, fmt.Errorf("person %d: %w", i, err)
		}
		age, repeats = age+h.Age, repeats+h.Repeats
	}
	if repeats == 0 || age == 0 {
		return nil, 0, fmt.Errorf("%w: nobody bought twice", ErrNothing)
	}
	return grouped(histories, func(a, b History) int {
		return cmp.Or(cmp.Compare(a.Repeats, b.Repeats), cmp.Compare(a.Last, b.Last), cmp.Compare(a.Age, b.Age))
	}), math.Log(age / float64(len(histories))), nil
}

// sample is what was seen of people, equal ones together.
type sample[T comparable] []group[T]

type group[T comparable] struct {
	seen   T
	people float64
}

func grouped[T comparable](all []T, order func(a, b T) int) sample[T] {
	all = slices.Clone(all)
	slices.SortFunc(all, order)
	var s sample[T]
	for _, x := range all {
		if n := len(s); n > 0 && s[n-1].seen == x {
			s[n-1].people++
			continue
		}
		s = append(s, group[T]{x, 1})
	}
	return s
}

// some is about n of the groups, evenly spread.
func (s sample[T]) some(n int) sample[T] {
	if len(s) <= n {
		return s
	}
	some := make(sample[T], n)
	for i := range some {
		some[i] = s[i*len(s)/n]
	}
	return some
}

// likelihood is a model's log-likelihood of what was seen of one person. It adds the derivatives by the
// logarithms of the parameters to gradient, unless that is nil.
type likelihood[T any] interface {
	of(seen T, gradient []float64) float64
}

// fit maximises the likelihood over the logarithms of the parameters, each within e^±bound of its scale. The
// starts, relative to the scales, are tried on a sample of people; the best end of them is where all people's
// fit begins, and each other end that is not the same is tried as well.
func fit[T comparable](all sample[T], at func(logs []float64) likelihood[T], scales []float64, starts [][]float64) ([]float64, Fit) {
	over := func(s sample[T]) objective { return s.objective(at) }
	var ends []optimum
	for _, start := range starts {
		from := slices.Clone(start)
		for i := range from {
			from[i] += scales[i]
		}
		ends = append(ends, climb(over(all.some(300)), from, scales))
	}
	slices.SortStableFunc(ends, func(a, b optimum) int { return cmp.Compare(b.value, a.value) })
	settle := func(end optimum) optimum { // by more people, then by all
		return climb(over(all), climb(over(all.some(4000)), end.at, scales).at, scales)
	}
	best := settle(ends[0])
	for i, end := range ends[1:] {
		if !end.near(ends[:i+1]) {
			if other := settle(end); other.value > best.value {
				best = other
			}
		}
	}
	return best.told()
}

// refit maximises the likelihood from parameters that are near its top.
func refit[T comparable](all sample[T], at func(logs []float64) likelihood[T], scales, near []float64) ([]float64, Fit) {
	start := make([]float64, len(near))
	for i, p := range near {
		start[i] = min(max(math.Log(p), scales[i]-bound), scales[i]+bound)
	}
	if len(all) > 4000 {
		start = climb(all.some(4000).objective(at), start, scales).at
	}
	top := climb(all.objective(at), start, scales)
	return top.told()
}

// objective is the likelihood of all groups, to be climbed.
func (s sample[T]) objective(at func(logs []float64) likelihood[T]) objective {
	return func(logs, gradient []float64) float64 { return s.sum(at, logs, gradient) }
}

// sum is the likelihood of all groups, and adds its gradient where one is asked for. Batches of groups are summed
// at the same time, and then in their order, so that the sum does not depend on how many cores there are.
func (s sample[T]) sum(at func(logs []float64) likelihood[T], logs, gradient []float64) (sum float64) {
	const batch = 2048
	type part struct {
		sum      float64
		gradient []float64
	}
	parts := make([]part, (len(s)+batch-1)/batch)
	work := func(i int) {
		model, p := at(logs), &parts[i]
		var one []float64
		if gradient != nil {
			one, p.gradient = make([]float64, len(logs)), make([]float64, len(logs))
		}
		for _, g := range s[i*batch : min((i+1)*batch, len(s))] {
			clear(one)
			p.sum += g.people * model.of(g.seen, one)
			for k, slope := range one {
				p.gradient[k] += g.people * slope
			}
		}
	}
	var group sync.WaitGroup
	for i := range parts {
		if len(parts) == 1 {
			work(i)
			break
		}
		group.Go(func() { work(i) })
	}
	group.Wait()
	for _, p := range parts {
		sum += p.sum
		for k, slope := range p.gradient {
			gradient[k] += slope
		}
	}
	return sum
}
