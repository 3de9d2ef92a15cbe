package api

import (
	"math"
	"strconv"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/compose"
	"github.com/aparte-dev/aparte/decide"
	"github.com/aparte-dev/aparte/engine"
	"github.com/go-json-experiment/json"
)

// appendAnswers appends the body that /v1/decide and /v1/moment answer. "id", "slot", "silent",
// "channel" and "propensity" are always there, the rest where it says something. It is written by hand
// because every page waits for it.
//
// "expected" is told where worth is: how much a person is expected to bring is nothing for their own browser.
func appendAnswers(dst []byte, answers []engine.Answer, plan *decide.Plan, problems []problem, worth bool) []byte {
	dst = append(dst, `{"decisions":[`...)
	for i := range answers {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendAnswer(dst, &answers[i], plan, worth)
	}
	dst = append(dst, ']')
	if len(problems) > 0 {
		if errors, err := json.Marshal(problems); err == nil {
			dst = append(append(dst, `,"errors":`...), errors...)
		}
	}
	return append(dst, '}')
}

func appendAnswer(dst []byte, a *engine.Answer, plan *decide.Plan, worth bool) []byte {
	d := &a.Decision
	dst = append(dst, `{"id":"`...)
	if !d.ID.IsZero() {
		dst = append(dst, d.ID.String()...)
	}
	dst = append(dst, '"')
	dst = appendText(dst, "slot", d.Slot)
	dst = append(dst, `,"silent":`...)
	dst = strconv.AppendBool(dst, d.Action.Silent())
	dst = appendText(dst, "channel", string(d.Channel))
	dst = appendSome(dst, "content", string(d.Action.Content))
	dst = appendSome(dst, "layout", string(d.Action.Layout))
	dst = appendSome(dst, "item", string(d.Action.Item))
	dst = appendSome(dst, "companion", string(d.Companion))
	dst = appendVariants(dst, &d.Action, plan)
	dst = appendSaid(dst, a)
	dst = appendSome(dst, "image", a.Image)
	dst = appendSome(dst, "link", a.Link)
	dst = append(dst, `,"propensity":`...)
	dst = strconv.AppendFloat(dst, d.Propensity, 'g', -1, 64)
	if worth && !d.Action.Silent() && plan != nil {
		dst = append(dst, `,"expected":{"value":`...)
		dst = strconv.AppendInt(dst, int64(math.Round(a.Value)), 10)
		dst = append(dst, `,"cost":`...)
		dst = strconv.AppendInt(dst, int64(math.Round(a.Cost)), 10)
		dst = append(appendText(dst, "currency", plan.Brand().Currency), '}')
	}
	if a.Why != nil {
		dst = append(dst, `,"why":[`...)
		for i, why := range a.Why {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = compose.AppendQuoted(dst, why)
		}
		dst = append(dst, ']')
	}
	return append(dst, '}')
}

// appendSaid appends the elements and the HTML.
func appendSaid(dst []byte, a *engine.Answer) []byte {
	if a.Members != nil {
		return append(dst, a.Members...)
	}
	page := compose.Page{Elements: a.Elements, HTML: a.HTML}
	return page.AppendMembers(dst)
}

// appendVariants appends which variant each element has, both by the ids the brand gives them.
func appendVariants(dst []byte, a *aparte.Action, plan *decide.Plan) []byte {
	if a.Silent() || plan == nil {
		return dst
	}
	content, ok := plan.Content(a.Content)
	if !ok || len(a.Variants) == 0 {
		return dst
	}
	dst = append(dst, `,"variants":{`...)
	first := true
	for i, chosen := range a.Variants {
		// The brand may have changed since the decision was taken.
		if i >= len(content.Elements) || int(chosen) >= len(content.Elements[i].Variants) {
			break
		}
		if !first {
			dst = append(dst, ',')
		}
		first = false
		dst = append(compose.AppendQuoted(dst, content.Elements[i].Name), ':')
		dst = compose.AppendQuoted(dst, content.Elements[i].Variants[chosen].ID)
	}
	return append(dst, '}')
}

// appendSome appends a member unless its text is empty.
func appendSome(dst []byte, name, text string) []byte {
	if text == "" {
		return dst
	}
	return appendText(dst, name, text)
}

// appendText appends a member; name needs no escaping.
func appendText(dst []byte, name, text string) []byte {
	dst = append(append(append(dst, `,"`...), name...), `":`...)
	return compose.AppendQuoted(dst, text)
}
