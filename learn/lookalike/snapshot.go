package lookalike

import (
	"encoding/json"
	"errors"
	"fmt"
)

// kept is a model as it is kept: what it needs to see and score people who are not of its table.
type kept struct {
	Columns []keptColumn `json:"columns"`
	Bias    float64      `json:"bias"`
	Trees   []keptTree   `json:"trees"`
	Odds    [][2]float64 `json:"odds"`
}

// keptColumn is one column; one that is not used has its name alone.
type keptColumn struct {
	Name   string    `json:"name"`
	Used   bool      `json:"used,omitzero"`
	Edges  []float64 `json:"edges,omitempty"` // of numbers
	Texts  []string  `json:"texts,omitempty"` // else
	Places []byte    `json:"places,omitempty"`
}

// keptTree has its nodes, attribute by attribute.
type keptTree struct {
	Values  []float64 `json:"values"`
	Left    []int32   `json:"left"`
	Columns []int16   `json:"columns"`
	UpTo    []byte    `json:"upTo"`
}

// MarshalJSON writes all that scores anybody. What comes of UnmarshalJSON scores them to the same bits; the people learned from are not in it.
func (m *Model) MarshalJSON() ([]byte, error) {
	k := kept{Bias: m.bias}
	for i, c := range m.table.columns {
		one := keptColumn{Name: c.name, Used: c.reason == ""}
		if one.Used {
			one.Edges, one.Texts = c.edges, c.names
			one.Places = m.codes[i][:]
		}
		k.Columns = append(k.Columns, one)
	}
	for _, t := range m.trees {
		var one keptTree
		for _, n := range t.nodes {
			one.Values, one.Left = append(one.Values, n.value), append(one.Left, n.left)
			one.Columns, one.UpTo = append(one.Columns, n.column), append(one.UpTo, n.upto)
		}
		k.Trees = append(k.Trees, one)
	}
	for _, p := range m.odds {
		k.Odds = append(k.Odds, [2]float64{p.said, p.is})
	}
	return json.Marshal(k)
}

// errKept is a model that was not written by MarshalJSON.
var errKept = errors.New("is no model")

// UnmarshalJSON reads what MarshalJSON wrote.
func (m *Model) UnmarshalJSON(body []byte) error {
	var k kept
	if err := json.Unmarshal(body, &k); err != nil {
		return fmt.Errorf("look-alike: %w", err)
	}
	*m = Model{table: new(Table), bias: k.Bias, codes: make([][256]uint8, len(k.Columns)), Rounds: len(k.Trees)}
	for i, one := range k.Columns {
		c := &column{name: one.Name}
		switch {
		case !one.Used:
			c.reason = "not used"
		case len(one.Places) != len(m.codes[i]) || len(one.Texts) > mostLevels+1:
			return fmt.Errorf("look-alike: column %q: %w", one.Name, errKept)
		default:
			copy(m.codes[i][:], one.Places)
			c.edges, c.names, c.ordered = one.Edges, one.Texts, len(one.Texts) == 0
			c.level = map[string]uint8{}
			for level, text := range one.Texts[:min(len(one.Texts), mostLevels)] { // beyond is "another"
				c.level[text] = uint8(level + 1)
			}
		}
		m.table.columns = append(m.table.columns, c)
	}
	for _, one := range k.Trees {
		t, err := one.tree(len(k.Columns))
		if err != nil {
			return fmt.Errorf("look-alike: %w", err)
		}
		m.trees = append(m.trees, t)
	}
	for _, p := range k.Odds {
		m.odds = append(m.odds, point{p[0], p[1]})
	}
	return nil
}

// tree is the tree whose walks all end.
func (k *keptTree) tree(columns int) (*tree, error) {
	n := len(k.Values)
	if n == 0 || len(k.Left) != n || len(k.Columns) != n || len(k.UpTo) != n {
		return nil, errKept
	}
	t := new(tree)
	for i := range n {
		one := node{k.Values[i], k.Left[i], k.Columns[i], k.UpTo[i]}
		if one.column >= 0 && (int(one.column) >= columns || int(one.left) <= i || int(one.left)+1 >= n) { // children stand behind
			return nil, errKept
		}
		t.nodes = append(t.nodes, one)
	}
	return t, nil
}
