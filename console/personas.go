package console

import (
	"errors"
	"math"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/decide"
	"github.com/aparte-dev/aparte/engine"
	"github.com/aparte-dev/aparte/learn/persona"
)

// personasView is the page of the behavioural types and of how people stand among them.
type personasView struct {
	Types    *persona.Types // nil: nothing was found yet
	Only     bool           // one was found: nothing tells people apart
	Cards    []personaCard
	Numbers  []numberRow
	Matrix   *matrixView
	Currency string
}

// personaCard is one persona.
type personaCard struct {
	ID       aparte.PersonaID
	Name     aparte.Words
	Declared bool
	When     string
	Share    float64 // of people; of one that was found
	Width    float64 // of its bar, in per cent
	Since    time.Time
	Signs    []signRow
	People   string // address of the page of its people
}

// signRow is one thing that sets a persona apart, with its number beside everybody's.
type signRow struct {
	Words           string
	Here, Everybody string
	Unit            string // key of a word
}

// numberRow is how well so many types are found again among other people.
type numberRow struct {
	Number   int
	Strength float64
	Width    float64 // of its bar, in per cent
	Chosen   bool
}

// matrixView is people by persona and something else.
type matrixView struct {
	*engine.Matrix
	By      []choiceOf // what else there is
	Heads   []headCell
	Rows    []matrixRow
	Sums    []cellView
	Total   int64
	Missing int64 // in no cell
}

// choiceOf is one way to choose columns.
type choiceOf struct {
	By   string
	Name string
	Here bool
}

type headCell struct {
	Stage    string // key of a stage's word; empty: a bucket
	From, To float64
}

type matrixRow struct {
	Name  aparte.Words // nil: as Key
	Key   string       // of a word
	All   cellView
	Cells []cellView
}

// cellView is one cell: how many, what each is worth, and how dark it is.
type cellView struct {
	engine.Cell
	Each   float64 // spent so far and still expected, a person, in minor units
	People string  // address of the page of its people
	Shade  int     // 0 to 4: share of its row
}

func (s *console) personas(w http.ResponseWriter, r *http.Request) {
	lang, plan := language(r), s.Engine.Plan()
	if plan == nil {
		s.problem(w, r, http.StatusNotFound, "problem.brand")
		return
	}
	b, fit := plan.Brand(), s.Engine.Fit()
	v := personasView{Currency: b.Currency, Cards: cardsOf(b, fit, lang)}
	if fit != nil && fit.Types != nil {
		v.Types = fit.Types
		v.Only = len(fit.Types.Found) == 1
		v.Numbers = numbersOf(fit.Types)
	}
	choices := columnChoices(b, r.URL.Query().Get("by"), lang)
	by := choices[slices.IndexFunc(choices, func(c choiceOf) bool { return c.Here })].By
	m, err := s.Engine.Matrix(r.Context(), by)
	var bad *engine.BadColumns
	switch {
	case errors.As(err, &bad):
	case err != nil:
		s.Logger.ErrorContext(r.Context(), "console personas", "error", err)
		s.problem(w, r, http.StatusInternalServerError, "problem.read")
		return
	default:
		v.Matrix = matrixOf(m, fit, b)
		v.Matrix.By = choices
	}
	s.show(w, "personas", "frame.html", s.view(r, "personas", v))
}

// columnChoices are stage and likelihood of an order, and the score toward each objective where rules can speak of one.
func columnChoices(b *aparte.Brand, asked, lang string) []choiceOf {
	choices := []choiceOf{{By: "stage", Name: word(lang, "personas.by.stage")}, {By: "order", Name: word(lang, "personas.by.order")}}
	if slices.ContainsFunc(decide.Variables(), func(v decide.Variable) bool { return v.Name == "score" }) {
		for i := range b.Objectives {
			o := &b.Objectives[i]
			choices = append(choices, choiceOf{By: "score:" + string(o.ID), Name: word(lang, "personas.by.score") + " " + o.Name.In(lang, b.Locale)})
		}
	}
	at := max(0, slices.IndexFunc(choices, func(c choiceOf) bool { return c.By == asked }))
	choices[at].Here = true
	return choices
}

