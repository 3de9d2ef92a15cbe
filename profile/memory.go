package profile

import (
	"bytes"
	"cmp"
	"slices"
	"sort"

	"github.com/aparte-dev/aparte"
)

// Expose is the person who remembers what was said: s.Seen more exposures of s.Decision, 0 for a message
// that left and was not seen yet. Only the last MaxMemory are kept. It wears no goodwill off and counts
// nothing: that is what the events do.
func Expose(p aparte.Person, s aparte.Said) aparte.Person {
	p.Said = remembered(p.Said, s)
	fit(&p)
	return p
}

// remember notes that a decision left (seen 0), was seen, or was clicked, which nobody does unseen. The
// first that is heard of it wears goodwill off.
func (s *step) remember(f *facts, channel aparte.Channel, seen int64, clicked bool) {
	if f.decision.IsZero() {
		return
	}
	i := findSaid(s.p.Said, f.decision)
	if i < 0 {
		s.intrude(f, channel)
	}
	if clicked && (i < 0 || s.p.Said[i].Seen == 0) {
		seen = 1
	}
	s.p.Said = remembered(s.p.Said, aparte.Said{
		Decision: f.decision, Parent: f.parent,
		Content: aparte.ContentID(f.content), Item: aparte.ItemID(f.about), Beside: aparte.ItemID(f.beside), Channel: channel, Slot: f.slot,
		At: s.at, Seen: seen, Clicked: clicked,
	})
}

// remembered is what was said with more, in order of time, the last MaxMemory; list is not modified.
func remembered(list []aparte.Said, more ...aparte.Said) []aparte.Said {
	next := own(list, len(more))
	for _, s := range more {
		i := findSaid(next, s.Decision)
		if i >= 0 {
			s = joined(next[i], s)
			next = slices.Delete(next, i, i+1)
		}
		i = sort.Search(len(next), func(i int) bool { return inTime(&next[i], &s) >= 0 })
		next = slices.Insert(next, i, s)
	}
	return next[max(0, len(next)-aparte.MaxMemory):]
}

// joined is one decision of which two things are remembered. It was first seen at the earlier time at
// which it was seen at all.
func joined(a, b aparte.Said) aparte.Said {
	if b.Seen > 0 && (a.Seen == 0 || b.At.Before(a.At)) || a.Seen == 0 && b.At.Before(a.At) {
		a.At = b.At
	}
	a.Seen = plus(a.Seen, b.Seen)
	a.Clicked = a.Clicked || b.Clicked
	a.Parent = cmp.Or(a.Parent, b.Parent)
	a.Content, a.Item, a.Beside = cmp.Or(a.Content, b.Content), cmp.Or(a.Item, b.Item), cmp.Or(a.Beside, b.Beside)
	a.Channel, a.Slot = cmp.Or(a.Channel, b.Channel), cmp.Or(a.Slot, b.Slot)
	return a
}

// findSaid is the place of a decision, or -1. The newest is asked for most.
func findSaid(list []aparte.Said, id aparte.DecisionID) int {
	for i := len(list) - 1; i >= 0; i-- {
		if list[i].Decision == id {
			return i
		}
	}
	return -1
}

// inTime orders what was said: oldest first, then by decision.
func inTime(a, b *aparte.Said) int {
	if c := a.At.Compare(b.At); c != 0 {
		return c
	}
	if c := cmp.Compare(a.Decision.Seq, b.Decision.Seq); c != 0 {
		return c
	}
	return bytes.Compare(a.Decision.Person[:], b.Decision.Person[:])
}
