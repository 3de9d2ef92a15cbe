package console

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/engine"
)

// rulesView is the page of all rules, or that of one.
type rulesView struct {
	edited
	Rows      []ruleRow
	One       *aparte.Rule // whose page it is; nil: that of all
	Draft     ruleDraft
	Fields    []field
	Values    []string // that fields can have, as they are called
	Signs     []string
	InWords   bool // rows can say what the rule does
	Contents  []contentChoice
	Reach     *engine.Reach
	Tried     []personRow
	Later     bool // it speaks of a moment too: only what it says of people was counted
	Strange   []engine.Stranger
	Nobody    bool // it would hold for nobody: nothing was saved
	Variables []field
}

type ruleRow struct {
	*aparte.Rule
	Sentence string
	Used     int // by so many contents
}

// ruleDraft is a rule as a form has it.
type ruleDraft struct {
	ID, English, French, When string
	phrasing
	Everywhere bool
	Contents   []string
}

type contentChoice struct {
	ID, Name string
	Chosen   bool
}

// spareRows are so many empty ones that a form has beside those that say something.
const spareRows = 2

// maxRows bounds the rows that a form sends.
const maxRows = 20

func (s *console) rulesView(w http.ResponseWriter, r *http.Request) *rulesView {
	plan := s.plan(r)
	if plan == nil {
		s.problem(w, r, http.StatusNotFound, "problem.brand")
		return nil
	}
	lang, b := language(r), plan.Brand()
	v := &rulesView{edited: s.editOf(r), Fields: fieldsOf(lang, b), Signs: ruleSigns}
	for i := range b.Rules {
		rule := &b.Rules[i]
		row := ruleRow{Rule: rule, Sentence: inWords(lang, v.Fields, rule.When)}
		for j := range b.Contents {
			if slices.Contains(b.Contents[j].Rules, rule.ID) {
				row.Used++
			}
		}
		v.Rows = append(v.Rows, row)
	}
	for i := range v.Fields {
		for _, value := range valuesOf(&v.Fields[i]) {
			if name := named(lang, v.Fields[i].among, value); !slices.Contains(v.Values, name) {
				v.Values = append(v.Values, name)
			}
		}
	}
	if id := r.PathValue("id"); id != "" {
		i := slices.IndexFunc(b.Rules, func(x aparte.Rule) bool { return string(x.ID) == id })
		if i < 0 {
			s.problem(w, r, http.StatusNotFound, "problem.nowhere")
			return nil
		}
		v.One = &b.Rules[i]
		v.Draft = ruleDraft{ID: id, English: v.One.Name["en"], French: v.One.Name["fr"], When: v.One.When, Everywhere: v.One.Everywhere}
		for j := range b.Contents {
			if slices.Contains(b.Contents[j].Rules, v.One.ID) {
				v.Draft.Contents = append(v.Draft.Contents, string(b.Contents[j].ID))
			}
		}
	}
	return v
}

// rules lists the rules, and counts for whom one that is being written would hold.
func (s *console) rules(w http.ResponseWriter, r *http.Request) {
	v := s.rulesView(w, r)
	if v == nil {
		return
	}
	if q := r.URL.Query(); q.Has("when") {
		if v.fill(language(r), q) {
			s.tryRule(r, v)
		}
	}
	if r.URL.Query().Has("count") && r.Header.Get("HX-Request") != "" {
		s.finishRule(r, v)
		s.show(w, "rules", "reach", s.view(r, "rules", v))
		return
	}
	s.showRules(w, r, v)
}

