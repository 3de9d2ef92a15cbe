package console

import (
	"cmp"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/scenario"
)

// scenarioDraft is a scenario as a form has it: each field as it was typed.
type scenarioDraft struct {
	ID, English, French string
	Kind                string // of kinds: what it begins with

	First                        stepDraft   // after
	Then                         []stepDraft // and one more to be filled in
	Window                       lastingDraft
	Absent                       string // one a line
	Trait, Buying, Days, Way, At string
	Yearly                       bool
	Every                        lastingDraft

	Unless              string // one a line
	Delay, Rest, Within lastingDraft
	Until               []exitDraft // and one more to be filled in
	Times               string
	Per                 lastingDraft
	Channel             aparte.Channel
	Also                []aparte.Channel
	Audience            string
}

// kinds are what a scenario can begin with.
var kinds = []string{"after", "absent", "on", "every"}

// stepDraft is an event and its condition: in three fields, or as it is written in rules.
type stepDraft struct{ Event, Name, Sign, Value, Where string }

// exitDraft is an event that ends it; of an objective, its id.
type exitDraft struct {
	Event, Where, Objective string
	For                     lastingDraft
}

// lastingDraft is a duration as a form asks it.
type lastingDraft struct {
	Number string
	Unit   string // of units
}

// signs are how a property can be compared.
var signs = []string{"==", "!=", ">", ">=", "<", "<="}

// compared is a condition that three fields can say.
var compared = regexp.MustCompile(`^properties\.([A-Za-z_][A-Za-z0-9_]*) (==|!=|>|>=|<|<=) ("(?:[^"\\]|\\.)*"|-?[0-9]+(?:\.[0-9]+)?|true|false)$`)

func draftOfStep(event, where string) stepDraft {
	m := compared.FindStringSubmatch(where)
	if m == nil {
		return stepDraft{Event: event, Where: where}
	}
	value := m[3]
	if text, err := strconv.Unquote(value); err == nil {
		if where := (stepDraft{Name: m[1], Sign: m[2], Value: text}).where(); where != m[0] {
			return stepDraft{Event: event, Where: m[0]} // a text that looks like a number
		}
		value = text
	}
	return stepDraft{Event: event, Name: m[1], Sign: m[2], Value: value}
}

// where is the condition in the language of rules: of numbers as numbers, of all else as text.
func (d stepDraft) where() string {
	if d.Name == "" {
		return d.Where
	}
	value := d.Value
	if _, err := strconv.ParseFloat(value, 64); err != nil && value != "true" && value != "false" {
		value = strconv.Quote(value)
	}
	return "properties." + d.Name + " " + cmp.Or(d.Sign, "==") + " " + value
}

func draftOfScenario(s *aparte.Scenario) scenarioDraft {
	d := scenarioDraft{
		ID: string(s.ID), English: s.Name["en"], French: s.Name["fr"], Kind: "after", First: draftOfStep(s.After, s.Where), Window: draftOfLasting(s.Window),
		Absent: strings.Join(s.Absent, "\n"), Every: draftOfLasting(s.Every), Unless: strings.Join(s.Unless, "\n"), Delay: draftOfLasting(s.Delay),
		Rest: draftOfLasting(s.Rest), Within: draftOfLasting(s.Within), Per: draftOfLasting(s.Most.Per), Channel: s.Channel, Also: s.Also, Audience: string(s.Audience), Way: "later",
	}
	switch {
	case s.On != nil:
		d.Kind, d.Trait, d.Buying, d.Yearly, d.At = "on", s.On.Trait, s.On.Buying, s.On.Yearly, s.On.At
		if d.Days = strconv.Itoa(s.On.Days); s.On.Days < 0 {
			d.Days, d.Way = strconv.Itoa(-s.On.Days), "before"
		}
	case len(s.Absent) > 0:
		d.Kind = "absent"
	case s.Every != 0:
		d.Kind = "every"
	}
	for _, step := range s.Then {
		d.Then = append(d.Then, draftOfStep(step.Event, step.Where))
	}
	for _, x := range s.Until {
		d.Until = append(d.Until, exitDraft{x.Event, x.Where, string(x.Objective), draftOfLasting(x.For)})
	}
	if s.Most.Times > 0 {
		d.Times = strconv.Itoa(s.Most.Times)
	}
	return d
}

