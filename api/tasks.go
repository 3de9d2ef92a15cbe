package api

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/engine"
)

// Tasks is the part of the engine that keeps what people of the brand are asked to do.
type Tasks interface {
	Tasks(ctx context.Context, aDay int, locale string) ([]engine.Task, error)
	CloseTask(ctx context.Context, id aparte.DecisionID, done bool) error
}

// How many tasks a day are told of where it is not said, and at most.
const (
	usualTasks = 20
	mostTasks  = 200
)

// taskDocument is something to do, and why.
type taskDocument struct {
	ID       aparte.DecisionID `json:"id"`
	At       time.Time         `json:"at"`
	Content  aparte.ContentID  `json:"content"`
	Worth    float64           `json:"worth"` // in minor units, beyond its cost
	Elements map[string]string `json:"elements"`
	Why      []string          `json:"why"`
	Story    []string          `json:"story"`
	Said     []string          `json:"said"`
}

func taskDocumentOf(t *engine.Task) taskDocument {
	return taskDocument{
		ID: t.Decision.ID, At: t.Decision.At, Content: t.Decision.Action.Content, Worth: t.Worth, Elements: t.Elements,
		Why: notNil(t.Why), Story: notNil(t.Story), Said: notNil(t.Said),
	}
}

func notNil(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

// tasks answers GET /v1/admin/tasks: whom to speak to today, the best first.
func (s *server) tasks(w http.ResponseWriter, r *http.Request) error {
	aDay := usualTasks
	if text := r.URL.Query().Get("aDay"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > mostTasks {
			return refuse(http.StatusBadRequest, "aDay", "must be a number from 1 to "+strconv.Itoa(mostTasks))
		}
		aDay = n
	}
	found, err := s.engine.Tasks(r.Context(), aDay, r.URL.Query().Get("lang"))
	if err != nil {
		return err
	}
	type one struct {
		taskDocument
		Person exportedPerson `json:"person"`
	}
	all := make([]one, 0, len(found))
	e := Exported{Identifiers: true, Now: s.now().UTC()}
	for i := range found {
		all = append(all, one{taskDocumentOf(&found[i]), exportedPersonOf(&found[i].Person, s.engine.Plan(), s.engine.Fit(), &e)})
	}
	s.json(w, http.StatusOK, map[string]any{"tasks": all})
	return nil
}

// closeTask answers POST /v1/admin/tasks/{id}: it was done, or declined.
func (s *server) closeTask(w http.ResponseWriter, r *http.Request) error {
	id, err := aparte.ParseDecisionID(r.PathValue("id"))
	if err != nil {
		return refuse(http.StatusNotFound, "id", "is no task that is open")
	}
	body, held, err := s.bodies.read(r, maxHeard)
	if err != nil {
		return err
	}
	defer s.bodies.release(held)
	var doc struct {
		Outcome string `json:"outcome"`
	}
	if err := json.Unmarshal(body, &doc); err != nil {
		wrong := unmarshalFault(body, err)
		return refuse(http.StatusBadRequest, wrong.Pointer, wrong.Message)
	}
	if doc.Outcome != "done" && doc.Outcome != "declined" {
		return refuse(http.StatusBadRequest, "/outcome", "is required: done or declined")
	}
	err = s.engine.CloseTask(r.Context(), id, doc.Outcome == "done")
	if errors.Is(err, engine.ErrTask) {
		return refuse(http.StatusNotFound, "id", "is no task that is open")
	}
	return s.noted(w, err)
}
