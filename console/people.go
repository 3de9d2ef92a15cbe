package console

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/engine"
	"github.com/aparte-dev/aparte/profile"
	"github.com/aparte-dev/aparte/store"
)

const (
	peoplePage = 25
	storyPage  = 40
)

// personRow is one person in a list.
type personRow struct {
	ID       aparte.PersonID
	Name     string
	Stage    string
	Orders   int64
	Revenue  []aparte.Money // in the brand's currency, then in others
	Taste    string
	LastSeen time.Time
}

type peopleView struct {
	None  bool // searched and not found
	Rows  []personRow
	Next  string // where the list goes on; empty: here it ends
	Later bool   // this is not the first page

	Among     engine.Among // who is listed
	Filtered  bool
	Audiences []aparte.Audience
	Stages    []string
	Personas  []personaChoice

	Where string        // a condition
	Wrong string        // with it
	Reach *engine.Reach // for whom it holds: Rows are examples

	Shared []engine.Shared // on the first page, the last of them: identifiers that join nobody
}

// personaChoice is a persona that can be asked for.
type personaChoice struct {
	ID   aparte.PersonaID
	Name aparte.Words
}

// mostSearched is how long what is searched for may be, in bytes.
const mostSearched = 256

// findPerson goes to the one who was searched for. What was typed is personal: it stands in no address.
func (s *console) findPerson(w http.ResponseWriter, r *http.Request) {
	if !s.form(w, r, 4<<10) {
		return
	}
	query := strings.TrimSpace(r.PostForm.Get("q"))
	if query == "" {
		http.Redirect(w, r, "/console/people", http.StatusSeeOther)
		return
	}
	id, err := s.search(r.Context(), query[:min(len(query), mostSearched)])
	if err == nil {
		http.Redirect(w, r, "/console/people/"+id.String(), http.StatusSeeOther)
		return
	}
	s.listPeople(w, r, peopleView{None: true})
}

// people lists people, all or some.
func (s *console) people(w http.ResponseWriter, r *http.Request) {
	var v peopleView
	if v.Where = strings.TrimSpace(r.FormValue("where")); v.Where != "" {
		s.peopleWhere(w, r, v)
		return
	}
	query := r.URL.Query()
	v.Among = engine.Among{Audience: aparte.AudienceID(query.Get("audience")), Stage: query.Get("stage"), Persona: aparte.PersonaID(query.Get("persona"))}
	s.listPeople(w, r, v)
}

func (s *console) listPeople(w http.ResponseWriter, r *http.Request, v peopleView) {
	lang := language(r)
	var after aparte.PersonID
	if from := r.URL.Query().Get("after"); from != "" {
		after, _ = aparte.ParsePersonID(from) // one that cannot be read starts at the beginning
		v.Later = !after.IsZero()
	}
	v.choices(s)
	var people []aparte.Person
	var next aparte.PersonID
	var err error
	if v.Filtered = v.Among != (engine.Among{}); v.Filtered {
		people, next, err = s.Engine.PeopleAmong(r.Context(), v.Among, after, peoplePage)
	} else if people, err = s.Engine.People(r.Context(), after, peoplePage); len(people) == peoplePage {
		next = people[len(people)-1].ID
	}
	if errors.Is(err, store.ErrNotFound) || errors.Is(err, engine.ErrNoBrand) {
		s.problem(w, r, http.StatusNotFound, "problem.nowhere")
		return
	}
	if err != nil {
		s.Logger.ErrorContext(r.Context(), "console people", "error", err)
		s.problem(w, r, http.StatusInternalServerError, "problem.read")
		return
	}
	for i := range people {
		v.Rows = append(v.Rows, s.row(&people[i], lang))
	}
	if !next.IsZero() {
		further := url.Values{"after": {next.String()}}
		for name, value := range map[string]string{"audience": string(v.Among.Audience), "stage": v.Among.Stage, "persona": string(v.Among.Persona)} {
			if value != "" {
				further.Set(name, value)
			}
		}
		v.Next = "/console/people?" + further.Encode()
	}
	if !v.Later && !v.Filtered {
		const most = 20
		v.Shared = s.Engine.Shared()
		v.Shared = v.Shared[max(0, len(v.Shared)-most):]
	}
	page := s.view(r, "people", v)
	page.Here = "/console/people"
	if r.Method == http.MethodGet {
		page.Here = r.URL.RequestURI()
	}
	s.show(w, "people", "frame.html", page)
}

// choices are what people can be listed by.
func (v *peopleView) choices(s *console) {
	plan := s.Engine.Plan()
	if plan == nil {
		return
	}
	b, fit := plan.Brand(), s.Engine.Fit()
	v.Audiences, v.Stages = b.Audiences, engine.PathStages[:]
	for _, p := range b.Personas {
		if p.When != "" {
			v.Personas = append(v.Personas, personaChoice{p.ID, p.Name})
		}
	}
	if fit != nil {
		for _, id := range fit.Personas() {
			v.Personas = append(v.Personas, personaChoice{id, fit.PersonaName(b, id)})
		}
	}
}

