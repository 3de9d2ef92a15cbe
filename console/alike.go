package console

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/decide"
	"github.com/aparte-dev/aparte/engine"
)

// alikeView is the page of who resembles the people of an audience.
type alikeView struct {
	One      *aparte.Audience
	Name     string
	Value    string // how much one of them counts, as asked
	Fault    string // with what was asked
	Version  uint64 // of the brand the page was made of
	Make     makeAsked
	Faults   []string // with what is to be made
	Changed  bool     // somebody else changed the brand meanwhile
	Found    *engine.Resemblance
	Curve    alikeCurve
	InCommon []alikeTrait
	People   []alikeRow
}

// alikeCurve is what an expansion reaches, drawn on a square of 100: its size from left to right, up to the largest, shares upwards.
type alikeCurve struct {
	Dots           []alikeDot
	Found, Precise string  // lines
	Most           string  // the largest size
	Even           float64 // what chance reaches there
}

// alikeDot is one size of an expansion.
type alikeDot struct {
	engine.AudienceSize
	Precision       float64 // of those of everybody who score as high, how many are of the audience
	X, Y, Low, High float64
	PreciseY        float64
}

// alikeTrait is something they have in common, in words.
type alikeTrait struct {
	Words         string
	Seeds, Others float64
}

// alikeRow is somebody who resembles them, and why.
type alikeRow struct {
	personRow
	Score   float64
	Reasons []string
}

// makeAsked is what the form that makes an audience has.
type makeAsked struct {
	ID, English, French string
	Percent             int
}

const usualPercent = 5

const (
	alikeShown  = 10
	alikeTold   = 8 // things in common
	alikeWithin = 10 * time.Minute
	maxAlike    = 16 << 10 // of the form
)

// alike is the page before anything was asked.
func (s *console) alike(w http.ResponseWriter, r *http.Request) {
	if v, ok := s.alikeView(w, r); ok {
		s.showAlike(w, r, v)
	}
}

// findAlike learns who resembles the people of an audience while the asker waits. Nothing is written.
func (s *console) findAlike(w http.ResponseWriter, r *http.Request) {
	if !s.form(w, r, maxAlike) {
		return
	}
	v, ok := s.alikeView(w, r)
	if !ok {
		return
	}
	lang := language(r)
	v.Value = strings.TrimSpace(r.PostForm.Get("value"))
	ctx, stop := context.WithTimeout(r.Context(), alikeWithin)
	defer stop()
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(alikeWithin + time.Minute)) // of the machine's own clock; where there is a connection
	found, err := s.Engine.Resemble(ctx, engine.Likeness{Seed: v.One.When, Value: v.Value, Size: 0.01}, nil)
	if err != nil {
		v.Fault = s.alikeFault(r.Context(), lang, err)
		s.showAlike(w, r, v)
		return
	}
	v.Found, v.Curve = found, alikeCurveOf(found, lang)
	for _, c := range found.InCommon[:min(alikeTold, len(found.InCommon))] {
		v.InCommon = append(v.InCommon, alikeTrait{traitText(lang, c.Column, c.Words, found), c.Seeds, c.Others})
	}
	for _, one := range found.Listed[:min(alikeShown, len(found.Listed))] {
		p, err := s.Engine.Person(ctx, one.ID)
		if err != nil { // gone meanwhile
			continue
		}
		row := alikeRow{personRow: s.row(&p, lang), Score: one.Score}
		for _, reason := range one.Reasons {
			row.Reasons = append(row.Reasons, traitText(lang, reason.Column, reason.Words, found))
		}
		v.People = append(v.People, row)
	}
	s.showAlike(w, r, v)
}

// makeAlike publishes a version of the brand with an audience of those who resemble the people of another.
func (s *console) makeAlike(w http.ResponseWriter, r *http.Request) {
	if !s.form(w, r, maxAlike) {
		return
	}
	v, ok := s.alikeView(w, r)
	if !ok {
		return
	}
	field := func(name string) string { return strings.TrimSpace(r.PostForm.Get(name)) }
	v.Value = field("value")
	v.Make = makeAsked{ID: field("id"), English: field("english"), French: field("french")}
	v.Make.Percent, _ = strconv.Atoi(field("percent")) // 0 where it is none
	b := s.plan(r).Brand()
	share := float64(v.Make.Percent) / 100
	_, again := b.Lookalike(aparte.LookalikeID(v.Make.ID))
	switch version, err := strconv.ParseUint(field("version"), 10, 64); {
	case err != nil || version != v.Version:
		v.Changed = true
	case share < aparte.LeastExpansion || share > aparte.MostExpansion:
		v.Faults = []string{word(language(r), "alike.make.size")}
	case !again && slices.ContainsFunc(b.Audiences, func(a aparte.Audience) bool { return string(a.ID) == v.Make.ID }):
		v.Faults = []string{word(language(r), "alike.make.taken")}
	default:
		l := aparte.Lookalike{ID: aparte.LookalikeID(v.Make.ID), Name: aparte.Words{}, Seed: v.One.When, Value: v.Value}
		for lang, text := range map[string]string{"en": v.Make.English, "fr": v.Make.French} {
			if text != "" {
				l.Name[lang] = text
			}
		}
		if err := s.keep(r, b.Liken(l, share), v.Version); err != nil {
			v.Faults = refusalsOf(language(r), err)
			break
		}
		http.Redirect(w, r, "/console/audiences/"+url.PathEscape(v.Make.ID)+"?done=saved", http.StatusSeeOther)
		return
	}
	s.showAlike(w, r, v)
}

