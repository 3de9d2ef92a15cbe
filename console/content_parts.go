package console

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/aparte-dev/aparte"
)

// elementView is an element of a content, with what can be altered of it.
type elementView struct {
	At       int // among the content's
	Name     string
	Pictured bool // it has pictures, not words
	Variants []variantView
}

// variantView is one way to fill an element, as its form has it.
type variantView struct {
	At     int // among the element's
	Says   string
	Texts  []textView // of words: English and French, then its other languages
	Asset  string
	Traits string
	Faults map[string]string
	Open   bool // it was just altered
}

// textView is what a variant says in one language.
type textView struct{ Lang, Text string }

// parts are a content's elements, for its page.
func (v *contentView) parts(lang string) {
	v.Parts = nil
	for i := range v.Content.Elements {
		e := &v.Content.Elements[i]
		one := elementView{At: i, Name: e.Name, Pictured: !slices.Contains(worded(v.Content), e.Name)}
		for j := range e.Variants {
			x := &e.Variants[j]
			view := variantView{At: j, Says: wordsText(lang, x.Words), Texts: textsOf(x.Words), Asset: x.Asset, Traits: strings.Join(x.Traits, ", ")}
			if v.altered == [2]int{i, j} && v.typed != nil {
				view.Open, view.Faults, view.Texts, view.Asset = true, v.Edit.Faults, textsOf(v.typed.Words), v.typed.Asset
			}
			one.Variants = append(one.Variants, view)
		}
		v.Parts = append(v.Parts, one)
	}
}

// textsOf are words by language: English and French first, said or not.
func textsOf(words aparte.Words) []textView {
	all := []textView{{"en", words["en"]}, {"fr", words["fr"]}}
	for _, lang := range slices.Sorted(maps.Keys(words)) {
		if lang != "en" && lang != "fr" {
			all = append(all, textView{lang, words[lang]})
		}
	}
	return all
}

// mostPictures bounds the pictures that a form offers.
const mostPictures = 200

// pictureNames are the pictures that a content can show: those that were uploaded, and those that the brand's contents show already.
func (s *console) pictureNames(b *aparte.Brand) (names []string) {
	if s.Assets != nil {
		for _, e := range s.Assets.List() {
			if strings.HasPrefix(e.Type, "image/") {
				names = append(names, e.Name)
			}
		}
	}
	for i := range b.Contents {
		for j := range b.Contents[i].Elements {
			for _, v := range b.Contents[i].Elements[j].Variants {
				if v.Asset != "" {
					names = append(names, v.Asset)
				}
			}
		}
	}
	slices.Sort(names)
	names = slices.Compact(names)
	return names[:min(len(names), mostPictures)]
}

// contentEdit is one alteration of a content, in a brand that is the request's own.
type contentEdit struct {
	r       *http.Request
	view    *contentView
	brand   *aparte.Brand
	at      int             // of the content in the brand
	content *aparte.Content // there
	pointer string          // of what is altered
	fields  []string        // of that, which the page shows
	to      string          // where to go then
}

// contentEdits are what can be done to a content. Each reports whether what the form names is there.
var contentEdits = map[string]func(*contentEdit) bool{
	"approve":  func(e *contentEdit) bool { return e.be("", "approve") },
	"resume":   func(e *contentEdit) bool { return e.be("", "resume") },
	"halt":     func(e *contentEdit) bool { return e.be(aparte.Halted, "halt") },
	"delete":   (*contentEdit).remove,
	"describe": (*contentEdit).describe,
	"copy":     (*contentEdit).copy,
	"element":  (*contentEdit).addElement,
	"drop":     (*contentEdit).dropElement,
	"alter":    (*contentEdit).alterVariant,
	"without":  (*contentEdit).dropVariant,
	"picture":  (*contentEdit).addPicture,
}

