package console

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/engine"
	"github.com/aparte-dev/aparte/store"
)

// identityView is what the page of a person's identity shows: the picture, and the same in words.
type identityView struct {
	Name    string
	ID      aparte.PersonID
	Graph   graphView
	Names   []aparte.Identifier
	Records []recordRow
	Apart   []apartRow
	Done    string // what was just done, or why not: a word's key
	Wrong   bool
}

// recordRow is a record that was absorbed.
type recordRow struct {
	engine.Record
	Told    int64  // entries of its own history
	Short   string // the end of its id
	Inner   bool   // it was part of another record, which has to be taken out first
	Whose   string // that record's Short
	Known   bool   // when and why is still in the history
	ByShown string
}

type apartRow struct {
	Who   aparte.PersonID
	Short string
	Since time.Time
}

// graphView is the picture: identifiers on the left, the records they came with, and the person.
type graphView struct {
	Width, Height int
	Names         []graphName
	Records       []graphRecord
	Edges         []graphEdge
	Person        graphPoint
}

type graphPoint struct{ X, Y int }

type graphName struct {
	graphPoint
	Kind, Value string
	By          bool // it is one by which a record came
}

type graphRecord struct {
	graphPoint
	Short string
}

type graphEdge struct {
	Path string
	By   bool
}

// The picture's measures, in its own units.
const (
	graphWidth  = 760
	nameWidth   = 300
	nameHeight  = 26
	nameStep    = 34
	groupGap    = 14
	recordX     = 520
	recordInset = 70 // of a record that came with another
	personX     = 690
	mostNames   = 6 // of one record; the others are in the list
	mostValue   = 34
)

func (s *console) identity(w http.ResponseWriter, r *http.Request) {
	id, err := aparte.ParsePersonID(r.PathValue("id"))
	if err != nil {
		s.problem(w, r, http.StatusNotFound, "problem.person")
		return
	}
	who, err := s.Engine.Identity(r.Context(), id)
	if errors.Is(err, store.ErrNotFound) {
		s.problem(w, r, http.StatusNotFound, "problem.person")
		return
	} else if err != nil {
		s.Logger.ErrorContext(r.Context(), "console identity", "error", err)
		s.problem(w, r, http.StatusInternalServerError, "problem.read")
		return
	}
	p, err := s.Engine.Person(r.Context(), who.Person)
	if err != nil {
		s.Logger.ErrorContext(r.Context(), "console identity", "error", err)
		s.problem(w, r, http.StatusInternalServerError, "problem.read")
		return
	}
	lang := language(r)
	v := identityView{Name: personName(&p, lang), ID: who.Person, Graph: graphOf(&who, lang), Names: who.Names}
	for i := range who.Records {
		v.Records = append(v.Records, recordRowOf(&who, i, lang))
	}
	for _, pair := range who.Apart {
		other := pair.B
		if other == who.Person || inRecords(who.Records, other) {
			other = pair.A
		}
		v.Apart = append(v.Apart, apartRow{other, shortID(other), pair.Since})
	}
	if done := r.URL.Query().Get("done"); done != "" {
		if _, known := identityDone[done]; known {
			v.Done, v.Wrong = "identity.done."+done, identityDone[done]
		}
	}
	page := s.view(r, "people", v)
	page.Title = v.Name
	s.show(w, "identity", "frame.html", page)
}

// identityDone are the ends of what can be done on the page, and which of them are failures.
var identityDone = map[string]bool{"unmerged": false, "merged": false, "same": true, "long": true, "many": true, "busy": true, "nobody": true, "failed": true}

func recordRowOf(who *engine.Identity, i int, lang string) recordRow {
	r := who.Records[i]
	row := recordRow{Record: r, Told: int64(r.Entries), Short: shortID(r.ID), Known: !r.At.IsZero(), Inner: r.Into != who.Person}
	if row.Inner && !r.Into.IsZero() {
		row.Whose = shortID(r.Into)
	}
	if r.By.Value != "" {
		row.ByShown = named(lang, "identifier", string(r.By.Kind)) + " " + r.By.Value
	}
	return row
}

func inRecords(records []engine.Record, id aparte.PersonID) bool {
	for i := range records {
		if records[i].ID == id {
			return true
		}
	}
	return false
}

func shortID(id aparte.PersonID) string {
	text := id.String()
	return "…" + text[len(text)-6:]
}

