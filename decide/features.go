package decide

import (
	"math/bits"
	"strings"
	"time"

	"github.com/aparte-dev/aparte"
)

// Steps of the scales that describe a situation.
var (
	stages      = ladder("lifecycle", aparte.Prospect, aparte.New, aparte.Active, aparte.AtRisk, aparte.Dormant, aparte.Lost, aparte.WonBack)
	recencies   = ladder("last_seen", "never", "now", "today", "this_week", "this_month", "this_quarter", "this_year", "long_ago")
	frequencies = ladder("orders", "0", "1", "2", "3-5", "6-10", "11-20", "many")
	lastOrders  = ladder("last_order", "never", "this_week", "3_weeks", "7_weeks", "15_weeks", "31_weeks", "longer")
	tenures     = ladder("first_order", "never", "this_week", "3_weeks", "7_weeks", "15_weeks", "31_weeks", "63_weeks", "longer")
	paces       = ladder("orders_a_year", "under_1", "1", "2-3", "4-7", "8-15", "16-31", "more")
	devices     = ladder("device", "unknown", "desktop", "mobile", "tablet")
	hours       = ladder("hour", "0-3", "4-7", "8-11", "12-15", "16-19", "20-23")
	days        = ladder("day", "weekday", "weekend")
	vain        = ladder("in_vain", "1", "2", "3-")
	channels    = ladder("channel", string(aparte.Web), string(aparte.Email), string(aparte.MobilePush), string(aparte.WebPush),
		string(aparte.SMS), string(aparte.InApp), string(aparte.Ads), string(aparte.Human), string(aparte.Webhook))
	acquaintance = ladder("known", "no", "yes")
	baskets      = ladder("basket", "empty", "filled")
	priceBands   = numbered("price", bands)
)

// Features that stand for themselves.
var (
	alwaysThere = feature("situation", "")
	silence     = feature("silence", "")
	categoryFit = feature(featureCategoryFit, "")
	firstChoice = feature("favourite_category", "")
	itemFit     = feature(featureItemFit, "")
	inIntent    = feature(featureInIntent, "")
	viewedLast  = feature(featureViewed, "")
	dwelt       = feature(featureDwelt, "")
	lingering   = feature("dwell", "")
	inBasket    = feature(featureInCart, "")
	saidBefore  = feature("content_said", "")
	itemSaid    = feature("item_said", "")
	discounted  = feature("discount", "")
)

// Names of the features that can be told to the person they are about.
const (
	featureCategoryFit = "category_share"
	featureItemFit     = "item_affinity"
	featureInIntent    = "in_intent"
	featureViewed      = "viewed"
	featureInCart      = "in_cart"
	featureDwelt       = "dwelt"
)

// tastes is how many of the person's favourite categories describe their situation.
const tastes = 2

// sheet is a list of features and, while somebody wants to know, of what they mean.
type sheet struct {
	features []aparte.Feature
	names    []hashed
	naming   bool
}

func (s *sheet) reset() { s.features, s.names, s.naming = s.features[:0], s.names[:0], false }

// phrase is some features that always come together, each with the value 1.
type phrase struct {
	features []aparte.Feature
	names    []hashed
}

func phraseOf(names ...hashed) phrase {
	p := phrase{names: names}
	for _, h := range names {
		p.features = append(p.features, aparte.Feature{Hash: h.hash, Value: 1})
	}
	return p
}

func (s *sheet) addAll(p *phrase) {
	//lint:ignore S1011 of one or two features, as most are, a copy costs less than the call for it
	for _, f := range p.features {
		s.features = append(s.features, f)
	}
	if s.naming {
		s.names = append(s.names, p.names...)
	}
}

func (s *sheet) add(h hashed, value float64) {
	s.features = append(s.features, aparte.Feature{Hash: h.hash, Value: float32(value)})
	if s.naming {
		s.names = append(s.names, h)
	}
}

// positive adds a feature that is left out where it is 0: a sparse model then has less to do.
func (s *sheet) positive(h hashed, value float64) {
	if value > 0 {
		s.add(h, value)
	}
}

