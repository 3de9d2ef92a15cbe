package api

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/decide"
	"github.com/aparte-dev/aparte/engine"
)

// decisions answers GET /v1/admin/people/{id}/decisions: each with everything that was considered, why
// it was taken (?lang=en or fr) and what followed, newest first.
func (s *server) decisions(w http.ResponseWriter, r *http.Request) error {
	p, err := s.storyPage(r, wanted{at: decidedAt})
	if err != nil {
		return err
	}
	plan := s.engine.Plan()
	followed, err := s.followed(r.Context(), p.person, plan)
	if err != nil {
		return err
	}
	lang := languageAsked(r)
	s.json(w, http.StatusOK, struct {
		Decisions []decisionDocument `json:"decisions"`
		Next      string             `json:"next,omitempty"`
	}{each(p.entries, func(e engine.StoryEntry) decisionDocument {
		d := decisionDocumentOf(e.Decision, plan, lang)
		d.Outcomes = followed.of(e.Decision)
		return d
	}), p.next})
	return nil
}

func decidedAt(e *engine.StoryEntry) (time.Time, bool) {
	if e.Decision == nil {
		return time.Time{}, false
	}
	return e.Decision.At, true
}

// decisionDocument is one decision, whole.
type decisionDocument struct {
	ID      aparte.DecisionID `json:"id"`
	Parent  aparte.DecisionID `json:"parent"` // empty: none
	At      time.Time         `json:"at"`
	Trigger string            `json:"trigger"`
	Channel aparte.Channel    `json:"channel"`
	Slot    string            `json:"slot"`
	actionDocument
	Companion  aparte.ItemID       `json:"companion,omitempty"` // of which it speaks beside its item
	Chosen     int                 `json:"chosen"`              // index among the candidates
	Propensity float64             `json:"propensity"`
	Why        []string            `json:"why"`
	Reasons    []reasonDocument    `json:"reasons"`
	Candidates []candidateDocument `json:"candidates"`
	Context    contextDocument     `json:"context"`
	Outcomes   []outcome           `json:"outcomes"`
	Funds      []fundDocument      `json:"funds,omitempty"`    // budgets that had a say, as the decision found them
	Incentive  float64             `json:"incentive,omitzero"` // what its discount is expected to take off an order, where a budget pays for it
	Margin     float64             `json:"margin,omitzero"`    // of its item, when it is bought
	Brand      uint64              `json:"brand"`
	Model      uint64              `json:"model"`
	Seed       uint64              `json:"seed,string"` // more digits than JavaScript's numbers have
}

// actionDocument is what was or could have been said.
type actionDocument struct {
	Silent   bool              `json:"silent"`
	Content  aparte.ContentID  `json:"content,omitempty"`
	Channel  aparte.Channel    `json:"channel,omitempty"` // where there was a choice of several
	Layout   aparte.LayoutID   `json:"layout,omitempty"`
	Item     aparte.ItemID     `json:"item,omitempty"`
	Variants map[string]string `json:"variants,omitempty"` // element to variant
}

type reasonDocument struct {
	Code   aparte.ReasonCode `json:"code"`
	Detail string            `json:"detail,omitempty"`
	Amount float64           `json:"amount,omitzero"`
	Words  string            `json:"words"`
}

type candidateDocument struct {
	actionDocument
	Value      float64           `json:"value"`
	Cost       float64           `json:"cost"`
	Propensity float64           `json:"propensity"`
	Excluded   aparte.ReasonCode `json:"excluded,omitempty"`
	Fate       string            `json:"fate"` // what became of it, in words
}

// contextDocument is the situation under the names a question gives it.
type contextDocument struct {
	Device    string                  `json:"device,omitempty"`
	Locale    string                  `json:"locale,omitempty"`
	Timezone  string                  `json:"timezone,omitempty"`
	Country   string                  `json:"country,omitempty"`
	Page      string                  `json:"page,omitempty"`
	Item      aparte.ItemID           `json:"item,omitempty"`
	Category  string                  `json:"category,omitempty"`
	Search    string                  `json:"search,omitempty"`
	UserAgent string                  `json:"userAgent,omitempty"`
	Values    map[string]aparte.Value `json:"values,omitempty"`
}

