package engine

import (
	"encoding/json"
	"slices"

	"github.com/aparte-dev/aparte"
)

// described is a click or a dismissal with what was said: the content's kind and what its variants have in common with others, so that the
// event alone tells what draws the person. Other events come back as they are, and those of what is not known any more.
func (t *turn) described(now *live, event *aparte.Event) *aparte.Event {
	if event.Type != aparte.Track || event.Name != aparte.EventClicked && event.Name != aparte.EventDismissed {
		return event
	}
	about := decisionOf(event)
	if about.IsZero() || now == nil {
		return event
	}
	d, err := t.decision(about)
	if err != nil {
		return event
	}
	content, known := now.plan.Content(d.Action.Content)
	if !known {
		return event
	}
	var properties map[string]any
	if json.Unmarshal(event.Properties, &properties) != nil || properties == nil {
		return event
	}
	properties["kind"], properties["tones"] = content.Kind, tonesOf(content, &d.Action)
	body, err := json.Marshal(properties)
	if err != nil {
		return event
	}
	next := *event
	next.Properties = body
	return &next
}

// tonesOf are the traits of the variants that an action says a content with, each once.
func tonesOf(c *aparte.Content, a *aparte.Action) []string {
	tones := []string{}
	for i, v := range a.Variants {
		if i >= len(c.Elements) || int(v) >= len(c.Elements[i].Variants) {
			return []string{} // the content has changed
		}
		for _, trait := range c.Elements[i].Variants[v].Traits {
			if !slices.Contains(tones, trait) {
				tones = append(tones, trait)
			}
		}
	}
	return tones
}
