package profile

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/aparte-dev/aparte"
)

// view is what happens most: a product looked at, with all that a browser's SDK says around it.
func view(at time.Time) *aparte.Event {
	e := track(at, productViewed, `{"product_id": "sku-13", "sku": "G-32", "category": "Games", "name": "Monopoly: 3rd Edition",
		"brand": "Hasbro", "variant": "200 pieces", "price": 18.99, "quantity": 1, "currency": "EUR"}`)
	e.Context = json.RawMessage(browser)
	return e
}

func BenchmarkApply(b *testing.B) {
	p, at := shopper(1)
	items := newShop()
	for _, c := range []struct {
		name  string
		event *aparte.Event
	}{
		{"page", page(at.Add(time.Hour), browser)},
		{"view", view(at.Add(time.Hour))},
		{"order of 20", track(at.Add(time.Hour), orderCompleted, orderOf(20))},
		{"exposure", track(at.Add(time.Hour), aparte.EventExposed, `{"decision": "d_01000000000000000000000000000007_zz", "content": "hero", "channel": "web", "slot": "hero"}`)},
		{"identify", identify(at.Add(time.Hour), `{"email": "ann.example@example.com", "firstName": "Ann", "plan": "gold", "age": 42}`)},
	} {
		b.Run(c.name, func(b *testing.B) {
			ids := Identifiers(c.event)
			b.ReportAllocs()
			for b.Loop() {
				Apply(p, c.event, ids, items, "EUR")
			}
		})
	}
}

func BenchmarkIdentifiers(b *testing.B) {
	e := view(noon)
	e.UserID = "u-1"
	b.ReportAllocs()
	for b.Loop() {
		Identifiers(e)
	}
}

func BenchmarkEncode(b *testing.B) {
	p, _ := shopper(1)
	buf := make([]byte, 0, 8<<10)
	b.ReportAllocs()
	for b.Loop() {
		buf = Encode(buf[:0], &p)
	}
	b.ReportMetric(float64(len(buf)), "B/person")
}

func BenchmarkDecode(b *testing.B) {
	p, _ := shopper(1)
	buf := Encode(nil, &p)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Decode(buf); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(len(buf)), "B/person")
}

// BenchmarkApplyEncode is what an event costs a part's owner: state and record, of somebody whose record was written
// before.
func BenchmarkApplyEncode(b *testing.B) {
	p, at := shopper(1)
	items, e := newShop(), view(at.Add(time.Hour))
	ids, buf := Identifiers(e), make([]byte, 0, 8<<10)
	var kept Kept
	b.ReportAllocs()
	for b.Loop() {
		next := Apply(p, e, ids, items, "EUR")
		buf = kept.Encode(buf[:0], &next)
	}
	b.ReportMetric(float64(len(buf)), "B/person")
}
