package engine_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/engine"
	"github.com/aparte-dev/aparte/measure/attribution"
)

const (
	onPhone = `"userAgent":"Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 Safari/604.1"`
	onDesk  = `"userAgent":"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36"`
)

// comes has somebody see a page, now, with a context.
func (h *stepped) comes(user, device, context string) {
	h.t.Helper()
	e := event("", user, device, nil)
	e.Type, e.Context = aparte.Page, []byte("{"+context+"}")
	h.tell(e)
}

func from(source, medium, name string) string {
	return fmt.Sprintf(`"campaign":{"source":%q,"medium":%q,"name":%q}`, source, medium, name)
}

func (h *stepped) buys(user, device, id string, price float64) {
	h.t.Helper()
	e := order(user, "lamp", id, price)
	e.AnonymousID = device
	h.tell(e)
}

func (h *stepped) credit(a engine.CreditAsked) *engine.Credit {
	h.t.Helper()
	a.Order = max(a.Order, 1)
	c, err := h.Credit(h.t.Context(), a, time.Minute)
	h.check(err)
	return c
}

// pathsOf are the paths of a report, whatever they have brought.
func pathsOf(c *engine.Credit) map[string][2]float64 {
	paths := map[string][2]float64{}
	for _, p := range c.Report.Paths {
		paths[fmt.Sprint(p.Touches)] = [2]float64{p.Converted, p.Lost}
	}
	return paths
}

// Ann is met on her phone and then, twice, at a desk; she logs in, which makes one of the two, and buys. Bob is met and
// never heard of again. Cyd buys without having been met.
func TestAJourneyIsOnePersonsAcrossDevicesAndEndsWithAnOrderOrInSilence(t *testing.T) {
	h := openStepped(t)
	h.comes("", "phone", onPhone+","+from("Google", "CPC", "spring"))
	h.comes("bob", "", from("google", "cpc", ""))
	h.pass(24 * time.Hour)
	h.comes("", "desk", onDesk+`,"page":{"url":"https://shop.example/","referrer":"https://www.news.example/today"}`)
	h.pass(time.Hour)
	h.comes("", "desk", onDesk+`,"page":{"url":"https://shop.example/","referrer":"https://shop.example/basket"}`) // our own pages bring nobody
	e := identify("ann", "phone", nil)
	h.tell(e)
	e = identify("ann", "desk", nil)
	h.tell(e)
	h.reopen()
	h.pass(24 * time.Hour)
	h.comes("ann", "desk", onDesk+","+from("letter", "email", ""))
	h.pass(time.Minute)
	h.buys("ann", "desk", "o-1", 30)
	h.buys("cyd", "", "o-2", 10)
	h.pass(time.Minute)
	objective := string(brand().Objectives[0].ID)
	want := map[string][2]float64{
		"[google / cpc news.example / referral letter / email]": {1, 0},
		"[direct]": {1, 0},
	}
	if diff := cmp.Diff(want, pathsOf(h.credit(engine.CreditAsked{Asked: attribution.Asked{Objective: objective, Paths: 10}}))); diff != "" {
		t.Error(diff)
	}
	h.pass(aparte.LookBack)
	h.reopen()
	want["[google / cpc]"] = [2]float64{0, 1}
	c := h.credit(engine.CreditAsked{Asked: attribution.Asked{Objective: objective, Paths: 10}})
	if diff := cmp.Diff(want, pathsOf(c)); diff != "" {
		t.Error("after a month of silence and a restart:", diff)
	}
	devices := h.credit(engine.CreditAsked{Asked: attribution.Asked{Objective: objective, By: attribution.ByDevice, Paths: 10}})
	if devices.Report.Across != 1 || len(devices.Report.Sales) != 2 {
		t.Errorf("%v orders were on the way on two devices; sales: %v", devices.Report.Across, devices.Report.Sales)
	}
	lab, err := attribution.New(1, 1) // what the lab makes of the same paths
	h.check(err)
	value := c.Report.All.Value
	h.check(lab.Add(attribution.Journey{Touches: []string{"google / cpc", "news.example / referral", "letter / email"}, Converted: 1, Value: value / 2}))
	h.check(lab.Add(attribution.Journey{Touches: []string{"direct"}, Converted: 1, Value: value / 2}))
	h.check(lab.Add(attribution.Journey{Touches: []string{"google / cpc"}, Lost: 1}))
	m := lab.Markov()
	for i, name := range lab.Channels() {
		for _, row := range c.Rows {
			if row.Name != name {
				continue
			}
			want := []any{lab.First()[i], lab.Last()[i], lab.Linear()[i], lab.Position()[i], lab.Shapley()[i], m.Credits[i], m.Removal[i]}
			got := []any{row.First, row.Last, row.Linear, row.Position, row.Shapley, row.Markov[0], row.Removal[0]}
			if diff := cmp.Diff(want, got, cmpopts.EquateApprox(1e-9, 1e-9)); diff != "" {
				t.Error(name, diff)
			}
		}
	}
}

