package decide

import (
	"time"

	"github.com/aparte-dev/aparte"
)

// A message was in vain as long as no order follows it. How many were is part of the situation: with it is learned that who let
// two pass is better left alone, or given a reason in money. And the same is not said a third time: of one item, a content reaches
// out mostInVain times before an order, or before sameFor is over.
const (
	mostInVain = 2
	vainFor    = 90 * 24 * time.Hour // a message is looked back to
	sameFor    = 30 * 24 * time.Hour // it is the same again; much longer, and what suits somebody best is kept from them for good: docs/decisions.md
)

// vainSince is from when on messages that no order followed count, of those that are not older than back.
func (d *deliberation) vainSince(back time.Duration) time.Time {
	since := d.now.Add(-back)
	if last := d.person.Orders.LastAt; last.After(since) {
		return last
	}
	return since
}

// letter reports whether an exposure is of a message to the person's own address, on any channel, that they did not ask for.
func (d *deliberation) letter(s *aparte.Said) bool {
	if s.Channel.Address() == "" || !counts("", s) {
		return false
	}
	i, known := d.plan.byContent[s.Content]
	return !known || d.plan.contents[i].Purpose != aparte.Service
}

// inVain is how many messages reached out to the person since their last order.
func (d *deliberation) inVain() (n int) {
	since := d.vainSince(vainFor)
	for i := range d.person.Said {
		if s := &d.person.Said[i]; d.letter(s) && s.At.After(since) {
			n++
		}
	}
	return n
}

// spare takes the items out of an option that its content has spoken of in vain often enough, and reports whether any is left. News is
// other news each time, and who asks is answered.
func (d *deliberation) spare(c *content, o *option, out *exclusion) bool {
	if d.terms() < termsOfTones || !d.reaching || d.channel().Address() == "" || c.Purpose == aparte.Service || c.Items == aparte.News || d.contextText("reply.intent") != "" {
		return true
	}
	since, from := d.vainSince(sameFor), int32(len(d.offers))
	for _, v := range d.offers[o.first:o.last] {
		id, n := d.plan.catalogue.items[d.views[v].item].ID, 0
		for i := range d.person.Said {
			if s := &d.person.Said[i]; s.Content == c.ID && s.Item == id && d.letter(s) && s.At.After(since) {
				n++
			}
		}
		if n < mostInVain {
			d.offers = append(d.offers, v)
		} else if out.item < 0 {
			out.item = d.views[v].item
		}
	}
	o.first, o.last = from, int32(len(d.offers))
	if o.last > o.first {
		out.item = -1
	}
	return o.last > o.first
}
