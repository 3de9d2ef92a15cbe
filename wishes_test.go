package aparte

import (
	"math"
	"slices"
	"sort"
	"testing"
	"time"
)

func wisher(traits ...Trait) *Person {
	sort.Slice(traits, func(i, j int) bool { return traits[i].Name < traits[j].Name })
	return &Person{Traits: traits}
}

func TestWishesAreWhatThePersonDeclared(t *testing.T) {
	p := wisher(
		Trait{Name: "wishes.pause", Value: TextValue("2026-06-01T12:00:00+02:00")}, Trait{Name: "wishes.weekly", Value: NumberValue(2)},
		Trait{Name: "wishes.no.product", Value: BoolValue(true)}, Trait{Name: "wishes.no.article", Value: BoolValue(false)},
		Trait{Name: "wishes.no.a.b", Value: BoolValue(true)}, Trait{Name: "wished", Value: BoolValue(true)}, Trait{Name: "z"},
	)
	if at := time.Date(2026, 6, 1, 10, 0, 0, 0, time.UTC); !p.PausedUntil().Equal(at) {
		t.Errorf("paused until %v", p.PausedUntil())
	}
	if most, told := p.Weekly(); most != 2 || !told {
		t.Errorf("weekly %d, %v", most, told)
	}
	if got := p.Spared(); !slices.Equal(got, []string{"a.b", "product"}) || !p.Wishing() || !p.Spares("product") || p.Spares("article") || p.Spares("") {
		t.Errorf("spared %q", got)
	}
	for _, from := range []Provenance{Observed, Inferred, BoughtIn} {
		for i := range p.Traits {
			p.Traits[i].Provenance = from
		}
		if _, told := p.Weekly(); told || !p.PausedUntil().IsZero() || len(p.Spared()) > 0 {
			t.Errorf("a wish that is not declared (%d) is heard", from)
		}
	}
	if none := new(Person); none.Wishing() || len(none.Spared()) > 0 || !none.PausedUntil().IsZero() {
		t.Error("who never said anything has wishes")
	}
}

func TestAWishThatCannotBeReadIsNone(t *testing.T) {
	for _, bad := range []Trait{
		{Name: "wishes.pause", Value: TextValue("next month")}, {Name: "wishes.pause", Value: NumberValue(3)}, {Name: "wishes.pause", Value: BoolValue(true)},
		{Name: "wishes.weekly", Value: NumberValue(-1)}, {Name: "wishes.weekly", Value: NumberValue(1.5)}, {Name: "wishes.weekly", Value: NumberValue(1e9)},
		{Name: "wishes.weekly", Value: NumberValue(math.NaN())}, {Name: "wishes.weekly", Value: TextValue("2")},
		{Name: "wishes.no.product", Value: TextValue("true")}, {Name: "wishes.no.", Value: BoolValue(true)},
		{Name: "wishes.no", Value: BoolValue(true)}, {Name: "wishes.never", Value: BoolValue(true)},
	} {
		if CheckWish(bad.Name, bad.Value) == nil {
			t.Errorf("%s may be %v", bad.Name, bad.Value)
		}
		p := wisher(bad)
		if _, told := p.Weekly(); told || !p.PausedUntil().IsZero() || len(p.Spared()) > 0 {
			t.Errorf("%s %v is heard", bad.Name, bad.Value)
		}
	}
	for _, name := range []string{"wishes.pause", "wishes.weekly", "wishes.no.product"} {
		if err := CheckWish(name, Value{}); err != nil {
			t.Errorf("%s cannot be taken back: %v", name, err)
		}
	}
}