func draftOfLasting(d aparte.Duration) lastingDraft {
	n, u := inUnits(d.Std())
	return lastingDraft{strconv.FormatInt(n, 10), u.Key}
}

// fill takes what a form has; what it does not ask stays as it is.
func (d *scenarioDraft) fill(form url.Values) {
	text := func(name string, to *string) {
		if form.Has(name) {
			*to = strings.TrimSpace(strings.ReplaceAll(form.Get(name), "\r", ""))
		}
	}
	lasts := func(name string, to *lastingDraft) {
		text(name, &to.Number)
		text(name+"-unit", &to.Unit)
	}
	for name, to := range map[string]*string{
		"id": &d.ID, "english": &d.English, "french": &d.French, "absent": &d.Absent, "trait": &d.Trait, "buying": &d.Buying, "days": &d.Days, "way": &d.Way, "at": &d.At,
		"unless": &d.Unless, "times": &d.Times, "audience": &d.Audience, "channel": (*string)(&d.Channel),
	} {
		text(name, to)
	}
	for name, to := range map[string]*lastingDraft{"window": &d.Window, "every": &d.Every, "delay": &d.Delay, "rest": &d.Rest, "within": &d.Within, "per": &d.Per} {
		lasts(name, to)
	}
	if kind := form.Get("kind"); slices.Contains(kinds, kind) {
		d.Kind = kind
	}
	if form.Has("asked-also") {
		d.Also = nil
		for _, c := range form["also"] {
			d.Also = append(d.Also, aparte.Channel(c))
		}
	}
	if form.Has("asked-yearly") {
		d.Yearly = form.Has("yearly")
	}
	step := func(name string, to *stepDraft) {
		for part, to := range map[string]*string{"": &to.Event, "-name": &to.Name, "-sign": &to.Sign, "-value": &to.Value, "-where": &to.Where} {
			text(name+part, to)
		}
	}
	step("after", &d.First)
	d.Then = rowsOf(form, "then", d.Then, scenario.MaxSteps-1, step, func(s stepDraft) bool { return s.Event == "" && s.where() == "" })
	d.Until = rowsOf(form, "until", d.Until, scenario.MaxEvents, func(name string, to *exitDraft) {
		text(name, &to.Event)
		text(name+"-where", &to.Where)
		text(name+"-objective", &to.Objective)
		lasts(name+"-for", &to.For)
	}, func(x exitDraft) bool { return x.Event == "" && x.Where == "" && x.Objective == "" })
}

// turn makes it one of another kind, with what was typed so far.
func (d *scenarioDraft) turn(form url.Values) {
	d.fill(form)
	if kind := form.Get("turn"); slices.Contains(kinds, kind) {
		d.Kind = kind
	}
}

// rowsOf are the rows of a form, those left out that nobody filled in; as they were, where it has none.
func rowsOf[T any](form url.Values, name string, were []T, most int, read func(string, *T), left func(T) bool) []T {
	if !form.Has(name + "0") {
		return were
	}
	var rows []T
	for i := range most {
		var row T
		if read(name+strconv.Itoa(i), &row); !left(row) {
			rows = append(rows, row)
		}
	}
	return rows
}

