package engine

import (
	"cmp"
	"slices"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/measure"
)

// Earned is what something that is said has earned, against what would have been done without it. Without a content, the
// same policy would have done one of the other things that could be done at that moment, silence included; without a
// variant or a layout, it would have said the same content in one of its other ways: each in proportion to its
// propensity.
//
// Only moments count in which something else had a share of LeastElse at least. Where something was all but certain to be said, a
// moment in which it was not stands for very many in which it was, and there are hardly any: a few of them would carry the
// whole (limited overlap: Crump, Hotz, Imbens, Mitnik 2009, "Dealing with limited overlap in estimation of average treatment
// effects", whose rule of thumb the tenth is). Which moments count is known before anything follows, and does not depend on what
// the log says so far: so intervals hold at any time of looking, of what was earned there. Weights are then 10 at most.
type Earned struct {
	Way
	Said  int           // how often
	Open  int           // of these, where it might as well not have been: with a share of LeastElse at least for something else
	Cost  float64       // of saying it in the open moments, in minor units: postage, its own cost, and what its discount was expected to take off where a budget pays for it
	Draws measure.Draws // was it said as often as its propensities have it, where there was something else
	All   *measure.Change
	By    []*measure.Change // by objective, as in Evidence.Objectives
}

// Way is a content, or one way of saying it: an element's variant, or a layout. It is a channel where that is set, with
// whatever is said on it, and a family, with whatever is said at all to people whom it is about; so it is an audience.
type Way struct {
	Content aparte.ContentID
	Element string
	Variant string
	Layout  aparte.LayoutID
	Channel aparte.Channel
	Family  Family

	Audience aparte.AudienceID // in which the person was when it was decided
}

// Whole reports whether it is the content itself.
func (w Way) Whole() bool { return w.Element == "" && w.Layout == "" }

// tally sums up, for each thing that is said, the decisions in which it might have been.
type tally struct {
	brand   *aparte.Brand
	ways    map[Way]*Earned
	words   int               // how many of the ways are no contents
	untold  bool              // there were more than mostWays
	touched []*measure.Change // of the person under way

	contents []share // of the decision under way
	broad    []share // its channels and its family
	chosen   []share // the ways of the content that it chose
	cost     float64 // of what it said
}

// share is how likely something was, and what the model expected of it: Σ π and Σ π·q over the actions in which it is.
type share struct {
	Way
	chance, worth float64
}

// mostWays bounds how many ways of saying contents are told apart; contents always are.
const mostWays = 5_000

// LeastElse is the least share of something else, in moments that count.
const LeastElse = 0.1

func newTally(b *aparte.Brand) *tally { return &tally{brand: b, ways: map[Way]*Earned{}} }

// add takes a decision in, which was about somebody of a family and in some audiences.
func (t *tally) add(d *aparte.Decision, family Family, in []aparte.AudienceID, contents map[aparte.ContentID]*aparte.Content, outcomes []outcome) error {
	chosen := &d.Candidates[d.Chosen]
	all := share{chance: 1}
	t.contents, t.broad, t.chosen = t.contents[:0], t.broad[:0], t.chosen[:0]
	t.cost = t.costOf(d, contents[chosen.Action.Content])
	for i := range d.Candidates {
		c := &d.Candidates[i]
		if c.Propensity == 0 {
			continue
		}
		all.worth += c.Propensity * c.Value
		if c.Action.Silent() {
			continue
		}
		t.contents = split(t.contents, Way{Content: c.Action.Content}, c)
		t.broad = split(t.broad, Way{Family: family}, c)
		for _, id := range in {
			t.broad = split(t.broad, Way{Audience: id}, c)
		}
		if channel := cmp.Or(c.Action.Channel, d.Channel); channel != "" {
			t.broad = split(t.broad, Way{Channel: channel}, c)
		}
		if c.Action.Content == chosen.Action.Content {
			t.chosen = ways(t.chosen, contents[c.Action.Content], c)
		}
	}
	for i := range t.broad {
		of := &t.broad[i]
		said := !chosen.Action.Silent() && (of.Channel == "" || of.Channel == d.Channel)
		if err := t.weigh(of, &all, said, chosen.Value, outcomes); err != nil {
			return err
		}
	}
	for i := range t.contents {
		of := &t.contents[i]
		if err := t.weigh(of, &all, of.Content == chosen.Action.Content, chosen.Value, outcomes); err != nil {
			return err
		}
		if of.Content != chosen.Action.Content {
			continue
		}
		said := ways(nil, contents[of.Content], chosen)
		for j := range t.chosen {
			way := &t.chosen[j]
			is := slices.ContainsFunc(said, func(s share) bool { return s.Way == way.Way })
			if err := t.weigh(way, of, is, chosen.Value, outcomes); err != nil {
				return err
			}
		}
	}
	return nil
}

// split adds a candidate to the share of something.
func split(shares []share, of Way, c *aparte.Candidate) []share {
	i := slices.IndexFunc(shares, func(s share) bool { return s.Way == of })
	if i < 0 {
		i = len(shares)
		shares = append(shares, share{Way: of})
	}
	shares[i].chance += c.Propensity
	shares[i].worth += c.Propensity * c.Value
	return shares
}

