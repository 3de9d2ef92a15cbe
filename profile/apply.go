package profile

import (
	"time"

	"github.com/aparte-dev/aparte"
)

// Names of the events of the Segment e-commerce specification that have an effect on a person
// (https://segment.com/docs/connections/spec/ecommerce/v2/).
const (
	productViewed     = "Product Viewed"
	productListViewed = "Product List Viewed"
	productsSearched  = "Products Searched"
	productAdded      = "Product Added"
	productRemoved    = "Product Removed"
	productWished     = "Product Added to Wishlist"
	cartViewed        = "Cart Viewed"
	checkoutStarted   = "Checkout Started"
	orderCompleted    = "Order Completed"
	orderRefunded     = "Order Refunded"
	orderCancelled    = "Order Cancelled"
)

// Catalogue looks an item up. A nil Catalogue is an empty one.
type Catalogue interface {
	Item(id aparte.ItemID) (*aparte.Item, bool)
	// PriceBand is where the item's price stands; empty: nowhere.
	PriceBand(item *aparte.Item) aparte.PriceBand
}

// Apply is the person after an event. ids are the identifiers that the event states, normalised
// ([Identifiers]); currency is the brand's, in which revenue is counted.
//
// The event happened at its Timestamp, to the microsecond, but not after it was received. p is not
// modified. Everything is brought up to date but ID, MergedInto, Seq, Timers, Open, RecentIDs and
// Absorbed, which are the engine's.
func Apply(p aparte.Person, e *aparte.Event, ids []aparte.Identifier, items Catalogue, currency string) aparte.Person {
	s := step{p: p, at: when(e), items: items, currency: currency, source: e.Source}
	s.late = s.at.Before(p.LastSeen)
	s.p.Identifiers = identified(p.Identifiers, ids)
	s.situate(e)
	switch e.Type {
	case aparte.Identify:
		s.hear(flatten(&s.r, e.Traits))
	case aparte.Page, aparte.Screen:
		s.visit()
		s.page()
	case aparte.Group:
		s.group(e.GroupID)
	case aparte.Track:
		s.track(e)
	}
	s.see(e)
	s.comeBack(e)
	if s.ownAffinities {
		s.p.Affinities = heaviest(s.p.Affinities)
	}
	fit(&s.p)
	return s.p
}

// step is one event on its way into a person.
type step struct {
	p        aparte.Person // becomes the result; a slice is copied before it is first written
	at       time.Time
	late     bool // older than what the person was last seen to do
	items    Catalogue
	currency string
	r        reader
	word     string // whose word the event's traits are, where its context says (see wordOf)
	source   string // who told the event

	ownCounters   bool // copied already
	ownAffinities bool
}

// when is the time at which an event counts.
func when(e *aparte.Event) time.Time {
	at := e.Timestamp
	if at.IsZero() || !e.ReceivedAt.IsZero() && at.After(e.ReceivedAt) {
		at = e.ReceivedAt
	}
	return at.UTC().Truncate(time.Microsecond)
}

// see notes when the person was first heard of and last did something.
func (s *step) see(e *aparte.Event) {
	if s.p.FirstSeen.IsZero() || s.at.Before(s.p.FirstSeen) {
		s.p.FirstSeen = s.at
	}
	if s.at.After(s.p.LastSeen) && !done(e) && !s.reported(e) {
		s.p.LastSeen = s.at
	}
}

// done reports whether the event is something done to the person and not by them.
func done(e *aparte.Event) bool {
	if e.Type != aparte.Track {
		return false
	}
	switch e.Name {
	case aparte.EventSent, aparte.EventFailed, aparte.EventDelivered, aparte.EventTaskDone, aparte.EventTaskDeclined, aparte.EventTaskTaken, aparte.EventTaskTried, aparte.EventHumanWanted, aparte.EventDeferred, orderRefunded, orderCancelled:
		return true
	case aparte.EventLocated: // a device tells by itself
		return true
	case aparte.EventEntered, aparte.EventExited, aparte.EventFenceEntered, aparte.EventFenceDwelled, aparte.EventFenceExited,
		aparte.EventPriceDropped, aparte.EventBackInStock, aparte.EventSearchMatched,
		aparte.EventReferred, aparte.EventFriendArrived, aparte.EventFriendOrdered:
		return e.Source == aparte.OwnSource
	}
	return false
}

