package engine_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/engine"
)

// lookers has so many people come by now and then, look at cups and order nothing.
func (n *town) lookers(people int) {
	now := *n.now.Load()
	var events []aparte.Event
	for i := range people {
		for visit := range 4 {
			e := looked(fmt.Sprint("looker-", i), "thing-2")
			e.ReceivedAt, e.Timestamp = now, now.Add(-time.Duration(20*visit+i%9)*24*time.Hour)
			events = append(events, e)
		}
	}
	n.check(n.Accept(n.t.Context(), events))
}

func looked(user, item string) aparte.Event {
	return event("Product Viewed", user, "", map[string]any{"product_id": item})
}

// typesOf are the personas of somebody, by grade.
func (n *town) typesOf(user string) map[aparte.PersonaID]float64 {
	n.t.Helper()
	id, err := n.Find(n.t.Context(), aparte.Identifier{Kind: aparte.KindUserID, Value: user})
	n.check(err)
	p, err := n.Person(n.t.Context(), id)
	n.check(err)
	grades := map[aparte.PersonaID]float64{}
	for _, g := range engine.Personas(n.Plan(), n.Fit(), &p, *n.now.Load()) {
		grades[g.ID] = g.Grade
	}
	return grades
}

func TestTypesAreFoundAmongPeopleAndFollowWhatTheyDo(t *testing.T) {
	skipUnderRace(t)
	t.Parallel()
	n := newTown(t)
	n.shoppers(150)
	n.lookers(150)
	n.pass(time.Second)
	first := n.Fit()
	if first == nil || first.Types == nil || len(first.Types.Found) != 2 || first.Types.Seen != 300 {
		t.Fatalf("%+v", first)
	}
	buys, looks := n.typesOf("shopper-20"), n.typesOf("looker-20")
	buyer, looker := strongest(buys), strongest(looks)
	if buyer == looker || buys[buyer] < 0.9 || looks[looker] < 0.9 {
		t.Fatalf("a shopper is %v, a looker %v", buys, looks)
	}
	decided := n.ask("looker-20").Decision

	// One order: the very next decision sees somebody else.
	for i := range 3 {
		n.hear(0, order("looker-20", "thing-1", fmt.Sprint("first-", i), 30))
	}
	if now := n.typesOf("looker-20"); now[looker] >= looks[looker] {
		t.Errorf("after orders a looker is %v, was %v", now, looks)
	}

	n.pass(time.Hour)
	again := n.Fit()
	if again.Number() != 2 || len(again.Personas()) != 2 {
		t.Fatalf("fit %d found %v", again.Number(), again.Personas())
	}
	for _, id := range []aparte.PersonaID{buyer, looker} {
		if f, known := again.Types.Type(id); !known || !f.Since.Equal(first.At) || f.Alike < 0.9 {
			t.Errorf("%s is found again: %v, %+v", id, known, f)
		}
	}
	n.reopen()
	if strongest(n.typesOf("shopper-20")) != buyer {
		t.Error("after a restart a shopper is of another type")
	}
	for _, d := range []aparte.Decision{decided, n.ask("looker-20").Decision} {
		if r, err := n.Replay(t.Context(), d.ID); err != nil || !r.Same {
			t.Errorf("taken again with fit %d: same %v, %v; %+v", d.Fit, r.Same, err, r.Differences)
		}
	}
}

func strongest(grades map[aparte.PersonaID]float64) (id aparte.PersonaID) {
	for one, g := range grades {
		if g > grades[id] {
			id = one
		}
	}
	return id
}

