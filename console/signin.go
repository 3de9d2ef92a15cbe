package console

import (
	"context"
	"errors"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/aparte-dev/aparte/access"
)

// accessPages are the pages about who comes in.
var accessPages = []string{"signin", "join", "code", "account", "second", "setup", "begin", "users", "keys", "channels", "single", "record"}

// settingsPages are those of administrators.
var settingsPages = []string{"users", "single", "keys", "channels", "record"}

// mountAccess gives their addresses to pages of who may come in, where somebody asks.
func (s *console) mountAccess(mux *doors) {
	if s.Entrance == nil {
		return
	}
	mux.HandleFunc("GET /console/sign-in", s.askSignIn)
	mux.HandleFunc("POST /console/sign-in", s.signIn)
	mux.HandleFunc("POST /console/sign-out", s.signOut)
	mux.HandleFunc("GET /console/join/{token}", s.askJoin)
	mux.HandleFunc("POST /console/join/{token}", s.join)
	mux.HandleFunc("GET /console/account", s.account)
	mux.HandleFunc("POST /console/account/password", s.changePassword)
	mux.HandleFunc("POST /console/account/everywhere", s.signOutEverywhere)
	mux.HandleFunc("POST /console/account/sessions/{name}/end", s.endSession)
	s.mountSecond(mux)
	s.mountSetUp(mux)
	s.mountSettings(mux)
	s.mountSingle(mux)
}

// reader is whose a page is. bare: nobody's.
func (s *console) reader(r *http.Request) (u access.User, bare bool) {
	u, known := access.UserOf(r.Context())
	return u, !known
}

// maxAccessForm bounds forms of who comes in.
const maxAccessForm = 16 << 10

// signInView is the page that asks who comes.
type signInView struct {
	To    string // where to go from there
	Email string
	Said  string // what is wrong, in words
	Done  string // a word's key: what was just done

	Single string // what the identity provider is called; empty: there is none
}

// homeward is where somebody goes who asked for an address, if it is one of the console.
func homeward(to string) string {
	if strings.HasPrefix(to, "/console/") && !strings.HasPrefix(to, "/console/sign-") && !strings.ContainsAny(to, "\r\n\\") {
		return to
	}
	return "/console/"
}

func (s *console) askSignIn(w http.ResponseWriter, r *http.Request) {
	to := homeward(r.URL.Query().Get("to"))
	if u, _ := access.UserOf(r.Context()); u.ID != "" {
		http.Redirect(w, r, to, http.StatusSeeOther)
		return
	}
	s.showSignIn(w, r, http.StatusOK, signInView{To: to})
}

func (s *console) showSignIn(w http.ResponseWriter, r *http.Request, status int, v signInView) {
	v.Single = s.provider(r.Context())
	s.bare(w, r, status, "signin", "signin.title", v)
}

// bare shows a page to somebody who is not known, or not asked.
func (s *console) bare(w http.ResponseWriter, r *http.Request, status int, name, title string, data any) {
	v := view{Lang: language(r), Page: name, Here: r.URL.RequestURI(), Bare: true, Now: s.Now().UTC(), Data: data}
	v.Title = word(v.Lang, title)
	s.answer(w, status, name, "frame.html", v)
}

func (s *console) signIn(w http.ResponseWriter, r *http.Request) {
	if !s.form(w, r, maxAccessForm) {
		return
	}
	v := signInView{To: homeward(r.PostForm.Get("to")), Email: r.PostForm.Get("email")}
	u, token, err := s.Entrance.Porter.SignIn(at(r), v.Email, r.PostForm.Get("password"), s.Entrance.From(r))
	if asked := (*access.Asked)(nil); errors.As(err, &asked) {
		s.Entrance.Give(w, r, ticketCookie, asked.Ticket, ticketLasts)
		http.Redirect(w, r, "/console/sign-in/code?"+url.Values{"to": {v.To}}.Encode(), http.StatusSeeOther)
		return
	} else if err != nil {
		status, said := s.refusedIn(w, r, err)
		v.Said = said
		s.showSignIn(w, r, status, v)
		return
	}
	s.wrote(access.WithUser(r.Context(), u), "user.signedin", string(u.ID))
	s.Entrance.Begin(w, r, token)
	http.Redirect(w, r, v.To, http.StatusSeeOther)
}

// at is the context of a request by which somebody signs in: their session is told by the browser that asks.
func at(r *http.Request) context.Context { return access.At(r.Context(), r.UserAgent()) }

// refusedIn says why somebody does not come in: what about accounts and passwords cannot be, in the reader's language.
func (s *console) refusedIn(w http.ResponseWriter, r *http.Request, err error) (status int, said string) {
	lang := language(r)
	if many := (*access.TooMany)(nil); errors.As(err, &many) {
		wait := many.Until.Sub(s.Now())
		w.Header().Set("Retry-After", strconv.Itoa(max(1, int(math.Ceil(wait.Seconds())))))
		return http.StatusTooManyRequests, strings.ReplaceAll(word(lang, "signin.wait"), "{minutes}", countText(lang, max(1, int64(math.Ceil(wait.Minutes())))))
	}
	for known, key := range map[error]string{
		access.ErrRefused: "signin.refused", access.ErrLink: "join.over", access.ErrShort: "password.short", access.ErrLong: "password.long",
		access.ErrCommon: "password.common", access.ErrName: "account.name.wrong", access.ErrEmail: "account.email.wrong", access.ErrTaken: "account.email.taken",
		access.ErrLast: "users.last", access.ErrRole: "users.role.wrong", access.ErrSetUp: "join.over", access.ErrFull: "users.full", access.ErrUnknown: "problem.nowhere", access.ErrKeyName: "keys.name.wrong",
		access.ErrNoSecond: "second.none",
	} {
		if errors.Is(err, known) {
			return http.StatusUnprocessableEntity, word(lang, key)
		}
	}
	s.Logger.ErrorContext(r.Context(), "console access", "error", err)
	return http.StatusInternalServerError, word(lang, "problem.read")
}

