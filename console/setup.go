package console

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/access"
	"github.com/aparte-dev/aparte/decide"
)

// Furnishing gives a brand what it needs to speak: layouts, and with examples contents, items and what else a shop has.
type Furnishing func(b *aparte.Brand, examples bool) error

// Bringing brings in what a file holds: people, events or a catalogue, by what it is called.
type Bringing func(ctx context.Context, kind, name string, file io.Reader) (Brought, error)

// Brought is what became of the rows of a file.
type Brought struct {
	Rows, Taken, Aside int
	Reasons            []string // why rows were set aside, and the first of each
}

func (s *console) mountSetUp(mux *doors) {
	mux.HandleFunc("GET /console/set-up/{token}", s.askSetUp)
	mux.HandleFunc("POST /console/set-up/{token}", s.setUp)
	mux.HandleFunc("GET /console/begin", s.begin)
	mux.HandleFunc("POST /console/begin/{how}", s.beginWith)
	mux.HandleFunc("POST /console/checklist/{point}", s.putAway)
}

// setUpView is the page that makes the first account and the brand.
type setUpView struct {
	Form       setUpForm
	Said       string
	Branded    bool // there is a brand already
	Shortest   int
	Currencies []string
	Zones      []string
}

// setUpForm is what it asks.
type setUpForm struct {
	Name, Email               string
	Brand, Home               string
	Locale, Currency, Zone    string
	SenderName, SenderAddress string
	Postal                    string
}

// Those offered first. Others can be had by the brand's document.
var (
	currencies = []string{"EUR", "GBP", "USD", "CHF", "CAD", "AUD", "JPY", "SEK", "NOK", "DKK", "PLN", "MAD", "XOF"}
	locales    = []string{"en-GB", "en-US", "fr-FR", "fr-BE", "fr-CA", "fr-CH"}
	zones      = []string{"Europe/Paris", "Europe/London", "Europe/Brussels", "Europe/Zurich", "Europe/Berlin", "Europe/Madrid", "Europe/Rome", "Europe/Lisbon", "Europe/Dublin", "Europe/Stockholm", "Europe/Warsaw", "Europe/Athens", "Africa/Casablanca", "Africa/Abidjan", "America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles", "America/Montreal", "America/Sao_Paulo", "Asia/Dubai", "Asia/Kolkata", "Asia/Singapore", "Asia/Tokyo", "Australia/Sydney", "Pacific/Auckland", "UTC"}
)

func (s *console) askSetUp(w http.ResponseWriter, r *http.Request) {
	if !s.Entrance.Porter.SetsUp(r.PathValue("token")) {
		s.overJoin(w, r)
		return
	}
	f := setUpForm{Locale: "en-GB", Currency: "GBP", Zone: "Europe/London"}
	if language(r) == "fr" {
		f = setUpForm{Locale: "fr-FR", Currency: "EUR", Zone: "Europe/Paris"}
	}
	s.showSetUp(w, r, http.StatusOK, setUpView{Form: f})
}

func (s *console) showSetUp(w http.ResponseWriter, r *http.Request, status int, v setUpView) {
	v.Branded, v.Shortest, v.Currencies, v.Zones = s.Engine.Plan() != nil, access.ShortestPassword, currencies, zones
	s.bare(w, r, status, "setup", "setup.title", v)
}

// Locales are those that a brand can speak at first.
func (setUpView) Locales() []string { return locales }

func setUpAsked(r *http.Request) setUpForm {
	of := func(name string) string { return strings.TrimSpace(r.PostForm.Get(name)) }
	return setUpForm{
		Name: of("name"), Email: of("email"), Brand: of("brand"), Home: of("home"), Locale: of("locale"), Currency: of("currency"), Zone: of("zone"),
		SenderName: of("sender-name"), SenderAddress: of("sender-address"), Postal: of("postal"),
	}
}

// brand is the brand that a form describes. The error is a misfit.
func (f *setUpForm) brand() (*aparte.Brand, error) {
	b := &aparte.Brand{
		Name: f.Brand, Home: f.Home, Locale: f.Locale, Currency: f.Currency, Zone: f.Zone,
		Sender: aparte.Sender{Name: f.SenderName, Address: f.SenderAddress, ReplyTo: f.SenderAddress, Postal: f.Postal},
	}
	switch {
	case b.Name == "" || len(b.Name) > 100:
		return nil, &misfit{Field: "brand", Key: "setup.brand.wrong"}
	case !strings.HasPrefix(b.Home, "https://") && !strings.HasPrefix(b.Home, "http://") || len(b.Home) > 2048:
		return nil, &misfit{Field: "home", Key: "setup.home.wrong"}
	case len(f.Postal) > 500 || strings.ContainsAny(f.SenderName+f.SenderAddress, "\r\n") || len(f.SenderName) > 100:
		return nil, &misfit{Field: "sender", Key: "setup.sender.wrong"}
	}
	if f.SenderAddress != "" {
		if _, err := access.Address(f.SenderAddress); err != nil {
			return nil, &misfit{Field: "sender", Key: "setup.sender.wrong"}
		}
	}
	return b, nil
}

