package console

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/channel/webhook"
	"github.com/aparte-dev/aparte/store"
)

// webhooksView is the page of who is told of what happens.
type webhooksView struct {
	Hooks  []webhook.State
	Kinds  []aparte.NoticeKind
	Done   string // a word's key: what was just done
	Wrong  bool
	Said   string // what a test was answered, or what is wrong with what was asked
	Secret string // shown this once
	Whose  string
	Asked  webhook.Endpoint // what was asked and cannot be

	AskedAds webhook.Endpoint // the same, of an account at an advertising platform
	Ads      *adsForm
}

func (s *console) webhooks(w http.ResponseWriter, r *http.Request) {
	v := webhooksView{}
	switch done := r.URL.Query().Get("done"); done {
	case "kept", "gone", "sent", "taken", "untaken", "failed":
		v.Done, v.Wrong = "hooks.done."+done, done == "untaken" || done == "failed"
	}
	if v.Done != "" {
		v.Said = r.URL.Query().Get("answer")
		v.Said = refusal(language(r), v.Said[:min(len(v.Said), 100)])
	}
	s.showWebhooks(w, r, http.StatusOK, v)
}

func (s *console) showWebhooks(w http.ResponseWriter, r *http.Request, status int, v webhooksView) {
	var err error
	if v.Hooks, err = s.Webhooks.States(r.Context()); err != nil {
		s.Logger.ErrorContext(r.Context(), "console webhooks", "error", err)
		s.problem(w, r, http.StatusInternalServerError, "problem.read")
		return
	}
	v.Kinds = aparte.NoticeKinds
	var b *aparte.Brand
	if plan := s.Engine.Plan(); plan != nil {
		b = plan.Brand()
	}
	v.Ads = adsFormOf(language(r), b, &v.AskedAds)
	page := s.view(r, "data", v)
	page.Title, page.Here = word(page.Lang, "hooks.title"), "/console/data/webhooks"
	s.answer(w, status, "webhooks", "frame.html", page)
}

// maxHookForm bounds the form that declares a webhook.
const maxHookForm = 16 << 10

// addWebhook declares an endpoint as the form has it, and shows its secret.
func (s *console) addWebhook(w http.ResponseWriter, r *http.Request) {
	if !s.form(w, r, maxHookForm) {
		return
	}
	e := webhook.Endpoint{ID: strings.TrimSpace(r.PostForm.Get("id")), URL: strings.TrimSpace(r.PostForm.Get("url")), Identifiers: r.PostForm.Get("identifiers") != "", Where: strings.TrimSpace(r.PostForm.Get("where")), Enabled: true}
	for _, kind := range r.PostForm["types"] {
		e.Kinds = append(e.Kinds, aparte.NoticeKind(kind))
	}
	made, err := s.Webhooks.Put(r.Context(), e)
	switch {
	case errors.Is(err, webhook.ErrEndpoint):
		s.showWebhooks(w, r, http.StatusUnprocessableEntity, webhooksView{
			Done: "hooks.done.wrong", Wrong: true, Asked: e, Said: behind(language(r), err, webhook.ErrEndpoint),
		})
	case err != nil:
		s.didWebhook(w, r, err, "")
	case made == "":
		s.didWebhook(w, r, nil, "kept")
	default:
		s.showWebhooks(w, r, http.StatusOK, webhooksView{Done: "hooks.done.made", Secret: made, Whose: e.ID})
	}
}

// changeWebhook does to an endpoint what a button says.
func (s *console) changeWebhook(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	switch r.PathValue("do") {
	case "test":
		taken, answered, err := s.Webhooks.Test(r.Context(), id)
		done := "taken"
		if !taken {
			done = "untaken"
		}
		s.didWebhook(w, r, err, done, answered)
	case "resend":
		_, err := s.Webhooks.Resend(r.Context(), id)
		s.didWebhook(w, r, err, "sent")
	case "rotate":
		made, err := s.Webhooks.Rotate(r.Context(), id)
		if err != nil {
			s.didWebhook(w, r, err, "")
			return
		}
		s.showWebhooks(w, r, http.StatusOK, webhooksView{Done: "hooks.done.rotated", Secret: made, Whose: id})
	case "start", "stop":
		s.didWebhook(w, r, s.switchWebhook(r, id, r.PathValue("do") == "start"), "kept")
	case "delete":
		s.didWebhook(w, r, s.Webhooks.Delete(r.Context(), id), "gone")
	default:
		s.nowhere(w, r)
	}
}

func (s *console) switchWebhook(r *http.Request, id string, on bool) error {
	all, err := s.Webhooks.States(r.Context())
	if err != nil {
		return err
	}
	for _, state := range all {
		if state.ID == id {
			state.Enabled = on
			_, err := s.Webhooks.Put(r.Context(), state.Endpoint)
			return err
		}
	}
	return store.ErrNotFound
}

// didWebhook goes back to the page, which says what was done.
func (s *console) didWebhook(w http.ResponseWriter, r *http.Request, err error, done string, answered ...string) {
	if errors.Is(err, store.ErrNotFound) {
		s.problem(w, r, http.StatusNotFound, "problem.nowhere")
		return
	} else if err != nil {
		s.Logger.ErrorContext(r.Context(), "console webhook", "error", err)
		done, answered = "failed", nil
	}
	asked := url.Values{"done": {done}}
	if len(answered) > 0 {
		asked.Set("answer", answered[0])
	}
	http.Redirect(w, r, "/console/data/webhooks?"+asked.Encode(), http.StatusSeeOther)
}

// stopped says which webhooks were stopped, each in a sentence.
func stopped(lang string, hooks *webhook.Hooks) (said []string) {
	if hooks == nil {
		return nil
	}
	for _, h := range hooks.Stopped() {
		said = append(said, strings.NewReplacer("{webhook}", h.ID, "{why}", word(lang, "hooks.stopped."+h.Stopped)).Replace(word(lang, "hooks.alarm")))
	}
	return said
}
