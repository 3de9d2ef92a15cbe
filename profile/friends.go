package profile

import "github.com/aparte-dev/aparte"

// befriend notes that the person came by a friend's link, or that friends of theirs did. Whose link it was counts as inferred, so
// that no message can display it and who objects to profiling is seen without it.
func (s *step) befriend(e *aparte.Event) {
	switch e.Name {
	case aparte.EventFriendArrived:
		s.raise("friends_30d")
	case aparte.EventFriendOrdered:
		s.raise("friends_ordered_365d")
	case aparte.EventReferred:
		if f := readFacts(&s.r, e.Properties); !f.by.IsZero() {
			by := aparte.Trait{Name: aparte.ReferredTrait, Value: aparte.TextValue(f.by.String())}
			s.learn(lesson{traits: []aparte.Trait{by}}, aparte.Inferred)
		}
	}
}
