package decide

import (
	"fmt"
	"slices"
	"strings"

	"cel.dev/cel-go/common/ast"

	"github.com/aparte-dev/aparte"
)

// Use is that something of the brand reads a trait of people.
type Use struct {
	Trait string  // its name; AnyTrait: whichever is asked for by a name that only an evaluation knows
	By    UseKind // what reads it
	ID    string  // of that, as the brand has it
	In    Reach   // which decisions it has a say in
}

// AnyTrait is the name of a trait that is known only when a condition runs, as in traits[content.kind].
const AnyTrait = "*"

// UseKind says what reads a trait.
type UseKind string

// What reads traits.
const (
	InRule     UseKind = "rule"
	InAudience UseKind = "audience"
	InPersona  UseKind = "persona"
	InScore    UseKind = "score"    // declared points, or what was learned of how near people are to an objective
	InFilm     UseKind = "film"     // which of its shots somebody is shown; ID is the layout's
	InQuestion UseKind = "question" // it is what a content asks for
	InAnswers  UseKind = "answers"  // what somebody answered is one of the features that decisions learn from
	InScenario UseKind = "scenario"
	InText     UseKind = "text"     // a content's words, link or layouts
	InSearches UseKind = "news"     // what is new about items is held against what they search for
	InIdentity UseKind = "identity" // it names people
	InSpeech   UseKind = "speech"   // in which language, and at which time of theirs, they are spoken to
)

// Reach is in which decisions something can have a say.
type Reach struct {
	All      bool                // in all of them
	Contents []aparte.ContentID  // in those that have one of these among their candidates
	Scenario []aparte.ScenarioID // in those that one of these led to
}

// Of reports whether it can have had a say in a decision.
func (r *Reach) Of(d *aparte.Decision) bool {
	if r.All {
		return true
	}
	for _, id := range r.Scenario {
		if d.Trigger == "scenario:"+string(id) || strings.HasPrefix(d.Trigger, "scenario:"+string(id)+":") {
			return true
		}
	}
	for i := range d.Candidates {
		if slices.Contains(r.Contents, d.Candidates[i].Action.Content) {
			return true
		}
	}
	return false
}

// Uses are all the places in which the brand reads traits of people, in the brand's order, apart from words (compose tells of those)
// and from what was learned (a fit tells of that). A persona has a say in all decisions, as they learn from it; an audience and points
// in those of contents whose rules read them.
func (p *Plan) Uses() ([]Use, error) {
	words, err := newLanguage(p.brand)
	if err != nil {
		return nil, err
	}
	u := uses{plan: p, words: words}
	for _, name := range []string{"email", "phone"} {
		u.add(Use{name, InIdentity, "", Reach{}})
	}
	for _, name := range []string{"language", "locale", "timezone"} {
		u.add(Use{name, InSpeech, "", Reach{All: true}})
	}
	u.rules()
	u.audiences()
	for i := range p.brand.Personas {
		x := &p.brand.Personas[i]
		u.condition(x.When, InPersona, string(x.ID), Reach{All: true})
	}
	for i := range p.brand.Scores {
		s := &p.brand.Scores[i]
		for k := range s.Points {
			u.condition(s.Points[k].When, InScore, string(s.Objective), u.reading("points", "score"))
		}
	}
	u.films()
	for i := range p.contents {
		c := &p.contents[i]
		if c.Ask == nil {
			continue
		}
		u.add(Use{c.Ask.Trait, InQuestion, string(c.ID), Reach{Contents: []aparte.ContentID{c.ID}}})
		if slices.Contains(p.asks, int32(i)) && ofFew(c.Ask.Kind) {
			u.add(Use{c.Ask.Trait, InAnswers, string(c.ID), Reach{All: true}})
		}
	}
	for i := range p.brand.Scenarios {
		if s := &p.brand.Scenarios[i]; s.On != nil && s.On.Trait != "" {
			u.add(Use{s.On.Trait, InScenario, string(s.ID), Reach{Scenario: []aparte.ScenarioID{s.ID}}})
		}
	}
	if on := u.matched(); len(on) > 0 {
		u.add(Use{"searches", InSearches, "", Reach{Scenario: on}})
	}
	return u.found, u.err
}

// ofFew reports whether an answer of a kind is one of few (see telling).
func ofFew(k aparte.AskKind) bool {
	return k == aparte.AskChoice || k == aparte.AskYesNo || k == aparte.AskScale
}

