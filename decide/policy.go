package decide

import (
	"errors"
	"fmt"
	"slices"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"

	"github.com/aparte-dev/aparte"
)

// MaxForbidden bounds how many traits a policy names.
const MaxForbidden = 256

// policy checks what the brand forbids itself.
func (a *audit) policy() {
	traits := a.brand.Policy.Traits
	a.bounded("/policy/traits", len(traits), MaxForbidden)
	for i, name := range traits {
		at := fmt.Sprintf("/policy/traits/%d", i)
		a.check(isID(name), at, "%q is no name of a trait", clip(name))
		a.check(!slices.Contains(traits[:i], name), at, "%q is named twice", clip(name))
	}
	sensitive := a.brand.Policy.Sensitive
	a.bounded("/policy/sensitive", len(sensitive), MaxForbidden)
	for i, name := range sensitive {
		at := fmt.Sprintf("/policy/sensitive/%d", i)
		a.check(isID(name), at, "%q is no name of a trait", clip(name))
		a.check(!slices.Contains(sensitive[:i], name), at, "%q is named twice", clip(name))
	}
	kept := a.brand.Policy.Keep
	a.bounded("/policy/keep", len(kept), MaxForbidden)
	for i := range kept {
		k, at := &kept[i], fmt.Sprintf("/policy/keep/%d", i)
		a.check(isID(k.Trait), at+"/trait", "%q is no name of a trait", clip(k.Trait))
		a.check(!slices.ContainsFunc(kept[:i], func(o aparte.Retention) bool { return o.Trait == k.Trait }), at+"/trait", "%q is named twice", clip(k.Trait))
		a.check(k.Trait != "email" && k.Trait != "phone", at+"/trait", "%q names people: it is kept as long as they are", k.Trait)
		a.check(k.For >= 0, at+"/for", "is below zero")
	}
}

// permitted says which trait that a condition reads the policy forbids. Names that only an evaluation knows are looked for
// in vain then: see deliberation.trait.
func permitted(policy *aparte.Policy, checked *cel.Ast) error {
	var err error
	ast.PostOrderVisit(checked.NativeRep().Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		if err != nil {
			return
		}
		if e.Kind() == ast.IdentKind && e.AsIdent() == "inferred" && policy.NoInferred && policy.NoBoughtIn {
			err = errors.New("the policy forbids to use what was computed or bought in")
		}
		if name, ok := traitRead(e); ok && policy.ForbidsName(name) {
			err = fmt.Errorf("the policy forbids to use the trait %q", clip(name))
		}
	}))
	return err
}

// there says what an expression asks for by a name that the brand does not have: alike["…"] of no look-alike, score["…"] or points["…"] of
// no objective. It would never hold, and nobody would know why.
func there(b *aparte.Brand, checked *cel.Ast) error {
	var err error
	ast.PostOrderVisit(checked.NativeRep().Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		of, key, ok := lookup(e)
		if err != nil || !ok || of.Kind() != ast.IdentKind {
			return
		}
		switch of.AsIdent() {
		case "alike":
			if !slices.ContainsFunc(b.Lookalikes, func(l aparte.Lookalike) bool { return string(l.ID) == key }) {
				err = fmt.Errorf("%q is no look-alike of the brand", clip(key))
			}
		case "score", "points":
			if !slices.ContainsFunc(b.Objectives, func(o aparte.Objective) bool { return string(o.ID) == key }) {
				err = fmt.Errorf("%q is no objective of the brand", clip(key))
			}
		}
	}))
	return err
}

// traitRead is the trait that an expression reads by a name it states: traits.NAME, traits["NAME"], or the same of
// inferred ones.
func traitRead(e ast.Expr) (string, bool) {
	of, key, ok := lookup(e)
	return key, ok && isTraits(of)
}

// lookup is what an expression looks up in a map by a name it states: of.NAME, of["NAME"], "NAME" in of, or the optional forms of these.
func lookup(e ast.Expr) (of ast.Expr, key string, ok bool) {
	switch e.Kind() {
	case ast.SelectKind:
		s := e.AsSelect()
		return s.Operand(), s.FieldName(), true
	case ast.CallKind:
		c := e.AsCall()
		if !slices.Contains([]string{operators.Index, operators.OptIndex, operators.OptSelect, operators.In}, c.FunctionName()) || len(c.Args()) != 2 {
			return nil, "", false
		}
		of, name := c.Args()[0], c.Args()[1]
		if c.FunctionName() == operators.In {
			of, name = name, of
		}
		if name.Kind() == ast.LiteralKind {
			key, ok := name.AsLiteral().(types.String)
			return of, string(key), ok
		}
	}
	return nil, "", false
}

func isTraits(e ast.Expr) bool {
	return e.Kind() == ast.IdentKind && (e.AsIdent() == "traits" || e.AsIdent() == "inferred")
}
