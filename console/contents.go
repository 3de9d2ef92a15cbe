package console

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/decide"
	"github.com/aparte-dev/aparte/engine"
)

// contentCard is one content in the gallery.
type contentCard struct {
	Content               *aparte.Content
	Picture               string // address of a preview; empty: no layout has a picture
	Width, Height         int    // of the picture
	Chosen, Seen, Clicked int64  // last 24 hours
	Course                contentCourse
}

// Clicks is the content's click rate. Of a letter without pictures only those clicked are known to be seen: it has none.
func (c contentCard) Clicks() rate {
	if c.Clicked >= c.Seen {
		return rate{}
	}
	return rate{c.Clicked, c.Seen}
}

type contentsView struct {
	edited
	asShown
	Course courseView
	Cards  []contentCard
}

func (s *console) contents(w http.ResponseWriter, r *http.Request) {
	plan := s.plan(r)
	if plan == nil {
		s.problem(w, r, http.StatusNotFound, "problem.brand")
		return
	}
	v := contentsView{edited: s.editOf(r), Course: s.course()}
	v.asShown = s.shownAs(r, nil)
	chosen, seen, clicked := s.day(r.Context(), "chosen/"), s.day(r.Context(), "exposed/"), s.day(r.Context(), "clicked/")
	brand := plan.Brand()
	for i := range brand.Contents {
		c := &brand.Contents[i]
		id := string(c.ID)
		card := contentCard{Content: c, Chosen: chosen[id], Seen: seen[id], Clicked: clicked[id], Course: v.Course.Contents[c.ID]}
		if v.Person != nil {
			if l := showpiece(plan, c); l != nil {
				card.Picture = previewAddress(aparte.Action{Content: c.ID, Layout: l.ID}, v.Person.ID)
				card.Width, card.Height = l.Banner.Width, l.Banner.Height
			}
		}
		v.Cards = append(v.Cards, card)
	}
	s.show(w, "contents", "frame.html", s.view(r, "contents", &v))
}

// showpiece is the layout whose picture stands for a content: one that says words where there is one.
func showpiece(plan *decide.Plan, c *aparte.Content) *aparte.Layout {
	var silent *aparte.Layout
	for _, id := range c.Layouts {
		l, ok := plan.Layout(id)
		if !ok || l.Banner == nil {
			continue
		}
		if speaks(l.Banner) {
			return l
		}
		if silent == nil {
			silent = l
		}
	}
	return silent
}

// speaks tells whether a picture says words. One that does not is a part of its layout's page, which says them beside it.
func speaks(b *aparte.Banner) bool {
	return slices.ContainsFunc(b.Boxes, func(box aparte.Box) bool { return box.Kind == "text" })
}

// previewAddress is where an action's picture for a person is.
func previewAddress(a aparte.Action, p aparte.PersonID) string {
	variants := make([]string, len(a.Variants))
	for i, v := range a.Variants {
		variants[i] = strconv.Itoa(int(v))
	}
	q := url.Values{"item": {string(a.Item)}, "variants": {strings.Join(variants, ".")}}
	return "/console/contents/" + url.PathEscape(string(a.Content)) + "/" + url.PathEscape(string(a.Layout)) + "/for/" + p.String() + "?" + q.Encode()
}

// previewed is the action a preview's address names.
func previewed(r *http.Request) aparte.Action {
	a := aparte.Action{
		Content: aparte.ContentID(r.PathValue("id")), Layout: aparte.LayoutID(r.PathValue("layout")),
		Item: aparte.ItemID(r.URL.Query().Get("item")),
	}
	for i, one := range strings.Split(r.URL.Query().Get("variants"), ".") {
		v, err := strconv.ParseUint(one, 10, 8)
		if err != nil || i == decide.MaxElements {
			break
		}
		a.Variants = append(a.Variants, uint8(v))
	}
	return a
}

// shownAs is as whom contents are shown, and others to choose from: people of the persona that is asked for, those with the longest
// history first. c is the content that is shown; nil: all are.
func (s *console) shownAs(r *http.Request, c *aparte.Content) (a asShown) {
	const audienceShown = 20
	lang, q := language(r), r.URL.Query()
	var offered peopleView
	offered.choices(s)
	a.Personas, a.Locale, a.Phone = offered.Personas, localeAsked(r, c), q.Get("device") == "mobile"
	if c != nil {
		a.Languages = languagesOf(c)
	}
	var people []aparte.Person
	var err error
	if slices.ContainsFunc(a.Personas, func(p personaChoice) bool { return string(p.ID) == q.Get("persona") }) {
		a.Persona = aparte.PersonaID(q.Get("persona"))
		people, _, err = s.Engine.PeopleAmong(r.Context(), engine.Among{Persona: a.Persona}, aparte.PersonID{}, audienceShown)
	} else {
		people, err = s.Engine.People(r.Context(), aparte.PersonID{}, 200)
	}
	if err != nil {
		s.Logger.ErrorContext(r.Context(), "console audience", "error", err)
		return a
	}
	slices.SortStableFunc(people, func(x, y aparte.Person) int { return cmp.Compare(y.Orders.Count, x.Orders.Count) })
	for i := range people[:min(audienceShown, len(people))] {
		a.People = append(a.People, s.row(&people[i], lang))
	}
	if id, err := aparte.ParsePersonID(q.Get("as")); err == nil && (a.Persona == "" || slices.ContainsFunc(a.People, func(p personRow) bool { return p.ID == id })) {
		if p, err := s.Engine.Person(r.Context(), id); err == nil {
			row := s.row(&p, lang)
			a.Person = &row
			if !slices.ContainsFunc(a.People, func(p personRow) bool { return p.ID == id }) {
				a.People = append(a.People, row)
			}
			return a
		}
	}
	if len(a.People) > 0 {
		a.Person = &a.People[0]
	}
	return a
}

