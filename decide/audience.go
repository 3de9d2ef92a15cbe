package decide

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"

	"github.com/aparte-dev/aparte"
)

// Audience is a condition on people, compiled: who they are now, apart from any moment.
type Audience struct {
	plan *Plan
	rule *rule
}

// Audience compiles a condition in the language of rules. It speaks of people, their visits and their baskets; of a moment, an item or a
// content there is none.
func (p *Plan) Audience(where string) (*Audience, error) {
	words, err := newLanguage(p.brand)
	if err != nil {
		return nil, err
	}
	r, err := words.audience(where)
	if err != nil {
		return nil, err
	}
	return &Audience{p, r}, nil
}

// audience compiles a condition on people.
func (l language) audience(where string) (*rule, error) {
	r, err := l.rule(&aparte.Rule{When: where})
	if err != nil {
		return nil, err
	}
	if err := r.aboutPeople(); err != nil {
		return nil, err
	}
	return r, nil
}

// Reads names the variables that the condition reads, in order.
func (a *Audience) Reads() []string {
	var names []string
	for _, v := range a.rule.reads {
		names = append(names, variables[v].name)
	}
	slices.Sort(names)
	return names
}

// ErrCondition says that a condition has no answer for somebody: a trait it reads is missing, or of another type.
var ErrCondition = errors.New("the condition cannot be answered")

// Holds reports whether the condition holds for somebody at a time. As in decisions, who objects to profiling is seen without
// what was observed of them. A nil fit knows nothing. It is safe for concurrent use.
func (a *Audience) Holds(p *aparte.Person, fit Fit, at time.Time) (bool, error) {
	d := a.plan.openOn(p, fit, at)
	defer a.plan.close(d)
	switch d.ask(a.rule) {
	case holds:
		return true, nil
	case saysNo:
		return false, nil
	}
	return false, ErrCondition
}

// openOn begins a deliberation on who somebody is, apart from any moment.
func (p *Plan) openOn(person *aparte.Person, fit Fit, at time.Time) *deliberation {
	d := p.deliberations.Get().(*deliberation)
	d.own = Question{Person: person, Fit: fit, Moment: aparte.Moment{At: at, Channel: aparte.Web, Trigger: "audience"}}
	d.q, d.person = &d.own, person
	d.look()
	d.ready()
	return d
}

// membership is one of the brand's audiences, compiled.
type membership struct {
	id   aparte.AudienceID
	key  aparte.AudienceKey
	rule *rule
}

// audiences compiles the brand's audiences, by their keys. They are checked for what rules are, and for speaking of each other.
func (a *audit) audiences(words language) []membership {
	a.bounded("/audiences", len(a.brand.Audiences), aparte.MaxAudiences)
	all := make([]membership, 0, len(a.brand.Audiences))
	seen, keys := make(map[string]string), make(map[aparte.AudienceKey]string)
	for i, x := range a.brand.Audiences {
		at := fmt.Sprintf("/audiences/%d", i)
		a.unique(seen, string(x.ID), at)
		for lang := range x.Name {
			a.check(isLanguage(lang), at+"/name", "%q is not a BCP 47 language", clip(lang))
		}
		if first, again := keys[x.ID.Key()]; again && seen[string(x.ID)] == at {
			a.fail(at+"/id", "has the key of %s, by chance: choose another", first)
		}
		keys[x.ID.Key()] = at
		a.entitlements(x.Entitlements, at+"/entitlements")
		r, err := words.audience(x.When)
		switch {
		case err != nil:
			a.fail(at+"/when", "%w", err)
			continue
		case r.reads != nil && slices.Contains(r.reads, variableIndex["audiences"]):
			a.fail(at+"/when", "speaks of audiences: what another one asks must be asked here too, so that none waits for another")
		}
		all = append(all, membership{x.ID, x.ID.Key(), r})
	}
	slices.SortFunc(all, func(a, b membership) int { return cmp.Compare(a.key, b.key) })
	return all
}

