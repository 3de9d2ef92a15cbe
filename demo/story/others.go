package story

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// The others are customers of the house in the weeks before the story. Each looks at a shade, most try it on; some are written to a
// week later, some pass the shop. What they do then is drawn from the truth below: that is what there is to be learned.
//
// The truth is the chance that somebody who was told something buys the shade within a day; who is told nothing buys it, too, now
// and then.
var buysAfter = map[string]float64{
	"":       0.04,
	"recall": 0.34, "season": 0.07, // by mail
	"here": 0.45, "come-in": 0.09, // on the street
	"friend": 0.30, "palette": 0.05, "chosen": 0.10, // who came by a friend's link, on the first page
}

const month = 31 * 24 * time.Hour

const (
	triesOn    = 0.85 // the shade that was looked at
	opens      = 0.7  // a mail
	passesBy   = 0.6  // the shop, within a fortnight
	buysCream  = 0.5  // every month, and has for long
	addsCream  = 0.5  // where it is spoken of as running out
	shares     = 0.4  // where it is offered
	friendCome = 0.7  // for each of two, by a link that was shared
)

var shades = []string{"rouge-12", "rouge-28", "rouge-45", "rouge-61"}

const (
	shadePrice = 34
	shadeOffer = 27 // in the shop
	creamPrice = 58
)

// other is one of them.
type other struct {
	*stage
	id     string
	shade  string
	cream  bool
	bought bool
	empty  time.Time  // when the cream will be
	rng    *rand.Rand // of what they do, so that what they are told does not change what others do
}

// invite lets so many others begin between two times.
func (s *stage) invite(people int, from, until time.Time, seed uint64) {
	for n := range people {
		o := &other{stage: s, id: fmt.Sprint("other-", n), rng: rand.New(rand.NewPCG(seed, uint64(n)))}
		o.shade, o.cream = shades[o.rng.IntN(len(shades))], o.chance(buysCream)
		day := from.Add(time.Duration(o.rng.Float64() * float64(until.Sub(from)))).Truncate(24 * time.Hour)
		s.at(day.Add(time.Duration(9*60+o.rng.IntN(9*60))*time.Minute), o.come)
	}
}

func (o *other) chance(p float64) bool { return o.rng.Float64() < p }

func (o *other) of(e properties) properties { return who(properties{"userId": o.id}, e) }

func (o *other) address() string { return o.id + "@people.example" }

// come is a first visit: who they are, what they bought before, what they look at and try on.
func (o *other) come(ctx context.Context) error {
	o.readers[o.address()], o.readers["phone-"+o.id] = o.read, o.glance
	events := []properties{o.of(account(o.address(), "phone-"+o.id))}
	if o.cream {
		events = append(events, o.creams(3)...)
	}
	if err := o.tell(ctx, append(events, o.of(looked(o.shade)))...); err != nil {
		return err
	}
	if _, err := o.visit(ctx, o.of(properties{"type": "page", "name": "Lips"}), "hero"); err != nil {
		return err
	}
	if o.chance(triesOn) {
		if err := o.tell(ctx, o.of(triedOn(o.shade))); err != nil {
			return err
		}
	}
	if o.chance(passesBy) {
		o.at(o.now.Truncate(24*time.Hour).Add(time.Duration(1+o.rng.IntN(13))*24*time.Hour+time.Duration(11*60+o.rng.IntN(6*60))*time.Minute), o.pass)
	}
	o.at(o.now.Add(8*24*time.Hour), func(ctx context.Context) error { return o.consider(ctx, "", "") })
	return nil
}

// creams are the orders of the cream before now: so many, a month or so apart, the last some time within the last one. They go on.
func (o *other) creams(times int) (past []properties) {
	at := o.now.Add(-time.Duration(o.rng.Float64() * float64(month)))
	for range times {
		e := o.of(ordered(fmt.Sprint(o.id, "-cream-before-", len(past)), shadePrice, cream))
		e["timestamp"] = at
		past = append(past, e)
		at = at.Add(-o.jar())
	}
	slices.Reverse(past)
	o.empty = past[len(past)-1]["timestamp"].(time.Time).Add(o.jar())
	o.at(o.empty, o.runOut)
	return past
}

// jar is how long the cream lasts: a month, or some days less or more.
func (o *other) jar() time.Duration {
	return month + time.Duration((o.rng.Float64()*2-1)*float64(5*24*time.Hour))
}

