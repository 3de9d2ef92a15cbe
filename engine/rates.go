package engine

import (
	"cmp"
	"slices"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/measure"
)

// ChannelRates is how often what was said on a channel was seen, followed and refused. A message counts once, however often it is opened and
// decided again. On channels that reach out it is what left; elsewhere it is what was seen.
type ChannelRates struct {
	Channel      aparte.Channel
	Sent         int // messages that left; 0 where nothing leaves
	Failed       int // of these, those that came back
	Seen         int // by people: machines that fetch do not count
	Clicked      int
	Unsubscribed int // from a message, by its link or its header
	Complained   int
}

// Delivered is how many left and did not come back.
func (r *ChannelRates) Delivered() int { return r.Sent - r.Failed }

// Rate is one of them, with what it is a share of.
type Rate struct {
	Channel aparte.Channel
	Kind    measure.RateKind
	Part    int
	Whole   int
	Share   measure.Estimate    // with Wilson's interval of 95 %, for one look
	Others  []measure.Benchmark // what others had, counted alike
}

// Rates are those of channels on which anything was said, as far as the evidence tells.
func (v *Evidence) Rates() (all []Rate) {
	for i := range v.Channelled {
		r := &v.Channelled[i]
		of := func(kind measure.RateKind, part, whole int) {
			if whole > 0 {
				all = append(all, Rate{r.Channel, kind, part, whole, measure.Share(int64(part), int64(whole), proofLevel), measure.Benchmarked(string(r.Channel), kind)})
			}
		}
		if r.Sent == 0 {
			of(measure.ClickedOfSeen, r.Clicked, r.Seen)
			continue
		}
		of(measure.FailedOfSent, r.Failed, r.Sent)
		if r.Channel == aparte.Email {
			of(measure.OpenedOfDelivered, r.Seen, r.Delivered())
		}
		of(measure.ClickedOfDelivered, r.Clicked, r.Delivered())
		of(measure.UnsubscribedOfDelivered, r.Unsubscribed, r.Delivered())
		of(measure.ComplainedOfDelivered, r.Complained, r.Delivered())
	}
	return all
}

// fate is what became of something that was said.
type fate struct {
	sent, failed, seen, clicked, replied, unsubscribed, complained bool

	at   time.Time // it was first seen
	left time.Time // it was sent
}

// look notes that it was seen at a time.
func (f *fate) look(at time.Time) {
	if !f.seen || at.Before(f.at) {
		f.at = at
	}
	f.seen = true
}

// fates are those of what was said to one person, by decision.
type fates map[aparte.DecisionID]fate

// note takes an event of Aparté's own in.
func (f fates) note(event *aparte.Event) {
	if event.Type != aparte.Track {
		return
	}
	about := decisionOf(event)
	if event.Name == aparte.EventReplied {
		about = decisionIn(event)
	}
	if about.IsZero() {
		return
	}
	is := f[about]
	switch event.Name {
	case aparte.EventSent:
		is.sent, is.left = true, event.Timestamp
	case aparte.EventFailed:
		is.failed = true
	case aparte.EventExposed:
		is.look(event.Timestamp)
	case aparte.EventClicked:
		is.clicked = true
		is.look(event.Timestamp) // nobody clicks on what they did not see
	case aparte.EventReplied:
		is.replied = true
	case aparte.EventUnsubscribed:
		is.unsubscribed = true
	case aparte.EventComplained:
		is.complained = true
	default:
		return
	}
	f[about] = is
}

// channelled adds fates up by channel.
type channelled map[aparte.Channel]*ChannelRates

// add takes in what became of the decisions about one person: what became of a message's slots became of the message. timed is told
// when what reached them did, and whether they answered.
func (c channelled) add(decisions []aparte.Decision, f fates, timed func(channel aparte.Channel, at time.Time, answered bool)) {
	for i := range decisions {
		d := &decisions[i]
		if d.Parent.IsZero() || d.Action.Silent() {
			continue
		}
		message, slot := f[d.Parent], f[d.ID]
		if message.clicked = message.clicked || slot.clicked; slot.seen {
			message.look(slot.at)
		}
		message.unsubscribed, message.complained = message.unsubscribed || slot.unsubscribed, message.complained || slot.complained
		f[d.Parent] = message
	}
	for i := range decisions {
		d := &decisions[i]
		is := f[d.ID]
		if !d.Parent.IsZero() || d.Action.Silent() || d.Channel.Outbound() && !is.sent {
			continue
		}
		r := c[d.Channel]
		if r == nil {
			r = &ChannelRates{Channel: d.Channel}
			c[d.Channel] = r
		}
		count := func(n *int, yes bool) {
			if yes {
				*n++
			}
		}
		count(&r.Sent, d.Channel.Outbound())
		count(&r.Failed, d.Channel.Outbound() && is.failed)
		arrived := !d.Channel.Outbound() || !is.failed
		switch {
		case d.Channel.Outbound() && arrived:
			timed(d.Channel, is.left, is.clicked || is.replied)
		case !d.Channel.Outbound() && is.seen:
			timed(d.Channel, is.at, is.clicked || is.replied)
		}
		count(&r.Seen, arrived && is.seen)
		count(&r.Clicked, arrived && is.clicked)
		count(&r.Unsubscribed, arrived && is.unsubscribed)
		count(&r.Complained, arrived && is.complained)
	}
}

func (c channelled) told() (all []ChannelRates) {
	for _, r := range c {
		all = append(all, *r)
	}
	slices.SortFunc(all, func(a, b ChannelRates) int { return cmp.Compare(a.Channel, b.Channel) })
	return all
}
