package api

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/access"
	"github.com/aparte-dev/aparte/profile"
	"github.com/aparte-dev/aparte/store"
)

// person answers GET /v1/admin/people/{id}.
func (s *server) person(w http.ResponseWriter, r *http.Request) error {
	id, err := s.whom(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	p, err := s.engine.Person(r.Context(), id)
	if err != nil {
		return unknownPerson(err)
	}
	s.json(w, http.StatusOK, personDocumentOf(&p, s.engine.Plan(), s.engine.Fit(), s.now()))
	return nil
}

// whom is the person an id of the admin doors names.
func (s *server) whom(ctx context.Context, id string) (aparte.PersonID, error) {
	person, identifier, err := parseWhom(id, s.region)
	if err != nil || !person.IsZero() {
		return person, err
	}
	if person, err = s.engine.Find(ctx, identifier); err == nil {
		access.About(ctx, person.String())
	}
	return person, unknownPerson(err)
}

// parseWhom reads an id of the admin doors: a person's own ("p_…"), an identifier with its kind
// ("email:ann@example.com"), else a userId. Exactly one of the two answers is set. A userId that looks
// like one of the other forms is reached as "userId:…".
func parseWhom(id, region string) (aparte.PersonID, aparte.Identifier, error) {
	if person, err := aparte.ParsePersonID(id); err == nil && !person.IsZero() {
		return person, aparte.Identifier{}, nil
	}
	kind, value := aparte.KindUserID, id
	if before, after, ok := strings.Cut(id, ":"); ok {
		for _, known := range personFields {
			if string(known) == before {
				kind, value = known, after
			}
		}
	}
	identifier, err := profile.Normalize(kind, value, region)
	if err != nil {
		return aparte.PersonID{}, identifier, &problem{wholeRequest, "id", "is no valid " + string(kind)}
	}
	return aparte.PersonID{}, identifier, nil
}

// unknownPerson puts the store's word for nobody into the door's.
func unknownPerson(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return refuse(http.StatusNotFound, "id", "names nobody")
	}
	return err
}
