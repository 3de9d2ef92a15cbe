package profile

import (
	"slices"

	"github.com/aparte-dev/aparte"
)

// move notes that the person came to a place, has stayed there, or left. That they were found to is the event: where the place is, is
// not known here.
func (s *step) move(e *aparte.Event) {
	f := readFacts(&s.r, e.Properties)
	id := aparte.PlaceID(f.place)
	i := slices.IndexFunc(s.p.Fences, func(f aparte.Fence) bool { return f.Place == id })
	switch {
	case id == "":
	case e.Name == aparte.EventFenceEntered && i < 0 && s.p.Locatable():
		fences := append(slices.Clone(s.p.Fences), aparte.Fence{Place: id, Since: s.at, Seen: s.at})
		s.p.Fences = fences[max(0, len(fences)-aparte.MaxFences):]
	case e.Name == aparte.EventFenceDwelled && i >= 0:
		s.p.Fences = slices.Clone(s.p.Fences)
		s.p.Fences[i].Dwelled = true
	case e.Name == aparte.EventFenceExited && i >= 0:
		s.p.Fences = slices.Delete(slices.Clone(s.p.Fences), i, i+1)
	}
}

// bothFences are those that either of two people is in who prove to be one, where that may be known of the survivor.
func bothFences(survivor *aparte.Person, a, b []aparte.Fence) []aparte.Fence {
	if !survivor.Locatable() {
		return nil
	}
	both := a[:len(a):len(a)]
	for _, f := range b {
		if !slices.ContainsFunc(a, func(x aparte.Fence) bool { return x.Place == f.Place }) {
			both = append(both, f)
		}
	}
	if len(both) > len(a) {
		slices.SortStableFunc(both, func(x, y aparte.Fence) int { return x.Since.Compare(y.Since) })
	}
	return both[max(0, len(both)-aparte.MaxFences):]
}
