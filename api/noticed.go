package api

import (
	"context"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/channel/webhook"
	"github.com/aparte-dev/aparte/decide"
	"github.com/aparte-dev/aparte/engine"
)

// Teller is what a notice's words are taken from. An engine is one.
type Teller interface {
	Entry(ctx context.Context, person aparte.PersonID, seq uint64) (engine.StoryEntry, error)
	Person(ctx context.Context, id aparte.PersonID) (aparte.Person, error)
	Task(ctx context.Context, id aparte.DecisionID, locale string) (engine.Task, error)
	Plan() *decide.Plan
	Fit() *engine.Fit
}

// noticeDocument is the body of a webhook: what happened, and when.
type noticeDocument struct {
	Type      aparte.NoticeKind `json:"type"`
	Timestamp time.Time         `json:"timestamp"`
	Data      noticeData        `json:"data"`
}

// noticeData is what happened, and the person as they are when the message is composed.
type noticeData struct {
	Person struct {
		exportedPerson
		Predictions predictionsDocument `json:"predictions"`
	} `json:"person"`
	AsOf       time.Time      `json:"asOf"` // of the person
	Event      *exportedEvent `json:"event,omitempty"`
	Decision   *toldDecision  `json:"decision,omitempty"`
	Task       *taskDocument  `json:"task,omitempty"`
	Merged     string         `json:"merged,omitempty"` // the record that turned out to be the same person
	Objectives []objectiveWon `json:"objectives,omitempty"`

	Entitlements []aparte.Entitlement `json:"entitlements,omitempty"` // what there is to be done for them, or is no longer
}

// objectiveWon is an objective that an event reaches, and what that counts for.
type objectiveWon struct {
	ID    aparte.ObjectiveID `json:"id"`
	Value float64            `json:"value"` // in minor units
}

// toldDecision is a decision without what else was considered.
type toldDecision struct {
	ID      aparte.DecisionID `json:"id"`
	At      time.Time         `json:"at"`
	Trigger string            `json:"trigger"`
	Slot    string            `json:"slot"`
	On      aparte.Channel    `json:"on"` // the channel
	actionDocument
	Propensity float64             `json:"propensity"`
	Reasons    []aparte.ReasonCode `json:"reasons"`
	Brand      uint64              `json:"brand"`
	Model      uint64              `json:"model"`
}

// Noticed composes what webhooks say: what the export says of people and events, and the predictions.
//
// Of whose answers keep it nothing is said, but that something ended, to whoever may have been told before: a consent, a membership, what was
// promised. Then nothing of the person is in it but by what they are known.
func Noticed(from Teller, now func() time.Time) webhook.Compose {
	return func(ctx context.Context, n aparte.Notice, to webhook.Reader) ([]byte, error) {
		entry, err := from.Entry(ctx, n.Person, n.Seq)
		if err != nil {
			return nil, err
		}
		p, err := from.Person(ctx, n.Person)
		if err != nil {
			return nil, err
		}
		permitted := p.Permits(to.Purposes, to.Channel)
		if !permitted && !ends(n.Kind) {
			return nil, webhook.ErrWithheld
		}
		e := Exported{Identifiers: to.Identifiers, Now: now().UTC()}
		doc := noticeDocument{Type: n.Kind, Timestamp: entry.At.UTC()}
		doc.Data.AsOf = e.Now
		plan, fit := from.Plan(), from.Fit()
		doc.Data.Person.exportedPerson = exportedPersonOf(&p, plan, fit, &e)
		if permitted {
			doc.Data.Person.Predictions = predictionsDocumentOf(&p, fit, e.Now)
		} else {
			doc.Data.Person.exportedPerson = doc.Data.Person.reduced()
		}
		switch {
		case entry.Event != nil:
			told := exportedEventOf(&p, &entry, &e)
			doc.Data.Event, doc.Timestamp = &told, entry.Event.Timestamp
			if n.Kind == aparte.ObjectiveReached && plan != nil {
				doc.Data.Objectives = objectivesWon(plan, entry.Event)
			}
			if n.Kind == aparte.TaskOpened {
				if doc.Data.Task, err = taskOf(ctx, from, entry.Event); err != nil {
					return nil, err
				}
			}
			if (n.Kind == aparte.EntitlementBegan || n.Kind == aparte.EntitlementEnded) && plan != nil {
				if x := plan.AudienceTold(entry.Event); x != nil {
					doc.Data.Entitlements = x.Entitlements
				}
			}
		case entry.Decision != nil:
			doc.Data.Decision = toldDecisionOf(entry.Decision, plan)
		case !entry.Merged.IsZero():
			doc.Data.Merged = entry.Merged.String()
		}
		return json.Marshal(doc, json.Deterministic(true))
	}
}

// ends reports whether a kind of notice says that something is over, which whoever was told that it began has to know.
func ends(kind aparte.NoticeKind) bool {
	switch kind {
	case aparte.ConsentChanged, aparte.AdvertisingEnded, aparte.AudienceExited, aparte.EntitlementEnded:
		return true
	}
	return false
}

// taskOf is what the event that opened a task asks for, in the brand's language.
func taskOf(ctx context.Context, from Teller, event *aparte.Event) (*taskDocument, error) {
	var opened struct {
		Decision string `json:"decision"`
	}
	if err := json.Unmarshal(event.Properties, &opened); err != nil {
		return nil, err
	}
	id, err := aparte.ParseDecisionID(opened.Decision)
	if err != nil {
		return nil, err
	}
	task, err := from.Task(ctx, id, "")
	if err != nil {
		return nil, err
	}
	doc := taskDocumentOf(&task)
	return &doc, nil
}

func objectivesWon(plan *decide.Plan, event *aparte.Event) (won []objectiveWon) {
	for _, o := range plan.Brand().Objectives {
		if o.Event != event.Name {
			continue
		}
		if value, err := plan.Value(o.ID, event); err == nil {
			won = append(won, objectiveWon{o.ID, value})
		}
	}
	return won
}

func toldDecisionOf(d *aparte.Decision, plan *decide.Plan) *toldDecision {
	return &toldDecision{
		ID: d.ID, At: d.At, Trigger: d.Trigger, Slot: d.Slot, On: d.Channel, actionDocument: actionDocumentOf(&d.Action, plan),
		Propensity: d.Propensity, Reasons: each(d.Reasons, func(r aparte.Reason) aparte.ReasonCode { return r.Code }),
		Brand: d.Brand, Model: d.Model,
	}
}
