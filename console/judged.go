package console

import (
	"math"
	"strings"
	"time"

	"golang.org/x/text/number"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/engine"
	"github.com/aparte-dev/aparte/measure"
)

// answerView is what the log says of a change, in words and figures. Values are for a thousand decisions: one is worth
// less than a coin.
type answerView struct {
	Verdict      string // key of a word
	Currency     string
	Since, Until time.Time
	Decisions    int64
	People       int64
	Changed      rate

	Doubts        []string // why the log cannot tell; where there are any, nothing is compared
	Lift, OneLook measure.Estimate
	LiftChart     intervalChart
	Live, Then    measure.Estimate
	LiveChart     intervalChart
	ThenChart     intervalChart

	NeverDone float64 // share of what it would have done
	ESS       int64
	Carriers  int64 // people, effectively, for whom it differs
	Ways      []wayView
	LeftOut   []leftOut
}

// wayView is one way to work a value out.
type wayView struct {
	Name string // as the literature calls it
	measure.Estimate
}

// leftOut is what the answer does not stand on, or not firmly.
type leftOut struct {
	Key   string // of a word
	Count int64
	Names string // instead of the count
}

// Compared tells whether there is a difference to show.
func (a *answerView) Compared() bool { return len(a.Doubts) == 0 && a.Changed.Part > 0 }

// thousand is how many decisions a value is told for.
const thousand = 1000

func answerOf(lang string, w *engine.WhatIf, b *aparte.Brand) answerView {
	people, rewards := w.Carried()
	d := w.Diagnose()
	v := answerView{
		Currency: b.Currency, Since: w.Since, Until: w.Until, Decisions: int64(w.Rows()), People: int64(w.People()),
		Changed:   rate{int64(w.Changed()), int64(w.Rows())},
		NeverDone: d.Unseen, ESS: int64(math.Round(d.ESS)), Carriers: int64(math.Round(people)), LeftOut: leftOutOf(lang, w, b),
	}
	once := w.Lift(level)
	anytime := w.Anytime(once, level)
	for _, doubt := range w.Doubted() {
		v.Doubts = append(v.Doubts, doubtText(lang, doubt.Kind, d, people, rewards))
	}
	switch {
	case len(v.Doubts) > 0:
		v.Verdict = "whatif.refused"
	case v.Changed.Part == 0:
		v.Verdict = "whatif.same"
	case anytime.Low > 0:
		v.Verdict = "whatif.more"
	case anytime.High < 0:
		v.Verdict = "whatif.less"
	default:
		v.Verdict = "whatif.open"
	}
	if v.Compared() {
		v.compare(w, anytime, once)
	}
	return v
}

// compare draws the difference, and both sides of it on one line.
func (v *answerView) compare(w *engine.WhatIf, anytime, once measure.Estimate) {
	v.Lift, v.OneLook = times(anytime, thousand), times(once, thousand)
	v.Live, v.Then = times(w.OnPolicy(level), thousand), times(w.DR(level), thousand)
	v.Ways = []wayView{{"IPW", times(w.IPW(level), thousand)}, {"SNIPW", times(w.SNIPW(level), thousand)}, {"DR", v.Then}}
	from, to := min(v.Lift.Low, 0), max(v.Lift.High, 0)
	margin := (to - from) / 20
	v.LiftChart = chartOf(v.Lift.Low, v.Lift.High, v.Lift.Value, from-margin, to+margin)
	from, to = min(v.Live.Low, v.Then.Low), max(v.Live.High, v.Then.High)
	margin = (to - from) / 20
	v.LiveChart = chartOf(v.Live.Low, v.Live.High, v.Live.Value, from-margin, to+margin)
	v.ThenChart = chartOf(v.Then.Low, v.Then.High, v.Then.Value, from-margin, to+margin)
}

// times is an estimate of so many.
func times(e measure.Estimate, n float64) measure.Estimate {
	return measure.Estimate{Value: n * e.Value, SE: n * e.SE, Interval: measure.Interval{Low: n * e.Low, High: n * e.High}}
}

// doubtText says why the log cannot tell, with the figures.
func doubtText(lang string, kind measure.DoubtKind, d measure.Diagnosis, people, rewards float64) string {
	n := func(x float64) string { return printer(lang).Sprint(number.Decimal(x, number.MaxFractionDigits(1))) }
	return strings.NewReplacer(
		"{rows}", countText(lang, int64(d.Rows)), "{ess}", n(d.ESS), "{share}", shareText(lang, d.Unseen),
		"{people}", n(people), "{rewards}", n(rewards),
	).Replace(word(lang, "whatif.doubt."+string(kind)))
}

// leftOutOf is what the answer does not stand on.
func leftOutOf(lang string, w *engine.WhatIf, b *aparte.Brand) (all []leftOut) {
	for _, one := range []leftOut{
		{Key: "whatif.left.open", Count: int64(w.Open)}, {Key: "whatif.left.forgotten", Count: int64(w.Forgotten)},
		{Key: "whatif.left.unlearned", Count: int64(w.Unlearned)}, {Key: "whatif.left.assumed", Count: int64(w.Assumed)},
		{Key: "whatif.left.silenced", Count: int64(w.Silenced)},
	} {
		if one.Count > 0 {
			all = append(all, one)
		}
	}
	var names []string
	for _, id := range w.Unraised {
		names = append(names, scenarioName(lang, id, b))
	}
	if len(names) > 0 {
		all = append(all, leftOut{Key: "whatif.left.unraised", Names: strings.Join(names, ", ")})
	}
	return all
}

// drawnView is an interval to be drawn, with its zero where that is on the line.
type drawnView struct {
	Lang  string
	Chart intervalChart
	measure.Estimate
	Currency string
	Zero     bool
}
