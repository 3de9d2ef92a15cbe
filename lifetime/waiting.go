package lifetime

import (
	"cmp"
	"fmt"
	"math"
)

// Waiting is for how long somebody has been known without a first purchase, or how long it took until there was one.
type Waiting struct {
	Time float64
	Over bool // they bought
}

// Validate says what is wrong with a time of waiting.
func (w Waiting) Validate() error {
	if !(w.Time >= 0) || math.IsInf(w.Time, 0) {
		return fmt.Errorf("waiting: a time of %g", w.Time)
	}
	return nil
}

// FirstPurchase is the exponential-gamma model of trial (Hardie, Fader, Wisniewski 1998, "An empirical comparison of new
// product trial forecasting models", Journal of Forecasting 17): everybody makes a first purchase at a rate of their own, gamma
// distributed (R, Alpha). Many rates are near nothing where R is small: most people never buy, without a class of their own.
type FirstPurchase struct{ R, Alpha float64 }

// Within is the probability that somebody who has been known for so long without a purchase makes one in a time from now.
func (m FirstPurchase) Within(known, time float64) float64 {
	if !(time > 0) {
		return 0
	}
	return -math.Expm1(m.R * math.Log((m.Alpha+known)/(m.Alpha+known+time)))
}

// LogLikelihood is that of one time of waiting.
func (m FirstPurchase) LogLikelihood(w Waiting) float64 {
	return firstLikelihood([]float64{math.Log(m.R), math.Log(m.Alpha)}).of(w, nil)
}

// FitFirstPurchase fits the model to times of waiting.
func FitFirstPurchase(all []Waiting) (FirstPurchase, Fit, error) {
	var time, over float64
	for i, w := range all {
		if err := w.Validate(); err != nil {
			return FirstPurchase{}, Fit{}, fmt.Errorf("person %d: %w", i, err)
		}
		time += w.Time
		if w.Over {
			over++
		}
	}
	if over == 0 || time == 0 {
		return FirstPurchase{}, Fit{}, fmt.Errorf("%w: nobody was seen to make a first purchase", ErrNothing)
	}
	sample := grouped(all, func(a, b Waiting) int {
		return cmp.Or(cmp.Compare(a.Time, b.Time), cmp.Compare(oneIf(a.Over), oneIf(b.Over)))
	})
	scales := []float64{0, math.Log(time / float64(len(all)))}
	t, f := fit(sample, firstLikelihood, scales, [][]float64{{0, 0}, {-2, 0}, {-4, -1}, {0, 3}})
	return FirstPurchase{t[0], t[1]}, f, nil
}

func oneIf(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

type firstTerms struct {
	FirstPurchase
	logR, logAlpha float64
}

func firstLikelihood(logs []float64) likelihood[Waiting] {
	return &firstTerms{FirstPurchase{math.Exp(logs[0]), math.Exp(logs[1])}, logs[0], logs[1]}
}

func (m *firstTerms) of(w Waiting, gradient []float64) float64 {
	logAll := math.Log(m.Alpha + w.Time)
	log, events := m.R*(m.logAlpha-logAll), 0.0
	if w.Over { // r/(α+t)
		log += m.logR - logAll
		events = 1
	}
	if gradient != nil {
		gradient[0] += m.R*(m.logAlpha-logAll) + events
		gradient[1] += m.R - m.Alpha*(m.R+events)/(m.Alpha+w.Time)
	}
	return log
}
