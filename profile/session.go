package profile

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/aparte-dev/aparte"
)

// sessionSilence ends a session.
const sessionSilence = 30 * time.Minute

// intentInertia is how much weight the past of a session has against one event: after an event of
// weight w, w/(w+intentInertia) of what the session is about is what that event was about.
const intentInertia = 2

// visit counts the event as activity of a session: it goes on, or another begins. A late event may
// stretch the session back to its own time; one from an earlier visit leaves the session alone.
func (s *step) visit() {
	v := &s.p.Session
	switch {
	case v.StartedAt.IsZero() || s.at.Sub(v.LastAt) > sessionSilence:
		*v = aparte.Session{StartedAt: s.at, LastAt: s.at, Count: v.Count + 1, LastItem: v.LastItem, ItemDwell: v.ItemDwell}
		s.raise("sessions_30d")
		s.beat(VisitBeat)
	case s.at.After(v.LastAt):
		v.LastAt = s.at
	case s.at.Before(v.StartedAt) && v.StartedAt.Sub(s.at) <= sessionSilence:
		v.StartedAt = s.at
	}
}

// page counts a page or screen seen, in the session where it belongs to it.
func (s *step) page() {
	s.raise("page_views_1d")
	if !s.at.Before(s.p.Session.StartedAt) {
		s.p.Session.Pages++
	}
}

// look notes the item looked at last. It outlives its session: a person who comes back still knows it.
func (s *step) look(item aparte.ItemID) {
	if item != "" && (s.p.Session.LastItem == "" || !s.at.Before(s.p.Session.LastAt)) {
		if s.p.Session.LastItem != item {
			s.p.Session.ItemDwell = 0
		}
		s.p.Session.LastItem = item
	}
}

// How long something was in view.
const (
	maxPart  = 30 * 60      // seconds that one event can tell of
	maxDwell = 12 * 60 * 60 // seconds that are kept
)

// inView is how long two parts of a look are together, in seconds.
func inView(a, b int64) int64 { return min(plus(a, b), maxDwell) }

// dwell counts for how long something was in view. A look is an interest in the thing from the start; a minute of looking is another.
func (s *step) dwell(f *facts) {
	seconds, ok := f.seconds.scaled(0, maxPart)
	if !ok || seconds == 0 {
		return
	}
	v := &s.p.Session
	if !s.at.Before(v.StartedAt) {
		v.Dwell = inView(v.Dwell, seconds)
	}
	if f.item != "" && f.item == v.LastItem {
		v.ItemDwell = inView(v.ItemDwell, seconds)
	}
	s.attract(&f.product, viewWeight*min(1, float64(seconds)/60))
}

// search notes what the session searched for last.
func (s *step) search(query string) {
	v := &s.p.Session
	if query != "" && (!s.at.Before(v.LastAt) || v.Search == "" && !s.at.Before(v.StartedAt)) {
		v.Search = query
	}
}

// intend moves what a session is about toward a category. The weights always sum to one, the last
// MaxIntents categories are kept, and list is not modified.
func intend(list []aparte.Affinity, category string, weight float64, at time.Time) []aparte.Affinity {
	share := weight / (weight + intentInertia)
	if len(list) == 0 {
		share = 1
	}
	moved := make([]aparte.Affinity, 0, len(list)+1)
	found := false
	for _, a := range list {
		a.Weight *= 1 - share
		if a.Key == category {
			a.Weight, found = a.Weight+share, true
			if at.After(a.At) {
				a.At = at
			}
		}
		moved = append(moved, a)
	}
	if !found {
		moved = append(moved, aparte.Affinity{Kind: aparte.CategoryAffinity, Key: category, Weight: share, At: at})
	}
	return normalised(moved)
}

// normalised orders intents by weight, keeps MaxIntents and makes their weights sum to one, in place.
func normalised(list []aparte.Affinity) []aparte.Affinity {
	slices.SortFunc(list, func(a, b aparte.Affinity) int {
		return cmp.Or(cmp.Compare(b.Weight, a.Weight), strings.Compare(a.Key, b.Key))
	})
	list = list[:min(len(list), aparte.MaxIntents)]
	sum := 0.0
	for i := range list {
		sum += list[i].Weight
	}
	for i := range list {
		list[i].Weight /= sum
	}
	return list
}
