package api

import (
	"errors"
	"net/http"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/engine"
)

// Bounds of one request about costs.
const (
	maxCosts    = 4 << 20
	costsAtOnce = 10_000
)

// putCosts answers POST /v1/admin/costs: what advertising elsewhere has cost, each in the place of what was said before of its day,
// channel and campaign.
func (s *server) putCosts(w http.ResponseWriter, r *http.Request) error {
	var asked struct {
		Put []aparte.MediaCost `json:"put"`
	}
	release, err := s.bodies.decode(r, maxCosts, &asked)
	if err != nil {
		return err
	}
	defer release()
	if len(asked.Put) > costsAtOnce {
		return refuse(http.StatusBadRequest, "/put", "more than 10000 costs at once")
	}
	if err := s.engine.PutCosts(r.Context(), asked.Put); err != nil {
		faults := faultsIn(err)
		for i := range faults {
			faults[i].Pointer = "/put" + faults[i].Pointer
		}
		switch {
		case len(faults) > 0:
			return s.faulty(w, faults)
		case errors.Is(err, engine.ErrManyCosts):
			return s.faulty(w, []fault{{"/put", err.Error()}})
		}
		return err
	}
	s.json(w, http.StatusOK, map[string]any{"put": len(asked.Put)})
	return nil
}

// costs answers GET /v1/admin/costs?from=&until=: those of days, by day, channel and campaign.
func (s *server) costs(w http.ResponseWriter, r *http.Request) error {
	days := [2]string{r.URL.Query().Get("from"), r.URL.Query().Get("until")}
	for i, name := range []string{"from", "until"} {
		if _, err := time.Parse(time.DateOnly, days[i]); days[i] != "" && err != nil {
			return &problem{wholeRequest, name, "must be a day such as 2026-11-27"}
		}
	}
	all, err := s.engine.Costs(r.Context(), days[0], days[1])
	if err != nil {
		return err
	}
	s.json(w, http.StatusOK, map[string]any{"costs": each(all, func(c aparte.MediaCost) aparte.MediaCost { return c })})
	return nil
}
