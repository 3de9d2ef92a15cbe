package decide

import (
	"math/bits"
	"slices"

	"cel.dev/cel-go/common/types/ref"

	"github.com/aparte-dev/aparte"
)

// catalogue finds items by id and has those in stock in lists, the most popular first: of all, of each category
// and of each brand. A decision takes a few from the top of a few lists, or draws a few from them by lot, and
// never goes through one.
type catalogue struct {
	items      []aparte.Item
	index      map[aparte.ItemID]int32
	cards      []card
	groups     []group
	categories map[string]int32 // into groups
	brands     map[string]int32
	popular    []int32
	aisles     []int32 // categories, those with the most popular items first
	scales     aparte.PriceScales
	usual      float64     // price of an item in the middle of the catalogue, in minor units; 0 where there is none
	margin     float64     // mean share of the prices that is margin; 1 where no item tells
	boxes      [][]ref.Val // by variable, then item, for CEL; nil for what it is not asked for
	spelled    func() *lexicon
	attributes func() []string
}

// card is what a decision needs of an item.
type card struct {
	hash     uint32 // of the feature that is the item itself
	category int32  // into groups; -1: none
	brand    int32
	band     uint8 // of the price
}

// group is the items of a category or brand.
type group struct {
	feature hashed  // of an action that speaks of one of them
	taste   hashed  // of a person who likes them
	need    hashed  // of a person who is looking for them
	page    hashed  // of a page that is about them
	top     []int32 // those in stock, the most popular first
}

func newCatalogue(items []aparte.Item) catalogue {
	c := catalogue{
		items:      items,
		index:      make(map[aparte.ItemID]int32, len(items)),
		cards:      make([]card, len(items)),
		categories: make(map[string]int32),
		brands:     make(map[string]int32),
		boxes:      make([][]ref.Val, len(variables)),
		attributes: attributesOf(items),
	}
	for i := range items {
		it := &items[i]
		c.index[it.ID] = int32(i)
		c.cards[i] = card{
			hash:     feature("item", string(it.ID)).hash,
			category: c.groupOf(c.categories, "category", it.Category),
			brand:    c.groupOf(c.brands, "brand", it.Brand),
			band:     band(it.Price.Amount),
		}
	}
	c.rank()
	c.scales = aparte.ScalePrices(items)
	return c
}

func (c *catalogue) groupOf(of map[string]int32, kind, name string) int32 {
	if name == "" {
		return -1
	}
	g, known := of[name]
	if !known {
		g = int32(len(c.groups))
		of[name] = g
		c.groups = append(c.groups, group{
			feature: feature(kind, name),
			taste:   feature("likes_"+kind, name),
			need:    feature("wants_"+kind, name),
			page:    feature("page_"+kind, name),
		})
	}
	return g
}

// groupFor is the category or brand that an affinity is for.
func (c *catalogue) groupFor(kind aparte.AffinityKind, key string) (g int32, known bool) {
	switch kind {
	case aparte.CategoryAffinity:
		g, known = c.categories[key]
	case aparte.BrandAffinity:
		g, known = c.brands[key]
	}
	return g, known
}

// rank fills the lists: by popularity, then by place in the brand, so that the order is the same every time.
func (c *catalogue) rank() {
	order := make([]int32, 0, len(c.items))
	var prices []int64
	var margins, told float64
	for i := range c.items {
		if m := c.items[i].Margin; m > 0 {
			margins, told = margins+m, told+1
		}
		if price := c.items[i].Price.Amount; price > 0 {
			prices = append(prices, price)
		}
		if c.items[i].Stock > 0 {
			order = append(order, int32(i))
		}
	}
	slices.SortStableFunc(order, func(a, b int32) int {
		switch pa, pb := c.items[a].Popularity, c.items[b].Popularity; {
		case pa > pb:
			return -1
		case pa < pb:
			return 1
		}
		return 0
	})
	for _, i := range order {
		for _, g := range [2]int32{c.cards[i].category, c.cards[i].brand} {
			if g >= 0 {
				c.groups[g].top = append(c.groups[g].top, i)
			}
		}
		if g := c.cards[i].category; g >= 0 && len(c.groups[g].top) == 1 {
			c.aisles = append(c.aisles, g)
		}
	}
	c.popular, c.margin = order, 1
	if told > 0 {
		c.margin = margins / told
	}
	if len(prices) > 0 {
		slices.Sort(prices)
		c.usual = float64(prices[len(prices)/2])
	}
}

// bands is how many price bands there are.
const bands = 40

// band is the price band of an amount: each is twice the one before.
func band(amount int64) uint8 {
	if amount <= 0 {
		return 0
	}
	return uint8(min(bits.Len64(uint64(amount)), bands-1))
}

// box keeps what a rule reads of the items ready for CEL.
func (c *catalogue) box(variable int) {
	if c.boxes[variable] != nil {
		return
	}
	boxes := make([]ref.Val, len(c.items))
	var d deliberation
	for i := range c.items {
		d.item = &c.items[i]
		boxes[i] = d.box(variables[variable].get(&d))
	}
	c.boxes[variable] = boxes
}
