package profile

import (
	"slices"

	"github.com/aparte-dev/aparte"
)

// belong notes that the person came into an audience, or left it. Which condition it has and whether it holds is not known
// here: that it was found to is the event.
func (s *step) belong(e *aparte.Event) {
	f := readFacts(&s.r, e.Properties)
	if f.audience == "" {
		return
	}
	key := aparte.AudienceID(f.audience).Key()
	i, in := slices.BinarySearch(s.p.Audiences, key)
	switch {
	case e.Name == aparte.EventExited && in:
		s.p.Audiences = slices.Delete(slices.Clone(s.p.Audiences), i, i+1)
	case e.Name == aparte.EventEntered && !in && len(s.p.Audiences) < aparte.MaxAudiences:
		s.p.Audiences = slices.Insert(slices.Clone(s.p.Audiences), i, key)
	}
}

// bothAudiences are those that either of two people was in: who proves to be one with somebody does not enter again what
// they were in already.
func bothAudiences(a, b []aparte.AudienceKey) []aparte.AudienceKey {
	if len(b) == 0 {
		return a
	}
	both := slices.Concat(a, b)
	slices.Sort(both)
	both = slices.Compact(both)
	return both[:min(len(both), aparte.MaxAudiences)]
}
