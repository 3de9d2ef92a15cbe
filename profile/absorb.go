package profile

import (
	"cmp"
	"slices"
	"time"

	"github.com/aparte-dev/aparte"
)

// Absorb is the survivor of a merge with both histories: every identifier and consent, the newest of
// each trait, counters, affinities, orders and what was worn off the goodwill summed at a common time,
// what was said interleaved in time, first and last sight, and the bounds of one record kept.
//
// The order in which people are absorbed makes no difference, rounding aside, to first and last sight,
// identifiers, traits, consents, counters, affinities, points, orders and what was said, as long as none of
// their bounds is reached. Session, cart, language, time zone and device are those of whoever did
// something last, completed by the other's. What belongs to the engine stays the survivor's.
func Absorb(survivor, absorbed aparte.Person) aparte.Person {
	p := survivor
	p.FirstSeen, p.LastSeen = overlap(p.FirstSeen, p.LastSeen, absorbed.FirstSeen, absorbed.LastSeen)
	p.Identifiers = identified(p.Identifiers, absorbed.Identifiers)
	p.Traits = merged(p.Traits, slices.Clone(absorbed.Traits))
	for _, c := range absorbed.Consents {
		p.Consents = answered(p.Consents, c)
	}
	other := false
	p.Orders, other = bothOrders(survivor.Orders, absorbed.Orders)
	p.Counters = own(p.Counters, len(absorbed.Counters)+1)
	for _, c := range absorbed.Counters {
		p.Counters = counted(p.Counters, c)
	}
	if n := absorbed.Orders.Count; other && n > 0 {
		p.Counters = counted(p.Counters, aparte.Counter{
			Name: "orders_other_currency", Value: float64(n), At: absorbed.Orders.LastAt,
		})
	}
	p.Affinities = own(p.Affinities, len(absorbed.Affinities))
	for _, a := range absorbed.Affinities {
		p.Affinities = inclined(p.Affinities, a)
	}
	p.Affinities = heaviest(p.Affinities)
	p.Session = bothSessions(survivor.Session, absorbed.Session)
	p.Cart = bothCarts(survivor.Cart, absorbed.Cart)
	p.Said = remembered(p.Said, absorbed.Said...)
	p.Goodwill = worn(survivor.Goodwill, absorbed.Goodwill)
	p.Rhythm = bothRhythms(survivor.Rhythm, absorbed.Rhythm)
	p.Points = bothPoints(survivor.Points, absorbed.Points)
	p.Cadences, p.Stages = bothCadences(&survivor, &absorbed), bothStages(&survivor, &absorbed)
	p.Audiences = bothAudiences(survivor.Audiences, absorbed.Audiences)
	p.Fences = bothFences(&p, survivor.Fences, absorbed.Fences)
	last, first := survivor, absorbed
	if absorbed.LastSeen.After(survivor.LastSeen) {
		last, first = absorbed, survivor
	}
	p.Locale = cmp.Or(last.Locale, first.Locale)
	p.Zone = cmp.Or(last.Zone, first.Zone)
	p.Device = cmp.Or(last.Device, first.Device)
	fit(&p)
	return p
}

// overlap is the time from the first of two spans to the last; zero times are none.
func overlap(first, last, first2, last2 time.Time) (time.Time, time.Time) {
	if first.IsZero() || !first2.IsZero() && first2.Before(first) {
		first = first2
	}
	if last2.After(last) {
		last = last2
	}
	return first, last
}

