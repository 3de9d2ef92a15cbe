package profile

import "github.com/aparte-dev/aparte"

// Encode appends the record of a person to dst: the state as schema.go describes it, times to the
// microsecond. Equal people have equal records. A person as this package makes them takes at most
// MaxRecord bytes.
func Encode(dst []byte, p *aparte.Person) []byte {
	w := writer{b: append(dst, recordVersion), base: p.LastSeen.UnixMicro()}
	w.id(fieldID, &p.ID)
	w.id(fieldMergedInto, &p.MergedInto)
	w.uint(fieldSeq, p.Seq)
	w.time(fieldFirstSeen, p.FirstSeen, 0)
	w.time(fieldLastSeen, p.LastSeen, 0)
	w.string(fieldLocale, p.Locale)
	w.string(fieldZone, p.Zone)
	w.device(p.Device)
	w.goodwill(p.Goodwill)
	w.identifiers(p.Identifiers)
	w.traits(p.Traits)
	w.consents(p.Consents)
	w.counters(p.Counters)
	w.affinities(fieldAffinities, p.Affinities)
	w.orders(&p.Orders)
	w.session(&p.Session)
	w.cart(&p.Cart)
	w.self = p.ID
	w.said(p.Said)
	w.opened(p.Open)
	w.timers(p.Timers)
	w.recentIDs(p.RecentIDs)
	w.people(fieldAbsorbed, p.Absorbed)
	w.people(fieldFormerly, p.Formerly)
	return w.b
}

func (w *writer) device(device string) {
	if device != "" {
		start := w.open(fieldDevice)
		w.b = appendWord(w.b, device, deviceWords)
		w.close(fieldDevice, start)
	}
}

func (w *writer) goodwill(g aparte.Goodwill) {
	if !g.At.IsZero() {
		start := w.open(fieldGoodwill)
		w.b = appendZigzag(appendFloat(w.b, g.Value), g.At.UnixMicro()-w.base)
		w.close(fieldGoodwill, start)
	}
}

func (w *writer) identifiers(ids []aparte.Identifier) {
	list(w, fieldIdentifiers, ids,
		func(w *writer, b []byte, id *aparte.Identifier) []byte {
			return appendWord(b, string(id.Kind), kindWords)
		},
		func(w *writer, b []byte, id *aparte.Identifier) []byte { return appendText(b, id.Value) },
	)
}

func (w *writer) traits(traits []aparte.Trait) {
	list(w, fieldTraits, traits,
		func(w *writer, b []byte, t *aparte.Trait) []byte { return appendText(b, t.Name) },
		func(w *writer, b []byte, t *aparte.Trait) []byte {
			return appendVarint(b, traitKind(&t.Value)+uint64(t.Provenance)<<3)
		},
		func(w *writer, b []byte, t *aparte.Trait) []byte { return w.at(b, t.At) },
		func(w *writer, b []byte, t *aparte.Trait) []byte {
			if t.Value.Kind != aparte.Text && t.Value.Kind != aparte.JSON {
				return b
			}
			return appendText(b, t.Value.Str)
		},
		func(w *writer, b []byte, t *aparte.Trait) []byte {
			if t.Value.Kind != aparte.Number {
				return b
			}
			return appendFloat(b, t.Value.Num)
		},
	)
}

func traitKind(v *aparte.Value) uint64 {
	switch v.Kind {
	case aparte.Text:
		return textTrait
	case aparte.Number:
		return numberTrait
	case aparte.JSON:
		return jsonTrait
	case aparte.Bool:
		if v.Num != 0 {
			return trueTrait
		}
		return falseTrait
	}
	return nullTrait
}

func (w *writer) consents(consents []aparte.Consent) {
	list(w, fieldConsents, consents,
		func(w *writer, b []byte, c *aparte.Consent) []byte {
			return appendWord(b, string(c.Purpose), purposeWords)
		},
		func(w *writer, b []byte, c *aparte.Consent) []byte {
			return appendWord(b, string(c.Channel), channelWords)
		},
		func(w *writer, b []byte, c *aparte.Consent) []byte { return appendFlag(b, c.Granted) },
		func(w *writer, b []byte, c *aparte.Consent) []byte { return w.repeat(b, c.Source) },
		func(w *writer, b []byte, c *aparte.Consent) []byte { return w.repeat(b, c.Wording) },
		func(w *writer, b []byte, c *aparte.Consent) []byte { return w.at(b, c.At) },
	)
}

func (w *writer) counters(counters []aparte.Counter) {
	list(w, fieldCounters, counters,
		func(w *writer, b []byte, c *aparte.Counter) []byte { return appendWord(b, c.Name, counterNames) },
		func(w *writer, b []byte, c *aparte.Counter) []byte { return appendFloat(b, c.Value) },
		func(w *writer, b []byte, c *aparte.Counter) []byte { return w.at(b, c.At) },
	)
}

func (w *writer) affinities(field int, affinities []aparte.Affinity) {
	list(w, field, affinities,
		func(w *writer, b []byte, a *aparte.Affinity) []byte {
			return appendWord(b, string(a.Kind), affinityWords)
		},
		func(w *writer, b []byte, a *aparte.Affinity) []byte { return appendText(b, a.Key) },
		func(w *writer, b []byte, a *aparte.Affinity) []byte { return appendFloat(b, a.Weight) },
		func(w *writer, b []byte, a *aparte.Affinity) []byte { return w.at(b, a.At) },
	)
}

