package decide

import (
	"encoding/json"
	"fmt"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"

	"github.com/aparte-dev/aparte"
)

// Conditions compiles conditions on what is told: on events' own properties, such as properties.category == "cream", or on notices.
type Conditions struct{ language *cel.Env }

// NewConditions is the language of conditions on events.
func NewConditions() (*Conditions, error) {
	return conditionsOn(cel.Variable("properties", anyMap))
}

// NewNoticeConditions is the language of conditions on what other systems are told: type, such as "order.completed", and data, which is what
// the notice says.
func NewNoticeConditions() (*Conditions, error) {
	return conditionsOn(cel.Variable("type", cel.StringType), cel.Variable("data", anyMap))
}

func conditionsOn(variables ...cel.EnvOption) (*Conditions, error) {
	language, err := cel.NewEnv(append(bounds(), variables...)...)
	if err != nil {
		return nil, fmt.Errorf("language of conditions: %w", err)
	}
	return &Conditions{language}, nil
}

// Compile compiles a condition: it must say yes or no, and cost little.
func (c *Conditions) Compile(when string) (*Condition, error) {
	if len(when) > MaxRuleBytes {
		return nil, fmt.Errorf("%d bytes, at most %d are allowed", len(when), MaxRuleBytes)
	}
	checked, err := ofEvent(c.language, when)
	if err != nil {
		return nil, err
	}
	if t := checked.OutputType(); !t.IsExactType(types.BoolType) {
		return nil, fmt.Errorf("yields %s where yes or no (bool) is wanted", t)
	}
	if err := affordable(c.language, checked, maxValueCost); err != nil {
		return nil, err
	}
	program, err := c.language.Program(checked, cel.EvalOptions(cel.OptOptimize))
	if err != nil {
		return nil, err
	}
	return &Condition{program}, nil
}

// Condition is a condition on what is told, compiled. It is safe for concurrent use.
type Condition struct{ program cel.Program }

// Holds reports whether the condition holds for an event with these properties (see Properties). Where it cannot be
// answered, because a property is missing or of another type, it does not.
func (c *Condition) Holds(properties map[string]any) bool {
	return c.holds(map[string]any{"properties": properties})
}

// HoldsOf reports whether the condition holds for a notice of a type. Where it cannot be answered, it does not.
func (c *Condition) HoldsOf(kind aparte.NoticeKind, data map[string]any) bool {
	return c.holds(map[string]any{"type": string(kind), "data": data})
}

func (c *Condition) holds(of map[string]any) bool {
	out, _, err := c.program.Eval(of)
	return err == nil && out == types.True
}

// Properties are an event's own, as conditions read them: none where they are no JSON object, or beyond all bounds.
func Properties(object json.RawMessage) map[string]any {
	properties := map[string]any{}
	if len(object) == 0 || len(object) > maxProperties {
		return properties
	}
	if err := json.Unmarshal(object, &properties); err != nil || properties == nil {
		return map[string]any{}
	}
	return properties
}