// runOut is the last of the cream, unless it was bought meanwhile.
func (o *other) runOut(ctx context.Context) error {
	if o.now.Before(o.empty) {
		return nil
	}
	o.empty = o.now.Add(o.jar())
	o.at(o.empty, o.runOut)
	return o.tell(ctx, o.of(ordered(fmt.Sprint(o.id, "-cream-", o.now.Unix()), shadePrice, cream)))
}

// read is a mail coming in: it is opened or not, and may lead to the shop.
func (o *other) read(ctx context.Context, l *Letter) error {
	if !o.chance(opens) {
		return nil
	}
	about, err := o.decision(ctx, l.Decision(), "en")
	if err != nil {
		return err
	}
	if address := pictureIn(l.HTML); address != "" {
		if _, _, err := o.house.fetch(ctx, strings.Replace(address, ".png", ".json", 1)); err != nil {
			return err
		}
	}
	return o.consider(ctx, about.Content, "")
}

// pass is coming by the shop.
func (o *other) pass(ctx context.Context) error {
	if err := o.tell(ctx, o.of(located(inside))); err != nil {
		return err
	}
	o.at(o.now.Add(2*time.Hour), func(ctx context.Context) error { return o.tell(ctx, o.of(located(outside))) })
	return o.step(ctx)
}

// glance is a push coming in.
func (o *other) glance(ctx context.Context, l *Letter) error {
	about, err := o.decision(ctx, l.Decision(), "en")
	if err != nil {
		return err
	}
	if _, _, err := o.house.fetch(ctx, l.Link); err != nil { // a tap
		return err
	}
	return o.consider(ctx, about.Content, about.Companion)
}

// consider is making up one's mind after having been told something, or nothing.
func (o *other) consider(_ context.Context, told, companion string) error {
	if o.bought || !o.chance(buysAfter[told]) {
		return nil
	}
	o.bought = true
	bag := []string{o.shade}
	if companion != "" && o.chance(addsCream) {
		bag = append(bag, companion)
		o.empty = o.now.Add(o.jar())
		o.at(o.empty, o.runOut)
	}
	o.at(o.now.Add(time.Duration(30+o.rng.IntN(300))*time.Minute), func(ctx context.Context) error { return o.buy(ctx, bag) })
	return nil
}

func (o *other) buy(ctx context.Context, bag []string) error {
	if err := o.tell(ctx, o.of(ordered(o.id+"-order", shadePrice, bag...))); err != nil {
		return err
	}
	o.at(o.now.Add(20*time.Hour), o.comeBack)
	return nil
}

// comeBack is a visit after a purchase, in which some share what they bought.
func (o *other) comeBack(ctx context.Context) error {
	answers, err := o.visit(ctx, o.of(properties{"type": "page", "name": "My orders"}), "thanks")
	if err != nil {
		return err
	}
	for _, d := range answers {
		if d.Content != "share" || !o.chance(shares) {
			continue
		}
		if err := o.tell(ctx, o.of(shared(d.Item))); err != nil {
			return err
		}
		link := d.Elements["address"]
		for n := range 2 {
			if friend := fmt.Sprint(o.id, "-friend-", n); o.chance(friendCome) {
				o.at(o.now.Add(time.Duration(1+n)*time.Hour), func(ctx context.Context) error { return o.friend(ctx, friend, link) })
			}
		}
	}
	return nil
}

// friend is somebody who comes by a link.
func (o *other) friend(ctx context.Context, device, link string) error {
	answers, err := o.follow(ctx, device, link)
	if err != nil {
		return err
	}
	for _, d := range answers {
		if o.chance(buysAfter[d.Content]) {
			o.at(o.now.Add(time.Hour), func(ctx context.Context) error {
				return o.tell(ctx, who(properties{"anonymousId": device}, ordered(device+"-order", shadePrice, o.shade)))
			})
		}
	}
	return nil
}

// follow opens a link that somebody shared on a device that nobody knows, and the page that it leads to.
func (s *stage) follow(ctx context.Context, device, link string) ([]said, error) {
	_, page, err := s.house.fetch(ctx, link)
	if err != nil {
		return nil, err
	}
	return s.visit(ctx, properties{
		"type": "page", "anonymousId": device, "name": "A product", "context": properties{"page": properties{"url": page}},
	}, "hero")
}