func cardsOf(b *aparte.Brand, fit *engine.Fit, lang string) (cards []personaCard) {
	for _, p := range b.Personas {
		if p.When != "" {
			cards = append(cards, personaCard{ID: p.ID, Name: p.Name, Declared: true, When: p.When, People: whoAre(p.When)})
		}
	}
	if fit == nil || fit.Types == nil || len(fit.Types.Found) == 1 {
		return cards
	}
	for i := range fit.Types.Found {
		f := &fit.Types.Found[i]
		card := personaCard{ID: f.ID, Name: fit.PersonaName(b, f.ID), Share: f.Share, Width: 100 * f.Share, Since: f.Since, People: whoAre(`persona == "` + string(f.ID) + `"`)}
		for j := range f.Signs {
			card.Signs = append(card.Signs, signRowOf(&f.Signs[j], b, lang))
		}
		cards = append(cards, card)
	}
	return cards
}

// whoAre is the address of the page of those for whom a condition holds.
func whoAre(where string) string { return "/console/people?" + url.Values{"where": {where}}.Encode() }

func signRowOf(s *persona.Sign, b *aparte.Brand, lang string) signRow {
	row := signRow{Words: tied(lang, s.In(lang, engine.CalledBy(b)))}
	text := func(v float64) string { return shareText(lang, v) }
	switch s.Facet {
	case "basket":
		row.Unit = "personas.unit.basket"
		text = func(v float64) string {
			return moneyText(lang, aparte.Money{Amount: int64(math.Round(v)), Currency: b.Currency})
		}
	case "orders_a_year", "looks_a_month":
		row.Unit = "personas.unit." + s.Facet
		text = func(v float64) string { return numberText(lang, v) }
	case "discounts", "answers", "category", "brand", "hours", "week":
		row.Unit = "personas.unit." + s.Facet
	default:
		row.Unit = "personas.unit.people"
	}
	row.Here, row.Everybody = text(s.Here), text(s.Everybody)
	return row
}

func numbersOf(t *persona.Types) (rows []numberRow) {
	for i, strength := range t.Strengths {
		if i > 0 { // one type is always found again
			rows = append(rows, numberRow{i + 1, strength, 100 * strength, i+1 == len(t.Found)})
		}
	}
	return rows
}

func matrixOf(m *engine.Matrix, fit *engine.Fit, b *aparte.Brand) *matrixView {
	v := &matrixView{Matrix: m}
	for j, c := range m.Columns {
		v.Heads = append(v.Heads, headCell{c.Stage, c.From, c.To})
		v.Sums = append(v.Sums, cellOf(m.By[j], c.When, 0))
		v.Total += m.By[j].People
	}
	for i, group := range m.Rows {
		if group.Persona == "" && m.ByRow[i].People == 0 {
			continue
		}
		row := matrixRow{Name: fit.PersonaName(b, group.Persona), Key: "personas.nobody", All: cellOf(m.ByRow[i], group.When, 0)}
		if group.Persona == aparte.EverybodyPersona {
			row.Name, row.Key = nil, "personas.others"
		}
		for j, c := range m.Cells[i] {
			row.Cells = append(row.Cells, cellOf(c, group.When+" && "+m.Columns[j].When, m.ByRow[i].People))
		}
		v.Rows = append(v.Rows, row)
	}
	v.Missing = m.Looked - v.Total
	return v
}

func cellOf(c engine.Cell, when string, row int64) cellView {
	v := cellView{Cell: c, People: whoAre(when)}
	if c.People > 0 {
		v.Each = (float64(c.Revenue) + c.Ahead) / float64(c.People)
	}
	if row > 0 {
		v.Shade = int(math.Ceil(4 * float64(c.People) / float64(row)))
	}
	return v
}

// typeRow is how much somebody is of a persona.
type typeRow struct {
	Name     aparte.Words
	Declared bool
	Grade    float64
	Width    float64 // of its bar, in per cent
}

// typesOf are the personas somebody is of, those declared first, then the strongest; what is hardly there is left out.
func (s *console) typesOf(p *aparte.Person) (rows []typeRow) {
	const hardly = 0.01
	plan, fit := s.Engine.Plan(), s.Engine.Fit()
	if plan == nil {
		return nil
	}
	for _, g := range engine.Personas(plan, fit, p, s.Now()) {
		if g.Grade >= hardly {
			rows = append(rows, typeRow{fit.PersonaName(plan.Brand(), g.ID), !g.ID.Found(), g.Grade, 100 * g.Grade})
		}
	}
	slices.SortStableFunc(rows, func(a, b typeRow) int {
		switch {
		case a.Declared != b.Declared && a.Declared, a.Declared == b.Declared && a.Grade > b.Grade:
			return -1
		case a.Declared == b.Declared && a.Grade == b.Grade:
			return 0
		}
		return 1
	})
	return rows
}
