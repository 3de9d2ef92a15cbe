package console

import (
	"bytes"
	"context"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/access"
	"github.com/aparte-dev/aparte/access/oidc"
	"github.com/aparte-dev/aparte/asset"
	"github.com/aparte-dev/aparte/channel"
	"github.com/aparte-dev/aparte/channel/mailbox"
	"github.com/aparte-dev/aparte/channel/webhook"
	"github.com/aparte-dev/aparte/engine"
	"github.com/aparte-dev/aparte/exchange/source"
	"github.com/aparte-dev/aparte/grant"
	"github.com/aparte-dev/aparte/observe"
	"github.com/aparte-dev/aparte/quality"
	"github.com/aparte-dev/aparte/writer"
)

//go:embed static
var static embed.FS

//go:embed pages
var pages embed.FS

// Config is what a console shows.
type Config struct {
	Engine   *engine.Engine
	Assets   *asset.Library   // pictures that were uploaded; nil: the page is not there
	Writer   *writer.Writer   // drafts words and describes pictures; nil: people do
	Quality  *quality.Keeper  // how good what comes in is; nil: the page is not there
	Grants   *grant.Ledger    // where personal data may go; nil: it is not told
	Webhooks *webhook.Hooks   // who is told of what happens; nil: the page is not there
	Sources  *source.Sources  // queries that are asked on a schedule; nil: the page is not there
	Mailbox  *mailbox.Mailbox // the built-in mailbox of the demo; nil: there is none
	Entrance *access.Entrance // who may come in, and what they may; nil: anybody, anything
	Single   *oidc.Door       // the way in by an identity provider; nil: there is none
	Now      func() time.Time // nil: time.Now
	Doors    *observe.Doors   // what counts requests; nil: nobody does
	Logger   *slog.Logger     // nil: nothing is logged

	// ReadBrand reads a brand that somebody pastes, as the doors read one; nil: none can be pasted.
	ReadBrand func(body []byte) (*aparte.Brand, error)

	// Resend takes in what is kept aside, mended where that is not nil; an error that tells what is still wrong has a line for
	// each fault.
	Resend func(ctx context.Context, id quality.ID, mended []byte) error

	// TakeOut answers with all that is known of a person, to be read or for machines, and writes down who asked; nil: it cannot be had.
	TakeOut func(w http.ResponseWriter, r *http.Request, id aparte.PersonID, by, lang string, read bool) error

	Furnish Furnishing       // gives a new brand its layouts, and examples; nil: it begins with nothing
	Bring   Bringing         // brings files in; nil: none can be
	Senders []channel.Sender // channels outward that are set up

	// Patience is how long a page waits for what is being looked for in the log; after that it says how far it is, and asks again.
	// 0: as long as nobody minds.
	Patience time.Duration

	// Simulated says that the people are made up, and has the pages say so.
	Simulated bool
}

// console serves the pages.
type console struct {
	Config
	templates map[string]*template.Template
	judged    atomic.Int64 // how many hundredths of the judgement under way are done
	rehearsed atomic.Int64 // the same of the test of a scenario
}

