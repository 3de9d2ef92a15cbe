package profile

import (
	"slices"
	"time"

	"github.com/aparte-dev/aparte"
)

// Encode appends the record of a person to dst: the state as schema.go describes it, times to the
// microsecond. Equal people have equal records. A person as this package makes them takes at most
// MaxRecord bytes.
func Encode(dst []byte, p *aparte.Person) []byte { return new(Kept).Encode(dst, p) }

// Encode appends the record of a person to dst, the same bytes as the function Encode, and keeps what can
// be used again for their next state. p must not change afterwards.
func (k *Kept) Encode(dst []byte, p *aparte.Person) []byte {
	w := writer{b: append(dst, recordVersion), self: p.ID}
	w.id(fieldID, &p.ID)
	w.id(fieldMergedInto, &p.MergedInto)
	w.uint(fieldSeq, p.Seq)
	w.time(fieldFirstSeen, p.FirstSeen)
	w.time(fieldLastSeen, p.LastSeen)
	w.string(fieldLocale, p.Locale)
	w.string(fieldZone, p.Zone)
	w.device(p.Device)
	w.goodwill(p.Goodwill)
	last := k.before(p)
	k.write(&w, keptIdentifiers, shared(p.Identifiers, last.Identifiers), func() { w.identifiers(p.Identifiers) })
	k.write(&w, keptTraits, shared(p.Traits, last.Traits), func() { w.traits(p.Traits) })
	k.write(&w, keptConsents, shared(p.Consents, last.Consents), func() { w.consents(p.Consents) })
	w.counters(p.Counters)
	w.affinities(fieldAffinities, p.Affinities)
	k.write(&w, keptOrders, sameOrders(&p.Orders, &last.Orders), func() { w.orders(&p.Orders) })
	w.session(&p.Session)
	k.write(&w, keptCart, sameCart(&p.Cart, &last.Cart), func() { w.cart(&p.Cart) })
	k.write(&w, keptSaid, shared(p.Said, last.Said), func() { w.said(p.Said) })
	k.write(&w, keptOpen, shared(p.Open, last.Open), func() { w.opened(p.Open) })
	k.write(&w, keptTimers, shared(p.Timers, last.Timers), func() { w.timers(p.Timers) })
	w.recentIDs(p.RecentIDs)
	w.people(fieldAbsorbed, p.Absorbed)
	w.people(fieldFormerly, p.Formerly)
	w.watch(&p.Watch)
	k.write(&w, keptRhythm, sameRhythm(&p.Rhythm, &last.Rhythm), func() { w.rhythm(&p.Rhythm) })
	k.write(&w, keptTrials, shared(p.Trials, last.Trials), func() { w.trials(p.Trials) })
	w.returns(&p.Return)
	k.write(&w, keptCadences, shared(p.Cadences, last.Cadences), func() { w.cadences(p.Cadences) })
	k.write(&w, keptStages, shared(p.Stages, last.Stages), func() { w.stages(p.Stages) })
	k.write(&w, keptPoints, shared(p.Points, last.Points), func() { w.points(p.Points) })
	k.write(&w, keptJourney, shared(p.Journey.Touches, last.Journey.Touches) && shared(p.Journey.Reached, last.Journey.Reached), func() { w.journey(&p.Journey) })
	k.write(&w, keptAudiences, shared(p.Audiences, last.Audiences), func() { w.audiences(p.Audiences) })
	k.write(&w, keptFences, shared(p.Fences, last.Fences), func() { w.fences(p.Fences) })
	k.last = p
	return w.b
}

func (w *writer) device(device string) {
	if device != "" {
		start := w.open(fieldDevice)
		w.b = appendWord(w.b, device, slices.Index(deviceWords, device))
		w.close(fieldDevice, start)
	}
}

func (w *writer) goodwill(g aparte.Goodwill) {
	if !g.At.IsZero() {
		start := w.open(fieldGoodwill)
		w.b = appendFloat(w.b, g.Value)
		w.b = appendZigzag(w.b, g.At.UnixMicro())
		w.close(fieldGoodwill, start)
	}
}

func (w *writer) watch(o *aparte.Watch) {
	if !o.Since.IsZero() {
		start := w.open(fieldWatch)
		w.b = appendZigzag(w.b, o.Since.UnixMicro())
		w.b = appendFloat(w.b, o.Goodwill)
		w.b = appendFloat(w.b, o.Lost)
		w.b = appendFloat(w.b, o.Earned)
		w.close(fieldWatch, start)
	}
}

