package decide

import (
	"sync"
	"time"

	"github.com/aparte-dev/aparte"
)

// Plan is a brand compiled: its rules are programs, its contents are found by channel and slot, its
// items by category, brand and popularity. A Plan is immutable and safe for concurrent use.
type Plan struct {
	brand   *aparte.Brand
	version uint64

	contents   []content
	byContent  map[aparte.ContentID]int32
	tones      tones // of variants
	layouts    []layout
	byLayout   map[aparte.LayoutID]int32
	stages     map[surface][]placed        // what may be said in a slot that the brand names
	elsewhere  map[aparte.Channel][]placed // and in one that it does not
	catalogue  catalogue
	rules      []rule
	personas   []persona
	kinds      int // how many kinds of content there are
	offers     int // how many different lists of items contents are offered
	memos      int // how many rows a decision's memo of rules by item has
	objectives map[aparte.ObjectiveID]objective
	scores     map[aparte.ObjectiveID]declared

	memberships []membership // in the brand's audiences, by key
	shots       map[aparte.LayoutID][]*rule

	zone    *time.Location
	zones   Zones
	holdout uint64 // of the hash that picks who is held out
	scale   float64
	postage map[aparte.Channel]float64
	explore Explore // as the brand says; the zero value where it says nothing
	// compares: an objective learns what actions add, so that each needs a rival.
	compares bool
	// netted: an objective counts what discounts give away, so that rewards are net of it and it is no cost.
	netted  bool
	asks    []int32 // contents whose questions' answers describe a person (ask.go)
	answers bool    // an objective counts answers, so that what they are worth is learned
	// discounted is what an order says that it was given, where there are budgets.
	discounted objective

	slots         map[string]hashed
	deliberations sync.Pool
}

// content is an aparte.Content with all that a decision needs of it at hand.
type content struct {
	*aparte.Content
	rules    []int32 // that read no item, each once: those that hold everywhere, then its own
	onItem   []int32 // likewise, those that do
	general  int     // of those, how many hold everywhere: they come first, and a companion must keep them too
	offer    int32   // which of a decision's lists of items is its own
	shares   bool    // others may be offered the same list
	elements []element
	radix    []uint64 // how many variants each element has
	ways     uint64   // how many combinations of variants there are; saturates
	itself   phrase   // its id and its kind
	kindAt   int32    // which kind that is
	budget   int32    // that pays for it, among the brand's; -1: none
	index    int32    // in Plan.contents
}

// element is one with the features of each of its variants (element.go).
type element struct {
	variants []phrase
	tones    [][]int32 // of each variant, among Plan.tones
}

type layout struct {
	*aparte.Layout
	itself phrase
}

// Brand is the brand that was compiled.
func (p *Plan) Brand() *aparte.Brand { return p.brand }

// Version is the brand's version, as given to Compile.
func (p *Plan) Version() uint64 { return p.version }

// PriceBand is where an item's price stands among those of its category.
func (p *Plan) PriceBand(item *aparte.Item) aparte.PriceBand { return p.catalogue.scales.Band(item) }

// Item is the item with this id, and whether there is one.
func (p *Plan) Item(id aparte.ItemID) (*aparte.Item, bool) {
	i, ok := p.catalogue.index[id]
	if !ok {
		return nil, false
	}
	return &p.brand.Items[i], true
}

// Content is the content with this id, and whether there is one.
func (p *Plan) Content(id aparte.ContentID) (*aparte.Content, bool) {
	i, ok := p.byContent[id]
	if !ok {
		return nil, false
	}
	return p.contents[i].Content, true
}

// Layout is the layout with this id, and whether there is one.
func (p *Plan) Layout(id aparte.LayoutID) (*aparte.Layout, bool) {
	i, ok := p.byLayout[id]
	if !ok {
		return nil, false
	}
	return p.layouts[i].Layout, true
}

// HeldOutOf reports whether this person is not told what is said toward an objective, so that what that adds is
// measured: the same answer for good, for Objective.Holdout of all people, whatever they are in the
// brand's holdout or in another objective's. Raising the share only adds people.
func (p *Plan) HeldOutOf(objective aparte.ObjectiveID, id aparte.PersonID) bool {
	o := p.objectives[objective]
	return o.Objective != nil && o.Holdout > 0 && !id.IsZero() && unit(mix(o.holdout, string(id[:]))) < o.Holdout
}

// HeldOut reports whether silence is kept for this person on purpose: the same answer for good, for
// Brand.Holdout of all people. Raising the share only adds people. Nobody in particular is never held out.
func (p *Plan) HeldOut(id aparte.PersonID) bool {
	return p.brand.Holdout > 0 && !id.IsZero() && unit(mix(p.holdout, string(id[:]))) < p.brand.Holdout
}
