package api

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/engine"
)

// evaluate answers POST /ofrep/v1/evaluate/flags/{slot}: a decision asked for through OpenFeature, whose
// libraries need no more than this address and a key. The slot is the flag, the targeting key the person,
// and the elements of what is said its value; silence has no value, so that the application's default
// stands. See https://openfeature.dev/docs/reference/other-technologies/ofrep/openapi.
func (s *server) evaluate(w http.ResponseWriter, r *http.Request) error {
	slot := r.PathValue("slot")
	err := s.evaluateSlot(w, r, slot)
	refused := new(evaluationRefused)
	if errors.As(err, &refused) {
		s.json(w, http.StatusBadRequest, evaluationFailure{strings.ToValidUTF8(slot, "\uFFFD"), refused.code, refused.details})
		return nil
	}
	return err
}

func (s *server) evaluateSlot(w http.ResponseWriter, r *http.Request, slot string) error {
	q := questions.Get().(*question)
	defer q.free()
	key, err := s.headerKey(r)
	if err != nil {
		return err
	}
	if key == nil { // OFREP's other way to carry one
		if key, err = s.named(r.Header.Get("X-API-Key")); err != nil {
			return err
		}
	}
	if !isSlotName(slot) {
		return &evaluationRefused{"GENERAL", "a flag's key is a slot's name of 1 to 64 bytes"}
	}
	body, held, err := s.bodies.read(r, maxBody)
	if err != nil {
		return err
	}
	defer s.bodies.release(held)
	if err := q.readEvaluation(body, slot); err != nil {
		return err
	}
	if err := key.allowance.take(s.now(), 1); err != nil {
		return err
	}
	s.tellDevice(r, q, key)
	if err := q.identify(s.region); err != nil {
		return &evaluationRefused{"INVALID_CONTEXT", "the targeting key, or an identifier beside it, is none"}
	}
	answers, err := s.engine.Decide(r.Context(), q.request)
	if err != nil {
		return err
	}
	s.json(w, http.StatusOK, evaluationOf(&answers[0]))
	return nil
}

// evaluationRefused is an evaluation that cannot be made of what came, by one of OFREP's codes.
type evaluationRefused struct{ code, details string }

func (e *evaluationRefused) Error() string { return e.code + ": " + e.details }

type evaluationFailure struct {
	Key     string `json:"key"`
	Code    string `json:"errorCode"`
	Details string `json:"errorDetails"`
}

// evaluation is what OFREP answers of one flag.
type evaluation struct {
	Key      string            `json:"key"`
	Reason   string            `json:"reason"`
	Variant  string            `json:"variant,omitempty"`
	Value    map[string]string `json:"value,omitempty"`
	Metadata map[string]any    `json:"metadata"` // flat: texts, numbers and booleans
}

func evaluationOf(a *engine.Answer) evaluation {
	d := &a.Decision
	e := evaluation{Key: d.Slot, Reason: "DEFAULT", Metadata: map[string]any{"decision": d.ID, "propensity": d.Propensity}}
	if d.Action.Silent() {
		return e
	}
	e.Reason, e.Variant, e.Value = "TARGETING_MATCH", string(d.Action.Content), map[string]string{}
	for name, text := range a.Elements {
		e.Value[name] = text
	}
	for name, text := range map[string]string{"layout": string(d.Action.Layout), "item": string(d.Action.Item), "image": a.Image, "link": a.Link} {
		if text != "" {
			e.Metadata[name] = text
		}
	}
	return e
}

// readEvaluation reads {"context": {"targetingKey": …, …}} as a question about one slot of a page. The
// targeting key is the userId; anonymousId, email, phone and deviceToken may stand beside it or instead of
// it; the rest of the context is the situation.
func (q *question) readEvaluation(body []byte, slot string) error {
	hasContext := false
	err := q.scan(body, func() error {
		q.reset()
		q.request.Slots, q.request.Formats = []string{slot}, engine.Formats{}
		_, err := q.object(func(name []byte) error {
			if string(name) != "context" {
				_, err := q.value()
				return err
			}
			var err error
			hasContext, err = q.object(func(name []byte) error { return q.evaluationMember(string(name)) })
			return err
		})
		return err
	})
	switch {
	case err != nil:
		return &evaluationRefused{"PARSE_ERROR", "the body is not JSON"}
	case !hasContext:
		return &evaluationRefused{"INVALID_CONTEXT", "context is required: an object"}
	case q.wrong != nil:
		return &evaluationRefused{"INVALID_CONTEXT", q.wrong.Error()}
	case !slices.ContainsFunc(q.person[:], func(id []byte) bool { return len(id) > 0 }):
		return &evaluationRefused{"TARGETING_KEY_MISSING", "context.targetingKey is required: a userId"}
	}
	return nil
}

func (q *question) evaluationMember(name string) error {
	kind := aparte.IdentifierKind(name)
	if name == "targetingKey" {
		kind = aparte.KindUserID
	}
	i := slices.Index(personFields[:], kind)
	if i < 0 {
		q.path = append(q.path[:0], name...)
		return q.readContext(q.path, 0)
	}
	v, err := q.value()
	if err == nil && (name == "targetingKey" || len(q.person[i]) == 0) {
		q.person[i] = q.text("context."+name, v, maxText)
	}
	return err
}
