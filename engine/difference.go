package engine

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/aparte-dev/aparte"
)

// Difference is one thing in which a decision that was taken again differs from the one in the log.
type Difference struct {
	Field string // such as "propensity" or "candidates[3].value"
	Was   string // empty: it was not there
	Is    string // empty: it is not there any more
}

// maxDifferences bounds how many are told: after the first few, the rest follow from them.
const maxDifferences = 100

// comparison collects differences.
type comparison []Difference

func (c *comparison) text(field, was, is string) {
	if was != is && len(*c) < maxDifferences {
		*c = append(*c, Difference{field, was, is})
	}
}

func (c *comparison) number(field string, was, is float64) {
	c.text(field, strconv.FormatFloat(was, 'g', -1, 64), strconv.FormatFloat(is, 'g', -1, 64))
}

// differences are those of two decisions, what was seen of the person first: what was weighed follows from
// that, and what was chosen from what was weighed.
func differences(was, is *aparte.Decision) []Difference {
	var c comparison
	c.features("features.context", was.Features.Context, is.Features.Context)
	c.candidates(was.Candidates, is.Candidates)
	c.text("funds", fmt.Sprint(was.Funds), fmt.Sprint(is.Funds))
	c.number("incentive", was.Incentive, is.Incentive)
	c.text("chosen", strconv.Itoa(was.Chosen), strconv.Itoa(is.Chosen))
	c.text("action", actionText(&was.Action), actionText(&is.Action))
	c.number("propensity", was.Propensity, is.Propensity)
	c.features("features.action", was.Features.Action, is.Features.Action)
	c.reasons(was.Reasons, is.Reasons)
	return c
}

// features compares what a model saw, feature by feature.
func (c *comparison) features(field string, was, is []aparte.Feature) {
	at := func(in []aparte.Feature, hash uint32) string {
		if i := slices.IndexFunc(in, func(f aparte.Feature) bool { return f.Hash == hash }); i >= 0 {
			return strconv.FormatFloat(float64(in[i].Value), 'g', -1, 32)
		}
		return ""
	}
	for _, f := range was {
		c.text(fmt.Sprintf("%s[%08x]", field, f.Hash), at(was, f.Hash), at(is, f.Hash))
	}
	for _, f := range is {
		if at(was, f.Hash) == "" {
			c.text(fmt.Sprintf("%s[%08x]", field, f.Hash), "", at(is, f.Hash))
		}
	}
	if len(*c) == 0 && !slices.Equal(was, is) {
		c.text(field, "in one order", "in another order")
	}
}

// candidates compares them place by place, and one by one where the same action stands in a place.
func (c *comparison) candidates(was, is []aparte.Candidate) {
	c.text("candidates", strconv.Itoa(len(was)), strconv.Itoa(len(is)))
	for i := range max(len(was), len(is)) {
		field := fmt.Sprintf("candidates[%d]", i)
		switch {
		case i >= len(was):
			c.text(field, "", actionText(&is[i].Action))
			continue
		case i >= len(is):
			c.text(field, actionText(&was[i].Action), "")
			continue
		}
		a, b := &was[i], &is[i]
		c.text(field, actionText(&a.Action), actionText(&b.Action))
		c.text(field+".excluded", string(a.Excluded), string(b.Excluded))
		c.number(field+".value", a.Value, b.Value)
		c.number(field+".cost", a.Cost, b.Cost)
		c.number(field+".propensity", a.Propensity, b.Propensity)
	}
}

func (c *comparison) reasons(was, is []aparte.Reason) {
	text := func(in []aparte.Reason, i int) string {
		if i >= len(in) {
			return ""
		}
		return fmt.Sprintf("%s %s %v", in[i].Code, in[i].Detail, in[i].Amount)
	}
	for i := range max(len(was), len(is)) {
		c.text(fmt.Sprintf("reasons[%d]", i), text(was, i), text(is, i))
	}
}

// actionText names an action by its ids.
func actionText(a *aparte.Action) string {
	if a.Silent() {
		return "silence"
	}
	text := string(a.Content)
	if a.Channel != "" {
		text += " by " + string(a.Channel)
	}
	if a.Layout != "" {
		text += " in " + string(a.Layout)
	}
	if a.Item != "" {
		text += " about " + string(a.Item)
	}
	if len(a.Variants) > 0 {
		text += fmt.Sprint(" ", a.Variants)
	}
	return text
}
