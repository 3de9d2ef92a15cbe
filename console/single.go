package console

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/aparte-dev/aparte/access"
	"github.com/aparte-dev/aparte/access/oidc"
)

// mountSingle gives their addresses to the way in by an identity provider and to its settings.
func (s *console) mountSingle(mux *doors) {
	if s.Single == nil {
		return
	}
	mux.HandleFunc("GET /console/sign-in/with", s.beginSingle)
	mux.HandleFunc("GET /console/sign-in/back", s.endSingle)
	mux.HandleFunc("GET /console/single", s.single)
	mux.HandleFunc("POST /console/single", s.setSingle)
	mux.HandleFunc("POST /console/single/remove", s.removeSingle)
}

const (
	singleBack   = "/console/sign-in/back" // where the provider leads back to
	singleCookie = "sign-in"               // holds the sign-in under way
	singleLasts  = 600                     // seconds that somebody has at the provider
)

// provider is what the identity provider is called; empty: there is none.
func (s *console) provider(ctx context.Context) string {
	if s.Single == nil {
		return ""
	}
	set, _, err := s.Single.Settings(ctx)
	if errors.Is(err, oidc.ErrNone) {
		return ""
	} else if err != nil {
		s.Logger.ErrorContext(ctx, "console access", "error", err)
		return ""
	}
	return set.Called()
}

// beginSingle leads somebody to the provider.
func (s *console) beginSingle(w http.ResponseWriter, r *http.Request) {
	to := homeward(r.URL.Query().Get("to"))
	err := s.Entrance.Porter.Barred(s.Entrance.From(r))
	var there string
	var flow oidc.Flow
	if err == nil {
		there, flow, err = s.Single.Begin(r.Context(), s.outside(r, singleBack), to)
	}
	var kept []byte
	if err == nil {
		kept, err = json.Marshal(flow)
	}
	if err != nil {
		s.refuseSingle(w, r, to, err)
		return
	}
	s.Entrance.Give(w, r, singleCookie, base64.RawURLEncoding.EncodeToString(kept), singleLasts)
	http.Redirect(w, r, there, http.StatusSeeOther)
}

// endSingle lets somebody in whom the provider led back.
func (s *console) endSingle(w http.ResponseWriter, r *http.Request) {
	var flow oidc.Flow
	kept, err := base64.RawURLEncoding.DecodeString(s.Entrance.Given(r, singleCookie))
	if err != nil || json.Unmarshal(kept, &flow) != nil {
		flow = oidc.Flow{}
	}
	s.Entrance.Give(w, r, singleCookie, "", -1)
	to, from := homeward(flow.To), s.Entrance.From(r)
	if err := s.Entrance.Porter.Barred(from); err != nil {
		s.refuseSingle(w, r, to, err)
		return
	}
	who, err := s.Single.End(r.Context(), flow, s.outside(r, singleBack), r.URL.Query())
	if errors.Is(err, oidc.ErrRefused) {
		s.Logger.WarnContext(r.Context(), "console access", "error", err)
		err = errors.Join(access.ErrRefused, s.Entrance.Porter.Missed(r.Context(), from))
	}
	var u access.User
	var token string
	if err == nil {
		u, token, err = s.Entrance.Porter.SignInOutside(at(r), who, from)
	}
	if err != nil {
		s.refuseSingle(w, r, to, err)
		return
	}
	s.wrote(access.WithUser(r.Context(), u), "user.signedin", string(u.ID))
	s.Entrance.Begin(w, r, token)
	http.Redirect(w, r, to, http.StatusSeeOther)
}

// refuseSingle shows the page to sign in again, which says what was wrong.
func (s *console) refuseSingle(w http.ResponseWriter, r *http.Request, to string, err error) {
	v := signInView{To: to}
	status := http.StatusUnprocessableEntity
	switch {
	case errors.Is(err, access.ErrRefused):
		v.Said = word(language(r), "single.refused")
	case errors.Is(err, oidc.ErrNone):
		v.Said = word(language(r), "single.none")
	case errors.Is(err, oidc.ErrUnreachable):
		s.Logger.WarnContext(r.Context(), "console access", "error", err)
		v.Said = word(language(r), "single.unreachable")
	default:
		status, v.Said = s.refusedIn(w, r, err)
	}
	s.showSignIn(w, r, status, v)
}

// singleView is the page of the identity provider.
type singleView struct {
	oidc.Settings
	There bool   // settings are in force
	Given bool   // by the command line
	Back  string // the address to be declared at the provider
	Done  string
	Said  string // what is wrong
	Wrong string // the field that is
}

// At reports whether a field is the one that is wrong.
func (v singleView) At(field string) bool { return v.Wrong == field }

// DomainList is how the domains stand in their field.
func (v singleView) DomainList() string { return strings.Join(v.Domains, ", ") }

func (s *console) single(w http.ResponseWriter, r *http.Request) {
	v := singleView{}
	switch done := r.URL.Query().Get("done"); done {
	case "kept", "removed":
		v.Done = "single.done." + done
	}
	s.showSingle(w, r, http.StatusOK, v)
}

// showSingle shows what is in force, or what was asked and cannot be.
func (s *console) showSingle(w http.ResponseWriter, r *http.Request, status int, v singleView) {
	set, given, err := s.Single.Settings(r.Context())
	if err != nil && !errors.Is(err, oidc.ErrNone) {
		s.Logger.ErrorContext(r.Context(), "console access", "error", err)
		s.problem(w, r, http.StatusInternalServerError, "problem.read")
		return
	}
	if v.Said == "" {
		v.Settings = set
	}
	v.There, v.Given, v.Back = err == nil, given, s.outside(r, singleBack)
	v.Secret = "" // what was typed is typed again
	page := s.view(r, "single", v)
	page.Here = "/console/single"
	s.answer(w, status, "single", "frame.html", page)
}

func (s *console) setSingle(w http.ResponseWriter, r *http.Request) {
	if !s.form(w, r, maxAccessForm) {
		return
	}
	get := func(name string) string { return r.PostForm.Get(name) }
	set := oidc.Settings{Name: get("name"), Issuer: get("issuer"), Client: get("client"), Secret: get("secret"), RoleClaim: get("roleClaim"), Private: get("private") != ""}
	set.Domains = strings.FieldsFunc(get("domains"), func(r rune) bool { return r == ',' || r == ';' || r == ' ' || r == '\n' || r == '\r' || r == '\t' })
	err := s.Single.Set(r.Context(), set)
	var fault *oidc.Fault
	switch {
	case errors.As(err, &fault):
		access.Silent(r.Context())
		s.showSingle(w, r, http.StatusUnprocessableEntity, singleView{Settings: set, Said: word(language(r), "single.wrong."+fault.Reason), Wrong: fault.Field})
	case err != nil:
		s.failedSingle(w, r, err)
	default:
		http.Redirect(w, r, "/console/single?"+url.Values{"done": {"kept"}}.Encode(), http.StatusSeeOther)
	}
}

func (s *console) removeSingle(w http.ResponseWriter, r *http.Request) {
	if err := s.Single.Remove(r.Context()); err != nil {
		s.failedSingle(w, r, err)
		return
	}
	http.Redirect(w, r, "/console/single?"+url.Values{"done": {"removed"}}.Encode(), http.StatusSeeOther)
}

func (s *console) failedSingle(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, oidc.ErrGiven) {
		s.problem(w, r, http.StatusConflict, "single.given")
		return
	}
	s.Logger.ErrorContext(r.Context(), "console access", "error", err)
	s.problem(w, r, http.StatusInternalServerError, "problem.read")
}
