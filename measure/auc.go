package measure

import (
	"math"
	"slices"
)

// DiscriminationWithin is the AUC of a score with its interval at a level (DeLong, DeLong, Clarke-Pearson 1988, "Comparing
// the areas under two or more correlated receiver operating characteristic curves"). NaN where there are not both: people
// to whom it came and others. People must be independent of one another.
func DiscriminationWithin(people []Judged, level float64) Estimate {
	p := placed(people)
	e := normal(p.auc, p.error(), level)
	e.Low, e.High = max(0, e.Low), min(1, e.High)
	return e
}

// DiscriminationGained is by how much the AUC of one score is larger than that of another of the same people in the same
// order, with its interval at a level (as above).
func DiscriminationGained(one, other []Judged, level float64) Estimate {
	a, b := placed(one), placed(other)
	for i := range b.came {
		b.came[i] = a.came[i] - b.came[i]
	}
	for i := range b.others {
		b.others[i] = a.others[i] - b.others[i]
	}
	return normal(a.auc-b.auc, b.error(), level)
}

// placements say of each of those to whom it came which share of the others has a lower score, ties counting half, and
// of each of the others, which share of those to whom it came has a higher one; in the order of the people.
type placements struct {
	auc          float64
	came, others []float64
}

// placed finds placements by midranks: that among all less that among one's own (Sun, Xu 2014, "Fast implementation of
// DeLong's algorithm").
func placed(people []Judged) placements {
	var came, others, all []float64
	for _, j := range people {
		all = append(all, j.Score)
		if j.Came {
			came = append(came, j.Score)
		} else {
			others = append(others, j.Score)
		}
	}
	slices.Sort(all)
	sortedCame, sortedOthers := slices.Sorted(slices.Values(came)), slices.Sorted(slices.Values(others))
	p := placements{came: came, others: others}
	for i, s := range came {
		p.came[i] = (midrank(all, s) - midrank(sortedCame, s)) / float64(len(others))
		p.auc += p.came[i] / float64(len(came))
	}
	for i, s := range others {
		p.others[i] = 1 - (midrank(all, s)-midrank(sortedOthers, s))/float64(len(came))
	}
	if len(came) == 0 || len(others) == 0 {
		p.auc = math.NaN()
	}
	return p
}

// midrank is a score's place among sorted ones, from 1; that of equals is the mean of theirs.
func midrank(sorted []float64, s float64) float64 {
	from, _ := slices.BinarySearch(sorted, s)
	to, _ := slices.BinarySearch(sorted[from:], math.Nextafter(s, math.Inf(1)))
	return float64(from) + (float64(to)+1)/2
}

// error is the standard error of the AUC.
func (p placements) error() float64 {
	return math.Sqrt(variance(p.came)/float64(len(p.came)) + variance(p.others)/float64(len(p.others)))
}

func variance(x []float64) float64 {
	n := float64(len(x))
	var mean, sum float64
	for _, v := range x {
		mean += v / n
	}
	for _, v := range x {
		sum += (v - mean) * (v - mean)
	}
	return sum / (n - 1)
}
