package api

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"slices"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/engine"
	"github.com/aparte-dev/aparte/playbook"
	"github.com/go-json-experiment/json"
)

// plays answers GET /v1/admin/playbook: what can be switched on, and which of it the brand has taken up.
func (s *server) plays(w http.ResponseWriter, _ *http.Request) error {
	plays, err := playbook.All()
	if err != nil {
		return err
	}
	type told struct {
		playbook.Play
		On bool `json:"on"`
	}
	answer := struct {
		Plays []told `json:"plays"`
	}{}
	plan := s.engine.Plan()
	for i := range plays {
		answer.Plays = append(answer.Plays, told{plays[i], plan != nil && plays[i].In(plan.Brand())})
	}
	s.json(w, http.StatusOK, answer)
	return nil
}

// ScenarioAsked is what of a scenario is tested: one that is told, in the place of the brand's of the same id or beside its others,
// or one of a play.
type ScenarioAsked struct {
	Scenario *aparte.Scenario  `json:"scenario,omitempty"`
	Play     string            `json:"play,omitempty"` // of the playbook, with its contents and rules
	ID       aparte.ScenarioID `json:"id,omitempty"`   // which of the play's, or of the brand's; empty: the play's first
	Days     int               `json:"days"`           // 0: 30
	People   int               `json:"people"`         // about so many histories are read; 0: RehearsedPeople
}

// What is read of histories where it is not said, and by a server at most.
const (
	RehearsedDays   = 30
	RehearsedPeople = 20_000
	mostRehearsed   = 1_000_000
	rehearseTimeout = 30 * time.Minute
)

// Of is what is asked of a brand. An error is what is wrong with it, by a JSON pointer into what was asked where that can be.
func (a *ScenarioAsked) Of(b *aparte.Brand) (engine.Rehearsing, error) {
	asked := engine.Rehearsing{Brand: b, Scenario: a.ID, Days: a.Days, People: a.People}
	if asked.Days == 0 {
		asked.Days = RehearsedDays
	}
	if asked.Days < 1 || asked.Days > engine.MaxRehearsedDays {
		return asked, fault{"/days", fmt.Sprintf("must be a whole number from 1 to %d", engine.MaxRehearsedDays)}
	}
	if a.People < 0 || a.People > mostRehearsed {
		return asked, fault{"/people", fmt.Sprintf("must be a whole number from 0 to %d", mostRehearsed)}
	}
	switch {
	case a.Scenario != nil && a.Play != "":
		return asked, fault{"/play", "goes without scenario"}
	case a.Scenario != nil:
		other := *b
		other.Scenarios = slices.Clone(b.Scenarios)
		if i := slices.IndexFunc(other.Scenarios, func(s aparte.Scenario) bool { return s.ID == a.Scenario.ID }); i >= 0 {
			other.Scenarios[i] = *a.Scenario
		} else {
			other.Scenarios = append(other.Scenarios, *a.Scenario)
		}
		asked.Brand, asked.Scenario = &other, a.Scenario.ID
	case a.Play != "":
		return asked, a.play(&asked)
	case a.ID == "":
		return asked, fault{"", "what is to be tested: scenario, play or id"}
	case !slices.ContainsFunc(b.Scenarios, func(s aparte.Scenario) bool { return s.ID == a.ID }):
		return asked, fault{"/id", "is no scenario of the brand"}
	}
	return asked, nil
}

// play asks of a play as the brand would have it: as it has it already, where it has taken it up.
func (a *ScenarioAsked) play(asked *engine.Rehearsing) error {
	p, err := playbook.Find(a.Play)
	if err != nil {
		return fault{"/play", err.Error()}
	}
	if len(p.Scenarios) == 0 {
		return fault{"/play", "raises no moments: it speaks where the brand is asked anyway, as on pages"}
	}
	if a.ID == "" {
		asked.Scenario = p.Scenarios[0].ID
	} else if !slices.ContainsFunc(p.Scenarios, func(s aparte.Scenario) bool { return s.ID == a.ID }) {
		return fault{"/id", "is no scenario of the play"}
	}
	if slices.ContainsFunc(asked.Brand.Scenarios, func(s aparte.Scenario) bool { return s.ID == asked.Scenario }) {
		return nil
	}
	if asked.Brand, err = p.Adopt(asked.Brand); err != nil {
		return fault{"/play", err.Error()}
	}
	return nil
}

