package console

import (
	"errors"
	"io"
	"io/fs"
	"mime/multipart"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/asset"
	"github.com/aparte-dev/aparte/engine"
)

// assetsView is the page of what was uploaded.
type assetsView struct {
	Cards  []assetCard
	Done   string // what was just done: uploaded, removed; empty: nothing
	Name   string // of what was uploaded
	Faults []string
	Alt    aparte.Words // as it was typed, where it was not taken
	Made   *engine.Made // what was seen of all that was made; nil: not known yet
	Writes bool         // there is a model that describes
	Told   string       // of which one Draft is a description that nobody has taken yet
	Draft  aparte.Words
}

// assetCard is one asset.
type assetCard struct {
	asset.Entry
	Uses []string      // where the brand speaks of it
	Seen *engine.Piece // nil: nobody who was read saw it
}

// Wait is how long it took until somebody saw it, 0 where that is not known.
func (a assetCard) Wait() time.Duration {
	if a.Seen == nil {
		return 0
	}
	wait, _ := a.Seen.Wait()
	return wait
}

// Picture reports whether it can be shown as one.
func (a assetCard) Picture() bool { return strings.HasPrefix(a.Type, "image/") }

// Kilobytes is how large it is, rounded up.
func (a assetCard) Kilobytes() int64 { return (a.Bytes + 1023) / 1024 }

// usesShown is how many places that speak of an asset are shown.
const usesShown = 5

func (s *console) listAssets(w http.ResponseWriter, r *http.Request) {
	done := r.URL.Query().Get("done")
	if !slices.Contains([]string{"uploaded", "described", "removed"}, done) {
		done = ""
	}
	s.showAssets(w, r, http.StatusOK, &assetsView{Done: done, Name: r.URL.Query().Get("name")})
}

func (s *console) showAssets(w http.ResponseWriter, r *http.Request, status int, v *assetsView) {
	if sight, err := s.Engine.Evidence(r.Context(), 0); err == nil && sight.Evidence != nil {
		v.Made = &sight.Evidence.Made
	}
	for _, e := range s.Assets.List() {
		card := assetCard{Entry: e}
		if plan := s.Engine.Plan(); plan != nil {
			card.Uses = asset.Uses(plan.Brand(), e.Name, usesShown)
		}
		if v.Made != nil {
			if i := slices.IndexFunc(v.Made.Pieces, func(p engine.Piece) bool { return p.Asset == e.Name }); i >= 0 {
				card.Seen = &v.Made.Pieces[i]
			}
		}
		v.Cards = append(v.Cards, card)
	}
	v.Writes = s.Writer != nil
	slices.SortStableFunc(v.Cards, func(a, b assetCard) int { return b.At.Compare(a.At) })
	s.answer(w, status, "assets", "frame.html", s.view(r, "assets", v))
}

// uploadAsset takes in what the form sends: a file, and what it shows.
func (s *console) uploadAsset(w http.ResponseWriter, r *http.Request) {
	const besides = 64 << 10 // of the form, beside the file
	r.Body = http.MaxBytesReader(w, r.Body, asset.MaxUpload+besides)
	if err := r.ParseMultipartForm(besides); err != nil {
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			s.showAssets(w, r, http.StatusRequestEntityTooLarge, &assetsView{Faults: []string{word(language(r), "assets.large")}})
			return
		}
		s.problem(w, r, http.StatusBadRequest, "problem.form")
		return
	}
	defer func() { _ = r.MultipartForm.RemoveAll() }() // what was written to disk meanwhile
	v := &assetsView{Alt: typed(r)}
	body, name, err := uploaded(r)
	if err == nil {
		if len(v.Alt) == 0 && r.PostFormValue("decorative") == "" {
			v.Faults = []string{word(language(r), "assets.alt.missing")}
			s.showAssets(w, r, http.StatusUnprocessableEntity, v)
			return
		}
		var e asset.Entry
		if e, err = s.Assets.Put(r.Context(), name, body, v.Alt); err == nil {
			http.Redirect(w, r, "/console/assets?done=uploaded&name="+e.Name, http.StatusSeeOther)
			return
		}
	}
	switch {
	case errors.Is(err, asset.ErrTaken), errors.Is(err, asset.ErrFull), errors.Is(err, asset.ErrUnfit):
		v.Faults = []string{refusal(language(r), err.Error())}
	case errors.Is(err, http.ErrMissingFile):
		v.Faults = []string{word(language(r), "assets.file.missing")}
	default:
		s.Logger.ErrorContext(r.Context(), "console upload", "error", err)
		v.Faults = []string{word(language(r), "problem.read")}
	}
	s.showAssets(w, r, http.StatusUnprocessableEntity, v)
}

