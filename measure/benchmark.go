package measure

import "github.com/aparte-dev/aparte"

// RateKind is a rate by what is counted and of what. Two rates of different kinds cannot be held against each other.
type RateKind string

// The kinds.
const (
	FailedOfSent            RateKind = "failed/sent"            // messages that came back, of those that left
	OpenedOfDelivered       RateKind = "opened/delivered"       // messages opened once or more, of those delivered
	ClickedOfDelivered      RateKind = "clicked/delivered"      // messages of which a link was followed, of those delivered
	UnsubscribedOfDelivered RateKind = "unsubscribed/delivered" // messages that somebody unsubscribed by, of those delivered
	ComplainedOfDelivered   RateKind = "complained/delivered"   // messages called spam, of those delivered
	ClickedOfSeen           RateKind = "clicked/seen"           // things followed, of those seen

	// What others count and Aparté does not: whether a phone received a push is not told to whoever sends it.
	TappedOfReceived RateKind = "tapped/received" // of people who received a push, those who tapped on it
	AllowedOfUsers   RateKind = "allowed/users"   // of an app's users, those who let it push
)

// Benchmark is a rate that others published of their own customers. It is no target: who they are, what they sent and to whom is not known, and rates
// of opens are of before mail programs began to fetch pictures by themselves (September 2021) where the year says so.
type Benchmark struct {
	Channel string
	Sector  aparte.Words // as the source calls it, and in French
	Kind    RateKind
	Value   float64
	Of      aparte.Words // whose figures they are, and of what
	Year    int          // of the figures
	Source  string       // address
	Licence string
}

// Facts may be told by whoever has read them; the sources' texts are not repeated here. No source states a licence for its figures.
const (
	quoted     = "none stated; figures quoted with their source"
	mailchimps = "https://mailchimp.com/resources/email-marketing-benchmarks/"
	accengages = "https://www.adweek.com/digital/ios-push-notifications-have-a-41-opt-in-rate-infographic/"
)

// Benchmarks are all that are known here. It is a seed: a few figures whose source says what they are shares of.
func Benchmarks() []Benchmark {
	mailchimp := aparte.Words{
		"en": "Mailchimp: e-mails of campaigns to 1,000 subscribers or more", "fr": "Mailchimp : e-mails de campagnes à 1 000 abonnés ou plus",
	}
	accengage := aparte.Words{"en": "Accengage: 38 billion pushes to 750 million app users", "fr": "Accengage : 38 milliards de notifications à 750 millions d’utilisateurs"}
	var all []Benchmark
	for _, x := range []struct {
		en, fr                string
		opened, clicked, left float64
	}{
		{"All accounts without a sector", "Tous les comptes sans secteur", 0.2271, 0.0291, 0.0025},
		{"Beauty and personal care", "Beauté et soins", 0.1665, 0.0192, 0.0030},
		{"E-commerce", "E-commerce", 0.1568, 0.0201, 0.0027},
	} {
		for _, rate := range []struct {
			kind  RateKind
			value float64
		}{{OpenedOfDelivered, x.opened}, {ClickedOfDelivered, x.clicked}, {UnsubscribedOfDelivered, x.left}} {
			all = append(all, Benchmark{"email", aparte.Words{"en": x.en, "fr": x.fr}, rate.kind, rate.value, mailchimp, 2019, mailchimps, quoted})
		}
	}
	return append(all,
		Benchmark{"mobile_push", aparte.Words{"en": "All apps", "fr": "Toutes les applications"}, TappedOfReceived, 0.087, accengage, 2015, accengages, quoted},
		Benchmark{"mobile_push", aparte.Words{"en": "All apps, iOS", "fr": "Toutes les applications, iOS"}, AllowedOfUsers, 0.41, accengage, 2015, accengages, quoted},
	)
}

// Benchmarked are the benchmarks of a channel that are counted alike, none where there are none.
func Benchmarked(channel string, kind RateKind) (alike []Benchmark) {
	for _, b := range Benchmarks() {
		if b.Channel == channel && b.Kind == kind {
			alike = append(alike, b)
		}
	}
	return alike
}
