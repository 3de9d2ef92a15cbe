package console

import (
	"net/http"
	"strings"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/engine"
)

// lettersView is the messages that were given up.
type lettersView struct {
	Rows  []letterRow // the newest
	Total int64       // in the last week
}

type letterRow struct {
	engine.DeadLetter
	Content aparte.Words
}

const (
	lettersWithin = 7 * 24 * time.Hour
	lettersShown  = 50
)

// letters shows the messages that were given up lately, and to whom: why stands in their story.
func (s *console) letters(w http.ResponseWriter, r *http.Request) {
	dead, err := s.Engine.DeadLettersSince(r.Context(), s.Now().Add(-lettersWithin))
	if err != nil {
		s.Logger.ErrorContext(r.Context(), "console letters", "error", err)
		s.problem(w, r, http.StatusInternalServerError, "problem.read")
		return
	}
	v := lettersView{Total: int64(len(dead))}
	for _, d := range dead[:min(lettersShown, len(dead))] {
		row := letterRow{DeadLetter: d}
		if told, err := s.Engine.Decision(r.Context(), d.Decision); err == nil { // who was erased is not there any more
			row.Content = s.contentName(told.Action.Content)
		}
		v.Rows = append(v.Rows, row)
	}
	page := s.view(r, "letters", v)
	page.Family, page.Siblings = familyOf("today")
	s.show(w, "letters", "frame.html", page)
}

// personOf is the last part of a person's id, as strangers are called.
func personOf(lang string, id aparte.PersonID) string {
	text := id.String()
	return word(lang, "people.stranger") + " …" + strings.ToLower(text[len(text)-6:])
}