// typed is what a form says in English and in French.
func typed(r *http.Request) aparte.Words {
	words := aparte.Words{}
	for field, lang := range map[string]string{"english": "en", "french": "fr"} {
		if text := strings.TrimSpace(r.PostFormValue(field)); text != "" {
			words[lang] = text
		}
	}
	return words
}

// describeAsset changes what an asset is said to show, or, where the form asks for it, has it drafted: what a human sends is what is kept.
func (s *console) describeAsset(w http.ResponseWriter, r *http.Request) {
	if !s.form(w, r, maxDraftForm) {
		return
	}
	name := r.PathValue("name")
	e, found := s.Assets.Find(name)
	if !found {
		s.problem(w, r, http.StatusNotFound, "problem.nowhere")
		return
	}
	if r.PostForm.Get("draft") == "" {
		if err := s.Assets.Describe(r.Context(), name, typed(r)); err != nil {
			s.showAssets(w, r, http.StatusUnprocessableEntity, &assetsView{Faults: []string{refusal(language(r), err.Error())}, Told: name, Draft: typed(r)})
			return
		}
		http.Redirect(w, r, "/console/assets?done=described&name="+name, http.StatusSeeOther)
		return
	}
	v := &assetsView{Told: name, Draft: e.Alt}
	body, err := fs.ReadFile(s.Assets, name)
	if err == nil && s.Writer != nil {
		v.Draft, err = s.Writer.Describe(r.Context(), body, e.Type)
	}
	if err != nil {
		s.Logger.WarnContext(r.Context(), "console describe", "error", err)
		v.Faults = []string{word(language(r), "drafts.failed")}
	}
	s.showAssets(w, r, http.StatusOK, v)
}

// uploaded is the file of the form.
func uploaded(r *http.Request) (body []byte, name string, err error) {
	var f multipart.File
	f, header, err := r.FormFile("file")
	if err != nil {
		return nil, "", err
	}
	defer f.Close()
	body, err = io.ReadAll(f)
	return body, header.Filename, err
}

// removeAsset removes what the brand does not speak of.
func (s *console) removeAsset(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("name")
	if plan := s.Engine.Plan(); plan != nil {
		if uses := asset.Uses(plan.Brand(), name, usesShown); len(uses) > 0 {
			s.showAssets(w, r, http.StatusConflict, &assetsView{Faults: []string{word(language(r), "assets.used") + " " + strings.Join(uses, ", ")}})
			return
		}
	}
	if err := s.Assets.Remove(r.Context(), name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		s.Logger.ErrorContext(r.Context(), "console remove asset", "error", err)
		s.problem(w, r, http.StatusInternalServerError, "problem.read")
		return
	}
	http.Redirect(w, r, "/console/assets?done=removed", http.StatusSeeOther)
}

// assetFile is an asset itself. It changes never under its name.
func (s *console) assetFile(w http.ResponseWriter, r *http.Request) {
	e, found := s.Assets.Find(r.PathValue("name"))
	if !found {
		http.NotFound(w, r)
		return
	}
	body, err := fs.ReadFile(s.Assets, e.Name)
	if err != nil {
		s.Logger.ErrorContext(r.Context(), "console asset", "error", err)
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", e.Type)
	w.Header().Set("Cache-Control", "private, max-age=86400")
	_, _ = w.Write(body) // the browser has gone
}
