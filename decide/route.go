package decide

import (
	"slices"
	"time"

	"github.com/aparte-dev/aparte"
)

// route is a channel on which something may be said at a moment. Where there are several, a candidate takes one of them, and
// which is learned like anything else: how people of a kind take what is said there, and how this person took it.
type route struct {
	channel aparte.Channel
	slot    string
	postage float64
	unsent  bool    // nothing can leave there: no candidate takes it
	said    float64 // what was said there of late, as it was felt, decayed

	messages, answers float64 // that reached out to the person there, and of these, those they clicked; decayed
}

// setRoutes finds the channels of the question.
func (d *deliberation) setRoutes() {
	d.route = 0
	d.routes = append(d.routes[:0], route{channel: d.q.Moment.Channel, slot: d.q.Slot})
	for _, c := range d.q.Also {
		if !slices.ContainsFunc(d.routes, func(r route) bool { return r.channel == c }) {
			d.routes = append(d.routes, route{channel: c, slot: string(c)})
		}
	}
	for i := range d.routes {
		r := &d.routes[i]
		r.postage, r.unsent = d.plan.postage[r.channel], slices.Contains(d.q.Unsent, r.channel)
	}
}

// channel is the one that is looked at.
func (d *deliberation) channel() aparte.Channel { return d.routes[d.route].channel }

// take looks at another channel: what was found out on the one before may not hold there.
func (d *deliberation) take(route int) {
	if d.route = route; route == 0 {
		return
	}
	d.standings = [2]standing{}
	clear(d.boxes)
	clear(d.verdicts)
	clear(d.byItem)
	clear(d.offered)
}

// objects reports whether the person objects to profiling on a channel that may be taken.
func (d *deliberation) objects() bool {
	for i := range d.routes {
		r := &d.routes[i]
		if !r.unsent && d.person.Refuses(aparte.Profiling, r.channel) {
			return true
		}
	}
	return false
}

func (d *deliberation) rememberRoute(s *aparte.Said, impression float64) {
	for i := range d.routes {
		if d.routes[i].channel == s.Channel {
			d.routes[i].said += impression
		}
	}
}

// answerHalfLife is how fast it is forgotten whether somebody answered on a channel: people change their habits.
const answerHalfLife = 21 * 24 * time.Hour

// rememberAnswer counts a message and its click. What its pictures showed when it was opened is no message of its own, but may
// be what was clicked.
func (d *deliberation) rememberAnswer(s *aparte.Said) {
	for i := range d.routes {
		r := &d.routes[i]
		if r.channel != s.Channel {
			continue
		}
		weight := aparte.Decay(1, s.At, d.now, answerHalfLife)
		if s.Slot == "" || s.Slot == string(s.Channel) {
			r.messages += weight
		}
		if s.Clicked {
			r.answers += weight
		}
	}
}

// Features of the channel a candidate takes, where there are several.
var (
	several = feature("channel", "several")
	saidOn  = ladder("said_on", string(aparte.Web), string(aparte.Email), string(aparte.MobilePush), string(aparte.WebPush),
		string(aparte.SMS), string(aparte.InApp), string(aparte.Ads), string(aparte.Human), string(aparte.Webhook))
	answered = feature("channel_answered", "")
	ignored  = feature("channel_ignored", "")
)

// describeRoute is the channel, and how the person took what was said there: the share of messages that they answered and of
// those they did not, each the surer the more there were (with one message more than there were, that tells nothing).
func (d *deliberation) describeRoute(s *sheet, a candidate) {
	if len(d.routes) == 1 {
		return
	}
	r := &d.routes[a.route]
	s.add(step(saidOn, string(r.channel), 0), 1)
	if d.impersonal {
		return
	}
	answers := min(r.answers, r.messages)
	s.positive(answered, answers/(r.messages+1))
	s.positive(ignored, (r.messages-answers)/(r.messages+1))
}
