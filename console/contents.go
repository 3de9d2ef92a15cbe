package console

import (
	"context"
	"net/http"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/engine"
)

// contentCard is one content in the gallery.
type contentCard struct {
	Content               *aparte.Content
	Picture               string // address of a preview; empty: no layout has a picture
	Chosen, Seen, Clicked int64  // last 24 hours
}

type contentsView struct {
	Cards  []contentCard
	Person *personRow // as whom they are shown; nil: there is nobody yet
	People []personRow
}

func (s *console) contents(w http.ResponseWriter, r *http.Request) {
	plan := s.Engine.Plan()
	if plan == nil {
		s.problem(w, r, http.StatusNotFound, "problem.brand")
		return
	}
	v := contentsView{}
	v.Person, v.People = s.audience(r)
	chosen, seen, clicked := s.day(r.Context(), "chosen/"), s.day(r.Context(), "exposed/"), s.day(r.Context(), "clicked/")
	brand := plan.Brand()
	for i := range brand.Contents {
		c := &brand.Contents[i]
		id := string(c.ID)
		card := contentCard{Content: c, Chosen: chosen[id], Seen: seen[id], Clicked: clicked[id]}
		if v.Person != nil {
			for _, layout := range c.Layouts {
				if l, ok := plan.Layout(layout); ok && l.Banner != nil {
					card.Picture = previewAddress(c.ID, layout, v.Person.ID)
					break
				}
			}
		}
		v.Cards = append(v.Cards, card)
	}
	s.show(w, "contents", "frame.html", s.view(r, "contents", v))
}

func previewAddress(c aparte.ContentID, l aparte.LayoutID, p aparte.PersonID) string {
	return "/console/contents/" + string(c) + "/" + string(l) + "/for/" + p.String()
}

// audience is the person as whom contents are shown, and others to choose from: people with a history
// first.
func (s *console) audience(r *http.Request) (*personRow, []personRow) {
	people, err := s.Engine.People(r.Context(), aparte.PersonID{}, 200)
	if err != nil {
		s.Logger.Error("console audience", "error", err)
		return nil, nil
	}
	var rows []personRow
	for _, known := range []bool{true, false} {
		for i := range people {
			if (people[i].Orders.Count > 0) == known && len(rows) < 20 {
				rows = append(rows, s.row(&people[i]))
			}
		}
	}
	if id, err := aparte.ParsePersonID(r.URL.Query().Get("as")); err == nil {
		if p, err := s.Engine.Person(r.Context(), id); err == nil {
			row := s.row(&p)
			return &row, rows
		}
	}
	if len(rows) == 0 {
		return nil, nil
	}
	return &rows[0], rows
}

// day sums the counters with a prefix over the last 24 hours, by what follows the prefix.
func (s *console) day(ctx context.Context, prefix string) map[string]int64 {
	now := s.Now()
	counters, err := s.Engine.Counters(ctx, prefix, now.Add(-24*time.Hour), now.Add(time.Hour))
	if err != nil {
		s.Logger.Error("console counters", "prefix", prefix, "error", err)
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
	Content *aparte.Content
	Rules   []*aparte.Rule
	Layouts []layoutView
	Person  *personRow
	People  []personRow
}

type layoutView struct {
	Layout  *aparte.Layout
	Picture string
	Page    string
}

func (s *console) content(w http.ResponseWriter, r *http.Request) {
	plan := s.Engine.Plan()
	if plan == nil {
		s.problem(w, r, http.StatusNotFound, "problem.brand")
		return
	}
	c, ok := plan.Content(aparte.ContentID(r.PathValue("id")))
	if !ok {
		s.problem(w, r, http.StatusNotFound, "problem.content")
		return
	}
	v := contentView{Content: c}
	v.Person, v.People = s.audience(r)
	brand := plan.Brand()
	for _, id := range c.Rules {
		for i := range brand.Rules {
			if brand.Rules[i].ID == id {
				v.Rules = append(v.Rules, &brand.Rules[i])
			}
		}
	}
	for _, id := range c.Layouts {
		l, ok := plan.Layout(id)
		if !ok || v.Person == nil {
			continue
		}
		show := layoutView{Layout: l}
		if l.Banner != nil {
			show.Picture = previewAddress(c.ID, id, v.Person.ID)
		}
		if l.HTML != "" {
			show.Page = previewAddress(c.ID, id, v.Person.ID) + "?format=html"
		}
		v.Layouts = append(v.Layouts, show)
	}
	page := s.view(r, "contents", v)
	page.Title = c.Name.In(page.Lang, "en")
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
	picture, err := s.Engine.PreviewContent(r.Context(), id, aparte.ContentID(r.PathValue("id")), aparte.LayoutID(r.PathValue("layout")), fetch)
	if err != nil {
		s.Logger.Error("console preview", "content", r.PathValue("id"), "error", err)
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
		s.Logger.Debug("preview not read to its end")
	}
}
