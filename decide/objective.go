package decide

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"

	"github.com/aparte-dev/aparte"
)

// Bounds of what an objective is worth once.
const (
	maxProperties = 64 << 10 // bytes of an event's properties
	maxValue      = 1e15     // minor units
)

// objective is what counts as value, compiled.
type objective struct {
	*aparte.Objective
	program cel.Program
	ofMoney bool   // reads the event's properties and never asks in which currency they are
	netted  bool   // counts what a discount gives away: rewards are net of it
	holdout uint64 // of the hash that picks who is held out of it
}

// ErrOtherCurrency says that an event's amounts are in another currency than the brand's and that the
// objective does not ask for the currency: adding them up would make pence of cents.
var ErrOtherCurrency = errors.New("the event is in another currency than the brand's, and the objective does not ask which")

// Value is what an event is worth for an objective, in minor units of the brand's currency: the
// objective's expression over the event's properties. It may be negative (a refund). It fails where
// there is no such objective, a property that the expression needs is missing, or what comes out is no
// finite number; with ErrOtherCurrency, where the event's currency is another and the expression speaks
// neither of currency nor of properties.currency. It does not look at the event's name.
func (p *Plan) Value(id aparte.ObjectiveID, e *aparte.Event) (float64, error) {
	o, known := p.objectives[id]
	if !known {
		return 0, fmt.Errorf("there is no objective %q", clip(string(id)))
	}
	v, err := p.worth(&o, e)
	if err != nil {
		return 0, fmt.Errorf("value of objective %q: %w", id, err)
	}
	return v, nil
}

// worth is what an objective's expression makes of an event.
func (p *Plan) worth(o *objective, e *aparte.Event) (float64, error) {
	if len(e.Properties) > maxProperties {
		return 0, fmt.Errorf("%d bytes of properties, at most %d are read", len(e.Properties), maxProperties)
	}
	properties := map[string]any{}
	if len(e.Properties) > 0 {
		if err := json.Unmarshal(e.Properties, &properties); err != nil {
			return 0, errors.New("the properties are no JSON object") // err would quote them
		}
	}
	currency := p.currencyOf(properties)
	if o.ofMoney && currency != p.brand.Currency {
		return 0, ErrOtherCurrency
	}
	out, _, err := o.program.Eval(map[string]any{"properties": properties, "currency": currency})
	if err != nil {
		return 0, unquoted(err)
	}
	v, err := number(out)
	return math.Round(v), err // money is whole minor units
}

// currencyOf is the ISO 4217 code, in capitals, of the currency that an event names; the brand's where it
// names none.
func (p *Plan) currencyOf(properties map[string]any) string {
	code, _ := properties["currency"].(string)
	if len(code) != 3 || strings.ContainsFunc(code, func(r rune) bool { return r|0x20 < 'a' || r|0x20 > 'z' }) {
		return p.brand.Currency
	}
	return strings.ToUpper(code)
}

// unquoted keeps what an evaluation says is missing and drops what could quote the event.
func unquoted(err error) error {
	if strings.HasPrefix(err.Error(), "no such ") {
		return err
	}
	return errors.New("the expression does not work out for these properties")
}

func number(out ref.Val) (float64, error) {
	var v float64
	switch n := out.(type) {
	case types.Double:
		v = float64(n)
	case types.Int:
		v = float64(n)
	case types.Uint:
		v = float64(n)
	default:
		return 0, fmt.Errorf("a %s came out, not a number", out.Type().TypeName())
	}
	if math.IsNaN(v) || math.Abs(v) > maxValue {
		return 0, errors.New("what came out is not finite, or beyond all reason")
	}
	return v, nil
}

