package scenario

import (
	"fmt"
	"math"
	"regexp"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
	"go.yaml.in/yaml/v3"
)

// maxYAMLDepth is how deep values may stand in each other.
const maxYAMLDepth = 16

// readYAML reads a YAML document as the JSON that it stands for, and where each value of it begins. What JSON has no word for is an
// error: anchors and aliases, tags of one's own, keys that are no text.
func readYAML(text []byte) ([]byte, places, error) {
	var document yaml.Node
	if err := yaml.Unmarshal(text, &document); err != nil {
		return nil, nil, notYAML(err)
	}
	if document.Kind != yaml.DocumentNode || len(document.Content) != 1 {
		return nil, nil, &misread{place{1, 1}, "is empty"}
	}
	w := yamlWalk{where: places{}}
	if err := w.value(document.Content[0], "", 0); err != nil {
		return nil, nil, err
	}
	return w.json, w.where, nil
}

var yamlLine = regexp.MustCompile(`^yaml: (?:line (\d+): )?(.*)`)

// notYAML says where a text is no YAML.
func notYAML(err error) error {
	m := yamlLine.FindStringSubmatch(err.Error())
	if m == nil {
		return &misread{place{1, 1}, "is not YAML"}
	}
	line, _ := strconv.Atoi(m[1]) // 0: it does not say
	return &misread{place{max(1, line), 1}, "is not YAML: " + m[2]}
}

// yamlWalk writes JSON as it goes through a document.
type yamlWalk struct {
	json  []byte
	where places
}

func (w *yamlWalk) value(n *yaml.Node, pointer string, depth int) error {
	at := place{n.Line, n.Column}
	wrong := func(format string, args ...any) error { return &misread{at, fmt.Sprintf(format, args...)} }
	w.where[pointer] = at
	switch {
	case depth > maxYAMLDepth:
		return wrong("stands more than %d deep", maxYAMLDepth)
	case n.Kind == yaml.AliasNode || n.Anchor != "":
		return wrong("anchors and aliases are not read here: write it out")
	case n.Style&yaml.TaggedStyle != 0:
		return wrong("tags such as %s are not read here", n.Tag)
	}
	switch n.Kind {
	case yaml.SequenceNode:
		w.json = append(w.json, '[')
		for i, x := range n.Content {
			if i > 0 {
				w.json = append(w.json, ',')
			}
			if err := w.value(x, item(pointer, i), depth+1); err != nil {
				return err
			}
		}
		w.json = append(w.json, ']')
		return nil
	case yaml.MappingNode:
		return w.object(n, pointer, depth)
	}
	return w.scalar(n, wrong)
}

func (w *yamlWalk) object(n *yaml.Node, pointer string, depth int) error {
	w.json = append(w.json, '{')
	seen := make(map[string]bool, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		switch {
		case key.Kind != yaml.ScalarNode || key.ShortTag() != "!!str" || key.Anchor != "":
			return &misread{place{key.Line, key.Column}, "a key must be text"}
		case seen[key.Value]:
			return &misread{place{key.Line, key.Column}, "a member of this name stands there already"}
		}
		seen[key.Value] = true
		if i > 0 {
			w.json = append(w.json, ',')
		}
		if err := w.text(key.Value, place{key.Line, key.Column}); err != nil {
			return err
		}
		w.json = append(w.json, ':')
		member := pointer + "/" + escaped(key.Value)
		if err := w.value(n.Content[i+1], member, depth+1); err != nil {
			return err
		}
		w.where[member] = place{key.Line, key.Column} // where one looks for it
	}
	w.json = append(w.json, '}')
	return nil
}

func (w *yamlWalk) scalar(n *yaml.Node, wrong func(string, ...any) error) error {
	switch n.ShortTag() {
	case "!!null":
		w.json = append(w.json, "null"...)
	case "!!bool":
		var is bool
		if err := n.Decode(&is); err != nil {
			return wrong("is neither true nor false")
		}
		w.json = strconv.AppendBool(w.json, is)
	case "!!int", "!!float":
		var x float64
		if err := n.Decode(&x); err != nil || math.IsNaN(x) || math.IsInf(x, 0) {
			return wrong("is no number that JSON has")
		}
		w.json = strconv.AppendFloat(w.json, x, 'f', -1, 64)
	default: // text, and what looks like a date
		return w.text(n.Value, place{n.Line, n.Column})
	}
	return nil
}

func (w *yamlWalk) text(s string, at place) error {
	quoted, err := jsontext.AppendQuote(w.json, s)
	if err != nil {
		return &misread{at, "is not UTF-8"}
	}
	w.json = quoted
	return nil
}
