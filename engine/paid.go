package engine

import (
	"cmp"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/measure/attribution"
)

// What messages cost is kept in the store's counters, in minor units, under the hour in which it was paid:
//
//	paid/channel/CHANNEL    postage of what left, contents' own cost of what was said, discounts that orders used
//	paid/content/CONTENT    the same, by content
//	paid/persona/PERSONA    the same, by the persona of whoever was spoken to
//
// Discounts are those of contents that a budget pays for: of others, orders do not tell which one they used.
const paidPrefix = "paid/"

// pay counts what saying a content to somebody on a channel has cost.
func (t *turn) pay(p *aparte.Person, channel aparte.Channel, content aparte.ContentID, amount int64) {
	if amount == 0 {
		return
	}
	t.count(paidPrefix+"channel/"+string(channel), amount)
	t.count(paidPrefix+"content/"+string(content), amount)
	t.count(paidPrefix+"persona/"+cmp.Or(t.persona(p, t.now), attribution.Nobody), amount)
}

// postageOf is what one message on a channel costs.
func postageOf(b *aparte.Brand, channel aparte.Channel) int64 {
	for _, x := range b.Postage {
		if x.Channel == channel {
			return x.Cost
		}
	}
	return 0
}

// lastSaidOn is the channel on which a content was said to somebody last; the web where it is not remembered.
func lastSaidOn(p *aparte.Person, content aparte.ContentID) aparte.Channel {
	for i := len(p.Said) - 1; i >= 0; i-- {
		if p.Said[i].Content == content && p.Said[i].Channel != "" {
			return p.Said[i].Channel
		}
	}
	return aparte.Web
}