func decisionDocumentOf(d *aparte.Decision, plan *decide.Plan, lang string) decisionDocument {
	doc := decisionDocument{
		ID: d.ID, Parent: d.Parent, At: d.At, Trigger: d.Trigger, Channel: d.Channel, Slot: d.Slot,
		actionDocument: actionDocumentOf(&d.Action, plan), Companion: d.Companion,
		Chosen:     d.Chosen,
		Propensity: d.Propensity,
		Candidates: make([]candidateDocument, len(d.Candidates)),
		Context:    contextDocumentOf(&d.Context),
		Incentive:  d.Incentive, Margin: marginOf(&d.Action, plan),
		Brand: d.Brand, Model: d.Model, Seed: d.Seed,
	}
	for i := range d.Candidates {
		c := &d.Candidates[i]
		doc.Candidates[i] = candidateDocument{actionDocumentOf(&c.Action, plan), c.Value, c.Cost, c.Propensity, c.Excluded, decide.ExplainFate(d, i, lang)}
	}
	brand := new(aparte.Brand)
	if plan != nil {
		brand = plan.Brand()
		doc.Why = decide.Explain(d, brand, lang)
	}
	if len(d.Funds) > 0 {
		doc.Funds = fundDocuments(d)
	}
	doc.Reasons = each(d.Reasons, func(r aparte.Reason) reasonDocument {
		return reasonDocument{r.Code, r.Detail, r.Amount, decide.ExplainReason(r, brand, lang)}
	})
	return doc
}

func actionDocumentOf(a *aparte.Action, plan *decide.Plan) actionDocument {
	doc := actionDocument{Silent: a.Silent(), Content: a.Content, Channel: a.Channel, Layout: a.Layout, Item: a.Item}
	if plan == nil {
		return doc
	}
	content, ok := plan.Content(a.Content)
	if !ok {
		return doc
	}
	for i, v := range a.Variants {
		if i < len(content.Elements) && int(v) < len(content.Elements[i].Variants) {
			if doc.Variants == nil {
				doc.Variants = map[string]string{}
			}
			doc.Variants[content.Elements[i].Name] = content.Elements[i].Variants[v].ID
		}
	}
	return doc
}

func contextDocumentOf(c *aparte.Context) contextDocument {
	doc := contextDocument{
		Device: c.Device, Locale: c.Locale, Timezone: c.Zone, Country: c.Country, Page: c.Page,
		Item: c.Item, Category: c.Category, Search: c.Search, UserAgent: c.UserAgent,
	}
	for _, v := range c.Values {
		if doc.Values == nil {
			doc.Values = map[string]aparte.Value{}
		}
		doc.Values[v.Name] = v.Value
	}
	return doc
}

// moments answers GET /v1/admin/people/{id}/moments: the occasions to speak to a person, newest first,
// with the decisions taken at each.
func (s *server) moments(w http.ResponseWriter, r *http.Request) error {
	p, err := s.storyPage(r, wanted{at: decidedAt, together: oneMoment})
	if err != nil {
		return err
	}
	s.json(w, http.StatusOK, struct {
		Moments []momentDocument `json:"moments"`
		Next    string           `json:"next,omitempty"`
	}{momentDocuments(p.entries), p.next})
	return nil
}

type momentDocument struct {
	At        time.Time           `json:"at"`
	Trigger   string              `json:"trigger"`
	Channel   aparte.Channel      `json:"channel"`
	Slots     []string            `json:"slots"`
	Context   contextDocument     `json:"context"`
	Decisions []aparte.DecisionID `json:"decisions"`
}

