package engine

import (
	"cmp"
	"encoding/json"
	"slices"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/measure/attribution"
)

// AudienceCredit is what is attributed to what was said to people while they were in an audience: in it when it was decided, whatever they did since.
// People may be in several audiences, each of which has the whole of it: the lines of several audiences do not add up.
type AudienceCredit struct {
	Audience aparte.AudienceID
	Cost     float64      // of all that was said to people in it, in minor units, as Earned.Cost
	By       []Attributed // by objective, as in Evidence.Objectives
}

// Attributed are conversions and their value, by three ways to share them out among what was seen in the 30 days before.
type Attributed struct{ First, Last, Linear attribution.Credit }

// movement is that somebody came into an audience or left it.
type movement struct {
	at       time.Time
	audience aparte.AudienceKey
	in       bool
}

// movementOf is what an event says of audiences, ok where it does.
func movementOf(event *aparte.Event) (m movement, ok bool) {
	if event.Type != aparte.Track || event.Source != aparte.OwnSource || event.Name != aparte.EventEntered && event.Name != aparte.EventExited {
		return m, false
	}
	var told struct {
		Audience aparte.AudienceID `json:"audience"`
	}
	if json.Unmarshal(event.Properties, &told) != nil || told.Audience == "" {
		return m, false
	}
	return movement{event.Timestamp, told.Audience.Key(), event.Name == aparte.EventEntered}, true
}

// memberships are in which audiences of the brand somebody was, from those they are in now and how they moved, the latest first.
func memberships(b *aparte.Brand, now []aparte.AudienceKey, moves []movement, at time.Time) (in []aparte.AudienceID) {
	for i := range b.Audiences {
		id := b.Audiences[i].ID
		key := id.Key()
		_, member := slices.BinarySearch(now, key)
		for _, m := range moves {
			if !m.at.After(at) {
				break
			}
			if m.audience == key {
				member = !m.in // as it was before they moved
			}
		}
		if member {
			in = append(in, id)
		}
	}
	return in
}

// reach is something that was said to somebody and that they saw.
type reach struct {
	seen time.Time
	in   []aparte.AudienceID
}

// audienceCredits adds up what is attributed.
type audienceCredits struct {
	objectives []aparte.Objective
	by         map[aparte.AudienceID]*AudienceCredit
}

func (c *audienceCredits) of(id aparte.AudienceID) *AudienceCredit {
	x := c.by[id]
	if x == nil {
		x = &AudienceCredit{Audience: id, By: make([]Attributed, len(c.objectives))}
		c.by[id] = x
	}
	return x
}

// paid takes in what saying something has cost.
func (c *audienceCredits) paid(in []aparte.AudienceID, cost float64) {
	for _, id := range in {
		c.of(id).Cost += cost
	}
}

// share shares out what one person did among what they saw before.
func (c *audienceCredits) share(seen []reach, outcomes []valued) {
	slices.SortStableFunc(seen, func(a, b reach) int { return a.seen.Compare(b.seen) })
	for i := range outcomes {
		o := &outcomes[i]
		at := slices.IndexFunc(c.objectives, func(x aparte.Objective) bool { return x.ID == o.objective.ID })
		var way []reach
		for _, r := range seen {
			if !r.seen.After(o.at) && r.seen.After(o.at.Add(-aparte.LookBack)) {
				way = append(way, r)
			}
		}
		for k, r := range way {
			for _, id := range r.in {
				x := &c.of(id).By[at]
				creditShare(&x.Linear, 1/float64(len(way)), o.value)
				if k == 0 {
					creditShare(&x.First, 1, o.value)
				}
				if k == len(way)-1 {
					creditShare(&x.Last, 1, o.value)
				}
			}
		}
	}
}

func creditShare(to *attribution.Credit, share, value float64) {
	to.Conversions += share
	to.Value += share * value
}

// told are the credits of the brand's audiences, in their order.
func (c *audienceCredits) told(b *aparte.Brand) (all []AudienceCredit) {
	for i := range b.Audiences {
		if x := c.by[b.Audiences[i].ID]; x != nil {
			all = append(all, *x)
		}
	}
	return all
}

// byAudience puts the earnings of audiences in the brand's order.
func byAudience(b *aparte.Brand, earned []Earned) {
	place := func(id aparte.AudienceID) int {
		return slices.IndexFunc(b.Audiences, func(a aparte.Audience) bool { return a.ID == id })
	}
	slices.SortFunc(earned, func(x, y Earned) int { return cmp.Compare(place(x.Audience), place(y.Audience)) })
}