// changeContent alters a content in a new version of the brand: has it said or halted, describes it anew, copies it, changes its elements and
// their variants.
func (s *console) changeContent(w http.ResponseWriter, r *http.Request) {
	if !s.form(w, r, maxEdit) {
		return
	}
	v := s.contentView(w, r)
	if v == nil {
		return
	}
	b := *s.plan(r).Brand()
	b.Contents = slices.Clone(b.Contents)
	at := slices.IndexFunc(b.Contents, func(c aparte.Content) bool { return c.ID == v.Content.ID })
	e := contentEdit{r: r, view: v, brand: &b, at: at, content: &b.Contents[at], pointer: "/contents/" + strconv.Itoa(at),
		fields: []string{"elements", "name", "link", "channels"}, to: "/console/contents/" + url.PathEscape(string(v.Content.ID)) + "?done=saved"}
	do, known := contentEdits[r.PathValue("do")]
	if !known || !do(&e) {
		s.problem(w, r, http.StatusNotFound, "problem.nowhere")
		return
	}
	if v.Edit.Wrong() || !s.put(r, &v.Edit, &b, e.pointer, e.fields...) {
		v.parts(language(r))
		s.showContent(w, r, v)
		return
	}
	http.Redirect(w, r, e.to, http.StatusSeeOther)
}

// toldOf is where to go, with what was done.
func (e *contentEdit) toldOf(done string) {
	e.to = "/console/contents/" + url.PathEscape(string(e.content.ID)) + "?done=" + done
}

func (e *contentEdit) be(state aparte.ContentState, done string) bool {
	e.content.State = state
	e.toldOf(done)
	return true
}

func (e *contentEdit) remove() bool {
	id := e.content.ID
	e.brand.Contents = slices.Delete(e.brand.Contents, e.at, e.at+1)
	e.brand.Budgets = slices.Clone(e.brand.Budgets)
	for i := range e.brand.Budgets {
		e.brand.Budgets[i].Contents = slices.DeleteFunc(slices.Clone(e.brand.Budgets[i].Contents), func(of aparte.ContentID) bool { return of == id })
	}
	e.to = "/console/contents?done=removed"
	return true
}

// text is what a field of the form says.
func (e *contentEdit) text(field string) string {
	return strings.TrimSpace(strings.ReplaceAll(e.r.PostForm.Get(field), "\r", ""))
}

// describe changes what the content is called, where it leads and on which channels it is said.
func (e *contentEdit) describe() bool {
	name := others(inTwo(e.text("english"), e.text("french")), e.content.Name)
	if len(name) == 0 {
		e.view.Edit.fault("name", word(language(e.r), "edit.unnamed"))
	}
	e.content.Name, e.content.Link, e.content.Channels = name, e.text("link"), nil
	for _, c := range e.r.PostForm["channel"] {
		e.content.Channels = append(e.content.Channels, aparte.Channel(c))
	}
	if len(e.content.Channels) == 0 {
		e.view.Edit.fault("channels", word(language(e.r), "content.nochannel"))
	}
	return true
}

// copy adds a content like it, which waits for approval.
func (e *contentEdit) copy() bool {
	twin := *e.content
	twin.State, twin.Name = aparte.Proposed, aparte.Words{}
	for lang, name := range e.content.Name {
		twin.Name[lang] = name + " (" + word(lang, "content.copied") + ")"
	}
	for n := 2; ; n++ {
		twin.ID = aparte.ContentID(clipped(string(e.content.ID), 100) + "-" + strconv.Itoa(n))
		if !slices.ContainsFunc(e.brand.Contents, func(c aparte.Content) bool { return c.ID == twin.ID }) {
			break
		}
	}
	e.brand.Contents = append(e.brand.Contents, twin)
	e.content = &twin
	e.toldOf("copied")
	return true
}

// typedVariant is the variant that the form says.
func (e *contentEdit) typedVariant() aparte.Variant {
	v := aparte.Variant{Asset: e.text("asset"), Words: aparte.Words{}}
	for field := range e.r.PostForm {
		if lang, is := strings.CutPrefix(field, "words-"); is && len(lang) <= 35 {
			if said := e.text(field); said != "" {
				v.Words[lang] = said
			}
		}
	}
	if lang, said := e.text("tongue"), e.text("said"); lang != "" && said != "" {
		v.Words[lang] = said
	}
	for _, trait := range strings.Split(e.text("traits"), ",") {
		if trait = strings.TrimSpace(trait); trait != "" {
			v.Traits = append(v.Traits, trait)
		}
	}
	return v
}

// addElement adds an element with its first variant: words, or a picture.
func (e *contentEdit) addElement() bool {
	v := aparte.Variant{ID: "a", Words: typed(e.r), Asset: e.text("asset")}
	if len(v.Words) == 0 && v.Asset == "" {
		e.view.Edit.fault("elements", word(language(e.r), "drafts.empty"))
	}
	e.content.Elements = append(slices.Clone(e.content.Elements), aparte.Element{Name: e.text("name"), Variants: []aparte.Variant{v}})
	return true
}

