package console

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/access"
	"github.com/aparte-dev/aparte/engine"
	"github.com/aparte-dev/aparte/grant"
	"github.com/aparte-dev/aparte/store"
)

// privacyView is the page of what people agreed to, what they asked for, what is kept how long, and where it may go.
type privacyView struct {
	edited
	Answers    []answerRow
	CountedAt  time.Time
	People     int
	Confirming engine.Confirmations
	Open       []openRow
	Requests   []engine.PrivacyRequest
	Keep       []keepRow
	Forgetting engine.Forgetting
	Purging    engine.Purging
	Wordings   []wordingRow
	Draft      aparte.Wording // of a new wording
	Grants     []grantRow
	HasGrants  bool
	Files      grantDraft
	Said       string // a word's key: what was just done
	Wrong      string // the same: what could not be
	Kinds      []engine.RequestKind
	Purposes   []aparte.Purpose
	Channels   []aparte.Channel
	Fields     []grant.Field
	Today      string
}

// answerRow is what people answered to one purpose on one channel, and how that went.
type answerRow struct {
	engine.AnswersTo
	Of   int // everybody
	Line spark
}

type openRow struct {
	engine.OpenRequest
	Name string
	Due  time.Time
	Late bool
}

type keepRow struct {
	aparte.Retention
	Taken *engine.Forgotten // nil: nothing yet
}

type wordingRow struct {
	aparte.Wording
	Live  bool // in the brand in force
	Asks  []aparte.ContentID
	Texts []wordingText
}

type wordingText struct{ Lang, Text string }

type grantRow struct {
	grant.Grant
	InForce bool
}

// grantDraft is what a form asks of a destination of files.
type grantDraft struct {
	Name, Host, Days string
	Purpose          aparte.Purpose
	Channel          aparte.Channel
	Fields           []grant.Field
	Wrong            string // what is wrong with it, in English
}

// May reports whether a field is chosen.
func (d *grantDraft) May(f grant.Field) bool { return slices.Contains(d.Fields, f) }

var allPurposes = []aparte.Purpose{aparte.Marketing, aparte.Service, aparte.Profiling, aparte.Location}

const requestsShown = 12

func (s *console) privacy(w http.ResponseWriter, r *http.Request) {
	v := s.privacyView(w, r)
	if v == nil {
		return
	}
	switch said := r.URL.Query().Get("said"); said {
	case "noted", "granted", "revoked":
		v.Said = "privacy.said." + said
	}
	s.showPrivacy(w, r, http.StatusOK, v)
}

func (s *console) showPrivacy(w http.ResponseWriter, r *http.Request, status int, v *privacyView) {
	page := s.view(r, "privacy", v)
	page.Here = "/console/privacy"
	s.answer(w, status, "privacy", "frame.html", page)
}

// privacyView reads what the page shows; nil where it could not, and was answered.
func (s *console) privacyView(w http.ResponseWriter, r *http.Request) *privacyView {
	v := &privacyView{
		Draft: aparte.Wording{Purpose: aparte.Marketing, Channel: aparte.Email, Text: aparte.Words{}}, Files: grantDraft{Name: "files", Purpose: aparte.Service},
		Kinds: []engine.RequestKind{engine.AccessRequest, engine.ErasureRequest, engine.ObjectionRequest}, Purposes: allPurposes,
		Channels: []aparte.Channel{aparte.Email, aparte.SMS, aparte.MobilePush, aparte.WebPush, aparte.Web, aparte.InApp, aparte.Ads, aparte.Human}, Fields: grant.Fields(grant.File), Today: s.Now().UTC().Format(time.DateOnly),
	}
	if plan := s.Engine.Plan(); plan != nil {
		v.edited = s.editOf(r)
	}
	err := errors.Join(v.readRequests(s, r), v.readWordings(s, r))
	if err == nil {
		v.Confirming, err = s.Engine.Confirmations(r.Context())
	}
	if err != nil {
		s.Logger.ErrorContext(r.Context(), "console privacy", "error", err)
		s.problem(w, r, http.StatusInternalServerError, "problem.read")
		return nil
	}
	v.countAnswers(s)
	v.Forgetting, v.Purging = s.Engine.Forgetting(), s.Engine.Purging()
	if plan := s.Engine.Plan(); plan != nil {
		for _, k := range plan.Brand().Policy.Keep {
			row := keepRow{Retention: k}
			if i := slices.IndexFunc(v.Forgetting.Taken, func(t engine.Forgotten) bool { return t.Trait == k.Trait }); i >= 0 {
				row.Taken = &v.Forgetting.Taken[i]
			}
			v.Keep = append(v.Keep, row)
		}
	}
	if v.HasGrants = s.Grants != nil; v.HasGrants {
		for _, g := range s.Grants.All() {
			v.Grants = append(v.Grants, grantRow{g, g.InForce(s.Now())})
		}
	}
	return v
}

