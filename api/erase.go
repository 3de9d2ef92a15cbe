package api

import (
	"net/http"
	"strconv"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/access"
	"github.com/aparte-dev/aparte/engine"
)

// The doors by which the house does what people may ask it for: to be erased, to have all that is known, that nothing is predicted of
// them. On their own page they do it themselves (me.go).

// requestAsked is the body of a request that the house carries out. All of it may be left out.
type requestAsked struct {
	Asked   *time.Time `json:"asked"`   // when it reached the house; without it: now
	Purge   bool       `json:"purge"`   // of an erasure: have the store's files forget at once
	Objects *bool      `json:"objects"` // of an objection; without it: true
	Source  string     `json:"source"`  // of an objection: how it was told, such as "letter"
	Wording string     `json:"wording"` // of an objection: what was told
}

// requestDone is the answer.
type requestDone struct {
	Number uint64             `json:"number"` // under which it is written down
	Kind   engine.RequestKind `json:"kind"`
	By     string             `json:"by"`
	Asked  time.Time          `json:"asked"`
	Done   time.Time          `json:"done"`
	Purged *bool              `json:"purged,omitzero"` // of an erasure: the store's files have forgotten; else they will have within 25 hours
}

func requestDoneOf(r *engine.PrivacyRequest) requestDone {
	return requestDone{Number: r.Number, Kind: r.Kind, By: r.By, Asked: r.Asked, Done: r.Done}
}

// doneBy is who carries out what a request asks for: the user who is signed in, or the key it came by.
func doneBy(r *http.Request) string {
	u, _ := access.UserOf(r.Context())
	return u.Name
}

// askedForm reads the body of a request that the house carries out.
func (s *server) askedForm(r *http.Request) (*requestAsked, engine.Asking, error) {
	asking := engine.Asking{By: doneBy(r)}
	var form requestAsked
	if r.ContentLength != 0 {
		release, err := s.bodies.decode(r, maxForm, &form)
		if err != nil {
			return nil, asking, err
		}
		defer release()
	}
	if form.Asked != nil {
		if form.Asked.After(s.now().Add(time.Minute)) {
			return nil, asking, refuse(http.StatusBadRequest, "asked", "must not be in the future")
		}
		asking.Asked = *form.Asked
	}
	if len(form.Source) > maxText || len(form.Wording) > maxText {
		return nil, asking, refuse(http.StatusBadRequest, "wording", "must have at most 256 bytes, as source must")
	}
	return &form, asking, nil
}

// erase answers POST /v1/admin/people/{id}/erase.
func (s *server) erase(w http.ResponseWriter, r *http.Request) error {
	id, err := s.whom(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	form, asking, err := s.askedForm(r)
	if err != nil {
		return err
	}
	done, err := s.engine.EraseAsked(r.Context(), id, asking)
	if err != nil {
		return unknownPerson(err)
	}
	if form.Purge {
		if err := s.engine.Purge(r.Context()); err != nil {
			return err
		}
	}
	answer := requestDoneOf(&done)
	answer.Purged = &form.Purge
	s.json(w, http.StatusOK, answer)
	return nil
}

// object answers POST /v1/admin/people/{id}/objection.
func (s *server) object(w http.ResponseWriter, r *http.Request) error {
	id, err := s.whom(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	form, asking, err := s.askedForm(r)
	if err != nil {
		return err
	}
	if form.Source == "" {
		form.Source = "house"
	}
	done, err := s.engine.Object(r.Context(), id, form.Objects == nil || *form.Objects, form.Source, form.Wording, asking)
	if err != nil {
		return unknownPerson(err)
	}
	s.json(w, http.StatusOK, requestDoneOf(&done))
	return nil
}

// exportPerson answers GET /v1/admin/people/{id}/export.json and .html: what they would take with them from their own page, for who
// asks the house for it.
func (s *server) exportPerson(write func(http.ResponseWriter, *http.Request, *meView) error) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		id, err := s.whom(r.Context(), r.PathValue("id"))
		if err != nil {
			return err
		}
		return unknownPerson(s.takeOut(w, r, id, doneBy(r), s.language(r), write))
	}
}

// awaitedDocument is a request that waits.
type awaitedDocument struct {
	Kind   engine.RequestKind `json:"kind"`
	Person string             `json:"person"`
	Asked  time.Time          `json:"asked"`
	Due    time.Time          `json:"due"`  // a month after it was asked for
	Late   bool               `json:"late"` // that is past
	By     string             `json:"by"`   // who noted it
}

// awaited answers GET /v1/admin/privacy/requests: what people asked for and is not done yet, what is due first first.
func (s *server) awaited(w http.ResponseWriter, r *http.Request) error {
	open, err := s.engine.Awaited(r.Context())
	if err != nil {
		return err
	}
	s.json(w, http.StatusOK, map[string]any{"requests": each(open, func(o engine.OpenRequest) awaitedDocument {
		return awaitedDocument{o.Kind, o.Person.String(), o.Asked, o.Due(), o.Due().Before(s.now()), o.By}
	})})
	return nil
}

// asked answers GET /v1/admin/requests: what people asked for, and what became of it.
func (s *server) asked(w http.ResponseWriter, r *http.Request) error {
	limit, err := limitAsked(r)
	if err != nil {
		return err
	}
	before := uint64(0)
	if text := r.URL.Query().Get("before"); text != "" {
		if before, err = strconv.ParseUint(text, 10, 63); err != nil || before == 0 {
			return refuse(http.StatusBadRequest, "before", "must be the next of the page before")
		}
	}
	var of *aparte.Identifier
	if asked := r.URL.Query().Get("of"); asked != "" {
		_, id, err := parseWhom(asked, s.region)
		if err != nil || id.Value == "" {
			return refuse(http.StatusBadRequest, "of", "must be an identifier such as email:ann@example.com")
		}
		of = &id
	}
	found, err := s.engine.Requests(r.Context(), of, before, limit)
	if err != nil {
		return err
	}
	answer := struct {
		Requests []requestDone `json:"requests"`
		Next     uint64        `json:"next,omitzero"` // goes on as before
	}{Requests: []requestDone{}}
	for i := range found {
		answer.Requests = append(answer.Requests, requestDoneOf(&found[i]))
	}
	if n := len(found); n == limit && found[n-1].Number > 1 {
		answer.Next = found[n-1].Number
	}
	s.json(w, http.StatusOK, answer)
	return nil
}
