package profile

import "github.com/aparte-dev/aparte"

// Encode appends the record of a person to dst: the state as schema.go describes it, times to the
// microsecond. Equal people have equal records. A person as this package makes them takes at most
// MaxRecord bytes.
func Encode(dst []byte, p *aparte.Person) []byte {
	w := writer{b: append(dst, recordVersion), base: p.LastSeen.UnixMicro(), self: p.ID}
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
	w.said(p.Said)
	w.opened(p.Open)
	w.timers(p.Timers)
	w.recentIDs(p.RecentIDs)
	w.people(fieldAbsorbed, p.Absorbed)
	w.people(fieldFormerly, p.Formerly)
	w.watch(&p.Watch)
	w.rhythm(&p.Rhythm)
	w.trials(p.Trials)
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

func (w *writer) watch(o *aparte.Watch) {
	if !o.Since.IsZero() {
		start := w.open(fieldWatch)
		w.zigzag(o.Since.UnixMicro() - w.base)
		w.float(o.Goodwill)
		w.float(o.Lost)
		w.float(o.Earned)
		w.close(fieldWatch, start)
	}
}

func (w *writer) rhythm(r *aparte.Rhythm) {
	if len(r.Beats) == 0 {
		return
	}
	start := w.list(fieldRhythm, len(r.Beats))
	w.time(2, r.At, w.base)
	w.column(3)
	for i := range r.Beats {
		w.varint(uint64(r.Beats[i].Hour))
	}
	w.column(4)
	for i := range r.Beats {
		w.single(r.Beats[i].Weight)
	}
	w.closeList(fieldRhythm, start)
}

func (w *writer) identifiers(ids []aparte.Identifier) {
	start := w.list(fieldIdentifiers, len(ids))
	w.column(2)
	for i := range ids {
		w.word(string(ids[i].Kind), kindWords)
	}
	w.column(3)
	for i := range ids {
		w.text(ids[i].Value)
	}
	w.closeList(fieldIdentifiers, start)
}

func (w *writer) traits(traits []aparte.Trait) {
	start := w.list(fieldTraits, len(traits))
	w.column(2)
	for i := range traits {
		w.text(traits[i].Name)
	}
	w.column(3)
	for i := range traits {
		w.varint(traitKind(&traits[i].Value) + uint64(traits[i].Provenance)<<3)
	}
	w.column(4)
	for i := range traits {
		w.at(traits[i].At)
	}
	w.column(5)
	for i := range traits {
		if traits[i].Value.Kind == aparte.Text || traits[i].Value.Kind == aparte.JSON {
			w.text(traits[i].Value.Str)
		}
	}
	w.column(6)
	for i := range traits {
		if traits[i].Value.Kind == aparte.Number {
			w.float(traits[i].Value.Num)
		}
	}
	w.closeList(fieldTraits, start)
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
	start := w.list(fieldConsents, len(consents))
	w.column(2)
	for i := range consents {
		w.word(string(consents[i].Purpose), purposeWords)
	}
	w.column(3)
	for i := range consents {
		w.word(string(consents[i].Channel), channelWords)
	}
	w.column(4)
	for i := range consents {
		w.flag(consents[i].Granted)
	}
	w.column(5)
	for i := range consents {
		w.repeat(consents[i].Source)
	}
	w.column(6)
	for i := range consents {
		w.repeat(consents[i].Wording)
	}
	w.column(7)
	for i := range consents {
		w.at(consents[i].At)
	}
	w.closeList(fieldConsents, start)
}

func (w *writer) counters(counters []aparte.Counter) {
	start := w.list(fieldCounters, len(counters))
	w.column(2)
	for i := range counters {
		w.word(counters[i].Name, counterNames)
	}
	w.column(3)
	for i := range counters {
		w.float(counters[i].Value)
	}
	w.column(4)
	for i := range counters {
		w.at(counters[i].At)
	}
	w.closeList(fieldCounters, start)
}

func (w *writer) affinities(field int, affinities []aparte.Affinity) {
	start := w.list(field, len(affinities))
	w.column(2)
	for i := range affinities {
		w.word(string(affinities[i].Kind), affinityWords)
	}
	w.column(3)
	for i := range affinities {
		w.text(affinities[i].Key)
	}
	w.column(4)
	for i := range affinities {
		w.float(affinities[i].Weight)
	}
	w.column(5)
	for i := range affinities {
		w.at(affinities[i].At)
	}
	w.closeList(field, start)
}

func (w *writer) orders(o *aparte.Orders) {
	start := w.open(fieldOrders)
	w.int(1, o.Count)
	w.int(2, o.Revenue.Amount)
	w.string(3, o.Revenue.Currency)
	w.time(4, o.FirstAt, w.base)
	w.time(5, o.LastAt, w.base)
	items := w.list(6, len(o.Items))
	w.column(2)
	for _, item := range o.Items {
		w.text(string(item))
	}
	w.closeList(6, items)
	recent := w.list(7, len(o.Recent))
	w.column(2)
	for _, order := range o.Recent {
		w.fixed(order.ID)
	}
	w.column(3)
	for _, order := range o.Recent {
		w.zigzag(order.Left)
	}
	w.column(4)
	for i := range o.Recent {
		w.repeat(o.Recent[i].Currency)
	}
	w.closeList(7, recent)
	others := w.list(8, len(o.OtherRevenue))
	w.column(2)
	for i := range o.OtherRevenue {
		w.text(o.OtherRevenue[i].Currency)
	}
	w.column(3)
	for i := range o.OtherRevenue {
		w.zigzag(o.OtherRevenue[i].Amount)
	}
	w.closeList(8, others)
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
	lines := w.list(2, len(cart.Lines))
	w.column(2)
	for i := range cart.Lines {
		w.text(string(cart.Lines[i].Item))
	}
	w.column(3)
	for i := range cart.Lines {
		w.zigzag(cart.Lines[i].Quantity)
	}
	w.column(4)
	for i := range cart.Lines {
		w.zigzag(cart.Lines[i].Price.Amount)
	}
	w.column(5)
	for i := range cart.Lines {
		w.repeat(cart.Lines[i].Price.Currency)
	}
	w.closeList(2, lines)
	w.close(fieldCart, start)
}

func (w *writer) said(said []aparte.Said) {
	start := w.list(fieldSaid, len(said))
	w.column(2)
	for i := range said {
		w.person(&said[i].Decision.Person)
	}
	w.column(3)
	for i := range said {
		w.step(int64(said[i].Decision.Seq))
	}
	w.column(4)
	for i := range said {
		w.repeat(string(said[i].Content))
	}
	w.column(5)
	for i := range said {
		w.repeat(string(said[i].Item))
	}
	w.column(6)
	for i := range said {
		w.word(string(said[i].Channel), channelWords)
	}
	w.column(7)
	for i := range said {
		w.repeat(said[i].Slot)
	}
	w.column(8)
	for i := range said {
		w.at(said[i].At)
	}
	w.column(9)
	for i := range said {
		w.zigzag(said[i].Seen)
	}
	w.column(10)
	for i := range said {
		w.flag(said[i].Clicked)
	}
	w.column(11)
	for i := range said {
		w.parent(&said[i].Parent, said[i].Decision.Seq)
	}
	w.closeList(fieldSaid, start)
}

func (w *writer) opened(open []aparte.Open) {
	start := w.list(fieldOpen, len(open))
	w.column(2)
	for i := range open {
		w.person(&open[i].Decision.Person)
	}
	w.column(3)
	for i := range open {
		w.step(int64(open[i].Decision.Seq))
	}
	w.column(4)
	for i := range open {
		w.repeat(string(open[i].Objective))
	}
	w.column(5)
	for i := range open {
		w.at(open[i].At)
	}
	w.column(6)
	for i := range open {
		w.zigzag(open[i].Due.UnixMicro() - open[i].At.UnixMicro())
	}
	w.column(7)
	for i := range open {
		w.float(open[i].Reward)
	}
	w.column(8)
	for i := range open {
		w.repeat(open[i].Silence)
	}
	w.closeList(fieldOpen, start)
}

func (w *writer) timers(timers []aparte.Timer) {
	start := w.list(fieldTimers, len(timers))
	w.column(2)
	for i := range timers {
		w.text(timers[i].Name)
	}
	w.column(3)
	for i := range timers {
		w.at(timers[i].Due)
	}
	w.column(4)
	for i := range timers {
		w.step(int64(timers[i].Gen))
	}
	w.closeList(fieldTimers, start)
}

func (w *writer) trials(trials []aparte.Trial) {
	start := w.list(fieldTrials, len(trials))
	w.column(2)
	for i := range trials {
		w.step(int64(trials[i].Number))
	}
	w.column(3)
	for i := range trials {
		w.zigzag(int64(trials[i].Holdout))
	}
	w.column(4)
	for i := range trials {
		w.zigzag(int64(trials[i].Objective))
	}
	w.column(5)
	for i := range trials {
		w.flag(trials[i].Held)
	}
	w.column(6)
	for i := range trials {
		w.at(trials[i].Since)
	}
	w.column(7)
	for i := range trials {
		w.zigzag(trials[i].Value)
	}
	w.closeList(fieldTrials, start)
}

func (w *writer) recentIDs(ids []uint64) {
	start := w.list(fieldRecentIDs, len(ids))
	w.column(2)
	for i := range ids {
		w.fixed(ids[i])
	}
	w.closeList(fieldRecentIDs, start)
}

func (w *writer) people(field int, ids []aparte.PersonID) {
	start := w.list(field, len(ids))
	w.column(2)
	for i := range ids {
		w.key(&ids[i])
	}
	w.closeList(field, start)
}