// at is the number that a field of the form says, and whether it is one below n.
func (e *contentEdit) number(field string, n int) (int, bool) {
	at, err := strconv.Atoi(e.r.PostForm.Get(field))
	return at, err == nil && at >= 0 && at < n
}

// element is a copy, in the content, of the element that the form names; nil: there is none.
func (e *contentEdit) element() (*aparte.Element, int) {
	i, there := e.number("element", len(e.content.Elements))
	if !there {
		return nil, 0
	}
	e.content.Elements = slices.Clone(e.content.Elements)
	one := &e.content.Elements[i]
	one.Variants = slices.Clone(one.Variants)
	e.pointer += "/elements/" + strconv.Itoa(i)
	return one, i
}

// dropElement takes an element away.
func (e *contentEdit) dropElement() bool {
	pointer := e.pointer
	one, i := e.element()
	if one == nil {
		return false
	}
	e.pointer = pointer // what is wrong then is wrong with the content
	e.content.Elements = slices.Delete(e.content.Elements, i, i+1)
	return true
}

// alterVariant changes what a variant says or shows.
func (e *contentEdit) alterVariant() bool {
	one, i := e.element()
	if one == nil {
		return false
	}
	j, there := e.number("variant", len(one.Variants))
	if !there {
		return false
	}
	typed := e.typedVariant()
	e.view.altered, e.view.typed = [2]int{i, j}, &typed
	if len(typed.Words) == 0 && len(one.Variants[j].Words) > 0 {
		e.view.Edit.fault("words", word(language(e.r), "drafts.empty"))
	}
	one.Variants[j].Words, one.Variants[j].Asset, one.Variants[j].Traits = typed.Words, typed.Asset, typed.Traits
	e.pointer += fmt.Sprintf("/variants/%d", j)
	e.fields = []string{"words", "asset", "traits"}
	return true
}

// dropVariant takes a variant away. The last one goes with its element only.
func (e *contentEdit) dropVariant() bool {
	one, _ := e.element()
	if one == nil {
		return false
	}
	j, there := e.number("variant", len(one.Variants))
	if there {
		one.Variants = slices.Delete(one.Variants, j, j+1)
	}
	e.fields = []string{"variants"}
	return there
}

// addPicture gives an element another picture.
func (e *contentEdit) addPicture() bool {
	one, _ := e.element()
	if one == nil {
		return false
	}
	if e.text("asset") == "" {
		e.view.Edit.fault("elements", word(language(e.r), "content.picture.none"))
	}
	withAnother(one, aparte.Variant{Asset: e.text("asset")})
	e.fields = []string{"variants"}
	return true
}

// withAnother gives an element, whose variants are the caller's own, another of them under a name that is free. A variant that was alone had
// perhaps none.
func withAnother(e *aparte.Element, v aparte.Variant) {
	for i := range e.Variants {
		e.Variants[i].ID = cmp.Or(e.Variants[i].ID, "a")
	}
	for n := len(e.Variants) + 1; v.ID == "" || slices.ContainsFunc(e.Variants, func(o aparte.Variant) bool { return o.ID == v.ID }); n++ {
		v.ID = fmt.Sprintf("v%d", n)
	}
	e.Variants = append(e.Variants, v)
}

// asShown is as whom and how contents are shown.
type asShown struct {
	Person    *personRow // nil: there is nobody yet
	People    []personRow
	Personas  []personaChoice
	Persona   aparte.PersonaID // whose people are offered; empty: anybody's
	Languages []string
	Locale    string // in which they are shown; empty: the person's own
	Phone     bool   // as wide as a telephone
}

// query is what addresses of previews need of it.
func (a *asShown) query() url.Values {
	q := url.Values{}
	if a.Locale != "" {
		q.Set("locale", a.Locale)
	}
	return q
}

// languagesOf are those in which a content says something, English and French at least.
func languagesOf(c *aparte.Content) []string {
	all := []string{"en", "fr"}
	for i := range c.Elements {
		for _, v := range c.Elements[i].Variants {
			for lang := range v.Words {
				if !slices.Contains(all, lang) {
					all = append(all, lang)
				}
			}
		}
	}
	slices.Sort(all)
	return all
}

// localeAsked is the language in which a preview is asked for; empty: the person's own.
func localeAsked(r *http.Request, c *aparte.Content) string {
	if l := r.URL.Query().Get("locale"); c != nil && slices.Contains(languagesOf(c), l) {
		return l
	}
	return ""
}