// countAnswers takes what the last pass counted, and the course of it.
func (v *privacyView) countAnswers(s *console) {
	fit := s.Engine.Fit()
	if fit == nil {
		return
	}
	v.CountedAt, v.People = fit.At, fit.People
	course := s.Engine.ValueCourse()
	for _, a := range fit.Answers {
		row := answerRow{AnswersTo: a, Of: fit.People}
		var line []float64
		for i := range course {
			for _, one := range course[i].Answers {
				if one.Purpose == a.Purpose && one.Channel == a.Channel {
					line = append(line, float64(one.Yes))
				}
			}
		}
		if len(line) > 1 {
			row.Line = sparkOf(line)
		}
		v.Answers = append(v.Answers, row)
	}
}

func (v *privacyView) readRequests(s *console, r *http.Request) error {
	open, err := s.Engine.Awaited(r.Context())
	if err != nil {
		return err
	}
	const shown = 50
	for _, o := range open[:min(len(open), shown)] {
		row := openRow{OpenRequest: o, Due: o.Due(), Late: s.Now().After(o.Due())}
		if p, err := s.Engine.Person(r.Context(), o.Person); err == nil {
			row.Name = personName(&p, language(r))
		}
		v.Open = append(v.Open, row)
	}
	v.Requests, err = s.Engine.Requests(r.Context(), nil, 0, requestsShown)
	return err
}

func (v *privacyView) readWordings(s *console, r *http.Request) error {
	all, err := s.Engine.Wordings(r.Context())
	if err != nil {
		return err
	}
	for _, one := range all {
		row := wordingRow{Wording: one}
		for _, lang := range sortedLanguages(one.Text, language(r)) {
			row.Texts = append(row.Texts, wordingText{lang, one.Text[lang]})
		}
		if plan := s.Engine.Plan(); plan != nil {
			b := plan.Brand()
			row.Live = b.Wording(one.ID) != nil
			for i := range b.Contents {
				if ask := b.Contents[i].Ask; ask != nil && ask.Wording == one.ID {
					row.Asks = append(row.Asks, b.Contents[i].ID)
				}
			}
		}
		v.Wordings = append(v.Wordings, row)
	}
	return nil
}

// sortedLanguages are the languages of a text, the reader's first.
func sortedLanguages(text aparte.Words, first string) (langs []string) {
	for lang := range text {
		langs = append(langs, lang)
	}
	slices.SortFunc(langs, func(a, b string) int {
		rank := func(lang string) int {
			if lang == first {
				return 0
			}
			return 1
		}
		return cmp.Or(rank(a)-rank(b), strings.Compare(a, b))
	})
	return langs
}

