package console

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/decide"
	"github.com/aparte-dev/aparte/engine"
)

// whatIfView is the page that asks what would have been, and tells it.
type whatIfView struct {
	Asked  change
	Said   string // the change, in words
	Query  string
	Wrong  *misfit  // with what was asked; nil: nothing
	Faults []string // of a pasted brand, each with the place it is at
	Pasted string   // the brand

	Waiting bool // the answer is still to be worked out
	Busy    bool // another answer is being worked out
	Empty   *engine.WhatIf
	Answer  *answerView

	Brand     *aparte.Brand
	Channels  []aparte.Channel
	Variables []decide.Variable
	Pastes    bool
}

// choiceView is one field of one form: "content.content" is the content of the form that does without one.
type choiceView struct {
	Lang, Of string
	View     whatIfView
}

// Wrong is what is wrong with the field; nil: nothing.
func (c choiceView) Wrong() *misfit {
	if w := c.View.Wrong; w != nil && c.Of == c.View.Asked.Kind+"."+w.Field {
		return w
	}
	return nil
}

// What a judgement may take, and the size of a brand that can be pasted: larger ones have a door of their own.
const (
	judgedWithin = 30 * time.Minute
	maxPasted    = 8 << 20
)

func (s *console) whatIfView(b *aparte.Brand, asked change) whatIfView {
	return whatIfView{Asked: asked, Brand: b, Channels: channelsOf(b), Variables: decide.Variables(), Pastes: s.ReadBrand != nil}
}

// whatIf is the page with what was asked, if anything was. Its address can be kept and sent on; what it asks is worked out
// when the page is there.
func (s *console) whatIf(w http.ResponseWriter, r *http.Request) {
	plan := s.Engine.Plan()
	if plan == nil {
		s.problem(w, r, http.StatusNotFound, "problem.brand")
		return
	}
	v := s.whatIfView(plan.Brand(), changeAsked(r.URL.Query()))
	if k := v.Asked.Kind; k != "" && k != otherBrand {
		_, err := v.Asked.of(v.Brand)
		if !errors.As(err, &v.Wrong) {
			v.Waiting, v.Query, v.Said = true, v.Asked.query(), v.Asked.said(language(r), v.Brand)
		}
	}
	s.showWhatIf(w, r, v)
}

// whatIfAnswer works out what was asked while the asker waits, and no longer than that.
func (s *console) whatIfAnswer(w http.ResponseWriter, r *http.Request) {
	plan := s.Engine.Plan()
	if plan == nil {
		s.problem(w, r, http.StatusNotFound, "problem.brand")
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, 3*maxPasted) // as a form encodes it
	if err := r.ParseForm(); err != nil {
		s.problem(w, r, http.StatusRequestEntityTooLarge, "problem.large")
		return
	}
	v := s.whatIfView(plan.Brand(), changeAsked(r.Form))
	v.Query, v.Said, v.Pasted = v.Asked.query(), v.Asked.said(language(r), v.Brand), r.PostForm.Get("brand")
	if other := s.proposed(r, &v); other != nil {
		s.judge(w, r, other, &v)
	}
	s.showWhatIf(w, r, v)
}

// proposed is the brand that is asked about; nil: there is something wrong with what was asked.
func (s *console) proposed(r *http.Request, v *whatIfView) *aparte.Brand {
	if v.Asked.Kind != otherBrand {
		other, err := v.Asked.of(v.Brand)
		errors.As(err, &v.Wrong)
		return other
	}
	if s.ReadBrand == nil {
		v.Wrong = &misfit{Field: "change", Key: "whatif.unknown"}
		return nil
	}
	other, err := s.ReadBrand([]byte(v.Pasted))
	if err == nil {
		_, err = decide.Compile(other, 0)
	}
	if err != nil {
		v.Wrong, v.Faults = &misfit{Field: "brand", Key: "whatif.brand.faults"}, refusalsOf(language(r), err)
		v.Faults = v.Faults[:min(len(v.Faults), 20)]
		return nil
	}
	return other
}

// judge puts a brand to the log.
func (s *console) judge(w http.ResponseWriter, r *http.Request, other *aparte.Brand, v *whatIfView) {
	ctx, stop := context.WithTimeout(r.Context(), judgedWithin)
	defer stop()
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(judgedWithin + time.Minute)) // of the machine's own clock; where there is a connection
	found, err := s.Engine.WhatIf(ctx, other, func(done, total int) { s.judged.Store(int64(100 * done / max(total, 1))) })
	switch {
	case errors.Is(err, engine.ErrBusy):
		v.Busy, v.Waiting = true, v.Asked.Kind != otherBrand
	case err != nil && v.Asked.Kind == otherBrand && ctx.Err() == nil: // its scenarios, which are read there first
		v.Wrong, v.Faults = &misfit{Field: "brand", Key: "whatif.brand.faults"}, refusalsOf(language(r), err)
	case err != nil:
		if r.Context().Err() == nil {
			s.Logger.ErrorContext(r.Context(), "console what if", "error", err)
		}
		v.Wrong = &misfit{Field: "change", Key: "problem.read"}
	case found.Rows() == 0:
		v.Empty = found
	default:
		answer := answerOf(language(r), found, other)
		v.Answer = &answer
	}
}

func (s *console) showWhatIf(w http.ResponseWriter, r *http.Request, v whatIfView) {
	page := s.view(r, "results", v)
	page.Title = word(page.Lang, "whatif.title")
	page.Here = "/console/whatif"
	if v.Query != "" && v.Asked.Kind != otherBrand {
		page.Here += "?" + v.Query
	}
	s.show(w, "whatif", "frame.html", page)
}

// whatIfProgress is how far the answer that is being worked out is.
func (s *console) whatIfProgress(w http.ResponseWriter, r *http.Request) {
	s.show(w, "whatif", "progress", s.view(r, "results", s.judged.Load()))
}

// whatIfBrand is the brand in force, to begin from.
func (s *console) whatIfBrand(w http.ResponseWriter, r *http.Request) {
	plan := s.Engine.Plan()
	if plan == nil {
		s.problem(w, r, http.StatusNotFound, "problem.brand")
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Disposition", `attachment; filename="brand.json"`)
	w.Header().Set("Cache-Control", "no-store")
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	if err := e.Encode(plan.Brand()); err != nil {
		s.Logger.DebugContext(r.Context(), "brand not read to its end")
	}
}