// describe puts the situation and the candidates in the model's terms.
//
// Candidates that speak of the same differ in layout and variants only: the rest is described once.
func (d *deliberation) describe() {
	d.context.naming = true // it is told of without being described again
	d.describeContext(&d.context)
	d.ends = d.ends[:0]
	s := &d.sheet
	var first, last int // of what the candidate before means and speaks of
	for i, c := range d.candidates {
		d.describeForm(s, c)
		at := len(s.features)
		if d.alike(i) {
			s.features = append(s.features, s.features[first:last]...)
		} else {
			d.describeMatter(s, c)
		}
		first, last = at, len(s.features)
		d.ends = append(d.ends, int32(last))
	}
	d.actions = d.actions[:0]
	from := int32(0)
	for _, to := range d.ends {
		d.actions = append(d.actions, d.sheet.features[from:to:to])
		from = to
	}
}

// describeContext is the situation: the person and the moment. Of a person who objects to profiling,
// the moment only.
func (d *deliberation) describeContext(s *sheet) {
	m := &d.q.Moment
	s.add(alwaysThere, 1)
	s.add(step(devices, d.device(), 0), 1)
	s.add(hours[d.local.Hour()/4], 1)
	s.add(days[weekend(d.local)], 1)
	if len(d.routes) > 1 {
		s.add(several, 1)
	} else {
		s.add(step(channels, string(m.Channel), 0), 1)
	}
	s.add(d.slotFeature(), 1)
	s.add(feature("language", spoken(d.locale())), 1)
	if d.pageGroup >= 0 {
		s.add(d.plan.catalogue.groups[d.pageGroup].page, 1)
	}
	if kind := m.Context.Stay.Kind; kind != "" {
		s.add(feature("place", kind), 1)
	}
	if d.impersonal {
		return
	}
	s.add(step(stages, d.stage.Name, 0), 1)
	s.add(recencies[recency(d.person.LastSeen, d.now)], 1)
	s.add(frequencies[frequency(d.person.Orders.Count)], 1)
	o := &d.person.Orders
	s.add(lastOrders[ago(o.Count, o.LastAt, d.now, len(lastOrders))], 1)
	s.add(tenures[ago(o.Count, o.FirstAt, d.now, len(tenures))], 1)
	s.add(paces[pace(o, d.now)], 1)
	s.add(acquaintance[oneIf(d.known())], 1)
	if n := d.inVain(); n > 0 && d.terms() >= 2 {
		s.add(vain[min(n, len(vain))-1], 1)
	}
	s.add(baskets[oneIf(len(d.person.Cart.Lines) > 0)], 1)
	if d.visiting {
		s.positive(lingering, lingered(d.person.Session.Dwell))
	}
	d.describeTastes(s)
	if b := d.personas(); b.first != "" && b.tells {
		s.add(feature("persona", string(b.first)), b.grade)
	}
	d.describeAnswers(s)
}

// describeTastes adds the categories that attract the person and the one the latest visit was about.
func (d *deliberation) describeTastes(s *sheet) {
	c := &d.plan.catalogue
	n := 0
	for _, i := range d.strongest() {
		a := &d.person.Affinities[i]
		if g, ok := c.categories[a.Key]; ok && a.Kind == aparte.CategoryAffinity && n < tastes {
			s.positive(c.groups[g].taste, squash(d.weights[i]))
			n++
		}
	}
	for i, a := range d.person.Session.Intents {
		if g, ok := c.categories[a.Key]; ok && a.Kind == aparte.CategoryAffinity {
			s.positive(c.groups[g].need, squash(d.intents[i]))
			return
		}
	}
}

// describeAction is one candidate. Silence is an action with a feature of its own: its value is
// learned like any other.
func (d *deliberation) describeAction(s *sheet, a candidate) {
	d.describeForm(s, a)
	d.describeMatter(s, a)
}

// describeForm is the content and how it is said.
func (d *deliberation) describeForm(s *sheet, a candidate) {
	if a.content < 0 {
		s.add(silence, 1)
		return
	}
	c := &d.plan.contents[a.content]
	s.addAll(&c.itself)
	if a.layout >= 0 {
		s.addAll(&d.plan.layouts[a.layout].itself)
	}
	for i, v := range d.variantsOf(a) {
		s.addAll(&c.elements[i].variants[v])
	}
	d.describeRoute(s, a)
}

