package api

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/engine"
	"github.com/aparte-dev/aparte/store"
)

// Pages is the part of the engine that shows a person what is known of them, and lets them say otherwise.
type Pages interface {
	OwnPage(token string) (engine.OwnPage, error)
	OpenPage(ctx context.Context, id aparte.PersonID) (address string, until time.Time, err error)
	SendPage(ctx context.Context, page engine.OwnPage, from string) (masked string, err error)
	Declare(ctx context.Context, id aparte.PersonID, language string, traits map[string]aparte.Value, answers []aparte.Consent) error
	PastMessages(ctx context.Context, p *aparte.Person, skip, most int, lang string) ([]engine.PastMessage, error)
	AskHuman(ctx context.Context, id aparte.PersonID, text string) error
	EraseAsked(ctx context.Context, id aparte.PersonID, a engine.Asking) (engine.PrivacyRequest, error)
	Object(ctx context.Context, id aparte.PersonID, objects bool, source, wording string, a engine.Asking) (engine.PrivacyRequest, error)
	Answered(ctx context.Context, kind engine.RequestKind, p *aparte.Person, a engine.Asking) (engine.PrivacyRequest, error)
	ConsentProofs(ctx context.Context, p *aparte.Person) ([]engine.ConsentProof, error)
	Wordings(ctx context.Context) ([]aparte.Wording, error)
	Mark(p *aparte.Person) string
	Requests(ctx context.Context, of *aparte.Identifier, before uint64, limit int) ([]engine.PrivacyRequest, error)
	Awaited(ctx context.Context) ([]engine.OpenRequest, error)
	Purge(ctx context.Context) error
}

const (
	pastShown  = 10       // messages on one page
	maxMeForm  = 32 << 10 // bytes of a form of the page
	maxLetter  = 2000     // letters to a human
	maxLetterB = 4000     // bytes of them
	pauseFor   = 30 * 24 * time.Hour
)

// me answers GET /me/{token}: the person's own page, whole or their choices alone.
func (s *server) me(w http.ResponseWriter, r *http.Request) error {
	v, err := s.meOpen(r)
	if err != nil || v.kind != "" {
		return s.meAnswer(w, r, v, err)
	}
	if said := r.URL.Query().Get("said"); said == "choices" || said == "trait" || said == "removed" || said == "human" {
		v.say("said."+said, false)
	}
	return s.meShow(w, r, http.StatusOK, v)
}

// tell answers POST /me/{token}: what somebody says by a form of their page, named by do. It is then shown as it stands by a page of
// its own, so that looking again says nothing twice.
func (s *server) tell(w http.ResponseWriter, r *http.Request) error {
	v, err := s.meOpen(r)
	if err != nil || v.kind != "" {
		return s.meAnswer(w, r, v, err)
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxMeForm)
	if err := r.ParseForm(); err != nil {
		return refuse(http.StatusBadRequest, "body", "must be a form of at most 32768 bytes")
	}
	do, said, wrong := r.PostForm.Get("do"), "", ""
	switch {
	case do == "choose":
		said, wrong, err = s.choose(r, v)
	case do == "open":
		return s.meSend(w, r, v)
	case !v.Whole:
		wrong = "wrong.form" // a link that was forwarded does nothing else
	case do == "correct" || do == "remove":
		said, wrong, err = s.correct(r, v, do == "remove")
	case do == "write":
		said, wrong, err = s.write(r, v)
	default:
		wrong = "wrong.form"
	}
	switch {
	case errors.Is(err, store.ErrNotFound):
		v.kind = nothingKnown
		return s.meAnswer(w, r, v, nil)
	case err != nil:
		return err
	case wrong != "":
		v.say(wrong, true)
		return s.meShow(w, r, http.StatusUnprocessableEntity, v)
	}
	return s.meBack(w, v, said)
}

// meBack leads a browser back to the page, with what was done.
func (s *server) meBack(w http.ResponseWriter, v *meView, said string) error {
	q := url.Values{"said": {said}}
	if v.asked != "" {
		q.Set("lang", v.asked)
	}
	h := w.Header()
	h["Cache-Control"] = noStore
	setTokenHeaders(h)
	h.Set("Location", v.Path+"?"+q.Encode())
	w.WriteHeader(http.StatusSeeOther)
	return nil
}

// meSend writes the link that shows everything to the person's address.
func (s *server) meSend(w http.ResponseWriter, r *http.Request, v *meView) error {
	masked, err := s.engine.SendPage(r.Context(), v.page, placeOf(r))
	switch {
	case errors.Is(err, engine.ErrOften):
		v.say("wrong.often", true)
		return s.meShow(w, r, http.StatusTooManyRequests, v)
	case errors.Is(err, engine.ErrUnsent):
		v.say("wrong.unsent", true)
		return s.meShow(w, r, http.StatusServiceUnavailable, v)
	case err != nil:
		return err
	}
	v.say("said.sent", false)
	v.Note = strings.ReplaceAll(v.Note, "{}", masked)
	return s.meShow(w, r, http.StatusOK, v)
}

