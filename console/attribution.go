package console

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/engine"
	"github.com/aparte-dev/aparte/measure"
	"github.com/aparte-dev/aparte/measure/attribution"
)

// creditView is what is attributed, beside what was measured.
type creditView struct {
	Bys, Objectives, Periods []choiceLink
	Elements                 []choiceLink // of those that touches are told apart by one of
	Models                   []string     // in the order of the bars
	Credit                   *engine.Credit
	Query                    string // what was asked, as its file is asked for
	Currency                 string
	Journeys                 float64
	Rows                     []creditRow
	Ours                     float64 // value attributed to what is Aparté's, each touch alike
	Added                    *measure.Estimate
	Told                     int64 // people, of whom Added is
	Families                 []creditRow
	Audiences                []audienceCreditRow
	Paths                    []attribution.Path
	ByDevice                 bool
	Across                   bool  // a journey can have several of what is shown
	Looking                  bool  // what was measured is being read again
	Done                     int64 // hundredths of that
}

// choiceLink is one of several ways to ask, and whether it is the one that was asked.
type choiceLink struct {
	Words aparte.Words // of what the brand names; nil: Key is that of a word
	Key   string
	Href  string
	Here  bool
}

// creditRow is one row of the page.
type creditRow struct {
	Name     string
	Label    aparte.Words // of a content or a persona; nil: Name tells
	Content  string       // whose page tells more; empty: none
	Variant  string       // of one element of it, in which it was said; empty: any
	Key      string       // of a word for the name; empty: none
	Credited *engine.Credited
	Bars     []creditBar
	Each     measure.Estimate // measured, for any time of looking
	Doubt    measure.DoubtKind
	Measured bool // Each or Doubt is there
	Said     int
	Back     float64 // value attributed, each touch alike, for each unit of cost; 0: not known
	Brought  float64 // value measured for each unit of cost; 0: not known
	Currency string
}

// audienceCreditRow is what was said to people in an audience, and what it brought.
type audienceCreditRow struct {
	creditRow
	*engine.AudienceReturn
}

// Row is the row without what is attributed.
func (r audienceCreditRow) Row() creditRow { return r.creditRow }

// creditBar is a bar on a line 100 wide.
type creditBar struct {
	Model  string // key of a word
	Place  int    // among the models
	Y      int
	Width  float64
	Credit attribution.Credit
}

// barHeight is how high a bar stands, the room under it included.
const barHeight = 4

// pathsShown is how many of the commonest paths are shown.
const pathsShown = 12

// creditPeriods are the periods that can be asked for, in days; 0 is all that is kept.
var creditPeriods = []struct {
	key  string
	days int
}{{"credit.month", 28}, {"credit.quarter", 91}, {"credit.year", 0}}

var creditBys = []struct {
	name string
	by   attribution.By
}{
	{"channel", attribution.ByChannel}, {"content", attribution.ByContent}, {"element", attribution.ByElement},
	{"persona", attribution.ByPersona}, {"device", attribution.ByDevice},
}

func (s *console) attribution(w http.ResponseWriter, r *http.Request) {
	plan := s.Engine.Plan()
	if plan == nil {
		s.problem(w, r, http.StatusNotFound, "problem.brand")
		return
	}
	query := r.URL.Query()
	asked, period := s.creditAsked(query, plan.Brand())
	c, err := s.Engine.Credit(r.Context(), asked, s.Patience)
	if errors.Is(err, engine.ErrNoObjective) {
		s.problem(w, r, http.StatusNotFound, "problem.nowhere")
		return
	}
	if err != nil {
		s.Logger.ErrorContext(r.Context(), "console attribution", "error", err)
		s.problem(w, r, http.StatusInternalServerError, "problem.read")
		return
	}
	v := creditOf(c, plan.Brand(), s.Engine.Fit())
	v.link(query, plan.Brand(), period)
	v.Query = query.Encode()
	s.show(w, "attribution", "frame.html", s.view(r, "attribution", v))
}

// link makes the ways to ask otherwise, of which each changes one thing.
func (v *creditView) link(query url.Values, b *aparte.Brand, period int) {
	href := func(name, value string) string {
		next := url.Values{}
		for _, kept := range []string{"by", "element", "objective", "since"} {
			if x := query.Get(kept); x != "" {
				next.Set(kept, x)
			}
		}
		next.Set(name, value)
		if next.Get("by") != "element" {
			next.Del("element")
		}
		return "/console/attribution?" + next.Encode()
	}
	for _, x := range creditBys {
		v.Bys = append(v.Bys, choiceLink{Key: "credit.by." + x.name, Href: href("by", x.name), Here: x.by == v.Credit.By})
	}
	if v.Credit.By == attribution.ByElement {
		for _, e := range v.Credit.Elements {
			v.Elements = append(v.Elements, choiceLink{Key: e, Href: href("element", e), Here: e == v.Credit.Element})
		}
	}
	for i := range b.Objectives {
		o := &b.Objectives[i]
		v.Objectives = append(v.Objectives, choiceLink{Words: o.Name, Href: href("objective", string(o.ID)), Here: o.ID == v.Credit.Objective})
	}
	for i, x := range creditPeriods {
		v.Periods = append(v.Periods, choiceLink{Key: x.key, Href: href("since", x.key[len("credit."):]), Here: i == period})
	}
}

