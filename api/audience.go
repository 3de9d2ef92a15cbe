package api

import (
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/decide"
	"github.com/aparte-dev/aparte/engine"
	"github.com/aparte-dev/aparte/store"
)

// audiencesDocument is the brand's audiences and how many people they have.
type audiencesDocument struct {
	Complete  bool               `json:"complete"` // everybody was asked since the brand has these audiences: the counts are exact
	At        time.Time          `json:"at,omitzero"`
	Asking    bool               `json:"asking"`
	Done      float64            `json:"done"`
	Days      []string           `json:"days"`
	Audiences []audienceDocument `json:"audiences"`
}

type audienceDocument struct {
	ID      aparte.AudienceID `json:"id"`
	Name    aparte.Words      `json:"name"`
	When    string            `json:"when"`
	People  int64             `json:"people"`
	Course  []int64           `json:"course"` // at the end of each day
	Entered []int64           `json:"entered"`
	Exited  []int64           `json:"exited"`
}

// audiences answers GET /v1/admin/audiences.
func (s *server) audiences(w http.ResponseWriter, r *http.Request) error {
	a, err := s.engine.Audiences(r.Context())
	if err != nil {
		return err
	}
	s.json(w, http.StatusOK, audiencesDocument{
		Complete: a.Complete, At: a.At, Asking: a.Asking, Done: a.Done,
		Days: each(a.Days, func(day time.Time) string { return day.Format(time.DateOnly) }),
		Audiences: each(a.Audiences, func(c engine.AudienceCount) audienceDocument {
			return audienceDocument{c.ID, c.Name, c.When, c.People, c.Course, c.Entered, c.Exited}
		}),
	})
	return nil
}

// Bounds of a page of an audience.
const (
	membersUsual = 100
	membersMost  = 1000
)

// members answers GET /v1/admin/audiences/{id}/people?limit=&after=: who is in an audience, in the order of their ids.
func (s *server) members(w http.ResponseWriter, r *http.Request) error {
	limit, err := s.membersLimit(r)
	if err != nil {
		return err
	}
	var after aparte.PersonID
	if text := r.URL.Query().Get("after"); text != "" {
		if after, err = aparte.ParsePersonID(text); err != nil {
			return &problem{wholeRequest, "after", "must be a p_… that a page before named as next"}
		}
	}
	people, next, err := s.engine.AudiencePeople(r.Context(), aparte.AudienceID(r.PathValue("id")), after, limit)
	if errors.Is(err, store.ErrNotFound) {
		return refuse(http.StatusNotFound, "id", "is no audience of the brand")
	} else if err != nil {
		return err
	}
	now, out := s.now(), struct {
		People []exampleDocument `json:"people"`
		Next   string            `json:"next,omitempty"`
	}{}
	out.People = each(people, func(p aparte.Person) exampleDocument { return exampleDocumentOf(&p, now) })
	if !next.IsZero() {
		out.Next = next.String()
	}
	s.json(w, http.StatusOK, out)
	return nil
}

func (s *server) membersLimit(r *http.Request) (int, error) {
	text := r.URL.Query().Get("limit")
	if text == "" {
		return membersUsual, nil
	}
	limit, err := strconv.Atoi(text)
	if err != nil || limit < 1 || limit > membersMost {
		return 0, &problem{wholeRequest, "limit", "must be a whole number from 1 to " + strconv.Itoa(membersMost)}
	}
	return limit, nil
}

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

func exampleDocumentOf(p *aparte.Person, now time.Time) exampleDocument {
	return exampleDocument{p.ID.String(), p.Lifecycle(now), p.Orders.Count}
}

// audiencesOf are the brand's audiences that somebody is in, in its order.
func audiencesOf(p *aparte.Person, plan *decide.Plan) []aparte.AudienceID {
	if plan == nil {
		return []aparte.AudienceID{}
	}
	return each(plan.AudiencesNamed(p.Audiences), func(a *aparte.Audience) aparte.AudienceID { return a.ID })
}

// reach answers POST /v1/admin/audiences/preview: for whom a condition would hold, ten of them by id.
func (s *server) reach(w http.ResponseWriter, r *http.Request) error {
	var asked struct {
		Where string `json:"where"`
	}
	release, err := s.bodies.decode(r, maxEvent, &asked)
	if err != nil {
		return err
	}
	defer release()
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
		Examples: each(found.Examples, func(p aparte.Person) exampleDocument { return exampleDocumentOf(&p, now) }),
	})
	return nil
}
