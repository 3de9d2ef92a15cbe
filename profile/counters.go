package profile

import (
	"slices"
	"strings"
	"time"

	"github.com/aparte-dev/aparte"
)

// counterNames is the vocabulary of counters: how often something happened, decayed with the half-life
// that the name ends in. The record refers to names by their place here: append only.
var counterNames = []string{
	"page_views_1d",            // page, screen
	"sessions_30d",             // visits begun
	"product_views_7d",         // Product Viewed
	"list_views_7d",            // Product List Viewed
	"searches_7d",              // Products Searched
	"cart_adds_7d",             // Product Added
	"cart_removals_7d",         // Product Removed
	"cart_views_7d",            // Cart Viewed
	"checkouts_7d",             // Checkout Started
	"wishlist_adds_30d",        // Product Added to Wishlist
	"orders_90d",               // Order Completed, a repeat of the same order_id aside
	"orders_365d",              // the same, for the rhythm of rare purchases
	"refunds_90d",              // Order Refunded, Order Cancelled
	"orders_other_currency",    // Order Completed in another currency than the brand's: its revenue is kept beside the brand's
	"exposures_7d",             // Aparte Exposed
	"exposures_web_7d",         // Aparte Exposed, by channel
	"exposures_email_7d",       //
	"exposures_mobile_push_7d", //
	"exposures_web_push_7d",    //
	"exposures_sms_7d",         //
	"exposures_in_app_7d",      //
	"exposures_ads_7d",         //
	"exposures_human_7d",       //
	"exposures_webhook_7d",     //
	"clicks_30d",               // Aparte Clicked
	"dismissals_90d",           // Aparte Dismissed
	"unsubscribes_365d",        // Aparte Unsubscribed
	"complaints_365d",          // Aparte Complained
	"traits_refused_30d",       // traits beyond their bounds, not kept
	"orders_discounted_365d",   // Order Completed with a discount or a coupon, beside orders_365d: what share of their orders waits for one
	"try_ons_30d",              // Product Tried On
	"friends_30d",              // Friend Arrived: for the bound on how many are told of
	"friends_ordered_365d",     // Friend Ordered
	"corrections_365d",         // traits put right by the person themselves, on their own page
	"refusals_365d",            // wishes to hear less: a topic not, so many a week, not before a day
}

// exposureCounter is the counter of exposures on a channel, empty for a channel unknown.
func exposureCounter(c aparte.Channel) string {
	switch c {
	case aparte.Web:
		return "exposures_web_7d"
	case aparte.Email:
		return "exposures_email_7d"
	case aparte.MobilePush:
		return "exposures_mobile_push_7d"
	case aparte.WebPush:
		return "exposures_web_push_7d"
	case aparte.SMS:
		return "exposures_sms_7d"
	case aparte.InApp:
		return "exposures_in_app_7d"
	case aparte.Ads:
		return "exposures_ads_7d"
	case aparte.Human:
		return "exposures_human_7d"
	case aparte.Webhook:
		return "exposures_webhook_7d"
	}
	return ""
}

// raise counts one more; the empty name is none.
func (s *step) raise(name string) { s.raiseBy(name, 1) }

func (s *step) raiseBy(name string, by float64) {
	if name == "" || by == 0 {
		return
	}
	if !s.ownCounters {
		s.p.Counters, s.ownCounters = own(s.p.Counters, 4), true
	}
	s.p.Counters = counted(s.p.Counters, aparte.Counter{Name: name, Value: by, At: s.at})
}

// counted adds c to the counter of its name, in place. Beyond MaxCounters a new name is not taken.
func counted(list []aparte.Counter, c aparte.Counter) []aparte.Counter {
	i, found := slices.BinarySearchFunc(list, c.Name, func(c aparte.Counter, name string) int {
		return strings.Compare(c.Name, name)
	})
	switch {
	case found:
		list[i].Value, list[i].At = decayedSum(list[i].Value, list[i].At, c.Value, c.At, aparte.CounterHalfLife(c.Name))
	case len(list) < aparte.MaxCounters:
		list = slices.Insert(list, i, c)
	}
	return list
}

// decayedSum adds two decayed values at the later of their times. It is the same in either order, which
// is why a late event counts as if it had come in time.
func decayedSum(a float64, at time.Time, b float64, bt time.Time, halfLife time.Duration) (float64, time.Time) {
	if bt.Before(at) {
		return a + aparte.Decay(b, bt, at, halfLife), at
	}
	return aparte.Decay(a, at, bt, halfLife) + b, bt
}

// own is a copy of list with room for more.
func own[T any](list []T, more int) []T {
	return append(make([]T, 0, len(list)+more), list...)
}
