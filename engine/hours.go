package engine

import (
	"cmp"
	"slices"
	"time"

	"github.com/aparte-dev/aparte"
)

// HourRate is how often what was said on a channel, in an hour of the day where the person is, was answered. Messages count by the
// hour at which they left, anything else by that at which it was first seen.
type HourRate struct {
	Channel  aparte.Channel
	Hour     int // 0 to 23
	Said     int
	Answered int // clicked, or replied to
}

// hourly sums up by channel and hour.
type hourly map[aparte.Channel]*[24]HourRate

// add takes in what was said at a time, as a clock on the person's wall has it.
func (h hourly) add(channel aparte.Channel, local time.Time, answered bool) {
	of := h[channel]
	if of == nil {
		of = new([24]HourRate)
		h[channel] = of
	}
	one := &of[local.Hour()]
	one.Said++
	if answered {
		one.Answered++
	}
}

// told are those in which anything was said, by channel and hour.
func (h hourly) told() (all []HourRate) {
	for channel, hours := range h {
		for i := range hours {
			if one := hours[i]; one.Said > 0 {
				one.Channel, one.Hour = channel, i
				all = append(all, one)
			}
		}
	}
	slices.SortFunc(all, func(a, b HourRate) int {
		return cmp.Or(cmp.Compare(a.Channel, b.Channel), cmp.Compare(a.Hour, b.Hour))
	})
	return all
}

// Barred is how often a content was kept from being said, and why.
type Barred struct {
	Content aparte.ContentID
	Looked  int // decisions that weighed it, or told why it could not be
	Free    int // of these, where it could be said
	By      []BarredBy
}

// BarredBy is one reason, and how often it was the one.
type BarredBy struct {
	Reason aparte.ReasonCode
	N      int
}

// Shut is the reason why a content could never be said, of as many moments as tell something; false where it could, or where little is known.
func (b *Barred) Shut() (BarredBy, bool) {
	if b.Free > 0 || b.Looked < leastBarred || len(b.By) == 0 {
		return BarredBy{}, false
	}
	return b.By[0], true
}

// leastBarred is in how many moments a content could not be said before that is worth an alarm.
const leastBarred = 200

// barring sums up by content.
type barring map[aparte.ContentID]*barredTally

type barredTally struct {
	looked, free int
	by           map[aparte.ReasonCode]int
}

// add takes in a decision. Each content counts once, however many ways of saying it were weighed.
func (b barring) add(d *aparte.Decision) {
	type seen struct {
		free   bool
		reason aparte.ReasonCode
	}
	told := map[aparte.ContentID]seen{}
	for i := range d.Candidates {
		c := &d.Candidates[i]
		if c.Action.Silent() {
			continue
		}
		s := told[c.Action.Content]
		if c.Excluded == "" {
			s.free = true
		} else {
			s.reason = c.Excluded
		}
		told[c.Action.Content] = s
	}
	for id, s := range told {
		of := b[id]
		if of == nil {
			of = &barredTally{by: map[aparte.ReasonCode]int{}}
			b[id] = of
		}
		of.looked++
		if s.free {
			of.free++
		} else {
			of.by[s.reason]++
		}
	}
}

// told are the contents in the brand's order; those that left it are not told of.
func (b barring) told(brand *aparte.Brand) (all []Barred) {
	for i := range brand.Contents {
		of := b[brand.Contents[i].ID]
		if of == nil {
			continue
		}
		one := Barred{Content: brand.Contents[i].ID, Looked: of.looked, Free: of.free}
		for reason, n := range of.by {
			one.By = append(one.By, BarredBy{reason, n})
		}
		slices.SortFunc(one.By, func(a, b BarredBy) int { return cmp.Or(b.N-a.N, cmp.Compare(a.Reason, b.Reason)) })
		all = append(all, one)
	}
	return all
}
