package api

import (
	"bytes"
	"net/http"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/decide"
	"github.com/aparte-dev/aparte/engine"
)

// meDocument is all that is known of a person, as they take it with them.
type meDocument struct {
	Written   time.Time           `json:"written"`
	Brand     string              `json:"brand"`
	Person    exportedPerson      `json:"person"`
	Events    []eventDocument     `json:"events"`    // newest first
	Decisions []meDecisionMessage `json:"decisions"` // likewise
	Merged    []string            `json:"merged"`    // other records that turned out to be the same person
}

// meDecisionMessage is a decision about a person, and its reasons in words. What else was considered is the brand's.
type meDecisionMessage struct {
	ID       aparte.DecisionID `json:"id"`
	At       time.Time         `json:"at"`
	Channel  aparte.Channel    `json:"channel"`
	Slot     string            `json:"slot"`
	Silent   bool              `json:"silent"`
	Content  aparte.ContentID  `json:"content,omitempty"`
	Item     aparte.ItemID     `json:"item,omitempty"`
	Variants map[string]string `json:"variants,omitempty"` // element to variant
	Context  contextDocument   `json:"context"`
	Why      []string          `json:"why"`
}

// storyPage is how much of a story is read at once.
const storyPage = 500

// meJSON answers GET /me/{token}/export.json: everything, for machines.
func (s *server) meJSON(w http.ResponseWriter, r *http.Request) error {
	v, err := s.meOpen(r)
	if err == nil && !v.Whole {
		err = engine.ErrToken
	}
	if err != nil || v.kind != "" {
		return s.meAnswer(w, r, v, err)
	}
	if _, err := s.engine.Answered(r.Context(), engine.AccessRequest, &v.person, engine.Asking{By: engine.ByPerson}); err != nil {
		return err
	}
	return s.everythingJSON(w, r, v)
}

// everythingJSON answers with all that is known of a person, for machines.
func (s *server) everythingJSON(w http.ResponseWriter, r *http.Request, v *meView) error {
	doc := meDocument{
		Written: v.now.UTC(), Person: exportedPersonOf(&v.person, v.plan, v.fit, &Exported{Identifiers: true, Own: true, Now: v.now}),
		Events: []eventDocument{}, Decisions: []meDecisionMessage{}, Merged: each(v.person.Absorbed, aparte.PersonID.String),
	}
	brand := new(aparte.Brand)
	if v.plan != nil {
		brand = v.plan.Brand()
		doc.Brand = brand.Name
	}
	var from engine.StoryPlace
	for {
		entries, err := s.engine.Story(r.Context(), v.person.ID, from, storyPage)
		if err != nil {
			return err
		}
		for i := range entries {
			switch e := &entries[i]; {
			case e.Event != nil:
				doc.Events = append(doc.Events, eventDocumentOf(e))
			case e.Decision != nil:
				doc.Decisions = append(doc.Decisions, meDecisionOf(e.Decision, brand, v.plan, v.Lang))
			}
		}
		if len(entries) < storyPage {
			break
		}
		from = from.Beyond(entries)
	}
	body, err := json.Marshal(doc, json.Deterministic(true))
	if err != nil {
		return err
	}
	meFile(w, "application/json", "json", body)
	return nil
}

func meDecisionOf(d *aparte.Decision, brand *aparte.Brand, plan *decide.Plan, lang string) meDecisionMessage {
	action := actionDocumentOf(&d.Action, plan)
	return meDecisionMessage{
		ID: d.ID, At: d.At, Channel: d.Channel, Slot: d.Slot, Silent: action.Silent, Content: action.Content, Item: action.Item, Variants: action.Variants,
		Context: contextDocumentOf(&d.Context), Why: notNil(decide.Explain(d, brand, lang)),
	}
}

// meHTML answers GET /me/{token}/export.html: everything, to be read and kept.
func (s *server) meHTML(w http.ResponseWriter, r *http.Request) error {
	v, err := s.meOpen(r)
	if err == nil && !v.Whole {
		err = engine.ErrToken
	}
	if err != nil || v.kind != "" {
		return s.meAnswer(w, r, v, err)
	}
	if _, err := s.engine.Answered(r.Context(), engine.AccessRequest, &v.person, engine.Asking{By: engine.ByPerson}); err != nil {
		return err
	}
	return s.everythingHTML(w, r, v)
}

// everythingHTML answers with all that is known of a person, to be read and kept.
func (s *server) everythingHTML(w http.ResponseWriter, r *http.Request, v *meView) error {
	v.File = true
	if err := s.meStory(r.Context(), v, aparte.MaxMemory); err != nil {
		return err
	}
	v.about = nil
	var body bytes.Buffer
	if _, err := v.render(&body); err != nil {
		return err
	}
	meFile(w, "text/html; charset=utf-8", "html", body.Bytes())
	return nil
}

// meFile answers with a file to keep.
func meFile(w http.ResponseWriter, kind, ending string, body []byte) {
	keepFile(w, kind, "my-data."+ending, body)
}

// keepFile answers with a file of a name.
func keepFile(w http.ResponseWriter, kind, name string, body []byte) {
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("Content-Disposition", `attachment; filename="`+name+`"`)
	h.Set("X-Content-Type-Options", "nosniff")
	h["Cache-Control"] = noStore
	setTokenHeaders(h)
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write(body) // the caller has gone
}
