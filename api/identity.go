package api

import (
	"errors"
	"net/http"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/engine"
	"github.com/aparte-dev/aparte/store"
)

// identityDocument is how a person came to be one.
type identityDocument struct {
	ID          string               `json:"id"`
	Identifiers []identifierDocument `json:"identifiers"` // that came with no other record
	Records     []recordDocument     `json:"records"`     // that were absorbed, oldest first
	Apart       []apartDocument      `json:"apart"`       // pairs that somebody has said to be two
	Devices     []string             `json:"devicesOf"`   // others who had one of their devices before
}

type recordDocument struct {
	ID          string               `json:"id"`
	MergedAt    time.Time            `json:"mergedAt,omitzero"`
	Into        string               `json:"into"`         // the person or another record
	By          *identifierDocument  `json:"by,omitempty"` // which both had, where it was kept
	Said        bool                 `json:"said"`         // an alias, or a person, said that they are one
	FirstSeen   time.Time            `json:"firstSeen,omitzero"`
	Entries     uint64               `json:"entries"` // in the history of the record itself
	Identifiers []identifierDocument `json:"identifiers"`
}

type apartDocument struct {
	People [2]string `json:"people"`
	Since  time.Time `json:"since"`
}

// whoIsWhoDocument is what identifiers do not tell of who is who.
type whoIsWhoDocument struct {
	Shared []sharedDocument `json:"shared"` // identifiers that join nobody any more, in the order they were found out
	Apart  []apartDocument  `json:"apart"`
}

type sharedDocument struct {
	Key     engine.SharedKey      `json:"key"`
	Kind    aparte.IdentifierKind `json:"kind"`
	Person  string                `json:"person,omitempty"` // whom it had made one of many
	Since   time.Time             `json:"since"`
	Because engine.SharedReason   `json:"because"`
}

func apartDocumentOf(p engine.Apart) apartDocument {
	return apartDocument{[2]string{p.A.String(), p.B.String()}, p.Since}
}

func identifierDocumentOf(id aparte.Identifier) identifierDocument {
	return identifierDocument{id.Kind, id.Value}
}

// identity answers GET /v1/admin/people/{id}/identity.
func (s *server) identity(w http.ResponseWriter, r *http.Request) error {
	id, err := s.whom(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	return s.answerIdentity(w, r, id)
}

func (s *server) answerIdentity(w http.ResponseWriter, r *http.Request, id aparte.PersonID) error {
	who, err := s.engine.Identity(r.Context(), id)
	if err != nil {
		return unknownPerson(err)
	}
	s.json(w, http.StatusOK, identityDocument{
		ID:          who.Person.String(),
		Identifiers: each(who.Names, identifierDocumentOf),
		Records: each(who.Records, func(x engine.Record) recordDocument {
			doc := recordDocument{
				ID: x.ID.String(), MergedAt: x.At, Said: x.Forced, FirstSeen: x.FirstSeen, Entries: x.Entries,
				Identifiers: each(x.Names, identifierDocumentOf),
			}
			if !x.Into.IsZero() {
				doc.Into = x.Into.String()
			}
			if x.By.Value != "" {
				by := identifierDocumentOf(x.By)
				doc.By = &by
			}
			return doc
		}),
		Apart:   each(who.Apart, apartDocumentOf),
		Devices: each(who.Devices, aparte.PersonID.String),
	})
	return nil
}

// pair is whom the address and whom the body {"person": id} of a request names.
func (s *server) pair(r *http.Request) (id, who aparte.PersonID, err error) {
	if id, err = s.whom(r.Context(), r.PathValue("id")); err != nil {
		return id, who, err
	}
	var asked struct {
		Person string `json:"person"`
	}
	release, err := s.bodies.decode(r, maxEvent, &asked)
	if err != nil {
		return id, who, err
	}
	defer release()
	who, err = aparte.ParsePersonID(asked.Person)
	if err != nil || who.IsZero() {
		return id, who, refuse(http.StatusBadRequest, "person", "is no id of a person: p_ and 32 hexadecimal digits")
	}
	return id, who, nil
}

// unmerge answers POST /v1/admin/people/{id}/unmerge: takes a record out of the person it was merged into.
func (s *server) unmerge(w http.ResponseWriter, r *http.Request) error {
	id, who, err := s.pair(r)
	if err != nil {
		return err
	}
	var long *engine.TooLong
	switch err := s.engine.Unmerge(r.Context(), id, who); {
	case errors.Is(err, engine.ErrNotMerged):
		return refuse(http.StatusConflict, "person", err.Error()+": see the records of /identity")
	case errors.As(err, &long):
		return refuse(http.StatusConflict, "id", long.Error())
	case err != nil:
		return unknownPerson(err)
	}
	return s.answerIdentity(w, r, id)
}

// merge answers POST /v1/admin/people/{id}/merge: makes one person of two, whatever was said before.
func (s *server) merge(w http.ResponseWriter, r *http.Request) error {
	id, who, err := s.pair(r)
	if err != nil {
		return err
	}
	switch err := s.engine.Merge(r.Context(), id, who); {
	case errors.Is(err, engine.ErrTooMany):
		return refuse(http.StatusConflict, "person", err.Error())
	case err != nil:
		return unknownPerson(err)
	}
	return s.answerIdentity(w, r, id)
}

// whoIsWho answers GET /v1/admin/identity.
func (s *server) whoIsWho(w http.ResponseWriter, _ *http.Request) error {
	s.answerWhoIsWho(w)
	return nil
}

func (s *server) answerWhoIsWho(w http.ResponseWriter) {
	s.json(w, http.StatusOK, whoIsWhoDocument{
		Shared: each(s.engine.Shared(), func(x engine.Shared) sharedDocument {
			doc := sharedDocument{Key: x.Key, Kind: x.Kind, Since: x.Since, Because: x.Because}
			if !x.Person.IsZero() {
				doc.Person = x.Person.String()
			}
			return doc
		}),
		Apart: each(s.engine.Apart(), apartDocumentOf),
	})
}

// release answers DELETE /v1/admin/identity/shared/{key}: the identifier joins people again.
func (s *server) release(w http.ResponseWriter, r *http.Request) error {
	switch err := s.engine.Release(r.Context(), engine.SharedKey(r.PathValue("key"))); {
	case errors.Is(err, store.ErrNotFound):
		return refuse(http.StatusNotFound, "key", "is of no identifier that is set aside: see /v1/admin/identity")
	case err != nil:
		return err
	}
	s.answerWhoIsWho(w)
	return nil
}
