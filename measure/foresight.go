package measure

import (
	"cmp"
	"math"
	"slices"
)

// Foresight is how what was foretold of people compares with what came.
type Foresight struct {
	Expected, Actual float64 // in all
	MAE, RMSE        float64 // of a person
	Correlation      float64 // NaN where one of the two does not vary

	// TopDecileShare is the share of all that came which the tenth of people brought of whom most was expected.
	// People of whom the same was expected cannot be told apart: of those at the edge, each counts in part.
	TopDecileShare float64
}

// Foresee compares, person by person.
func Foresee(expected, actual []float64) Foresight {
	var f Foresight
	n := float64(len(expected))
	if n == 0 {
		nan := math.NaN()
		return Foresight{MAE: nan, RMSE: nan, Correlation: nan, TopDecileShare: nan}
	}
	for i, e := range expected {
		f.Expected += e
		f.Actual += actual[i]
		f.MAE += math.Abs(e-actual[i]) / n
		f.RMSE += (e - actual[i]) * (e - actual[i]) / n
	}
	f.RMSE = math.Sqrt(f.RMSE)
	var both, square, other float64
	for i, e := range expected {
		x, y := e-f.Expected/n, actual[i]-f.Actual/n
		both, square, other = both+x*y, square+x*x, other+y*y
	}
	f.Correlation = both / math.Sqrt(square*other)
	f.TopDecileShare = captured(expected, actual, 0.1) / f.Actual
	return f
}

// captured is how much of the actual those people brought who are the first share by expectation.
func captured(expected, actual []float64, share float64) (sum float64) {
	order := make([]int, len(expected))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(expected[b], expected[a]) })
	room := share * float64(len(order))
	for from := 0; from < len(order) && room > 0; {
		to, tied := from, 0.0
		for ; to < len(order) && expected[order[to]] == expected[order[from]]; to++ {
			tied += actual[order[to]]
		}
		taken := min(room, float64(to-from))
		sum += tied * taken / float64(to-from)
		room -= taken
		from = to
	}
	return sum
}