// What somebody needs, by what they declared, and how far they are, by their score, choose the page: both are data of the marketer's.
func TestPersonaAndScoreTogetherChooseThePage(t *testing.T) {
	n := newTown(t)
	publish := func(need, hot string) {
		t.Helper()
		b := brand()
		b.Personas = []aparte.Persona{
			{ID: "fleet", Name: aparte.Words{"en": "Moves many", "fr": "Transporte du monde"}, When: need},
			{ID: "other", Name: aparte.Words{"en": "Others", "fr": "Les autres"}, When: "true"},
		}
		b.Scores = []aparte.Score{{Objective: "order", Level: 20, Points: []aparte.Award{{Event: "Order Completed", Points: 3}}}}
		hero := b.Contents[0]
		b.Contents, b.Rules = nil, nil
		for _, persona := range []string{"fleet", "other"} {
			for _, bucket := range []string{"hot", "cold"} {
				when := fmt.Sprintf("persona == %q && score['order'] >= %s", persona, hot)
				if bucket == "cold" {
					when = fmt.Sprintf("persona == %q && score['order'] < %s", persona, hot)
				}
				id := persona + "-" + bucket
				b.Rules = append(b.Rules, aparte.Rule{ID: aparte.RuleID(id), Name: aparte.Words{"en": id}, When: when})
				c := hero
				c.ID, c.Rules = aparte.ContentID(id), []aparte.RuleID{aparte.RuleID(id)}
				b.Contents = append(b.Contents, c)
			}
		}
		b.Scenarios = nil
		_, err := n.Publish(t.Context(), b)
		n.check(err)
	}
	page := func(user string) (shown aparte.ContentID) {
		t.Helper()
		logged, err := n.Decision(t.Context(), n.ask(user).Decision.ID)
		n.check(err)
		for _, c := range logged.Candidates {
			if c.Excluded == "" && !c.Action.Silent() {
				shown += c.Action.Content
			}
		}
		return shown
	}
	told := func(user, need string) {
		n.hear(0, identify(user, "", map[string]any{"need": need}))
	}
	publish(`traits.need == "buses"`, "0.2")
	for _, user := range []string{"bus-hot", "car-hot"} {
		for i := range 6 {
			n.hear(time.Duration(6-i)*7*24*time.Hour, order(user, "lamp", fmt.Sprint(user, i), 30))
		}
	}
	for _, user := range []string{"bus-hot", "bus-cold"} {
		told(user, "buses")
	}
	for _, user := range []string{"car-hot", "car-cold"} {
		told(user, "cars")
	}
	expect := func(want map[string]aparte.ContentID) {
		t.Helper()
		for user, content := range want {
			if got := page(user); got != content {
				t.Errorf("%s sees %q, want %q", user, got, content)
			}
		}
	}
	expect(map[string]aparte.ContentID{"bus-hot": "fleet-hot", "bus-cold": "fleet-cold", "car-hot": "other-hot", "car-cold": "other-cold"})
	publish(`traits.need in ["buses", "cars"]`, "0.2") // another persona
	expect(map[string]aparte.ContentID{"bus-hot": "fleet-hot", "car-hot": "fleet-hot", "car-cold": "fleet-cold"})
	publish(`traits.need == "buses"`, "0.999") // another bucket
	expect(map[string]aparte.ContentID{"bus-hot": "fleet-cold", "car-hot": "other-cold"})
	told("car-cold", "buses") // and the person changes
	expect(map[string]aparte.ContentID{"car-cold": "fleet-cold"})
}

func TestAMatrixHasEverybodyInOneCell(t *testing.T) {
	skipUnderRace(t)
	t.Parallel()
	n := newTown(t)
	if m, err := n.Matrix(t.Context(), "stage"); err != nil || !m.At.IsZero() || len(m.Columns) != 7 || m.By[0].People != 0 {
		t.Errorf("before anybody was counted: %+v, %v", m, err)
	}
	n.shoppers(150)
	n.lookers(150)
	n.pass(time.Second)
	b := brand()
	b.Personas = []aparte.Persona{{ID: "big", Name: aparte.Words{"en": "Big"}, When: "person.revenue > 20000"}}
	_, err := n.Publish(t.Context(), b)
	n.check(err)
	before := n.Fit().Number()
	n.pass(time.Second) // who is of a persona that was not there is counted at once
	n.reopen()          // and that is kept
	for _, by := range []string{"stage", "order", "score:order"} {
		m, err := n.Matrix(t.Context(), by)
		n.check(err)
		if len(m.Rows) != 4 || m.Rows[0].Persona != "big" || m.Rows[3].Persona != "" || m.Looked != 300 || !m.At.Equal(n.Fit().At) || m.Fit != n.Fit().Number() || m.Fit == before {
			t.Fatalf("%s: %+v", by, m)
		}
		var sum, rows, columns engine.Cell
		for i := range m.Rows {
			rows = added(rows, m.ByRow[i])
			for j := range m.Columns {
				sum = added(sum, m.Cells[i][j])
				if i == 0 {
					columns = added(columns, m.By[j])
				}
				reach, err := n.Reach(t.Context(), m.Rows[i].When+" && "+m.Columns[j].When, 0)
				n.check(err)
				if reach.People != m.Cells[i][j].People {
					t.Errorf("%s: %d people in the cell of %s and %s, %d for whom both hold", by, m.Cells[i][j].People, m.Rows[i].When, m.Columns[j].When, reach.People)
				}
			}
		}
		for _, c := range []engine.Cell{sum, rows, columns} {
			if c.People != 300 || c.Revenue <= 0 || c.Ahead <= 0 || c.Revenue != sum.Revenue {
				t.Errorf("%s: sums %+v", by, c)
			}
		}
	}
	var bad *engine.BadColumns
	for _, by := range []string{"", "shoe size", "score:", "score:nothing like it"} {
		if _, err := n.Matrix(t.Context(), by); !errors.As(err, &bad) {
			t.Errorf("%q: %v", by, err)
		}
	}
}

func added(a, b engine.Cell) engine.Cell {
	return engine.Cell{People: a.People + b.People, Revenue: a.Revenue + b.Revenue, Ahead: a.Ahead + b.Ahead}
}
