package api

import (
	"cmp"
	"errors"
	"net/http"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/decide"
	"github.com/aparte-dev/aparte/engine"
	"github.com/aparte-dev/aparte/learn/persona"
)

// personasDocument is the behavioural types there are: those the brand declares, in their order, then those found, the largest first.
type personasDocument struct {
	Fit       uint64            `json:"fit"` // that found them; 0: none yet
	At        time.Time         `json:"at,omitzero"`
	Seen      int               `json:"seen"`      // people they stand for
	Looked    int               `json:"looked"`    // people drawn from those
	Strengths []float64         `json:"strengths"` // how well 1, 2, … types are found again among other people
	Personas  []personaDocument `json:"personas"`
	Retired   []persona.Retired `json:"retired"`
}

type personaDocument struct {
	ID       aparte.PersonaID `json:"id"`
	Name     aparte.Words     `json:"name"`
	Declared bool             `json:"declared"`
	When     string           `json:"when,omitempty"`  // of one that is declared
	Since    time.Time        `json:"since,omitzero"`  // of one that was found
	Share    float64          `json:"share,omitempty"` // of people, likewise
	Alike    float64          `json:"alike,omitempty"` // to what it was in the fit before, likewise
	Signs    []signDocument   `json:"signs,omitempty"`
}

// signDocument is one thing that sets a persona apart, the most telling first.
type signDocument struct {
	persona.Sign
	Words aparte.Words `json:"words"`
}

// personas answers GET /v1/admin/personas.
func (s *server) personas(w http.ResponseWriter, r *http.Request) error {
	plan := s.engine.Plan()
	if plan == nil {
		return engine.ErrNoBrand
	}
	s.json(w, http.StatusOK, personasDocumentOf(plan.Brand(), s.engine.Fit()))
	return nil
}

func personasDocumentOf(b *aparte.Brand, f *engine.Fit) personasDocument {
	doc := personasDocument{Strengths: []float64{}, Personas: []personaDocument{}, Retired: []persona.Retired{}}
	for _, p := range b.Personas {
		if p.When != "" {
			doc.Personas = append(doc.Personas, personaDocument{ID: p.ID, Name: p.Name, Declared: true, When: p.When})
		}
	}
	if f == nil || f.Types == nil {
		return doc
	}
	t := f.Types
	doc.Fit, doc.At, doc.Seen, doc.Looked, doc.Strengths = f.Version, t.At, t.Seen, t.Looked, t.Strengths
	doc.Retired = append(doc.Retired, t.Retired...)
	for i := range t.Found {
		found := &t.Found[i]
		doc.Personas = append(doc.Personas, personaDocument{
			ID: found.ID, Name: f.PersonaName(b, found.ID), Since: found.Since, Share: found.Share, Alike: found.Alike,
			Signs: each(found.Signs, func(sign persona.Sign) signDocument {
				called := engine.CalledBy(b)
				return signDocument{sign, aparte.Words{"en": sign.In("en", called), "fr": sign.In("fr", called)}}
			}),
		})
	}
	return doc
}

// gradeDocument is how much somebody is of a persona, in [0, 1].
type gradeDocument struct {
	ID    aparte.PersonaID `json:"id"`
	Name  aparte.Words     `json:"name,omitempty"`
	Grade float64          `json:"grade"`
}

// gradesOf are the personas somebody is of: those declared that hold, then those found.
func gradesOf(p *aparte.Person, plan *decide.Plan, fit *engine.Fit, now time.Time) []gradeDocument {
	grades := []gradeDocument{}
	if plan == nil {
		return grades
	}
	for _, g := range engine.Personas(plan, fit, p, now) {
		grades = append(grades, gradeDocument{g.ID, fit.PersonaName(plan.Brand(), g.ID), g.Grade})
	}
	return grades
}

// matrixDocument is people by persona and by something else.
type matrixDocument struct {
	By      string              `json:"by"`
	At      time.Time           `json:"at,omitzero"` // when they were counted
	Fit     uint64              `json:"fit"`
	Looked  int64               `json:"looked"`
	Of      int64               `json:"of"`      // as many: all were looked at
	Counted bool                `json:"counted"` // they were, once At is told
	Columns []columnDocument    `json:"columns"`
	Rows    []matrixRowDocument `json:"rows"`
}

type columnDocument struct {
	Stage string       `json:"stage,omitempty"`
	From  float64      `json:"from"`
	To    float64      `json:"to"`
	When  string       `json:"when"` // the condition of its people
	All   cellDocument `json:"all"`
}

type matrixRowDocument struct {
	Persona aparte.PersonaID `json:"persona"` // empty: of none
	Name    aparte.Words     `json:"name,omitempty"`
	When    string           `json:"when"`
	All     cellDocument     `json:"all"`
	Cells   []cellDocument   `json:"cells"`
}

type cellDocument struct {
	People  int64   `json:"people"`
	Revenue int64   `json:"revenue"` // of all of them so far, in minor units
	Ahead   float64 `json:"ahead"`   // what they are still expected to spend, likewise
}

// matrix answers GET /v1/admin/personas/matrix?by=stage|order|score:OBJECTIVE.
func (s *server) matrix(w http.ResponseWriter, r *http.Request) error {
	m, err := s.engine.Matrix(r.Context(), cmp.Or(r.URL.Query().Get("by"), "stage"))
	var bad *engine.BadColumns
	switch {
	case errors.As(err, &bad):
		return refuse(http.StatusBadRequest, "by", bad.Error())
	case err != nil:
		return err
	}
	doc := matrixDocument{By: m.ColumnsBy, At: m.At, Fit: m.Fit, Looked: m.Looked, Of: m.Looked, Counted: !m.At.IsZero()}
	for j, c := range m.Columns {
		doc.Columns = append(doc.Columns, columnDocument{c.Stage, c.From, c.To, c.When, cellDocument(m.By[j])})
	}
	for i, row := range m.Rows {
		doc.Rows = append(doc.Rows, matrixRowDocument{
			Persona: row.Persona, Name: s.engine.Fit().PersonaName(s.engine.Plan().Brand(), row.Persona), When: row.When, All: cellDocument(m.ByRow[i]),
			Cells: each(m.Cells[i], func(c engine.Cell) cellDocument { return cellDocument(c) }),
		})
	}
	s.json(w, http.StatusOK, doc)
	return nil
}