// likedView is what an audience that is a look-alike's rests on.
type likedView struct {
	*aparte.Lookalike
	Learned *engine.Liked // nil: nothing was tried yet
	Share   float64       // of everybody else, as it was made; 0: its condition was changed since
	Size    *engine.AudienceSize
	From    []aparte.Audience // whose people the seeds are
}

// likedOf is what an audience rests on; nil where it is no look-alike's.
func likedOf(b *aparte.Brand, fit *engine.Fit, a *aparte.Audience) *likedView {
	x, is := b.Lookalike(aparte.LookalikeID(a.ID))
	if !is {
		return nil
	}
	v := &likedView{Lookalike: x}
	if l := fit.Liked(x.ID); l != nil && l.Seed == x.Seed && l.Value == x.Value {
		v.Learned = l
	}
	for percent := 1; percent <= 20; percent++ {
		if share := float64(percent) / 100; x.Audience(share).When == a.When {
			v.Share = share
		}
	}
	for i := 0; v.Learned != nil && i < len(v.Learned.Sizes); i++ {
		if size := &v.Learned.Sizes[i]; v.Share > 0 && size.Share <= v.Share+1e-9 {
			v.Size = size // the largest of those told that is no larger
		}
	}
	for _, other := range b.Audiences {
		if other.When == x.Seed {
			v.From = append(v.From, other)
		}
	}
	return v
}

// alikeFault says why nobody was found.
func (s *console) alikeFault(ctx context.Context, lang string, err error) string {
	var few *engine.TooAlike
	var amount *engine.BadAmount
	switch {
	case errors.As(err, &few):
		return strings.NewReplacer("{seeds}", countText(lang, int64(few.Seeds)), "{others}", countText(lang, int64(few.Others))).Replace(word(lang, "alike.few"))
	case errors.As(err, &amount):
		return strings.Join(refusalsOf(lang, amount), " ; ")
	case errors.Is(err, engine.ErrBusy):
		return word(lang, "alike.busy")
	}
	s.Logger.ErrorContext(ctx, "console look-alikes", "error", err)
	return word(lang, "problem.read")
}

func (s *console) alikeView(w http.ResponseWriter, r *http.Request) (*alikeView, bool) {
	plan := s.plan(r)
	if plan == nil {
		s.problem(w, r, http.StatusNotFound, "problem.brand")
		return nil, false
	}
	b := plan.Brand()
	for i := range b.Audiences {
		if a := &b.Audiences[i]; string(a.ID) == r.PathValue("id") {
			return &alikeView{One: a, Name: audienceName(language(r), a), Version: plan.Version(), Make: makeAsked{ID: string(a.ID) + "-alike", Percent: usualPercent}}, true
		}
	}
	s.problem(w, r, http.StatusNotFound, "problem.audience")
	return nil, false
}

func (s *console) showAlike(w http.ResponseWriter, r *http.Request, v *alikeView) {
	page := s.view(r, "audiences", v)
	page.Here, page.Title = r.URL.Path, word(page.Lang, "alike.title")+" "+v.Name
	s.show(w, "alike", "frame.html", page)
}

// alikeCurveOf draws what each size reaches, and how much of it is of the audience: both by people held out, who taught nothing.
func alikeCurveOf(found *engine.Resemblance, lang string) (c alikeCurve) {
	if len(found.Sizes) == 0 {
		return c
	}
	most := found.Sizes[len(found.Sizes)-1].Share
	c.Most, c.Even = shareText(lang, most), round1(100-100*most)
	var reached, precise []string
	for _, size := range found.Sizes {
		d := alikeDot{AudienceSize: size, X: round1(100 * size.Share / most), Y: round1(100 - 100*size.Found), Low: round1(100 - 100*size.Interval.Low), High: round1(100 - 100*size.Interval.High)}
		seeds, others := size.Found*float64(found.Seeds), size.Share*float64(found.Others)
		if seeds+others > 0 {
			d.Precision = seeds / (seeds + others)
		}
		d.PreciseY = round1(100 - 100*d.Precision)
		reached, precise = append(reached, fmt.Sprint(d.X, ",", d.Y)), append(precise, fmt.Sprint(d.X, ",", d.PreciseY))
		c.Dots = append(c.Dots, d)
	}
	c.Found, c.Precise = "0,100 "+strings.Join(reached, " "), strings.Join(precise, " ")
	return c
}

// traitText says in words what a column says of somebody: what it is, and its value. What has no words is left as rules write it.
func traitText(lang, column, says string, found *engine.Resemblance) string {
	var means aparte.Words
	for i := range found.InCommon {
		if found.InCommon[i].Column == column {
			means = found.InCommon[i].Meaning
		}
	}
	if means == nil {
		for _, v := range decide.Variables() {
			if v.Name == column {
				means = v.Words
			}
		}
	}
	value, known := strings.CutPrefix(says, column)
	text, _, _ := strings.Cut(wordsText(lang, means), ":") // what may be its values follows
	if text = strings.TrimSpace(text); known && text != "" {
		if strings.TrimSpace(value) == "not known" {
			value = " – " + word(lang, "alike.unknown")
		}
		return text + value
	}
	return says
}