// graphOf lays a person's identity out: groups of identifiers below one another, each beside the record it came with.
func graphOf(who *engine.Identity, lang string) graphView {
	g := graphView{Width: graphWidth}
	by := map[aparte.Identifier]bool{}
	for i := range who.Records {
		by[who.Records[i].By] = true
	}
	y := groupGap
	// group puts identifiers down and returns the height of their middle.
	group := func(names []aparte.Identifier) (middle int, placed []graphName) {
		top := y
		for _, id := range names[:min(len(names), mostNames)] {
			n := graphName{graphPoint{0, y}, named(lang, "identifier", string(id.Kind)), shortened(id.Value), by[id]}
			placed, y = append(placed, n), y+nameStep
		}
		if len(placed) == 0 {
			y += nameStep
		}
		middle, y = (top+y-nameStep+nameHeight)/2, y+groupGap
		return middle, placed
	}
	type stand struct {
		at   graphPoint
		into aparte.PersonID
	}
	stands := map[aparte.PersonID]stand{}
	own, ownNames := group(who.Names)
	g.Names = append(g.Names, ownNames...)
	for i := range who.Records {
		r := &who.Records[i]
		middle, names := group(r.Names)
		at := graphPoint{recordX, middle}
		if r.Into != who.Person {
			at.X -= recordInset
		}
		g.Names = append(g.Names, names...)
		g.Records = append(g.Records, graphRecord{at, shortID(r.ID)})
		stands[r.ID] = stand{at, r.Into}
		for _, n := range names {
			g.Edges = append(g.Edges, edge(graphPoint{nameWidth, n.Y + nameHeight/2}, at, n.By))
		}
	}
	g.Height = y
	g.Person = graphPoint{personX, max(own, y/2)}
	for _, n := range ownNames {
		g.Edges = append(g.Edges, edge(graphPoint{nameWidth, n.Y + nameHeight/2}, g.Person, n.By))
	}
	for i := range who.Records {
		from := stands[who.Records[i].ID]
		to := g.Person
		if other, inner := stands[from.into]; inner {
			to = other.at
		}
		g.Edges = append(g.Edges, edge(from.at, to, false))
	}
	return g
}

func edge(from, to graphPoint, by bool) graphEdge {
	middle := (from.X + to.X) / 2
	return graphEdge{fmt.Sprintf("M%d %dC%d %d %d %d %d %d", from.X, from.Y, middle, from.Y, middle, to.Y, to.X, to.Y), by}
}

// shortened is a text that fits into the picture; the list has the whole.
func shortened(text string) string {
	runes := []rune(text)
	if len(runes) <= mostValue {
		return text
	}
	return string(runes[:mostValue/2]) + "…" + string(runes[len(runes)-mostValue/2+1:])
}

// unmerge takes a record out, and comes back to the page.
func (s *console) unmerge(w http.ResponseWriter, r *http.Request) {
	s.reidentify(w, r, func(id, who aparte.PersonID) (string, error) {
		return "unmerged", s.Engine.Unmerge(r.Context(), id, who)
	})
}

// merge makes one person of two, and comes back to the page.
func (s *console) merge(w http.ResponseWriter, r *http.Request) {
	s.reidentify(w, r, func(id, who aparte.PersonID) (string, error) {
		return "merged", s.Engine.Merge(r.Context(), id, who)
	})
}

func (s *console) reidentify(w http.ResponseWriter, r *http.Request, act func(id, who aparte.PersonID) (string, error)) {
	id, err := aparte.ParsePersonID(r.PathValue("id"))
	if err != nil {
		s.problem(w, r, http.StatusNotFound, "problem.person")
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, 4<<10)
	done := "nobody"
	if who, err := aparte.ParsePersonID(r.PostFormValue("who")); err == nil && !who.IsZero() {
		done, err = act(id, who)
		var long *engine.TooLong
		switch {
		case err == nil:
		case errors.Is(err, engine.ErrNotMerged):
			done = "same"
		case errors.Is(err, engine.ErrTooMany):
			done = "many"
		case errors.As(err, &long):
			done = "long"
		case errors.Is(err, engine.ErrBusy):
			done = "busy"
		case errors.Is(err, store.ErrNotFound):
			done = "nobody"
		default:
			s.Logger.ErrorContext(r.Context(), "console identity", "error", err)
			done = "failed"
		}
	}
	http.Redirect(w, r, "/console/people/"+id.String()+"/identity?done="+done, http.StatusSeeOther)
}

// release has an identifier join people again.
func (s *console) release(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 4<<10)
	if err := s.Engine.Release(r.Context(), engine.SharedKey(r.PostFormValue("key"))); err != nil && !errors.Is(err, store.ErrNotFound) {
		s.Logger.ErrorContext(r.Context(), "console release", "error", err)
		s.problem(w, r, http.StatusInternalServerError, "problem.read")
		return
	}
	http.Redirect(w, r, (&url.URL{Path: "/console/people"}).String(), http.StatusSeeOther)
}
