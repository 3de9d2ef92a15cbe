package aparte

// Recurrence is what is thought of how often things are bought again before an interval of the person's own was seen. Logarithms of
// intervals are normal, with mean and precision of a normal-gamma distribution (Murphy 2007, "Conjugate Bayesian analysis of the
// Gaussian distribution", section 3). After each purchase a person is gone with a probability of a beta distribution (Fader,
// Hardie, Lee 2005, "Counting your customers the easy way", section 3, assumption iii).
type Recurrence struct {
	Mean     float64 `json:"mean"`     // of the logarithm of an interval in days: μ₀
	Strength float64 `json:"strength"` // how many intervals that is worth: κ₀
	Shape    float64 `json:"shape"`    // α₀, above 1
	Rate     float64 `json:"rate"`     // β₀
	Leaving  float64 `json:"leaving"`  // a
	Staying  float64 `json:"staying"`  // b
}

// Recurrences are how often a brand's people buy again, in all and by category. Nil stands for [UsualRecurrence] of each. It is safe for
// concurrent use as long as it does not change.
type Recurrences struct {
	All      Recurrence            `json:"all"`      // anything
	Category Recurrence            `json:"category"` // things of a category of which nothing else is known
	Of       map[string]Recurrence `json:"of"`       // by category
}

// UsualRecurrence is what is thought where nothing was learned of the brand's own people: how often anything is bought again, or, with a
// category, things of one. Both are fitted to six months of a real shop's sales; docs/behaviour.md has how, and how well they
// foretell the next three.
func UsualRecurrence(category string) Recurrence {
	if category == "" {
		return Recurrence{Mean: 4.5, Strength: 0.57, Shape: 3, Rate: 1.58, Leaving: 0.27, Staying: 7.3}
	}
	return Recurrence{Mean: 4.96, Strength: 0.66, Shape: 3, Rate: 1.57, Leaving: 0.15, Staying: 1.4}
}

// In is how often things of a category are bought again, or anything where that is empty.
func (r *Recurrences) In(category string) Recurrence {
	if r == nil {
		return UsualRecurrence(category)
	}
	if category == "" {
		return r.All
	}
	if own, learned := r.Of[category]; learned {
		return own
	}
	return r.Category
}

// Tells reports whether it can be said when a person with a cadence in a category comes back there: they did before, or it was learned
// that most do who bought there once.
func (r *Recurrences) Tells(c *Cadence) bool {
	if c.Weight > 0 || r == nil {
		return c.Weight > 0
	}
	own, learned := r.Of[c.Category]
	return learned && own.Returns() > 0.5
}

// Interval is the interval that a person of whom nothing is known comes back after, should they ever: so many days that it is as
// often less as more, and between which it lies four times in five.
func (r Recurrence) Interval() (from, median, until float64) {
	o := r.after(&Cadence{})
	return o.days(0.9), o.days(0.5), o.days(0.1)
}

// Returns is the probability that somebody who bought for the first time ever does so again.
func (r Recurrence) Returns() float64 { return r.Staying / (r.Leaving + r.Staying) }
