package console

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/exchange/source"
	"github.com/aparte-dev/aparte/store"
)

// sourcesView is the page of queries that are asked on a schedule.
type sourcesView struct {
	Sources []sourceState
	Running bool // one of them is
	Kinds   []source.Kind
	Done    string // a word's key: what was just done
	Wrong   bool
	Said    string // what is wrong with what was asked
	Asked   sourceAsked
}

// sourceState is a source and how it fares.
type sourceState struct {
	source.State
	From string // what its events and its rows kept aside say that they come from
}

// sourceAsked is what the form has.
type sourceAsked struct {
	ID, Address, Query, Cursor, Map, Every, At, Zone string
	Brings                                           source.Kind
}

func (s *console) sources(w http.ResponseWriter, r *http.Request) {
	v := sourcesView{Asked: sourceAsked{Every: "15m"}}
	switch done := r.URL.Query().Get("done"); done {
	case "kept", "gone", "asked", "failed":
		v.Done, v.Wrong = "sources.done."+done, done == "failed"
	}
	s.showSources(w, r, http.StatusOK, v)
}

func (s *console) showSources(w http.ResponseWriter, r *http.Request, status int, v sourcesView) {
	for _, one := range s.Sources.States() {
		v.Sources = append(v.Sources, sourceState{one, source.From(one.ID)})
		v.Running = v.Running || one.Running
	}
	v.Kinds = source.Kinds
	page := s.view(r, "data", v)
	page.Title, page.Here = word(page.Lang, "sources.title"), "/console/data/sources"
	s.answer(w, status, "sources", "frame.html", page)
}

// maxSourceForm bounds the form that declares a source.
const maxSourceForm = 128 << 10

// addSource declares a source as the form has it.
func (s *console) addSource(w http.ResponseWriter, r *http.Request) {
	if !s.form(w, r, maxSourceForm) {
		return
	}
	field := func(name string) string { return strings.TrimSpace(r.PostForm.Get(name)) }
	asked := sourceAsked{
		ID: field("id"), Address: field("address"), Query: field("query"), Cursor: field("cursor"), Map: field("map"),
		Every: field("every"), At: field("at"), Zone: field("zone"), Brings: source.Kind(field("brings")),
	}
	err := asked.put(r, s.Sources)
	if errors.Is(err, source.ErrSource) {
		s.showSources(w, r, http.StatusUnprocessableEntity, sourcesView{
			Done: "sources.done.wrong", Wrong: true, Asked: asked, Said: behind(language(r), err, source.ErrSource),
		})
		return
	}
	s.didSource(w, r, err, "kept")
}

// put declares what the form has.
func (a *sourceAsked) put(r *http.Request, sources *source.Sources) error {
	declared := source.Source{ID: a.ID, Address: a.Address, Query: a.Query, Brings: a.Brings, Cursor: a.Cursor, At: a.At, Zone: a.Zone, Enabled: true}
	if a.Map != "" {
		declared.Map = json.RawMessage(a.Map)
	}
	if a.Every != "" && a.At == "" {
		quoted, err := json.Marshal(a.Every)
		var every aparte.Duration
		if err = errors.Join(err, every.UnmarshalJSON(quoted)); err != nil {
			return errors.Join(source.ErrSource, err)
		}
		declared.Every = every
	}
	_, err := sources.Put(r.Context(), declared)
	return err
}

// changeSource does to a source what a button says.
func (s *console) changeSource(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	switch do := r.PathValue("do"); do {
	case "run":
		s.didSource(w, r, s.Sources.Run(id), "asked")
	case "start", "stop":
		s.didSource(w, r, s.switchSource(r, id, do == "start"), "kept")
	case "delete":
		s.didSource(w, r, s.Sources.Delete(r.Context(), id), "gone")
	default:
		s.nowhere(w, r)
	}
}

func (s *console) switchSource(r *http.Request, id string, on bool) error {
	all := s.Sources.States()
	i := slices.IndexFunc(all, func(one source.State) bool { return one.ID == id })
	if i < 0 {
		return store.ErrNotFound
	}
	all[i].Enabled = on
	_, err := s.Sources.Put(r.Context(), all[i].Source)
	return err
}

// didSource goes back to the page, which says what was done.
func (s *console) didSource(w http.ResponseWriter, r *http.Request, err error, done string) {
	if errors.Is(err, store.ErrNotFound) {
		s.problem(w, r, http.StatusNotFound, "problem.nowhere")
		return
	} else if err != nil {
		s.Logger.ErrorContext(r.Context(), "console source", "error", err)
		done = "failed"
	}
	http.Redirect(w, r, "/console/data/sources?"+url.Values{"done": {done}}.Encode(), http.StatusSeeOther)
}

// Schedule says when it is asked.
func (s sourceState) Schedule(lang string) string {
	if s.At != "" {
		zone := s.Zone
		if zone == "" {
			zone = "UTC"
		}
		return strings.NewReplacer("{hour}", s.At, "{zone}", zone).Replace(word(lang, "sources.daily"))
	}
	every, unit := s.Every.Std(), "sources.minutes"
	n := every / time.Minute
	switch {
	case every%(24*time.Hour) == 0:
		n, unit = every/(24*time.Hour), "sources.days"
	case every%time.Hour == 0:
		n, unit = every/time.Hour, "sources.hours"
	}
	if n == 1 {
		return word(lang, unit+".one")
	}
	return strings.ReplaceAll(word(lang, unit), "{n}", countText(lang, int64(n)))
}
