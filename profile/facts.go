package profile

import "github.com/aparte-dev/aparte"

// facts are the properties of a track event that have an effect on a person.
type facts struct {
	product // what the event itself is about

	query    string
	order    string  // the brand's id of an order
	coupon   bool    // the order names one
	discount decimal // off the order
	amounts  [4]decimal
	listed   bool // the event lists products, be it none
	products []product

	// Of Aparté's own events.
	decision  aparte.DecisionID
	content   string
	about     string // the item that was spoken of
	beside    string // the one that was spoken of beside it
	channel   string
	slot      string
	purpose   string
	source    string
	wording   string
	intrusion decimal
	seconds   decimal // for how long something was in view
	suppress  bool    // the channel says that the address is dead
	uncertain bool    // nobody knows whether it arrived
	address   string  // which one that is
	kind      string  // of what was said, and what its variants have in common with others
	tones     []string
	audience  string
	place     string
	parent    aparte.DecisionID // the message whose slot it filled, or the decision it replaced
	trait     string            // that was asked for
	answer    aparte.Value      // null: none
	refused   bool              // they would rather not say
	by        aparte.DecisionID // the offer to share by which they came
}

// product is one thing in an event.
type product struct {
	item     aparte.ItemID
	category string
	brand    string
	price    decimal
	number   decimal // quantity
	currency string
}

// The amounts of an order, the one that counts first: revenue is without shipping and tax in the Segment
// specification, total is with them.
const (
	revenueAmount = iota
	totalAmount
	subtotalAmount
	valueAmount
)

// readFacts reads the properties of a track event.
func readFacts(r *reader, properties []byte) facts {
	var f facts
	if !r.open(properties) {
		return f
	}
	for {
		name, ok := r.next()
		if !ok {
			return f
		}
		if !f.read(r, name) && !f.product.read(r, name) && !f.readOwn(r, name) {
			r.skip()
		}
	}
}

// read reads the member of an order, a search or a cart with this name, or reports that it is none.
func (f *facts) read(r *reader, name []byte) bool {
	switch string(name) {
	case "query":
		f.query = r.text(maxSearch)
	case "order_id":
		f.order = r.text(maxWord)
	case "coupon":
		f.coupon = len(r.bytes()) > 0
	case "discount":
		f.discount = r.decimal()
	case "revenue":
		f.amounts[revenueAmount] = r.decimal()
	case "total":
		f.amounts[totalAmount] = r.decimal()
	case "subtotal":
		f.amounts[subtotalAmount] = r.decimal()
	case "value":
		f.amounts[valueAmount] = r.decimal()
	case "products":
		f.listed, f.products = readProducts(r)
	default:
		return false
	}
	return true
}

// readOwn reads the member of one of Aparté's own events with this name, or reports that it is none.
func (f *facts) readOwn(r *reader, name []byte) bool {
	switch string(name) {
	case "decision":
		f.decision, _ = aparte.ParseDecisionID(r.text(maxWord)) // none where it cannot be one
	case "parent":
		f.parent, _ = aparte.ParseDecisionID(r.text(maxWord)) // as above
	case "content":
		f.content = r.text(maxWord)
	case "item":
		f.about = r.text(maxWord)
	case "companion":
		f.beside = r.text(maxWord)
	case "audience":
		f.audience = r.text(maxAudience)
	case "place":
		f.place = r.text(aparte.MaxPlaceID)
	case "channel":
		f.channel = r.text(maxWord)
	case "kind":
		f.kind = r.text(maxWord)
	case "tones":
		f.tones = readTones(r)
	case "slot":
		f.slot = r.text(maxWord)
	case "intrusion":
		f.intrusion = r.decimal()
	case "seconds":
		f.seconds = r.decimal()
	case "suppress":
		f.suppress, _ = r.truth()
	case "uncertain":
		f.uncertain, _ = r.truth()
	case "address":
		f.address = r.text(maxToken)
	case "purpose":
		f.purpose = r.text(maxWord)
	case "source":
		f.source = r.text(maxSource)
	case "wording":
		f.wording = r.text(maxSource)
	case "trait":
		f.trait = r.text(maxTraitName)
	case "by":
		f.by, _ = aparte.ParseDecisionID(r.text(maxWord)) // as above
	case "answer":
		f.answer, _ = traitValue(r.value()) // none where it is out of bounds
	case "refused":
		f.refused, _ = r.truth()
	default:
		return false
	}
	return true
}

// maxTones is how many tones of one event count.
const maxTones = 8

func readTones(r *reader) (tones []string) {
	if !r.enter('[') {
		return nil
	}
	for r.more() {
		if len(tones) == maxTones {
			r.skip()
			continue
		}
		tones = append(tones, r.text(maxWord))
	}
	return tones
}

func readProducts(r *reader) (listed bool, products []product) {
	if !r.enter('[') {
		return false, nil
	}
	for r.more() {
		if len(products) == maxProducts {
			r.skip()
			continue
		}
		if !r.enter('{') {
			continue
		}
		if products == nil {
			products = make([]product, 0, 8)
		}
		var p product
		for {
			name, ok := r.next()
			if !ok {
				break
			}
			if !p.read(r, name) {
				r.skip()
			}
		}
		if p.item != "" {
			products = append(products, p)
		}
	}
	return true, products
}

// read reads the member of a product with this name, or reports that it is none. The product_id names
// the item, the sku where there is none.
func (p *product) read(r *reader, name []byte) bool {
	switch string(name) {
	case "product_id":
		if id := r.text(maxWord); id != "" {
			p.item = aparte.ItemID(id)
		}
	case "sku":
		if p.item != "" {
			r.skip()
		} else {
			p.item = aparte.ItemID(r.text(maxWord))
		}
	case "category":
		p.category = r.text(maxWord)
	case "brand":
		p.brand = r.text(maxWord)
	case "price":
		p.price = r.decimal()
	case "quantity":
		p.number = r.decimal()
	case "currency":
		p.currency = currencyCode(r.bytes())
	default:
		return false
	}
	return true
}

// discounted reports whether an order took less than the full price.
func (f *facts) discounted() bool {
	return f.coupon || f.discount.known && !f.discount.negative && f.discount.digits > 0
}

// lines are the products of an order or a cart: those listed, else the one the event itself names.
func (f *facts) lines() []product {
	if f.listed || f.item == "" {
		return f.products
	}
	return []product{f.product}
}

// in is the currency of a product of the event: its own, else the event's, else the brand's.
func (f *facts) in(p *product, currency string) string {
	for _, c := range []string{p.currency, f.currency} {
		if c != "" {
			return c
		}
	}
	return currency
}

// amount is what the event says it is worth in minor units of its currency: the first amount that is
// one, else the sum of its products.
func (f *facts) amount(currency string) (int64, bool) {
	for _, d := range f.amounts {
		if n, ok := d.minor(currency); ok {
			return n, true
		}
	}
	sum, known := int64(0), false
	for _, p := range f.lines() {
		price, ok := p.price.minor(currency)
		if n := p.number.quantity(); ok && price <= maxAmount/n {
			sum, known = min(sum+price*n, maxAmount), true
		}
	}
	return sum, known
}
