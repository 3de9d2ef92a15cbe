package api

import (
	"errors"
	"net/http"

	"github.com/go-json-experiment/json"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/engine"
)

// reachDocument is for how many people a condition holds.
type reachDocument struct {
	People   int64             `json:"people"`
	Low      int64             `json:"low"` // of a 95 % interval, where people were not counted but estimated
	High     int64             `json:"high"`
	Of       int64             `json:"of"`
	Looked   int64             `json:"looked"` // at so many
	Counted  bool              `json:"counted"`
	Failed   int64             `json:"failed"` // of those looked at: the condition had no answer
	Examples []exampleDocument `json:"examples"`
}

type exampleDocument struct {
	ID        string `json:"id"`
	Lifecycle string `json:"lifecycle"`
	Orders    int64  `json:"orders"`
}

// reach answers POST /v1/admin/audiences/preview: for whom a condition would hold, ten of them by id.
func (s *server) reach(w http.ResponseWriter, r *http.Request) error {
	body, held, err := s.bodies.read(r, maxEvent)
	if err != nil {
		return err
	}
	defer s.bodies.release(held)
	var asked struct {
		Where string `json:"where"`
	}
	if err := json.Unmarshal(body, &asked, json.RejectUnknownMembers(true)); err != nil {
		wrong := unmarshalFault(body, err)
		return refuse(http.StatusBadRequest, wrong.Pointer, wrong.Message)
	}
	found, err := s.engine.Reach(r.Context(), asked.Where, 0)
	var bad *engine.BadCondition
	switch {
	case errors.As(err, &bad):
		return refuse(http.StatusBadRequest, "where", bad.Error())
	case err != nil:
		return err
	}
	now := s.now()
	s.json(w, http.StatusOK, reachDocument{
		People: found.People, Low: found.Low, High: found.High, Of: found.Of, Looked: found.Looked, Counted: found.Counted, Failed: found.Failed,
		Examples: each(found.Examples, func(p aparte.Person) exampleDocument {
			return exampleDocument{p.ID.String(), p.Lifecycle(now), p.Orders.Count}
		}),
	})
	return nil
}