// of is a scenario with the draft's fields, or what of them cannot be read.
func (d *scenarioDraft) of(s *aparte.Scenario) (aparte.Scenario, []faultView) {
	other := *s
	var faults []faultView
	lasts := func(field string, from lastingDraft, to *aparte.Duration) {
		n, ok := numberOf(cmp.Or(from.Number, "0"))
		i := slices.IndexFunc(units, func(u unit) bool { return u.Key == cmp.Or(from.Unit, "h") })
		if !ok || i < 0 {
			faults = append(faults, faultView{Field: field, Message: fmt.Sprintf("%q is no whole number", from.Number)})
			return
		}
		*to = aparte.Duration(time.Duration(n) * units[i].Size)
	}
	whole := func(field, from string) int {
		n, ok := numberOf(cmp.Or(from, "0"))
		if !ok {
			faults = append(faults, faultView{Field: field, Message: fmt.Sprintf("%q is no whole number", from)})
		}
		return int(n)
	}
	d.named(&other)
	lasts("/rest", d.Rest, &other.Rest)
	lasts("/within", d.Within, &other.Within)
	lasts("/most/per", d.Per, &other.Most.Per)
	other.Most.Times = whole("/most/times", d.Times)
	other.Channel, other.Also, other.Audience, other.Until = d.Channel, d.Also, aparte.AudienceID(d.Audience), nil
	for i, x := range d.Until {
		exit := aparte.Exit{Event: x.Event, Where: x.Where, Objective: aparte.ObjectiveID(x.Objective)}
		lasts(fmt.Sprintf("/until/%d/for", i), x.For, &exit.For)
		other.Until = append(other.Until, exit)
	}
	other.After, other.Where, other.Then, other.Window, other.Absent, other.On, other.Every = "", "", nil, 0, nil, nil, 0
	other.Unless, other.Delay = nil, 0
	switch d.Kind {
	case "absent":
		other.Absent = linesOf(d.Absent)
	case "on":
		other.On = &aparte.Day{Trait: d.Trait, Yearly: d.Yearly, Buying: d.Buying, Days: whole("/on/days", d.Days), At: d.At}
		if d.Way == "before" {
			other.On.Days = -other.On.Days
		}
	case "every":
		lasts("/every", d.Every, &other.Every)
	default:
		other.After, other.Where = d.First.Event, d.First.where()
		for _, step := range d.Then {
			other.Then = append(other.Then, aparte.Step{Event: step.Event, Where: step.where()})
		}
		if lasts("/window", d.Window, &other.Window); len(other.Then) == 0 {
			other.Window = 0
		}
	}
	if d.Kind == "after" || d.Kind == "absent" {
		other.Unless = linesOf(d.Unless)
		lasts("/delay", d.Delay, &other.Delay)
	}
	return other, faults
}

// named gives a scenario its names: the form has two languages, and leaves others.
func (d *scenarioDraft) named(s *aparte.Scenario) {
	names := aparte.Words{}
	for lang, text := range s.Name {
		names[lang] = text
	}
	for lang, text := range map[string]string{"en": d.English, "fr": d.French} {
		if names[lang] = text; text == "" {
			delete(names, lang)
		}
	}
	s.Name = names
}

func linesOf(text string) (lines []string) {
	for line := range strings.SplitSeq(text, "\n") {
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}

// numberedStep is a row of the form.
type numberedStep struct {
	stepDraft
	Lang, Row string
	Later     bool // it follows another
	Wrong     string
}

// Signs are those to choose from.
func (numberedStep) Signs() []string { return signs }

// Steps are the rows for events, with one that is empty.
func (v *scenariosView) Steps(lang string) []numberedStep {
	rows := []numberedStep{{v.Draft.First, lang, "after", false, v.At("/after", "/where")}}
	for i, step := range append(slices.Clone(v.Draft.Then), stepDraft{}) {
		if i < scenario.MaxSteps-1 {
			at := fmt.Sprintf("/then/%d", i)
			rows = append(rows, numberedStep{step, lang, "then" + strconv.Itoa(i), true, v.At(at, at+"/event", at+"/where")})
		}
	}
	return rows
}

// numberedExit is a row of the form.
type numberedExit struct {
	exitDraft
	Row, Wrong string
}

// Exits are the rows for what ends it, with one that is empty.
func (v *scenariosView) Exits() (rows []numberedExit) {
	for i, x := range append(slices.Clone(v.Draft.Until), exitDraft{}) {
		if i < scenario.MaxEvents {
			at := fmt.Sprintf("/until/%d", i)
			rows = append(rows, numberedExit{x, "until" + strconv.Itoa(i), v.At(at, at+"/event", at+"/objective", at+"/where", at+"/for")})
		}
	}
	return rows
}