// New is the console, to be mounted at /console/. Without an Entrance, who may see it is for the caller to check.
func New(c Config) (http.Handler, error) {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Patience == 0 {
		c.Patience = 50 * time.Millisecond
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	s := &console{Config: c}
	if err := s.parse(); err != nil {
		return nil, err
	}
	mux := &doors{ServeMux: http.NewServeMux(), console: s}
	if err := s.mount(mux); err != nil {
		return nil, err
	}
	return c.Doors.Around(observe.Console, mux, secured(http.NewCrossOriginProtection().Handler(s.known(mux)))), nil
}

// mount gives every page its address.
func (s *console) mount(mux *doors) error {
	files, err := fs.Sub(static, "static")
	if err != nil {
		return fmt.Errorf("console: %w", err)
	}
	mux.Handle("GET /console/static/", http.StripPrefix("/console/static/", filesOf(files)))
	mux.Handle("GET /console/{$}", http.RedirectHandler("/console/today", http.StatusFound))
	mux.HandleFunc("GET /console/today", s.today)
	mux.HandleFunc("GET /console/today/pulse", s.todayPulse)
	mux.HandleFunc("GET /console/letters", s.letters)
	mux.HandleFunc("GET /console/live", s.live)
	mux.HandleFunc("GET /console/live/pulse", s.livePulse)
	mux.HandleFunc("GET /console/live/feed", s.feed)
	mux.HandleFunc("GET /console/people", s.people)
	mux.HandleFunc("POST /console/people/find", s.findPerson)
	mux.HandleFunc("POST /console/people/where", s.people)
	mux.HandleFunc("GET /console/personas", s.personas)
	mux.HandleFunc("GET /console/people/{id}", s.person)
	mux.HandleFunc("GET /console/people/{id}/now/{slot}", s.now)
	mux.HandleFunc("GET /console/people/{id}/asked", s.asked)
	mux.HandleFunc("GET /console/people/{id}/everything/{form}", s.takeOut)
	mux.HandleFunc("POST /console/people/{id}/erase", s.erase)
	mux.HandleFunc("POST /console/people/{id}/objection", s.objection)
	mux.HandleFunc("GET /console/people/{id}/identity", s.identity)
	mux.HandleFunc("POST /console/people/{id}/unmerge", s.unmerge)
	mux.HandleFunc("POST /console/people/{id}/merge", s.merge)
	mux.HandleFunc("POST /console/people/release", s.release)
	mux.HandleFunc("GET /console/contents", s.contents)
	mux.HandleFunc("GET /console/contents/{id}", s.content)
	mux.HandleFunc("POST /console/contents/{id}/variants", s.addVariant)
	mux.HandleFunc("POST /console/contents/{id}/drafts", s.askDrafts)
	mux.HandleFunc("GET /console/contents/{id}/{layout}/for/{person}", s.preview)
	mux.HandleFunc("GET /console/contents/{id}/mail/{person}", s.previewMail)
	s.mountStated(mux)
	mux.HandleFunc("GET /console/results", s.results)
	mux.HandleFunc("GET /console/attribution", s.attribution)
	mux.HandleFunc("GET /console/path", s.path)
	mux.HandleFunc("GET /console/rhythm", s.rhythm)
	mux.HandleFunc("GET /console/figures/{name}", s.exported)
	mux.HandleFunc("GET /console/value", s.value)
	mux.HandleFunc("GET /console/audiences", s.audiences)
	mux.HandleFunc("POST /console/audiences", s.saveAudience)
	mux.HandleFunc("GET /console/audiences/{id}", s.oneAudience)
	mux.HandleFunc("POST /console/audiences/{id}", s.saveAudience)
	mux.HandleFunc("POST /console/audiences/{id}/delete", s.removeAudience)
	mux.HandleFunc("GET /console/audiences/{id}/alike", s.alike)
	mux.HandleFunc("POST /console/audiences/{id}/alike", s.findAlike)
	mux.HandleFunc("POST /console/audiences/{id}/alike/audience", s.makeAlike)
	mux.HandleFunc("GET /console/scores", s.scores)
	mux.HandleFunc("GET /console/whatif", s.whatIf)
	mux.HandleFunc("POST /console/whatif", s.whatIfAnswer)
	mux.HandleFunc("GET /console/whatif/progress", s.whatIfProgress)
	mux.HandleFunc("GET /console/whatif/brand.json", s.whatIfBrand)
	s.mountScenarios(mux)
	s.mountAccess(mux)
	mux.HandleFunc("GET /console/places", s.places)
	mux.HandleFunc("POST /console/places", s.bringPlaces)
	mux.HandleFunc("GET /console/places/{id}", s.onePlace)
	mux.HandleFunc("POST /console/places/{id}/delete", s.removePlace)
	mux.HandleFunc("GET /console/tasks", s.tasks)
	mux.HandleFunc("POST /console/tasks/{id}/{do}", s.sayOfTask)
	mux.HandleFunc("GET /console/privacy", s.privacy)
	mux.HandleFunc("POST /console/privacy/wordings", s.addWording)
	mux.HandleFunc("POST /console/privacy/requests", s.noteRequest)
	if s.Grants != nil {
		mux.HandleFunc("POST /console/privacy/grants", s.grantFiles)
		mux.HandleFunc("POST /console/privacy/grants/{id}/{do}", s.changeGrant)
	}
	mux.HandleFunc("GET /console/people/{id}/consents", s.proof)
	s.mountData(mux)
	mux.HandleFunc("GET /console/data/attributes", s.attributes)
	mux.HandleFunc("POST /console/data/attributes", s.keepAttribute)
	mux.HandleFunc("GET /console/mail", s.mails)
	mux.HandleFunc("GET /console/mail/{id}", s.mail)
	mux.HandleFunc("GET /console/mail/{id}/body", s.mailBody)
	mux.HandleFunc("GET /console/mail/{id}/source", s.mailSource)
	mux.HandleFunc("GET /console/language/{lang}", s.language)
	mux.HandleFunc("GET /console/", s.nowhere)
	return nil
}

// filesOf serves the files of a directory and nothing else: no list of them, and of a name that no file can have it says that there is none.
func filesOf(files fs.FS) http.Handler {
	serve := http.FileServerFS(files)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if at, err := fs.Stat(files, r.URL.Path); err != nil || at.IsDir() {
			http.NotFound(w, r)
			return
		}
		serve.ServeHTTP(w, r)
	})
}

