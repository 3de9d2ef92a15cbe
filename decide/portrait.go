package decide

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aparte-dev/aparte"
)

// Portrait tells of people what rules can speak of, in columns, for learners: numbers, and texts that few of them differ in. It has
// no identifiers, no free text, and nothing that was computed or bought in.
type Portrait struct {
	Columns []PortraitColumn
	LeftOut []string // what of it is not told: a condition reads it, or it tells nearly the same as what one reads
	plan    *Plan
}

// PortraitColumn is one thing that is told.
type PortraitColumn struct {
	Name  string       // as a rule would write it, where rules have it: affinity.category["Tea"]
	Words aparte.Words // what it is, in English and French
	tell  func(d *deliberation, sums *[bagKinds]float64) fact
}

// Of tells somebody's values at a time in the order of the columns, appended to values; null is not known. It is safe for concurrent use.
func (p *Portrait) Of(person *aparte.Person, fit Fit, at time.Time, values []aparte.Value) []aparte.Value {
	d := p.plan.openOn(person, fit, at)
	defer p.plan.close(d)
	return d.portray(p.Columns, values)
}

// valueOf is a fact as a value. What is infinite, such as the days since an order that never was, is not known.
func valueOf(f fact) aparte.Value {
	switch {
	case f.kind == boolean:
		return aparte.BoolValue(f.n != 0)
	case f.kind == whole:
		return aparte.NumberValue(float64(f.n))
	case f.kind == decimal && !math.IsInf(f.num, 0) && !math.IsNaN(f.num):
		return aparte.NumberValue(f.num)
	case f.kind == words && f.text != "":
		return aparte.TextValue(f.text)
	}
	return aparte.Value{}
}

// untold are variables of people that tell of an instant, are free text, or were computed of the others or bought in.
var untold = []string{"now", "context", "moment.", "place.", "session.", "inferred", "affinity.item", "persona", "audiences", "score", "points", "alike"}

// plainColumns are those that everybody has.
func plainColumns() (columns []PortraitColumn) {
	for i := range variables {
		v := &variables[i]
		if v.scope != ofDecision || begins(v.name, untold) || slices.ContainsFunc(keyedMaps, func(k keyedMap) bool { return k.variable == v.name }) {
			continue
		}
		columns = append(columns, PortraitColumn{v.name, aparte.Words{"en": v.en, "fr": v.fr}, func(d *deliberation, _ *[bagKinds]float64) fact { return v.get(d) }})
	}
	columns = append(columns, PortraitColumn{
		"device", aparte.Words{"en": "Device last used: desktop, mobile, tablet", "fr": "Dernier appareil : desktop, mobile, tablet"},
		func(d *deliberation, _ *[bagKinds]float64) fact { return text(d.person.Device) },
	})
	for _, channel := range []aparte.Channel{aparte.Email, aparte.SMS, aparte.MobilePush, aparte.WebPush} {
		columns = append(columns, consentColumn(channel))
	}
	return columns
}

func consentColumn(channel aparte.Channel) PortraitColumn {
	return PortraitColumn{
		Name:  "consent." + string(channel),
		Words: aparte.Words{"en": "Agreed to marketing on the channel " + string(channel), "fr": "A accepté le marketing sur le canal " + string(channel)},
		tell: func(d *deliberation, _ *[bagKinds]float64) fact {
			granted, told := d.person.Consented(aparte.Marketing, channel)
			if !told {
				return fact{kind: missing}
			}
			return truth(granted)
		},
	}
}

// keyedMap is a variable that is a map, of which the most frequent keys are columns.
type keyedMap struct {
	bag      bagKind
	variable string
	most     int  // keys
	shared   bool // told as a share of all that the person has of the kind
	en, fr   string
}

var keyedMaps = []keyedMap{
	{categoryBag, "affinity.category", 16, true, "Share of what attracts them: category ", "Part de ce qui les attire : catégorie "},
	{brandBag, "affinity.brand", 16, true, "Share of what attracts them: brand ", "Part de ce qui les attire : marque "},
	{priceBag, "affinity.price", 3, true, "Share of what attracts them: price within its category ", "Part de ce qui les attire : prix dans sa catégorie "},
	{attributeBag, "affinity.attribute", 16, true, "Share of what attracts them: ", "Part de ce qui les attire : "},
	{kindBag, "affinity.content", 8, true, "Share of the contents they follow: ", "Part des contenus qu’ils suivent : "},
	{toneBag, "affinity.tone", 8, true, "Share of what they follow: tone ", "Part de ce qu’ils suivent : ton "},
	{channelBag, "affinity.channel", 8, true, "Share of what they follow: channel ", "Part de ce qu’ils suivent : canal "},
	{hourBag, "affinity.hour", 24, false, "Responses in the hour of their day ", "Réactions à l’heure de leur journée "},
	{dueBag, "due.category", 8, false, "Probability that they buy within 14 days: ", "Probabilité d’un achat dans les 14 jours : "},
	{counterBag, "counters", 24, false, "Decayed count: ", "Compteur atténué : "},
	{traitBag, "traits", 32, false, "Trait: ", "Attribut : "},
}

// column is that of a key of the map.
func (k *keyedMap) column(key string) PortraitColumn {
	name := k.variable + "[" + strconv.Quote(key) + "]"
	if k.bag == traitBag || k.bag == counterBag {
		name = k.variable + "." + key
	}
	b, shared := bag{kind: k.bag}, k.shared
	return PortraitColumn{name, aparte.Words{"en": k.en + key, "fr": k.fr + key}, func(d *deliberation, sums *[bagKinds]float64) fact {
		of := bag{d, b.kind}
		f := of.entry(key)
		switch {
		case !shared:
			return f
		case !(sums[b.kind] > 0):
			return fact{kind: missing}
		}
		return double(f.num / sums[b.kind])
	}}
}

// purchases are the beginnings of names of what tells how somebody buys.
var purchases = []string{
	"person.orders", "person.revenue", "person.days_since_order", "person.lifecycle", "person.days_in_stage", "person.order_due", "person.churn",
	"person.alive", "person.ltv", "due.category", "counters.orders", "counters.refunds",
}

// kin says which variables tell nearly the same: a condition that reads one of the first gives away all of the second, whose names
// begin so.
var kin = []struct{ of, tell []string }{
	{purchases, purchases},
	{[]string{"counters"}, slices.Concat(purchases, []string{"person.sessions", "person.days_since_seen", "cart."})},
	{[]string{"person.sessions"}, []string{"counters.sessions", "counters.page_views"}},
	{[]string{"session."}, []string{"person.days_since_seen", "counters.sessions", "counters.page_views", "affinity.category"}},
	{[]string{"cart."}, []string{"cart.", "counters.cart", "counters.checkouts"}},
	{[]string{"affinity.item"}, []string{"affinity.category", "affinity.brand", "affinity.attribute"}},
	{[]string{"affinity.category"}, []string{"affinity.attribute", "due.category"}},
	{[]string{"audiences", "score", "points"}, slices.Concat(purchases, []string{"counters"})},
	{[]string{"traits"}, []string{"person.locale"}},
	{[]string{"person.locale"}, []string{"traits"}},
}

// givenAway are the beginnings of the names of all that a condition says of people that reads some variables.
func givenAway(reads []string) []string {
	all := slices.Clone(reads)
	for _, k := range kin {
		if slices.ContainsFunc(reads, func(name string) bool { return begins(name, k.of) }) {
			all = append(all, k.tell...)
		}
	}
	return all
}

func begins(name string, any []string) bool {
	return slices.ContainsFunc(any, func(with string) bool { return strings.HasPrefix(name, with) })
}
