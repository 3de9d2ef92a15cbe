package engine

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aparte-dev/aparte"
)

// Trusting is what shows of the trust of all people together: sums of aparte.Trust.
type Trusting struct {
	People      int     `json:"people"`  // who were looked at
	Losing      int     `json:"losing"`  // of them, who lost some
	Granted     int     `json:"granted"` // answers that say yes
	Declared    int     `json:"declared"`
	Corrections float64 `json:"corrections"`
	Refusals    float64 `json:"refusals"`
	Withdrawals float64 `json:"withdrawals"`
	Complaints  float64 `json:"complaints"`
}

func (t *Trusting) add(p *aparte.Person, now time.Time) {
	one := p.Trust(now)
	t.People++
	if one.Lost() > someTrust {
		t.Losing++
	}
	t.Granted += one.Granted
	t.Declared += one.Declared
	t.Corrections += one.Corrections
	t.Refusals += one.Refusals
	t.Withdrawals += one.Withdrawals
	t.Complaints += one.Complaints
}

// someTrust is what is not worth telling of what somebody lost.
const someTrust = 0.01

// Distrust is a content that makes people complain or ask for silence oftener than contents do.
type Distrust struct {
	Content aparte.ContentID `json:"content"`
	Said    int64            `json:"said"`
	Lost    int64            `json:"lost"`   // of those times, after which they complained or asked for silence
	Excess  float64          `json:"excess"` // by how much oftener, as a share of the times it was said
}

const (
	distrustPrefix = "distrusted/"        // by content
	distrustSince  = 180 * 24 * time.Hour // what is older is forgotten
	distrustPrior  = 200                  // times said, after which what a content did counts as much as what all do
)

// distrust counts that a content lost somebody's trust: they complained, or asked for silence where they had not before.
func (t *turn) distrust(before *aparte.Person, event *aparte.Event, about aparte.DecisionID) {
	t.tell(about, func(d *aparte.Decision) {
		again := event.Name == aparte.EventUnsubscribed && before.Refuses(aparte.Marketing, d.Channel)
		if !d.Action.Silent() && !again {
			t.count(distrustPrefix+string(d.Action.Content), 1)
		}
	})
}

// distrusts finds the contents that lose trust oftener than others. What a content does is drawn toward what all of them do, the more the less often it
// was said: (lost − rate·said) / (said + prior), the posterior mean of a rate whose prior is the rate of all, less that rate.
func (e *Engine) distrusts(ctx context.Context, now time.Time) ([]Distrust, error) {
	sums := map[string]*Distrust{}
	var all Distrust
	for _, prefix := range []string{"chosen/", distrustPrefix} {
		counters, err := e.Counters(ctx, prefix, now.Add(-distrustSince), now.Add(time.Hour))
		if err != nil {
			return nil, fmt.Errorf("distrust: %w", err)
		}
		for _, c := range counters {
			id := strings.TrimPrefix(c.Key, prefix)
			if sums[id] == nil {
				sums[id] = &Distrust{Content: aparte.ContentID(id)}
			}
			if prefix == distrustPrefix {
				sums[id].Lost, all.Lost = sums[id].Lost+c.N, all.Lost+c.N
			} else {
				sums[id].Said, all.Said = sums[id].Said+c.N, all.Said+c.N
			}
		}
	}
	rate := float64(all.Lost) / float64(max(all.Said, all.Lost, 1))
	var found []Distrust
	for _, d := range sums {
		d.Said = max(d.Said, d.Lost)
		if d.Excess = (float64(d.Lost) - rate*float64(d.Said)) / (float64(d.Said) + distrustPrior); d.Excess > 0 {
			found = append(found, *d)
		}
	}
	slices.SortFunc(found, func(a, b Distrust) int { return cmp.Compare(a.Content, b.Content) })
	return found, nil
}

// Distrust is decide.Fit's.
func (f *Fit) Distrust(content aparte.ContentID) float64 {
	i, found := slices.BinarySearchFunc(f.Distrusts, content, func(d Distrust, id aparte.ContentID) int { return cmp.Compare(d.Content, id) })
	if !found {
		return 0
	}
	return f.Distrusts[i].Excess
}