func (s *console) signOut(w http.ResponseWriter, r *http.Request) {
	if err := s.Entrance.End(w, r); err != nil {
		s.Logger.ErrorContext(r.Context(), "console access", "error", err)
	}
	http.Redirect(w, r, "/console/sign-in", http.StatusSeeOther)
}

// joinView is the page on which somebody who was given a link chooses a password.
type joinView struct {
	Whose    access.User
	Said     string
	Shortest int
}

func (s *console) askJoin(w http.ResponseWriter, r *http.Request) {
	u, err := s.Entrance.Porter.Invited(r.PathValue("token"))
	if err != nil {
		s.overJoin(w, r)
		return
	}
	s.bare(w, r, http.StatusOK, "join", "join.title", joinView{Whose: u, Shortest: access.ShortestPassword})
}

// overJoin says that a link is good for nothing any more.
func (s *console) overJoin(w http.ResponseWriter, r *http.Request) {
	s.showSignIn(w, r, http.StatusGone, signInView{To: "/console/", Said: word(language(r), "join.over")})
}

func (s *console) join(w http.ResponseWriter, r *http.Request) {
	if !s.form(w, r, maxAccessForm) {
		return
	}
	token := r.PathValue("token")
	u, err := s.Entrance.Porter.Invited(token)
	if err != nil {
		s.overJoin(w, r)
		return
	}
	_, session, err := s.Entrance.Porter.Join(at(r), token, r.PostForm.Get("password"))
	if err != nil {
		status, said := s.refusedIn(w, r, err)
		s.bare(w, r, status, "join", "join.title", joinView{Whose: u, Said: said, Shortest: access.ShortestPassword})
		return
	}
	s.wrote(access.WithUser(r.Context(), u), "user.joined", string(u.ID))
	if session == "" { // their second factor is asked for, too
		s.showSignIn(w, r, http.StatusOK, signInView{To: "/console/", Email: u.Email, Done: "join.second"})
		return
	}
	s.Entrance.Begin(w, r, session)
	http.Redirect(w, r, "/console/", http.StatusSeeOther)
}

// accountView is somebody's own account.
type accountView struct {
	Sessions []access.Session
	Second   time.Time // since when they have a second factor; zero: they have none
	Said     string
	Done     string
	Shortest int
}

func (s *console) account(w http.ResponseWriter, r *http.Request) {
	if u, _ := access.UserOf(r.Context()); u.Owes {
		http.Redirect(w, r, "/console/account/second", http.StatusSeeOther)
		return
	}
	v := accountView{}
	switch done := r.URL.Query().Get("done"); done {
	case "password", "session":
		v.Done = "account.done." + done
	}
	s.showAccount(w, r, http.StatusOK, v)
}

func (s *console) showAccount(w http.ResponseWriter, r *http.Request, status int, v accountView) {
	u, _ := access.UserOf(r.Context())
	v.Shortest = access.ShortestPassword
	v.Sessions = s.Entrance.Sessions(r, u.ID)
	v.Second, _ = s.Entrance.Porter.Second(u.ID)
	page := s.view(r, "account", v)
	page.Here = "/console/account"
	s.answer(w, status, "account", "frame.html", page)
}

func (s *console) changePassword(w http.ResponseWriter, r *http.Request) {
	if !s.form(w, r, maxAccessForm) {
		return
	}
	u, _ := access.UserOf(r.Context())
	token, err := s.Entrance.Porter.ChangePassword(at(r), u.ID, r.PostForm.Get("before"), r.PostForm.Get("password"), s.Entrance.From(r))
	if err != nil {
		status, said := s.refusedIn(w, r, err)
		if errors.Is(err, access.ErrRefused) {
			said = word(language(r), "account.before.wrong")
		}
		s.showAccount(w, r, status, accountView{Said: said})
		return
	}
	access.Did(r.Context(), "POST /console/account/password", string(u.ID))
	s.Entrance.Begin(w, r, token)
	http.Redirect(w, r, "/console/account?done=password", http.StatusSeeOther)
}

// endSession ends one of the reader's own sessions, at whichever browser.
func (s *console) endSession(w http.ResponseWriter, r *http.Request) {
	u, _ := access.UserOf(r.Context())
	err := s.Entrance.Porter.EndSession(r.Context(), u.ID, r.PathValue("name"))
	if errors.Is(err, access.ErrUnknown) {
		s.problem(w, r, http.StatusNotFound, "problem.nowhere")
		return
	} else if err != nil {
		s.Logger.ErrorContext(r.Context(), "console access", "error", err)
		s.problem(w, r, http.StatusInternalServerError, "problem.read")
		return
	}
	access.Did(r.Context(), "user.session", string(u.ID))
	http.Redirect(w, r, "/console/account?done=session", http.StatusSeeOther)
}

func (s *console) signOutEverywhere(w http.ResponseWriter, r *http.Request) {
	u, _ := access.UserOf(r.Context())
	if err := s.Entrance.Porter.SignOutEverywhere(r.Context(), u.ID); err != nil {
		s.Logger.ErrorContext(r.Context(), "console access", "error", err)
		s.problem(w, r, http.StatusInternalServerError, "problem.read")
		return
	}
	access.Did(r.Context(), "POST /console/account/everywhere", string(u.ID))
	s.signOut(w, r)
}