func (s *console) setUp(w http.ResponseWriter, r *http.Request) {
	if !s.form(w, r, maxAccessForm) {
		return
	}
	token := r.PathValue("token")
	if !s.Entrance.Porter.SetsUp(token) {
		s.overJoin(w, r)
		return
	}
	v := setUpView{Form: setUpAsked(r)}
	var b *aparte.Brand
	if s.Engine.Plan() == nil { // the brand is looked at before anything is kept
		var err error
		if b, err = s.plainest(&v.Form); err != nil {
			v.Said = s.misfitText(language(r), err)
			s.showSetUp(w, r, http.StatusUnprocessableEntity, v)
			return
		}
	}
	u, session, err := s.Entrance.Porter.SetUp(at(r), token, v.Form.Name, v.Form.Email, r.PostForm.Get("password"))
	if errors.Is(err, access.ErrLink) || errors.Is(err, access.ErrSetUp) {
		s.overJoin(w, r)
		return
	} else if err != nil {
		var status int
		status, v.Said = s.refusedIn(w, r, err)
		s.showSetUp(w, r, status, v)
		return
	}
	r = r.WithContext(access.WithUser(r.Context(), u))
	s.wrote(r.Context(), "house.setup", string(u.ID))
	s.Entrance.Begin(w, r, session)
	if b != nil {
		if _, err := s.Engine.PublishOn(r.Context(), b, 0, author(r)); err != nil { // it was compiled before: the store has failed
			s.Logger.ErrorContext(r.Context(), "console set-up", "error", err)
			s.problem(w, r, http.StatusInternalServerError, "problem.read")
			return
		}
	}
	begin := beginView{}
	if _, value, err := s.Entrance.Porter.CreateKey(r.Context(), word(language(r), "setup.key"), ""); err != nil {
		s.Logger.ErrorContext(r.Context(), "console set-up", "error", err) // one can be made on the page of keys
	} else {
		begin.Tag = s.tag(r, value)
	}
	s.showBegin(w, r, http.StatusOK, begin)
}

// plainest is the brand that a form describes, with nothing to say yet.
func (s *console) plainest(f *setUpForm) (*aparte.Brand, error) {
	b, err := f.brand()
	if err != nil {
		return nil, err
	}
	if s.Furnish != nil {
		if err := s.Furnish(b, false); err != nil {
			return nil, err
		}
	}
	_, err = decide.Compile(b, 0)
	return b, err
}

// misfitText is what is wrong with a form, in words.
func (s *console) misfitText(lang string, err error) string {
	var wrong *misfit
	if errors.As(err, &wrong) {
		return word(lang, wrong.Key)
	}
	return word(lang, "setup.wrong") + " " + strings.Join(refusalsOf(lang, err), " ; ")
}

// beginView is the page after the set-up: what to do next.
type beginView struct {
	Tag     string // shown this once
	Spoken  bool   // the brand has something to say already
	Can     bool   // there are examples to be had
	Brings  bool
	Said    string
	Done    string
	Brought *Brought
}

func (s *console) begin(w http.ResponseWriter, r *http.Request) {
	v := beginView{}
	if r.URL.Query().Get("done") == "examples" {
		v.Done = "begin.done.examples"
	}
	s.showBegin(w, r, http.StatusOK, v)
}

func (s *console) showBegin(w http.ResponseWriter, r *http.Request, status int, v beginView) {
	if plan := s.Engine.Plan(); plan != nil {
		v.Spoken = len(plan.Brand().Contents) > 0
	}
	v.Can, v.Brings = s.Furnish != nil && !v.Spoken, s.Bring != nil
	page := s.view(r, "begin", v)
	page.Here = "/console/begin"
	s.answer(w, status, "begin", "frame.html", page)
}

// maxBrought bounds a file that is brought in by the console. Larger ones go by `aparte import`.
const maxBrought = 64 << 20

func (s *console) beginWith(w http.ResponseWriter, r *http.Request) {
	switch r.PathValue("how") {
	case "examples":
		s.beginWithExamples(w, r)
	case "file":
		s.beginWithFile(w, r)
	default:
		s.nowhere(w, r)
	}
}

func (s *console) beginWithExamples(w http.ResponseWriter, r *http.Request) {
	plan := s.Engine.Plan()
	if s.Furnish == nil || plan == nil || len(plan.Brand().Contents) > 0 { // what somebody brought is not written over
		s.showBegin(w, r, http.StatusConflict, beginView{Said: word(language(r), "begin.spoken")})
		return
	}
	b := *plan.Brand()
	err := s.Furnish(&b, true)
	if err == nil {
		_, err = s.Engine.PublishOn(r.Context(), &b, plan.Version(), author(r))
	}
	if err != nil {
		s.Logger.ErrorContext(r.Context(), "console set-up", "error", err)
		s.showBegin(w, r, http.StatusUnprocessableEntity, beginView{Said: strings.Join(refusalsOf(language(r), err), " ; ")})
		return
	}
	http.Redirect(w, r, "/console/begin?done=examples", http.StatusSeeOther)
}

func (s *console) beginWithFile(w http.ResponseWriter, r *http.Request) {
	if s.Bring == nil {
		s.nowhere(w, r)
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxBrought)
	err := r.ParseMultipartForm(1 << 20) // beyond that the file is on the disk
	if err != nil {
		s.problem(w, r, http.StatusRequestEntityTooLarge, "problem.large")
		return
	}
	defer func() { _ = r.MultipartForm.RemoveAll() }() // temporary files
	file, head, err := r.FormFile("file")
	kind := r.PostFormValue("kind")
	if err != nil || !slices.Contains(broughtKinds, kind) {
		s.showBegin(w, r, http.StatusUnprocessableEntity, beginView{Said: word(language(r), "begin.file.none")})
		return
	}
	defer file.Close()
	brought, err := s.Bring(r.Context(), kind, head.Filename, file)
	if err != nil {
		s.showBegin(w, r, http.StatusUnprocessableEntity, beginView{Said: word(language(r), "begin.file.wrong") + " " + strings.Join(refusalsOf(language(r), err), " ; ")})
		return
	}
	access.Did(r.Context(), "file.brought", kind)
	s.showBegin(w, r, http.StatusOK, beginView{Brought: &brought})
}

// broughtKinds are what files can hold.
var broughtKinds = []string{"people", "events", "catalogue"}
