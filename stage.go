package aparte

import (
	"math"
	"time"
)

// Lifecycle stages, in the order in which they usually come.
const (
	Prospect = "prospect" // never ordered
	New      = "new"      // ordered once, and may well again
	Active   = "active"   // ordered several times, and may well again
	AtRisk   = "at_risk"  // silent for longer than four in five of the intervals expected of them
	Dormant  = "dormant"  // than nineteen in twenty
	Lost     = "lost"     // than ninety-nine in a hundred
	WonBack  = "won_back" // ordered after having been dormant or lost
)

// Stage is a place in a person's life as a customer.
type Stage struct {
	Name  string
	Since time.Time
}

// silences are the stages that come of silence alone, and beyond how many standard deviations of the person's own
// intervals each begins: a silence says the more, the more regularly somebody buys (Platzer, Reutterer 2016, "Ticking
// away the moments: timing regularity helps to better predict customer activity"). Of those of whom nothing but the
// first order is known they begin after half a year, 13 months and two years.
var silences = [...]struct {
	name   string
	beyond float64
}{{AtRisk, 0.8416}, {Dormant, 1.6449}, {Lost, 2.3263}}

// Lifecycle is the stage the person is in at now.
func (p *Person) Lifecycle(now time.Time) string { return p.StageAt(now).Name }

// StageAt is the stage the person is in at now and when they entered it.
func (p *Person) StageAt(now time.Time) Stage {
	at := p.entered()
	if p.Orders.Count == 0 {
		return at
	}
	for _, s := range p.fallsSilent() {
		if now.Before(s.Since) {
			break
		}
		at = s
	}
	return at
}

// StagesUntil are the stages the person went through until now, the last ones, oldest first.
func (p *Person) StagesUntil(now time.Time) []Stage {
	first := p.entered()
	stages := append([]Stage(nil), p.Stages...)
	if len(stages) == 0 {
		stages = append(stages, first)
	}
	if stages[0].Name == New && !p.FirstSeen.IsZero() && p.FirstSeen.Before(stages[0].Since) {
		stages = append([]Stage{{Prospect, p.FirstSeen}}, stages...)
	}
	if p.Orders.Count == 0 {
		return stages
	}
	for _, s := range p.fallsSilent() {
		if !now.Before(s.Since) {
			stages = append(stages, s)
		}
	}
	return stages
}

// entered is the stage that the last order led to.
func (p *Person) entered() Stage {
	switch n := len(p.Stages); {
	case p.Orders.Count == 0:
		return Stage{Prospect, p.FirstSeen}
	case n > 0:
		return p.Stages[n-1]
	case p.Orders.Count == 1:
		return Stage{New, p.Orders.FirstAt}
	}
	return Stage{Active, p.Orders.LastAt}
}

// fallsSilent is when somebody who has ordered enters the stages of silence, should they not order again.
func (p *Person) fallsSilent() (stages [len(silences)]Stage) {
	c, _ := p.Cadence("")
	o := UsualRecurrence("").after(&c) // not the brand's own, which is learned anew: dates of stages stand still
	for i, s := range silences {
		after := math.Min(longest, math.Exp(o.mean+o.own*s.beyond))
		stages[i] = Stage{s.name, c.LastAt.Add(max(duration(after), Occasion))}
	}
	return stages
}

// LifecycleByDays is the stage by fixed numbers of days, which decisions of the first terms went by: they can be
// taken again as they were (Decision.Terms).
func (p *Person) LifecycleByDays(now time.Time) string {
	const day = 24 * time.Hour
	switch since := now.Sub(p.Orders.LastAt); {
	case p.Orders.Count == 0:
		return Prospect
	case since < 90*day && p.Orders.Count == 1:
		return New
	case since < 90*day:
		return Active
	case since < 180*day:
		return AtRisk
	case since < 365*day:
		return Dormant
	}
	return Lost
}