func (w *writer) returns(r *aparte.Return) {
	if *r == (aparte.Return{}) {
		return
	}
	start := w.open(fieldReturn)
	if r.Since.IsZero() {
		w.b = appendVarint(w.b, uint64(r.Before)<<1)
	} else {
		w.b = appendVarint(w.b, uint64(r.Before)<<1|1)
		w.b = appendZigzag(w.b, r.Since.UnixMicro())
		w.b = appendVarint(w.b, uint64(r.Days))
		w.b = appendFloat(w.b, r.Aside)
		w.b = appendFloat(w.b, r.Earned)
	}
	w.close(fieldReturn, start)
}

func (w *writer) rhythm(r *aparte.Rhythm) {
	if len(r.Beats) == 0 {
		return
	}
	start := w.list(fieldRhythm, len(r.Beats))
	w.time(2, r.At)
	uints(w, 3, r.Beats, func(b *aparte.Beat) uint64 { return uint64(b.Hour) })
	singles(w, 4, r.Beats, func(b *aparte.Beat) float32 { return b.Weight })
	w.close(fieldRhythm, start)
}

func (w *writer) identifiers(ids []aparte.Identifier) {
	if len(ids) == 0 {
		return
	}
	start := w.list(fieldIdentifiers, len(ids))
	words(w, 2, ids, kindWords, func(id *aparte.Identifier) string { return string(id.Kind) })
	texts(w, 3, ids, func(id *aparte.Identifier) string { return id.Value })
	w.close(fieldIdentifiers, start)
}

func (w *writer) traits(traits []aparte.Trait) {
	if len(traits) == 0 {
		return
	}
	start := w.list(fieldTraits, len(traits))
	texts(w, 2, traits, func(t *aparte.Trait) string { return t.Name })
	uints(w, 3, traits, func(t *aparte.Trait) uint64 { return traitKind(&t.Value) + uint64(t.Provenance)<<3 })
	times(w, 4, traits, func(t *aparte.Trait) time.Time { return t.At })
	from := w.open(5)
	for i := range traits {
		if v := &traits[i].Value; v.Kind == aparte.Text || v.Kind == aparte.JSON {
			w.b = appendText(w.b, v.Str)
		}
	}
	w.closeColumn(5, from)
	from = w.open(6)
	for i := range traits {
		if v := &traits[i].Value; v.Kind == aparte.Number {
			w.b = appendFloat(w.b, v.Num)
		}
	}
	w.closeColumn(6, from)
	w.close(fieldTraits, start)
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
	if len(consents) == 0 {
		return
	}
	start := w.list(fieldConsents, len(consents))
	words(w, 2, consents, purposeWords, func(c *aparte.Consent) string { return string(c.Purpose) })
	words(w, 3, consents, channelWords, func(c *aparte.Consent) string { return string(c.Channel) })
	flags(w, 4, consents, func(c *aparte.Consent) bool { return c.Granted })
	repeats(w, 5, consents, func(c *aparte.Consent) string { return c.Source })
	repeats(w, 6, consents, func(c *aparte.Consent) string { return c.Wording })
	times(w, 7, consents, func(c *aparte.Consent) time.Time { return c.At })
	w.close(fieldConsents, start)
}

func (w *writer) counters(counters []aparte.Counter) {
	if len(counters) == 0 {
		return
	}
	start := w.list(fieldCounters, len(counters))
	words(w, 2, counters, counterNames, func(c *aparte.Counter) string { return c.Name })
	floats(w, 3, counters, func(c *aparte.Counter) float64 { return c.Value })
	times(w, 4, counters, func(c *aparte.Counter) time.Time { return c.At })
	w.close(fieldCounters, start)
}

func (w *writer) affinities(field int, affinities []aparte.Affinity) {
	if len(affinities) == 0 {
		return
	}
	start := w.list(field, len(affinities))
	words(w, 2, affinities, affinityWords, func(a *aparte.Affinity) string { return string(a.Kind) })
	texts(w, 3, affinities, func(a *aparte.Affinity) string { return a.Key })
	floats(w, 4, affinities, func(a *aparte.Affinity) float64 { return a.Weight })
	times(w, 5, affinities, func(a *aparte.Affinity) time.Time { return a.At })
	w.close(field, start)
}