// fill takes what a form has. Rows say the rule unless what they say is written beside them in other words.
func (v *rulesView) fill(lang string, form url.Values) bool {
	d := &v.Draft
	d.English, d.French = strings.TrimSpace(form.Get("english")), strings.TrimSpace(form.Get("french"))
	d.Everywhere, d.Contents = form.Get("everywhere") != "", form["content"]
	d.When = strings.TrimSpace(strings.ReplaceAll(form.Get("when"), "\r", ""))
	if v.One == nil {
		d.ID = slug(cmp.Or(d.English, d.French))
	}
	d.phrasing = phrasing{Any: form.Get("any") != ""}
	for i := range min(len(form["field"]), maxRows) {
		row := phrase{Field: form["field"][i]}
		if i < len(form["sign"]) {
			row.Sign = form["sign"][i]
		}
		if i < len(form["value"]) {
			row.Value = clipped(form["value"][i], 500)
		}
		row.Or = i < len(form["join"]) && form["join"][i] == "or"
		d.Rows = append(d.Rows, row)
	}
	shown := strings.TrimSpace(strings.ReplaceAll(form.Get("shown"), "\r", ""))
	said, err := condition(lang, v.Fields, d.phrasing)
	if wrong := (*misphrased)(nil); errors.As(err, &wrong) {
		v.fault("row"+strconv.Itoa(wrong.Row), word(lang, wrong.Key))
		return false
	}
	switch asRows, ok := phrases(lang, v.Fields, shown); {
	case d.When == shown && said != "":
		d.When = said
	case d.When != shown && ok && said != "":
		if before, err := condition(lang, v.Fields, asRows); err == nil && before != said {
			v.fault("when", word(lang, "rules.both"))
			return false
		}
	}
	if d.When == "" {
		v.fault("when", word(lang, "rules.empty"))
		return false
	}
	return true
}

// tryRule counts for whom the draft would hold, as far as it speaks of people. Nothing is written.
func (s *console) tryRule(r *http.Request, v *rulesView) {
	when, later := v.Draft.When, false
	v.Strange = s.Engine.Strangers(when)
	reach, err := s.Engine.Reach(r.Context(), when, askedAtOnce)
	if err != nil {
		var about []string
		for _, one := range conjuncts(when) {
			if _, err := s.Engine.Plan().Audience(one); err == nil {
				about = append(about, one)
			}
		}
		if _, ok := phrases(language(r), v.Fields, when); !ok || len(about) == 0 {
			about = []string{"true"}
		}
		b := *s.plan(r).Brand()
		b.Rules = append(slices.Clone(b.Rules), aparte.Rule{ID: "a rule being written", When: when})
		if wrong := s.Engine.Check(&b); wrong != nil {
			v.refuse(language(r), wrong, "/rules/"+strconv.Itoa(len(b.Rules)-1), []string{"id", "name", "when"})
			return
		}
		later = true
		if reach, err = s.Engine.Reach(r.Context(), strings.Join(about, " && "), askedAtOnce); err != nil {
			s.Logger.ErrorContext(r.Context(), "console rule", "error", err)
			v.fault("when", word(language(r), "problem.read"))
			return
		}
	}
	v.Reach, v.Later = &reach, later
	for i := range reach.Examples {
		v.Tried = append(v.Tried, s.row(&reach.Examples[i], language(r)))
	}
}

func (s *console) finishRule(r *http.Request, v *rulesView) {
	lang, b := language(r), s.plan(r).Brand()
	said, ok := phrases(lang, v.Fields, v.Draft.When)
	if v.InWords = ok; ok && (len(v.Faults) == 0 || len(v.Draft.Rows) == 0) {
		said.Any = said.Any || v.Draft.Any // of rows that are joined alike it says nothing
		v.Draft.phrasing = said
	}
	if len(v.Strange) == 0 && v.Draft.When != "" {
		v.Strange = s.Engine.Strangers(v.Draft.When)
	}
	if !ok && len(v.Faults) == 0 {
		v.Draft.Rows = nil
	}
	v.Draft.Rows = slices.DeleteFunc(v.Draft.Rows, func(p phrase) bool { return p.Field == "" })
	for range spareRows {
		v.Draft.Rows = append(v.Draft.Rows, phrase{Sign: "=="})
	}
	for i := range b.Contents {
		c := &b.Contents[i]
		v.Contents = append(v.Contents, contentChoice{string(c.ID), cmp.Or(wordsText(lang, c.Name), string(c.ID)), slices.Contains(v.Draft.Contents, string(c.ID))})
	}
}

