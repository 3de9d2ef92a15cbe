package aparte

import (
	"slices"
	"strings"
	"time"
)

// Policy is what a brand does not let itself use of what it knows, whoever writes a rule or a text. It is checked when
// a brand is published, and kept to when a rule or a template looks for a trait by a name that only then is known. The
// zero value lets everything be used that the person's own choices do.
type Policy struct {
	Traits     []string `json:"traits,omitempty"`    // that no rule, template, feature or question may use, with all below them: address forbids address.city
	NoInferred bool     `json:"noInferred,omitzero"` // nor any trait that was computed
	NoBoughtIn bool     `json:"noBoughtIn,omitzero"` // nor any that came from a third party

	// Sensitive are traits, with all below them, that may steer a choice and that no text shows or asks for, as it is with all that was
	// inferred or bought in; nor is a rule that reads one named to the person.
	Sensitive []string `json:"sensitive,omitempty"`

	// Keep is how long traits are kept that are not kept as long as their people are.
	Keep []Retention `json:"keep,omitempty"`
}

// Retention is how long what was told of a trait, and of all below it, is kept: in the record, and in the events that told it.
type Retention struct {
	Trait string   `json:"trait"`
	For   Duration `json:"for"` // since it was told; 0: it is not kept at all
}

// Kept is for how long a trait is kept, and whether that is stated: of several that speak of it, the shortest.
func (p *Policy) Kept(name string) (of *Retention, stated bool) {
	for i := range p.Keep {
		if k := &p.Keep[i]; below(name, k.Trait) && (of == nil || k.For < of.For) {
			of = k
		}
	}
	return of, of != nil
}

// Outlived reports whether what was told of a trait is not kept any more.
func (p *Policy) Outlived(name string, told, now time.Time) bool {
	of, stated := p.Kept(name)
	return stated && !told.Add(of.For.Std()).After(now)
}

// below reports whether a trait is another, or one below it.
func below(name, other string) bool {
	rest, is := strings.CutPrefix(name, other)
	return is && (rest == "" || rest[0] == '.')
}

// Forbids reports whether a trait may not be used.
func (p *Policy) Forbids(t *Trait) bool {
	return p.NoInferred && t.Provenance == Inferred || p.NoBoughtIn && t.Provenance == BoughtIn || p.ForbidsName(t.Name)
}

// ForbidsName reports whether traits of a name may not be used, wherever they come from. What is not kept at all cannot be.
func (p *Policy) ForbidsName(name string) bool {
	for _, forbidden := range p.Traits {
		if below(name, forbidden) {
			return true
		}
	}
	kept, stated := p.Kept(name)
	return stated && kept.For == 0
}

// Unsaid reports whether traits of a name are sensitive.
func (p *Policy) Unsaid(name string) bool {
	return slices.ContainsFunc(p.Sensitive, func(sensitive string) bool { return below(name, sensitive) })
}

// Displays reports whether a trait may be shown to anybody but its person: it may be used, it is not sensitive, and it was neither inferred
// nor bought in.
func (p *Policy) Displays(t *Trait) bool {
	return t.Provenance < Inferred && !p.Forbids(t) && !p.Unsaid(t.Name)
}

// Allowed is a person with the traits alone that may be used.
func (p *Policy) Allowed(person *Person) *Person {
	if len(p.Traits) == 0 && len(p.Keep) == 0 && !p.NoInferred && !p.NoBoughtIn {
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
