package console

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/decide"
	"github.com/aparte-dev/aparte/engine"
)

// attributesView is the page of what is kept of people beyond what they did.
type attributesView struct {
	*engine.Attributes
	Rows      []attributeRow
	Unread    int   // of the rows, those that nothing reads
	Decisions int   // that were read
	Done      int64 // hundredths of the pass under way
	Version   uint64
	Kept      string   // the trait whose retention was changed
	Changed   bool     // the brand has changed since the page was made: nothing was done
	Faults    []string // why a retention could not be changed, in English
}

type attributeRow struct {
	engine.Attribute
	Sources []string  // keys of words: where it comes from, the commonest first
	Read    []readBy  // what reads it
	Worth   []worthOf // what is lost without it, where that can be told
	Periods []period
	Names   bool // it names people, and is kept as long as they are
	Below   bool // what it is below says how long it is kept
}

// readBy is what reads a trait.
type readBy struct {
	Kind string // key of a word
	ID   string // of what the brand names
	Href string // its page; empty: none
}

// worthOf is what is lost without a trait.
type worthOf struct {
	Of        aparte.Words // an objective; nil: what follows decisions
	Value     float64
	Low, High float64
	Told      bool // the interval lies above 0
}

// period is one way to keep a trait.
type period struct {
	Value string // as the form sends it
	Key   string // of a word; empty: Value itself
	Here  bool
}

// periods are those that can be chosen, the longest first; "" is as long as the person.
var periods = []string{"", "1095d", "365d", "180d", "90d", "30d", "0s"}

// maxKeepForm bounds the form that says how long a trait is kept.
const maxKeepForm = 4 << 10

func (s *console) attributes(w http.ResponseWriter, r *http.Request) {
	v := &attributesView{Kept: r.URL.Query().Get("kept")}
	s.showAttributes(w, r, http.StatusOK, v)
}

func (s *console) showAttributes(w http.ResponseWriter, r *http.Request, status int, v *attributesView) {
	plan := s.Engine.Plan()
	if plan == nil {
		s.problem(w, r, http.StatusNotFound, "problem.brand")
		return
	}
	a, err := s.Engine.Attributes(r.Context(), s.Patience)
	if err != nil {
		s.Logger.ErrorContext(r.Context(), "console attributes", "error", err)
		s.problem(w, r, http.StatusInternalServerError, "problem.read")
		return
	}
	v.Attributes, v.Version, v.Done = a, plan.Version(), int64(100*a.Forgetting.Done)
	if a.Sight.Evidence != nil {
		v.Decisions = a.Sight.Evidence.Decisions
	}
	for i := range a.All {
		row := attributeRowOf(&a.All[i], plan.Brand())
		if len(row.Read) == 0 {
			v.Unread++
		}
		v.Rows = append(v.Rows, row)
	}
	page := s.view(r, "data", v)
	page.Title, page.Here = word(page.Lang, "kept.title"), "/console/data/attributes"
	s.answer(w, status, "attributes", "frame.html", page)
}

func attributeRowOf(a *engine.Attribute, b *aparte.Brand) attributeRow {
	row := attributeRow{Attribute: *a, Below: a.Keep != nil && a.Keep.Trait != a.Name}
	from := []int{0, 1, 2, 3}
	slices.SortStableFunc(from, func(x, y int) int { return a.From[y] - a.From[x] })
	for _, p := range from {
		if a.From[p] > 0 {
			row.Sources = append(row.Sources, "kept.from."+strconv.Itoa(p))
		}
	}
	for _, u := range a.Uses {
		read := readBy{Kind: "kept.by." + string(u.By), ID: u.ID}
		switch u.By {
		case decide.InAudience:
			read.Href = "/console/audiences/"
		case decide.InScenario:
			read.Href = "/console/scenarios/"
		case decide.InText, decide.InQuestion, decide.InAnswers:
			read.Href = "/console/contents/"
		}
		if read.Href != "" {
			read.Href += u.ID
		}
		row.Names = row.Names || u.By == decide.InIdentity
		row.Read = append(row.Read, read)
	}
	if d := a.Decide; d != nil {
		row.Worth = append(row.Worth, worthOf{nil, d.Value, d.Low, d.High, d.Low > 0})
	}
	for _, l := range a.Lost {
		row.Worth = append(row.Worth, worthOf{objectiveName(b, l.Objective), l.AUC.Value, l.AUC.Low, l.AUC.High, l.AUC.Low > 0})
	}
	here := ""
	if a.Keep != nil {
		text, err := a.Keep.For.MarshalJSON()
		if err == nil {
			here = strings.Trim(string(text), `"`)
		}
	}
	for _, p := range periods {
		row.Periods = append(row.Periods, period{p, "kept.for." + p, p == here})
	}
	if !slices.Contains(periods, here) {
		row.Periods = append(row.Periods, period{here, "", true})
	}
	return row
}

// keepAttribute says how long a trait is kept, unless it is another brand by now than the page was made of.
func (s *console) keepAttribute(w http.ResponseWriter, r *http.Request) {
	if !s.form(w, r, maxKeepForm) {
		return
	}
	name, how := r.PostForm.Get("name"), (*aparte.Duration)(nil)
	if text := r.PostForm.Get("for"); text != "" {
		how = new(aparte.Duration)
		if err := how.UnmarshalJSON([]byte(strconv.Quote(text))); err != nil {
			s.showAttributes(w, r, http.StatusUnprocessableEntity, &attributesView{Faults: refusalsOf(language(r), err)})
			return
		}
	}
	if plan := s.Engine.Plan(); plan == nil || strconv.FormatUint(plan.Version(), 10) != r.PostForm.Get("version") {
		s.showAttributes(w, r, http.StatusConflict, &attributesView{Changed: true})
		return
	}
	if _, err := s.Engine.Keep(r.Context(), name, how); err != nil {
		s.showAttributes(w, r, http.StatusUnprocessableEntity, &attributesView{Kept: name, Faults: refusalsOf(language(r), err)})
		return
	}
	http.Redirect(w, r, "/console/data/attributes?"+url.Values{"kept": {name}}.Encode(), http.StatusSeeOther)
}

// Counted reports whether people were counted yet.
func (v *attributesView) Counted() bool { return !v.At.IsZero() }
