package engine

import (
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/decide"
)

// followed is what one person did that a brand's objectives value. A decision is worth what followed it within their
// windows, counted from the decision on: whether what was said was seen is part of what came of it, and a silence is
// never seen.
type followed struct {
	plan     *decide.Plan
	outcomes []valued
	clicks   map[aparte.DecisionID]time.Time // the first on each decision
	seen     map[aparte.DecisionID]time.Time // when each was first seen; nil: that is not asked
	gave     map[aparte.DecisionID]bool      // which were answered; nil: that is not asked
}

// valued is an event that an objective values.
type valued struct {
	objective *aparte.Objective
	at        time.Time
	value     float64
	about     aparte.DecisionID // zero: any
	record    aparte.PersonID   // in whose history it stands, and where
	seq       uint64
}

// note takes an event of the person in.
func (f *followed) note(event *aparte.Event, record aparte.PersonID, seq uint64) {
	if event.Type != aparte.Track {
		return
	}
	about := decisionOf(event)
	if first, clicked := f.clicks[about]; event.Name == aparte.EventClicked && (!clicked || event.Timestamp.Before(first)) {
		f.clicks[about] = event.Timestamp
	}
	if first, seen := f.seen[about]; f.seen != nil && event.Name == aparte.EventExposed && (!seen || event.Timestamp.Before(first)) {
		f.seen[about] = event.Timestamp
	}
	if f.gave != nil && event.Name == aparte.EventAnswered && gave(event) {
		f.gave[about] = true
	}
	for i := range f.plan.Brand().Objectives {
		o := &f.plan.Brand().Objectives[i]
		if o.Event != event.Name {
			continue
		}
		if value, err := f.plan.Value(o.ID, event); err == nil && value != 0 { // what it cannot value never counted
			f.outcomes = append(f.outcomes, valued{o, event.Timestamp, value, about, record, seq})
		}
	}
}

// by is what followed a decision.
func (f *followed) by(d *aparte.Decision) (sum float64) {
	for i := range f.outcomes {
		if f.follows(&f.outcomes[i], d) {
			sum += f.outcomes[i].value
		}
	}
	return sum
}

// of is the part of it that an objective of the brand's values.
func (f *followed) of(d *aparte.Decision, objective *aparte.Objective) (sum float64) {
	for i := range f.outcomes {
		if o := &f.outcomes[i]; o.objective == objective && f.follows(o, d) {
			sum += o.value
		}
	}
	return sum
}

// follows reports whether an outcome counts for a decision.
func (f *followed) follows(o *valued, d *aparte.Decision) bool {
	switch {
	case o.at.Before(d.At) || o.at.After(d.At.Add(o.objective.Window.Std())):
		return false
	case o.record == d.ID.Person && o.seq < d.ID.Seq: // what made the moment did not follow it
		return false
	case !o.about.IsZero() && o.about != d.ID:
		return false
	}
	return o.objective.Credit != aparte.CreditClicked || f.clickedBy(d.ID, o.at)
}

func (f *followed) clickedBy(id aparte.DecisionID, at time.Time) bool {
	first, clicked := f.clicks[id]
	return clicked && !first.After(at)
}
