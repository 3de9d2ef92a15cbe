package api

import (
	"errors"
	"net/http"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/store"
)

// placesAtOnce is how many places one request may put, or remove.
const placesAtOnce = 10_000

// places answers GET /v1/admin/places?limit=&after=: the brand's places, by id.
func (s *server) places(w http.ResponseWriter, r *http.Request) error {
	limit, err := limitAsked(r)
	if err != nil {
		return err
	}
	var answer struct {
		Places []aparte.Place `json:"places"`
		All    int            `json:"all"`
		Next   aparte.PlaceID `json:"next,omitempty"`
	}
	answer.Places, answer.All = s.engine.Places(aparte.PlaceID(r.URL.Query().Get("after")), limit+1)
	if len(answer.Places) > limit {
		answer.Places = answer.Places[:limit]
		answer.Next = answer.Places[limit-1].ID
	}
	if answer.Places == nil {
		answer.Places = []aparte.Place{}
	}
	s.json(w, http.StatusOK, answer)
	return nil
}

// putPlaces answers POST /v1/admin/places: places are put in the stead of those of the same ids, and others go.
func (s *server) putPlaces(w http.ResponseWriter, r *http.Request) error {
	var change struct {
		Put    []aparte.Place   `json:"put"`
		Remove []aparte.PlaceID `json:"remove"`
	}
	release, err := s.bodies.decode(r, maxPlaces, &change)
	if err != nil {
		return err
	}
	defer release()
	if len(change.Put) > placesAtOnce || len(change.Remove) > placesAtOnce {
		return refuse(http.StatusBadRequest, "/put", "more than 10000 places at once")
	}
	if err := s.engine.PutPlaces(r.Context(), change.Put, change.Remove); err != nil {
		faults := faultsIn(err)
		for i := range faults {
			faults[i].Pointer = "/put" + faults[i].Pointer
		}
		if len(faults) > 0 {
			return s.faulty(w, faults)
		}
		return err
	}
	return s.placesLeft(w)
}

func (s *server) placesLeft(w http.ResponseWriter) error {
	_, all := s.engine.Places("", 0)
	s.json(w, http.StatusOK, map[string]any{"success": true, "all": all})
	return nil
}

// place answers GET /v1/admin/places/{id}.
func (s *server) place(w http.ResponseWriter, r *http.Request) error {
	p, err := s.placeAsked(r)
	if err != nil {
		return err
	}
	s.json(w, http.StatusOK, p)
	return nil
}

// dropPlace answers DELETE /v1/admin/places/{id}.
func (s *server) dropPlace(w http.ResponseWriter, r *http.Request) error {
	p, err := s.placeAsked(r)
	if err != nil {
		return err
	}
	if err := s.engine.PutPlaces(r.Context(), nil, []aparte.PlaceID{p.ID}); err != nil {
		return err
	}
	return s.placesLeft(w)
}

func (s *server) placeAsked(r *http.Request) (aparte.Place, error) {
	p, err := s.engine.Place(aparte.PlaceID(r.PathValue("id")))
	if errors.Is(err, store.ErrNotFound) {
		return p, refuse(http.StatusNotFound, "id", "is no place of the brand")
	}
	return p, err
}
