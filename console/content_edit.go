package console

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/aparte-dev/aparte"
)

// newContentView is the form of a content that is not there yet.
type newContentView struct {
	edited
	Draft    contentDraft
	Patterns []contentChoice // contents after which it can be laid out
	Channels []aparte.Channel
	Kinds    []string
	Worded   []string // the elements that the form asks the words of
}

// contentDraft is a content as a form has it. Words are by element and language.
type contentDraft struct {
	English, French, Kind, Like, Link, Slots string
	Channels                                 []string
	Words                                    map[string]aparte.Words
	Service                                  bool
}

// askedElements are those that a new content's form asks the words of, in the order in which they are read.
var askedElements = []string{"headline", "body", "cta", "subject"}

// saidOn are the channels that forms offer.
var saidOn = []aparte.Channel{aparte.Web, aparte.Email, aparte.SMS, aparte.MobilePush, aparte.WebPush, aparte.InApp}

// Word is what an element says in a language.
func (d contentDraft) Word(element, lang string) string { return d.Words[element][lang] }

// Has reports whether it is said on a channel.
func (d contentDraft) Has(c aparte.Channel) bool { return slices.Contains(d.Channels, string(c)) }

func (s *console) newContentView(w http.ResponseWriter, r *http.Request) *newContentView {
	plan := s.plan(r)
	if plan == nil {
		s.problem(w, r, http.StatusNotFound, "problem.brand")
		return nil
	}
	v := &newContentView{edited: s.editOf(r), Worded: askedElements, Channels: saidOn}
	b := plan.Brand()
	for i := range b.Contents {
		c := &b.Contents[i]
		if !slices.Contains(v.Kinds, c.Kind) {
			v.Kinds = append(v.Kinds, c.Kind)
		}
		if len(c.Layouts) > 0 && c.Ask == nil {
			v.Patterns = append(v.Patterns, contentChoice{ID: string(c.ID), Name: cmp.Or(wordsText(language(r), c.Name), string(c.ID))})
		}
	}
	if len(v.Kinds) == 0 {
		v.Kinds = []string{"article"}
	}
	v.Draft = contentDraft{Channels: []string{"web"}, Kind: v.Kinds[0]}
	if len(v.Patterns) > 0 {
		v.Draft.Like = v.Patterns[0].ID
	}
	return v
}

func (s *console) newContent(w http.ResponseWriter, r *http.Request) {
	if v := s.newContentView(w, r); v != nil {
		s.show(w, "newcontent", "frame.html", s.view(r, "contents", v))
	}
}

// fill takes what a form has.
func (d *contentDraft) fill(form url.Values) {
	text := func(name string) string { return strings.TrimSpace(strings.ReplaceAll(form.Get(name), "\r", "")) }
	*d = contentDraft{English: text("english"), French: text("french"), Kind: text("kind"), Like: text("like"), Link: text("link"),
		Channels: form["channel"], Service: form.Get("service") != "", Words: map[string]aparte.Words{}}
	for _, e := range askedElements {
		d.Words[e] = inTwo(text(e+"-en"), text(e+"-fr"))
	}
}

// content is what the form says, laid out like another content; one like none is words only.
func (d *contentDraft) content(like *aparte.Content) aparte.Content {
	c := aparte.Content{ID: aparte.ContentID(slug(cmp.Or(d.English, d.French))), Name: inTwo(d.English, d.French), Kind: d.Kind, Purpose: aparte.Marketing, Link: d.Link, State: aparte.Proposed}
	if d.Service {
		c.Purpose = aparte.Service
	}
	for _, ch := range d.Channels {
		c.Channels = append(c.Channels, aparte.Channel(ch))
	}
	for _, name := range askedElements {
		if words := d.Words[name]; len(words) > 0 {
			c.Elements = append(c.Elements, aparte.Element{Name: name, Variants: []aparte.Variant{{ID: "a", Words: words}}})
		}
	}
	if like == nil {
		return c
	}
	c.Layouts, c.Slots, c.Items, c.Fallback = like.Layouts, like.Slots, like.Items, like.Fallback
	for _, e := range like.Elements { // pictures come along, words are its own
		if !slices.ContainsFunc(e.Variants, func(v aparte.Variant) bool { return len(v.Words) > 0 }) {
			c.Elements = append(c.Elements, e)
		}
	}
	return c
}

// createContent publishes a version of the brand with a content more, which waits for approval.
func (s *console) createContent(w http.ResponseWriter, r *http.Request) {
	if !s.form(w, r, maxEdit) {
		return
	}
	v := s.newContentView(w, r)
	if v == nil {
		return
	}
	v.Draft.fill(r.PostForm)
	b := *s.plan(r).Brand()
	var like *aparte.Content
	if i := slices.IndexFunc(b.Contents, func(c aparte.Content) bool { return string(c.ID) == v.Draft.Like }); i >= 0 {
		like = &b.Contents[i]
	}
	c, lang := v.Draft.content(like), language(r)
	if c.ID == "" {
		v.fault("name", word(lang, "edit.unnamed"))
	}
	if len(c.Channels) == 0 {
		v.fault("channels", word(lang, "content.nochannel"))
	}
	if !slices.ContainsFunc(c.Elements, func(e aparte.Element) bool { return slices.Contains(askedElements, e.Name) }) {
		v.fault("elements", word(lang, "drafts.empty"))
	}
	b.Contents = append(slices.Clone(b.Contents), c)
	if v.Wrong() || !s.put(r, &v.edited, &b, "/contents/"+strconv.Itoa(len(b.Contents)-1), "name", "id", "channels", "elements", "link") {
		s.show(w, "newcontent", "frame.html", s.view(r, "contents", v))
		return
	}
	http.Redirect(w, r, "/console/contents/"+url.PathEscape(string(c.ID))+"?done=proposed", http.StatusSeeOther)
}