// mountStated gives their addresses to pages of what a marketer states.
func (s *console) mountStated(mux *doors) {
	mux.HandleFunc("GET /console/content", s.newContent)
	mux.HandleFunc("POST /console/content", s.createContent)
	mux.HandleFunc("POST /console/contents/{id}/be/{do}", s.changeContent)
	mux.HandleFunc("GET /console/objectives", s.objectives)
	mux.HandleFunc("POST /console/objectives", s.saveObjective)
	mux.HandleFunc("GET /console/objectives/{id}", s.objectives)
	mux.HandleFunc("POST /console/objectives/{id}", s.saveObjective)
	mux.HandleFunc("POST /console/objectives/{id}/delete", s.removeObjective)
	mux.HandleFunc("GET /console/rules", s.rules)
	mux.HandleFunc("POST /console/rules", s.saveRule)
	mux.HandleFunc("GET /console/rules/{id}", s.rules)
	mux.HandleFunc("POST /console/rules/{id}", s.saveRule)
	mux.HandleFunc("POST /console/rules/{id}/delete", s.removeRule)
	mux.HandleFunc("GET /console/changes", s.changes)
	mux.HandleFunc("GET /console/drafts", s.drafts)
	mux.HandleFunc("POST /console/drafts", s.beginDraft)
	mux.HandleFunc("GET /console/drafts/{id}", s.drafts)
	mux.HandleFunc("POST /console/drafts/{id}/{do}", s.changeDraft)
	mux.HandleFunc("POST /console/changes/{version}/back", s.goBack)
}

func (s *console) mountScenarios(mux *doors) {
	mux.HandleFunc("GET /console/scenarios", s.scenarios)
	mux.HandleFunc("GET /console/scenarios/{id}", s.oneScenario)
	mux.HandleFunc("POST /console/scenarios/{id}", s.saveScenario)
	mux.HandleFunc("POST /console/scenarios/{id}/test", s.testScenario)
	mux.HandleFunc("POST /console/scenarios/{id}/delete", s.removeScenario)
	mux.HandleFunc("GET /console/scenario", s.newScenario)
	mux.HandleFunc("POST /console/scenario", s.createScenario)
	mux.HandleFunc("POST /console/scenario/test", s.testNew)
	mux.HandleFunc("GET /console/playbook/{id}", s.onePlay)
	mux.HandleFunc("POST /console/playbook/{id}", s.switchOn)
	mux.HandleFunc("POST /console/playbook/{id}/test", s.testPlay)
	mux.HandleFunc("GET /console/rehearsal/progress", s.rehearseProgress)
}

