package console

import (
	"net/http"
	"strconv"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/channel/mailbox"
)

// mailsShown is how many mails the list shows.
const mailsShown = 100

func (s *console) mails(w http.ResponseWriter, r *http.Request) {
	if s.Mailbox == nil {
		s.problem(w, r, http.StatusNotFound, "problem.nomail")
		return
	}
	mails := s.Mailbox.Mails()
	s.show(w, "mails", "frame.html", s.view(r, "mail", mails[:min(mailsShown, len(mails))]))
}

// mailView is one mail, and whose it is.
type mailView struct {
	Mail   *mailbox.Mail
	Person aparte.PersonID
}

func (s *console) oneMail(w http.ResponseWriter, r *http.Request) (mailbox.Mail, bool) {
	id, err := strconv.ParseUint(r.PathValue("id"), 10, 64)
	if s.Mailbox != nil && err == nil {
		if m, ok := s.Mailbox.Mail(id); ok {
			return m, true
		}
	}
	s.problem(w, r, http.StatusNotFound, "problem.mail")
	return mailbox.Mail{}, false
}

func (s *console) mail(w http.ResponseWriter, r *http.Request) {
	m, ok := s.oneMail(w, r)
	if !ok {
		return
	}
	v := mailView{Mail: &m}
	if len(m.Recipients) > 0 {
		v.Person, _ = s.search(r.Context(), m.Recipients[0]) // zero: no link to a story
	}
	page := s.view(r, "mail", v)
	page.Title = m.Subject
	s.show(w, "mail", "frame.html", page)
}

// mailSource is the mail as it was transmitted, for who wants to see its headers and parts.
func (s *console) mailSource(w http.ResponseWriter, r *http.Request) {
	m, ok := s.oneMail(w, r)
	if !ok {
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	if _, err := w.Write(m.Raw); err != nil {
		s.Logger.DebugContext(r.Context(), "mail source not read to its end")
	}
}

// mailBody is the mail's own HTML, in a sandbox, with its pictures fetched as a mail client would.
func (s *console) mailBody(w http.ResponseWriter, r *http.Request) {
	m, ok := s.oneMail(w, r)
	if !ok {
		return
	}
	framed(w)
	writeFrame(w, m.HTML)
}
