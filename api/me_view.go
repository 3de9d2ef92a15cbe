package api

import (
	"bytes"
	"cmp"
	_ "embed"
	"html/template"
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

//go:embed me.html
var meSourceHTML string

//go:embed me.css
var meStyle string

var meTemplate = template.Must(template.New("me").Parse(meSourceHTML))

// meKind is which page a person sees where it is not the usual one.
type meKind string

const (
	deadLink     meKind = "dead"
	nothingKnown meKind = "nothing"
	erasing      meKind = "erasing"
)

// meView is a person's page as it is shown.
type meView struct {
	Lang, Path string
	Whole      bool   // all of it; else choices alone
	File       bool   // to be kept: nothing can be changed in it
	Note       string // what was done, or what is wrong
	Wrong      bool
	Written    string // to a human, and not sent
	From       int    // how many messages are left out

	Brand, Home, Direct string
	Style               template.CSS

	asked  string // the language, where the address says so
	kind   meKind
	page   engine.OwnPage
	person aparte.Person
	past   []engine.PastMessage
	about  []engine.PastMessage
	plan   *decide.Plan
	fit    *engine.Fit
	now    time.Time
}

// W is a word of the page; D a word with what it is about.
func (v *meView) W(key string) string { return meWordIn(key, v.Lang) }
func (v *meView) D(key, about string) string {
	return strings.ReplaceAll(v.W(key), "{}", about)
}

// Kind is which page it is.
func (v *meView) Kind() string { return string(v.kind) }

// say puts what was done, or what is wrong, at the top.
func (v *meView) say(key string, wrong bool) {
	v.Note, v.Wrong = v.W(key), wrong
	if key == "said.human" {
		at := ""
		if to, ok := v.person.Identifier(aparte.KindEmail); ok {
			at = v.D("said.at", engine.Masked(to.Value))
		}
		v.Note = strings.ReplaceAll(v.Note, "{}", at)
	}
}

// Query is what addresses of the page end with, to stay in a language.
func (v *meView) Query() string {
	if v.asked == "" {
		return ""
	}
	return "?lang=" + v.asked
}

// Other is the page in the other language, and which that is.
func (v *meView) Other() string {
	if v.Lang == "fr" {
		return "en"
	}
	return "fr"
}

// OlderAt and NewerAt are where further messages are told; empty: nowhere.
func (v *meView) OlderAt() string {
	if v.From+len(v.past) >= len(v.person.Said) {
		return ""
	}
	return v.pastAt(v.From + len(v.past))
}

func (v *meView) NewerAt() string {
	if v.From == 0 {
		return ""
	}
	return v.pastAt(max(0, v.From-pastShown))
}

func (v *meView) pastAt(from int) string {
	q := url.Values{"from": {strconv.Itoa(from)}}
	if v.asked != "" {
		q.Set("lang", v.asked)
	}
	return v.Path + "?" + q.Encode() + "#past"
}

// zone is where the person is, else the brand.
func (v *meView) zone() *time.Location {
	if loc, err := time.LoadLocation(v.person.Zone); err == nil && v.person.Zone != "" && v.person.Zone != "Local" {
		return loc
	}
	if v.plan != nil {
		return v.plan.Zone()
	}
	return time.UTC
}

func (v *meView) day(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return dayIn(at.In(v.zone()), v.Lang)
}

// Lead is what the page is.
func (v *meView) Lead() string {
	switch {
	case v.File:
		return v.D("lead.file", v.day(v.now))
	case v.Whole:
		return v.D("lead", minuteIn(v.page.Until.In(v.zone()), v.Lang))
	}
	return v.W("lead.choices")
}

// meChoice is something that can be ticked, or picked.
type meChoice struct {
	Value, Words string
	On           bool
}

// Channels, Kinds, Weekly and Pauses are what can be chosen.
func (v *meView) Channels() []meChoice {
	return each(v.channels(), func(c aparte.Channel) meChoice {
		granted, _ := v.person.Consented(aparte.Marketing, c)
		return meChoice{string(c), upperFirst(v.W("channel." + string(c))), granted}
	})
}

func (v *meView) Kinds() []meChoice {
	return each(v.kinds(), func(kind string) meChoice {
		return meChoice{kind, upperFirst(v.W("kind." + kind)), !v.person.Spares(kind)}
	})
}

func (v *meView) Weekly() []meChoice {
	most, told := v.person.Weekly()
	all := []meChoice{{"", v.W("choices.any"), !told}}
	numbers := []int{1, 2, 3, 5, 7}
	if told && most > 0 && !slices.Contains(numbers, most) {
		numbers = append(numbers, most)
		slices.Sort(numbers)
	}
	for _, n := range numbers {
		all = append(all, meChoice{strconv.Itoa(n), strconv.Itoa(n), told && n == most})
	}
	return append(all, meChoice{"0", v.W("choices.none"), told && most == 0})
}

func (v *meView) Pauses() []meChoice {
	until := v.person.PausedUntil()
	paused := v.now.Before(until)
	all := []meChoice{{"none", v.W("choices.nopause"), !paused}, {"month", v.W("choices.month"), false}}
	if paused {
		all = append(all, meChoice{"keep", v.D("choices.keep", v.day(until)), true})
	}
	return all
}

// Profiled reports whether what the person likes may be used.
func (v *meView) Profiled() bool { return !v.person.Refuses(aparte.Profiling, "") }

// meFact is something known, in words. What has a Name can be taken back, and corrected where there is an Input.
type meFact struct {
	Label, Value, Since string
	Name, Input         string // of the form; Input: text, number, truth
	On                  bool   // of a truth
}

// fact adds what is known, where it is.
func (v *meView) fact(all []meFact, key, value string) []meFact {
	if value == "" {
		return all
	}
	return append(all, meFact{Label: v.W(key), Value: value})
}

// Names are by what the person is recognised.
func (v *meView) Names() (all []meFact) {
	devices := 0
	for _, id := range v.person.Identifiers {
		if id.Kind == aparte.KindDeviceToken {
			devices++
			continue
		}
		all = append(all, meFact{Label: v.W("name." + string(id.Kind)), Value: id.Value})
	}
	if devices > 0 {
		all = v.fact(all, "fact.phones", strconv.Itoa(devices))
	}
	return all
}

// Declared, Observed, Inferred and Bought are what is known, by where it comes from.
func (v *meView) Declared() []meFact { return v.traits(aparte.Declared) }
func (v *meView) Bought() []meFact   { return v.traits(aparte.BoughtIn) }

func (v *meView) Observed() []meFact {
	p := &v.person
	var all []meFact
	all = v.fact(all, "fact.first", v.day(p.FirstSeen))
	all = v.fact(all, "fact.last", v.day(p.LastSeen))
	if p.Session.Count > 0 {
		all = v.fact(all, "fact.visits", strconv.FormatInt(p.Session.Count, 10))
	}
	all = v.fact(all, "fact.language", p.Locale)
	all = v.fact(all, "fact.zone", p.Zone)
	all = v.fact(all, "fact.device", p.Device)
	all = v.fact(all, "fact.search", p.Session.Search)
	all = v.fact(all, "fact.basket", v.itemNames(each(p.Cart.Lines, func(l aparte.CartLine) aparte.ItemID { return l.Item })))
	return append(all, v.traits(aparte.Observed)...)
}

// mostTastes is how many of what somebody likes are told.
const mostTastes = 8

func (v *meView) Inferred() []meFact {
	p := &v.person
	var all []meFact
	all = v.fact(all, "fact.stage", v.W("stage."+p.Lifecycle(v.now)))
	var types, tastes, groups []string
	for _, g := range gradesOf(p, v.plan, v.fit, v.now) {
		if name := g.Name.In(v.Lang, "en"); name != "" && g.ID != aparte.EverybodyPersona && g.Grade >= 0.3 {
			types = append(types, name)
		}
	}
	liked := slices.Clone(p.Affinities)
	slices.SortStableFunc(liked, func(a, b aparte.Affinity) int {
		return cmp.Compare(b.Now(v.now), a.Now(v.now))
	})
	for _, a := range liked {
		if name := v.tasteName(a); name != "" && a.Now(v.now) > 0 && len(tastes) < mostTastes && !slices.Contains(tastes, name) {
			tastes = append(tastes, name)
		}
	}
	if v.plan != nil {
		in := audiencesOf(p, v.plan)
		for _, a := range v.plan.Brand().Audiences {
			if slices.Contains(in, a.ID) {
				groups = append(groups, a.Name.In(v.Lang, v.plan.Brand().Locale))
			}
		}
	}
	all = v.fact(all, "fact.persona", strings.Join(types, ", "))
	all = v.fact(all, "fact.tastes", strings.Join(tastes, ", "))
	all = v.fact(all, "fact.audience", strings.Join(groups, ", "))
	return append(all, v.traits(aparte.Inferred)...)
}

// tasteName is what somebody likes as they would call it; empty for what has no name.
func (v *meView) tasteName(a aparte.Affinity) string {
	switch {
	case v.plan == nil:
		return ""
	case a.Kind == aparte.CategoryAffinity:
		return v.plan.Brand().CategoryName(a.Key, v.Lang)
	case a.Kind == aparte.BrandAffinity:
		return a.Key
	case a.Kind == aparte.ItemAffinity:
		return v.itemNames([]aparte.ItemID{aparte.ItemID(a.Key)})
	}
	return ""
}

// itemNames are items as the brand calls them, those that left it by their ids.
func (v *meView) itemNames(ids []aparte.ItemID) string {
	var names []string
	for _, id := range ids {
		name := string(id)
		if v.plan != nil {
			if item, ok := v.plan.Item(id); ok && len(item.Name) > 0 {
				name = item.Name.In(v.Lang, v.plan.Brand().Locale)
			}
		}
		if !slices.Contains(names, name) && len(names) < mostTastes {
			names = append(names, name)
		}
	}
	return strings.Join(names, ", ")
}

// traits are what is known on a provenance's word. Wishes stand among the choices, what was taken back nowhere.
func (v *meView) traits(from aparte.Provenance) (all []meFact) {
	for _, t := range v.person.Traits {
		if t.Provenance != from || t.Value.Kind == aparte.Null || aparte.IsWish(t.Name) {
			continue
		}
		if slices.ContainsFunc(v.person.Identifiers, func(id aparte.Identifier) bool { return string(id.Kind) == t.Name && id.Value == t.Value.Str }) {
			continue // it stands among what recognises them
		}
		f := meFact{Label: upperFirst(v.W("trait." + t.Name)), Value: valueIn(t.Value, v.Lang), Since: v.day(t.At)}
		if !recognises(t.Name) && !v.File {
			f.Name = t.Name
		}
		if from == aparte.Declared && f.Name != "" {
			switch t.Value.Kind {
			case aparte.Text:
				f.Input = "text"
			case aparte.Number:
				f.Input = "number"
			case aparte.Bool:
				f.Input, f.On = "truth", t.Value.Num != 0
			}
		}
		all = append(all, f)
	}
	return all
}

// Orders are what was bought.
func (v *meView) Orders() (all []meFact) {
	o := &v.person.Orders
	if o.Count == 0 {
		return nil
	}
	all = v.fact(all, "fact.orders", strconv.FormatInt(o.Count, 10))
	sums := []string{o.Revenue.String()}
	for _, m := range o.OtherRevenue {
		sums = append(sums, m.String())
	}
	all = v.fact(all, "fact.revenue", strings.Join(sums, ", "))
	all = v.fact(all, "fact.order.1", v.day(o.FirstAt))
	if o.Count > 1 {
		all = v.fact(all, "fact.order.n", v.day(o.LastAt))
	}
	return v.fact(all, "fact.bought", v.itemNames(o.Items))
}

// meAnswerRow is an answer for a purpose on a channel.
type meAnswerRow struct {
	For, On, Said, At, Where string
}

// Answers are what the person agreed to, and what not.
func (v *meView) Answers() []meAnswerRow {
	return each(v.person.Consents, func(c aparte.Consent) meAnswerRow {
		row := meAnswerRow{For: v.W("purpose." + string(c.Purpose)), On: v.W("channel." + string(c.Channel)), Said: v.W("no"), At: v.day(c.At), Where: c.Source}
		if c.Granted {
			row.Said = v.W("yes")
		}
		if c.Wording != "" {
			row.Where = strings.TrimPrefix(row.Where+", "+c.Wording, ", ")
		}
		return row
	})
}

// mePast is something that was said.
type mePast struct {
	At, On, Headline string
	Lines, Why       []string
	Clicked          bool
}

// Past and About are what was said, and the message whose link was followed.
func (v *meView) Past() []mePast  { return v.told(v.past) }
func (v *meView) About() []mePast { return v.told(v.about) }

func (v *meView) told(all []engine.PastMessage) []mePast {
	return each(all, func(m engine.PastMessage) mePast {
		told := mePast{At: v.day(m.At) + ", " + minuteIn(m.At.In(v.zone()), v.Lang), On: v.W("channel." + string(m.Channel)), Why: m.Why, Clicked: m.Clicked}
		if len(m.Lines) > 0 {
			told.Headline, told.Lines = m.Lines[0], m.Lines[1:]
		}
		return told
	})
}

func upperFirst(s string) string {
	for _, r := range s {
		return strings.ToUpper(string(r)) + s[len(string(r)):]
	}
	return s
}

// meWith is a part of the page, and the page.
type meWith struct {
	V *meView
	F []meFact
	M mePast
}

// With and Both are a part with its page, for the templates of parts.
func (v *meView) With(facts []meFact) meWith { return meWith{V: v, F: facts} }
func (v *meView) Both(m mePast) meWith       { return meWith{V: v, M: m} }

// render writes the page in the brand's colours, and answers its style.
func (v *meView) render(to *bytes.Buffer) (style string, err error) {
	var colours aparte.Style
	if v.plan != nil {
		b := v.plan.Brand()
		v.Brand, colours = b.Name, b.Style
		if v.Direct = b.Sender.ReplyTo; v.Direct == "" {
			v.Direct = b.Sender.Address
		}
		if home, err := url.Parse(b.Home); err == nil && home.Host != "" && (home.Scheme == "https" || home.Scheme == "http") {
			v.Home = home.String()
		}
	}
	style = coloursOf(colours) + meStyle
	v.Style = template.CSS(style)
	return style, meTemplate.Execute(to, v)
}

// mePage answers with a person's page.
func (s *server) mePage(w http.ResponseWriter, status int, v *meView) error {
	var body bytes.Buffer
	style, err := v.render(&body)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", policyOf(style))
	h.Set("Content-Language", v.Lang)
	h.Set("Vary", "Accept-Language")
	h["Cache-Control"] = noStore
	setTokenHeaders(h)
	w.WriteHeader(status)
	_, _ = w.Write(body.Bytes()) // the caller has gone
	return nil
}
