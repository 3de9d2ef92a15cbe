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
	w.absorbed(p.Absorbed)
	return w.b
}

func (w *writer) device(device string) {
	if device != "" {
		start := w.open(fieldDevice)
		w.word(device, deviceWords)
		w.close(fieldDevice, start)
	}
}

func (w *writer) goodwill(g aparte.Goodwill) {
	if !g.At.IsZero() {
		start := w.open(fieldGoodwill)
		w.float(g.Value)
		w.zigzag(g.At.UnixMicro() - w.base)
		w.close(fieldGoodwill, start)
	}
}

func (w *writer) identifiers(ids []aparte.Identifier) {
	list(w, fieldIdentifiers, ids,
		func(w *writer, id *aparte.Identifier) { w.word(string(id.Kind), kindWords) },
		func(w *writer, id *aparte.Identifier) { w.text(id.Value) },
	)
}

func (w *writer) traits(traits []aparte.Trait) {
	list(w, fieldTraits, traits,
		func(w *writer, t *aparte.Trait) { w.text(t.Name) },
		func(w *writer, t *aparte.Trait) { w.varint(traitKind(&t.Value) + uint64(t.Provenance)<<3) },
		func(w *writer, t *aparte.Trait) { w.at(t.At) },
		func(w *writer, t *aparte.Trait) {
			if t.Value.Kind == aparte.Text || t.Value.Kind == aparte.JSON {
				w.text(t.Value.Str)
			}
		},
		func(w *writer, t *aparte.Trait) {
			if t.Value.Kind == aparte.Number {
				w.float(t.Value.Num)
			}
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
		func(w *writer, c *aparte.Consent) { w.word(string(c.Purpose), purposeWords) },
		func(w *writer, c *aparte.Consent) { w.word(string(c.Channel), channelWords) },
		func(w *writer, c *aparte.Consent) { w.flag(c.Granted) },
		func(w *writer, c *aparte.Consent) { w.repeat(c.Source) },
		func(w *writer, c *aparte.Consent) { w.repeat(c.Wording) },
		func(w *writer, c *aparte.Consent) { w.at(c.At) },
	)
}

func (w *writer) counters(counters []aparte.Counter) {
	list(w, fieldCounters, counters,
		func(w *writer, c *aparte.Counter) { w.word(c.Name, counterNames) },
		func(w *writer, c *aparte.Counter) { w.float(c.Value) },
		func(w *writer, c *aparte.Counter) { w.at(c.At) },
	)
}

func (w *writer) affinities(field int, affinities []aparte.Affinity) {
	list(w, field, affinities,
		func(w *writer, a *aparte.Affinity) { w.word(string(a.Kind), affinityWords) },
		func(w *writer, a *aparte.Affinity) { w.text(a.Key) },
		func(w *writer, a *aparte.Affinity) { w.float(a.Weight) },
		func(w *writer, a *aparte.Affinity) { w.at(a.At) },
	)
}

func (w *writer) orders(o *aparte.Orders) {
	start := w.open(fieldOrders)
	w.int(1, o.Count)
	w.int(2, o.Revenue.Amount)
	w.string(3, o.Revenue.Currency)
	w.time(4, o.FirstAt, w.base)
	w.time(5, o.LastAt, w.base)
	list(w, 6, o.Items, func(w *writer, item *aparte.ItemID) { w.text(string(*item)) })
	list(w, 7, o.Recent,
		func(w *writer, o *aparte.Order) { w.fixed(o.ID) },
		func(w *writer, o *aparte.Order) { w.zigzag(o.Left) },
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
		func(w *writer, l *aparte.CartLine) { w.text(string(l.Item)) },
		func(w *writer, l *aparte.CartLine) { w.zigzag(l.Quantity) },
		func(w *writer, l *aparte.CartLine) { w.zigzag(l.Price.Amount) },
		func(w *writer, l *aparte.CartLine) { w.repeat(l.Price.Currency) },
	)
	w.close(fieldCart, start)
}

func (w *writer) said(said []aparte.Said) {
	list(w, fieldSaid, said,
		func(w *writer, s *aparte.Said) { w.person(&s.Decision.Person) },
		func(w *writer, s *aparte.Said) { w.step(int64(s.Decision.Seq)) },
		func(w *writer, s *aparte.Said) { w.repeat(string(s.Content)) },
		func(w *writer, s *aparte.Said) { w.repeat(string(s.Item)) },
		func(w *writer, s *aparte.Said) { w.word(string(s.Channel), channelWords) },
		func(w *writer, s *aparte.Said) { w.repeat(s.Slot) },
		func(w *writer, s *aparte.Said) { w.at(s.At) },
		func(w *writer, s *aparte.Said) { w.zigzag(s.Seen) },
		func(w *writer, s *aparte.Said) { w.flag(s.Clicked) },
		func(w *writer, s *aparte.Said) { w.parent(&s.Parent, s.Decision.Seq) },
	)
}

func (w *writer) opened(open []aparte.Open) {
	list(w, fieldOpen, open,
		func(w *writer, o *aparte.Open) { w.person(&o.Decision.Person) },
		func(w *writer, o *aparte.Open) { w.step(int64(o.Decision.Seq)) },
		func(w *writer, o *aparte.Open) { w.repeat(string(o.Objective)) },
		func(w *writer, o *aparte.Open) { w.at(o.At) },
		func(w *writer, o *aparte.Open) { w.zigzag(o.Due.UnixMicro() - o.At.UnixMicro()) },
		func(w *writer, o *aparte.Open) { w.float(o.Reward) },
		func(w *writer, o *aparte.Open) { w.repeat(o.Silence) },
	)
}

func (w *writer) timers(timers []aparte.Timer) {
	list(w, fieldTimers, timers,
		func(w *writer, t *aparte.Timer) { w.text(t.Name) },
		func(w *writer, t *aparte.Timer) { w.at(t.Due) },
		func(w *writer, t *aparte.Timer) { w.step(int64(t.Gen)) },
	)
}

func (w *writer) recentIDs(ids []uint64) {
	list(w, fieldRecentIDs, ids, func(w *writer, id *uint64) { w.fixed(*id) })
}

func (w *writer) absorbed(ids []aparte.PersonID) {
	list(w, fieldAbsorbed, ids, func(w *writer, id *aparte.PersonID) { w.b = append(w.b, id[:]...) })
}