func (a *audit) entitlements(all []aparte.Entitlement, pointer string) {
	a.bounded(pointer, len(all), aparte.MaxEntitlements)
	seen := make(map[string]string)
	for i, x := range all {
		at := fmt.Sprintf("%s/%d", pointer, i)
		a.unique(seen, x.ID, at)
		for lang := range x.Name {
			a.check(isLanguage(lang), at+"/name", "%q is not a BCP 47 language", clip(lang))
		}
	}
}

// audience checks which audience a scenario speaks of.
func (a *audit) audience(s *aparte.Scenario, pointer string) {
	known := slices.ContainsFunc(a.brand.Audiences, func(x aparte.Audience) bool { return x.ID == s.Audience })
	a.check(s.Audience == "" || known, pointer, "%q is no audience of the brand", clip(string(s.Audience)))
}

// AudienceTold is the brand's audience that an event of entering or leaving one is about; nil: none, or one that left the brand.
func (p *Plan) AudienceTold(event *aparte.Event) *aparte.Audience {
	var about struct {
		Audience aparte.AudienceID `json:"audience"`
	}
	if json.Unmarshal(event.Properties, &about) != nil {
		return nil
	}
	i := slices.IndexFunc(p.brand.Audiences, func(x aparte.Audience) bool { return x.ID == about.Audience })
	if i < 0 {
		return nil
	}
	return &p.brand.Audiences[i]
}

// Audiences are those of the brand that somebody is in at a time, by their keys in order. One whose condition cannot be answered for
// them they are not in. A nil fit knows nothing.
func (p *Plan) Audiences(person *aparte.Person, fit Fit, at time.Time) []aparte.AudienceKey {
	if len(p.memberships) == 0 {
		return nil
	}
	d := p.openOn(person, fit, at)
	defer p.close(d)
	var in []aparte.AudienceKey
	for i := range p.memberships {
		if m := &p.memberships[i]; d.ask(m.rule) == holds {
			in = append(in, m.key)
		}
	}
	return in
}

// AudienceOf is the id of the brand's audience with a key, and whether there is one: a person may have been in one that the
// brand has no more.
func (p *Plan) AudienceOf(key aparte.AudienceKey) (aparte.AudienceID, bool) {
	i, found := slices.BinarySearchFunc(p.memberships, key, func(m membership, key aparte.AudienceKey) int { return cmp.Compare(m.key, key) })
	if !found {
		return "", false
	}
	return p.memberships[i].id, true
}

// AudiencesNamed are the brand's audiences that some keys stand for, in the brand's order.
func (p *Plan) AudiencesNamed(keys []aparte.AudienceKey) (named []*aparte.Audience) {
	for i := range p.brand.Audiences {
		x := &p.brand.Audiences[i]
		if _, in := slices.BinarySearch(keys, x.ID.Key()); in {
			named = append(named, x)
		}
	}
	return named
}

// audiencesNamed are the audiences that an expression asks for by name: "regulars" in audiences, audiences.regulars.
func audiencesNamed(checked *cel.Ast) (named []aparte.AudienceID) {
	ofAudiences := func(e ast.Expr) bool { return e.Kind() == ast.IdentKind && e.AsIdent() == "audiences" }
	ast.PostOrderVisit(checked.NativeRep().Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		switch e.Kind() {
		case ast.SelectKind:
			if s := e.AsSelect(); ofAudiences(s.Operand()) {
				named = append(named, aparte.AudienceID(s.FieldName()))
			}
		case ast.CallKind:
			args, key := e.AsCall().Args(), 0
			switch e.AsCall().FunctionName() {
			case operators.In:
			case operators.Index:
				key = 1
			default:
				return
			}
			if id, ok := args[key].AsLiteral().(types.String); ok && ofAudiences(args[1-key]) {
				named = append(named, aparte.AudienceID(id))
			}
		}
	}))
	return named
}