// objective compiles an objective's value expression.
func (l language) objective(o *aparte.Objective) (objective, error) {
	if len(o.Value) > MaxRuleBytes {
		return objective{}, fmt.Errorf("%d bytes, at most %d are allowed", len(o.Value), MaxRuleBytes)
	}
	checked, err := ofEvent(l.values, o.Value)
	if err != nil {
		return objective{}, err
	}
	switch t := checked.OutputType(); t.Kind() {
	case types.DoubleKind, types.IntKind, types.UintKind, types.DynKind:
	default:
		return objective{}, fmt.Errorf("yields %s where a number is wanted", t)
	}
	if err := affordable(l.values, checked, maxValueCost); err != nil {
		return objective{}, err
	}
	program, err := l.values.Program(checked, cel.EvalOptions(cel.OptOptimize))
	return objective{
		Objective: o, program: program, ofMoney: ofMoney(checked.NativeRep()), netted: names(checked.NativeRep(), "discount"),
		holdout: mix(1, "holdout of "+string(o.ID)),
	}, err
}

// ofEvent compiles an expression over an event's properties.
//
// JSON has one kind of number and CEL gives it as a double; an integer literal in the expression is
// read as a double too, so that properties.revenue * 100 is what it looks like. Where that makes no
// sense of the expression it is taken as it stands.
func ofEvent(language *cel.Env, expression string) (*cel.Ast, error) {
	parsed, issues := language.Parse(expression)
	if issues.Err() != nil {
		return nil, plain(issues)
	}
	doubles(parsed.NativeRep())
	checked, issues := language.Check(parsed)
	if issues.Err() != nil {
		if checked, issues = language.Compile(expression); issues.Err() != nil {
			return nil, plain(issues)
		}
	}
	return checked, nil
}

// names reports whether an expression reads a field or property with this name.
func names(a *ast.AST, name string) bool {
	found := false
	ast.PreOrderVisit(a.Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		switch e.Kind() {
		case ast.SelectKind:
			found = found || e.AsSelect().FieldName() == name
		case ast.LiteralKind:
			found = found || e.AsLiteral() == types.String(name) // properties["discount"]
		}
	}))
	return found
}

// ofMoney reports whether an expression reads an event's properties and never its currency.
func ofMoney(a *ast.AST) bool {
	reads, asks := false, false
	ast.PreOrderVisit(a.Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		switch e.Kind() {
		case ast.IdentKind:
			reads = reads || e.AsIdent() == "properties"
			asks = asks || e.AsIdent() == "currency"
		case ast.SelectKind:
			asks = asks || e.AsSelect().FieldName() == "currency"
		case ast.LiteralKind:
			asks = asks || e.AsLiteral() == types.String("currency") // properties["currency"]
		}
	}))
	return reads && !asks
}

// doubles turns the integer literals of an expression into doubles, but for indices of lists.
func doubles(a *ast.AST) {
	factory := ast.NewExprFactory()
	indices := make(map[int64]bool)
	ast.PreOrderVisit(a.Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		if e.Kind() == ast.CallKind && e.AsCall().FunctionName() == operators.Index {
			indices[e.AsCall().Args()[1].ID()] = true
		}
		if e.Kind() != ast.LiteralKind || indices[e.ID()] {
			return
		}
		if n, ok := e.AsLiteral().(types.Int); ok {
			e.SetKindCase(factory.NewLiteral(e.ID(), types.Double(n)))
		}
	}))
}

// minorUnits is the function minor(x): an amount in the major unit of the currency, a number or text
// such as "12.50", in minor units, rounded to the nearest.
func minorUnits(currency string) cel.EnvOption {
	unit := math.Pow10(aparte.MinorDigits(currency))
	return cel.Function("minor", cel.Overload("minor_dyn", []*cel.Type{cel.DynType}, cel.DoubleType,
		cel.UnaryBinding(func(amount ref.Val) ref.Val {
			if s, ok := amount.(types.String); ok {
				v, err := strconv.ParseFloat(string(s), 64)
				if err != nil {
					return types.NewErr("minor: the text is no number")
				}
				amount = types.Double(v)
			}
			v, err := number(amount)
			if err != nil {
				return types.NewErr("minor: %v", err)
			}
			return types.Double(math.Round(v * unit))
		})))
}
