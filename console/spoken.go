package console

import (
	"net/http"
	"net/url"
	"slices"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/engine"
)

// spokenView is a content as it would reach somebody on one channel.
type spokenView struct {
	engine.Spoken
	Address string // of the mail itself
	Said    []elementText
	Strange string // letters for which a text takes 16 bits each
	Wrong   string // why it cannot be said there
}

type elementText struct{ Name, Text string }

// spoken is a content on each of its channels, as one person would get it.
func (s *console) spoken(r *http.Request, person aparte.PersonID, content aparte.ContentID, locale string) []spokenView {
	all, err := s.Engine.Speak(r.Context(), person, content, look(r, locale), s.pictured(r, person))
	if err != nil {
		s.Logger.ErrorContext(r.Context(), "console spoken", "content", content, "error", err)
		return nil
	}
	var views []spokenView
	for i := range all {
		v := spokenView{Spoken: all[i], Strange: string(all[i].Size.Strange)}
		if v.Channel == aparte.Web { // its layouts are shown as they are
			continue
		}
		if v.Err != nil {
			v.Wrong = refusal(language(r), v.Err.Error())
		}
		v.Address = "/console/contents/" + url.PathEscape(string(content)) + "/mail/" + person.String() + "?" + (&asShown{Locale: locale}).query().Encode()
		for name, text := range v.Elements {
			v.Said = append(v.Said, elementText{name, text})
		}
		slices.SortFunc(v.Said, func(a, b elementText) int { return elementOrder(a.Name) - elementOrder(b.Name) })
		views = append(views, v)
	}
	return views
}

// elementOrder is in which order elements are read.
func elementOrder(name string) int {
	order := []string{"subject", "preheader", "headline", "body", "text", "cta"}
	if i := slices.Index(order, name); i >= 0 {
		return i
	}
	return len(order)
}

// pictured says where the picture of an action is, in full: mails want it so.
func (s *console) pictured(r *http.Request, person aparte.PersonID) func(aparte.Action) string {
	scheme := "http"
	if r.TLS != nil || r.Header.Get("X-Forwarded-Proto") == "https" {
		scheme = "https"
	}
	return func(a aparte.Action) string { return scheme + "://" + r.Host + previewAddress(a, person) }
}

// previewMail is the mail of a content as one person would get it, for a frame.
func (s *console) previewMail(w http.ResponseWriter, r *http.Request) {
	id, err := aparte.ParsePersonID(r.PathValue("person"))
	if err != nil {
		http.NotFound(w, r)
		return
	}
	content, locale := aparte.ContentID(r.PathValue("id")), ""
	if plan := s.plan(r); plan != nil {
		c, _ := plan.Content(content)
		locale = localeAsked(r, c)
	}
	all, err := s.Engine.Speak(r.Context(), id, content, look(r, locale), s.pictured(r, id))
	i := slices.IndexFunc(all, func(one engine.Spoken) bool { return one.Channel == aparte.Email && one.Err == nil })
	if err != nil || i < 0 {
		http.NotFound(w, r)
		return
	}
	framed(w)
	writeFrame(w, all[i].Mail.HTML)
}
