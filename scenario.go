package aparte

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// Scenario is a declared way for moments to arise. It says what a moment comes from, and nothing of what will be said, or
// whether anything will. Exactly one of After, Absent, On and Every says how it begins; docs/scenarios.md is the definition.
type Scenario struct {
	ID   ScenarioID `json:"id"`
	Name Words      `json:"name"`

	After   string    `json:"after"`            // an event; with Then, the first of several
	Where   string    `json:"where,omitempty"`  // CEL over that event's properties, which must hold
	Then    []Step    `json:"then,omitempty"`   // events that must follow it, one after the other
	Window  Duration  `json:"window,omitzero"`  // how long they may take in all, from the first to the last
	Absent  []string  `json:"absent,omitempty"` // events of which none happens for as long as Delay; Anything: nothing at all
	On      *Day      `json:"on,omitempty"`     // a day
	Every   Duration  `json:"every,omitzero"`   // from time to time: is there something to say to them?
	Unless  []string  `json:"unless"`           // events that make it pointless, until it begins again
	Delay   Duration  `json:"delay"`            // how long after it began the moment falls due
	Until   []Exit    `json:"until,omitempty"`  // events that end it, for some time or for good
	Most    Most      `json:"most,omitzero"`    // how often it may speak to one person
	Rest    Duration  `json:"rest"`             // not again for the same person before this long
	Channel Channel   `json:"channel"`
	Also    []Channel `json:"also,omitempty"` // other channels it may speak on instead, where they all reach out: which one is chosen for each person

	// Audience is which one "Audience Entered" and "Audience Exited" speak of, where After, Then, Unless or Until name them.
	Audience AudienceID `json:"audience,omitempty"`
	// Within is how long the moment may wait for a better hour of the person's, on a channel that reaches out;
	// 0: it does not wait.
	Within Duration `json:"within"`
}

// Anything stands in Scenario.Absent for whatever a person may do.
const Anything = "*"

// Step is an event that a scenario waits for. In JSON it is its name, or an object.
type Step struct {
	Event string `json:"event"`
	Where string `json:"where,omitempty"` // CEL over the event's properties, which must hold
}

// Day is a day on which a moment falls: a date that the person has as a trait, or the one on which they are expected to buy again.
type Day struct {
	Trait  string `json:"trait,omitempty"`  // whose value is a date
	Yearly bool   `json:"yearly,omitempty"` // every year on that day; else that day alone
	Buying string `json:"buying,omitempty"` // a category, or Anything: whichever comes next of those they buy in
	Days   int    `json:"days,omitempty"`   // so many days later; below zero: before
	At     string `json:"at,omitempty"`     // the time of that day where the person is, "09:00"; empty: of a date its midnight, of a purchase the predicted instant
}

// Exit is what ends a scenario for a person: an event, by its name or because it is that of an objective. In JSON it is
// the event's name, or an object.
type Exit struct {
	Event     string      `json:"event,omitempty"`
	Objective ObjectiveID `json:"objective,omitempty"`
	Where     string      `json:"where,omitempty"` // CEL over the event's properties, which must hold
	For       Duration    `json:"for,omitzero"`    // how long after the event nothing begins; 0: for good
}

// Most is how often a scenario may speak to one person. The zero value does not bound it.
type Most struct {
	Times int      `json:"times"`
	Per   Duration `json:"per,omitzero"` // in any time so long; 0: ever
}

// UnmarshalJSON takes the name of an event, or an object.
func (s *Step) UnmarshalJSON(b []byte) error {
	if isText(b) {
		return json.Unmarshal(b, &s.Event)
	}
	type plain Step
	return strict(b, (*plain)(s))
}

// MarshalJSON writes the name alone where there is no more to say.
func (s Step) MarshalJSON() ([]byte, error) {
	if s.Where == "" {
		return json.Marshal(s.Event)
	}
	type plain Step
	return json.Marshal(plain(s))
}

// UnmarshalJSON takes the name of an event, or an object.
func (x *Exit) UnmarshalJSON(b []byte) error {
	if isText(b) {
		return json.Unmarshal(b, &x.Event)
	}
	type plain Exit
	return strict(b, (*plain)(x))
}

// MarshalJSON writes the name alone where there is no more to say.
func (x Exit) MarshalJSON() ([]byte, error) {
	if x == (Exit{Event: x.Event}) {
		return json.Marshal(x.Event)
	}
	type plain Exit
	return json.Marshal(plain(x))
}

func isText(b []byte) bool { return len(b) > 0 && b[0] == '"' }

// strict reads an object that has no other members than into has.
func strict(b []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("an event is its name, or an object: %w", err)
	}
	return nil
}
