package engine

import (
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/learn"
	"github.com/aparte-dev/aparte/profile"
)

const (
	watchTimer     = "watch"
	returnTimer    = "return"
	orderCompleted = "Order Completed"
)

// felt is an event of what was said with what that was and how intrusive it was perceived to be, as its decision found out: whoever
// reports an exposure need know no more than which decision it was. Other events come back as they are.
func (t *turn) felt(p *aparte.Person, event *aparte.Event) *aparte.Event {
	if event.Type != aparte.Track || event.Source == aparte.OwnSource || event.Name != aparte.EventExposed && event.Name != aparte.EventClicked {
		return event
	}
	about := decisionOf(event)
	if about.IsZero() || slices.ContainsFunc(p.Said, func(s aparte.Said) bool { return s.Decision == about }) {
		return event // heard of before: it has worn what it wears
	}
	d, err := t.decision(about)
	if err != nil {
		return event
	}
	var properties map[string]json.RawMessage
	if json.Unmarshal(event.Properties, &properties) != nil {
		return event
	}
	for _, known := range [...]struct{ name, value string }{ // an ad server tells no more than which decision it showed
		{"content", string(d.Action.Content)}, {"item", string(d.Action.Item)}, {"slot", d.Slot}, {"channel", string(d.Channel)},
	} {
		if _, told := properties[known.name]; !told && known.value != "" {
			properties[known.name] = strconv.AppendQuote(nil, known.value)
		}
	}
	if d.Companion != "" {
		properties["companion"] = strconv.AppendQuote(nil, string(d.Companion))
	}
	properties["intrusion"] = strconv.AppendFloat(nil, math.Round(d.Intrusion*1e6)/1e6, 'f', -1, 64)
	body, err := json.Marshal(properties)
	if err != nil {
		return event
	}
	next := *event
	next.Properties = body
	return &next
}

// watched ends a watch: what it found teaches the hazard of departing, and counts for the report of what
// messages do.
func (t *turn) watched(p *aparte.Person) error {
	w := p.Watch
	if w.Since.IsZero() {
		return nil
	}
	next, messages, lost := profile.Watched(*p, w.Since.Add(profile.WatchFor))
	*p = next
	lesson := learn.Departure(w.Goodwill, lost)
	t.batch.Feed = append(t.batch.Feed, lesson.Append(nil))
	dose := dosePrefix + strconv.Itoa(min(messages, mostDose)) + "/"
	t.count(dose+"weeks", 1)
	if lost == 1 {
		t.count(dose+"departures", 1)
	}
	earned := min(max(w.Earned, -mostEarned), mostEarned)
	t.count(dose+"value", int64(math.Round(earned)))
	t.count(dose+"squares", int64(math.Round(earned*earned)))
	return nil
}

// countReturns begins to count a person's returns after a decision that reaches out where chance had a say in whether it does,
// unless returns are being counted already.
func (t *turn) countReturns(p *aparte.Person, d *aparte.Decision) (begun bool) {
	quiet := d.Candidates[0].Propensity
	if d.Expected == 0 || !d.Candidates[0].Action.Silent() || !p.Return.Since.IsZero() || quiet < leastSay || quiet > 1-leastSay {
		return false
	}
	*p = profile.WatchReturns(*p, d.At, d.Intrusion-d.Expected)
	t.setTimer(p, returnTimer, p.Return.Since.Add(profile.ReturnsFor))
	return true
}

// leastSay is how much of a say chance must have: of a choice that is nearly certain nothing is learned.
const leastSay = 0.05

// returned ends a fortnight of counting: it teaches what messages cost in returns.
func (t *turn) returned(p *aparte.Person) {
	r := p.Return
	if r.Since.IsZero() {
		return
	}
	next, days := profile.Returned(*p)
	*p = next
	lesson := learn.Return(r.Aside, days, r.Before, min(max(r.Earned, -mostEarned), mostEarned))
	t.batch.Feed = append(t.batch.Feed, lesson.Append(nil))
}

// Bounds of the report: more messages than mostDose in a week count as so many, and of what one person brings in a
// week, in minor units, the part beyond mostEarned does not count: its square, of millions of people, must fit a
// counter.
const (
	mostDose   = 10
	mostEarned = 1e6
)

// responded teaches at which hours people respond.
func (t *turn) responded(now *live, p *aparte.Person, at time.Time, weight float64) {
	lesson := learn.Response(now.plan.HourOf(p, at), weight)
	t.batch.Feed = append(t.batch.Feed, lesson.Append(nil))
}

// stakeOf is the lifetime value that the brand or a model told of a person, as the trait "ltv", in minor units; 0
// where there is none.
func stakeOf(p *aparte.Person) float64 {
	trait, _ := p.Trait("ltv")
	if trait.Value.Kind != aparte.Number || !(trait.Value.Num > 0) {
		return 0
	}
	return trait.Value.Num
}
