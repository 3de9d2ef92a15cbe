package console

import (
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/decide"
	"github.com/aparte-dev/aparte/engine"
	"github.com/aparte-dev/aparte/store"
)

// personView is everything the page of one person shows.
type personView struct {
	Row        personRow
	Person     *aparte.Person
	Goodwill   int // percent
	Affinities []affinityRow
	Types      []typeRow
	Leanings   []affinityRow  // the strongest of each other kind
	Stages     []aparte.Stage // the last ones, newest first
	Due        []dueRow
	Audiences  []*aparte.Audience
	Scores     []maturityView
	Residual   *residualView // nil: nothing can be said
	Cart       []cartRow
	Now        []nowView // what would be said now, slot by slot
	Shows      []choiceLink
	Days       []storyDay
	Older      string
	Currency   string
	Trust      personTrust
}

type cartRow struct {
	Name     string
	Quantity int64
}

// storyRow is one entry of the story in words.
type storyRow struct {
	At       time.Time
	Class    string // said, good or empty
	Event    *aparte.Event
	Name     string // of the event
	About    string // what the event is about, in a few words
	Decision *aparte.Decision
	Content  aparte.Words
	Item     string
	Why      []string
	Fates    []fateRow
	Merged   bool
	Split    bool

	Scenario string   // that raised the moment, in words
	Picture  string   // where what was seen is painted again; empty: it is no picture
	Width    int      // of it
	Height   int      //
	Lines    []string // what was seen, where it is no picture
}

// fateRow is one candidate of a decision.
type fateRow struct {
	Name       aparte.Words
	Item       string
	Net        float64
	Propensity float64
	Fate       string
	Chosen     bool
}

func (s *console) person(w http.ResponseWriter, r *http.Request) {
	ctx, lang := r.Context(), language(r)
	id, err := aparte.ParsePersonID(r.PathValue("id"))
	if err != nil {
		s.problem(w, r, http.StatusNotFound, "problem.person")
		return
	}
	p, err := s.Engine.Person(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		s.problem(w, r, http.StatusNotFound, "problem.person")
		return
	} else if err != nil {
		s.Logger.ErrorContext(r.Context(), "console person", "error", err)
		s.problem(w, r, http.StatusInternalServerError, "problem.read")
		return
	}
	from, _ := engine.ParseStoryPlace(r.URL.Query().Get("before")) // the beginning where it cannot be read
	show := r.URL.Query().Get("show")
	if !slices.Contains(storyShows, show) {
		show = ""
	}
	days, older, err := s.timeLine(ctx, &p, from, show, lang)
	if err != nil {
		s.Logger.ErrorContext(r.Context(), "console story", "error", err)
		s.problem(w, r, http.StatusInternalServerError, "problem.read")
		return
	}
	now := s.Now()
	v := personView{
		Row: s.row(&p, lang), Person: &p, Goodwill: int(100 * p.Goodwill.Now(now)),
		Affinities: topAffinities(&p, now, 8, aparte.CategoryAffinity, aparte.BrandAffinity),
	}
	for i := range v.Affinities {
		if a := &v.Affinities[i]; a.Kind == aparte.CategoryAffinity {
			a.Key = s.categoryName(a.Key, lang)
		}
	}
	v.Types, v.Trust = s.typesOf(&p), trustOfPerson(p.Trust(now))
	for _, kind := range []aparte.AffinityKind{aparte.PriceAffinity, aparte.AttributeAffinity, aparte.ContentAffinity, aparte.ToneAffinity, aparte.ChannelAffinity} {
		for _, a := range topAffinities(&p, now, 1, kind) {
			a.Key = leaningWord(lang, a)
			v.Leanings = append(v.Leanings, a)
		}
	}
	v.Stages = p.StagesUntil(now)
	slices.Reverse(v.Stages)
	v.Due = s.dueRows(&p, s.Engine.Fit().Recurrences(), now, lang)
	if plan := s.Engine.Plan(); plan != nil {
		v.Audiences = plan.AudiencesNamed(p.Audiences)
	}
	v.Scores = s.maturities(&p, now)
	v.Residual = s.residual(&p)
	plan := s.Engine.Plan()
	if plan != nil {
		v.Currency = plan.Brand().Currency
		v.Cart = cartRows(plan, &p, lang)
		v.Now = s.saidNow(ctx, plan, id, lang)
	}
	v.Days, v.Older, v.Shows = days, older, showLinks(&p, show)
	page := s.view(r, "people", v)
	page.Title = v.Row.Name
	s.show(w, "person", "frame.html", page)
}