// mountData gives their addresses to pages of what may not be there.
func (s *console) mountData(mux *doors) {
	if s.Assets != nil {
		mux.HandleFunc("GET /console/assets", s.listAssets)
		mux.HandleFunc("POST /console/assets", s.uploadAsset)
		mux.HandleFunc("GET /console/assets/{name}", s.assetFile)
		mux.HandleFunc("POST /console/assets/{name}", s.describeAsset)
		mux.HandleFunc("POST /console/assets/{name}/delete", s.removeAsset)
	}
	if s.Quality != nil {
		mux.HandleFunc("GET /console/data", s.data)
		mux.HandleFunc("GET /console/data/event", s.dataEvent)
		mux.HandleFunc("GET /console/data/aside", s.aside)
		mux.HandleFunc("POST /console/data/aside/resend", s.resendAll)
		mux.HandleFunc("GET /console/data/aside/{id}", s.asideOne)
		mux.HandleFunc("POST /console/data/aside/{id}/resend", s.resend)
		mux.HandleFunc("POST /console/data/aside/{id}/delete", s.letGo)
	}
	if s.Sources != nil {
		mux.HandleFunc("GET /console/data/sources", s.sources)
		mux.HandleFunc("POST /console/data/sources", s.addSource)
		mux.HandleFunc("POST /console/data/sources/{id}/{do}", s.changeSource)
	}
	if s.Webhooks != nil {
		mux.HandleFunc("GET /console/data/webhooks", s.webhooks)
		mux.HandleFunc("POST /console/data/webhooks", s.addWebhook)
		mux.HandleFunc("POST /console/data/ads", s.addAds)
		mux.HandleFunc("POST /console/data/webhooks/{id}/{do}", s.changeWebhook)
	}
}

// parse reads every page with the frame around it.
func (s *console) parse() error {
	s.templates = map[string]*template.Template{}
	for _, name := range []string{"today", "letters", "live", "people", "person", "asked", "identity", "contents", "content", "newcontent", "objectives", "rules", "changes", "drafts", "assets", "results", "path", "rhythm", "attribution", "value", "audiences", "alike", "scores", "personas", "scenarios", "places", "tasks", "whatif", "data", "attributes", "dataevent", "aside", "asideone", "webhooks", "privacy", "proof", "sources", "mails", "mail", "problem"} {
		if err := s.parsePage(name); err != nil {
			return err
		}
	}
	for _, name := range accessPages {
		if err := s.parsePage(name); err != nil {
			return err
		}
	}
	return nil
}

func (s *console) parsePage(name string) error {
	t, err := template.New("frame.html").Funcs(functions).ParseFS(pages, "pages/frame.html", "pages/parts.html", "pages/"+name+".html")
	if err != nil {
		return fmt.Errorf("console page %s: %w", name, err)
	}
	s.templates[name] = t
	return nil
}

// view is what every page is given.
type view struct {
	Lang      string
	Page      string // of the navigation
	Family    string // under which it stands there: the first of its siblings
	Siblings  []string
	Here      string // address of the page, to come back to
	Title     string
	Brand     string
	Simulated bool
	Unsent    []string // channels on which nothing can leave, each in a sentence
	Stopped   []string // webhooks that are told nothing any more, each in a sentence
	HasMail   bool
	HasHooks  bool
	HasQuery  bool // there are queries that are asked on a schedule
	HasData   bool
	Checklist []point       // what is still to do in a new house, on the first pages; nil: nothing
	Bare      bool          // nobody is known: there is nothing but the page
	User      access.User   // whose page it is; without a name: nobody was asked
	Draft     *engine.Draft // in which the reader works; nil: in what is in force
	Settings  bool          // there are users, keys and a record, and the user may keep them
	Now       time.Time
	Data      any
}

