package console

import (
	"cmp"
	"math"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/aparte-dev/aparte"
)

// objectivesView is the page of all objectives, or that of one.
type objectivesView struct {
	edited
	Rows     []*aparte.Objective
	One      *aparte.Objective // whose page it is; nil: that of all
	Draft    objectiveDraft
	Events   []string // that can reach one, to choose from
	Currency string
	Contents map[aparte.ObjectiveID]int // said toward each
}

// objectiveDraft is an objective as a form has it.
type objectiveDraft struct {
	ID, English, French, Event string
	Worth                      string // revenue, fixed or formula
	Amount                     string // of a fixed one, in the currency's main unit; of revenue, what share of it counts
	Share                      string
	Formula                    string // CEL
	Days, Credit, Learn        string
	Holdout                    string // percent
}

var (
	worthOfOrder = regexp.MustCompile(`^minor\(properties\.revenue\)(?: \* ([0-9.]+))?$`)
	worthFixed   = regexp.MustCompile(`^[0-9]+$`)
)

// minorUnits are how many make one of a currency: 100 pence a pound.
func minorUnits(currency string) float64 { return math.Pow10(aparte.MinorDigits(currency)) }

func draftOfObjective(o *aparte.Objective, currency string) objectiveDraft {
	d := objectiveDraft{
		ID: string(o.ID), English: o.Name["en"], French: o.Name["fr"], Event: o.Event, Formula: o.Value, Credit: string(o.Credit), Learn: string(o.Learn),
		Worth: "formula", Share: "100", Days: strconv.FormatFloat(o.Window.Std().Hours()/24, 'g', 6, 64), Holdout: strconv.FormatFloat(100*o.Holdout, 'g', 6, 64),
	}
	if m := worthOfOrder.FindStringSubmatch(o.Value); m != nil {
		d.Worth = "revenue"
		if share, err := strconv.ParseFloat(m[1], 64); err == nil {
			d.Share = strconv.FormatFloat(100*share, 'g', 6, 64)
		}
	} else if worthFixed.MatchString(o.Value) {
		minor, _ := strconv.ParseFloat(o.Value, 64) // it is made of digits
		d.Worth, d.Amount = "fixed", strconv.FormatFloat(minor/minorUnits(currency), 'g', 12, 64)
	}
	return d
}

func (s *console) objectivesView(w http.ResponseWriter, r *http.Request) *objectivesView {
	plan := s.plan(r)
	if plan == nil {
		s.problem(w, r, http.StatusNotFound, "problem.brand")
		return nil
	}
	b := plan.Brand()
	v := &objectivesView{edited: s.editOf(r), Currency: b.Currency, Contents: map[aparte.ObjectiveID]int{}}
	v.Events = []string{"Order Completed", "Signed Up", "Product Added", "Product Viewed", "Aparte Clicked"}
	for i := range b.Objectives {
		v.Rows = append(v.Rows, &b.Objectives[i])
		if !slices.Contains(v.Events, b.Objectives[i].Event) {
			v.Events = append(v.Events, b.Objectives[i].Event)
		}
	}
	for i := range b.Contents {
		for _, id := range b.Contents[i].Toward {
			v.Contents[id]++
		}
	}
	v.Draft = objectiveDraft{Worth: "revenue", Share: "100", Days: "7", Holdout: "0"}
	if id := r.PathValue("id"); id != "" {
		i := slices.IndexFunc(b.Objectives, func(o aparte.Objective) bool { return string(o.ID) == id })
		if i < 0 {
			s.problem(w, r, http.StatusNotFound, "problem.nowhere")
			return nil
		}
		v.One = &b.Objectives[i]
		v.Draft = draftOfObjective(v.One, b.Currency)
	}
	return v
}

func (s *console) objectives(w http.ResponseWriter, r *http.Request) {
	if v := s.objectivesView(w, r); v != nil {
		s.showObjectives(w, r, v)
	}
}

func (s *console) showObjectives(w http.ResponseWriter, r *http.Request, v *objectivesView) {
	page := s.view(r, "objectives", v)
	page.Here = r.URL.Path
	if v.One != nil {
		page.Title = cmp.Or(wordsText(page.Lang, v.One.Name), string(v.One.ID))
	}
	s.show(w, "objectives", "frame.html", page)
}

