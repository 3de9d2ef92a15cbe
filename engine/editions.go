package engine

import (
	"context"

	"github.com/aparte-dev/aparte"
)

// editions are versions of the brand, as far as a decision's contents are read by them later: which variants it names, and
// what it was said toward, only the version that decided tells.
type editions struct {
	engine *Engine
	known  map[uint64]map[aparte.ContentID]*aparte.Content
}

func (e *Engine) editions() editions {
	return editions{e, map[uint64]map[aparte.ContentID]*aparte.Content{}}
}

// contents are those of a version. They have what is read of them then: purposes, elements, costs, what they ask and for whom.
func (e editions) contents(ctx context.Context, version uint64) (map[aparte.ContentID]*aparte.Content, error) {
	if contents, known := e.known[version]; known {
		return contents, nil
	}
	b, _, err := e.engine.brandAt(ctx, version)
	if err != nil {
		return nil, err
	}
	contents := make(map[aparte.ContentID]*aparte.Content, len(b.Contents))
	for i := range b.Contents {
		c := &b.Contents[i]
		contents[c.ID] = &aparte.Content{ID: c.ID, Purpose: c.Purpose, Toward: c.Toward, Elements: c.Elements, Ask: c.Ask, Items: c.Items, Rules: c.Rules, Cost: c.Cost}
	}
	e.known[version] = contents
	return contents, nil
}