// addWording publishes a version of the brand with one wording more.
func (s *console) addWording(w http.ResponseWriter, r *http.Request) {
	if !s.form(w, r, maxEdit) {
		return
	}
	v := s.privacyView(w, r)
	if v == nil {
		return
	}
	plan := s.Engine.Plan()
	if plan == nil {
		s.problem(w, r, http.StatusNotFound, "problem.brand")
		return
	}
	text := func(name string) string {
		return strings.TrimSpace(strings.ReplaceAll(r.PostForm.Get(name), "\r\n", "\n"))
	}
	one := aparte.Wording{ID: text("id"), Purpose: aparte.Purpose(text("purpose")), Channel: aparte.Channel(text("channel")), Text: aparte.Words{}}
	for lang, said := range map[string]string{"en": text("english"), "fr": text("french")} {
		if said != "" {
			one.Text[lang] = said
		}
	}
	v.Draft = one
	b := *plan.Brand()
	b.Wordings = append(slices.Clone(b.Wordings), one)
	if !s.put(r, &v.edited, &b, "/wordings/"+strconv.Itoa(len(b.Wordings)-1), "id", "text", "channel", "purpose") {
		s.showPrivacy(w, r, http.StatusUnprocessableEntity, v)
		return
	}
	http.Redirect(w, r, "/console/privacy?done=saved#wordings", http.StatusSeeOther)
}

// noteRequest notes that somebody asked the house for something.
func (s *console) noteRequest(w http.ResponseWriter, r *http.Request) {
	if !s.form(w, r, 4<<10) {
		return
	}
	v := s.privacyView(w, r)
	if v == nil {
		return
	}
	kind, who := engine.RequestKind(r.PostForm.Get("kind")), strings.TrimSpace(r.PostForm.Get("who"))
	asked, err := time.Parse(time.DateOnly, r.PostForm.Get("asked"))
	switch {
	case !slices.Contains(v.Kinds, kind), err != nil, asked.After(s.Now()):
		v.Wrong = "privacy.wrong.date"
	default:
		id, err := s.search(r.Context(), who[:min(len(who), mostSearched)])
		if err == nil {
			err = s.Engine.Await(r.Context(), kind, id, engine.Asking{By: author(r), Asked: asked})
		}
		switch {
		case err == nil:
			access.Did(r.Context(), "POST /console/privacy/requests", id.String())
			http.Redirect(w, r, "/console/privacy?said=noted#requests", http.StatusSeeOther)
			return
		case errors.Is(err, engine.ErrManyRequests):
			v.Wrong = "privacy.wrong.many"
		case errors.Is(err, store.ErrNotFound):
			v.Wrong = "privacy.wrong.who"
		default:
			s.Logger.ErrorContext(r.Context(), "console privacy", "error", err)
			s.problem(w, r, http.StatusInternalServerError, "problem.read")
			return
		}
	}
	s.showPrivacy(w, r, http.StatusUnprocessableEntity, v)
}

// grantFiles grants a destination of files.
func (s *console) grantFiles(w http.ResponseWriter, r *http.Request) {
	if !s.form(w, r, 8<<10) {
		return
	}
	v := s.privacyView(w, r)
	if v == nil {
		return
	}
	d := grantDraft{Name: strings.TrimSpace(r.PostForm.Get("name")), Host: strings.TrimSpace(r.PostForm.Get("host")), Days: strings.TrimSpace(r.PostForm.Get("days")), Purpose: aparte.Purpose(r.PostForm.Get("purpose")), Channel: aparte.Channel(r.PostForm.Get("channel"))}
	for _, f := range r.PostForm["fields"] {
		d.Fields = append(d.Fields, grant.Field(f))
	}
	g := grant.Grant{ID: string(grant.File) + ":" + d.Name, Host: d.Host, Purposes: []aparte.Purpose{d.Purpose}, Channel: d.Channel, Fields: d.Fields}
	if days, err := strconv.Atoi(d.Days); d.Days != "" && (err != nil || days < 1 || days > 3650) {
		d.Wrong = told(language(r), "/until: 1 to 3650 days")[0]
	} else if days > 0 {
		g.Until = s.Now().AddDate(0, 0, days).UTC()
	}
	if d.Wrong == "" {
		_, err := s.Grants.Grant(r.Context(), g)
		var flaw *grant.Flaw
		switch {
		case err == nil:
			access.Did(r.Context(), "POST /console/privacy/grants", g.ID)
			http.Redirect(w, r, "/console/privacy?said=granted#destinations", http.StatusSeeOther)
			return
		case errors.As(err, &flaw):
			d.Wrong = refusalsOf(language(r), flaw)[0]
		default:
			s.Logger.ErrorContext(r.Context(), "console privacy", "error", err)
			s.problem(w, r, http.StatusInternalServerError, "problem.read")
			return
		}
	}
	v.Files = d
	s.showPrivacy(w, r, http.StatusUnprocessableEntity, v)
}

