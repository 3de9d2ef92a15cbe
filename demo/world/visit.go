package world

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/aparte-dev/aparte/demo/history"
)

// visit is one visitor on the site, once.
type visit struct {
	*World
	who    *person
	rng    *rand.Rand
	number int
	told   int // events told so far
	did    Stats

	next     int  // index of the item that a click leads to, -1: none
	led      bool // the page was reached by a click
	discount bool // a discount was clicked on in this visit
}

func (w *World) visit(who *person, number int) *visit {
	return &visit{
		World: w, who: who, number: number, next: -1,
		rng: rand.New(rand.NewPCG(w.config.Seed, 1<<33+uint64(number))),
	}
}

// walk is the visit from the first page to the last. What fails at a door is counted and left.
func (v *visit) walk(ctx context.Context) {
	v.who.mu.Lock()
	defer v.who.mu.Unlock()
	v.did.Visits = 1
	defer func() { v.tally.add(v.did) }()

	v.who.forget()
	v.readMail(ctx)
	v.home(ctx)
	for range 1 + v.rng.IntN(5) {
		if v.config.Sleep(ctx, seconds(v.rng.ExpFloat64()*v.config.Pause.Seconds())) != nil {
			return
		}
		v.item(ctx)
	}
	v.leave(ctx)
}

// home opens the first page, and leads on where something there is clicked on.
func (v *visit) home(ctx context.Context) {
	e := v.event("page", "Home")
	e["properties"] = map[string]any{"path": "/shop/", "title": "Linnet & Thyme", "simulated": true}
	v.cameFrom(e)
	v.page(ctx, e, []string{"hero", "aside"}, map[string]any{"page": map[string]any{"path": "/shop/"}})
}

// item looks at an item: the one a click led to, else one they like. It may go into the basket.
func (v *visit) item(ctx context.Context) {
	i, led := v.next, v.led
	v.next, v.led = -1, false
	if i < 0 {
		i = v.shelf.pick(v.rng, v.who.taste.likes)
	}
	item := &v.shelf.items[i]
	product := v.shelf.product(i, 1)
	product["simulated"] = true
	e := v.track("Product Viewed", product)
	path := fmt.Sprintf("/shop/item/%s", item.ID)
	v.who.lastItem = string(item.ID)
	v.page(ctx, e, []string{"aside"}, map[string]any{
		"page": map[string]any{"path": path}, "item": item.ID, "category": item.Category,
	})
	if v.rng.Float64() < v.truth.adds(v.who, item.Category, led) {
		v.add(ctx, i)
	}
}

// page tells an event, is shown what the engine says, and clicks or not.
func (v *visit) page(ctx context.Context, e event, slots []string, situation map[string]any) {
	v.did.Pages++
	situation["locale"], situation["timezone"], situation["country"] = v.who.locale, v.who.zone, v.who.country
	situation["device"] = v.who.device
	decisions, err := v.doors.moment(ctx, v.agent(), e, slots, situation)
	if v.failed(err) {
		return
	}
	var seen []event
	clicked := -1
	for i := range decisions {
		d := &decisions[i]
		v.did.Decisions++
		if d.Silent || d.ID == "" {
			v.did.Silent++
			continue
		}
		chance := v.truth.clicks(v.who, d, v.shelf.category(d.Item))
		if v.rng.Float64() < chance && clicked < 0 {
			clicked = i
		}
		seen = append(seen, v.exposure(d))
		v.who.seen[d.Content]++
	}
	if len(seen) == 0 || v.failed(v.doors.tell(ctx, v.agent(), seen...)) {
		return
	}
	v.did.Exposures += len(seen)
	if clicked >= 0 {
		v.click(ctx, &decisions[clicked])
	}
}

func (v *visit) exposure(d *decision) event {
	properties := map[string]any{"decision": d.ID, "content": d.Content, "slot": d.Slot, "channel": d.Channel, "simulated": true}
	if d.Item != "" {
		properties["item"] = d.Item
	}
	return v.track("Aparte Exposed", properties)
}

// click follows a link, and the visit goes on where it leads.
func (v *visit) click(ctx context.Context, d *decision) {
	if v.failed(v.doors.follow(ctx, v.agent(), d.Link)) {
		return
	}
	v.did.Clicks++
	v.led, v.next = true, -1
	if i, ok := v.shelf.index[d.Item]; ok {
		v.next = i
	}
	switch d.Content {
	case "welcome-offer", "come-back":
		v.discount = true
	case "letters":
		if v.rng.Float64() < .6 {
			v.introduce(ctx)
		}
	case "who-for":
		v.failed(v.doors.tell(ctx, v.agent(), v.track("Aparte Answered", map[string]any{
			"decision": d.ID, "content": d.Content, "slot": d.Slot, "channel": d.Channel, "trait": "buysFor", "answer": buysFor[v.who.taste.kind], "simulated": true,
		})))
	}
}

