package decide

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/aparte-dev/aparte"
)

func TestCompileTakesABrandThatIsSound(t *testing.T) {
	p := plan(t, shop())
	if p.Version() != 3 || p.Brand().Name != "Shop" {
		t.Errorf("version %d of %q", p.Version(), p.Brand().Name)
	}
	if i, ok := p.Item("i07"); !ok || i.Category != "Mugs" {
		t.Errorf("item i07 is %+v, %v", i, ok)
	}
	if c, ok := p.Content("care"); !ok || c.Kind != "service" {
		t.Errorf("content care is %+v, %v", c, ok)
	}
	if l, ok := p.Layout("wide"); !ok || l.Slots[0] != "hero" {
		t.Errorf("layout wide is %+v, %v", l, ok)
	}
	if _, ok := p.Item("none"); ok {
		t.Error("there is an item none")
	}
}

func TestCompileTellsEachFlawWithItsPointer(t *testing.T) {
	tests := []struct {
		flaw    string
		make    func(*aparte.Brand)
		pointer string
	}{
		{"no currency", func(b *aparte.Brand) { b.Currency = "" }, "/currency"},
		{"a currency in lower case", func(b *aparte.Brand) { b.Currency = "gbp" }, "/currency"},
		{"no language", func(b *aparte.Brand) { b.Locale = "" }, "/locale"},
		{"no such zone", func(b *aparte.Brand) { b.Zone = "Europe/Atlantis" }, "/zone"},
		{"everybody held out", func(b *aparte.Brand) { b.Holdout = 1 }, "/holdout"},
		{"holdout is no number", func(b *aparte.Brand) { b.Holdout = math.NaN() }, "/holdout"},
		{"no such hour", func(b *aparte.Brand) { b.Pressure.QuietFrom = 24 }, "/pressure/quietFrom"},
		{"a gain from intrusion", func(b *aparte.Brand) { b.Pressure.Intrusion = -1 }, "/pressure/intrusion"},
		{"a cap of no length", func(b *aparte.Brand) { b.Pressure.Caps[1].Within = 0 }, "/pressure/caps/1/within"},
		{"a cap on no channel", func(b *aparte.Brand) { b.Pressure.Caps[1].Channel = "fax" }, "/pressure/caps/1/channel"},
		{"a category without key", func(b *aparte.Brand) { b.Categories = []aparte.Category{{Name: aparte.Words{"en": "Tea"}}} }, "/categories/0/key"},
		{"a category without name", func(b *aparte.Brand) { b.Categories = []aparte.Category{{Key: "Tea"}} }, "/categories/0/name"},
		{"a category named in no language", func(b *aparte.Brand) {
			b.Categories = []aparte.Category{{Key: "Tea", Name: aparte.Words{"not a language": "Tea"}}}
		}, "/categories/0/name"},
		{"two categories of one key", func(b *aparte.Brand) {
			tea := aparte.Category{Key: "Tea", Name: aparte.Words{"en": "Tea"}}
			b.Categories = []aparte.Category{tea, tea}
		}, "/categories/1/key"},
		{"an item without id", func(b *aparte.Brand) { b.Items[4].ID = "" }, "/items/4/id"},
		{"two items of one id", func(b *aparte.Brand) { b.Items[4].ID = "i01" }, "/items/4/id"},
		{"a price in another currency", func(b *aparte.Brand) { b.Items[4].Price.Currency = "EUR" }, "/items/4/price"},
		{"a negative price", func(b *aparte.Brand) { b.Items[4].Price.Amount = -1 }, "/items/4/price"},
		{"a margin above the price", func(b *aparte.Brand) { b.Items[4].Margin = 1.1 }, "/items/4/margin"},
		{"popularity that is no number", func(b *aparte.Brand) { b.Items[4].Popularity = math.NaN() }, "/items/4/popularity"},
		{"a layout on no channel", func(b *aparte.Brand) { b.Layouts[1].Channels = nil }, "/layouts/1/channels"},
		{"a content of no purpose", func(b *aparte.Brand) { b.Contents[2].Purpose = "" }, "/contents/2/purpose"},
		{"a content on no channel", func(b *aparte.Brand) { b.Contents[2].Channels = nil }, "/contents/2/channels"},
		{"a channel twice", func(b *aparte.Brand) { b.Contents[0].Channels = []aparte.Channel{"web", "web"} }, "/contents/0/channels/1"},
		{"no such layout", func(b *aparte.Brand) { b.Contents[0].Layouts[1] = "poster" }, "/contents/0/layouts/1"},
		{"no layout for a channel", func(b *aparte.Brand) { b.Contents[1].Channels = []aparte.Channel{aparte.Web, aparte.InApp} }, "/contents/1/channels/1"},
		{"no such source of items", func(b *aparte.Brand) { b.Contents[0].Items = "random" }, "/contents/0/items"},
		{"no such rule", func(b *aparte.Brand) { b.Contents[1].Rules[1] = "nobody" }, "/contents/1/rules/1"},
		{"a rule on items for a content without", func(b *aparte.Brand) { b.Contents[3].Rules = []aparte.RuleID{"affordable"} }, "/contents/3/rules/0"},
		{"no such scenario", func(b *aparte.Brand) { b.Contents[2].Scenarios[0] = "birthday" }, "/contents/2/scenarios/0"},
		{"over before it begins", func(b *aparte.Brand) { b.Contents[6].Until = b.Contents[6].From }, "/contents/6/until"},
		{"a discount above the price", func(b *aparte.Brand) { b.Contents[3].Incentive.Percent = 101 }, "/contents/3/incentive/percent"},
		{"a negative cost", func(b *aparte.Brand) { b.Contents[3].Cost = -1 }, "/contents/3/cost"},
		{"two contents of one id", func(b *aparte.Brand) { b.Contents[3].ID = "picks" }, "/contents/3/id"},
		{"an element without variants", func(b *aparte.Brand) { b.Contents[0].Elements[1].Variants = nil }, "/contents/0/elements/1/variants"},
		{"two elements of one name", func(b *aparte.Brand) { b.Contents[0].Elements[1].Name = "headline" }, "/contents/0/elements/1/name"},
		{"two variants of one id", func(b *aparte.Brand) { b.Contents[0].Elements[0].Variants[2].ID = "a" }, "/contents/0/elements/0/variants/2/id"},
		{"a trait without a word", func(b *aparte.Brand) { b.Contents[0].Elements[0].Variants[2].Traits = []string{"warm", ""} }, "/contents/0/elements/0/variants/2/traits/1"},
		{"a trait twice", func(b *aparte.Brand) { b.Contents[0].Elements[0].Variants[2].Traits = []string{"warm", "warm"} }, "/contents/0/elements/0/variants/2/traits/1"},
		{"too many traits", func(b *aparte.Brand) { b.Contents[0].Elements[0].Variants[2].Traits = strings.Split("abcdefghi", "") }, "/contents/0/elements/0/variants/2/traits"},
		{"two rules of one id", func(b *aparte.Brand) { b.Rules[1].ID = "french" }, "/rules/2/id"},
		{"a rule that is no CEL", func(b *aparte.Brand) { b.Rules[3].When = "person.orders >" }, "/rules/3/when"},
		{"a rule about nothing known", func(b *aparte.Brand) { b.Rules[3].When = "person.shoe_size > 3" }, "/rules/3/when"},
		{"a rule that says a number", func(b *aparte.Brand) { b.Rules[3].When = "person.orders" }, "/rules/3/when"},
		{"a rule that says something", func(b *aparte.Brand) { b.Rules[3].When = "traits.vip" }, "/rules/3/when"},
		{"an empty rule", func(b *aparte.Brand) { b.Rules[3].When = "" }, "/rules/3/when"},
		{"a rule of many words", func(b *aparte.Brand) { b.Rules[3].When = "true" + strings.Repeat(" || true", 1000) }, "/rules/3/when"},
		{"a rule that takes for ever", func(b *aparte.Brand) { b.Rules[3].When = "traits.all(a, traits.all(b, a != b + 'x'))" }, "/rules/3/when"},
		{"an objective of no event", func(b *aparte.Brand) { b.Objectives[0].Event = "" }, "/objectives/0/event"},
		{"an objective of no value", func(b *aparte.Brand) { b.Objectives[0].Value = "'dear'" }, "/objectives/0/value"},
		{"an objective that learns nothing known", func(b *aparte.Brand) { b.Objectives[0].Learn = "uplift" }, "/objectives/0/learn"},
		{"an objective for ever", func(b *aparte.Brand) { b.Objectives[0].Window = aparte.Duration(400 * day) }, "/objectives/0/window"},
	}
	for _, test := range tests {
		t.Run(test.flaw, func(t *testing.T) {
			b := shop()
			test.make(b)
			_, err := Compile(b, 1)
			var flaw *Flaw
			if !errors.As(err, &flaw) {
				t.Fatalf("compile: %v, want a flaw", err)
			}
			if !strings.Contains("\n"+err.Error(), "\n"+test.pointer+": ") {
				t.Errorf("errors\n%v\nwant one at %s", err, test.pointer)
			}
		})
	}
}

