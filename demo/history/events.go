package history

import (
	"cmp"
	"encoding/json"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/aparte-dev/aparte"
)

// Source is the Source of every event of the history.
const Source = "online-retail"

// History is the slice, read. It is immutable and safe for concurrent use.
type History struct {
	people  []Person
	stories []story
	items   map[aparte.ItemID]*aparte.Item
}

// Open reads the slice. The items are the brand's catalogue: an order names its products as that does.
func Open(items []aparte.Item) (*History, error) {
	lines, err := read(slice)
	if err != nil {
		return nil, err
	}
	h := &History{items: make(map[aparte.ItemID]*aparte.Item, len(items))}
	for i := range items {
		h.items[items[i].ID] = &items[i]
	}
	for _, l := range lines {
		if h.items[l.item] == nil {
			return nil, fmt.Errorf("purchases: item %s is not in the catalogue", l.item)
		}
	}
	if h.stories, err = stories(lines); err != nil {
		return nil, err
	}
	for i := range h.stories {
		h.people = append(h.people, h.summed(&h.stories[i]))
	}
	return h, nil
}

// summed is the person of a story with what they bought.
func (h *History) summed(s *story) Person {
	p := s.person
	p.Orders, p.Likes = len(s.orders), make(map[string]int)
	for _, o := range s.orders {
		for _, l := range o.lines {
			p.Likes[h.items[l.item].Category]++
		}
	}
	return p
}

// People are the customers, in the order of their first purchase. They must not be changed.
func (h *History) People() []Person { return slices.Clone(h.people) }

// Len is how many events Events yields.
func (h *History) Len() int {
	n := 0
	for _, s := range h.stories {
		n += 1 + len(s.orders) + len(s.refunds)
	}
	return n
}

// Events are the history as events, oldest first, all moved by the same number of days so that the
// last purchase was the day before now. A person is introduced by an identify call a minute before
// their first order. The messageIds depend on the data set alone: a history told again, on another day
// even, changes nothing where it is known already.
func (h *History) Events(now time.Time) iter.Seq[aparte.Event] {
	shift := h.shift(now)
	all := make([]entry, 0, h.Len())
	for i := range h.stories {
		s := &h.stories[i]
		all = append(all, entry{s.orders[0].at.Add(-time.Minute), s, nil, nil})
		for j := range s.orders {
			all = append(all, entry{s.orders[j].at, s, &s.orders[j], nil})
		}
		for j := range s.refunds {
			all = append(all, entry{s.refunds[j].at, s, nil, &s.refunds[j]})
		}
	}
	slices.SortStableFunc(all, func(a, b entry) int { return a.at.Compare(b.at) })
	return func(yield func(aparte.Event) bool) {
		for _, e := range all {
			if !yield(h.event(e, shift)) {
				return
			}
		}
	}
}

// shift is what is added to every time, whole days.
func (h *History) shift(now time.Time) time.Duration {
	last := time.Time{}
	for _, s := range h.stories {
		last = latest(last, s.orders[len(s.orders)-1].at)
		if n := len(s.refunds); n > 0 {
			last = latest(last, s.refunds[n-1].at)
		}
	}
	const day = 24 * time.Hour
	return now.UTC().Truncate(day).Sub(last.Truncate(day)) - day
}

func latest(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// entry is one event to come: an order, a refund, or the introduction of the person.
type entry struct {
	at     time.Time
	story  *story
	order  *order
	refund *refund
}

func (h *History) event(e entry, shift time.Duration) aparte.Event {
	at := e.at.Add(shift)
	out := aparte.Event{
		Type: aparte.Track, UserID: e.story.person.UserID, Context: historyContext,
		Timestamp: at, OriginalTimestamp: at, ReceivedAt: at, Source: Source,
	}
	switch {
	case e.order != nil:
		out.Name = "Order Completed"
		out.MessageID = aparte.MessageID(Source + "-" + e.order.invoice)
		out.Properties = encode(orderProperties(e.order.invoice, h.products(e.order.lines)))
	case e.refund != nil:
		out.Name = "Order Refunded"
		out.MessageID = aparte.MessageID(Source + "-" + e.refund.invoice + "-" + e.refund.order)
		out.Properties = encode(orderProperties(e.refund.order, h.products(e.refund.lines)))
	default:
		out.Type = aparte.Identify
		out.MessageID = aparte.MessageID(Source + "-person-" + e.story.person.UserID)
		out.Traits = encode(traits(&e.story.person))
	}
	return out
}

var historyContext = json.RawMessage(`{"library":{"name":"aparte-demo-history","version":"1"}}`)

type personTraits struct {
	FirstName string    `json:"firstName"`
	Email     string    `json:"email"`
	Locale    string    `json:"locale"`
	Timezone  string    `json:"timezone"`
	Address   address   `json:"address"`
	Invented  string    `json:"invented"` // says in the person's own record what the data set does not know
	Consents  []consent `json:"consents,omitempty"`
}

type address struct {
	Country string `json:"country"`
}

func traits(p *Person) personTraits {
	t := personTraits{
		FirstName: p.FirstName, Email: p.Email, Locale: p.Locale, Timezone: p.Zone,
		Address: address{p.Country}, Invented: "firstName, email, locale, timezone, consents",
	}
	if c, said := p.EmailConsent.asEvent(aparte.Marketing, aparte.Email); said {
		t.Consents = append(t.Consents, c)
	}
	if c, said := p.ProfilingConsent.asEvent(aparte.Profiling, ""); said {
		t.Consents = append(t.Consents, c)
	}
	return t
}

// purchase is the properties of Order Completed and Order Refunded in the Segment e-commerce
// specification, amounts in pounds.
type purchase struct {
	OrderID  string      `json:"order_id"`
	Revenue  json.Number `json:"revenue"`
	Currency string      `json:"currency"`
	Products []product   `json:"products"`
}

type product struct {
	ID       aparte.ItemID `json:"product_id"`
	Name     string        `json:"name"`
	Category string        `json:"category"`
	Brand    string        `json:"brand"`
	Price    json.Number   `json:"price"`
	Quantity int64         `json:"quantity"`
	pence    int64
}

func orderProperties(order string, products []product) purchase {
	sum := int64(0)
	for _, p := range products {
		sum += p.pence * p.Quantity
	}
	return purchase{OrderID: order, Revenue: pounds(sum), Currency: "GBP", Products: products}
}

func (h *History) products(lines []line) []product {
	out := make([]product, len(lines))
	for i, l := range lines {
		item := h.items[l.item]
		out[i] = product{
			ID: l.item, Name: item.Name["en"], Category: item.Category, Brand: item.Brand,
			Price: pounds(l.price), Quantity: max(l.quantity, -l.quantity), pence: l.price,
		}
	}
	return out
}

func pounds(pence int64) json.Number {
	return json.Number(fmt.Sprintf("%d.%02d", pence/100, pence%100))
}

// encode writes what is made of texts and numbers only, which cannot fail.
func encode(v any) json.RawMessage {
	b, err := json.Marshal(v)
	if err != nil {
		panic("history: " + err.Error())
	}
	return b
}

// byTime orders lines as they happened.
func byTime(a, b line) int {
	return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.invoice, b.invoice))
}