// firstElement is the first element that the brand's contents have with several variants, or at all.
func firstElement(b *aparte.Brand) (first string) {
	for i := range b.Contents {
		for _, e := range b.Contents[i].Elements {
			if len(e.Variants) > 1 {
				return e.Name
			}
			first = cmp.Or(first, e.Name)
		}
	}
	return first
}

func creditOf(c *engine.Credit, b *aparte.Brand, fit *engine.Fit) creditView {
	v := creditView{
		Credit: c, Currency: b.Currency, Journeys: c.Report.All.Conversions + c.Report.Lost, Paths: c.Report.Paths, ByDevice: c.By == attribution.ByDevice, Across: c.By != attribution.ByPersona,
		Looking: c.Sight.Looking, Done: int64(100 * c.Sight.Done),
	}
	most := 0.0
	for i := range c.Rows {
		for _, m := range c.Rows[i].Models() {
			most = max(most, m.Conversions)
		}
	}
	for i := range c.Rows {
		x := &c.Rows[i]
		row := creditRow{Name: x.Name, Credited: x, Currency: b.Currency}
		row.call(c, b, fit)
		for k, m := range x.Models() {
			if i == 0 {
				v.Models = append(v.Models, "credit.model."+m.Name)
			}
			row.Bars = append(row.Bars, creditBar{"credit.model." + m.Name, k, k * barHeight, 100 * m.Conversions / max(most, 1e-9), m.Credit})
		}
		if x.Own {
			v.Ours += x.Linear.Value
		}
		if x.Known && x.Paid > 0 {
			row.Back = x.Linear.Value / float64(x.Paid)
		}
		row.measured(&x.Incremental)
		v.Rows = append(v.Rows, row)
	}
	for i := range c.Families {
		row := creditRow{Name: string(c.Families[i].Earned.Family), Key: "family." + string(c.Families[i].Earned.Family), Currency: b.Currency}
		row.measured(&c.Families[i])
		v.Families = append(v.Families, row)
	}
	for i := range c.Audiences {
		x := &c.Audiences[i]
		row := audienceCreditRow{creditRow: creditRow{Name: string(x.Audience), Currency: b.Currency}, AudienceReturn: x}
		for k := range b.Audiences {
			if b.Audiences[k].ID == x.Audience {
				row.Label = b.Audiences[k].Name
			}
		}
		row.measured(&x.Incremental)
		if x.Cost > 0 {
			row.Back = x.Attributed.Linear.Value / x.Cost
		}
		v.Audiences = append(v.Audiences, row)
	}
	if c.All != nil && c.All.Enough() {
		told := float64(c.All.Treated.People)
		each := c.All.Anytime(level)
		if each.Low == each.Low { // there is an interval
			v.Added, v.Told = &measure.Estimate{Value: each.Value * told, Interval: measure.Interval{Low: each.Low * told, High: each.High * told}}, c.All.Treated.People
		}
	}
	return v
}

// call finds what a row is called.
func (r *creditRow) call(c *engine.Credit, b *aparte.Brand, fit *engine.Fit) {
	own := r.Credited.Own
	switch {
	case c.By == attribution.ByDevice:
		r.Key = "device." + r.Name
	case c.By == attribution.ByPersona:
		r.Key, r.Label = "persona."+r.Name, fit.PersonaName(b, aparte.PersonaID(r.Name))
	case c.By == attribution.ByContent && own:
		r.Content = r.Name
		r.Label = contentName(b, aparte.ContentID(r.Name))
	case c.By == attribution.ByElement && own:
		r.Content, r.Variant, _ = strings.Cut(r.Name, attribution.Between)
		r.Label = contentName(b, aparte.ContentID(r.Content))
	case own:
		r.Key = "channel." + r.Name
	case c.By == attribution.ByElement && !strings.Contains(r.Name, "/"):
		r.Key = "channel." + r.Name // something of ours that has no such element
	default:
		r.Key = "source." + r.Name
	}
}

// met is what is called a touch by, in a path.
func (v creditView) met(lang, name string) string {
	for i := range v.Rows {
		if r := &v.Rows[i]; r.Name == name && r.Label != nil {
			if r.Variant != "" {
				return wordsText(lang, r.Label) + attribution.Between + r.Variant
			}
			return wordsText(lang, r.Label)
		} else if r.Name == name {
			return keyedText(lang, r.Key, name)
		}
	}
	return name
}

// measured fills in what was measured.
func (r *creditRow) measured(x *engine.Incremental) {
	if x.Earned == nil || x.At < 0 {
		return
	}
	r.Measured, r.Said = true, x.Earned.Said
	r.Each, _, r.Doubt = x.Earned.Figure(x.Earned.By[x.At], level)
	if cost := x.Cost(); r.Doubt == "" && cost > 0 {
		r.Brought = r.Each.Value / cost
	}
}

func contentName(b *aparte.Brand, id aparte.ContentID) aparte.Words {
	for i := range b.Contents {
		if b.Contents[i].ID == id {
			return b.Contents[i].Name
		}
	}
	return nil
}
