package engine

import (
	"encoding/json"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/profile"
)

// How far back somebody's interest in an item reaches, and how much they are told of one version of the brand.
const (
	interestFor = 30 * 24 * time.Hour
	mostNews    = 8
)

// news is what is new about the items of the brand between two of its versions.
type news struct {
	version    uint64
	since      time.Time // it was looked for: who took an interest later has seen how it is
	before     map[aparte.ItemID]*aparte.Item
	changed    map[aparte.ItemID]*aparte.Item // in price, stock or what a search can ask for
	categories map[string][]*aparte.Item      // the same, by category, in the brand's order
	all        []*aparte.Item                 // the same
}

// novel is one thing that matters to somebody.
type novel struct {
	event string
	item  *aparte.Item
	was   aparte.Money // its price before; zero where there was none
}

// newsOf compares two versions of a brand.
func newsOf(old, now *aparte.Brand, version uint64, since time.Time) *news {
	n := &news{
		version: version, since: since, before: make(map[aparte.ItemID]*aparte.Item, len(old.Items)),
		changed: map[aparte.ItemID]*aparte.Item{}, categories: map[string][]*aparte.Item{},
	}
	for i := range old.Items {
		n.before[old.Items[i].ID] = &old.Items[i]
	}
	for i := range now.Items {
		item := &now.Items[i]
		if was := n.before[item.ID]; was == nil || !unchanged(was, item) {
			n.changed[item.ID] = item
			n.categories[item.Category] = append(n.categories[item.Category], item)
			n.all = append(n.all, item)
		}
	}
	return n
}

// unchanged reports whether two versions of an item differ in nothing that anybody is told of.
func unchanged(a, b *aparte.Item) bool {
	same := func(a, b map[string]string) bool {
		for k, v := range a {
			if b[k] != v {
				return false
			}
		}
		return len(a) == len(b)
	}
	return a.Price == b.Price && (a.Stock > 0) == (b.Stock > 0) && a.Category == b.Category && a.Brand == b.Brand &&
		same(a.Name, b.Name) && same(a.Attributes, b.Attributes)
}

// matter is what of the news matters to somebody, at most mostNews of it:
//
//   - that an item's price dropped, or that it is in stock again, to who asked to be told (the trait alert.ITEM that a question leaves);
//     and to who has it in the basket or looked at it or wished for it within 30 days before the news, did not buy it, and does not
//     object to profiling;
//   - that an item matches that did not before, to who declared a search for it.
//
// Of an item they are told one thing: that it is back, before that its price dropped, before that it matches.
func (n *news) matter(p *aparte.Person) (all []novel) {
	for _, id := range interests(p, n.since) {
		if item := n.changed[id]; item != nil && len(all) < mostNews {
			if x, ok := n.ofItem(item); ok {
				all = append(all, x)
			}
		}
	}
	for _, s := range profile.Searches(p) {
		among := n.all
		if s.Category != "" {
			among = n.categories[s.Category]
		}
		for _, item := range among {
			was := n.before[item.ID]
			told := slices.ContainsFunc(all, func(x novel) bool { return x.item.ID == item.ID })
			if len(all) < mostNews && !told && s.Matches(item) && (was == nil || !s.Matches(was)) {
				x := novel{event: aparte.EventSearchMatched, item: item}
				if was != nil {
					x.was = was.Price
				}
				all = append(all, x)
			}
		}
	}
	return all
}

// ofItem is what is new about an item for who took an interest in it.
func (n *news) ofItem(item *aparte.Item) (novel, bool) {
	was := n.before[item.ID]
	switch {
	case was == nil || item.Stock <= 0:
		return novel{}, false
	case was.Stock <= 0:
		return novel{aparte.EventBackInStock, item, was.Price}, true
	case item.Price.Currency == was.Price.Currency && item.Price.Amount < was.Price.Amount:
		return novel{aparte.EventPriceDropped, item, was.Price}, true
	}
	return novel{}, false
}

// alertTrait begins the names of the traits by which people asked to be told of an item.
const alertTrait = "alert."

// interests are the items of which somebody asked to be told, and those in which they took an interest within 30 days before a time and
// that they did not buy, as far as that may be used; each once.
func interests(p *aparte.Person, before time.Time) (items []aparte.ItemID) {
	for i := range p.Traits {
		t := &p.Traits[i]
		item, asked := strings.CutPrefix(t.Name, alertTrait)
		if yes := t.Value.Kind == aparte.Text || t.Value.Kind == aparte.Bool && t.Value.Num != 0; asked && yes && t.Provenance < aparte.Inferred {
			items = append(items, aparte.ItemID(item))
		}
	}
	if p.Refuses(aparte.Profiling, "") {
		return items
	}
	add := func(id aparte.ItemID, at time.Time) {
		if id != "" && at.Before(before) && before.Sub(at) <= interestFor && !slices.Contains(p.Orders.Items, id) && !slices.Contains(items, id) {
			items = append(items, id)
		}
	}
	for i := range p.Cart.Lines {
		add(p.Cart.Lines[i].Item, p.Cart.UpdatedAt)
	}
	for i := range p.Affinities {
		if a := &p.Affinities[i]; a.Kind == aparte.ItemAffinity && a.Weight > 0 {
			add(aparte.ItemID(a.Key), a.At)
		}
	}
	return items
}

// properties of the event by which somebody is told of it, as the Segment specification names them.
func (x *novel) properties() (json.RawMessage, error) {
	major := func(m aparte.Money) float64 { return float64(m.Amount) / math.Pow10(aparte.MinorDigits(m.Currency)) }
	told := map[string]any{
		"product_id": x.item.ID, "category": x.item.Category, "brand": x.item.Brand, "price": major(x.item.Price), "currency": x.item.Price.Currency,
	}
	if x.was != (aparte.Money{}) {
		told["was"] = major(x.was)
	}
	return json.Marshal(told)
}

// still reports whether it is so under the brand in force.
func (x *novel) still(now *live) bool {
	item, known := now.plan.Item(x.item.ID)
	return known && item.Stock > 0 && item.Price.Currency == x.item.Price.Currency && item.Price.Amount <= x.item.Price.Amount
}
