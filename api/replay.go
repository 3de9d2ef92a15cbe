package api

import (
	"errors"
	"net/http"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/engine"
	"github.com/aparte-dev/aparte/store"
	"github.com/go-json-experiment/json"
)

// decision answers GET /v1/admin/decisions/{id}: one decision with everything that was considered and what
// became of it, why it was taken, both in words (?lang=en or fr), and what followed.
func (s *server) decision(w http.ResponseWriter, r *http.Request) error {
	id, err := decisionAsked(r)
	if err != nil {
		return err
	}
	d, err := s.engine.Decision(r.Context(), id)
	if err != nil {
		return unknownDecision(err)
	}
	plan := s.engine.Plan()
	followed, err := s.followed(r.Context(), id.Person, plan)
	if err != nil {
		return err
	}
	doc := decisionDocumentOf(&d, plan, languageAsked(r))
	doc.Outcomes = followed.of(&d)
	s.json(w, http.StatusOK, doc)
	return nil
}

// replay answers POST /v1/admin/decisions/{id}/replay: the decision taken again from the log, and whether it
// comes out the same. It changes nothing.
func (s *server) replay(w http.ResponseWriter, r *http.Request) error {
	id, err := decisionAsked(r)
	if err != nil {
		return err
	}
	again, err := s.engine.Replay(r.Context(), id)
	if err != nil {
		return unknownDecision(err)
	}
	s.json(w, http.StatusOK, replayDocumentOf(&again, languageAsked(r)))
	return nil
}

// EncodeReplay is a replay as the door answers it, with words in English or, where lang is "fr", in French.
func EncodeReplay(r *engine.Replay, lang string) ([]byte, error) {
	return json.Marshal(replayDocumentOf(r, lang))
}

// replayDocument is a decision beside the same one taken again.
type replayDocument struct {
	ID          aparte.DecisionID    `json:"id"`
	Same        bool                 `json:"same"`
	Bytes       int                  `json:"bytes"` // of the decision as it is logged
	Differences []differenceDocument `json:"differences"`
	Assumed     []string             `json:"assumed"` // what the log does not tell
	Decision    decisionDocument     `json:"decision"`
	Again       *decisionDocument    `json:"again,omitempty"` // where it differs
}

type differenceDocument struct {
	Field string `json:"field"`
	Was   string `json:"was"`
	Is    string `json:"is"`
}

func replayDocumentOf(r *engine.Replay, lang string) replayDocument {
	doc := replayDocument{
		ID: r.Decision.ID, Same: r.Same, Bytes: r.Bytes, Assumed: append([]string{}, r.Assumed...),
		Differences: each(r.Differences, func(d engine.Difference) differenceDocument { return differenceDocument(d) }),
		Decision:    decisionDocumentOf(&r.Decision, r.Plan, lang),
	}
	if !r.Same {
		again := decisionDocumentOf(&r.Again, r.Plan, lang)
		doc.Again = &again
	}
	return doc
}

func decisionAsked(r *http.Request) (aparte.DecisionID, error) {
	id, err := aparte.ParseDecisionID(r.PathValue("id"))
	if err != nil {
		return id, &problem{wholeRequest, "id", "must be a decision's: d_…"}
	}
	return id, nil
}

// unknownDecision puts the store's word for nothing into the door's.
func unknownDecision(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return refuse(http.StatusNotFound, "id", "names no decision that is in the log with all it was taken from")
	}
	return err
}

// languageAsked is the language to put reasons into.
func languageAsked(r *http.Request) string {
	return languageIn(r.URL.Query().Get("lang") + "," + r.Header.Get("Accept-Language"))
}
