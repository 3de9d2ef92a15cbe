package aparte

import "time"

// Lifecycle stages, in the order in which they usually come.
const (
	Prospect = "prospect" // never ordered
	New      = "new"      // ordered once, and may well again
	Active   = "active"   // ordered several times, and may well again
	AtRisk   = "at_risk"  // silent for so long, by their own rhythm, that they are gone as likely as not
	Dormant  = "dormant"  // four in five of them are gone
	Lost     = "lost"     // nineteen in twenty
	WonBack  = "won_back" // ordered after having been dormant or lost
)

// Stage is a place in a person's life as a customer.
type Stage struct {
	Name  string
	Since time.Time
}

// silences are the stages that come of silence alone, and the probability of being gone at which each begins. Half is
// where the literature parts the active from the inactive (Schmittlein, Morrison, Colombo 1987, "Counting your
// customers: who are they and what will they do next?"; Reinartz, Kumar 2000, "On the profitability of long-life
// customers in a noncontractual setting").
var silences = [...]struct {
	name string
	gone float64
}{{AtRisk, 0.5}, {Dormant, 0.8}, {Lost, 0.95}}

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
	o := c.outlook()
	for i, s := range silences {
		after := time.Duration(o.silence(s.gone) * 24 * float64(time.Hour)).Truncate(time.Microsecond)
		stages[i] = Stage{s.name, c.LastAt.Add(max(after, Occasion))}
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
