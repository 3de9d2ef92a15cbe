package console

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/writer"
)

// draftView is the form by which a content gets another variant, by hand or from drafts.
type draftView struct {
	Version  uint64
	Elements []string // that have words
	Element  string   // chosen
	Writes   bool     // there is a model that drafts
	Wish     string   // asked of it
	Drafts   []writer.Draft
	Words    aparte.Words // as they were typed, where they were not taken
	Faults   []string
	Done     bool // a variant was added
}

const draftsAsked = 4

// maxDraftForm bounds what the form sends.
const maxDraftForm = 64 << 10

// worded are the elements of a content that have words.
func worded(c *aparte.Content) (names []string) {
	for i := range c.Elements {
		e := &c.Elements[i]
		if slices.ContainsFunc(e.Variants, func(v aparte.Variant) bool { return len(v.Words) > 0 }) {
			names = append(names, e.Name)
		}
	}
	return names
}

// draftOn is the form on a content's page; nil where the content has no words.
func (s *console) draftOn(r *http.Request, c *aparte.Content, version uint64) *draftView {
	v := &draftView{Version: version, Elements: worded(c), Writes: s.Writer != nil, Done: r.URL.Query().Get("done") == "added"}
	if len(v.Elements) == 0 {
		return nil
	}
	v.Element = r.FormValue("element")
	if !slices.Contains(v.Elements, v.Element) {
		if v.Element = v.Elements[0]; slices.Contains(v.Elements, "headline") {
			v.Element = "headline" // what is read first is what is tried most
		}
	}
	return v
}

// draftForm reads the form: nil where it answered itself.
func (s *console) draftForm(w http.ResponseWriter, r *http.Request) (*contentView, *draftView) {
	if !s.form(w, r, maxDraftForm) {
		return nil, nil
	}
	v := s.contentView(w, r)
	if v == nil {
		return nil, nil
	}
	if v.Draft == nil {
		s.problem(w, r, http.StatusNotFound, "problem.content")
		return nil, nil
	}
	return v, v.Draft
}

// askDrafts has drafts written, and shows them beside the form. Nothing of them is kept.
func (s *console) askDrafts(w http.ResponseWriter, r *http.Request) {
	v, form := s.draftForm(w, r)
	if v == nil {
		return
	}
	if s.Writer == nil {
		s.problem(w, r, http.StatusNotFound, "problem.nowhere")
		return
	}
	form.Wish = clipped(strings.TrimSpace(r.PostForm.Get("wish")), writer.MaxWish)
	drafts, err := s.Writer.Draft(r.Context(), writer.Brief{
		Brand: s.plan(r).Brand(), Content: v.Content, Element: form.Element, Wish: form.Wish, Drafts: draftsAsked,
	})
	if err != nil {
		s.Logger.WarnContext(r.Context(), "console drafts", "error", err)
		form.Faults = []string{word(language(r), "drafts.failed")}
		if !errors.Is(err, writer.ErrAnswer) {
			form.Faults = []string{word(language(r), "problem.read")}
		}
	}
	form.Drafts = drafts
	s.showContent(w, r, v)
}

// addVariant publishes the brand with another variant of an element. What a human sends here is what is said.
func (s *console) addVariant(w http.ResponseWriter, r *http.Request) {
	v, form := s.draftForm(w, r)
	if v == nil {
		return
	}
	form.Words = typed(r)
	b := *s.plan(r).Brand()
	b.Contents = slices.Clone(b.Contents)
	i := slices.IndexFunc(b.Contents, func(c aparte.Content) bool { return c.ID == v.Content.ID })
	c := &b.Contents[i]
	c.Elements = slices.Clone(c.Elements)
	j := slices.IndexFunc(c.Elements, func(e aparte.Element) bool { return e.Name == form.Element })
	e := &c.Elements[j]
	e.Variants = slices.Clone(e.Variants)
	withAnother(e, aparte.Variant{Words: form.Words})
	if len(form.Words) == 0 {
		v.Edit.fault("words", word(language(r), "drafts.empty"))
	} else if s.put(r, &v.Edit, &b, fmt.Sprintf("/contents/%d/elements/%d/variants/%d", i, j, len(e.Variants)-1), "words") {
		http.Redirect(w, r, "/console/contents/"+url.PathEscape(string(v.Content.ID))+"?done=added&element="+url.QueryEscape(form.Element)+"#draft", http.StatusSeeOther)
		return
	}
	if fault := v.Edit.At("words"); fault != "" {
		form.Faults = []string{fault}
	}
	s.showContent(w, r, v)
}

// clipped is the beginning of a text, at most so many bytes, in whole letters.
func clipped(text string, most int) string {
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "")
}