func (s *console) view(r *http.Request, page string, data any) view {
	v := view{Lang: language(r), Page: page, Here: r.URL.RequestURI(), Simulated: s.Simulated, HasMail: s.Mailbox != nil, HasData: s.Quality != nil, HasHooks: s.Webhooks != nil, HasQuery: s.Sources != nil, Now: s.Now().UTC(), Data: data}
	if v.User, v.Bare = s.reader(r); v.Bare {
		return v
	}
	v.Settings = s.Entrance != nil && v.User.May(access.Administer)
	if s.Entrance != nil && !s.Simulated && slices.Contains(firstPages, page) {
		v.Checklist = s.checklist(r)
	}
	v.Draft = draftAt(r)
	v.Family, v.Siblings = familyOf(page)
	if s.Assets == nil {
		v.Siblings = slices.DeleteFunc(slices.Clone(v.Siblings), func(page string) bool { return page == "assets" })
	}
	if s.Single == nil {
		v.Siblings = slices.DeleteFunc(slices.Clone(v.Siblings), func(page string) bool { return page == "single" })
	}
	v.Title = word(v.Lang, "nav."+page)
	v.Stopped = stopped(v.Lang, s.Webhooks)
	if plan := s.Engine.Plan(); plan != nil {
		v.Brand = plan.Brand().Name
		v.Unsent = unsent(v.Lang, s.Engine.Unsent(), plan.Brand())
	}
	return v
}

// families are pages that stand under one name in the navigation, that of the first.
var families = [][]string{
	{"people", "tasks", "audiences", "personas", "scores", "privacy"},
	{"results", "value", "attribution", "path", "rhythm"},
	{"contents", "objectives", "rules", "scenarios", "places", "assets", "drafts", "changes"},
	settingsPages,
}

// familyOf is under which name a page stands in the navigation, and which pages stand there beside it.
func familyOf(page string) (name string, siblings []string) {
	for _, f := range families {
		if slices.Contains(f, page) {
			return f[0], f
		}
	}
	return page, nil
}

// show renders a page, or one named part of it.
func (s *console) show(w http.ResponseWriter, name, part string, v view) {
	s.answer(w, http.StatusOK, name, part, v)
}

func (s *console) answer(w http.ResponseWriter, status int, name, part string, v view) {
	var body bytes.Buffer
	if err := s.templates[name].ExecuteTemplate(&body, part, v); err != nil {
		s.Logger.Error("console page", "page", name, "error", err)
		http.Error(w, word(v.Lang, "problem.page"), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	if _, err := body.WriteTo(w); err != nil {
		s.Logger.Debug("console page not read to its end", "page", name)
	}
}

// form reads a form of at most so many bytes, or says that it is too large.
func (s *console) form(w http.ResponseWriter, r *http.Request, most int64) bool {
	r.Body = http.MaxBytesReader(w, r.Body, most)
	if err := r.ParseForm(); err != nil {
		s.problem(w, r, http.StatusRequestEntityTooLarge, "problem.large")
		return false
	}
	return true
}

// problem shows what went wrong, in the reader's language and without internals.
func (s *console) problem(w http.ResponseWriter, r *http.Request, status int, key string) {
	s.answer(w, status, "problem", "frame.html", s.view(r, "problem", word(language(r), key)))
}

// nowhere answers what no page answers.
func (s *console) nowhere(w http.ResponseWriter, r *http.Request) {
	s.problem(w, r, http.StatusNotFound, "problem.nowhere")
}

// secured sets what keeps a page from being framed, sniffed or made to run anything but its own script.
func secured(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "same-origin")
		next.ServeHTTP(w, r)
	})
}

// framed loosens that for the body of a frame: foreign HTML shown in a sandbox, without script. It is of the page's own origin, so that the
// page can see how high it is (fit.js).
func framed(w http.ResponseWriter) {
	h := w.Header()
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; img-src * data:; font-src 'self'; sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox; frame-ancestors 'self'")
	h.Set("X-Frame-Options", "SAMEORIGIN")
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
}

// unsent says on which channels of which scenarios nothing can leave.
func unsent(lang string, all []engine.Unsent, b *aparte.Brand) (said []string) {
	for _, u := range all {
		said = append(said, strings.NewReplacer(
			"{channel}", named(lang, "channel", string(u.Channel)), "{scenario}", scenarioName(lang, u.Scenario, b),
		).Replace(word(lang, "unsent")))
	}
	return said
}

func scenarioName(lang string, id aparte.ScenarioID, b *aparte.Brand) string {
	for i := range b.Scenarios {
		if s := &b.Scenarios[i]; s.ID == id && len(s.Name) > 0 {
			return wordsText(lang, s.Name)
		}
	}
	return string(id)
}
