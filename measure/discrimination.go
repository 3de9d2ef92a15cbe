package measure

import (
	"cmp"
	"math"
	"slices"
)

// Judged is a person of whom something was foretold with a probability, and what came.
type Judged struct {
	Score float64 // the probability, or any other number that orders people
	Came  bool
}

// Discrimination is how well scores tell those to whom something came from the others.
type Discrimination struct{ people []Judged }

// Discriminate puts people in the order of their scores, the highest first. They are not kept.
func Discriminate(people []Judged) *Discrimination {
	d := &Discrimination{slices.Clone(people)}
	slices.SortStableFunc(d.people, func(a, b Judged) int { return cmp.Compare(b.Score, a.Score) })
	return d
}

// AUC is the probability that of two people, one to whom it came and one to whom it did not, the first has the
// higher score; equal scores count half. NaN where there are not both.
func (d *Discrimination) AUC() float64 {
	var above, came, pairs float64 // those to whom it came, so far
	for from := 0; from < len(d.people); {
		to, tied := from, 0.0
		for ; to < len(d.people) && d.people[to].Score == d.people[from].Score; to++ {
			if d.people[to].Came {
				tied++
			}
		}
		others := float64(to-from) - tied
		pairs += others * (above + tied/2)
		above += tied
		from = to
	}
	came = above
	return pairs / (came * (float64(len(d.people)) - came))
}

// Captured is the share of those to whom it came who are among the first share of people. Of people of equal
// score at the edge, each counts in part.
func (d *Discrimination) Captured(share float64) float64 {
	scores, came, all := make([]float64, len(d.people)), make([]float64, len(d.people)), 0.0
	for i, p := range d.people {
		scores[i] = p.Score
		if p.Came {
			came[i] = 1
			all++
		}
	}
	return captured(scores, came, share) / all
}

// LogLoss is the mean of −ln of the probability given to what came.
func (d *Discrimination) LogLoss() float64 {
	sum := 0.0
	for _, p := range d.people {
		chance := p.Score
		if !p.Came {
			chance = 1 - chance
		}
		sum -= math.Log(max(chance, 1e-15))
	}
	return sum / float64(len(d.people))
}

// Calibration is some people of like scores: with which probability it was foretold to them on average, and to
// what share it came, with Wilson's interval for that share.
type Calibration struct {
	People    int
	Predicted float64
	Observed  float64
	Interval
}

// Reliability parts people into so many classes of like scores and equal size, the highest scores first.
func (d *Discrimination) Reliability(classes int, level float64) (curve []Calibration) {
	for k := range classes {
		part := d.people[k*len(d.people)/classes : (k+1)*len(d.people)/classes]
		if len(part) == 0 {
			continue
		}
		c := Calibration{People: len(part)}
		for _, p := range part {
			c.Predicted += p.Score / float64(len(part))
			if p.Came {
				c.Observed++
			}
		}
		c.Observed /= float64(len(part))
		c.Interval = wilson(c.Observed, float64(len(part)), level)
		curve = append(curve, c)
	}
	return curve
}

// wilson is the interval of a share seen among n (Wilson 1927, "Probable inference, the law of succession, and
// statistical inference").
func wilson(share, n, level float64) Interval {
	z := math.Sqrt2 * math.Erfinv(level)
	middle := (share + z*z/(2*n)) / (1 + z*z/n)
	reach := z / (1 + z*z/n) * math.Sqrt(share*(1-share)/n+z*z/(4*n*n))
	return Interval{Low: max(0, middle-reach), High: min(1, middle+reach)}
}
