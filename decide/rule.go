package decide

import (
	"errors"
	"fmt"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/cost"
	"cel.dev/cel-go/common/types"

	"github.com/aparte-dev/aparte"
)

// Limits of a rule. The cost is CEL's own estimate, in steps, of the dearest person and moment
// possible: rules are bounded when they are written, so that nothing need count while they run.
const (
	maxRuleCost   = 20_000
	maxValueCost  = 200_000
	maxRuleNodes  = 2_000
	maxRuleDepth  = 64
	maxRegexSize  = 1_000
	assumedLength = 256 // of a text that a rule reads
	assumedSize   = aparte.MaxTraits
)

// verdict is what a rule says. The zero value is that it was not asked yet.
type verdict uint8

const (
	unasked verdict = iota
	holds
	saysNo
	failed
)

// rule is a marketer's condition, compiled.
type rule struct {
	*aparte.Rule
	program   cel.Program
	condition term                // the same as program, where it is one of the common shapes; nil where not
	reads     []int               // indices into variables
	audiences []aparte.AudienceID // that it names
	ofItem    bool                // it reads something of an item
	ofContent bool
	memo      int32     // which row of a decision's memo by item is its own; -1: none
	static    []verdict // by item, where it says the same whoever the person; nil: it has to be asked
}

func (r *rule) readsAny(s scope) bool {
	for _, v := range r.reads {
		if variables[v].scope == s {
			return true
		}
	}
	return false
}

// onlyItem reports whether the rule says the same of an item whoever the person.
func (r *rule) onlyItem() bool {
	for _, v := range r.reads {
		if variables[v].scope != ofItem {
			return false
		}
	}
	return len(r.reads) > 0
}

// language is what rules and value expressions are compiled with.
type language struct {
	rules  *cel.Env
	values *cel.Env
	brand  *aparte.Brand
}

func newLanguage(b *aparte.Brand) (language, error) {
	base := bounds()
	ruled := base[:len(base):len(base)]
	for _, v := range variables {
		ruled = append(ruled, cel.Variable(v.name, v.typ))
	}
	valued := append(base[:len(base):len(base)], cel.Variable("properties", anyMap), cel.Variable("currency", cel.StringType), minorUnits(b.Currency))
	l := language{brand: b}
	var err error
	if l.rules, err = cel.NewEnv(ruled...); err != nil {
		return l, fmt.Errorf("language of rules: %w", err)
	}
	if l.values, err = cel.NewEnv(valued...); err != nil {
		return l, fmt.Errorf("language of values: %w", err)
	}
	return l, nil
}

// bounds are what every expression is held to.
func bounds() []cel.EnvOption {
	return []cel.EnvOption{
		cel.CrossTypeNumericComparisons(true),
		cel.DefaultUTCTimeZone(true),
		cel.ParserExpressionSizeLimit(MaxRuleBytes),
		cel.ParserRecursionLimit(maxRuleDepth),
		cel.ExpressionNodeLimit(maxRuleNodes),
		cel.RegexProgramSizeLimit(maxRegexSize),
	}
}

// rule compiles a rule: it must say yes or no, and cost little.
func (l language) rule(r *aparte.Rule) (*rule, error) {
	if len(r.When) > MaxRuleBytes {
		return nil, fmt.Errorf("%d bytes, at most %d are allowed", len(r.When), MaxRuleBytes)
	}
	checked, issues := l.rules.Compile(r.When)
	if issues.Err() != nil {
		return nil, plain(issues)
	}
	if t := checked.OutputType(); !t.IsExactType(types.BoolType) {
		return nil, fmt.Errorf("yields %s where yes or no (bool) is wanted", t)
	}
	if err := affordable(l.rules, checked, maxRuleCost); err != nil {
		return nil, err
	}
	if err := permitted(&l.brand.Policy, checked); err != nil {
		return nil, err
	}
	if err := there(l.brand, checked); err != nil {
		return nil, err
	}
	program, err := l.rules.Program(checked, cel.EvalOptions(cel.OptOptimize))
	if err != nil {
		return nil, err
	}
	compiled := &rule{Rule: r, program: program, condition: compileTerm(checked), reads: readSet(checked), audiences: audiencesNamed(checked), memo: -1}
	compiled.ofItem, compiled.ofContent = compiled.readsAny(ofItem), compiled.readsAny(ofContent)
	return compiled, nil
}

// readSet is what an expression reads, as indices into variables, each once.
func readSet(checked *cel.Ast) []int {
	var reads []int
	told := make(map[int]bool)
	for _, reference := range checked.NativeRep().ReferenceMap() {
		if i, known := variableIndex[reference.Name]; known && !told[i] {
			told[i] = true
			reads = append(reads, i)
		}
	}
	return reads
}

// plain is what CEL has to say against a text, on one line.
func plain(issues *cel.Issues) error {
	var told []string
	for _, e := range issues.Errors() {
		told = append(told, fmt.Sprintf("line %d, column %d: %s", e.Location.Line(), e.Location.Column()+1, strings.Join(strings.Fields(e.Message), " ")))
	}
	return errors.New(strings.Join(told, "; "))
}

func affordable(env *cel.Env, checked *cel.Ast, most uint64) error {
	estimate, err := env.EstimateCost(checked, sizes{})
	if err != nil {
		return fmt.Errorf("estimate its cost: %w", err)
	}
	if estimate.Max > most {
		return fmt.Errorf("could take %d steps, at most %d are allowed: use fewer loops and patterns", estimate.Max, most)
	}
	return nil
}

// sizes says how large what an expression reads can be.
type sizes struct{}

func (sizes) EstimateSize(node cost.AstNode) *cost.SizeEstimate {
	var size cost.SizeEstimate
	one := cost.RangedSizeEstimate(0, assumedLength)
	switch node.Type().Kind() {
	case types.StringKind, types.BytesKind:
		size = one
	case types.MapKind:
		size = cost.MapSizeEstimate(cost.RangedSizeEstimate(0, assumedSize), one, one)
	case types.ListKind, types.DynKind:
		size = cost.ListSizeEstimate(cost.RangedSizeEstimate(0, assumedSize), one)
	default:
		return nil
	}
	return &size
}

func (sizes) EstimateCallCost(string, string, *cost.AstNode, []cost.AstNode) *cost.CallEstimate {
	return nil
}