// track applies a track event. One that is not of the tables below is a sign of life in a session.
func (s *step) track(e *aparte.Event) {
	switch e.Name {
	case orderRefunded, orderCancelled:
		f := readFacts(&s.r, e.Properties)
		s.refund(&f)
	case productViewed, aparte.EventTriedOn, productListViewed, productsSearched, productAdded, productRemoved, productWished,
		cartViewed, checkoutStarted, orderCompleted:
		f := readFacts(&s.r, e.Properties)
		s.visit()
		s.shop(e.Name, &f)
	case aparte.EventSent, aparte.EventFailed, aparte.EventExposed, aparte.EventClicked, aparte.EventDismissed,
		aparte.EventUnsubscribed, aparte.EventComplained, aparte.EventResubscribed, aparte.EventAnswered:
		f := readFacts(&s.r, e.Properties)
		s.told(e.Name, &f)
	case aparte.EventDeferred, aparte.EventDelivered, aparte.EventTaskDone, aparte.EventTaskDeclined, aparte.EventTaskTaken, aparte.EventTaskTried, aparte.EventHumanWanted:
	case aparte.EventDwelled:
		f := readFacts(&s.r, e.Properties)
		s.visit()
		s.dwell(&f)
	case aparte.EventLocated:
	case aparte.EventFenceEntered, aparte.EventFenceDwelled, aparte.EventFenceExited:
		if e.Source != aparte.OwnSource {
			s.visit()
			break
		}
		s.move(e)
	case aparte.EventPriceDropped, aparte.EventBackInStock, aparte.EventSearchMatched:
		if e.Source != aparte.OwnSource {
			s.visit()
		}
	case aparte.EventEntered, aparte.EventExited:
		if e.Source != aparte.OwnSource {
			s.visit() // an audience of somebody else's
			break
		}
		s.belong(e)
	case aparte.EventReferred, aparte.EventFriendArrived, aparte.EventFriendOrdered:
		if e.Source != aparte.OwnSource {
			s.visit() // somebody else's programme
			break
		}
		s.befriend(e)
	default:
		s.visit()
	}
}

// shop applies an event of the e-commerce specification.
func (s *step) shop(name string, f *facts) {
	switch name {
	case productViewed:
		s.raise("product_views_7d")
		s.attract(&f.product, viewWeight)
		s.look(f.item)
	case aparte.EventTriedOn:
		s.raise("try_ons_30d")
		s.attract(&f.product, tryOnWeight)
		s.look(f.item)
	case productListViewed:
		s.raise("list_views_7d")
		s.attract(&product{category: f.category}, listViewWeight)
	case productsSearched:
		s.raise("searches_7d")
		s.search(f.query)
	case productAdded:
		s.raise("cart_adds_7d")
		s.attract(&f.product, addWeight)
		s.add(f)
	case productRemoved:
		s.raise("cart_removals_7d")
		s.attract(&f.product, removeWeight)
		s.remove(f)
	case productWished:
		s.raise("wishlist_adds_30d")
		s.attract(&f.product, wishWeight)
	case cartViewed:
		s.raise("cart_views_7d")
		s.fill(f)
	case checkoutStarted:
		s.raise("checkouts_7d")
		s.fill(f)
	case orderCompleted:
		s.order(f)
	}
}

// told applies an event by which Aparté records its own part.
func (s *step) told(name string, f *facts) {
	channel, _ := knownChannel(f.channel)
	switch name {
	case aparte.EventSent:
		s.remember(f, channel, 0, false)
		s.watch()
	case aparte.EventExposed:
		s.raise("exposures_7d")
		s.raise(exposureCounter(channel))
		s.remember(f, channel, 1, false)
		s.watch()
		if channel != "" && channel.Outbound() {
			s.beat(OpenBeat)
		}
	case aparte.EventClicked:
		s.raise("clicks_30d")
		s.follow(f, channel, clickWeight)
		s.remember(f, channel, 0, true)
		s.beat(ClickBeat)
		s.visit()
	case aparte.EventFailed:
		if f.uncertain { // it may have arrived: it weighs on them as if it had
			s.remember(f, channel, 0, false)
		}
		if f.suppress {
			s.lose(channel, f.address)
		}
		// Whoever switches push off, or takes the app away, goes away; whoever has another device changed their phone.
		push := channel == aparte.MobilePush || channel == aparte.WebPush
		if f.suppress && push && (f.address == "" || len(s.p.Addresses(channel)) == 0) {
			s.depart(lostWithRefusal)
		}
	case aparte.EventDismissed:
		s.raise("dismissals_90d")
		s.follow(f, channel, dismissWeight)
		s.depart(lostWithDismissal)
		s.wear(dismissalWear)
	case aparte.EventUnsubscribed:
		s.raise("unsubscribes_365d")
		s.depart(lostWithRefusal)
		s.wear(unsubscribeWear)
		s.refuse(f)
	case aparte.EventComplained:
		s.raise("complaints_365d")
		s.depart(lostWithRefusal)
		s.wear(complaintWear)
		s.refuse(f)
	case aparte.EventResubscribed:
		s.allow(f)
	case aparte.EventAnswered:
		s.remember(f, channel, 0, true) // nobody answers what they did not see, and an answer is more than a click
		s.beat(ClickBeat)
		s.visit()
		s.disclose(f)
	}
}

// disclose takes in the answer to a question. Who would rather not say leaves the trait empty, as who declares it null
// does: nothing that is computed or bought in takes its place.
func (s *step) disclose(f *facts) {
	if f.trait == "" || f.answer.Kind == aparte.Null && !f.refused {
		return
	}
	answer := aparte.Trait{Name: f.trait, Value: f.answer}
	if f.refused {
		answer.Value = aparte.Value{}
	}
	s.learn(lesson{traits: []aparte.Trait{answer}}, aparte.Declared)
}

// group notes the group that the person belongs to as the trait groupId. The traits of a group event
// are the group's and not kept.
func (s *step) group(id string) {
	if id != "" && len(id) <= maxTraitValue {
		s.p.Traits = merged(s.p.Traits, []aparte.Trait{
			{Name: "groupId", Value: aparte.TextValue(id), Provenance: aparte.Observed, At: s.at},
		})
	}
}
