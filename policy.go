package aparte

import "strings"

// Policy is what a brand does not let itself use of what it knows, whoever writes a rule or a text. It is checked when
// a brand is published, and kept to when a rule or a template looks for a trait by a name that only then is known. The
// zero value lets everything be used that the person's own choices do.
type Policy struct {
	Traits     []string `json:"traits,omitempty"`    // that no rule, template, feature or question may use, with all below them: address forbids address.city
	NoInferred bool     `json:"noInferred,omitzero"` // nor any trait that was computed
	NoBoughtIn bool     `json:"noBoughtIn,omitzero"` // nor any that came from a third party
}

// Forbids reports whether a trait may not be used.
func (p *Policy) Forbids(t *Trait) bool {
	return p.NoInferred && t.Provenance == Inferred || p.NoBoughtIn && t.Provenance == BoughtIn || p.ForbidsName(t.Name)
}

// ForbidsName reports whether traits of a name may not be used, wherever they come from.
func (p *Policy) ForbidsName(name string) bool {
	for _, forbidden := range p.Traits {
		if rest, below := strings.CutPrefix(name, forbidden); below && (rest == "" || rest[0] == '.') {
			return true
		}
	}
	return false
}

// Allowed is a person with the traits alone that may be used.
func (p *Policy) Allowed(person *Person) *Person {
	if len(p.Traits) == 0 && !p.NoInferred && !p.NoBoughtIn {
		return person
	}
	allowed := *person
	allowed.Traits = nil
	for i := range person.Traits {
		if t := &person.Traits[i]; !p.Forbids(t) {
			allowed.Traits = append(allowed.Traits, *t)
		}
	}
	return &allowed
}
