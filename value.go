package aparte

import (
	"encoding/json"
	"strconv"
)

// ValueKind says which of a Value's fields is meant.
type ValueKind uint8

// The kinds of Value.
const (
	Null ValueKind = iota
	Text
	Number
	Bool
	JSON // an array or object, kept as JSON text
)

// Value is one trait, answer or piece of context: a JSON value that can be compared with ==.
// The zero value is null.
type Value struct {
	Kind ValueKind
	Str  string  // Text and JSON
	Num  float64 // Number; Bool as 0 or 1
}

// TextValue, NumberValue and BoolValue make values.
func TextValue(s string) Value    { return Value{Kind: Text, Str: s} }
func NumberValue(n float64) Value { return Value{Kind: Number, Num: n} }
func BoolValue(b bool) (v Value) {
	v.Kind = Bool
	if b {
		v.Num = 1
	}
	return v
}

// Any is the value as encoding/json would decode it: nil, string, float64, bool, or the JSON text.
func (v Value) Any() any {
	switch v.Kind {
	case Text, JSON:
		return v.Str
	case Number:
		return v.Num
	case Bool:
		return v.Num != 0
	}
	return nil
}

// String is the value as text, empty for null.
func (v Value) String() string {
	switch v.Kind {
	case Text, JSON:
		return v.Str
	case Number:
		return strconv.FormatFloat(v.Num, 'f', -1, 64)
	case Bool:
		return strconv.FormatBool(v.Num != 0)
	}
	return ""
}

// MarshalJSON writes the JSON value that v stands for.
func (v Value) MarshalJSON() ([]byte, error) {
	if v.Kind == JSON {
		return []byte(v.Str), nil
	}
	return json.Marshal(v.Any())
}

// UnmarshalJSON reads any JSON value.
func (v *Value) UnmarshalJSON(b []byte) error {
	var a any
	if err := json.Unmarshal(b, &a); err != nil {
		return err
	}
	switch a := a.(type) {
	case nil:
		*v = Value{}
	case string:
		*v = TextValue(a)
	case float64:
		*v = NumberValue(a)
	case bool:
		*v = BoolValue(a)
	default:
		*v = Value{Kind: JSON, Str: string(b)}
	}
	return nil
}