// bothOrders sums two people's orders, each currency for itself. An order that both remember counts once.
// other reports that b's revenue is in another currency than the sum's.
func bothOrders(a, b aparte.Orders) (sum aparte.Orders, other bool) {
	sum = a
	sum.Revenue.Currency = cmp.Or(a.Revenue.Currency, b.Revenue.Currency)
	other = b.Revenue.Currency != "" && b.Revenue.Currency != sum.Revenue.Currency
	in := func(currency string) string { // one of b's, as the sum names it
		if currency = cmp.Or(currency, b.Revenue.Currency); currency == sum.Revenue.Currency {
			return ""
		}
		return currency
	}
	sum.Count = plus(a.Count, b.Count)
	sum.FirstAt, sum.LastAt = overlap(a.FirstAt, a.LastAt, b.FirstAt, b.LastAt)
	sum.Items = distinct(a.Items, b.Items)
	if b.LastAt.After(a.LastAt) {
		sum.Items = distinct(b.Items, a.Items)
	}
	earn(&sum, in(""), b.Revenue.Amount)
	for _, m := range b.OtherRevenue {
		earn(&sum, in(m.Currency), m.Amount) // one currency too many is left out: orders_other_currency tells of it
	}
	sum.Recent = own(a.Recent, len(b.Recent))
	for _, o := range b.Recent {
		o.Currency = in(o.Currency)
		i := findOrder(a.Recent, o.ID)
		if i < 0 {
			sum.Recent = append(sum.Recent, o)
			continue
		}
		if o.Currency != a.Recent[i].Currency {
			continue // two brands' orders may share an id
		}
		both, correction, repeated := oneOrder(a.Recent[i], o)
		sum.Recent[i] = both
		earn(&sum, both.Currency, correction)
		if repeated {
			sum.Count--
		}
	}
	sum.Recent = lastOrders(sum.Recent)
	return sum, other
}

// bothSessions is the later of two sessions, and one session where they overlap or follow each other
// within its silence.
func bothSessions(a, b aparte.Session) aparte.Session {
	if b.LastAt.After(a.LastAt) {
		a, b = b, a
	}
	a.Count = plus(a.Count, b.Count)
	if a.LastItem == "" || a.LastItem == b.LastItem {
		a.LastItem, a.ItemDwell = b.LastItem, inView(a.ItemDwell, b.ItemDwell)
	}
	if b.StartedAt.IsZero() || a.StartedAt.Sub(b.LastAt) > sessionSilence {
		return a
	}
	a.Search = cmp.Or(a.Search, b.Search)
	if b.StartedAt.Before(a.StartedAt) {
		a.StartedAt = b.StartedAt
	}
	a.Intents = bothIntents(a.Intents, b.Intents, a.Pages, b.Pages)
	a.Pages = plus(a.Pages, b.Pages)
	a.Dwell = inView(a.Dwell, b.Dwell)
	return a
}

// bothIntents is what a session of two devices is about, each in proportion to the pages seen on it.
func bothIntents(a, b []aparte.Affinity, pages, pages2 int64) []aparte.Affinity {
	if len(a) == 0 || len(b) == 0 {
		return append(a[:len(a):len(a)], b...)
	}
	share := float64(pages2+1) / (float64(pages+1) + float64(pages2+1))
	all := own(a, len(b))
	for i := range all {
		all[i].Weight *= 1 - share
	}
	for _, x := range b {
		x.Weight *= share
		i := slices.IndexFunc(all, func(y aparte.Affinity) bool { return y.Key == x.Key })
		if i < 0 {
			all = append(all, x)
			continue
		}
		all[i].Weight += x.Weight
		if x.At.After(all[i].At) {
			all[i].At = x.At
		}
	}
	return normalised(all)
}

// bothCarts is both carts' lines, the older cart's first; of an item in both, the newer cart's line.
func bothCarts(a, b aparte.Cart) aparte.Cart {
	if !b.UpdatedAt.After(a.UpdatedAt) {
		a, b = b, a
	}
	lines := slices.DeleteFunc(slices.Clone(a.Lines), func(l aparte.CartLine) bool {
		return findLine(b.Lines, l.Item) >= 0
	})
	return aparte.Cart{Lines: lastLines(append(lines, b.Lines...)), UpdatedAt: b.UpdatedAt}
}
