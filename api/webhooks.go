package api

import (
	"errors"
	"net/http"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/channel/webhook"
	"github.com/aparte-dev/aparte/store"
)

// maxWebhook bounds the body that declares a webhook.
const maxWebhook = 16 << 10

var errNoWebhook = refuse(http.StatusNotFound, "id", "is none of the webhooks")

// webhooks answers GET /v1/admin/webhooks: all endpoints and how they fare.
func (s *server) webhooks(w http.ResponseWriter, r *http.Request) error {
	states, err := s.hooks.States(r.Context())
	if err != nil {
		return err
	}
	s.json(w, http.StatusOK, map[string]any{"webhooks": states})
	return nil
}

// declareWebhook answers PUT /v1/admin/webhooks/{id}. The secret of a new one is in the answer, and nowhere after.
func (s *server) declareWebhook(w http.ResponseWriter, r *http.Request) error {
	asked := webhook.Endpoint{Enabled: true}
	release, err := s.bodies.decode(r, maxWebhook, &asked)
	if err != nil {
		return err
	}
	defer release()
	id := r.PathValue("id")
	if asked.ID != "" && asked.ID != id {
		return refuse(http.StatusBadRequest, "/id", "is not that of the address")
	}
	asked.ID = id
	made, err := s.hooks.Put(r.Context(), asked)
	if errors.Is(err, webhook.ErrEndpoint) {
		return fieldFault(err, webhook.ErrEndpoint)
	} else if err != nil {
		return err
	}
	asked.Token = "" // it is never told
	status := http.StatusOK
	if made != "" {
		status = http.StatusCreated
	}
	s.json(w, status, struct {
		webhook.Endpoint
		Secret string `json:"secret,omitempty"`
	}{asked, made})
	return nil
}

// dropWebhook answers DELETE /v1/admin/webhooks/{id}.
func (s *server) dropWebhook(w http.ResponseWriter, r *http.Request) error {
	if err := s.hooks.Delete(r.Context(), r.PathValue("id")); err != nil {
		return webhookFault(err)
	}
	return s.webhooks(w, r)
}

// rotateWebhook answers POST /v1/admin/webhooks/{id}/rotate.
func (s *server) rotateWebhook(w http.ResponseWriter, r *http.Request) error {
	made, err := s.hooks.Rotate(r.Context(), r.PathValue("id"))
	if err != nil {
		return webhookFault(err)
	}
	s.json(w, http.StatusOK, map[string]any{"id": r.PathValue("id"), "secret": made})
	return nil
}

// testWebhook answers POST /v1/admin/webhooks/{id}/test.
func (s *server) testWebhook(w http.ResponseWriter, r *http.Request) error {
	taken, answered, err := s.hooks.Test(r.Context(), r.PathValue("id"))
	if err != nil {
		return webhookFault(err)
	}
	s.json(w, http.StatusOK, map[string]any{"taken": taken, "answer": answered})
	return nil
}

// givenUp answers GET /v1/admin/webhooks/{id}/given-up?limit=.
func (s *server) givenUp(w http.ResponseWriter, r *http.Request) error {
	limit, err := limitAsked(r)
	if err != nil {
		return err
	}
	found, err := s.hooks.GivenUp(r.Context(), r.PathValue("id"), limit)
	if err != nil {
		return webhookFault(err)
	}
	s.json(w, http.StatusOK, map[string]any{"notices": each(found, func(n aparte.Notice) givenUpDocument {
		return givenUpDocument{n.Kind, n.Person.String(), n.Seq, n.At}
	})})
	return nil
}

type givenUpDocument struct {
	Type   aparte.NoticeKind `json:"type"`
	Person string            `json:"person"`
	Seq    uint64            `json:"seq"`
	Hour   time.Time         `json:"hour"` // in which it was given up
}

// resendWebhook answers POST /v1/admin/webhooks/{id}/resend.
func (s *server) resendWebhook(w http.ResponseWriter, r *http.Request) error {
	n, err := s.hooks.Resend(r.Context(), r.PathValue("id"))
	if err != nil {
		return webhookFault(err)
	}
	s.json(w, http.StatusOK, map[string]any{"resent": n})
	return nil
}

func webhookFault(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return errNoWebhook
	}
	return err
}