func TestCompileTellsAllFlawsAtOnce(t *testing.T) {
	b := shop()
	b.Currency = "?"
	b.Items = b.Items[:1]
	b.Items[0].ID = "a\nb"
	b.Rules[2].When = "1"
	b.Contents[0].Purpose = ""
	b.Objectives[0].Value = "["
	_, err := Compile(b, 1)
	var pointers []string
	for _, line := range strings.Split(err.Error(), "\n") {
		pointer, _, _ := strings.Cut(line, ": ")
		pointers = append(pointers, pointer)
	}
	want := []string{"/currency", "/items/0/id", "/items/0/price", "/rules/2/when", "/objectives/0/value", "/contents/0/purpose"}
	if diff := cmp.Diff(want, pointers); diff != "" {
		t.Errorf("pointers (-want +got):\n%s", diff)
	}
}

func TestAnEmptyBrandSaysNothing(t *testing.T) {
	p := plan(t, &aparte.Brand{Currency: "GBP", Locale: "en"})
	d := p.Decide(onWeb(marie()), nil)
	if !d.Action.Silent() || d.Propensity != 1 || d.Reasons[0].Code != aparte.NothingToSay {
		t.Errorf("decided %+v", d)
	}
}

func TestValueReadsTheEventsProperties(t *testing.T) {
	tests := []struct {
		expression, properties string
		want                   float64
		fails                  bool
	}{
		{"properties.revenue * 100", `{"revenue": 12.5}`, 1250, false},
		{"properties.revenue * 100.0", `{"revenue": 12.5}`, 1250, false},
		{"minor(properties.total)", `{"total": 12.345}`, 1235, false},
		{"minor(properties.total)", `{"total": "7.10"}`, 710, false},
		{"minor(properties.total)", `{"total": "free"}`, 0, true},
		{"properties.revenue", `{"revenue": -3}`, -3, false},
		{"500", ``, 500, false},
		{"has(properties.total) ? minor(properties.total) : 0", `{}`, 0, false},
		{"properties.products[0].price * 2", `{"products": [{"price": 4}]}`, 8, false},
		{"size(properties.products) * 3", `{"products": [1, 2]}`, 6, false},
		{"properties.revenue", `{}`, 0, true},
		{"properties.revenue", `{"revenue": "12"}`, 0, true},
		{"properties.revenue / properties.zero", `{"revenue": 1, "zero": 0}`, 0, true},
		{"properties.revenue", `[1]`, 0, true},
		{"minor(properties.revenue)", `{"revenue": 5, "currency": "gbp"}`, 500, false},
		{"minor(properties.revenue)", `{"revenue": 5, "currency": "?"}`, 500, false},
		{"minor(properties.revenue)", `{"revenue": 5, "currency": "USD"}`, 0, true},
		{"500", `{"revenue": 5, "currency": "USD"}`, 500, false},
		{`currency == "USD" ? minor(properties.revenue * 0.5) : minor(properties.revenue)`, `{"revenue": 5, "currency": "usd"}`, 250, false},
		{`currency == "USD" ? minor(properties.revenue * 0.5) : minor(properties.revenue)`, `{"revenue": 5}`, 500, false},
		{`properties["currency"] == "USD" ? 1 : 2`, `{"currency": "USD"}`, 1, false},
	}
	for _, test := range tests {
		t.Run(test.expression+" of "+test.properties, func(t *testing.T) {
			b := shop()
			b.Objectives[0].Value = test.expression
			got, err := plan(t, b).Value("order", &aparte.Event{Properties: []byte(test.properties)})
			if (err != nil) != test.fails || got != test.want {
				t.Errorf("value %v, %v; want %v, failure %v", got, err, test.want, test.fails)
			}
			if err != nil && strings.Contains(err.Error(), "free") {
				t.Errorf("error %q quotes the event", err)
			}
		})
	}
	if _, err := plan(t, shop()).Value("none", &aparte.Event{}); err == nil {
		t.Error("there is an objective none")
	}
}

