package profile

import (
	"errors"
	"fmt"

	"github.com/aparte-dev/aparte"
)

// Decode reads what Encode wrote, under this version of the schema or an older one. Fields that it does
// not know are passed over. b is not kept; the person's texts share one copy of it.
func Decode(b []byte) (aparte.Person, error) {
	switch {
	case len(b) == 0:
		return aparte.Person{}, errors.New("record is empty")
	case b[0] != recordVersion:
		return aparte.Person{}, fmt.Errorf("record has version %d, want %d", b[0], recordVersion)
	case len(b) > maxDecoded:
		return aparte.Person{}, fmt.Errorf("record is longer than %d bytes", maxDecoded)
	}
	d := parser{b: b, s: string(b)}
	p := d.person()
	if d.err != nil {
		return aparte.Person{}, d.err
	}
	return p, nil
}

func (d *parser) person() aparte.Person {
	var m message
	d.message(span{1, len(d.b)}, &m)
	p := aparte.Person{
		ID: d.id(m.bytes[fieldID]), MergedInto: d.id(m.bytes[fieldMergedInto]), Seq: m.number[fieldSeq],
		FirstSeen: m.time(fieldFirstSeen, 0), LastSeen: m.time(fieldLastSeen, 0),
		Locale: d.text(m.bytes[fieldLocale]), Zone: d.text(m.bytes[fieldZone]),
	}
	d.base, d.self = p.LastSeen.UnixMicro(), p.ID
	p.Device = d.device(m.bytes[fieldDevice])
	p.Goodwill = d.goodwill(m.bytes[fieldGoodwill])
	p.Identifiers = d.identifiers(m.bytes[fieldIdentifiers])
	p.Traits = d.traits(m.bytes[fieldTraits])
	p.Consents = d.consents(m.bytes[fieldConsents])
	p.Counters = d.counters(m.bytes[fieldCounters])
	p.Affinities = d.affinities(m.bytes[fieldAffinities])
	p.Orders = d.orders(m.bytes[fieldOrders])
	p.Session = d.session(m.bytes[fieldSession])
	p.Cart = d.cart(m.bytes[fieldCart])
	p.Said = d.said(m.bytes[fieldSaid])
	p.Open = d.open(m.bytes[fieldOpen])
	p.Timers = d.timers(m.bytes[fieldTimers])
	p.RecentIDs = read(d, m.bytes[fieldRecentIDs], 1, func(c []column, id *uint64) { *id = c[0].fixed() })
	p.Absorbed = d.people(m.bytes[fieldAbsorbed])
	p.Formerly = d.people(m.bytes[fieldFormerly])
	return p
}

// id reads a person's id, nobody's where the field did not come.
func (d *parser) id(at span) (id aparte.PersonID) {
	if n := at.to - at.from; n != 0 && n != len(id) {
		d.broken("id")
		return id
	}
	copy(id[:], d.b[at.from:at.to])
	return id
}

func (d *parser) device(at span) string {
	if at.from == at.to {
		return ""
	}
	c := &d.columns[0]
	c.start(d, at)
	return c.word(deviceWords)
}

func (d *parser) goodwill(at span) aparte.Goodwill {
	if at.from == at.to {
		return aparte.Goodwill{}
	}
	c := &d.columns[0]
	c.start(d, at)
	return aparte.Goodwill{Value: c.float(), At: c.at()}
}

func (d *parser) identifiers(at span) []aparte.Identifier {
	return read(d, at, 2, func(c []column, id *aparte.Identifier) {
		*id = aparte.Identifier{Kind: aparte.IdentifierKind(c[0].word(kindWords)), Value: c[1].text()}
	})
}

func (d *parser) traits(at span) []aparte.Trait {
	return read(d, at, 5, func(c []column, t *aparte.Trait) {
		t.Name = c[0].text()
		kind := c[1].varint()
		t.Provenance = aparte.Provenance(kind >> 3)
		t.At = c[2].at()
		switch kind & 7 {
		case textTrait:
			t.Value = aparte.TextValue(c[3].text())
		case numberTrait:
			t.Value = aparte.NumberValue(c[4].float())
		case falseTrait:
			t.Value = aparte.BoolValue(false)
		case trueTrait:
			t.Value = aparte.BoolValue(true)
		case jsonTrait:
			t.Value = aparte.Value{Kind: aparte.JSON, Str: c[3].text()}
		}
	})
}