// AnswerFeatures are the features by which decisions learn from answers, by the trait that is asked for.
func (p *Plan) AnswerFeatures() map[string][]uint32 {
	all := make(map[string][]uint32)
	for _, at := range p.asks {
		a := p.contents[at].Ask
		var words []string
		switch a.Kind {
		case aparte.AskChoice:
			for _, o := range a.Options {
				words = append(words, o.Key)
			}
		case aparte.AskYesNo:
			words = yesNo[:]
		case aparte.AskScale:
			words = thirds[:]
		}
		for _, word := range words {
			all[a.Trait] = append(all[a.Trait], answerFeature(a, word).hash)
		}
	}
	return all
}

// uses collects.
type uses struct {
	plan  *Plan
	words language
	found []Use
	err   error
}

func (u *uses) add(x Use) {
	if !slices.ContainsFunc(u.found, func(o Use) bool { return o.Trait == x.Trait && o.By == x.By && o.ID == x.ID }) {
		u.found = append(u.found, x)
	}
}

func (u *uses) rules() {
	for i := range u.plan.rules {
		r := &u.plan.rules[i]
		u.condition(r.When, InRule, string(r.ID), u.reachOf(func(x *rule) bool { return x.ID == r.ID }))
	}
}

// audiences reach decisions by rules that name them, and by scenarios.
func (u *uses) audiences() {
	for i := range u.plan.brand.Audiences {
		x := &u.plan.brand.Audiences[i]
		reach := u.reachOf(func(r *rule) bool { return slices.Contains(r.audiences, x.ID) })
		for k := range u.plan.brand.Scenarios {
			if s := &u.plan.brand.Scenarios[k]; s.Audience == x.ID {
				reach.Scenario = append(reach.Scenario, s.ID)
			}
		}
		u.condition(x.When, InAudience, string(x.ID), reach)
	}
}

// Reading is in which decisions something has a say that rules read as one of some variables, such as score.
func (p *Plan) Reading(names ...string) Reach { return (&uses{plan: p}).reading(names...) }

// reading is the reach of rules that read one of some variables.
func (u *uses) reading(names ...string) Reach {
	return u.reachOf(func(r *rule) bool {
		return slices.ContainsFunc(r.reads, func(v int) bool { return slices.Contains(names, variables[v].name) })
	})
}

// reachOf is the reach of some rules.
func (u *uses) reachOf(is func(*rule) bool) (reach Reach) {
	for i := range u.plan.rules {
		r := &u.plan.rules[i]
		if !is(r) {
			continue
		}
		reach.All = reach.All || r.Everywhere
		for k := range u.plan.contents {
			if c := &u.plan.contents[k]; slices.Contains(c.Content.Rules, r.ID) && !slices.Contains(reach.Contents, c.ID) {
				reach.Contents = append(reach.Contents, c.ID)
			}
		}
	}
	return reach
}

func (u *uses) films() {
	for i := range u.plan.brand.Layouts {
		l := &u.plan.brand.Layouts[i]
		if l.Video == nil {
			continue
		}
		var reach Reach
		for k := range u.plan.contents {
			if c := &u.plan.contents[k]; slices.Contains(c.Content.Layouts, l.ID) {
				reach.Contents = append(reach.Contents, c.ID)
			}
		}
		for k := range l.Video.Shots {
			u.condition(l.Video.Shots[k].When, InFilm, string(l.ID), reach)
		}
	}
}

// matched are the scenarios that come after what somebody searches for.
func (u *uses) matched() (ids []aparte.ScenarioID) {
	for i := range u.plan.brand.Scenarios {
		if s := &u.plan.brand.Scenarios[i]; s.After == aparte.EventSearchMatched {
			ids = append(ids, s.ID)
		}
	}
	return ids
}

// condition adds the traits that a condition in the language of rules reads.
func (u *uses) condition(when string, by UseKind, id string, in Reach) {
	if when == "" || u.err != nil {
		return
	}
	checked, issues := u.words.rules.Compile(when)
	if issues.Err() != nil {
		u.err = fmt.Errorf("%s %q: %w", by, id, plain(issues))
		return
	}
	told, read := 0, 0 // traits by name, and times that all of them are at hand
	ast.PostOrderVisit(checked.NativeRep().Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		if isTraits(e) {
			read++
		}
		if name, ok := traitRead(e); ok {
			told++
			u.add(Use{name, by, id, in})
		}
	}))
	if read > told {
		u.add(Use{AnyTrait, by, id, in})
	}
}

// Reads reports whether a use is of a trait: of its name, of what it is below, or of any.
func (x *Use) Reads(trait string) bool {
	if x.Trait == AnyTrait || x.Trait == trait {
		return true
	}
	rest, below := strings.CutPrefix(trait, x.Trait)
	return below && rest[0] == '.'
}
