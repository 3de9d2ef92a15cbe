package aparte

import (
	"cmp"
	"math"
	"slices"
	"time"
)

// CadenceHalfLife is how long it takes until an interval between purchases counts half: habits change.
const CadenceHalfLife = 365 * 24 * time.Hour

// Occasion is the shortest interval between two purchases; orders that are closer are one.
const Occasion = 24 * time.Hour

// Cadence is how often a person buys, in all or in one category: of the intervals between purchases, what their
// prediction needs. Sums are decayed, as of LastAt.
type Cadence struct {
	Category string    // empty: in all
	LastAt   time.Time // the last purchase
	Weight   float32   // how many intervals
	Logs     float32   // Σ of the logarithms of the intervals in days
	Squares  float32   // Σ of their squares
}

// Due is when a person is expected to buy again, should they ever.
type Due struct {
	Category    string    // empty: anything
	Probability float64   // that they have by Until
	From        time.Time // nine times in ten it is later
	At          time.Time // as often before as after
	Until       time.Time // nine times in ten it is earlier
}

// outlook is what a cadence leads to expect: the logarithm of the next interval is normal, unless the person is gone.
type outlook struct {
	mean, spread float64
	own          float64 // how far the person's intervals spread, were their mean known
	gone         float64 // the probability that the last purchase was the last for good
}

// after is the posterior prediction of a person with a cadence. A Student's t of mean mₙ takes the place of a normal with the same variance
// βₙ(κₙ+1)/((αₙ−1)κₙ): with α₀ = 3 it has at least six degrees of freedom.
func (r Recurrence) after(c *Cadence) outlook {
	n := float64(c.Weight)
	strength, shape, rate, mean := r.Strength+n, r.Shape+n/2, r.Rate, r.Mean
	if n > 0 {
		average := float64(c.Logs) / n
		mean = (r.Strength*r.Mean + float64(c.Logs)) / strength
		rate += max(0, float64(c.Squares)-average*float64(c.Logs))/2 + r.Strength*n*(average-r.Mean)*(average-r.Mean)/(2*strength)
	}
	own := rate / (shape - 1)
	return outlook{
		mean: mean, spread: math.Sqrt(own * (strength + 1) / strength), own: math.Sqrt(own),
		gone: r.Leaving / (r.Leaving + r.Staying + n),
	}
}

// survives is the probability that an interval is longer than so many days.
func (o *outlook) survives(days float64) float64 {
	if days <= 0 {
		return 1
	}
	return math.Erfc((math.Log(days)-o.mean)/(o.spread*math.Sqrt2)) / 2
}

// longest is how many days at most are spoken of.
const longest = 36500

// days is the number of days that an interval is longer than with a probability.
func (o *outlook) days(survival float64) float64 {
	return min(longest, math.Exp(o.mean+o.spread*math.Sqrt2*math.Erfcinv(2*survival)))
}

// left is the probability that somebody who has not bought for so many days is gone (Bayes' rule).
func (o *outlook) left(days float64) float64 {
	return o.gone / (o.gone + (1-o.gone)*o.survives(days))
}

// Cadence is how often the person buys in a category, or anything where that is empty, and whether they ever did.
// Of somebody of whom only sums are known, it is as if they had bought at equal intervals.
func (p *Person) Cadence(category string) (Cadence, bool) {
	i, found := slices.BinarySearchFunc(p.Cadences, category, func(c Cadence, category string) int { return cmp.Compare(c.Category, category) })
	if found {
		return p.Cadences[i], true
	}
	o := &p.Orders
	if category != "" || o.Count == 0 {
		return Cadence{}, false
	}
	c := Cadence{LastAt: o.LastAt}
	if span := days(o.LastAt.Sub(o.FirstAt)); o.Count > 1 && !o.FirstAt.IsZero() && span > 0 {
		n := math.Min(float64(o.Count-1), span)
		log := math.Log(span / n)
		c.Weight, c.Logs, c.Squares = float32(n), float32(n*log), float32(n*log*log)
	}
	return c, true
}

// Due is when the person is expected to buy in a category again, or anything where that is empty, and whether that
// can be said: not of who never did, nor of who is so late that no interval of theirs was ever like it. r is how the brand's people buy.
func (p *Person) Due(r *Recurrences, category string, now time.Time) (Due, bool) {
	const hopeless = 1e-9
	c, bought := p.Cadence(category)
	if !bought {
		return Due{}, false
	}
	o, since := r.In(category).after(&c), math.Max(0, days(now.Sub(c.LastAt)))
	survival := o.survives(since)
	if survival < hopeless {
		return Due{}, false
	}
	on := func(share float64) time.Time {
		return c.LastAt.Add(duration(math.Max(since, o.days(survival*(1-share)))))
	}
	return Due{Category: category, Probability: 0.9 * (1 - o.left(since)), From: on(0.1), At: on(0.5), Until: on(0.9)}, true
}

// Buys is the probability that the person buys in a category, or anything where that is empty, in the time from now
// on: 0 where they never did. r is how the brand's people buy.
func (p *Person) Buys(r *Recurrences, category string, now time.Time, within time.Duration) float64 {
	c, bought := p.Cadence(category)
	if !bought {
		return 0
	}
	o, since := r.In(category).after(&c), math.Max(0, days(now.Sub(c.LastAt)))
	survival := o.survives(since)
	if survival <= 0 {
		return 0
	}
	return (1 - o.left(since)) * (1 - o.survives(since+days(within))/survival)
}

// RunsOut is until when what the person bought last in a category lasts, and whether that can be said: the time by which, once
// they had bought there, they were as likely as not to buy there again, would they stay. It cannot be said where a cadence does not
// tell (Recurrences.Tells), nor of who is more likely gone than late.
func (p *Person) RunsOut(r *Recurrences, category string, now time.Time) (time.Time, bool) {
	c, bought := p.Cadence(category)
	if !bought || !r.Tells(&c) {
		return time.Time{}, false
	}
	o := r.In(category).after(&c)
	if o.left(math.Max(0, days(now.Sub(c.LastAt)))) > 0.5 {
		return time.Time{}, false
	}
	return c.LastAt.Add(duration(o.days(0.5))), true
}

// Dues are the categories in which the person is expected to buy again, as far as their cadences tell, the soonest first.
func (p *Person) Dues(r *Recurrences, now time.Time) []Due {
	var dues []Due
	for i := range p.Cadences {
		if c := &p.Cadences[i]; c.Category == "" || !r.Tells(c) {
			continue
		}
		if due, ok := p.Due(r, p.Cadences[i].Category, now); ok {
			dues = append(dues, due)
		}
	}
	slices.SortStableFunc(dues, func(a, b Due) int { return a.At.Compare(b.At) })
	return dues
}

func days(d time.Duration) float64 { return d.Hours() / 24 }

// duration is so many days, to the microsecond as records keep times.
func duration(days float64) time.Duration {
	return time.Duration(days * 24 * float64(time.Hour)).Truncate(time.Microsecond)
}
