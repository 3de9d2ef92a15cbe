package decide

import (
	"fmt"
	"time"

	"github.com/aparte-dev/aparte"
)

// MaxPersonas bounds those that a brand declares or names.
const MaxPersonas = 64

// persona is one of the brand's, compiled.
type persona struct {
	*aparte.Persona
	rule *rule
}

// Graded is how much somebody is of a persona.
type Graded struct {
	ID    aparte.PersonaID
	Grade float64 // in [0, 1]
}

// belonging is which personas somebody is of, as far as it was asked for.
type belonging struct {
	told   bool
	held   []bool    // by declared persona
	grades []float64 // by persona found
	first  aparte.PersonaID
	grade  float64 // of first
	tells  bool    // there are personas that others are of
}

// personas finds which personas somebody is of, as they are now: those declared hold or not, of those found they have shares. The first is that
// declared first of those that hold, else the one they have most of. Of who objects to profiling, none is found.
func (d *deliberation) personas() *belonging {
	b := &d.belongs
	if b.told {
		return b
	}
	*b = belonging{told: true, held: b.held[:0], grades: b.grades[:0], tells: len(d.plan.personas) > 0}
	for i := range d.plan.personas {
		p := &d.plan.personas[i]
		holds := d.ask(p.rule) == holds
		if b.held = append(b.held, holds); holds && b.first == "" {
			b.first, b.grade = p.ID, 1
		}
	}
	found := d.found()
	if len(found) == 0 {
		return b
	}
	b.tells = b.tells || len(found) > 1
	b.grades = d.q.Fit.Grades(b.grades, d.person, d.local)
	if b.first != "" {
		return b
	}
	for i, g := range b.grades {
		if b.first == "" || g > b.grade {
			b.first, b.grade = found[i], g
		}
	}
	return b
}

// found are the personas that somebody may have shares of.
func (d *deliberation) found() []aparte.PersonaID {
	if d.q.Fit == nil || d.impersonal {
		return nil
	}
	return d.q.Fit.Personas()
}

// persona is how much somebody is of one; 0 of one that there is not.
func (d *deliberation) persona(id aparte.PersonaID) float64 {
	b := d.personas()
	for i := range d.plan.personas {
		if d.plan.personas[i].ID == id {
			return float64(oneIf(b.held[i]))
		}
	}
	for i, found := range d.found() {
		if found == id {
			return b.grades[i]
		}
	}
	return 0
}

// graded are the personas somebody is of: those declared, then those found.
func (d *deliberation) graded() (graded []Graded) {
	b := d.personas()
	for i, holds := range b.held {
		if holds {
			graded = append(graded, Graded{d.plan.personas[i].ID, 1})
		}
	}
	for i, id := range d.found() {
		graded = append(graded, Graded{id, b.grades[i]})
	}
	return graded
}

// Personas are those somebody is of at a time: those declared that hold, then those found; nil is a stranger. It is safe for concurrent use.
func (p *Plan) Personas(person *aparte.Person, fit Fit, at time.Time) []Graded {
	if person == nil {
		person = new(aparte.Person)
	}
	d := p.openOn(person, fit, at)
	defer p.close(d)
	return d.graded()
}

// compilePersonas compiles those that are declared. A persona may not be declared by personas.
func (a *audit) compilePersonas(words language) (compiled []persona) {
	a.bounded("/personas", len(a.brand.Personas), MaxPersonas)
	seen := make(map[string]string)
	for i := range a.brand.Personas {
		p, at := &a.brand.Personas[i], fmt.Sprintf("/personas/%d", i)
		a.unique(seen, string(p.ID), at)
		a.check(len(p.Name) > 0, at+"/name", "has no words")
		if p.ID.Found() {
			a.check(p.When == "", at+"/when", "%q is a persona that is found, not declared: it has no condition", clip(string(p.ID)))
			continue
		}
		r, err := words.audience(p.When)
		if err == nil {
			err = r.ofOthers()
		}
		if err != nil {
			a.fail(at+"/when", "%w", err)
			continue
		}
		compiled = append(compiled, persona{p, r})
	}
	return compiled
}

// ofOthers is an error where a condition of a persona speaks of personas.
func (r *rule) ofOthers() error {
	for _, v := range r.reads {
		if name := variables[v].name; name == "persona" || name == "personas" {
			return fmt.Errorf("speaks of %s, which it is to tell", name)
		}
	}
	return nil
}

// Profiles reports whether what somebody's behaviour says of them may be used: they do not object to profiling.
func (p *Plan) Profiles(person *aparte.Person) bool {
	return !person.Refuses(aparte.Profiling, aparte.Web)
}

// Local is a time where somebody is.
func (p *Plan) Local(person *aparte.Person, at time.Time) time.Time { return at.In(p.zoneOf(person)) }