func cartRows(plan *decide.Plan, p *aparte.Person, lang string) []cartRow {
	var rows []cartRow
	for _, line := range p.Cart.Lines {
		rows = append(rows, cartRow{Name: itemName(plan, line.Item, lang), Quantity: line.Quantity})
	}
	return rows
}

// categoryName is what the brand calls a category.
func (s *console) categoryName(key, lang string) string {
	if plan := s.Engine.Plan(); plan != nil {
		return plan.Brand().CategoryName(key, lang)
	}
	return key
}

func itemName(plan *decide.Plan, id aparte.ItemID, lang string) string {
	if plan != nil {
		if item, ok := plan.Item(id); ok {
			return item.Name.In(lang, "en")
		}
	}
	return string(id)
}

// now is a slot as it would be this instant, for the frame on the person's page.
func (s *console) now(w http.ResponseWriter, r *http.Request) {
	id, err := aparte.ParsePersonID(r.PathValue("id"))
	if err != nil {
		http.NotFound(w, r)
		return
	}
	answers, err := s.Engine.Preview(r.Context(), id, engine.Request{Slots: []string{r.PathValue("slot")}, Formats: engine.Formats{HTML: true}},
		func(a aparte.Action) string { return previewAddress(a, id) })
	framed(w)
	if err != nil {
		s.Logger.ErrorContext(r.Context(), "console preview", "person", id, "error", err)
		return
	}
	if len(answers) == 0 || answers[0].HTML == "" {
		return // silence
	}
	writeFrame(w, answers[0].HTML)
}

// storyRow puts one entry of a story into words.
func (s *console) storyRow(plan *decide.Plan, e *engine.StoryEntry, lang string) storyRow {
	row := storyRow{At: e.At, Event: e.Event, Decision: e.Decision, Merged: !e.Merged.IsZero(), Split: !e.Split.IsZero()}
	switch {
	case e.Event != nil:
		row.At, row.About, row.Name = e.Event.Timestamp, aboutEvent(plan, e.Event, lang), eventName(e.Event, lang)
		if about := contentOf(e.Event); about != "" {
			row.About = s.contentName(about).In(lang, "en")
		}
		if e.Event.Name == "Order Completed" || e.Event.Name == aparte.EventClicked {
			row.Class = "good"
		}
	case e.Decision != nil:
		d := e.Decision
		if !d.Action.Silent() {
			row.Class, row.Content = "said", s.contentName(d.Action.Content)
			if d.Action.Item != "" {
				row.Item = itemName(plan, d.Action.Item, lang)
			}
		}
		if plan != nil {
			row.Why = decide.Explain(d, plan.Brand(), lang)
		}
		row.Fates = s.fates(plan, d, lang)
		if plan != nil && slices.ContainsFunc(plan.Brand().Scenarios, func(x aparte.Scenario) bool { return string(x.ID) == d.Trigger }) {
			row.Scenario = scenarioName(lang, aparte.ScenarioID(d.Trigger), plan.Brand())
		}
	}
	return row
}

func (s *console) fates(plan *decide.Plan, d *aparte.Decision, lang string) []fateRow {
	const most = 12
	var rows []fateRow
	for i := range d.Candidates {
		c := &d.Candidates[i]
		row := fateRow{Net: c.Value - c.Cost, Propensity: c.Propensity, Chosen: i == d.Chosen, Fate: "eligible"}
		if c.Action.Silent() {
			row.Name = aparte.Words{"en": words["person.silence"][0], "fr": words["person.silence"][1]}
		} else {
			row.Name, row.Item = s.contentName(c.Action.Content), ""
			if c.Action.Item != "" {
				row.Item = itemName(plan, c.Action.Item, lang)
			}
		}
		if c.Excluded != "" {
			row.Fate = string(c.Excluded)
		} else if row.Chosen {
			row.Fate = "chosen"
		}
		rows = append(rows, row)
	}
	slices.SortStableFunc(rows, func(a, b fateRow) int {
		switch {
		case a.Chosen != b.Chosen && a.Chosen, a.Propensity > b.Propensity:
			return -1
		case a.Chosen != b.Chosen, a.Propensity < b.Propensity:
			return 1
		}
		return 0
	})
	return rows[:min(most, len(rows))]
}
