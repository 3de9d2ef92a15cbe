package api

import (
	"net/http"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/engine"
)

// lookalikeDocument is a look-alike of the brand, and what was learned of it.
type lookalikeDocument struct {
	aparte.Lookalike
	At        time.Time       `json:"at,omitzero"`   // when it was learned; missing: it was not tried yet
	Lack      string          `json:"lack,omitzero"` // why nothing was learned
	Seeds     int             `json:"seeds"`         // then, as the following
	Others    int             `json:"others"`
	Objecting int             `json:"objecting"`
	AUC       Figure          `json:"auc"`
	Sizes     []LookalikeSize `json:"sizes"`
}

// lookalikes answers GET /v1/admin/lookalikes.
func (s *server) lookalikes(w http.ResponseWriter, _ *http.Request) error {
	plan := s.engine.Plan()
	if plan == nil {
		return engine.ErrNoBrand
	}
	fit := s.engine.Fit()
	s.json(w, http.StatusOK, map[string]any{"lookalikes": each(plan.Brand().Lookalikes, func(x aparte.Lookalike) lookalikeDocument {
		d := lookalikeDocument{Lookalike: x, Sizes: []LookalikeSize{}}
		if l := fit.Liked(x.ID); l != nil && l.Seed == x.Seed && l.Value == x.Value {
			d.At, d.Lack, d.Seeds, d.Others, d.Objecting, d.AUC = l.At, l.Lack, l.Seeds, l.Others, l.Objecting, Figure(l.AUC)
			d.Sizes = each(l.Sizes, sizeOf)
		}
		return d
	})})
	return nil
}

// likened answers PUT /v1/admin/lookalikes/{id}: a version of the brand with an audience of those who resemble the people for whom a condition
// holds, in place of the look-alike and the audience of that id.
func (s *server) likened(w http.ResponseWriter, r *http.Request) error {
	var asked struct {
		Name  aparte.Words `json:"name"`
		Seed  string       `json:"seed"`
		Value string       `json:"value"`
		Size  float64      `json:"size"`
	}
	release, err := s.bodies.decode(r, maxEvent, &asked)
	if err != nil {
		return err
	}
	defer release()
	if !(asked.Size >= aparte.LeastExpansion && asked.Size <= aparte.MostExpansion) {
		return refuse(http.StatusBadRequest, "/size", "must be from 0.01 to 0.2")
	}
	plan := s.engine.Plan()
	if plan == nil {
		return engine.ErrNoBrand
	}
	l := aparte.Lookalike{ID: aparte.LookalikeID(r.PathValue("id")), Name: asked.Name, Seed: asked.Seed, Value: asked.Value}
	version, err := s.engine.Publish(r.Context(), plan.Brand().Liken(l, asked.Size))
	if err != nil {
		if faults := faultsIn(err); len(faults) > 0 {
			return s.faulty(w, faults)
		}
		return err
	}
	s.json(w, http.StatusOK, map[string]any{"success": true, "version": version, "lookalike": l, "audience": l.Audience(asked.Size)})
	return nil
}
