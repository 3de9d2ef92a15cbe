package persona

import (
	"time"

	"github.com/aparte-dev/aparte"
)

// facet is one thing that is seen of a person. It is a distribution over keys: a person draws from it, once or a few times.
type facet uint8

// The facets. Those before firstMix are measures, one number each, whose keys are the bands that the crowd's numbers fall into; of the others a
// person spreads weight over keys. Types refer to them by name: the order may change.
const (
	pace      facet = iota // orders a year since the first
	basket                 // what an order is worth, minor units
	looks                  // visits a month beyond those they ordered in
	custom                 // whether they ever ordered
	discounts              // of orders, with and without
	answers                // to what was said to them
	categories
	brands
	hours // of the day where they are
	week
	devices
	facetsCount
	firstMix = custom
)

// facetNames are what documents call facets.
var facetNames = [facetsCount]string{
	pace: "orders_a_year", basket: "basket", looks: "looks_a_month", custom: "customer", discounts: "discounts", answers: "answers",
	categories: "category", brands: "brand", hours: "hours", week: "week", devices: "device",
}

// draws bounds how many independent observations a facet counts as at most: tastes are many small signs of the same thing.
var draws = [facetsCount]float64{
	pace: 1, basket: 1, looks: 1, custom: 1, discounts: 1, answers: 1, categories: 3, brands: 2, hours: 2, week: 1, devices: 1,
}

// Portrait is what is seen of one person at one time. Its memory can be used again.
type Portrait struct {
	measured [firstMix]float64
	known    [firstMix]bool
	marks    []mark // by facet, then in the person's order
}

// mark is some weight on a key of a facet.
type mark struct {
	facet  facet
	key    string
	weight float64
}

// Draw looks at a person; local is the time, in the zone where they are. Who objects to profiling has no portrait: ask before.
func (p *Portrait) Draw(person *aparte.Person, local time.Time) {
	p.known, p.marks = [firstMix]bool{}, p.marks[:0]
	p.drawOrders(person, local)
	p.drawAnswers(person)
	p.drawTastes(person, local)
	p.drawRhythm(person, local)
	if person.Device != "" {
		p.marks = append(p.marks, mark{devices, person.Device, 1})
	}
}

func (p *Portrait) measure(f facet, value float64) {
	if value-value == 0 { // finite
		p.measured[f], p.known[f] = value, true
	}
}

// Keys of custom, discounts and answers. That somebody ordered once only is their pace, and their stage. Of few orders or messages a share is one of few
// numbers, so that as a measure it would tell how few there are: as weights it does not.
const (
	never, bought  = "never", "bought"
	reduced, full  = "reduced", "full"
	followed, left = "followed", "left"
)

// shortest is the time over which a pace is told at least: two orders in a week are not a hundred a year.
const shortest = 91 * 24 * time.Hour

func (p *Portrait) drawOrders(person *aparte.Person, now time.Time) {
	o := &person.Orders
	p.measure(looks, yearly(max(0, person.Session.Count-max(0, o.Count)), person.FirstSeen, now)/12)
	if o.Count <= 0 {
		p.marks = append(p.marks, mark{custom, never, 1})
		return
	}
	p.marks = append(p.marks, mark{custom, bought, 1})
	p.measure(pace, yearly(o.Count, o.FirstAt, now))
	p.measure(basket, float64(o.Revenue.Amount)/float64(o.Count))
	from, cheaper := len(p.marks), person.Counter("orders_discounted_365d", now)
	p.spread(discounts, reduced, cheaper)
	p.spread(discounts, full, person.Counter("orders_365d", now)-cheaper)
	p.settle(from, discounts)
}

// yearly is how often a year something happened so many times since.
func yearly(times int64, since, now time.Time) float64 {
	const year = 365 * 24 * time.Hour
	return float64(float64(times)*float64(year)) / float64(max(shortest, now.Sub(since)))
}

func (p *Portrait) drawAnswers(person *aparte.Person) {
	from := len(p.marks)
	for i := range person.Said {
		switch s := &person.Said[i]; {
		case s.Clicked:
			p.spread(answers, followed, 1)
		case s.Seen > 0:
			p.spread(answers, left, 1)
		}
	}
	p.settle(from, answers)
}

func (p *Portrait) drawTastes(person *aparte.Person, now time.Time) {
	for _, want := range [...]struct {
		kind  aparte.AffinityKind
		facet facet
	}{{aparte.CategoryAffinity, categories}, {aparte.BrandAffinity, brands}} {
		from := len(p.marks)
		for i := range person.Affinities {
			if a := &person.Affinities[i]; a.Kind == want.kind {
				p.spread(want.facet, a.Key, a.Now(now))
			}
		}
		p.settle(from, want.facet)
	}
}

// Keys of hours and week.
var (
	dayparts  = [...]string{"night", "morning", "afternoon", "evening"} // six hours each, from midnight
	weekparts = [...]string{"weekday", "weekend"}
)

// drawRhythm spreads when the person responds. Their hours are kept in UTC and moved to where they are now.
func (p *Portrait) drawRhythm(person *aparte.Person, local time.Time) {
	const hoursADay, hoursAWeek = 24, 7 * 24
	_, offset := local.Zone()
	shift := (offset/3600 + hoursAWeek) % hoursAWeek
	var byHour [len(dayparts)]float64
	var byDay [len(weekparts)]float64
	for _, b := range person.Rhythm.Beats {
		at := (int(b.Hour) + shift) % hoursAWeek
		weekend := 0
		if day := at / hoursADay; day == 0 || day == 6 {
			weekend = 1
		}
		byHour[at%hoursADay/6] += float64(b.Weight)
		byDay[weekend] += float64(b.Weight)
	}
	left := aparte.Decay(1, person.Rhythm.At, local, aparte.RhythmHalfLife)
	from := len(p.marks)
	for i, w := range byHour {
		p.spread(hours, dayparts[i], w*left)
	}
	p.settle(from, hours)
	from = len(p.marks)
	for i, w := range byDay {
		p.spread(week, weekparts[i], w*left)
	}
	p.settle(from, week)
}

// spread notes weight on a key. What repels is not a taste.
func (p *Portrait) spread(f facet, key string, weight float64) {
	if weight > 0 && weight-weight == 0 {
		p.marks = append(p.marks, mark{f, key, weight})
	}
}

// settle makes the weights noted since from those of at most so many draws: much evidence says no more than that.
func (p *Portrait) settle(from int, f facet) {
	sum := 0.0
	for _, m := range p.marks[from:] {
		sum += m.weight
	}
	if sum <= draws[f] {
		return
	}
	for i := range p.marks[from:] {
		p.marks[from+i].weight *= draws[f] / sum
	}
}

// clone is a copy with memory of its own.
func (p *Portrait) clone() Portrait {
	c := *p
	c.marks = append([]mark(nil), p.marks...)
	return c
}