// askedAtOnce is how many people are asked, where there are more, while somebody waits for the page: so many that half of everybody is
// told to within two in a hundred, so few that their records are read in a fraction of a tenth of a second.
const askedAtOnce = 4_000

// peopleWhere tells for whom a condition holds, and shows some of them.
func (s *console) peopleWhere(w http.ResponseWriter, r *http.Request, v peopleView) {
	found, err := s.Engine.Reach(r.Context(), v.Where, askedAtOnce)
	var bad *engine.BadCondition
	switch {
	case errors.As(err, &bad):
		v.Wrong = refusal(language(r), bad.Error())
	case errors.Is(err, engine.ErrNoBrand):
		v.Wrong = word(language(r), "people.where.nobrand")
	case err != nil:
		s.Logger.ErrorContext(r.Context(), "console people", "error", err)
		s.problem(w, r, http.StatusInternalServerError, "problem.read")
		return
	default:
		v.Reach = &found
		for i := range found.Examples {
			v.Rows = append(v.Rows, s.row(&found.Examples[i], language(r)))
		}
	}
	v.choices(s)
	page := s.view(r, "people", v)
	page.Here = "/console/people"
	s.show(w, "people", "frame.html", page)
}

// search tries what was typed as each kind of identifier, as one with its kind ("email:ann@example.com"), and as a person's own id.
func (s *console) search(ctx context.Context, query string) (aparte.PersonID, error) {
	if id, err := aparte.ParsePersonID(query); err == nil {
		return id, nil
	}
	kinds := []aparte.IdentifierKind{aparte.KindUserID, aparte.KindEmail, aparte.KindPhone, aparte.KindAnonymousID, aparte.KindDeviceToken}
	if kind, value, told := strings.Cut(query, ":"); told && slices.Contains(kinds, aparte.IdentifierKind(kind)) {
		kinds, query = []aparte.IdentifierKind{aparte.IdentifierKind(kind)}, value
	}
	for _, kind := range kinds {
		name, err := profile.Normalize(kind, query, "")
		if err != nil {
			continue
		}
		if id, err := s.Engine.Find(ctx, name); err == nil {
			return id, nil
		}
	}
	return aparte.PersonID{}, store.ErrNotFound
}

func (s *console) row(p *aparte.Person, lang string) personRow {
	now := s.Now()
	row := personRow{
		ID: p.ID, Name: personName(p, lang), Stage: p.Lifecycle(now),
		Orders: p.Orders.Count, Revenue: revenue(&p.Orders), LastSeen: p.LastSeen,
	}
	if top := topAffinities(p, now, 1, aparte.CategoryAffinity); len(top) > 0 {
		row.Taste = s.categoryName(top[0].Key, lang)
	}
	return row
}

// revenue is what a person spent, in each currency: the brand's first, where there is any or no other.
func revenue(o *aparte.Orders) []aparte.Money {
	if o.Revenue.Amount == 0 && len(o.OtherRevenue) > 0 {
		return o.OtherRevenue
	}
	return append([]aparte.Money{o.Revenue}, o.OtherRevenue...)
}

// personName is the person's first name, their user id, or, for a stranger, the end of their own id.
func personName(p *aparte.Person, lang string) string {
	for _, name := range []string{"firstName", "first_name", "firstname", "name"} {
		if t, ok := p.Trait(name); ok && t.Value.Str != "" {
			return t.Value.Str
		}
	}
	if id, ok := p.Identifier(aparte.KindUserID); ok {
		return id.Value
	}
	id := p.ID.String()
	return word(lang, "people.stranger") + " …" + id[len(id)-6:]
}

// affinityRow is one affinity beside the strongest.
type affinityRow struct {
	Kind   aparte.AffinityKind
	Key    string
	Weight float64
	Width  int // of 100
}

// leaningWord is what an affinity is for, in words where there are any.
func leaningWord(lang string, a affinityRow) string {
	switch a.Kind {
	case aparte.PriceAffinity:
		return named(lang, "band", a.Key)
	case aparte.ContentAffinity:
		return named(lang, "kind", a.Key)
	case aparte.ChannelAffinity:
		return named(lang, "channel", a.Key)
	case aparte.AttributeAffinity:
		return strings.Replace(a.Key, "=", " ", 1)
	}
	return a.Key
}

func topAffinities(p *aparte.Person, now time.Time, n int, kinds ...aparte.AffinityKind) []affinityRow {
	var rows []affinityRow
	for _, a := range p.Affinities {
		if w := a.Now(now); w > 0 && slices.Contains(kinds, a.Kind) {
			rows = append(rows, affinityRow{Kind: a.Kind, Key: a.Key, Weight: w})
		}
	}
	slices.SortStableFunc(rows, func(a, b affinityRow) int {
		if a.Weight > b.Weight {
			return -1
		}
		if a.Weight < b.Weight {
			return 1
		}
		return 0
	})
	rows = rows[:min(n, len(rows))]
	for i := range rows {
		rows[i].Width = int(100 * rows[i].Weight / rows[0].Weight)
	}
	return rows
}
