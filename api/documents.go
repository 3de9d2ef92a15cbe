package api

import (
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/decide"
	"github.com/aparte-dev/aparte/engine"
)

// The documents below are what the admin doors answer of a person: the domain's types under names that
// stay. Times are RFC 3339 in UTC and left out where there is none; decayed figures are as of the
// answer; amounts are in minor units.

type personDocument struct {
	ID          string               `json:"id"`
	FirstSeen   time.Time            `json:"firstSeen"`
	LastSeen    time.Time            `json:"lastSeen"`
	Lifecycle   string               `json:"lifecycle"`
	Stages      []stageDocument      `json:"stages"` // that they went through, the last ones, oldest first
	Predictions predictionsDocument  `json:"predictions"`
	Scores      []maturityDocument   `json:"scores"` // how near they are to objectives; those of which nothing can be told are left out
	Personas    []gradeDocument      `json:"personas"`
	Locale      string               `json:"locale"`
	Timezone    string               `json:"timezone"`
	Device      string               `json:"device"`
	Identifiers []identifierDocument `json:"identifiers"`
	Traits      []traitDocument      `json:"traits"`
	Consents    []consentDocument    `json:"consents"`
	Counters    []counterDocument    `json:"counters"`
	Affinities  []affinityDocument   `json:"affinities"`
	Orders      ordersDocument       `json:"orders"`
	Session     sessionDocument      `json:"session"`
	Cart        []cartLineDocument   `json:"cart"`
	Said        []saidDocument       `json:"said"`
	Open        []openDocument       `json:"open"`
	Goodwill    float64              `json:"goodwill"`
	Audiences   []aparte.AudienceID  `json:"audiences"` // that they are in
	Places      []fenceDocument      `json:"places"`    // of the brand where they are; none without consent to location
	Timers      []timerDocument      `json:"timers"`
	Merged      []string             `json:"merged"`  // other records that turned out to be the same person
	Entries     uint64               `json:"entries"` // in the history of this record
}

// fenceDocument is a place where somebody is. Where exactly they are is not known.
type fenceDocument struct {
	Place  aparte.PlaceID `json:"place"`
	Since  time.Time      `json:"since"`
	Heard  time.Time      `json:"heard"`  // it was last heard that they are there
	Stayed bool           `json:"stayed"` // long enough to have stayed
}

type stageDocument struct {
	Name  string    `json:"name"`
	Since time.Time `json:"since"`
}

// predictionsDocument is what is expected of somebody. Of who never ordered, only lifetime value can be told.
type predictionsDocument struct {
	Order    float64       `json:"order"` // probability of an order within 30 days
	Churn    float64       `json:"churn"` // probability of none within 90 days
	Next     *dueDocument  `json:"next,omitempty"`
	Category []dueDocument `json:"category"` // in which they bought more than once, the soonest first

	Lifetime *lifetimeDocument `json:"lifetime,omitempty"` // left out where nothing can be said
}

// dueDocument is when they are expected to buy again: the middle of the distribution, and four in five of it.
type dueDocument struct {
	Category    string    `json:"category,omitempty"`
	Probability float64   `json:"probability"` // that they have by until
	At          time.Time `json:"at"`
	From        time.Time `json:"from"`
	Until       time.Time `json:"until"`
}

type identifierDocument struct {
	Kind  aparte.IdentifierKind `json:"kind"`
	Value string                `json:"value"`
}

type traitDocument struct {
	Name       string       `json:"name"`
	Value      aparte.Value `json:"value"`
	Provenance string       `json:"provenance"`
	At         time.Time    `json:"at,omitzero"`
}

type consentDocument struct {
	Purpose aparte.Purpose `json:"purpose"`
	Channel aparte.Channel `json:"channel"` // empty: all channels
	Granted bool           `json:"granted"`
	Source  string         `json:"source"`
	Wording string         `json:"wording"`
	At      time.Time      `json:"at,omitzero"`
}

type counterDocument struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
}

type affinityDocument struct {
	Kind   aparte.AffinityKind `json:"kind"`
	Key    string              `json:"key"`
	Weight float64             `json:"weight"`
}

type ordersDocument struct {
	Count   int64           `json:"count"`
	Revenue aparte.Money    `json:"revenue"`
	FirstAt time.Time       `json:"firstAt,omitzero"`
	LastAt  time.Time       `json:"lastAt,omitzero"`
	Items   []aparte.ItemID `json:"items"`
	Others  []aparte.Money  `json:"otherRevenue"` // in other currencies than revenue's, by code
}

type sessionDocument struct {
	StartedAt time.Time          `json:"startedAt,omitzero"`
	LastAt    time.Time          `json:"lastAt,omitzero"`
	Count     int64              `json:"count"`
	Pages     int64              `json:"pages"`
	Intents   []affinityDocument `json:"intents"`
	LastItem  aparte.ItemID      `json:"lastItem"`
	Dwell     int64              `json:"dwell"`
	ItemDwell int64              `json:"itemDwell"`
	Search    string             `json:"search"`
}

type cartLineDocument struct {
	Item     aparte.ItemID `json:"item"`
	Quantity int64         `json:"quantity"`
	Price    aparte.Money  `json:"price"`
}