func TestTheHoldoutIsStableAndOfItsSize(t *testing.T) {
	small, large := shop(), shop()
	small.Holdout, large.Holdout = 0.1, 0.2
	a, again, b := plan(t, small), plan(t, small), plan(t, large)
	n := 0
	for i := range 20_000 {
		id := aparte.PersonID{byte(i), byte(i >> 8), 1}
		if a.HeldOut(id) {
			n++
			if !b.HeldOut(id) {
				t.Fatalf("%v left the holdout when it grew", id)
			}
		}
		if a.HeldOut(id) != again.HeldOut(id) {
			t.Fatalf("%v is in and out", id)
		}
	}
	if share := float64(n) / 20_000; math.Abs(share-0.1) > 0.01 {
		t.Errorf("%.3f of people are held out, want 0.1", share)
	}
	if a.HeldOut(aparte.PersonID{}) {
		t.Error("nobody in particular is held out")
	}
}

func TestTheBoundsOfABrand(t *testing.T) {
	b := shop()
	for i := range MaxContents {
		c := b.Contents[0]
		c.ID = aparte.ContentID(fmt.Sprintf("more%d", i))
		b.Contents = append(b.Contents, c)
	}
	if _, err := Compile(b, 1); err == nil || !strings.Contains(err.Error(), "/contents: ") {
		t.Errorf("compile: %v, want the number of contents refused", err)
	}
}

func TestZonesAreRememberedWithinABound(t *testing.T) {
	var z Zones
	if z.Find("Europe/Paris") == nil || z.Find("Nowhere/At/All") != nil || z.Find("Local") != nil || z.Find("") != nil {
		t.Error("a zone is not what it is called")
	}
	for i := range maxZones + 10 {
		z.Find(fmt.Sprintf("Nowhere/%d", i))
	}
	if n := len(*z.known.Load()); n > maxZones {
		t.Errorf("%d zones are remembered", n)
	}
	if got := z.Find("Asia/Tokyo"); got == nil || noon.In(got).Hour() != 21 {
		t.Errorf("Tokyo is %v", got)
	}
}
