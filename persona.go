package aparte

import "strings"

// PersonaID names a persona: one that the brand declares, or one that was found.
type PersonaID string

// EverybodyPersona is the only persona found where nothing tells people apart.
const EverybodyPersona PersonaID = "everybody"

// Found reports whether it is a name that personas get that are found: p and a number, or everybody. The brand declares none with
// such a name.
func (id PersonaID) Found() bool {
	number, ok := strings.CutPrefix(string(id), "p")
	return id == EverybodyPersona || ok && number != "" && strings.Trim(number, "0123456789") == ""
}

// Persona is a type of people as the brand sees it. Those for whom When holds are of it, with a grade of 1, whatever types were
// found beside. One without When names a persona that was found.
type Persona struct {
	ID   PersonaID `json:"id"`
	Name Words     `json:"name"`
	When string    `json:"when,omitempty"` // CEL, as an audience
}

// Persona is what the brand says of a persona, and whether it does.
func (b *Brand) Persona(id PersonaID) (*Persona, bool) {
	for i := range b.Personas {
		if b.Personas[i].ID == id {
			return &b.Personas[i], true
		}
	}
	return nil, false
}