// choose notes the choices of a form: of what it offered, what is ticked.
func (s *server) choose(r *http.Request, v *meView) (said, wrong string, err error) {
	form, p, now := r.PostForm, &v.person, s.now().UTC()
	traits := map[string]aparte.Value{}
	var answers []aparte.Consent
	for _, c := range v.channels() {
		if !slices.Contains(form["offered"], string(c)) {
			continue
		}
		granted, told := p.Consented(aparte.Marketing, c)
		if wants := slices.Contains(form["channel"], string(c)); wants != granted || !told && !wants {
			answers = append(answers, aparte.Consent{Purpose: aparte.Marketing, Channel: c, Granted: wants, Source: meSource, Wording: meWording})
		}
	}
	for _, kind := range v.kinds() {
		if !slices.Contains(form["spoken"], kind) {
			continue
		}
		if spares := !slices.Contains(form["kind"], kind); spares != p.Spares(kind) {
			traits[aparte.WishNo+kind] = aparte.BoolValue(spares)
		}
	}
	if form.Has("profiled") {
		if wants := form.Get("profiling") != ""; wants == p.Refuses(aparte.Profiling, "") {
			answers = append(answers, aparte.Consent{Purpose: aparte.Profiling, Granted: wants, Source: meSource, Wording: meWording})
			kind := engine.ConsentRequest
			if !wants {
				kind = engine.ObjectionRequest
			}
			if _, err := s.engine.Answered(r.Context(), kind, p, engine.Asking{By: engine.ByPerson}); err != nil {
				return "", "", err
			}
		}
	}
	if text, asked := form.Get("weekly"), form.Has("weekly"); asked {
		most, told := p.Weekly()
		n, wrongNumber := strconv.Atoi(text)
		switch {
		case text == "" && told:
			traits[aparte.WishWeekly] = aparte.Value{}
		case text == "":
		case wrongNumber != nil || aparte.CheckWish(aparte.WishWeekly, aparte.NumberValue(float64(n))) != nil:
			return "", "wrong.form", nil
		case n != most || !told:
			traits[aparte.WishWeekly] = aparte.NumberValue(float64(n))
		}
	}
	switch form.Get("pause") {
	case "month":
		traits[aparte.WishPause] = aparte.TextValue(now.Add(pauseFor).Truncate(time.Second).Format(time.RFC3339))
	case "none":
		if !p.PausedUntil().IsZero() {
			traits[aparte.WishPause] = aparte.Value{}
		}
	case "", "keep":
	default:
		return "", "wrong.form", nil
	}
	if len(traits)+len(answers) == 0 {
		return "choices", "", nil
	}
	return "choices", "", s.engine.Declare(r.Context(), p.ID, v.Lang, traits, answers)
}

// correct notes another value of a trait, or none. Only what is known can be corrected, and what recognises somebody cannot: their
// word alone does not make an address theirs.
func (s *server) correct(r *http.Request, v *meView, remove bool) (said, wrong string, err error) {
	name := r.PostForm.Get("name")
	known, ok := v.person.Trait(name)
	if !ok || aparte.IsWish(name) || recognises(name) {
		return "", "wrong.form", nil
	}
	if remove {
		return "removed", "", s.engine.Declare(r.Context(), v.person.ID, v.Lang, map[string]aparte.Value{name: {}}, nil)
	}
	text := strings.TrimSpace(r.PostForm.Get("value"))
	value := aparte.TextValue(text)
	switch known.Value.Kind {
	case aparte.Number:
		n, err := strconv.ParseFloat(strings.Replace(text, ",", ".", 1), 64)
		if err != nil || n-n != 0 {
			return "", "wrong.form", nil
		}
		value = aparte.NumberValue(n)
	case aparte.Bool:
		if text != "true" && text != "false" {
			return "", "wrong.form", nil
		}
		value = aparte.BoolValue(text == "true")
	case aparte.Text:
		if text == "" || len(text) > maxValue || !utf8.ValidString(text) || strings.ContainsFunc(text, isControl) {
			return "", "wrong.form", nil
		}
	default:
		return "", "wrong.form", nil
	}
	return "trait", "", s.engine.Declare(r.Context(), v.person.ID, v.Lang, map[string]aparte.Value{name: value}, nil)
}

func isControl(r rune) bool { return r < ' ' || r == 0x7f }

// recognises reports whether people are recognised by a trait of this name.
func recognises(trait string) bool {
	switch strings.ToLower(strings.NewReplacer("_", "", "-", "").Replace(trait)) {
	case "email", "phone", "id", "userid", "anonymousid":
		return true
	}
	return false
}

// write hands what somebody wrote to a human.
func (s *server) write(r *http.Request, v *meView) (said, wrong string, err error) {
	text := strings.TrimSpace(r.PostForm.Get("text"))
	v.Written = text
	if n := utf8.RuneCountInString(text); n == 0 || n > maxLetter || len(text) > maxLetterB || !utf8.ValidString(text) {
		return "", "wrong.text", nil
	}
	err = s.engine.AskHuman(r.Context(), v.person.ID, text)
	switch {
	case errors.Is(err, engine.ErrOften):
		return "", "wrong.often", nil
	case errors.Is(err, engine.ErrUnsent):
		return "", "wrong.unsent", nil
	}
	return "human", "", err
}