func (w *writer) orders(o *aparte.Orders) {
	start := w.open(fieldOrders)
	w.int(1, o.Count)
	w.int(2, o.Revenue.Amount)
	w.string(3, o.Revenue.Currency)
	w.time(4, o.FirstAt)
	w.time(5, o.LastAt)
	if len(o.Items) > 0 {
		items := w.list(6, len(o.Items))
		texts(w, 2, o.Items, func(item *aparte.ItemID) string { return string(*item) })
		w.close(6, items)
	}
	if len(o.Recent) > 0 {
		recent := w.list(7, len(o.Recent))
		hashes(w, 2, o.Recent, func(o *aparte.Order) uint64 { return o.ID })
		ints(w, 3, o.Recent, func(o *aparte.Order) int64 { return o.Left })
		repeats(w, 4, o.Recent, func(o *aparte.Order) string { return o.Currency })
		instants(w, 5, o.Recent, func(o *aparte.Order) time.Time { return o.At })
		w.close(7, recent)
	}
	if len(o.OtherRevenue) > 0 {
		others := w.list(8, len(o.OtherRevenue))
		texts(w, 2, o.OtherRevenue, func(m *aparte.Money) string { return m.Currency })
		ints(w, 3, o.OtherRevenue, func(m *aparte.Money) int64 { return m.Amount })
		w.close(8, others)
	}
	w.close(fieldOrders, start)
}

func (w *writer) session(s *aparte.Session) {
	start := w.open(fieldSession)
	w.time(1, s.StartedAt)
	w.time(2, s.LastAt)
	w.int(3, s.Count)
	w.int(4, s.Pages)
	w.string(5, string(s.LastItem))
	w.string(6, s.Search)
	w.affinities(7, s.Intents)
	w.int(8, s.Dwell)
	w.int(9, s.ItemDwell)
	w.close(fieldSession, start)
}

func (w *writer) cart(cart *aparte.Cart) {
	start := w.open(fieldCart)
	w.time(1, cart.UpdatedAt)
	if len(cart.Lines) > 0 {
		lines := w.list(2, len(cart.Lines))
		texts(w, 2, cart.Lines, func(l *aparte.CartLine) string { return string(l.Item) })
		ints(w, 3, cart.Lines, func(l *aparte.CartLine) int64 { return l.Quantity })
		ints(w, 4, cart.Lines, func(l *aparte.CartLine) int64 { return l.Price.Amount })
		repeats(w, 5, cart.Lines, func(l *aparte.CartLine) string { return l.Price.Currency })
		w.close(2, lines)
	}
	w.close(fieldCart, start)
}

func (w *writer) said(said []aparte.Said) {
	if len(said) == 0 {
		return
	}
	start := w.list(fieldSaid, len(said))
	people(w, 2, said, func(s *aparte.Said) *aparte.PersonID { return &s.Decision.Person })
	steps(w, 3, said, func(s *aparte.Said) uint64 { return s.Decision.Seq })
	repeats(w, 4, said, func(s *aparte.Said) string { return string(s.Content) })
	repeats(w, 5, said, func(s *aparte.Said) string { return string(s.Item) })
	words(w, 6, said, channelWords, func(s *aparte.Said) string { return string(s.Channel) })
	repeats(w, 7, said, func(s *aparte.Said) string { return s.Slot })
	times(w, 8, said, func(s *aparte.Said) time.Time { return s.At })
	ints(w, 9, said, func(s *aparte.Said) int64 { return s.Seen })
	flags(w, 10, said, func(s *aparte.Said) bool { return s.Clicked })
	from := w.open(11)
	for i := range said {
		w.b = appendParent(w.b, &said[i].Parent, said[i].Decision.Seq, &w.self)
	}
	w.closeColumn(11, from)
	repeats(w, 12, said, func(s *aparte.Said) string { return string(s.Beside) })
	w.close(fieldSaid, start)
}

func (w *writer) opened(open []aparte.Open) {
	if len(open) == 0 {
		return
	}
	start := w.list(fieldOpen, len(open))
	people(w, 2, open, func(o *aparte.Open) *aparte.PersonID { return &o.Decision.Person })
	steps(w, 3, open, func(o *aparte.Open) uint64 { return o.Decision.Seq })
	repeats(w, 4, open, func(o *aparte.Open) string { return string(o.Objective) })
	times(w, 5, open, func(o *aparte.Open) time.Time { return o.At })
	ints(w, 6, open, func(o *aparte.Open) int64 { return o.Due.UnixMicro() - o.At.UnixMicro() })
	floats(w, 7, open, func(o *aparte.Open) float64 { return o.Reward })
	repeats(w, 8, open, func(o *aparte.Open) string { return o.Silence })
	flags(w, 9, open, func(o *aparte.Open) bool { return o.Unpaired })
	w.close(fieldOpen, start)
}

func (w *writer) timers(timers []aparte.Timer) {
	if len(timers) == 0 {
		return
	}
	start := w.list(fieldTimers, len(timers))
	texts(w, 2, timers, func(t *aparte.Timer) string { return t.Name })
	times(w, 3, timers, func(t *aparte.Timer) time.Time { return t.Due })
	steps(w, 4, timers, func(t *aparte.Timer) uint64 { return t.Gen })
	w.close(fieldTimers, start)
}

