package api

import (
	"bytes"
	"slices"
	"strings"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/decide"
	"github.com/aparte-dev/aparte/engine"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// exportedPerson is a line of the export of people. Traits are members by their names, amounts in minor units.
type exportedPerson struct {
	ID          string                  `json:"id"`
	UserID      string                  `json:"userId,omitempty"`
	Email       string                  `json:"email,omitempty"`
	Phone       string                  `json:"phone,omitempty"`
	AnonymousID string                  `json:"anonymousId,omitempty"`
	Identifiers []identifierDocument    `json:"identifiers,omitempty"`
	FirstSeen   time.Time               `json:"firstSeen,omitzero"`
	LastSeen    time.Time               `json:"lastSeen,omitzero"`
	Lifecycle   string                  `json:"lifecycle"`
	Locale      string                  `json:"locale,omitempty"`
	Timezone    string                  `json:"timezone,omitempty"`
	Device      string                  `json:"device,omitempty"`
	Goodwill    float64                 `json:"goodwill"`
	Orders      int64                   `json:"orders"`
	Revenue     int64                   `json:"revenue"`
	Currency    string                  `json:"currency,omitempty"`
	FirstOrder  time.Time               `json:"firstOrder,omitzero"`
	LastOrder   time.Time               `json:"lastOrder,omitzero"`
	Alive       *float64                `json:"alive,omitempty"`
	OrdersAhead *float64                `json:"ordersAhead,omitempty"`
	LTV         *int64                  `json:"ltv,omitempty"`
	Scores      map[string]float64      `json:"scores,omitempty"`
	Points      map[string]float64      `json:"points,omitempty"`
	Persona     aparte.PersonaID        `json:"persona,omitempty"` // the strongest, one that is declared first
	Personas    map[string]float64      `json:"personas,omitempty"`
	Traits      map[string]aparte.Value `json:"traits,omitempty"`
	Provenances map[string]string       `json:"provenances,omitempty"`
	Consents    []consentDocument       `json:"consents,omitempty"`
	Counters    []counterDocument       `json:"counters,omitempty"`
	Affinities  []affinityDocument      `json:"affinities,omitempty"`
	Audiences   []aparte.AudienceID     `json:"audiences,omitempty"`
}

func exportedPersonOf(p *aparte.Person, plan *decide.Plan, fit *engine.Fit, e *Exported) exportedPerson {
	doc := exportedPerson{
		ID: p.ID.String(), FirstSeen: p.FirstSeen, LastSeen: p.LastSeen, Lifecycle: p.Lifecycle(e.Now), Locale: p.Locale, Timezone: p.Zone,
		Device: p.Device, Goodwill: p.Goodwill.Now(e.Now), Orders: p.Orders.Count, Revenue: p.Orders.Revenue.Amount,
		Currency: p.Orders.Revenue.Currency, FirstOrder: p.Orders.FirstAt, LastOrder: p.Orders.LastAt,
		Traits: map[string]aparte.Value{}, Provenances: map[string]string{},
		Consents:   each(p.Consents, func(c aparte.Consent) consentDocument { return consentDocument(c) }),
		Counters:   each(p.Counters, func(c aparte.Counter) counterDocument { return counterDocument{c.Name, c.Now(e.Now)} }),
		Affinities: affinityDocuments(p.Affinities, e.Now),
		Audiences:  audiencesOf(p, plan),
	}
	if told := lifetimeDocumentOf(p, fit, e.Now); told != nil {
		doc.Alive, doc.OrdersAhead, doc.LTV = &told.Alive, &told.Orders, &told.Value
	}
	doc.Scores, doc.Points = exportedScores(p, plan, fit, e.Now)
	strongest := 0.0
	for _, g := range gradesOf(p, plan, fit, e.Now) {
		if doc.Personas == nil {
			doc.Personas = map[string]float64{}
		}
		if doc.Personas[string(g.ID)] = g.Grade; g.Grade > strongest {
			doc.Persona, strongest = g.ID, g.Grade
		}
	}
	if !e.Own && p.Refuses(aparte.Profiling, "") {
		doc.unprofiled()
	}
	for _, t := range p.Traits {
		if !e.Own && t.Provenance == aparte.Inferred && p.Refuses(aparte.Profiling, "") {
			continue
		}
		if e.Identifiers || !personal(t.Name, t.Value.Str) {
			doc.Traits[t.Name], doc.Provenances[t.Name] = t.Value, provenanceName(t.Provenance)
		}
	}
	if e.Identifiers {
		doc.Identifiers = each(p.Identifiers, func(i aparte.Identifier) identifierDocument { return identifierDocument(i) })
		for _, one := range []struct {
			kind aparte.IdentifierKind
			to   *string
		}{{aparte.KindUserID, &doc.UserID}, {aparte.KindEmail, &doc.Email}, {aparte.KindPhone, &doc.Phone}, {aparte.KindAnonymousID, &doc.AnonymousID}} {
			if id, ok := p.Identifier(one.kind); ok {
				*one.to = id.Value
			}
		}
	}
	return doc
}

// reduced is a person of whom no more is told than who they are and what they agreed to.
func (doc *exportedPerson) reduced() exportedPerson {
	return exportedPerson{
		ID: doc.ID, UserID: doc.UserID, Email: doc.Email, Phone: doc.Phone, AnonymousID: doc.AnonymousID, Identifiers: doc.Identifiers, Consents: doc.Consents,
	}
}

// unprofiled takes out what was worked out of somebody, as they object to that.
func (doc *exportedPerson) unprofiled() {
	doc.Alive, doc.OrdersAhead, doc.LTV, doc.Scores, doc.Points, doc.Persona, doc.Personas, doc.Affinities = nil, nil, nil, nil, nil, "", nil, nil
}

// exportedEvent is a line of the export of events: an event under the names it came by, and whose it is by now.
type exportedEvent struct {
	Person string `json:"person"`
	eventDocument
}

func exportedEventOf(p *aparte.Person, entry *engine.StoryEntry, e *Exported) exportedEvent {
	doc := exportedEvent{p.ID.String(), eventDocumentOf(entry)}
	if !e.Identifiers {
		doc.UserID, doc.AnonymousID, doc.PreviousID, doc.GroupID = "", "", "", ""
		doc.Traits, doc.Context = nil, nil
		doc.Properties = impersonal(doc.Properties)
	}
	return doc
}

// exportedDecision is a line of the export of decisions.
type exportedDecision struct {
	Person string `json:"person"`
	decisionDocument
}

func exportedDecisionOf(p *aparte.Person, d *aparte.Decision, plan *decide.Plan, e *Exported) exportedDecision {
	doc := exportedDecision{p.ID.String(), decisionDocumentOf(d, plan, "en")}
	doc.Outcomes = []outcome{} // events tell
	if !e.Identifiers {
		doc.Why, doc.Context.UserAgent, doc.Context.Page, doc.Context.Search, doc.Context.Values = nil, "", "", "", nil
	}
	return doc
}

// personalNames are the traits and properties that name or locate somebody, of those that Segment reserves
// (https://segment.com/docs/connections/spec/identify/#traits), spelled without case and underscores.
var personalNames = []string{"address", "avatar", "birthday", "email", "firstname", "id", "ip", "lastname", "name", "phone", "username", "website"}

// personal reports whether a trait names or locates somebody: by its name, or because it has the look of an address.
func personal(name, text string) bool {
	if name == "address.country" {
		return false
	}
	first, _, _ := strings.Cut(name, ".")
	first = strings.ReplaceAll(strings.ToLower(first), "_", "")
	return slices.Contains(personalNames, first) || strings.HasPrefix(name, aparte.ClickTrait) || strings.Contains(text, "@") || strings.Contains(strings.ToLower(text), "%40")
}

// impersonal is an object without the members that are personal. "name" is a product's, or a page's, in properties.
func impersonal(object jsontext.Value) jsontext.Value {
	var members map[string]jsontext.Value
	if len(object) == 0 || json.Unmarshal(object, &members) != nil {
		return nil
	}
	for name, v := range members {
		if name != "name" && personal(name, "") || bytes.ContainsRune(v, '@') || bytes.Contains(bytes.ToLower(v), []byte("%40")) {
			delete(members, name)
		}
	}
	out, err := json.Marshal(members, json.Deterministic(true))
	if err != nil {
		return nil
	}
	return out
}