func (d *parser) consents(at span) []aparte.Consent {
	return read(d, at, 6, func(c []column, x *aparte.Consent) {
		*x = aparte.Consent{
			Purpose: aparte.Purpose(c[0].word(purposeWords)), Channel: aparte.Channel(c[1].word(channelWords)),
			Granted: c[2].flag(), Source: c[3].repeat(), Wording: c[4].repeat(), At: c[5].at(),
		}
	})
}

func (d *parser) counters(at span) []aparte.Counter {
	return read(d, at, 3, func(c []column, x *aparte.Counter) {
		*x = aparte.Counter{Name: c[0].word(counterNames), Value: c[1].float(), At: c[2].at()}
	})
}

func (d *parser) affinities(at span) []aparte.Affinity {
	return read(d, at, 4, func(c []column, a *aparte.Affinity) {
		*a = aparte.Affinity{
			Kind: aparte.AffinityKind(c[0].word(affinityWords)), Key: c[1].text(), Weight: c[2].float(), At: c[3].at(),
		}
	})
}

func (d *parser) orders(at span) aparte.Orders {
	var m message
	d.message(at, &m)
	return aparte.Orders{
		Count:   m.int(1),
		Revenue: aparte.Money{Amount: m.int(2), Currency: d.text(m.bytes[3])},
		FirstAt: m.time(4, d.base), LastAt: m.time(5, d.base),
		Items: read(d, m.bytes[6], 1, func(c []column, item *aparte.ItemID) { *item = aparte.ItemID(c[0].text()) }),
		Recent: read(d, m.bytes[7], 2, func(c []column, o *aparte.Order) {
			*o = aparte.Order{ID: c[0].fixed(), Left: c[1].zigzag()}
		}),
	}
}

func (d *parser) session(at span) aparte.Session {
	var m message
	d.message(at, &m)
	return aparte.Session{
		StartedAt: m.time(1, d.base), LastAt: m.time(2, d.base), Count: m.int(3), Pages: m.int(4),
		LastItem: aparte.ItemID(d.text(m.bytes[5])), Search: d.text(m.bytes[6]), Intents: d.affinities(m.bytes[7]),
	}
}

func (d *parser) cart(at span) aparte.Cart {
	var m message
	d.message(at, &m)
	return aparte.Cart{
		UpdatedAt: m.time(1, d.base),
		Lines: read(d, m.bytes[2], 4, func(c []column, l *aparte.CartLine) {
			*l = aparte.CartLine{
				Item: aparte.ItemID(c[0].text()), Quantity: c[1].zigzag(),
				Price: aparte.Money{Amount: c[2].zigzag(), Currency: c[3].repeat()},
			}
		}),
	}
}

func (d *parser) said(at span) []aparte.Said {
	return read(d, at, 10, func(c []column, s *aparte.Said) {
		*s = aparte.Said{
			Decision: aparte.DecisionID{Person: c[0].person(), Seq: uint64(c[1].step())},
			Content:  aparte.ContentID(c[2].repeat()), Item: aparte.ItemID(c[3].repeat()),
			Channel: aparte.Channel(c[4].word(channelWords)), Slot: c[5].repeat(),
			At: c[6].at(), Seen: c[7].zigzag(), Clicked: c[8].flag(),
		}
		s.Parent = c[9].parent(s.Decision.Seq)
	})
}

func (d *parser) open(at span) []aparte.Open {
	return read(d, at, 7, func(c []column, o *aparte.Open) {
		*o = aparte.Open{
			Decision:  aparte.DecisionID{Person: c[0].person(), Seq: uint64(c[1].step())},
			Objective: aparte.ObjectiveID(c[2].repeat()), At: c[3].at(),
		}
		o.Due = micros(o.At.UnixMicro() + c[4].zigzag())
		o.Reward, o.Silence = c[5].float(), c[6].repeat()
	})
}

func (d *parser) timers(at span) []aparte.Timer {
	return read(d, at, 3, func(c []column, t *aparte.Timer) {
		*t = aparte.Timer{Name: c[0].text(), Due: c[1].at(), Gen: uint64(c[2].step())}
	})
}

func (d *parser) people(at span) []aparte.PersonID {
	return read(d, at, 1, func(c []column, id *aparte.PersonID) { *id = c[0].key() })
}