func TestWhoBuysAgainAtOnceCameByTheSameWay(t *testing.T) {
	h := openStepped(t)
	h.comes("ann", "", from("google", "cpc", ""))
	h.pass(time.Minute)
	h.buys("ann", "", "o-1", 30)
	h.pass(time.Minute)
	h.buys("ann", "", "o-2", 30)
	h.pass(time.Minute)
	h.comes("ann", "", from("bing", "cpc", ""))
	h.pass(time.Minute)
	h.buys("ann", "", "o-3", 30)
	h.pass(aparte.LookBack + time.Hour)
	want := map[string][2]float64{"[google / cpc]": {2, 0}, "[bing / cpc]": {1, 0}}
	if diff := cmp.Diff(want, pathsOf(h.credit(engine.CreditAsked{Asked: attribution.Asked{Objective: string(brand().Objectives[0].ID), Paths: 10}}))); diff != "" {
		t.Error(diff)
	}
}

func TestWhoObjectsToProfilingHasNoJourney(t *testing.T) {
	h := openStepped(t)
	h.comes("ann", "", `"consent":{"categoryPreferences":{"profiling":false}},`+from("google", "cpc", ""))
	h.buys("ann", "", "o-1", 30)
	h.pass(aparte.LookBack + time.Hour)
	if c := h.credit(engine.CreditAsked{Asked: attribution.Asked{Objective: string(brand().Objectives[0].ID), Paths: 10}}); len(c.Report.Paths) != 0 {
		t.Errorf("journeys: %v", c.Report.Paths)
	}
}

// What is attributed stands beside what was measured, and what channels, contents and families were measured to earn are
// the contents' own figures put together otherwise: each decision is in one channel and one family.
func TestWhatIsAttributedStandsBesideWhatWasMeasured(t *testing.T) {
	h := openStepped(t)
	_, err := h.Publish(t.Context(), fair())
	h.check(err)
	visitFair(h, 400, rand.New(rand.NewPCG(4, 4)))
	h.pass(8 * 24 * time.Hour)
	c := h.credit(engine.CreditAsked{Asked: attribution.Asked{Paths: 5}})
	if c.Sight.Evidence == nil || len(c.Sight.Evidence.Channels) != 1 || len(c.Families) == 0 {
		t.Fatalf("evidence: %+v, families: %v", c.Sight.Evidence, c.Families)
	}
	said := 0
	for i := range c.Sight.Evidence.Earned {
		if e := &c.Sight.Evidence.Earned[i]; e.Whole() {
			said += e.Said
		}
	}
	if on := c.Sight.Evidence.Channels[0]; on.Channel != aparte.Web || on.Said != said {
		t.Errorf("%d things were said on %s, %d in all", on.Said, on.Channel, said)
	}
	among := 0
	for _, f := range c.Families {
		among += f.Earned.Said
	}
	if among != said {
		t.Errorf("%d things were said to the families, %d in all", among, said)
	}
}

// What led to an order is told by the variant of an element in which it was said, and by whose journey it was; whoever has no
// such element on the way is no part of the first. What was spent stands beside it.
func TestJourneysAreToldByElementAndByPersona(t *testing.T) {
	b := fair()
	b.Personas = []aparte.Persona{{ID: "lampists", Name: aparte.Words{"en": "Lampists"}, When: `person.orders >= 1`}}
	h := openStepped(t)
	_, err := h.Publish(t.Context(), b)
	h.check(err)
	d := h.ask("ann").Decision
	h.pass(time.Minute)
	h.tell(event(aparte.EventExposed, "ann", "", map[string]any{"decision": d.ID.String()}))
	h.pass(time.Minute)
	h.buys("ann", "", "o-1", 30)
	h.comes("bob", "", from("google", "cpc", ""))
	h.buys("bob", "", "o-2", 30)
	h.pass(time.Minute)

	content, _ := h.Plan().Content(d.Action.Content)
	element := content.Elements[0]
	name := string(content.ID) + " · " + element.Variants[d.Action.Variants[0]].ID
	for _, x := range []struct {
		asked attribution.Asked
		want  map[string][2]float64
	}{
		{attribution.Asked{By: attribution.ByElement, Element: element.Name}, map[string][2]float64{"[" + name + "]": {1, 0}}},
		{attribution.Asked{By: attribution.ByPersona}, map[string][2]float64{"[lampists]": {2, 0}}},
		{attribution.Asked{By: attribution.ByContent}, map[string][2]float64{"[" + string(content.ID) + "]": {1, 0}, "[google / cpc]": {1, 0}}},
	} {
		x.asked.Objective, x.asked.Paths = string(b.Objectives[0].ID), 10
		c := h.credit(engine.CreditAsked{Asked: x.asked})
		if diff := cmp.Diff(x.want, pathsOf(c)); diff != "" {
			t.Error(x.asked, diff)
		}
		if !slices.Contains(c.Elements, element.Name) {
			t.Errorf("elements %v, without %s", c.Elements, element.Name)
		}
	}
	if c := h.credit(engine.CreditAsked{Asked: attribution.Asked{By: attribution.ByPersona}}); !c.Rows[0].Known {
		t.Error("what was spent on lampists is not known")
	}
}