func (w *writer) trials(trials []aparte.Trial) {
	if len(trials) == 0 {
		return
	}
	start := w.list(fieldTrials, len(trials))
	steps(w, 2, trials, func(t *aparte.Trial) uint64 { return t.Number })
	ints(w, 3, trials, func(t *aparte.Trial) int64 { return int64(t.Holdout) })
	ints(w, 4, trials, func(t *aparte.Trial) int64 { return int64(t.Objective) })
	flags(w, 5, trials, func(t *aparte.Trial) bool { return t.Held })
	times(w, 6, trials, func(t *aparte.Trial) time.Time { return t.Since })
	ints(w, 7, trials, func(t *aparte.Trial) int64 { return t.Value })
	w.close(fieldTrials, start)
}

func (w *writer) cadences(cadences []aparte.Cadence) {
	if len(cadences) == 0 {
		return
	}
	start := w.list(fieldCadences, len(cadences))
	texts(w, 2, cadences, func(c *aparte.Cadence) string { return c.Category })
	times(w, 3, cadences, func(c *aparte.Cadence) time.Time { return c.LastAt })
	singles(w, 4, cadences, func(c *aparte.Cadence) float32 { return c.Weight })
	singles(w, 5, cadences, func(c *aparte.Cadence) float32 { return c.Logs })
	singles(w, 6, cadences, func(c *aparte.Cadence) float32 { return c.Squares })
	w.close(fieldCadences, start)
}

func (w *writer) audiences(keys []aparte.AudienceKey) {
	if len(keys) == 0 {
		return
	}
	start := w.list(fieldAudiences, len(keys))
	steps(w, 2, keys, func(key *aparte.AudienceKey) uint64 { return uint64(*key) })
	w.close(fieldAudiences, start)
}

func (w *writer) stages(stages []aparte.Stage) {
	if len(stages) == 0 {
		return
	}
	start := w.list(fieldStages, len(stages))
	words(w, 2, stages, stageWords, func(s *aparte.Stage) string { return s.Name })
	times(w, 3, stages, func(s *aparte.Stage) time.Time { return s.Since })
	w.close(fieldStages, start)
}

func (w *writer) points(points []aparte.Points) {
	if len(points) == 0 {
		return
	}
	start := w.list(fieldPoints, len(points))
	hashes(w, 2, points, func(p *aparte.Points) uint64 { return p.Objective })
	uints(w, 3, points, func(p *aparte.Points) uint64 { return uint64(p.HalfLife / time.Second) })
	floats(w, 4, points, func(p *aparte.Points) float64 { return p.Value })
	times(w, 5, points, func(p *aparte.Points) time.Time { return p.At })
	w.close(fieldPoints, start)
}

func (w *writer) journey(j *aparte.Journey) {
	start := w.open(fieldJourney)
	if len(j.Touches) > 0 {
		touches := w.list(1, len(j.Touches))
		times(w, 2, j.Touches, func(t *aparte.Touch) time.Time { return t.At })
		repeats(w, 3, j.Touches, func(t *aparte.Touch) string { return t.Channel })
		repeats(w, 4, j.Touches, func(t *aparte.Touch) string { return t.What })
		words(w, 5, j.Touches, touchDevices, func(t *aparte.Touch) string { return t.Device })
		w.close(1, touches)
	}
	if len(j.Reached) > 0 {
		reached := w.list(2, len(j.Reached))
		hashes(w, 2, j.Reached, func(r *aparte.Reached) uint64 { return r.Objective })
		times(w, 3, j.Reached, func(r *aparte.Reached) time.Time { return r.At })
		w.close(2, reached)
	}
	w.close(fieldJourney, start)
}

func (w *writer) fences(fences []aparte.Fence) {
	if len(fences) == 0 {
		return
	}
	start := w.list(fieldFences, len(fences))
	texts(w, 2, fences, func(f *aparte.Fence) string { return string(f.Place) })
	times(w, 3, fences, func(f *aparte.Fence) time.Time { return f.Since })
	times(w, 4, fences, func(f *aparte.Fence) time.Time { return f.Seen })
	flags(w, 5, fences, func(f *aparte.Fence) bool { return f.Dwelled })
	w.close(fieldFences, start)
}

func (w *writer) recentIDs(ids []uint64) {
	if len(ids) == 0 {
		return
	}
	start := w.list(fieldRecentIDs, len(ids))
	hashes(w, 2, ids, func(id *uint64) uint64 { return *id })
	w.close(fieldRecentIDs, start)
}

func (w *writer) people(field int, ids []aparte.PersonID) {
	if len(ids) == 0 {
		return
	}
	start, from := w.list(field, len(ids)), w.open(2)
	for i := range ids {
		w.b = append(w.b, ids[i][:]...)
	}
	w.closeColumn(2, from)
	w.close(field, start)
}
