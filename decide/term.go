package decide

import (
	"strings"
	"time"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
)

// term is a checked expression compiled into a function: what it comes to in a deliberation. It knows
// the shapes most rules have, without boxes or interfaces between them. Where it meets anything else
// the fact is beyond it, and the rule is CEL's to evaluate, which stays the judge of what rules mean.
type term func(*deliberation) fact

// compileTerm compiles an expression; nil where there is something in it that only CEL knows.
func compileTerm(checked *cel.Ast) term {
	return termCompiler{checked.NativeRep().ReferenceMap()}.term(checked.NativeRep().Expr())
}

type termCompiler struct {
	references map[int64]*ast.ReferenceInfo
}

func (c termCompiler) term(e ast.Expr) term {
	if r := c.references[e.ID()]; r != nil {
		if i, known := variableIndex[r.Name]; known {
			return variables[i].get
		}
	}
	switch e.Kind() {
	case ast.LiteralKind:
		return c.literal(e)
	case ast.SelectKind:
		return c.entry(e.AsSelect())
	case ast.CallKind:
		if e.AsCall().IsMemberFunction() {
			return c.method(e.AsCall())
		}
		return c.call(e.AsCall())
	}
	return nil
}

func (c termCompiler) literal(e ast.Expr) term {
	var constant fact
	switch v := e.AsLiteral().(type) {
	case types.Bool:
		constant = truth(bool(v))
	case types.Int:
		constant = integer(int64(v))
	case types.Double:
		constant = double(float64(v))
	case types.String:
		constant = text(string(v))
	default:
		return nil
	}
	return func(*deliberation) fact { return constant }
}

// entry is traits.country, or has(traits.country).
func (c termCompiler) entry(e ast.SelectExpr) term {
	of, name := c.term(e.Operand()), text(e.FieldName())
	if of == nil {
		return nil
	}
	find := entryOf
	if e.IsTestOnly() {
		find = hasEntry
	}
	return func(d *deliberation) fact { return find(d, of(d), name) }
}

// call is an operator.
func (c termCompiler) call(e ast.CallExpr) term {
	if e.FunctionName() == operators.In && e.Args()[1].Kind() == ast.ListKind {
		return c.oneOf(e.Args()[0], e.Args()[1].AsList())
	}
	args := make([]term, len(e.Args()))
	for i, arg := range e.Args() {
		if args[i] = c.term(arg); args[i] == nil {
			return nil
		}
	}
	switch e.FunctionName() {
	case operators.LogicalAnd:
		return decided(args, saysNo)
	case operators.LogicalOr:
		return decided(args, holds)
	case operators.LogicalNot:
		return not(args[0])
	case operators.Index:
		return func(d *deliberation) fact { return entryOf(d, args[0](d), args[1](d)) }
	case operators.In:
		return func(d *deliberation) fact { return hasEntry(d, args[1](d), args[0](d)) }
	}
	if reckon := operations[e.FunctionName()]; reckon != nil && len(args) == 2 {
		if n, ok := e.Args()[1].AsLiteral().(types.Int); ok {
			return against(args[0], int64(n), e.FunctionName())
		}
		return strict(args[0], args[1], reckon)
	}
	return nil
}

// oneOf is x in ["a", "b"].
func (c termCompiler) oneOf(e ast.Expr, list ast.ListExpr) term {
	of := c.term(e)
	if of == nil || list.Size() == 0 || len(list.OptionalIndices()) > 0 {
		return nil
	}
	options := make([]string, list.Size())
	for i, option := range list.Elements() {
		s, ok := option.AsLiteral().(types.String)
		if !ok {
			return nil
		}
		options[i] = string(s)
	}
	return func(d *deliberation) fact {
		f := of(d)
		if !f.plain() {
			return f.spoilt()
		}
		for _, option := range options {
			if f.kind == words && f.text == option {
				return truth(true)
			}
		}
		return truth(false)
	}
}

// method is now.getMonth(), or moment.page.startsWith("/shop").
func (c termCompiler) method(e ast.CallExpr) term {
	of := c.term(e.Target())
	if of == nil {
		return nil
	}
	if part := partsOfTime[e.FunctionName()]; part != nil && len(e.Args()) == 0 {
		return func(d *deliberation) fact {
			if of(d).kind != instant {
				return fact{}
			}
			return integer(int64(part(d.now.UTC())))
		}
	}
	if test := testsOfText[e.FunctionName()]; test != nil && len(e.Args()) == 1 {
		if with := c.term(e.Args()[0]); with != nil {
			return strict(of, with, func(a, b fact) fact {
				if a.kind != words || b.kind != words {
					return fact{}
				}
				return truth(test(a.text, b.text))
			})
		}
	}
	return nil
}

// partsOfTime are CEL's: months and days of the week, month and year count from 0, getDate from 1.
var partsOfTime = map[string]func(time.Time) int{
	"getFullYear":   time.Time.Year,
	"getMonth":      func(t time.Time) int { return int(t.Month()) - 1 },
	"getDate":       time.Time.Day,
	"getDayOfMonth": func(t time.Time) int { return t.Day() - 1 },
	"getDayOfWeek":  func(t time.Time) int { return int(t.Weekday()) },
	"getDayOfYear":  func(t time.Time) int { return t.YearDay() - 1 },
	"getHours":      time.Time.Hour,
	"getMinutes":    time.Time.Minute,
}

var testsOfText = map[string]func(s, with string) bool{
	"startsWith": strings.HasPrefix,
	"endsWith":   strings.HasSuffix,
	"contains":   strings.Contains,
}

// entryOf is the entry of a bag for a key.
func entryOf(d *deliberation, bag, key fact) fact {
	if bag.kind != bagged || key.kind != words {
		return amiss(bag, key)
	}
	return d.bags[bag.n].entry(key.text)
}

// hasEntry tells whether there is one.
func hasEntry(d *deliberation, bag, key fact) fact {
	if bag.kind != bagged || key.kind != words {
		return amiss(bag, key)
	}
	return truth(d.bags[bag.n].entry(key.text).kind != missing)
}