func (s *console) showRules(w http.ResponseWriter, r *http.Request, v *rulesView) {
	s.finishRule(r, v)
	page := s.view(r, "rules", v)
	page.Here = r.URL.Path
	if v.One != nil {
		page.Title = cmp.Or(wordsText(page.Lang, v.One.Name), string(v.One.ID))
	}
	s.show(w, "rules", "frame.html", page)
}

// saveRule publishes a version of the brand with a rule more, or with one changed. One that would hold for nobody is told of first.
func (s *console) saveRule(w http.ResponseWriter, r *http.Request) {
	if !s.form(w, r, maxEdit) {
		return
	}
	v := s.rulesView(w, r)
	if v == nil {
		return
	}
	lang := language(r)
	if !v.fill(lang, r.PostForm) {
		s.showRules(w, r, v)
		return
	}
	if v.Draft.ID == "" {
		v.fault("name", word(lang, "edit.unnamed"))
	}
	s.tryRule(r, v)
	v.Nobody = v.Reach != nil && v.Reach.Of > 0 && v.Reach.High == 0 && r.PostForm.Get("sure") == ""
	if v.Wrong() || v.Nobody {
		s.showRules(w, r, v)
		return
	}
	b := *s.plan(r).Brand()
	rule := aparte.Rule{ID: aparte.RuleID(v.Draft.ID), Name: inTwo(v.Draft.English, v.Draft.French), When: v.Draft.When, Everywhere: v.Draft.Everywhere}
	b.Rules = slices.Clone(b.Rules)
	at := len(b.Rules)
	if v.One != nil {
		at = slices.IndexFunc(b.Rules, func(x aparte.Rule) bool { return x.ID == v.One.ID })
		rule.Name = others(rule.Name, v.One.Name)
		b.Rules[at] = rule
	} else {
		b.Rules = append(b.Rules, rule)
	}
	b.Contents = slices.Clone(b.Contents)
	for i := range b.Contents {
		c := &b.Contents[i]
		wanted, has := slices.Contains(v.Draft.Contents, string(c.ID)), slices.Contains(c.Rules, rule.ID)
		switch {
		case wanted && !has:
			c.Rules = append(slices.Clone(c.Rules), rule.ID)
		case !wanted && has:
			c.Rules = slices.DeleteFunc(slices.Clone(c.Rules), func(id aparte.RuleID) bool { return id == rule.ID })
		}
	}
	if !s.put(r, &v.edited, &b, "/rules/"+strconv.Itoa(at), "id", "name", "when") {
		s.showRules(w, r, v)
		return
	}
	http.Redirect(w, r, "/console/rules/"+url.PathEscape(v.Draft.ID)+"?done=saved", http.StatusSeeOther)
}

// removeRule publishes a version of the brand without a rule, which no content goes by any more.
func (s *console) removeRule(w http.ResponseWriter, r *http.Request) {
	if !s.form(w, r, maxEdit) {
		return
	}
	v := s.rulesView(w, r)
	if v == nil {
		return
	}
	b := *s.plan(r).Brand()
	b.Rules = slices.DeleteFunc(slices.Clone(b.Rules), func(x aparte.Rule) bool { return x.ID == v.One.ID })
	b.Contents = slices.Clone(b.Contents)
	for i := range b.Contents {
		b.Contents[i].Rules = slices.DeleteFunc(slices.Clone(b.Contents[i].Rules), func(id aparte.RuleID) bool { return id == v.One.ID })
	}
	if !s.put(r, &v.edited, &b, "") {
		s.showRules(w, r, v)
		return
	}
	http.Redirect(w, r, "/console/rules?done=removed", http.StatusSeeOther)
}

// inTwo is a text in English and French.
func inTwo(english, french string) aparte.Words {
	w := aparte.Words{}
	if english != "" {
		w["en"] = english
	}
	if french != "" {
		w["fr"] = french
	}
	return w
}

// others is a text with what the form, which has two languages, does not ask for.
func others(w, old aparte.Words) aparte.Words {
	for lang, text := range old {
		if lang != "en" && lang != "fr" {
			w[lang] = text
		}
	}
	return w
}
