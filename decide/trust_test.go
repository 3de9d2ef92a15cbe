package decide

import (
	"testing"
	"time"

	"github.com/aparte-dev/aparte"
)

// distrusting is a fit that knows which contents lose trust.
type distrusting struct {
	*typed
	of map[aparte.ContentID]float64
}

func (f distrusting) Distrust(id aparte.ContentID) float64 { return f.of[id] }

// clicky scores what is clicked on: a bait far above what is honest.
type clicky map[aparte.ContentID]float64

func (c clicky) Score(_ []aparte.Feature, actions [][]aparte.Feature, values []float64) {
	for i := range actions {
		for _, f := range actions[i] {
			for id, value := range c {
				if f.Hash == feature("content", string(id)).hash {
					values[i] = value
				}
			}
		}
	}
}

func TestClicksDoNotPayForTrust(t *testing.T) {
	now := time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)
	content := func(id aparte.ContentID) aparte.Content {
		return aparte.Content{ID: id, Kind: "article", Purpose: aparte.Marketing, Channels: []aparte.Channel{aparte.Web}}
	}
	p, err := Compile(&aparte.Brand{Currency: "EUR", Locale: "en", Contents: []aparte.Content{content("bait"), content("honest")}}, 1)
	if err != nil {
		t.Fatal(err)
	}
	clicks := clicky{"bait": 40, "honest": 10}
	ask := func(person *aparte.Person, fit Fit) aparte.Decision {
		return p.Decide(&Question{Person: person, Slot: "hero", Stake: 6_000, Fit: fit, Fixed: true,
			Moment: aparte.Moment{Channel: aparte.Web, Slots: []string{"hero"}, At: now}, Explore: Explore{Gamma: 1e9}}, clicks)
	}
	cost := func(d aparte.Decision, id aparte.ContentID) float64 {
		for _, c := range d.Candidates {
			if c.Action.Content == id {
				return c.Cost
			}
		}
		t.Fatalf("%s was no candidate", id)
		return 0
	}
	person := &aparte.Person{ID: aparte.PersonID{1}, FirstSeen: now.AddDate(0, -3, 0)}
	if d := ask(person, nil); d.Action.Content != "bait" {
		t.Fatalf("where nothing is known of trust, %q is said, and this test shows nothing", d.Action.Content)
	}
	knows := distrusting{&typed{}, map[aparte.ContentID]float64{"bait": 0.02}}
	d := ask(person, knows)
	if d.Action.Content != "honest" {
		t.Errorf("what is clicked four times as often and makes one in fifty complain more is said all the same")
	}
	if paid, free := cost(d, "bait"), cost(ask(person, nil), "bait"); paid-free < 119 || paid-free > 121 {
		t.Errorf("trust costs %v, want 2 %% of 6,000", paid-free)
	}
	if paid, free := cost(d, "honest"), cost(ask(person, nil), "honest"); paid != free {
		t.Errorf("what loses no trust costs %v more", paid-free)
	}
	hurt := *person
	hurt.Counters = []aparte.Counter{{Name: "complaints_365d", Value: 1, At: now}}
	if first, again := cost(d, "bait"), cost(ask(&hurt, knows), "bait"); again < first+59 {
		t.Errorf("of who complained before, trust costs %v, of others %v", again, first)
	}
}