// fill takes what a form has, and is the objective that it says.
func (v *objectivesView) fill(lang string, form url.Values) aparte.Objective {
	text := func(name string) string { return strings.TrimSpace(form.Get(name)) }
	d := &v.Draft
	id := d.ID
	*d = objectiveDraft{ID: id, English: text("english"), French: text("french"), Event: text("event"), Worth: text("worth"), Amount: text("amount"),
		Share: text("share"), Formula: text("formula"), Days: text("window"), Credit: text("credit"), Learn: text("learn"), Holdout: text("holdout")}
	var o aparte.Objective
	if v.One != nil {
		o = *v.One
	} else if d.ID = slug(cmp.Or(d.English, d.French)); d.ID == "" {
		v.fault("name", word(lang, "edit.unnamed"))
	}
	o.ID, o.Name, o.Event = aparte.ObjectiveID(d.ID), others(inTwo(d.English, d.French), o.Name), d.Event
	o.Credit, o.Learn = aparte.Credit(d.Credit), aparte.Lesson(d.Learn)
	number := func(field, text string, least, most float64) float64 {
		x, err := strconv.ParseFloat(strings.Replace(text, ",", ".", 1), 64)
		if err != nil || !(x >= least && x <= most) {
			v.fault(field, word(lang, "edit.number")+" "+strconv.FormatFloat(least, 'g', -1, 64)+"–"+strconv.FormatFloat(most, 'f', -1, 64))
			return least
		}
		return x
	}
	switch d.Worth {
	case "revenue":
		o.Value = "minor(properties.revenue)"
		if share := number("value", d.Share, 0, 1000); share != 100 {
			o.Value += " * " + strconv.FormatFloat(share/100, 'f', -1, 64)
		}
	case "fixed":
		o.Value = strconv.FormatFloat(number("value", d.Amount, 0, 1e9)*minorUnits(v.Currency), 'f', 0, 64)
	default:
		o.Value = d.Formula
	}
	if v.One == nil || d.Days != draftOfObjective(v.One, v.Currency).Days { // what is shown is rounded
		o.Window = aparte.Duration(number("window", d.Days, 0, 366) * 24 * 3600e9)
	}
	o.Holdout = number("holdout", cmp.Or(d.Holdout, "0"), 0, 99) / 100
	return o
}

// saveObjective publishes a version of the brand with an objective more, or with one changed.
func (s *console) saveObjective(w http.ResponseWriter, r *http.Request) {
	if !s.form(w, r, maxEdit) {
		return
	}
	v := s.objectivesView(w, r)
	if v == nil {
		return
	}
	o := v.fill(language(r), r.PostForm)
	b := *s.plan(r).Brand()
	b.Objectives = slices.Clone(b.Objectives)
	at := len(b.Objectives)
	if v.One != nil {
		at = slices.IndexFunc(b.Objectives, func(x aparte.Objective) bool { return x.ID == o.ID })
		b.Objectives[at] = o
	} else {
		b.Objectives = append(b.Objectives, o)
	}
	if v.Wrong() || !s.put(r, &v.edited, &b, "/objectives/"+strconv.Itoa(at), "event", "holdout", "id", "name", "value", "window") {
		s.showObjectives(w, r, v)
		return
	}
	http.Redirect(w, r, "/console/objectives/"+url.PathEscape(string(o.ID))+"?done=saved", http.StatusSeeOther)
}

// removeObjective publishes a version of the brand without an objective; what speaks of it is told of.
func (s *console) removeObjective(w http.ResponseWriter, r *http.Request) {
	if !s.form(w, r, maxEdit) {
		return
	}
	v := s.objectivesView(w, r)
	if v == nil {
		return
	}
	b := *s.plan(r).Brand()
	b.Objectives = slices.DeleteFunc(slices.Clone(b.Objectives), func(x aparte.Objective) bool { return x.ID == v.One.ID })
	if !s.put(r, &v.edited, &b, "") {
		s.showObjectives(w, r, v)
		return
	}
	http.Redirect(w, r, "/console/objectives?done=removed", http.StatusSeeOther)
}