func (w *writer) orders(o *aparte.Orders) {
	start := w.open(fieldOrders)
	w.int(1, o.Count)
	w.int(2, o.Revenue.Amount)
	w.string(3, o.Revenue.Currency)
	w.time(4, o.FirstAt, w.base)
	w.time(5, o.LastAt, w.base)
	list(w, 6, o.Items, func(w *writer, b []byte, item *aparte.ItemID) []byte { return appendText(b, string(*item)) })
	list(w, 7, o.Recent,
		func(w *writer, b []byte, o *aparte.Order) []byte { return appendFixed(b, o.ID) },
		func(w *writer, b []byte, o *aparte.Order) []byte { return appendZigzag(b, o.Left) },
	)
	w.close(fieldOrders, start)
}

func (w *writer) session(s *aparte.Session) {
	start := w.open(fieldSession)
	w.time(1, s.StartedAt, w.base)
	w.time(2, s.LastAt, w.base)
	w.int(3, s.Count)
	w.int(4, s.Pages)
	w.string(5, string(s.LastItem))
	w.string(6, s.Search)
	w.affinities(7, s.Intents)
	w.close(fieldSession, start)
}

func (w *writer) cart(cart *aparte.Cart) {
	start := w.open(fieldCart)
	w.time(1, cart.UpdatedAt, w.base)
	list(w, 2, cart.Lines,
		func(w *writer, b []byte, l *aparte.CartLine) []byte { return appendText(b, string(l.Item)) },
		func(w *writer, b []byte, l *aparte.CartLine) []byte { return appendZigzag(b, l.Quantity) },
		func(w *writer, b []byte, l *aparte.CartLine) []byte { return appendZigzag(b, l.Price.Amount) },
		func(w *writer, b []byte, l *aparte.CartLine) []byte { return w.repeat(b, l.Price.Currency) },
	)
	w.close(fieldCart, start)
}

func (w *writer) said(said []aparte.Said) {
	list(w, fieldSaid, said,
		func(w *writer, b []byte, s *aparte.Said) []byte { return w.person(b, &s.Decision.Person) },
		func(w *writer, b []byte, s *aparte.Said) []byte { return w.step(b, int64(s.Decision.Seq)) },
		func(w *writer, b []byte, s *aparte.Said) []byte { return w.repeat(b, string(s.Content)) },
		func(w *writer, b []byte, s *aparte.Said) []byte { return w.repeat(b, string(s.Item)) },
		func(w *writer, b []byte, s *aparte.Said) []byte {
			return appendWord(b, string(s.Channel), channelWords)
		},
		func(w *writer, b []byte, s *aparte.Said) []byte { return w.repeat(b, s.Slot) },
		func(w *writer, b []byte, s *aparte.Said) []byte { return w.at(b, s.At) },
		func(w *writer, b []byte, s *aparte.Said) []byte { return appendZigzag(b, s.Seen) },
		func(w *writer, b []byte, s *aparte.Said) []byte { return appendFlag(b, s.Clicked) },
		func(w *writer, b []byte, s *aparte.Said) []byte { return w.parent(b, &s.Parent, s.Decision.Seq) },
	)
}

func (w *writer) opened(open []aparte.Open) {
	list(w, fieldOpen, open,
		func(w *writer, b []byte, o *aparte.Open) []byte { return w.person(b, &o.Decision.Person) },
		func(w *writer, b []byte, o *aparte.Open) []byte { return w.step(b, int64(o.Decision.Seq)) },
		func(w *writer, b []byte, o *aparte.Open) []byte { return w.repeat(b, string(o.Objective)) },
		func(w *writer, b []byte, o *aparte.Open) []byte { return w.at(b, o.At) },
		func(w *writer, b []byte, o *aparte.Open) []byte {
			return appendZigzag(b, o.Due.UnixMicro()-o.At.UnixMicro())
		},
		func(w *writer, b []byte, o *aparte.Open) []byte { return appendFloat(b, o.Reward) },
		func(w *writer, b []byte, o *aparte.Open) []byte { return w.repeat(b, o.Silence) },
	)
}

func (w *writer) timers(timers []aparte.Timer) {
	list(w, fieldTimers, timers,
		func(w *writer, b []byte, t *aparte.Timer) []byte { return appendText(b, t.Name) },
		func(w *writer, b []byte, t *aparte.Timer) []byte { return w.at(b, t.Due) },
		func(w *writer, b []byte, t *aparte.Timer) []byte { return w.step(b, int64(t.Gen)) },
	)
}

func (w *writer) recentIDs(ids []uint64) {
	list(w, fieldRecentIDs, ids, func(w *writer, b []byte, id *uint64) []byte { return appendFixed(b, *id) })
}

func (w *writer) people(field int, ids []aparte.PersonID) {
	list(w, field, ids, func(w *writer, b []byte, id *aparte.PersonID) []byte { return append(b, id[:]...) })
}
