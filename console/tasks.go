package console

import (
	"errors"
	"html/template"
	"net/http"
	"net/url"
	"strings"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/engine"
)

// tasksView is the page of what people of the brand are asked to do.
type tasksView struct {
	Done  string // what was done, a word; empty: nothing
	Fault string
	Rows  []taskRow
	Me    string // what whoever reads it called themselves last

	Currency string
}

// taskRow is one task with the story that leads to it.
type taskRow struct {
	engine.Task
	Name     string // the person's
	Reach    []reachRow
	Headline string
	Body     string
	Why      []string
	Story    []storyRow
	Mine     bool // whoever reads it took it
}

// reachRow is a way to speak to somebody.
type reachRow struct {
	Kind, Value string
	Link        template.URL // of a number that was read as one, or an address: templates know no telephones
}

// tasksShown is how many tasks are shown at once: what can be done in a day, and then some.
const tasksShown = 50

// taskCookie keeps what whoever takes tasks calls themselves.
const taskCookie = "aparte_taker"

// takes are what can be said of a task, each by a button.
var takes = []string{"take", "done", "declined", "tried"}

// tasks lists whom to speak to, the best first.
func (s *console) tasks(w http.ResponseWriter, r *http.Request) {
	v := &tasksView{}
	for _, what := range append(takes, "gone") {
		if r.URL.Query().Get("done") == what {
			v.Done = what
		}
	}
	s.showTasks(w, r, http.StatusOK, v)
}

func (s *console) showTasks(w http.ResponseWriter, r *http.Request, status int, v *tasksView) {
	lang, plan := language(r), s.Engine.Plan()
	if plan == nil {
		s.problem(w, r, http.StatusNotFound, "problem.brand")
		return
	}
	if c, err := r.Cookie(taskCookie); err == nil && v.Me == "" {
		v.Me, _ = url.QueryUnescape(c.Value) // what cannot be read is nobody's name
	}
	tasks, err := s.Engine.Tasks(r.Context(), tasksShown, lang)
	if err != nil {
		s.Logger.ErrorContext(r.Context(), "console tasks", "error", err)
		s.problem(w, r, http.StatusInternalServerError, "problem.read")
		return
	}
	v.Currency = plan.Brand().Currency
	for i := range tasks {
		t := &tasks[i]
		row := taskRow{Task: *t, Name: personName(&t.Person, lang), Headline: t.Elements["headline"], Body: t.Elements["body"], Why: t.Why, Mine: t.Taken.By != "" && t.Taken.By == v.Me}
		if row.Headline == "" {
			row.Headline = wordsText(lang, s.contentName(t.Decision.Action.Content))
		}
		for _, kind := range []aparte.IdentifierKind{aparte.KindPhone, aparte.KindEmail} {
			if id, ok := t.Person.Identifier(kind); ok {
				link := map[aparte.IdentifierKind]string{aparte.KindPhone: "tel:", aparte.KindEmail: "mailto:"}[kind]
				row.Reach = append(row.Reach, reachRow{string(kind), id.Value, template.URL(link + url.PathEscape(id.Value))})
			}
		}
		for j := range t.Steps {
			row.Story = append(row.Story, s.storyRow(plan, &t.Steps[j], lang))
		}
		v.Rows = append(v.Rows, row)
	}
	page := s.view(r, "tasks", v)
	page.Here = "/console/tasks"
	s.answer(w, status, "tasks", "frame.html", page)
}

// sayOfTask takes a task, closes it, or notes that nobody was reached.
func (s *console) sayOfTask(w http.ResponseWriter, r *http.Request) {
	if !s.form(w, r, 4<<10) {
		return
	}
	id, err := aparte.ParseDecisionID(r.PathValue("id"))
	if err != nil {
		s.problem(w, r, http.StatusNotFound, "problem.nowhere")
		return
	}
	by := clipped(strings.TrimSpace(r.PostForm.Get("by")), engine.MaxTaker)
	do := r.PathValue("do")
	switch do {
	case "take":
		if by == "" {
			s.showTasks(w, r, http.StatusUnprocessableEntity, &tasksView{Fault: word(language(r), "tasks.who.missing")})
			return
		}
		http.SetCookie(w, &http.Cookie{Name: taskCookie, Value: url.QueryEscape(by), Path: "/console/tasks", MaxAge: 90 * 24 * 3600, HttpOnly: true, SameSite: http.SameSiteLaxMode})
		err = s.Engine.TakeTask(r.Context(), id, by)
	case "tried":
		err = s.Engine.TriedTask(r.Context(), id, by)
	case "done", "declined":
		err = s.Engine.CloseTask(r.Context(), id, do == "done")
	default:
		s.problem(w, r, http.StatusNotFound, "problem.nowhere")
		return
	}
	switch {
	case errors.Is(err, engine.ErrTask):
		do = "gone"
	case err != nil:
		s.Logger.ErrorContext(r.Context(), "console task", "error", err)
		s.problem(w, r, http.StatusInternalServerError, "problem.read")
		return
	}
	http.Redirect(w, r, "/console/tasks?done="+do, http.StatusSeeOther)
}
