package decide

import (
	"fmt"
	"slices"

	"github.com/aparte-dev/aparte"
)

// references are the ids a content may name.
type references struct {
	layouts   map[aparte.LayoutID]*aparte.Layout
	rules     map[aparte.RuleID]*rule // nil for a rule that did not compile
	scenarios map[aparte.ScenarioID]bool
}

func (a *audit) contents(refs references) {
	a.bounded("/contents", len(a.brand.Contents), MaxContents)
	seen, asked := make(map[string]string), make(map[string]aparte.AskKind)
	for i := range a.brand.Contents {
		c, at := &a.brand.Contents[i], fmt.Sprintf("/contents/%d", i)
		a.unique(seen, string(c.ID), at)
		a.content(c, at)
		if c.Ask != nil {
			a.question(c, at)
			kind, again := asked[c.Ask.Trait]
			a.check(!again || kind == c.Ask.Kind, at+"/ask/kind", "%q is asked for as %q by another content", clip(c.Ask.Trait), kind)
			asked[c.Ask.Trait] = c.Ask.Kind
		}
		a.named(c, at, refs)
		a.elements(c.Elements, at+"/elements")
	}
}

// content checks what a content says of itself.
func (a *audit) content(c *aparte.Content, at string) {
	a.check(c.Purpose == aparte.Marketing || c.Purpose == aparte.Service, at+"/purpose",
		"%q is neither %q nor %q", clip(string(c.Purpose)), aparte.Marketing, aparte.Service)
	a.check(c.State == "" || c.State == aparte.Proposed || c.State == aparte.Halted, at+"/state",
		"%q is neither empty nor %q nor %q", clip(string(c.State)), aparte.Proposed, aparte.Halted)
	a.channels(c.Channels, at+"/channels")
	a.slotNames(c.Slots, at+"/slots")
	a.check(isSource(c.Items), at+"/items", "%q is not a source of items", clip(string(c.Items)))
	a.check(isSource(c.Companion), at+"/companion", "%q is not a source of items", clip(string(c.Companion)))
	a.check(c.Companion == aparte.NoItems || c.Items != aparte.NoItems, at+"/companion", "there is no item that it could go beside: the content speaks of none")
	if !c.From.IsZero() && !c.Until.IsZero() {
		a.check(c.From.Before(c.Until), at+"/until", "is not after from")
	}
	a.check(c.Cost >= 0, at+"/cost", "%d is negative", c.Cost)
	percent := c.Incentive.Percent
	a.check(percent >= 0 && percent <= 100, at+"/incentive/percent", "%v is not in [0, 100]", percent)
}

func isSource(s aparte.ItemSource) bool {
	switch s {
	case aparte.NoItems, aparte.Recommended, aparte.LastViewed, aparte.InCart, aparte.BoughtBefore, aparte.OnPage, aparte.News, aparte.DueItems, aparte.AtPlace:
		return true
	}
	return false
}

// named checks that what a content names exists and fits it.
func (a *audit) named(c *aparte.Content, at string, refs references) {
	for i, id := range c.Layouts {
		_, known := refs.layouts[id]
		a.check(known, fmt.Sprintf("%s/layouts/%d", at, i), "there is no layout %q", clip(string(id)))
	}
	for i, id := range c.Rules {
		pointer := fmt.Sprintf("%s/rules/%d", at, i)
		r, known := refs.rules[id]
		if !a.check(known, pointer, "there is no rule %q", clip(string(id))) || r == nil {
			continue
		}
		a.check(c.Items != aparte.NoItems || !r.ofItem, pointer, "rule %q speaks of an item, this content of none", clip(string(id)))
	}
	for i, id := range c.Toward {
		pointer := fmt.Sprintf("%s/toward/%d", at, i)
		a.check(slices.ContainsFunc(a.brand.Objectives, func(o aparte.Objective) bool { return o.ID == id }), pointer, "there is no objective %q", clip(string(id)))
		a.check(!slices.Contains(c.Toward[:i], id), pointer, "%q is named twice", clip(string(id)))
	}
	for i, id := range c.Scenarios {
		a.check(refs.scenarios[id], fmt.Sprintf("%s/scenarios/%d", at, i), "there is no scenario %q", clip(string(id)))
	}
	if len(c.Layouts) == 0 {
		return
	}
	for i, ch := range c.Channels {
		a.check(!drawn(ch) || a.laysOut(c, ch, refs), fmt.Sprintf("%s/channels/%d", at, i), "none of the content's layouts fits %q in its slots", ch)
	}
}

// laysOut reports whether some layout of a content can be used on a channel in some slot of the content.
func (a *audit) laysOut(c *aparte.Content, ch aparte.Channel, refs references) bool {
	for _, id := range c.Layouts {
		l, known := refs.layouts[id]
		if !known {
			return true // a flaw already told
		}
		if len(c.Slots) == 0 && slices.Contains(l.Channels, ch) {
			return true
		}
		for _, slot := range c.Slots {
			if fits(l, surface{ch, slot}) {
				return true
			}
		}
	}
	return false
}

func (a *audit) elements(elements []aparte.Element, pointer string) {
	a.bounded(pointer, len(elements), MaxElements)
	names := make(map[string]string)
	for i, e := range elements {
		at := fmt.Sprintf("%s/%d", pointer, i)
		if a.check(isID(e.Name), at+"/name", "%q is not a name", clip(e.Name)) {
			first, again := names[e.Name]
			a.check(!again, at+"/name", "%q is the name of %s", clip(e.Name), first)
			names[e.Name] = at
		}
		a.check(len(e.Variants) > 0, at+"/variants", "has none")
		a.bounded(at+"/variants", len(e.Variants), MaxVariants)
		ids := make(map[string]string)
		for j, v := range e.Variants {
			if v.ID != "" || len(e.Variants) > 1 { // the only one needs no id
				a.unique(ids, v.ID, fmt.Sprintf("%s/variants/%d", at, j))
			}
			a.traits(v.Traits, fmt.Sprintf("%s/variants/%d/traits", at, j))
		}
	}
}

func (a *audit) traits(traits []string, pointer string) {
	a.bounded(pointer, len(traits), MaxTraits)
	for i, t := range traits {
		at := fmt.Sprintf("%s/%d", pointer, i)
		a.check(isID(t), at, "%q is not a trait: 1 to %d bytes of printable text", clip(t), MaxIDBytes)
		a.check(!slices.Contains(traits[:i], t), at, "%q is named twice", clip(t))
	}
}

// drawn reports whether what is said on a channel is laid out; elsewhere a content is its words.
func drawn(c aparte.Channel) bool {
	return c == aparte.Web || c == aparte.InApp || c == aparte.Email
}

// fits reports whether a layout can be used on a surface.
func fits(l *aparte.Layout, s surface) bool {
	return slices.Contains(l.Channels, s.channel) && (len(l.Slots) == 0 || slices.Contains(l.Slots, s.slot))
}
