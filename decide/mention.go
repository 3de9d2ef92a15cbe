package decide

import (
	"maps"
	"slices"
	"sync"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"

	"github.com/aparte-dev/aparte"
)

// Mention is a name that a condition states: of a trait, or of something of the catalogue.
type Mention struct {
	Of   MentionKind
	Name string
}

// MentionKind is what a name is of.
type MentionKind string

// The kinds.
const (
	OfTrait     MentionKind = "trait"
	OfCategory  MentionKind = "category"
	OfBrand     MentionKind = "brand"
	OfAttribute MentionKind = "attribute" // Name is as in "colour=red"
)

// mentioned are the variables whose values, or whose keys, are names.
var mentioned = map[string]MentionKind{
	"traits": OfTrait, "inferred": OfTrait,
	"item.category": OfCategory, "moment.category": OfCategory, "affinity.category": OfCategory, "due.category": OfCategory, "session.intent": OfCategory,
	"item.brand": OfBrand, "affinity.brand": OfBrand, "affinity.attribute": OfAttribute,
}

// Mentions are the names that a condition in the language of rules states, each once, in their order there.
func (p *Plan) Mentions(when string) ([]Mention, error) {
	words, err := newLanguage(p.brand)
	if err != nil {
		return nil, err
	}
	checked, issues := words.rules.Compile(when)
	if issues.Err() != nil {
		return nil, plain(issues)
	}
	var all []Mention
	add := func(variable ast.Expr, name string) {
		if variable.Kind() != ast.IdentKind {
			return
		}
		if of, is := mentioned[variable.AsIdent()]; is && !slices.Contains(all, Mention{of, name}) {
			all = append(all, Mention{of, name})
		}
	}
	ast.PostOrderVisit(checked.NativeRep().Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		if of, key, ok := lookup(e); ok {
			add(of, key)
			return
		}
		if e.Kind() != ast.CallKind || len(e.AsCall().Args()) != 2 {
			return
		}
		a, b := e.AsCall().Args()[0], e.AsCall().Args()[1]
		switch e.AsCall().FunctionName() {
		case operators.Equals, operators.NotEquals:
			if a.Kind() == ast.LiteralKind {
				a, b = b, a
			}
			addText(add, a, b)
		case operators.In:
			if b.Kind() == ast.ListKind {
				for _, one := range b.AsList().Elements() {
					addText(add, a, one)
				}
			}
		}
	}))
	return all, nil
}

func addText(add func(ast.Expr, string), variable, value ast.Expr) {
	if value.Kind() == ast.LiteralKind {
		if name, ok := value.AsLiteral().(types.String); ok && name != "" {
			add(variable, string(name))
		}
	}
}

// CatalogueNames are all names of a kind that items have, sorted; none of traits.
func (p *Plan) CatalogueNames(of MentionKind) []string {
	switch of {
	case OfCategory:
		return slices.Sorted(maps.Keys(p.catalogue.categories))
	case OfBrand:
		return slices.Sorted(maps.Keys(p.catalogue.brands))
	case OfAttribute:
		return p.catalogue.attributes()
	}
	return nil
}

// mostAttributes bounds the attributes of items that are told apart; of more, none is said to be missing.
const mostAttributes = 20_000

// attributesOf are the attributes of items, as in "colour=red", sorted; nil where there are more than mostAttributes. They are looked for once.
func attributesOf(items []aparte.Item) func() []string {
	return sync.OnceValue(func() []string {
		seen := map[string]bool{}
		for i := range items {
			for name, value := range items[i].Attributes {
				if seen[name+"="+value] = true; len(seen) > mostAttributes {
					return nil
				}
			}
		}
		return slices.Sorted(maps.Keys(seen))
	})
}
