package score

import (
	"slices"
	"time"

	"github.com/aparte-dev/aparte"
)

// Sight is what a model sees of a person at a time.
type Sight struct {
	Behaviour []float64 // by behaviours
	Traits    []aparte.Trait
}

// See looks at a person at a time. maturity is what they scored toward the objective by declared points, as a share of
// their level; horizon is within which it is foretold whether they reach it.
func See(p *aparte.Person, at time.Time, maturity float64, horizon time.Duration) Sight {
	s := Sight{Behaviour: make([]float64, len(behaviours)), Traits: p.Traits}
	l := looking{p: p, now: at, maturity: maturity, horizon: horizon}
	for i := range behaviours {
		s.Behaviour[i] = behaviours[i].of(&l)
	}
	return s
}

// looking is one look at a person.
type looking struct {
	p        *aparte.Person
	now      time.Time
	maturity float64
	horizon  time.Duration
}

const day = 24 * time.Hour

// behaviour is one thing that people do, as a number that is mostly in [0, 1].
type behaviour struct {
	name   string
	of     func(*looking) float64
	en, fr string
}

// behaviours are what a model sees of what people do. A fitted model knows them by name: a name means the same for
// good.
var behaviours = []behaviour{
	{"maturity", func(l *looking) float64 { return min(2, max(-2, l.maturity)) },
		"points scored toward it", "points acquis vers cet objectif"},
	{"seen_1d", func(l *looking) float64 { return fresh(l.now, l.p.LastSeen, day/4) },
		"is here, or was within hours", "présence en ce moment ou dans les dernières heures"},
	{"seen_7d", func(l *looking) float64 { return fresh(l.now, l.p.LastSeen, 7*day) },
		"was here within the last days", "présence ces derniers jours"},
	{"seen_60d", func(l *looking) float64 { return fresh(l.now, l.p.LastSeen, 60*day) },
		"was here within the last months", "présence ces derniers mois"},
	{"known_30d", func(l *looking) float64 { return fresh(l.now, l.p.FirstSeen, 30*day) },
		"has not been known for long", "connaissance récente"},
	{"visits", func(l *looking) float64 { return squash(float64(l.p.Session.Count), 5) },
		"visits in all", "visites en tout"},
	{"sessions_30d", counter("sessions_30d", 2),
		"visits of late", "visites récentes"},
	{"page_views_1d", counter("page_views_1d", 5),
		"pages seen today", "pages vues aujourd’hui"},
	{"product_views_7d", counter("product_views_7d", 5),
		"products looked at of late", "produits consultés récemment"},
	{"list_views_7d", counter("list_views_7d", 3),
		"lists of products looked at", "listes de produits consultées"},
	{"searches_7d", counter("searches_7d", 2),
		"searches of late", "recherches récentes"},
	{"wishlist_adds_30d", counter("wishlist_adds_30d", 1),
		"put on a wish list", "ajouts à une liste d’envies"},
	{"cart_adds_7d", counter("cart_adds_7d", 1),
		"put into a basket of late", "ajouts au panier récents"},
	{"checkouts_7d", counter("checkouts_7d", 1),
		"checkouts begun", "commandes commencées"},
	{"basket", func(l *looking) float64 { return float64(oneIf(len(l.p.Cart.Lines) > 0)) },
		"something lies in the basket", "panier non vide"},
	{"orders", func(l *looking) float64 { return squash(float64(l.p.Orders.Count), 3) },
		"orders in all", "commandes en tout"},
	{"orders_90d", counter("orders_90d", 1),
		"orders of the last months", "commandes des derniers mois"},
	{"orders_365d", counter("orders_365d", 3),
		"orders of the last year", "commandes de l’année écoulée"},
	{"last_order_30d", func(l *looking) float64 { return fresh(l.now, l.p.Orders.LastAt, 30*day) },
		"ordered lately", "commande récente"},
	{"order_due", func(l *looking) float64 { return l.p.Buys(nil, "", l.now, l.horizon) },
		"an order is due by their own rhythm", "commande attendue selon leur rythme"},
	{"refunds_90d", counter("refunds_90d", 1),
		"refunds", "remboursements"},
	{"taste", func(l *looking) float64 { return squash(l.strongest(), 3) },
		"how much one category attracts them", "attrait pour une catégorie"},
	{"clicks_30d", counter("clicks_30d", 1),
		"followed what was said to them", "clics sur ce qui leur a été dit"},
	{"exposures_7d", counter("exposures_7d", 3),
		"was told things of late", "messages vus récemment"},
	{"goodwill", func(l *looking) float64 { return 1 - l.p.Goodwill.Now(l.now) },
		"solicited too much", "trop de sollicitations"},
	{"named", func(l *looking) float64 { return float64(oneIf(l.named())) },
		"has an account or an address", "compte ou adresse connus"},
	{"agreed", func(l *looking) float64 { return float64(oneIf(l.agreed())) },
		"agreed to be written to", "accord pour recevoir des messages"},
	{"mobile", func(l *looking) float64 { return float64(oneIf(l.p.Device == "mobile")) },
		"comes by telephone", "vient par téléphone"},
}

// counter is a decayed count, half of the most where it is usual.
func counter(name string, usual float64) func(*looking) float64 {
	return func(l *looking) float64 { return squash(l.p.Counter(name, l.now), usual) }
}

// squash maps counts from 0 up to [0, 1), usual to one half.
func squash(n, usual float64) float64 {
	if !(n > 0) {
		return 0
	}
	return n / (n + usual)
}

// fresh is 1 for what is now, one half for what was a span ago, and 0 for what never was.
func fresh(now, at time.Time, span time.Duration) float64 {
	if at.IsZero() {
		return 0
	}
	return float64(span) / float64(span+max(0, now.Sub(at)))
}

// strongest is what is left of how much a category attracted the person, of the one that did most.
func (l *looking) strongest() float64 {
	var most aparte.Affinity
	for i := range l.p.Affinities {
		if a := &l.p.Affinities[i]; a.Kind == aparte.CategoryAffinity && a.Weight > most.Weight {
			most = *a
		}
	}
	return most.Now(l.now)
}

func (l *looking) named() bool {
	return slices.ContainsFunc(l.p.Identifiers, func(id aparte.Identifier) bool {
		return id.Kind == aparte.KindUserID || id.Kind == aparte.KindEmail
	})
}

func (l *looking) agreed() bool {
	granted, known := l.p.Consented(aparte.Marketing, aparte.Email)
	return granted && known
}

func oneIf(yes bool) int {
	if yes {
		return 1
	}
	return 0
}