// describeMatter is what it means to the person, and the item it speaks of.
func (d *deliberation) describeMatter(s *sheet, a candidate) {
	if a.content < 0 {
		return
	}
	c := &d.plan.contents[a.content]
	s.positive(saidBefore, squash(d.said[a.content]))
	s.positive(discounted, c.Incentive.Percent/100)
	if a.view < 0 {
		return
	}
	d.describeCompanion(s, a)
	v := &d.views[a.view]
	if s == &d.sheet && !s.naming {
		if v.to == 0 {
			v.from = int32(len(s.features))
			d.describeItem(s, v)
			v.to = int32(len(s.features))
			return
		}
		s.features = append(s.features, s.features[v.from:v.to]...)
		return
	}
	d.describeItem(s, v)
}

func (d *deliberation) describeItem(s *sheet, v *view) {
	card := &d.plan.catalogue.cards[v.item]
	s.add(hashed{card.hash, "item", string(d.plan.catalogue.items[v.item].ID)}, 1)
	if card.category >= 0 {
		s.add(d.plan.catalogue.groups[card.category].feature, 1)
	}
	s.add(priceBands[card.band], 1)
	s.positive(itemSaid, squash(v.said))
	s.positive(inIntent, v.need)
	if d.impersonal {
		return
	}
	s.positive(categoryFit, v.share)
	s.positive(firstChoice, float64(oneIf(v.first)))
	s.positive(itemFit, v.liked)
	s.positive(viewedLast, float64(oneIf(v.viewed)))
	s.positive(dwelt, v.dwelt)
	s.positive(inBasket, float64(oneIf(v.inCart)))
}

func (d *deliberation) slotFeature() hashed {
	if h, known := d.plan.slots[d.q.Slot]; known {
		return h
	}
	return feature("slot", d.q.Slot)
}

// step is the step of a ladder with a value, else the one at otherwise.
func step(rungs []hashed, value string, otherwise int) hashed {
	for _, r := range rungs {
		if r.value == value {
			return r
		}
	}
	return rungs[otherwise]
}

func recency(seen, now time.Time) int {
	const day = 24 * time.Hour
	if seen.IsZero() {
		return 0
	}
	since := now.Sub(seen)
	for i, bound := range [...]time.Duration{time.Hour, day, 7 * day, 30 * day, 90 * day, 365 * day} {
		if since <= bound {
			return i + 1
		}
	}
	return 7
}

func frequency(orders int64) int {
	for i, most := range [...]int64{0, 1, 2, 5, 10, 20} {
		if orders <= most {
			return i
		}
	}
	return 6
}

// ago is the step, of so many, of an order: 0 where there was none, then each twice as wide as the one before, the first
// a week. With how many there were it tells customers apart by how often, how recently and since when they buy, which is
// all that the models of customer bases go by: Fader, Hardie, Lee 2005, "Counting your customers the easy way".
func ago(orders int64, at, now time.Time, steps int) int {
	if orders <= 0 {
		return 0
	}
	const week = 7 * 24 * time.Hour
	return min(bits.Len64(uint64(max(0, now.Sub(at))/week+1)), steps-1)
}

// pace is the step of how many orders a year there have been since the first, over no less than a quarter.
func pace(o *aparte.Orders, now time.Time) int {
	const quarter, year = 91 * 24 * time.Hour, 365 * 24 * time.Hour
	if o.Count <= 0 {
		return 0
	}
	yearly := float64(o.Count) * float64(year) / float64(max(quarter, now.Sub(o.FirstAt)))
	return min(bits.Len64(uint64(min(yearly, 1<<20))), len(paces)-1)
}

func weekend(t time.Time) int {
	return oneIf(t.Weekday() == time.Saturday || t.Weekday() == time.Sunday)
}

func oneIf(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// spoken is the language of a locale: "fr" of "fr-CA".
func spoken(locale string) string {
	if i := strings.IndexAny(locale, "-_"); i >= 0 {
		locale = locale[:i]
	}
	if len(locale) > 8 {
		return ""
	}
	return locale
}
