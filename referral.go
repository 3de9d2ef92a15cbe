package aparte

import "slices"

// KindShare is the kind of a content that offers to share: it has a link of the person's own, by which friends may come.
const KindShare = "share"

// ReferredTrait is the trait that says by which offer to share a person came: the decision that made it, of who shared.
const ReferredTrait = "referred"

// ReferredBy is the decision, another person's, by whose offer to share this one came; zero where they came by themselves. Who
// shared and who came may prove to be one: they were referred by nobody.
func (p *Person) ReferredBy() DecisionID {
	t, ok := p.Trait(ReferredTrait)
	if !ok || t.Provenance != Inferred {
		return DecisionID{}
	}
	by, err := ParseDecisionID(t.Value.Str)
	if err != nil || by.Person == p.ID || slices.Contains(p.Absorbed, by.Person) {
		return DecisionID{}
	}
	return by
}
