package scenario

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"

	"go.yaml.in/yaml/v3"

	"github.com/aparte-dev/aparte"
)

// Write writes scenarios as Read reads them, in YAML, one thing a line; what a scenario leaves open is left out.
func Write(scenarios ...aparte.Scenario) ([]byte, error) {
	body, err := json.Marshal(scenarios)
	if err != nil {
		return nil, fmt.Errorf("write scenarios: %w", err)
	}
	var document yaml.Node // JSON is YAML, in another style
	if err := yaml.Unmarshal(body, &document); err != nil {
		return nil, fmt.Errorf("write scenarios: %w", err)
	}
	plain(&document, 0)
	var out bytes.Buffer
	e := yaml.NewEncoder(&out)
	e.SetIndent(2)
	if err := e.Encode(&document); err != nil {
		return nil, fmt.Errorf("write scenarios: %w", err)
	}
	return out.Bytes(), nil
}

// lasting are the members that are durations, and round is one of whole hours or minutes as time.Duration writes it.
var (
	lasting = []string{"window", "every", "delay", "for", "per", "rest", "within"}
	round   = regexp.MustCompile(`^(\d+h)?(?:0m|(\d+m))?0s$`)
)

// plain takes what is empty out of a document, and brackets and quotes where none are needed. Names of events stay on one line.
func plain(n *yaml.Node, depth int) {
	if n.Kind == yaml.ScalarNode {
		n.Style = 0 // the encoder quotes what would be read as something else
		return
	}
	if simple := n.Kind == yaml.SequenceNode && depth > 1; !simple || !scalars(n) {
		n.Style = 0
	}
	if n.Kind == yaml.MappingNode {
		var kept []*yaml.Node
		for i := 0; i+1 < len(n.Content); i += 2 {
			key, value := n.Content[i], n.Content[i+1]
			if slices.Contains(lasting, key.Value) && value.Kind == yaml.ScalarNode {
				value.Value = round.ReplaceAllString(value.Value, "$1$2")
			}
			if !empty(value) {
				kept = append(kept, key, value)
			}
		}
		n.Content = kept
	}
	for _, inner := range n.Content {
		plain(inner, depth+1)
	}
}

func scalars(n *yaml.Node) bool {
	for _, inner := range n.Content {
		if inner.Kind != yaml.ScalarNode {
			return false
		}
	}
	return true
}

func empty(n *yaml.Node) bool {
	switch n.Kind {
	case yaml.ScalarNode:
		return n.Value == "" || n.Tag == "!!null" || n.Value == "0s" && n.Tag == "!!str"
	}
	return len(n.Content) == 0
}