// meErase answers GET and POST /me/{token}/erase: what happens, and that it has.
func (s *server) meErase(w http.ResponseWriter, r *http.Request) error {
	v, err := s.meOpen(r)
	if err != nil || v.kind != "" {
		return s.meAnswer(w, r, v, err)
	}
	if !v.Whole {
		return s.meAnswer(w, r, v, engine.ErrToken) // not by a link that was forwarded
	}
	if r.Method != http.MethodPost {
		v.kind = erasing
		return s.meAnswer(w, r, v, nil)
	}
	if _, err := s.engine.EraseAsked(r.Context(), v.person.ID, engine.Asking{By: engine.ByPerson}); err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	v.kind = nothingKnown
	return s.meAnswer(w, r, v, nil)
}

// meOpen is the page that a request's token opens. Its kind says where it is another than usual.
func (s *server) meOpen(r *http.Request) (*meView, error) {
	v := &meView{Lang: s.language(r), now: s.now(), plan: s.engine.Plan(), fit: s.engine.Fit()}
	if asked := r.URL.Query().Get("lang"); asked == "en" || asked == "fr" {
		v.Lang, v.asked = asked, asked
	}
	var err error
	if v.page, err = s.engine.OwnPage(r.PathValue("token")); err != nil {
		return v, err
	}
	v.Path, v.Whole = "/me/"+r.PathValue("token"), v.page.Whole
	v.person, err = s.engine.Person(r.Context(), v.page.Person)
	if errors.Is(err, store.ErrNotFound) {
		v.kind, err = nothingKnown, nil
	}
	return v, err
}

// meAnswer answers with a page that is not the usual one.
func (s *server) meAnswer(w http.ResponseWriter, r *http.Request, v *meView, err error) error {
	status := http.StatusOK
	switch {
	case errors.Is(err, engine.ErrToken):
		v.kind, status = deadLink, http.StatusNotFound
	case err != nil:
		return err
	}
	return s.mePage(w, status, v)
}

// meShow answers with the usual page, as the person stands now.
func (s *server) meShow(w http.ResponseWriter, r *http.Request, status int, v *meView) error {
	if v.Whole {
		v.From, _ = strconv.Atoi(r.URL.Query().Get("from"))
		if v.From < 0 || v.From > aparte.MaxMemory {
			v.From = 0
		}
		if err := s.meStory(r.Context(), v, pastShown); err != nil {
			return err
		}
	}
	return s.mePage(w, status, v)
}

// meStory reads what was said to the person.
func (s *server) meStory(ctx context.Context, v *meView, most int) (err error) {
	if v.past, err = s.engine.PastMessages(ctx, &v.person, v.From, most, v.Lang); err != nil {
		return err
	}
	about := slices.IndexFunc(v.person.Said, func(x aparte.Said) bool { return v.page.About.Seq > 0 && x.Decision == v.page.About })
	if about < 0 || v.From > 0 {
		return nil
	}
	v.about, err = s.engine.PastMessages(ctx, &v.person, len(v.person.Said)-1-about, 1, v.Lang)
	return err
}

// channels are the ways to write to the person that a page offers: those that reach out and that the brand's marketing takes, or
// that were answered for. A link that may have been forwarded can switch off what is on, and nothing on but the mail it came by.
func (v *meView) channels() (all []aparte.Channel) {
	may := func(c aparte.Channel) {
		if granted, _ := v.person.Consented(aparte.Marketing, c); c.Outbound() && c != aparte.Webhook && !slices.Contains(all, c) && (v.Whole || granted || c == aparte.Email) {
			all = append(all, c)
		}
	}
	if v.plan != nil {
		for i := range v.plan.Brand().Contents {
			if c := &v.plan.Brand().Contents[i]; c.Purpose == aparte.Marketing {
				for _, on := range c.Channels {
					may(on)
				}
			}
		}
	}
	for _, c := range v.person.Consents {
		if c.Purpose == aparte.Marketing && c.Channel != "" {
			may(c.Channel)
		}
	}
	slices.Sort(all)
	return all
}

// kinds are what the brand's marketing speaks of, and what the person does not want to hear of.
func (v *meView) kinds() []string {
	all := v.person.Spared()
	if v.plan != nil {
		for i := range v.plan.Brand().Contents {
			if c := &v.plan.Brand().Contents[i]; c.Purpose == aparte.Marketing && c.Kind != "" {
				all = append(all, c.Kind)
			}
		}
	}
	slices.SortFunc(all, cmp.Compare[string])
	return slices.Compact(all)
}

// openPage answers POST /v1/admin/people/{id}/page: a link to the person's own page, for a site on which they are logged in.
func (s *server) openPage(w http.ResponseWriter, r *http.Request) error {
	id, err := s.whom(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	address, until, err := s.engine.OpenPage(r.Context(), id)
	if err != nil {
		return unknownPerson(err)
	}
	w.Header()["Cache-Control"] = noStore
	s.json(w, http.StatusOK, struct {
		URL   string    `json:"url"`
		Until time.Time `json:"until"`
	}{address, until})
	return nil
}
