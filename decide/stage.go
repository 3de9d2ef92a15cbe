package decide

import (
	"maps"
	"slices"

	"github.com/aparte-dev/aparte"
)

// surface is a place that can speak.
type surface struct {
	channel aparte.Channel
	slot    string
}

// placed is a content where it may be said, with the layouts it may have there. A layout of -1 is none.
type placed struct {
	content int32
	layouts []int32
}

// placedIn is what may be said on a channel in a slot, in the order of the brand's contents.
func (p *Plan) placedIn(s surface) []placed {
	if in, ok := p.stages[s]; ok {
		return in
	}
	return p.elsewhere[s.channel]
}

// setStages finds for each slot that the brand names, and for any other one, what may be said there.
func (p *Plan) setStages() {
	p.slots = make(map[string]hashed)
	name := func(slots []string) {
		for _, s := range slots {
			p.slots[s] = feature("slot", s)
		}
	}
	for i := range p.brand.Contents {
		name(p.brand.Contents[i].Slots)
	}
	for i := range p.brand.Layouts {
		name(p.brand.Layouts[i].Slots)
	}
	p.stages = make(map[surface][]placed)
	p.elsewhere = make(map[aparte.Channel][]placed)
	for i := range p.brand.Contents {
		c := &p.brand.Contents[i]
		for _, ch := range c.Channels {
			if at, ok := p.place(int32(i), surface{channel: ch}); ok && len(c.Slots) == 0 {
				p.elsewhere[ch] = append(p.elsewhere[ch], at)
			}
			for _, slot := range p.slotsOf(c) {
				s := surface{ch, slot}
				if at, ok := p.place(int32(i), s); ok {
					p.stages[s] = append(p.stages[s], at)
				}
			}
		}
	}
}

// slotsOf are the slots a content may be said in, among those the brand names.
func (p *Plan) slotsOf(c *aparte.Content) []string {
	if len(c.Slots) > 0 {
		return c.Slots
	}
	return slices.Collect(maps.Keys(p.slots))
}

// place is a content on a surface with the layouts it may have there, if it can be said there at all.
func (p *Plan) place(i int32, s surface) (placed, bool) {
	c, at := p.contents[i], placed{content: i}
	for _, id := range c.Layouts {
		if l := p.byLayout[id]; fits(p.layouts[l].Layout, s) {
			at.layouts = append(at.layouts, l)
		}
	}
	if len(at.layouts) == 0 && (len(c.Layouts) == 0 || !drawn(s.channel)) {
		at.layouts = append(at.layouts, -1)
	}
	return at, len(at.layouts) > 0
}