// buysFor is what each kind of visitor answers when they are asked.
var buysFor = map[kind]string{giver: "friend", parent: "child", nester: "house", host: "house", gardener: "garden", thrifty: "self"}

// add puts an item into the basket.
func (v *visit) add(ctx context.Context, i int) {
	quantity := 1 + v.rng.IntN(3)
	product := v.shelf.product(i, quantity)
	product["simulated"] = true
	if v.failed(v.doors.tell(ctx, v.agent(), v.track("Product Added", product))) {
		return
	}
	v.did.Added++
	if at := slices.IndexFunc(v.who.basket, func(l line) bool { return l.item == i }); at >= 0 {
		v.who.basket[at].quantity += quantity
	} else if len(v.who.basket) < maxBasket {
		v.who.basket = append(v.who.basket, line{i, quantity})
	}
}

// maxBasket bounds a basket that is never ordered.
const maxBasket = 20

// leave ends the visit, with an order or without.
func (v *visit) leave(ctx context.Context) {
	if len(v.who.basket) == 0 {
		return
	}
	if v.rng.Float64() >= v.truth.orders(v.who, v.discount) {
		v.did.Left++
		if v.rng.Float64() < .4 { // the address was given, the rest was not
			v.introduce(ctx)
		}
		return
	}
	if v.rng.Float64() < .8 {
		v.introduce(ctx)
	}
	v.order(ctx)
}

func (v *visit) order(ctx context.Context) {
	products := make([]map[string]any, len(v.who.basket))
	sum := int64(0)
	for i, l := range v.who.basket {
		products[i] = v.shelf.product(l.item, l.quantity)
		sum += v.shelf.items[l.item].Price.Amount * int64(l.quantity)
	}
	err := v.doors.tell(ctx, v.agent(), v.track("Order Completed", map[string]any{
		"order_id": fmt.Sprintf("simulated-%s-%d", v.config.Run, v.number), "revenue": major(sum),
		"currency": v.shelf.items[v.who.basket[0].item].Price.Currency, "products": products, "simulated": true,
	}))
	if v.failed(err) {
		return
	}
	v.did.Orders++
	v.did.Revenue += sum
	v.who.orders++
	v.who.basket = nil
}

// introduce makes a stranger known: an account and an e-mail address, with consent to be written to.
func (v *visit) introduce(ctx context.Context) {
	if v.who.userID != "" {
		return
	}
	id := fmt.Sprintf("simulated-%s-%d", v.config.Run, v.number)
	e := v.event("identify", "")
	e["userId"] = id
	e["traits"] = map[string]any{
		"firstName": history.FirstName(v.who.locale, id), "email": id + "@shop.example", "simulated": true, "locale": v.who.locale, "timezone": v.who.zone,
		"consents": []map[string]any{{"purpose": "marketing", "channel": "email", "granted": true, "source": "simulated visit", "wording": "2026-01"}},
	}
	if v.failed(v.doors.tell(ctx, v.agent(), e)) {
		return
	}
	v.who.userID, v.who.email = id, id+"@shop.example"
	v.did.Identified++
}

func (v *visit) failed(err error) bool {
	if err != nil {
		v.did.Errors++
	}
	return err != nil
}

func (v *visit) agent() string { return userAgents[v.who.device] }

func (v *visit) track(name string, properties map[string]any) event {
	e := v.event("track", name)
	e["properties"] = properties
	return e
}

// event is the envelope of an event of this visitor. It says that it is simulated.
func (v *visit) event(kind, name string) event {
	v.told++
	e := event{
		"type": kind, "messageId": fmt.Sprintf("simulated-%s-%d-%d", v.config.Run, v.number, v.told),
		"timestamp": v.config.Now().UTC().Format("2006-01-02T15:04:05.000Z"),
		"context": map[string]any{
			"library": map[string]any{"name": "aparte-demo-world", "version": "1"},
			"locale":  v.who.locale, "timezone": v.who.zone, "userAgent": v.agent(),
		},
	}
	if v.who.userID != "" {
		e["userId"] = v.who.userID
	}
	if v.who.anonymousID != "" {
		e["anonymousId"] = v.who.anonymousID
	}
	switch {
	case kind == "track":
		e["event"] = name
	case name != "":
		e["name"] = name
	}
	return e
}
