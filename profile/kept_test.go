package profile

import (
	"bytes"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/aparte-dev/aparte"
)

// Whatever happens to a person, their record is that of their state alone, as if nothing had been kept.
func TestARecordOfWhatWasKeptIsThatOfTheState(t *testing.T) {
	items := newShop()
	rapid.Check(t, func(t *rapid.T) {
		p, at := shopper(rapid.Uint64Range(1, 3).Draw(t, "seed"))
		var kept Kept
		for _, e := range drawEvents(t) {
			switch at = at.Add(e.Timestamp.Sub(noon) / 8); rapid.IntRange(0, 9).Draw(t, "what") {
			case 0:
				other, _ := shopper(4)
				p = Absorb(p, other)
			case 1:
				p = Expose(p, aparte.Said{Decision: aparte.DecisionID{Person: p.ID, Seq: 1000 + p.Seq}, Content: "hero", At: at, Seen: 1})
			case 2:
				p.Timers = []aparte.Timer{{Name: "scenario:basket", Due: at, Gen: p.Seq}}
			case 3:
				p = WatchReturns(p, at, 0.5)
			case 4:
				p.Open = append(p.Open[:len(p.Open):len(p.Open)], aparte.Open{Decision: aparte.DecisionID{Person: p.ID, Seq: p.Seq}, At: at, Due: at.Add(day)})
			default:
				e.Timestamp, e.ReceivedAt = at, at.Add(time.Second)
				p = Apply(p, e, Identifiers(e), items, "EUR")
			}
			if p.Seq++; rapid.Bool().Draw(t, "kept") {
				check(t, &kept, p)
			}
		}
	})
}

// A record tells whose decisions are the person's own: what was kept for one says something else of another.
func TestWhatWasKeptForOneIsNotUsedForAnother(t *testing.T) {
	p, _ := shopper(1)
	other := p
	other.ID = aparte.PersonID{9}
	var kept Kept
	for _, p := range []aparte.Person{p, p, p, other, p, other, other, {}, {}, other} {
		check(t, &kept, p)
	}
}

// Nothing that stands in a group of its own is overlooked when a person is compared with who they were.
func TestEveryChangeIsWritten(t *testing.T) {
	for name, change := range map[string]func(*aparte.Person){
		"orders counted":         func(p *aparte.Person) { p.Orders.Count++ },
		"revenue":                func(p *aparte.Person) { p.Orders.Revenue.Amount++ },
		"its currency":           func(p *aparte.Person) { p.Orders.Revenue.Currency = "CHF" },
		"first order":            func(p *aparte.Person) { p.Orders.FirstAt = noon },
		"last order":             func(p *aparte.Person) { p.Orders.LastAt = noon },
		"bought":                 func(p *aparte.Person) { p.Orders.Items = p.Orders.Items[1:] },
		"remembered orders":      func(p *aparte.Person) { p.Orders.Recent = p.Orders.Recent[1:] },
		"other revenue":          func(p *aparte.Person) { p.Orders.OtherRevenue = []aparte.Money{{Amount: 1, Currency: "CHF"}} },
		"cart touched":           func(p *aparte.Person) { p.Cart.UpdatedAt = noon },
		"cart emptied":           func(p *aparte.Person) { p.Cart.Lines = nil },
		"memory":                 func(p *aparte.Person) { p.Said = p.Said[1:] },
		"as long, another":       func(p *aparte.Person) { p.Said = append(p.Said[1:len(p.Said):len(p.Said)], aparte.Said{}) },
		"seen first":             func(p *aparte.Person) { p.FirstSeen = noon.Add(-day) },
		"identifiers":            func(p *aparte.Person) { p.Identifiers = p.Identifiers[1:] },
		"traits":                 func(p *aparte.Person) { p.Traits = p.Traits[1:] },
		"consents":               func(p *aparte.Person) { p.Consents = nil },
		"beats' time":            func(p *aparte.Person) { p.Rhythm.At = noon },
		"beats":                  func(p *aparte.Person) { p.Rhythm.Beats = p.Rhythm.Beats[1:] },
		"how often they buy":     func(p *aparte.Person) { p.Cadences = p.Cadences[1:] },
		"a stage":                func(p *aparte.Person) { p.Stages = []aparte.Stage{{Name: aparte.WonBack, Since: noon}} },
		"an audience":            func(p *aparte.Person) { p.Audiences = []aparte.AudienceKey{7} },
		"points":                 func(p *aparte.Person) { p.Points = []aparte.Points{{Objective: 1, Value: 1, At: noon}} },
		"a window":               func(p *aparte.Person) { p.Open = []aparte.Open{{}} },
		"a timer":                func(p *aparte.Person) { p.Timers = []aparte.Timer{{}} },
		"a touch":                func(p *aparte.Person) { p.Journey.Touches = []aparte.Touch{{Channel: "email"}} },
		"an objective reached":   func(p *aparte.Person) { p.Journey.Reached = []aparte.Reached{{Objective: 1}} },
		"a comparison they join": func(p *aparte.Person) { p.Trials = []aparte.Trial{{}} },
	} {
		t.Run(name, func(t *testing.T) {
			var kept Kept
			p, _ := shopper(1)
			p.Cart.Lines = []aparte.CartLine{{Item: "sku-1", Quantity: 1}}
			for range 3 {
				check(t, &kept, p)
			}
			before := Encode(nil, &p)
			change(&p)
			if bytes.Equal(before, Encode(nil, &p)) {
				t.Fatal("the record does not tell of the change: the case proves nothing")
			}
			check(t, &kept, p)
			check(t, &kept, p)
		})
	}
}

// check encodes p with what was kept, which must not show.
func check(t rapid.TB, kept *Kept, p aparte.Person) {
	t.Helper()
	got := kept.Encode(nil, &p)
	read, err := Decode(got)
	if err != nil {
		t.Fatal(err)
	}
	if want := Encode(nil, &read); !bytes.Equal(got, want) {
		t.Fatalf("written as\n%x, want\n%x", got, want)
	}
	if d := diff(p, read, exact); d != "" {
		t.Fatal("(-state +record)\n", d)
	}
}
