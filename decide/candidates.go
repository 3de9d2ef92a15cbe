package decide

import (
	"math"
	"slices"

	"github.com/aparte-dev/aparte"
)

// option is a content that can be said, with what it can be said with.
type option struct {
	placed
	first, last int32    // its items, in d.offers; none where it speaks of none
	company     [2]int32 // what it can speak of beside its item, into d.views, best first; -1: nothing
	ways        uint64   // in which one item can be spoken of: layouts times variants
	share       int      // how many candidates it gets
	route       uint8
}

func newOption(at placed, c *content) option {
	return option{placed: at, ways: c.ways * uint64(len(at.layouts)), company: [2]int32{-1, -1}}
}

// items is how many things the option can speak of: one, itself, where it speaks of no item.
func (o *option) items() uint64 { return uint64(max(1, o.last-o.first)) }

// size is how many actions the option stands for.
func (o *option) size() uint64 { return o.items() * o.ways }

// candidate is an action under way: indices, not names. A content of -1 is silence.
type candidate struct {
	content  int32
	view     int32 // -1: no item
	beside   int32 // the companion's view; -1: none
	layout   int32 // -1: none
	variants int32 // where its variants begin in d.variants
	route    uint8 // the channel it takes
}

// enumerate makes the candidates: silence first, then those of each option.
func (d *deliberation) enumerate() {
	most := d.q.MaxCandidates
	if most <= 0 {
		most = DefaultMaxCandidates
	}
	most = min(max(most, 2), mostCandidates)
	d.silent = !d.q.Fixed || len(d.options) == 0
	d.candidates = append(d.candidates, candidate{content: -1, view: -1, beside: -1, layout: -1})
	if d.silent {
		most--
	}
	if len(d.q.Among) > 0 {
		d.recall(most)
		return
	}
	d.share(most)
	for i := range d.options {
		d.spread(&d.options[i])
	}
}

// recall makes candidates of the actions that the question names. Contents that it does not speak of get the share
// they would have if all were equal.
func (d *deliberation) recall(most int) {
	for i := range d.options {
		o := &d.options[i]
		content := d.plan.contents[o.content].ID
		spoken := false
		for j := range d.q.Among {
			if a := &d.q.Among[j]; a.Content == content && (a.Channel == "" || a.Channel == d.routes[o.route].channel) {
				spoken = true
				d.addNamed(o, a)
			}
		}
		if !spoken {
			o.share = int(min(o.size(), uint64(max(1, most/len(d.options)))))
			d.spread(o)
		}
	}
}

// addNamed appends an action that the option stands for as a candidate, and nothing where it is none of them.
func (d *deliberation) addNamed(o *option, a *aparte.Action) {
	radix := d.plan.contents[o.content].radix
	layout := slices.IndexFunc(o.layouts, func(l int32) bool {
		return l >= 0 && d.plan.layouts[l].ID == a.Layout || l < 0 && a.Layout == ""
	})
	view := int32(-1)
	if o.last > o.first {
		at := slices.IndexFunc(d.offers[o.first:o.last], func(v int32) bool { return d.plan.catalogue.items[d.views[v].item].ID == a.Item })
		if at < 0 {
			return
		}
		view = d.offers[int(o.first)+at]
	}
	if layout < 0 || len(a.Variants) != len(radix) {
		return
	}
	way := uint64(0)
	for i := len(radix) - 1; i >= 0; i-- {
		if uint64(a.Variants[i]) >= radix[i] {
			return
		}
		way = way*radix[i] + uint64(a.Variants[i])
	}
	d.add(o, view, way*uint64(len(o.layouts))+uint64(layout))
}

// share divides places among the options: each gets as many as it has actions, or an equal share of
// what the smaller ones leave. Where there are more options than places, lots are drawn for them.
func (d *deliberation) share(places int) {
	if len(d.options) > places {
		d.drawOptions(places)
	}
	waiting := len(d.options)
	for waiting > 0 {
		each := places / waiting
		served := 0
		for i := range d.options {
			if o := &d.options[i]; o.share == 0 && o.size() <= uint64(each) {
				o.share = int(o.size())
				places -= o.share
				served++
			}
		}
		if waiting -= served; served == 0 {
			d.shareEqually(places, waiting)
			return
		}
	}
}

// shareEqually divides places among the options that have no share yet; who gets one of the few left
// over goes by lot.
func (d *deliberation) shareEqually(places, waiting int) {
	each, over := places/waiting, places%waiting
	turn := int(below(d.lots.Uint64(), uint64(waiting)))
	for i := range d.options {
		o := &d.options[i]
		if o.share > 0 {
			continue
		}
		o.share = each
		if turn++; (turn-1)%waiting < over {
			o.share++
		}
	}
}

// drawOptions keeps n of the options, each equally likely, in their order.
func (d *deliberation) drawOptions(n int) {
	kept := 0
	for i := range d.options {
		if below(d.lots.Uint64(), uint64(len(d.options)-i)) < uint64(n-kept) {
			d.options[kept] = d.options[i]
			kept++
		}
	}
	d.options = d.options[:kept]
}

// spread appends an option's candidates: all there are, or as many as its share is, spread evenly over
// its items, best items first, with layouts and variants drawn for each.
func (d *deliberation) spread(o *option) {
	items := o.items()
	each, over := uint64(o.share)/items, uint64(o.share)%items
	for i := range items {
		n := each
		if i < over {
			n++
		}
		view := int32(-1)
		if o.last > o.first {
			view = d.offers[o.first+int32(i)]
		}
		for _, way := range d.some(n, o.ways) {
			d.add(o, view, way)
		}
	}
}

// some is n different numbers below of, each set of n equally likely, in order. It is good until the
// next call. Source: Floyd's algorithm, Bentley, Programming Pearls: a sample of brilliance, 1987.
func (d *deliberation) some(n, of uint64) []uint64 {
	d.sample = d.sample[:0]
	if n >= of {
		for i := range of {
			d.sample = append(d.sample, i)
		}
		return d.sample
	}
	for j := of - n; j < of; j++ {
		pick := below(d.lots.Uint64(), j+1)
		if slices.Contains(d.sample, pick) {
			pick = j
		}
		d.sample = append(d.sample, pick)
	}
	slices.Sort(d.sample)
	return d.sample
}

// add appends one candidate. way is a number in mixed radix: the layout, then a variant for each element.
func (d *deliberation) add(o *option, view int32, way uint64) {
	layouts := uint64(len(o.layouts))
	c := candidate{content: o.content, view: view, beside: o.beside(view), layout: o.layouts[way%layouts], variants: int32(len(d.variants)), route: o.route}
	way /= layouts
	for _, n := range d.plan.contents[o.content].radix {
		d.variants = append(d.variants, uint8(way%n))
		way /= n
	}
	d.candidates = append(d.candidates, c)
}

// alike reports whether a candidate says the same content of the same item on the same channel as the one before it.
func (d *deliberation) alike(i int) bool {
	if i == 0 {
		return false
	}
	a, b := &d.candidates[i], &d.candidates[i-1]
	return a.content == b.content && a.view == b.view && a.route == b.route
}

// variantsOf are a candidate's variants, in d.variants.
func (d *deliberation) variantsOf(c candidate) []uint8 {
	if c.content < 0 {
		return nil
	}
	return d.variants[c.variants : int(c.variants)+len(d.plan.contents[c.content].Elements)]
}

// single precision is what is logged, so it is what decides.
func single(v float64) float64 {
	if f := float64(float32(v)); !math.IsInf(f, 0) && !math.IsNaN(f) {
		return f
	}
	return 0
}