// changeGrant takes a grant back, or gives it again.
func (s *console) changeGrant(w http.ResponseWriter, r *http.Request) {
	id, said := r.PathValue("id"), "revoked"
	var err error
	switch r.PathValue("do") {
	case "revoke":
		err = s.Grants.Revoke(r.Context(), id)
	case "grant":
		said = "granted"
		all := s.Grants.All()
		i := slices.IndexFunc(all, func(g grant.Grant) bool { return g.ID == id })
		if i < 0 {
			err = store.ErrNotFound
			break
		}
		g := all[i]
		g.Until = time.Time{}
		_, err = s.Grants.Grant(r.Context(), g)
	default:
		s.nowhere(w, r)
		return
	}
	if errors.Is(err, store.ErrNotFound) {
		s.nowhere(w, r)
		return
	} else if err != nil {
		s.Logger.ErrorContext(r.Context(), "console privacy", "error", err)
		s.problem(w, r, http.StatusInternalServerError, "problem.read")
		return
	}
	access.Did(r.Context(), fmt.Sprintf("POST /console/privacy/grants/{id}/%s", r.PathValue("do")), id)
	http.Redirect(w, r, "/console/privacy?said="+said+"#destinations", http.StatusSeeOther)
}

// proofView is the page of what shows a person's answers.
type proofView struct {
	ID     aparte.PersonID
	Name   string
	Mark   string
	Proofs []proofRow
}

type proofRow struct {
	engine.ConsentProof
	Texts []wordingText
}

// proof shows what somebody answered to every question of consent, and what they had read.
func (s *console) proof(w http.ResponseWriter, r *http.Request) {
	id, err := aparte.ParsePersonID(r.PathValue("id"))
	if err != nil {
		s.nowhere(w, r)
		return
	}
	p, err := s.Engine.Person(r.Context(), id)
	if errors.Is(err, store.ErrNotFound) {
		s.nowhere(w, r)
		return
	}
	var all []engine.ConsentProof
	if err == nil {
		all, err = s.Engine.ConsentProofs(r.Context(), &p)
	}
	if err != nil {
		s.Logger.ErrorContext(r.Context(), "console consents", "error", err)
		s.problem(w, r, http.StatusInternalServerError, "problem.read")
		return
	}
	lang := language(r)
	v := proofView{ID: p.ID, Name: personName(&p, lang), Mark: s.Engine.Mark(&p)}
	for _, one := range all {
		row := proofRow{ConsentProof: one}
		if one.Worded != nil {
			for _, l := range sortedLanguages(one.Worded.Text, cmp.Or(one.Language, lang)) {
				row.Texts = append(row.Texts, wordingText{l, one.Worded.Text[l]})
			}
			l := strings.ToLower(one.Language[:min(2, len(one.Language))])
			if text, read := one.Worded.Text[l]; read {
				row.Texts = []wordingText{{l, text}}
			}
		}
		v.Proofs = append(v.Proofs, row)
	}
	page := s.view(r, "people", v)
	page.Title = word(lang, "proof.title")
	s.answer(w, http.StatusOK, "proof", "frame.html", page)
}