// day sums the counters with a prefix over the last 24 hours, by what follows the prefix.
func (s *console) day(ctx context.Context, prefix string) map[string]int64 {
	now := s.Now()
	counters, err := s.Engine.Counters(ctx, prefix, now.Add(-24*time.Hour), now.Add(time.Hour))
	if err != nil {
		s.Logger.ErrorContext(ctx, "console counters", "prefix", prefix, "error", err)
		return nil
	}
	sums := map[string]int64{}
	for _, c := range counters {
		sums[c.Key[len(prefix):]] += c.N
	}
	return sums
}

// contentView is one content with all its layouts.
type contentView struct {
	asShown
	Content  *aparte.Content
	Parts    []elementView
	Pictures []string // that it can show
	Channels []aparte.Channel
	Rules    []*aparte.Rule
	Layouts  []layoutView
	Draft    *draftView // nil: it has no words
	Reveals  []revealView
	Strange  []engine.Stranger
	Spoken   []spokenView
	Edit     edited

	altered [2]int          // the element and the variant of it that a form altered
	typed   *aparte.Variant // as it says; nil: none was
}

type layoutView struct {
	Layout  *aparte.Layout
	Picture string
	Page    string
	Film    bool // the picture stands where its film is played
}

func (s *console) content(w http.ResponseWriter, r *http.Request) {
	if v := s.contentView(w, r); v != nil {
		s.showContent(w, r, v)
	}
}

// contentView is a content as it is; nil where the request was answered instead.
func (s *console) contentView(w http.ResponseWriter, r *http.Request) *contentView {
	plan := s.plan(r)
	if plan == nil {
		s.problem(w, r, http.StatusNotFound, "problem.brand")
		return nil
	}
	c, ok := plan.Content(aparte.ContentID(r.PathValue("id")))
	if !ok {
		s.problem(w, r, http.StatusNotFound, "problem.content")
		return nil
	}
	v := &contentView{Edit: s.editOf(r), Content: c, Draft: s.draftOn(r, c, plan.Version()), Reveals: s.reveals(r, plan.Brand(), c)}
	v.asShown = s.shownAs(r, c)
	brand := plan.Brand()
	v.Strange = s.Engine.StrangersOf(c)
	v.Pictures, v.Channels = s.pictureNames(brand), saidOn
	v.parts(language(r))
	for _, id := range c.Rules {
		for i := range brand.Rules {
			if brand.Rules[i].ID == id {
				v.Rules = append(v.Rules, &brand.Rules[i])
			}
		}
	}
	if v.Person != nil {
		v.Spoken = s.spoken(r, v.Person.ID, c.ID, v.Locale)
	}
	for _, id := range c.Layouts {
		l, ok := plan.Layout(id)
		if !ok || v.Person == nil {
			continue
		}
		show := layoutView{Layout: l, Film: l.Video != nil}
		address := previewAddress(aparte.Action{Content: c.ID, Layout: id}, v.Person.ID) + "&" + v.query().Encode()
		if l.Banner != nil && (l.HTML == "" || speaks(l.Banner)) {
			show.Picture = address
		}
		if l.HTML != "" {
			show.Page = address + "&format=html"
		}
		v.Layouts = append(v.Layouts, show)
	}
	return v
}

func (s *console) showContent(w http.ResponseWriter, r *http.Request, v *contentView) {
	page := s.view(r, "contents", v)
	if r.Method == http.MethodPost {
		page.Here = "/console/contents/" + url.PathEscape(string(v.Content.ID))
	}
	page.Title = v.Content.Name.In(page.Lang, "en")
	s.show(w, "content", "frame.html", page)
}

// preview is one content in one layout as one person would see it now.
func (s *console) preview(w http.ResponseWriter, r *http.Request) {
	id, err := aparte.ParsePersonID(r.PathValue("person"))
	if err != nil {
		http.NotFound(w, r)
		return
	}
	fetch := engine.Fetch{Format: engine.PNG, Scale: 2}
	if r.URL.Query().Get("format") == "html" {
		fetch.Format = engine.HTML
	}
	action := previewed(r)
	if plan := s.plan(r); plan != nil {
		c, _ := plan.Content(action.Content)
		fetch.Look = look(r, localeAsked(r, c))
	}
	picture, err := s.Engine.PreviewAction(r.Context(), id, action, previewAddress(action, id), fetch)
	if err != nil {
		s.Logger.ErrorContext(r.Context(), "console preview", "content", r.PathValue("id"), "error", err)
		http.NotFound(w, r)
		return
	}
	if fetch.Format == engine.HTML {
		framed(w)
		writeFrame(w, string(picture.Body))
		return
	}
	w.Header().Set("Content-Type", picture.ContentType)
	w.Header().Set("Cache-Control", "no-store")
	if _, err := w.Write(picture.Body); err != nil {
		s.Logger.DebugContext(r.Context(), "preview not read to its end")
	}
}