// ways adds a candidate to the shares of the ways in which it says its content.
func ways(shares []share, content *aparte.Content, c *aparte.Candidate) []share {
	if c.Action.Layout != "" {
		shares = split(shares, Way{Content: c.Action.Content, Layout: c.Action.Layout}, c)
	}
	if content == nil {
		return shares
	}
	for i, variant := range c.Action.Variants {
		if i < len(content.Elements) && int(variant) < len(content.Elements[i].Variants) {
			e := &content.Elements[i]
			shares = split(shares, Way{Content: c.Action.Content, Element: e.Name, Variant: e.Variants[variant].ID}, c)
		}
	}
	return shares
}

// rounding is the share of something else that is none.
const rounding = 1e-9

// weigh takes in that something was said or not, where it might have been with its share of the whole.
func (t *tally) weigh(of, whole *share, said bool, expected float64, outcomes []outcome) error {
	e := t.ways[of.Way]
	if e == nil {
		if !of.Whole() {
			if t.words >= mostWays {
				t.untold = true
				return nil
			}
			t.words++
		}
		e = &Earned{Way: of.Way, All: new(measure.Change)}
		for range outcomes[1:] {
			e.By = append(e.By, new(measure.Change))
		}
		t.ways[of.Way] = e
	}
	if said {
		e.Said++
	}
	p := of.chance / whole.chance
	if 1-p < rounding {
		return nil
	}
	e.Draws.Add(p, said)
	if 1-p < LeastElse {
		return nil
	}
	if said {
		e.Open++
		e.Cost += t.cost
	}
	x := measure.Alternative{Choice: measure.Choice{Propensity: 1 - p, Chance: 1}}
	if said {
		x.Propensity, x.Chance = p, 0
	}
	for i, o := range outcomes[1:] {
		if o.known {
			x.Reward = o.value
			if err := t.into(e.By[i], x); err != nil {
				return err
			}
		}
	}
	if !outcomes[0].known {
		return nil
	}
	// What the model expects is of all objectives together.
	x.Reward, x.Expected = outcomes[0].value, expected
	x.Live, x.Direct = whole.worth/whole.chance, (whole.worth-of.worth)/(whole.chance-of.chance)
	return t.into(e.All, x)
}

func (t *tally) into(c *measure.Change, x measure.Alternative) error {
	if !c.Begun() {
		t.touched = append(t.touched, c)
	}
	return c.Add(x)
}

// costOf is what saying what a decision chose costs at today's postage.
func (t *tally) costOf(d *aparte.Decision, content *aparte.Content) float64 {
	if d.Action.Silent() {
		return 0
	}
	cost := d.Incentive
	if content != nil {
		cost += float64(content.Cost)
	}
	if d.Channel.Outbound() && d.Parent.IsZero() { // a message's slot travels with it
		cost += float64(postageOf(t.brand, d.Channel))
	}
	return cost
}

// next ends a person.
func (t *tally) next() {
	for _, c := range t.touched {
		c.Next()
	}
	t.touched = t.touched[:0]
}

// broadly is what was earned by whatever was said on each channel, and to people of each family.
func (t *tally) broadly() (channels, families, audiences []Earned) {
	for _, e := range t.ways {
		switch {
		case e.Channel != "":
			channels = append(channels, *e)
		case e.Family != "":
			families = append(families, *e)
		case e.Audience != "":
			audiences = append(audiences, *e)
		}
	}
	slices.SortFunc(channels, func(a, b Earned) int { return cmp.Compare(a.Channel, b.Channel) })
	slices.SortFunc(families, func(a, b Earned) int { return cmp.Compare(a.Family.place(), b.Family.place()) })
	byAudience(t.brand, audiences)
	return channels, families, audiences
}

// earned are contents and ways of saying them, in the brand's order; what has left the brand comes last.
func (t *tally) earned() []Earned {
	all := make([]Earned, 0, len(t.ways))
	for _, e := range t.ways {
		if e.Content != "" {
			all = append(all, *e)
		}
	}
	places := make(map[aparte.ContentID]int, len(t.brand.Contents))
	for i := range t.brand.Contents {
		places[t.brand.Contents[i].ID] = i - len(t.brand.Contents)
	}
	slices.SortFunc(all, func(a, b Earned) int {
		return cmp.Or(
			cmp.Compare(places[a.Content], places[b.Content]), cmp.Compare(a.Content, b.Content), -compareBool(a.Whole(), b.Whole()),
			cmp.Compare(a.Layout, b.Layout), t.order(a.Way, b.Way), cmp.Compare(a.Element, b.Element), cmp.Compare(a.Variant, b.Variant),
		)
	})
	return all
}

// order is that of two elements, or variants of one, in their content.
func (t *tally) order(a, b Way) int {
	i := slices.IndexFunc(t.brand.Contents, func(c aparte.Content) bool { return c.ID == a.Content })
	if i < 0 {
		return 0
	}
	elements := t.brand.Contents[i].Elements
	element := func(w Way) int {
		return slices.IndexFunc(elements, func(e aparte.Element) bool { return e.Name == w.Element })
	}
	at := element(a)
	if first := cmp.Compare(at, element(b)); first != 0 || at < 0 {
		return first
	}
	variant := func(w Way) int {
		return slices.IndexFunc(elements[at].Variants, func(v aparte.Variant) bool { return v.ID == w.Variant })
	}
	return cmp.Compare(variant(a), variant(b))
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}