type saidDocument struct {
	Decision aparte.DecisionID `json:"decision"`
	Parent   aparte.DecisionID `json:"parent"` // empty: none
	Content  aparte.ContentID  `json:"content"`
	Item     aparte.ItemID     `json:"item"`
	Beside   aparte.ItemID     `json:"companion,omitempty"`
	Channel  aparte.Channel    `json:"channel"`
	Slot     string            `json:"slot"`
	At       time.Time         `json:"at"`
	Seen     int64             `json:"seen"`
	Clicked  bool              `json:"clicked"`
}

type openDocument struct {
	Decision  aparte.DecisionID  `json:"decision"`
	Objective aparte.ObjectiveID `json:"objective"`
	At        time.Time          `json:"at"`
	Due       time.Time          `json:"due"`
	Reward    float64            `json:"reward"`
}

type timerDocument struct {
	Name string    `json:"name"`
	Due  time.Time `json:"due"`
}

// personDocumentOf is a person as of now.
func personDocumentOf(p *aparte.Person, plan *decide.Plan, fit *engine.Fit, now time.Time) personDocument {
	return personDocument{
		ID:          p.ID.String(),
		FirstSeen:   p.FirstSeen,
		LastSeen:    p.LastSeen,
		Lifecycle:   p.Lifecycle(now),
		Stages:      each(p.StagesUntil(now), func(s aparte.Stage) stageDocument { return stageDocument(s) }),
		Predictions: predictionsDocumentOf(p, fit, now),
		Personas:    gradesOf(p, plan, fit, now),
		Audiences:   audiencesOf(p, plan),
		Places:      each(p.Fences, func(f aparte.Fence) fenceDocument { return fenceDocument{f.Place, f.Since, f.Seen, f.Dwelled} }),
		Scores:      maturityDocumentsOf(p, plan, fit, now),
		Locale:      p.Locale,
		Timezone:    p.Zone,
		Device:      p.Device,
		Identifiers: each(p.Identifiers, func(i aparte.Identifier) identifierDocument { return identifierDocument(i) }),
		Traits: each(p.Traits, func(t aparte.Trait) traitDocument {
			return traitDocument{t.Name, t.Value, provenanceName(t.Provenance), t.At}
		}),
		Consents: each(p.Consents, func(c aparte.Consent) consentDocument { return consentDocument(c) }),
		Counters: each(p.Counters, func(c aparte.Counter) counterDocument {
			return counterDocument{c.Name, c.Now(now)}
		}),
		Affinities: affinityDocuments(p.Affinities, now),
		Orders:     ordersDocument{p.Orders.Count, p.Orders.Revenue, p.Orders.FirstAt, p.Orders.LastAt, p.Orders.Items, p.Orders.OtherRevenue},
		Session: sessionDocument{
			p.Session.StartedAt, p.Session.LastAt, p.Session.Count, p.Session.Pages,
			affinityDocuments(p.Session.Intents, now), p.Session.LastItem, p.Session.Dwell, p.Session.ItemDwell, p.Session.Search,
		},
		Cart: each(p.Cart.Lines, func(l aparte.CartLine) cartLineDocument { return cartLineDocument(l) }),
		Said: each(p.Said, func(s aparte.Said) saidDocument { return saidDocument(s) }),
		Open: each(p.Open, func(o aparte.Open) openDocument {
			return openDocument{o.Decision, o.Objective, o.At, o.Due, o.Reward}
		}),
		Goodwill: p.Goodwill.Now(now),
		Timers:   each(p.Timers, func(t aparte.Timer) timerDocument { return timerDocument{t.Name, t.Due} }),
		Merged:   each(p.Absorbed, aparte.PersonID.String),
		Entries:  p.Seq,
	}
}

func predictionsDocumentOf(p *aparte.Person, fit *engine.Fit, now time.Time) predictionsDocument {
	const day = 24 * time.Hour
	r := fit.Recurrences()
	doc := predictionsDocument{
		Order: p.Buys(r, "", now, 30*day), Churn: 1 - p.Buys(r, "", now, 90*day), Category: each(p.Dues(r, now), dueDocumentOf),
	}
	if next, ok := p.Due(r, "", now); ok {
		told := dueDocumentOf(next)
		doc.Next = &told
	}
	doc.Lifetime = lifetimeDocumentOf(p, fit, now)
	return doc
}

func dueDocumentOf(d aparte.Due) dueDocument {
	return dueDocument{d.Category, d.Probability, d.At, d.From, d.Until}
}

func affinityDocuments(as []aparte.Affinity, now time.Time) []affinityDocument {
	return each(as, func(a aparte.Affinity) affinityDocument { return affinityDocument{a.Kind, a.Key, a.Now(now)} })
}

func provenanceName(p aparte.Provenance) string {
	switch p {
	case aparte.Declared:
		return "declared"
	case aparte.Observed:
		return "observed"
	case aparte.Inferred:
		return "inferred"
	case aparte.BoughtIn:
		return "bought_in"
	}
	return ""
}

// each is what f makes of every element of in.
func each[In, Out any](in []In, f func(In) Out) []Out {
	out := make([]Out, len(in))
	for i := range in {
		out[i] = f(in[i])
	}
	return out
}
