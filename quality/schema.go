package quality

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"

	"github.com/aparte-dev/aparte"
)

// Mode says what becomes of events that break a schema.
type Mode string

// The modes.
const (
	Warn    Mode = "warn"    // they are taken in, and counted
	Enforce Mode = "enforce" // they are kept aside
)

// Bounds of schemas.
const (
	maxSchemas = 500
	MaxSchema  = 64 << 10 // bytes of one
	maxLeaves  = 20       // faults told of one event
)

// Schema is what was declared of one kind of event.
type Schema struct {
	Event  string         `json:"event"` // the name of a track event, or call:identify, call:page, ...
	Mode   Mode           `json:"mode"`
	Schema jsontext.Value `json:"schema"` // JSON Schema of its properties, or traits
}

// ErrSchema is a schema that cannot be declared.
var ErrSchema = errors.New("schema")

// calls are the calls whose events can be declared as a whole. An alias has neither properties nor traits.
var calls = []string{"call:identify", "call:group", "call:page", "call:screen", "call:track"}

// compiled is a schema ready for use.
type compiled struct {
	Schema
	of *jsonschema.Schema
}

// schemas are those in force, by event. They are not changed.
type schemas map[string]*compiled

// compile checks a schema. It refers to nothing outside itself.
func compile(s Schema) (*compiled, error) {
	switch {
	case s.Event == "" || len(s.Event) > 256:
		return nil, fmt.Errorf("%w: event: must have 1 to 256 bytes", ErrSchema)
	case !utf8.ValidString(s.Event): // no event is called so, and it could not be written down
		return nil, fmt.Errorf("%w: event: must be text in UTF-8", ErrSchema)
	case strings.HasPrefix(s.Event, "call:") && !slices.Contains(calls, s.Event):
		return nil, fmt.Errorf("%w: event: after call: must stand identify, group, page, screen or track", ErrSchema)
	case s.Mode != Warn && s.Mode != Enforce:
		return nil, fmt.Errorf("%w: /mode: must be warn or enforce", ErrSchema)
	case len(s.Schema) > MaxSchema:
		return nil, fmt.Errorf("%w: /schema: must have at most %d bytes", ErrSchema, MaxSchema)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(s.Schema))
	if err != nil {
		return nil, fmt.Errorf("%w: /schema: is required: a JSON Schema", ErrSchema)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	c.UseLoader(nothingElse{})
	const here = "aparte:schema"
	if err := c.AddResource(here, doc); err != nil {
		return nil, fmt.Errorf("%w: /schema: %w", ErrSchema, err)
	}
	of, err := c.Compile(here)
	if err != nil {
		return nil, fmt.Errorf("%w: /schema: %s", ErrSchema, told(err))
	}
	return &compiled{s, of}, nil
}

// told is what is wrong with a schema, in one line: the innermost fault that its own meta-schema tells.
func told(err error) string {
	var invalid *jsonschema.SchemaValidationError
	var fault *jsonschema.ValidationError
	if !errors.As(err, &invalid) || !errors.As(invalid.Err, &fault) {
		return strings.Join(strings.Fields(err.Error()), " ")
	}
	for len(fault.Causes) > 0 {
		fault = fault.Causes[0]
	}
	return pointer(fault.InstanceLocation) + ": " + expected(fault.ErrorKind)
}

// nothingElse refuses what a schema refers to elsewhere: no file and no address is read.
type nothingElse struct{}

// Load implements jsonschema.URLLoader.
func (nothingElse) Load(string) (any, error) {
	return nil, errors.New("refers to something outside itself")
}

// Fault is one way in which an event breaks its schema.
type Fault struct {
	Pointer  string // where, as a JSON pointer; * stands for an index
	Expected string // what should be there
	Got      string // the shape of what is there, or its type; empty: nothing
}

// of is the schema an event must follow; nil: none.
func (s schemas) of(e *aparte.Event) *compiled {
	if e.Type == aparte.Track {
		if c := s[e.Name]; c != nil && !strings.HasPrefix(e.Name, "call:") {
			return c
		}
	}
	return s["call:"+string(e.Type)]
}

// faults is how an event breaks the schema; none: it does not.
func (c *compiled) faults(e *aparte.Event) []Fault {
	body := e.Properties
	if e.Type == aparte.Identify || e.Type == aparte.Group {
		body = e.Traits
	}
	if len(body) == 0 {
		body = []byte("{}")
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		return []Fault{{Pointer: "", Expected: "JSON"}}
	}
	err = c.of.Validate(doc)
	var broken *jsonschema.ValidationError
	if err == nil {
		return nil
	} else if !errors.As(err, &broken) {
		return []Fault{{Pointer: "", Expected: "what the schema says"}}
	}
	var all []Fault
	leaves(broken, func(leaf *jsonschema.ValidationError) bool {
		f := Fault{pointer(leaf.InstanceLocation), expected(leaf.ErrorKind), lookAt(body, leaf.InstanceLocation)}
		if !slices.Contains(all, f) {
			all = append(all, f)
		}
		return len(all) < maxLeaves
	})
	return all
}

// leaves calls leaf for the faults that have no cause of their own, until it says that it has enough.
func leaves(e *jsonschema.ValidationError, leaf func(*jsonschema.ValidationError) bool) bool {
	if len(e.Causes) == 0 {
		return leaf(e)
	}
	for _, cause := range e.Causes {
		if !leaves(cause, leaf) {
			return false
		}
	}
	return true
}

// pointer is a place as a JSON pointer (RFC 6901), with names that may be shown and * for every index.
func pointer(at []string) string {
	var b strings.Builder
	for _, step := range at {
		if step != "" && strings.Trim(step, "0123456789") == "" {
			step = "*"
		}
		b.WriteByte('/')
		b.WriteString(strings.NewReplacer("~", "~0", "/", "~1").Replace(shown(step)))
		if b.Len() > 256 {
			return cut(b.String(), 256)
		}
	}
	return b.String()
}

// lookAt is the shape of what stands at a place of a body, or its type.
func lookAt(body []byte, at []string) string {
	v := jsontext.Value(body)
	for _, step := range at {
		found := false
		var in scan
		in.open(v)
		if v.Kind() == '[' {
			v, found = in.at(step)
		} else {
			for name, value := range in.members {
				if string(name) == step {
					v, found = value.Clone(), true
				}
			}
		}
		if !found {
			return ""
		}
	}
	if s := shapeOf(v); s != "" {
		return TypeNames[typeOf(v)] + " " + s
	}
	return TypeNames[typeOf(v)]
}

// expected says what a schema asks for and nothing of what came instead.
func expected(k jsonschema.ErrorKind) string {
	switch k := k.(type) {
	case *kind.Type:
		return strings.Join(k.Want, " or ")
	case *kind.Required:
		return "member " + names(k.Missing)
	case *kind.AdditionalProperties:
		return "no member " + names(k.Properties)
	case *kind.Enum:
		return fmt.Sprintf("one of %d values", len(k.Want))
	case *kind.Const:
		return "the one value"
	case *kind.Format:
		return "text in the format " + k.Want
	case *kind.Pattern:
		return "text like " + cut(k.Want, maxName)
	case *kind.MinLength:
		return fmt.Sprintf("at least %d characters", k.Want)
	case *kind.MaxLength:
		return fmt.Sprintf("at most %d characters", k.Want)
	case *kind.MinItems:
		return fmt.Sprintf("at least %d elements", k.Want)
	case *kind.MaxItems:
		return fmt.Sprintf("at most %d elements", k.Want)
	case *kind.Minimum:
		want, _ := k.Want.Float64()
		return fmt.Sprintf("at least %g", want)
	case *kind.Maximum:
		want, _ := k.Want.Float64()
		return fmt.Sprintf("at most %g", want)
	case *kind.ExclusiveMinimum:
		want, _ := k.Want.Float64()
		return fmt.Sprintf("more than %g", want)
	case *kind.ExclusiveMaximum:
		want, _ := k.Want.Float64()
		return fmt.Sprintf("less than %g", want)
	case *kind.FalseSchema:
		return "nothing"
	}
	return "what " + strings.Join(k.KeywordPath()[:min(1, len(k.KeywordPath()))], "") + " says"
}

// names are names as they may be shown, a few of them.
func names(all []string) string {
	const most = 5
	said := make([]string, 0, most)
	for _, name := range all[:min(most, len(all))] {
		said = append(said, shown(name))
	}
	if len(all) > most {
		said = append(said, "…")
	}
	return strings.Join(said, ", ")
}
