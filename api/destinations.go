package api

import (
	"errors"
	"net/http"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/grant"
	"github.com/aparte-dev/aparte/store"
)

// The doors of where personal data may go.

// destination is a grant, and whether it holds.
type destination struct {
	grant.Grant
	InForce bool `json:"inForce"`
}

// destinations answers GET /v1/admin/destinations.
func (s *server) destinations(w http.ResponseWriter, _ *http.Request) error {
	var all []grant.Grant
	if s.grants != nil {
		all = s.grants.All()
	}
	s.json(w, http.StatusOK, map[string]any{"destinations": each(all, func(g grant.Grant) destination { return destination{g, g.InForce(s.now())} })})
	return nil
}

// grantAsked is the body of a grant. Host and fields of what is set up elsewhere are those that are in place.
type grantAsked struct {
	Host     string           `json:"host"`
	Purposes []aparte.Purpose `json:"purposes"`
	Channel  aparte.Channel   `json:"channel"`
	Fields   []grant.Field    `json:"fields"`
	Until    time.Time        `json:"until"`
}

var errNoDestination = refuse(http.StatusNotFound, "id", "is no destination; those of channels, webhooks and advertising platforms come with what is set up, those of files are named file:NAME")

// grant answers PUT /v1/admin/destinations/{id}: personal data may go there, from now on, in place of what was granted before.
func (s *server) grant(w http.ResponseWriter, r *http.Request) error {
	var asked grantAsked
	release, err := s.bodies.decode(r, maxWebhook, &asked)
	if err != nil {
		return err
	}
	defer release()
	if s.grants == nil {
		return errNoDestination
	}
	given, err := s.grants.Grant(r.Context(), grant.Grant{
		ID: r.PathValue("id"), Host: asked.Host, Purposes: asked.Purposes, Channel: asked.Channel, Fields: asked.Fields, Until: asked.Until,
	})
	var flaw *grant.Flaw
	switch {
	case errors.As(err, &flaw):
		return refuse(http.StatusBadRequest, flaw.Pointer, flaw.Reason)
	case errors.Is(err, store.ErrNotFound):
		return errNoDestination
	case err != nil:
		return err
	}
	s.json(w, http.StatusOK, destination{given, true})
	return nil
}

// revoke answers DELETE /v1/admin/destinations/{id}: nothing goes there any more. What was granted stays written down.
func (s *server) revoke(w http.ResponseWriter, r *http.Request) error {
	if s.grants == nil {
		return errNoDestination
	}
	if err := s.grants.Revoke(r.Context(), r.PathValue("id")); errors.Is(err, store.ErrNotFound) {
		return errNoDestination
	} else if err != nil {
		return err
	}
	return s.destinations(w, r)
}