// oneMoment reports whether two decisions were taken at the same moment.
func oneMoment(a, b *engine.StoryEntry) bool {
	x, y := a.Decision, b.Decision
	return x.At.Equal(y.At) && x.Trigger == y.Trigger && x.Channel == y.Channel
}

// momentDocuments puts together the decisions that were taken at one moment.
func momentDocuments(entries []engine.StoryEntry) []momentDocument {
	var out []momentDocument
	for i := range entries {
		d := entries[i].Decision
		if n := len(out); i > 0 && oneMoment(&entries[i-1], &entries[i]) {
			out[n-1].Slots = append(out[n-1].Slots, d.Slot)
			out[n-1].Decisions = append(out[n-1].Decisions, d.ID)
			continue
		}
		out = append(out, momentDocument{
			d.At, d.Trigger, d.Channel, []string{d.Slot}, contextDocumentOf(&d.Context), []aparte.DecisionID{d.ID},
		})
	}
	return out
}

// outcome is something that followed a decision: an event about it, or one that an objective counts and
// that happened within its window.
type outcome struct {
	Event     string             `json:"event"`
	At        time.Time          `json:"at"`
	Objective aparte.ObjectiveID `json:"objective,omitempty"`
	Value     float64            `json:"value,omitzero"` // in minor units of the brand's currency

	OtherCurrency bool `json:"otherCurrency,omitzero"` // the objective does not ask for the currency, which is another: not counted
}

// following is what can be an outcome of someone's decisions.
type following struct {
	about  map[aparte.DecisionID][]outcome // events that name the decision
	valued []valued
}

type valued struct {
	outcome
	window time.Duration
}

// followed reads what followed someone's decisions from the newest part of their story.
func (s *server) followed(ctx context.Context, id aparte.PersonID, plan *decide.Plan) (*following, error) {
	entries, err := s.engine.Story(ctx, id, engine.StoryPlace{}, deepestRead/4)
	if err != nil {
		return nil, unknownPerson(err)
	}
	f := &following{about: map[aparte.DecisionID][]outcome{}}
	for i := len(entries) - 1; i >= 0; i-- {
		e := entries[i].Event
		if e == nil || e.Type != aparte.Track {
			continue
		}
		if id, ok := decisionNamed(e); ok {
			f.about[id] = append(f.about[id], outcome{Event: e.Name, At: e.Timestamp})
		}
		if plan != nil {
			f.value(plan, e)
		}
	}
	return f, nil
}

// value notes what an event is worth to each objective that counts it.
func (f *following) value(plan *decide.Plan, e *aparte.Event) {
	for _, o := range plan.Brand().Objectives {
		if o.Event != e.Name {
			continue
		}
		worth, err := plan.Value(o.ID, e)
		other := errors.Is(err, decide.ErrOtherCurrency)
		if err != nil && !other {
			continue // an event without what the objective values, which the engine does not count either
		}
		f.valued = append(f.valued, valued{outcome{e.Name, e.Timestamp, o.ID, worth, other}, o.Window.Std()})
	}
}

// of is what followed a decision, oldest first.
func (f *following) of(d *aparte.Decision) []outcome {
	out := append([]outcome{}, f.about[d.ID]...)
	for _, v := range f.valued {
		if since := v.At.Sub(d.At); since >= 0 && since <= v.window {
			out = append(out, v.outcome)
		}
	}
	return out
}

// decisionNamed is the decision that one of Aparté's own events is about.
func decisionNamed(e *aparte.Event) (aparte.DecisionID, bool) {
	var id aparte.DecisionID
	var s scanner
	s.open(e.Properties)
	_, err := s.object(func(name []byte) error {
		v, err := s.value()
		if err != nil || string(name) != "decision" || v.Kind() != '"' {
			return err
		}
		text, err := unquoted(v)
		if err == nil {
			if parsed, parseErr := aparte.ParseDecisionID(string(text)); parseErr == nil {
				id = parsed
			}
		}
		return err
	})
	return id, err == nil && !id.IsZero()
}
