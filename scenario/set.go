package scenario

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/decide"
)

// Set is a brand's scenarios, ready to be asked. It is immutable but for zones it has looked up, and safe for concurrent use.
type Set struct {
	rules  []rule
	byName map[string]int
	byWord map[string][]int // word of an event → indices of the rules that it concerns, in the brand's order
	always []int            // rules that any event concerns
	zone   string
	zones  *decide.Zones

	buying      bool                // there is a rule that waits for a purchase that is expected
	recurrences *aparte.Recurrences // by which it is
}

// With is the same scenarios, going by how often the brand's people were found to buy again. Nil: as anybody does.
func (s *Set) With(r *aparte.Recurrences) *Set {
	if !s.buying || s.recurrences == r {
		return s
	}
	with := *s
	with.recurrences = r
	return &with
}

// rule is one scenario.
type rule struct {
	aparte.Scenario
	name    string // of its timer and its counter
	waiting string // of the timer by which its moment waits for a better hour
	ended   string // of the timer that says until when nothing begins

	steps   []pattern // the events of After and Then
	absent  []string  // words of Absent, without Anything
	nothing bool      // Absent has Anything
	unless  []string  // words of Unless
	until   []exit
	ordered bool // an order makes it pointless
	rest    time.Duration
	next    occurrence // of On and Every; nil elsewhere
	buys    bool       // it is that of a purchase that is expected
}

// pattern is an event that is waited for.
type pattern struct {
	word  string
	where *decide.Condition // nil: whatever its properties
}

// exit is an event that ends a scenario for a person.
type exit struct {
	pattern
	last time.Duration // 0: for good
}

// Compile checks a brand's scenarios and indexes them. The error joins everything that is wrong, each with its JSON
// pointer into the brand.
//
// Events are named as track events are spelled; page, screen, identify, group and alias stand for the other calls. Aparté's
// own events of entering and leaving an audience are those of the scenario's Audience alone.
func Compile(b *aparte.Brand) (*Set, error) {
	if len(b.Scenarios) > MaxScenarios {
		return nil, fmt.Errorf("/scenarios: %d of them, at most %d", len(b.Scenarios), MaxScenarios)
	}
	conditions, err := decide.NewConditions()
	if err != nil {
		return nil, err
	}
	s := &Set{byName: map[string]int{}, byWord: map[string][]int{}, zone: b.Zone, zones: new(decide.Zones)}
	var errs []error
	slots := 0
	for i := range b.Scenarios {
		a := audit{brand: b, conditions: conditions, at: fmt.Sprintf("/scenarios/%d", i)}
		r := a.rule(&b.Scenarios[i])
		if first, twice := s.byName[r.name]; twice {
			a.fail("/id", "%q is the id of /scenarios/%d too", r.ID, first)
		} else {
			s.byName[r.name] = i
		}
		errs = append(errs, a.errs...)
		s.index(i, &r)
		s.rules = append(s.rules, r)
		s.buying = s.buying || r.buys
		if slots += r.slots(); slots > MaxSlots && slots-r.slots() <= MaxSlots {
			errs = append(errs, fmt.Errorf("/scenarios/%d: from here on they hold more than the %d timers of a person that are theirs: fewer scenarios, then or most", i, MaxSlots))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return s, nil
}

// slots is how many timers of a person it may hold at once.
func (r *rule) slots() int {
	n := max(1, len(r.steps)) + r.Most.Times
	if len(r.until) > 0 {
		n++
	}
	if r.next != nil && r.Within > 0 {
		n++ // its moment waits beside the next
	}
	return n
}

// index notes which events concern a rule.
func (s *Set) index(i int, r *rule) {
	if r.nothing || r.next != nil || len(r.absent) > 0 {
		s.always = append(s.always, i)
		return
	}
	note := func(word string) {
		if of := s.byWord[word]; len(of) == 0 || of[len(of)-1] != i {
			s.byWord[word] = append(of, i)
		}
	}
	for i := range r.steps {
		note(r.steps[i].word)
	}
	for _, word := range r.unless {
		note(word)
	}
	for i := range r.until {
		note(r.until[i].word)
	}
}

// Name is the name of a scenario's timer, and of the counter of how often it spoke.
func Name(id aparte.ScenarioID) string { return "scenario:" + string(id) }

// Waiting is the name of the timer by which a moment of the scenario that has fallen due waits for a better hour
// of the person's, at most as long as Within. What makes the moment pointless cancels it, and what begins the delay
// again replaces it.
func Waiting(id aparte.ScenarioID) string { return "wait:" + string(id) }

// Fire is the scenario whose timer has this name, and whether the brand has one: a timer may outlive its
// scenario.
func (s *Set) Fire(name string) (aparte.Scenario, bool) {
	i, ok := s.byName[name]
	if !ok {
		return aparte.Scenario{}, false
	}
	return s.rules[i].Scenario, true
}

// Clocks tells the scenarios that begin with the time, and the zone they count in, from any others: whoever has been settled
// by one set with the same Clocks need not be settled again. Empty: there are none.
func (s *Set) Clocks() string {
	type told struct {
		ID    aparte.ScenarioID
		On    *aparte.Day
		Every aparte.Duration
	}
	var all []told
	for i := range s.rules {
		if r := &s.rules[i]; r.next != nil {
			all = append(all, told{r.ID, r.On, r.Every})
		}
	}
	if all == nil {
		return ""
	}
	text, err := json.Marshal(all)
	if err != nil {
		panic(err) // of texts and numbers
	}
	return s.zone + " " + string(text)
}
