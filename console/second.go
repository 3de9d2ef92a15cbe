package console

import (
	"errors"
	"net/http"
	"time"

	"github.com/aparte-dev/aparte/access"
)

// mountSecond gives their addresses to the pages of second factors.
func (s *console) mountSecond(mux *doors) {
	mux.HandleFunc("GET /console/sign-in/code", s.askCode)
	mux.HandleFunc("POST /console/sign-in/code", s.signInSecond)
	mux.HandleFunc("GET /console/account/second", s.second)
	mux.HandleFunc("GET /console/account/second/{nonce}", s.secondPicture)
	mux.HandleFunc("POST /console/account/second", s.takeSecond)
	mux.HandleFunc("POST /console/account/second/leave", s.leaveSecond)
	mux.HandleFunc("POST /console/users/second", s.demandSecond)
}

// ticketCookie holds what a right password was answered with, until the code is told.
const (
	ticketCookie = "code"
	ticketLasts  = 5 * 60 // seconds
)

// codeView is the page that asks for a code of the second factor.
type codeView struct{ To, Said string }

func (s *console) askCode(w http.ResponseWriter, r *http.Request) {
	if s.Entrance.Given(r, ticketCookie) == "" {
		s.showSignIn(w, r, http.StatusOK, signInView{To: "/console/"})
		return
	}
	s.bare(w, r, http.StatusOK, "code", "code.title", codeView{To: homeward(r.URL.Query().Get("to"))})
}

func (s *console) signInSecond(w http.ResponseWriter, r *http.Request) {
	if !s.form(w, r, maxAccessForm) {
		return
	}
	v := codeView{To: homeward(r.PostForm.Get("to"))}
	u, token, err := s.Entrance.Porter.SignInSecond(at(r), s.Entrance.Given(r, ticketCookie), r.PostForm.Get("code"), s.Entrance.From(r))
	switch {
	case errors.Is(err, access.ErrTicket):
		s.Entrance.Give(w, r, ticketCookie, "", -1)
		s.showSignIn(w, r, http.StatusUnprocessableEntity, signInView{To: v.To, Said: word(language(r), "code.over")})
		return
	case err != nil:
		var status int
		if status, v.Said = s.refusedIn(w, r, err); errors.Is(err, access.ErrRefused) {
			v.Said = word(language(r), "code.wrong")
		}
		s.bare(w, r, status, "code", "code.title", v)
		return
	}
	s.wrote(access.WithUser(r.Context(), u), "user.signedin", string(u.ID))
	s.Entrance.Give(w, r, ticketCookie, "", -1)
	s.Entrance.Begin(w, r, token)
	http.Redirect(w, r, v.To, http.StatusSeeOther)
}

// secondView is the page of somebody's second factor.
type secondView struct {
	Since    time.Time // zero: they have none
	Left     int       // recovery codes
	Demanded bool
	Offer    access.Offer
	Never    bool     // none can be had here
	Codes    []string // shown this once
	Said     string
	Done     string
}

func (s *console) second(w http.ResponseWriter, r *http.Request) {
	v := secondView{}
	if r.URL.Query().Get("done") == "left" {
		v.Done = "second.done.left"
	}
	s.showSecond(w, r, http.StatusOK, v)
}

func (s *console) showSecond(w http.ResponseWriter, r *http.Request, status int, v secondView) {
	u, _ := access.UserOf(r.Context())
	porter := s.Entrance.Porter
	v.Since, v.Left = porter.Second(u.ID)
	v.Demanded = porter.Demands()
	if v.Since.IsZero() {
		var err error
		v.Offer, err = porter.Offered(u, s.issuer(), v.Offer.Nonce)
		v.Never = err != nil
	}
	if u.Owes { // what the frame tells of the house is not for them yet
		s.bare(w, r, status, "second", "second.title", v)
		return
	}
	page := s.view(r, "second", v)
	page.Here = "/console/account/second"
	s.answer(w, status, "second", "frame.html", page)
}

// issuer is what generators show codes of this house as.
func (s *console) issuer() string {
	if plan := s.Engine.Plan(); plan != nil && plan.Brand().Name != "" {
		return "Aparté " + plan.Brand().Name
	}
	return "Aparté"
}

// secondPicture is what the camera of a generator looks at.
func (s *console) secondPicture(w http.ResponseWriter, r *http.Request) {
	u, _ := access.UserOf(r.Context())
	offer, err := s.Entrance.Porter.Offered(u, s.issuer(), r.PathValue("nonce"))
	if err != nil {
		http.NotFound(w, r)
		return
	}
	picture, err := offer.QR()
	if err != nil {
		s.Logger.ErrorContext(r.Context(), "console access", "error", err)
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "image/png")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(picture) // the browser has gone
}

func (s *console) takeSecond(w http.ResponseWriter, r *http.Request) {
	if !s.form(w, r, maxAccessForm) {
		return
	}
	u, _ := access.UserOf(r.Context())
	nonce := r.PostForm.Get("nonce")
	codes, err := s.Entrance.Porter.TakeSecond(r.Context(), u.ID, nonce, r.PostForm.Get("code"), s.Entrance.From(r))
	if err != nil {
		status, said := s.refusedCode(w, r, err)
		v := secondView{Said: said}
		if _, err := s.Entrance.Porter.Offered(u, "", nonce); err == nil {
			v.Offer.Nonce = nonce // the generator has it already
		}
		s.showSecond(w, r, status, v)
		return
	}
	access.Did(r.Context(), "user.second", string(u.ID))
	s.showSecond(w, r, http.StatusOK, secondView{Codes: codes, Done: "second.done.taken"})
}

func (s *console) leaveSecond(w http.ResponseWriter, r *http.Request) {
	if !s.form(w, r, maxAccessForm) {
		return
	}
	u, _ := access.UserOf(r.Context())
	if err := s.Entrance.Porter.LeaveSecond(r.Context(), u.ID, r.PostForm.Get("code"), s.Entrance.From(r)); err != nil {
		status, said := s.refusedCode(w, r, err)
		s.showSecond(w, r, status, secondView{Said: said})
		return
	}
	access.Did(r.Context(), "user.second.left", string(u.ID))
	http.Redirect(w, r, "/console/account/second?done=left", http.StatusSeeOther)
}

// refusedCode says why a code is not taken.
func (s *console) refusedCode(w http.ResponseWriter, r *http.Request, err error) (status int, said string) {
	status, said = s.refusedIn(w, r, err)
	if errors.Is(err, access.ErrRefused) {
		said = word(language(r), "code.wrong")
	}
	return status, said
}

// demandSecond says whether everybody must have a second factor.
func (s *console) demandSecond(w http.ResponseWriter, r *http.Request) {
	if !s.form(w, r, maxAccessForm) {
		return
	}
	demanded := r.PostForm.Get("demand") == "yes"
	if err := s.Entrance.Porter.Demand(r.Context(), demanded); err != nil {
		status, said := s.refusedIn(w, r, err)
		s.showUsers(w, r, status, usersView{Said: said})
		return
	}
	done := "free"
	if demanded {
		done = "demanded"
	}
	access.Did(r.Context(), "users."+done, "")
	http.Redirect(w, r, "/console/users?done="+done, http.StatusSeeOther)
}