// testScenario answers POST /v1/admin/scenarios/test: which moments a scenario would have raised, from recorded histories. One at a
// time is tested, and none any longer when who asked has gone. Who accepts application/x-ndjson is told how far it is, a line
// each, and then what was found.
func (s *server) testScenario(w http.ResponseWriter, r *http.Request) error {
	asked, err := s.scenarioAsked(r)
	var wrong fault
	if errors.As(err, &wrong) {
		return s.faulty(w, []fault{wrong})
	} else if err != nil {
		return err
	}
	ctx, stop := context.WithTimeout(r.Context(), rehearseTimeout)
	defer stop()
	lines := s.progressOf(w, r, rehearseTimeout)
	found, err := s.engine.Rehearse(ctx, asked, lines.tell)
	return s.end(r, lines, err, func() any { return RehearsalOf(found) })
}

func (s *server) scenarioAsked(r *http.Request) (engine.Rehearsing, error) {
	body, held, err := s.bodies.read(r, maxBody)
	if err != nil {
		return engine.Rehearsing{}, err
	}
	defer s.bodies.release(held)
	var a ScenarioAsked
	if err := json.Unmarshal(body, &a, json.RejectUnknownMembers(true)); err != nil {
		return engine.Rehearsing{}, unmarshalFault(body, err)
	}
	plan, err := s.livePlan()
	if err != nil {
		return engine.Rehearsing{}, err
	}
	if a.People == 0 {
		a.People = RehearsedPeople
	}
	return a.Of(plan.Brand())
}

// Rehearsal is what a scenario would have raised, as the door answers and the command prints it. Counts are those of the
// people whose histories were read; about is how many moments there would have been of everybody.
type Rehearsal struct {
	Scenario  aparte.ScenarioID `json:"scenario"`
	Since     time.Time         `json:"since"`
	Until     time.Time         `json:"until"`
	People    int64             `json:"people"` // whose histories were read
	Of        int64             `json:"of"`     // people in all
	Forgotten int               `json:"forgotten"`
	About     int64             `json:"about"`
	Moments   int               `json:"moments"`
	Reached   int               `json:"reached"` // people with a moment
	Speakable int               `json:"speakable"`
	Silent    []SilentFor       `json:"silent"`
	Began     int               `json:"began"`
	CalledOff []CalledOff       `json:"calledOff"`
	Resting   int               `json:"resting"`
	Pending   int               `json:"pending"`
	Inside    int               `json:"inside"`
	Days      []RehearsedDay    `json:"days"`
	Examples  []Rehearsed       `json:"examples"`
}

// SilentFor is at how many moments nothing could have been said, for a reason.
type SilentFor struct {
	Reason aparte.ReasonCode `json:"reason"`
	Times  int               `json:"times"`
}

// CalledOff is how often an event made a moment pointless.
type CalledOff struct {
	Event string `json:"event"`
	Times int    `json:"times"`
}

// RehearsedDay is how many moments would have arisen on a day of the brand's zone.
type RehearsedDay struct {
	Day     string `json:"day"` // 2006-01-02
	Moments int    `json:"moments"`
}

// Rehearsed is one moment that would have arisen.
type Rehearsed struct {
	Person  string            `json:"person"`
	At      time.Time         `json:"at"`
	Event   string            `json:"event"` // that began the delay
	EventAt time.Time         `json:"eventAt"`
	Item    aparte.ItemID     `json:"item,omitempty"`
	Silent  aparte.ReasonCode `json:"silent,omitempty"` // why nothing could have been said
}

// RehearsalOf is what was found.
func RehearsalOf(f *engine.Rehearsal) Rehearsal {
	r := Rehearsal{
		Scenario: f.Scenario.ID, Since: f.Since, Until: f.Until, People: f.People, Of: f.Of, Forgotten: f.Forgotten,
		About: int64(math.Round(float64(f.Moments) * float64(f.Of) / float64(max(1, f.People)))), Moments: f.Moments, Reached: f.Reached, Speakable: f.Speakable,
		Began: f.Began, Resting: f.Resting, Pending: f.Pending, Inside: f.Inside,
	}
	r.Silent = each(f.Kept, func(k engine.KeptSilent) SilentFor { return SilentFor{k.Reason, k.Times} })
	r.CalledOff = each(f.CalledOff, func(c engine.CalledOff) CalledOff { return CalledOff{c.Event, c.Times} })
	r.Days = each(f.Days, func(d engine.RehearsedDay) RehearsedDay { return RehearsedDay{d.Day.Format(time.DateOnly), d.Moments} })
	r.Examples = each(f.Examples, func(e engine.Rehearsed) Rehearsed {
		return Rehearsed{e.Person.String(), e.At, e.Event, e.EventAt, e.Item, e.Silent}
	})
	return r
}
