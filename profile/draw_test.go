package profile

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"pgregory.net/rapid"

	"github.com/aparte-dev/aparte"
)

// drawEvents draws events of a shop within 60 days, in order of time, each at its own millisecond.
func drawEvents(t *rapid.T) []*aparte.Event {
	at := noon
	orders := 0
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) *aparte.Event {
		at = at.Add(time.Duration(rapid.Int64Range(1, int64(2*day/time.Millisecond)).Draw(t, "later")) * time.Millisecond)
		name := rapid.SampledFrom([]string{
			productViewed, productListViewed, productsSearched, productAdded, productRemoved, productWished, cartViewed,
			checkoutStarted, orderCompleted, orderRefunded, aparte.EventExposed, aparte.EventClicked, aparte.EventDismissed, "Something Else",
		}).Draw(t, "name")
		sku := rapid.IntRange(0, 9).Draw(t, "sku")
		switch name {
		case orderCompleted:
			orders++
			currency := rapid.SampledFrom([]string{"EUR", "EUR", "GBP"}).Draw(t, "currency")
			return track(at, name, fmt.Sprintf(`{"order_id": "o-%d", "revenue": 100, "currency": %q, "products": [{"product_id": "sku-%d"}, {"sku": "sku-%d"}]}`,
				orders, currency, sku, sku+1))
		case orderRefunded:
			return track(at, name, fmt.Sprintf(`{"order_id": "o-%d", "total": "%d.05", "currency": "EUR"}`, rapid.IntRange(1, 10).Draw(t, "order"), rapid.IntRange(0, 120).Draw(t, "total")))
		case aparte.EventExposed, aparte.EventClicked:
			return track(at, name, fmt.Sprintf(`{"decision": "d_%032x_%x", "content": "hero", "channel": "email"}`, sku, sku+1))
		case productListViewed:
			return track(at, name, fmt.Sprintf(`{"category": "category-%d"}`, sku))
		}
		return track(at, name, fmt.Sprintf(`{"product_id": "sku-%d", "query": "shoes"}`, sku))
	}), 0, 60).Draw(t, "events")
}

// drawPerson draws any person that the record can hold: nothing about it need make sense.
func drawPerson(t *rapid.T) aparte.Person {
	id := drawID.Draw(t, "id")
	p := aparte.Person{
		ID: id, MergedInto: rapid.SampledFrom([]aparte.PersonID{{}, {1}}).Draw(t, "merged"), Seq: rapid.Uint64().Draw(t, "seq"),
		FirstSeen: drawTime.Draw(t, "first"), LastSeen: drawTime.Draw(t, "last"),
		Goodwill: aparte.Goodwill{Value: rapid.Float64Range(0, 1).Draw(t, "goodwill"), At: drawTime.Draw(t, "worn")},
		Locale:   rapid.SampledFrom([]string{"", "fr-FR"}).Draw(t, "locale"), Zone: rapid.SampledFrom([]string{"", "Europe/Paris"}).Draw(t, "zone"),
		Device:   rapid.SampledFrom([]string{"", desktop, "fridge"}).Draw(t, "device"),
		Absorbed: rapid.SliceOfN(drawID, 0, 3).Draw(t, "absorbed"), Formerly: rapid.SliceOfN(drawID, 0, 3).Draw(t, "formerly"), RecentIDs: rapid.SliceOfN(rapid.Uint64(), 0, 5).Draw(t, "recent"),
	}
	if since := drawTime.Draw(t, "watched since"); !since.IsZero() {
		share := rapid.Float64Range(0, 1)
		p.Watch = aparte.Watch{Since: since, Goodwill: share.Draw(t, "watched"), Lost: share.Draw(t, "lost"), Earned: drawNumber.Draw(t, "earned")}
	}
	p.Return.Before = rapid.IntRange(0, aparte.ReturnDays+1).Draw(t, "days before")
	if since := drawTime.Draw(t, "returns since"); !since.IsZero() {
		p.Return.Since, p.Return.Days = since, rapid.Uint16Range(0, 1<<aparte.ReturnDays-1).Draw(t, "days")
		p.Return.Aside, p.Return.Earned = drawNumber.Draw(t, "aside"), drawNumber.Draw(t, "brought")
	}
	for hour := range uint8(hoursAWeek) {
		if len(p.Rhythm.Beats) < aparte.MaxBeats && rapid.IntRange(0, 20).Draw(t, "beats") == 0 {
			p.Rhythm.At = noon
			p.Rhythm.Beats = append(p.Rhythm.Beats, aparte.Beat{Hour: hour, Weight: rapid.Float32Range(0, 1e6).Draw(t, "weight")})
		}
	}
	if all := rapid.SliceOfDistinct(drawText, rapid.ID[string]).Draw(t, "categories"); len(all) > 0 {
		all = all[:min(len(all), aparte.MaxCadences)]
		slices.Sort(all)
		sum := rapid.Float32Range(0, 1e6)
		for _, category := range all {
			p.Cadences = append(p.Cadences, aparte.Cadence{
				Category: category, LastAt: drawTime.Draw(t, "last bought"), Weight: sum.Draw(t, "weight"), Logs: sum.Draw(t, "logs"), Squares: sum.Draw(t, "squares"),
			})
		}
	}
	p.Stages = rapid.SliceOfN(rapid.Custom(func(t *rapid.T) aparte.Stage {
		return aparte.Stage{Name: drawWord(stageWords).Draw(t, "stage"), Since: drawTime.Draw(t, "since")}
	}), 0, aparte.MaxStages).Draw(t, "stages")
	p.Points = rapid.SliceOfN(rapid.Custom(func(t *rapid.T) aparte.Points {
		return aparte.Points{
			Objective: rapid.Uint64().Draw(t, "objective"), HalfLife: time.Duration(rapid.IntRange(0, maxHalfLife).Draw(t, "half-life")) * time.Second,
			Value: drawNumber.Draw(t, "points"), At: drawTime.Draw(t, "scored"),
		}
	}), 0, aparte.MaxPoints).Draw(t, "points")
	p.Journey.Touches = slice(t, "touches", func(t *rapid.T) aparte.Touch {
		return aparte.Touch{At: drawTime.Draw(t, "met"), Channel: drawText.Draw(t, "channel"), What: drawText.Draw(t, "what"), Device: drawWord(touchDevices).Draw(t, "on")}
	})
	p.Journey.Reached = slice(t, "reached", func(t *rapid.T) aparte.Reached {
		return aparte.Reached{Objective: rapid.Uint64().Draw(t, "objective"), At: drawTime.Draw(t, "when")}
	})
	p.Audiences = slice(t, "audiences", func(t *rapid.T) aparte.AudienceKey {
		return aparte.AudienceKey(rapid.Uint32Max(1<<24-1).Draw(t, "audience"))
	})
	slices.Sort(p.Audiences)
	p.Fences = slice(t, "fences", func(t *rapid.T) aparte.Fence {
		return aparte.Fence{
			Place: aparte.PlaceID(drawText.Draw(t, "place")), Since: drawTime.Draw(t, "came"), Seen: drawTime.Draw(t, "heard of"), Dwelled: rapid.Bool().Draw(t, "stayed"),
		}
	})
	if p.Goodwill.At.IsZero() {
		p.Goodwill = aparte.Goodwill{}
	}
	p.Identifiers = slice(t, "identifiers", func(t *rapid.T) aparte.Identifier {
		return aparte.Identifier{Kind: aparte.IdentifierKind(drawWord(kindWords).Draw(t, "kind")), Value: drawText.Draw(t, "value")}
	})
	p.Traits = slice(t, "traits", drawTrait)
	p.Consents = slice(t, "consents", func(t *rapid.T) aparte.Consent {
		return aparte.Consent{
			Purpose: aparte.Purpose(drawWord(purposeWords).Draw(t, "purpose")), Channel: drawChannel(t), Granted: rapid.Bool().Draw(t, "granted"),
			Source: drawText.Draw(t, "source"), Wording: drawText.Draw(t, "wording"), At: drawTime.Draw(t, "at"),
		}
	})
	p.Counters = slice(t, "counters", func(t *rapid.T) aparte.Counter {
		return aparte.Counter{Name: drawWord(counterNames).Draw(t, "name"), Value: drawNumber.Draw(t, "value"), At: drawTime.Draw(t, "at")}
	})
	p.Affinities = slice(t, "affinities", drawAffinity)
	p.Orders = aparte.Orders{
		Count: rapid.Int64().Draw(t, "count"), Revenue: drawMoney(t), FirstAt: drawTime.Draw(t, "first"), LastAt: drawTime.Draw(t, "last"),
		Items: slice(t, "items", func(t *rapid.T) aparte.ItemID { return aparte.ItemID(drawText.Draw(t, "item")) }),
		Recent: slice(t, "orders", func(t *rapid.T) aparte.Order {
			return aparte.Order{ID: rapid.Uint64().Draw(t, "id"), Left: rapid.Int64().Draw(t, "left"), Currency: rapid.SampledFrom([]string{"", "", "USD", "GBP"}).Draw(t, "of"), At: drawTime.Draw(t, "placed")}
		}),
		OtherRevenue: slice(t, "others", drawMoney),
	}
	p.Session = aparte.Session{
		StartedAt: drawTime.Draw(t, "started"), LastAt: drawTime.Draw(t, "last"), Count: rapid.Int64().Draw(t, "count"),
		Pages: rapid.Int64().Draw(t, "pages"), Intents: slice(t, "intents", drawAffinity), LastItem: "sku-1", Dwell: rapid.Int64().Draw(t, "dwell"), ItemDwell: rapid.Int64().Draw(t, "seconds"), Search: drawText.Draw(t, "search"),
	}
	p.Cart = aparte.Cart{UpdatedAt: drawTime.Draw(t, "cart"), Lines: slice(t, "lines", func(t *rapid.T) aparte.CartLine {
		return aparte.CartLine{Item: aparte.ItemID(drawText.Draw(t, "item")), Quantity: rapid.Int64().Draw(t, "n"), Price: drawMoney(t)}
	})}
	p.Said = slice(t, "said", func(t *rapid.T) aparte.Said {
		return aparte.Said{
			Decision: drawDecision(t, id), Parent: drawDecision(t, id), Content: aparte.ContentID(drawText.Draw(t, "content")),
			Item: aparte.ItemID(drawText.Draw(t, "item")), Channel: drawChannel(t), Slot: drawText.Draw(t, "slot"),
			At: drawTime.Draw(t, "at"), Seen: rapid.Int64().Draw(t, "seen"), Clicked: rapid.Bool().Draw(t, "clicked"),
		}
	})
	p.Open = slice(t, "open", func(t *rapid.T) aparte.Open {
		return aparte.Open{
			Decision: drawDecision(t, id), Silence: drawText.Draw(t, "silence"), Objective: aparte.ObjectiveID(drawText.Draw(t, "objective")),
			At: drawTime.Draw(t, "at"), Due: drawTime.Draw(t, "due"), Reward: drawNumber.Draw(t, "reward"), Unpaired: rapid.Bool().Draw(t, "unpaired"),
		}
	})
	p.Timers = slice(t, "timers", func(t *rapid.T) aparte.Timer {
		return aparte.Timer{Name: drawText.Draw(t, "name"), Due: drawTime.Draw(t, "due"), Gen: rapid.Uint64().Draw(t, "gen")}
	})
	p.Trials = slice(t, "trials", func(t *rapid.T) aparte.Trial {
		return aparte.Trial{
			Number: rapid.Uint64().Draw(t, "number"), Holdout: rapid.IntRange(0, 100).Draw(t, "holdout"), Objective: rapid.IntRange(0, 100).Draw(t, "objective"),
			Held: rapid.Bool().Draw(t, "held"), Since: drawTime.Draw(t, "since"), Value: rapid.Int64().Draw(t, "value"),
		}
	})
	return p
}

var (
	drawNumber = rapid.Float64Range(-1e12, 1e12)
	drawText   = rapid.OneOf(rapid.SampledFrom([]string{"", "a", "welcome-hero", "été"}), rapid.StringN(0, 20, 200))
	drawID     = rapid.Custom(func(t *rapid.T) (id aparte.PersonID) {
		copy(id[:], rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "bytes"))
		return id
	})
	drawTime = rapid.Custom(func(t *rapid.T) time.Time {
		if rapid.IntRange(0, 5).Draw(t, "zero") == 0 {
			return time.Time{}
		}
		return time.UnixMicro(rapid.Int64Range(-1e15, 4e15).Draw(t, "us")).UTC()
	})
)

func slice[T any](t *rapid.T, label string, draw func(*rapid.T) T) []T {
	return rapid.SliceOfN(rapid.Custom(draw), 0, 25).Draw(t, label)
}

func drawWord(vocabulary []string) *rapid.Generator[string] {
	return rapid.OneOf(rapid.SampledFrom(vocabulary), drawText)
}

func drawChannel(t *rapid.T) aparte.Channel {
	return aparte.Channel(drawWord(channelWords).Draw(t, "channel"))
}

func drawMoney(t *rapid.T) aparte.Money {
	return aparte.Money{Amount: rapid.Int64().Draw(t, "amount"), Currency: rapid.SampledFrom([]string{"", "EUR", "GBP"}).Draw(t, "currency")}
}

func drawDecision(t *rapid.T, self aparte.PersonID) aparte.DecisionID {
	return aparte.DecisionID{
		Person: rapid.SampledFrom([]aparte.PersonID{self, {}, {9}}).Draw(t, "person"),
		Seq:    rapid.OneOf(rapid.Uint64Range(0, 3), rapid.Uint64()).Draw(t, "seq"),
	}
}

func drawAffinity(t *rapid.T) aparte.Affinity {
	return aparte.Affinity{
		Kind: aparte.AffinityKind(drawWord(affinityWords).Draw(t, "kind")), Key: drawText.Draw(t, "key"),
		Weight: drawNumber.Draw(t, "weight"), At: drawTime.Draw(t, "at"),
	}
}

func drawTrait(t *rapid.T) aparte.Trait {
	v := rapid.OneOf(
		rapid.Just(aparte.Value{}), rapid.Map(drawText, aparte.TextValue), rapid.Map(drawNumber, aparte.NumberValue),
		rapid.Map(rapid.Bool(), aparte.BoolValue), rapid.Just(aparte.Value{Kind: aparte.JSON, Str: "[1,2]"}),
	).Draw(t, "value")
	return aparte.Trait{
		Name: drawText.Draw(t, "name"), Value: v, At: drawTime.Draw(t, "at"),
		Provenance: rapid.SampledFrom([]aparte.Provenance{aparte.Declared, aparte.Observed, aparte.Inferred, aparte.BoughtIn}).Draw(t, "provenance"),
	}
}

// maximal is a person of whom every list is full of the longest texts that events can bring, before
// fit; the engine's lists included.
func maximal() aparte.Person {
	long := func(n, i int) string { return fmt.Sprintf("%04d", i) + strings.Repeat("x", n-4) }
	at := func(i int) time.Time { return noon.Add(time.Duration(i*i) * 7919 * time.Second) }
	far := time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC)
	p := aparte.Person{
		ID: aparte.PersonID{1}, MergedInto: aparte.PersonID{2}, Seq: 1 << 63, FirstSeen: far, LastSeen: noon,
		Locale: long(35, 0), Zone: long(64, 0), Device: desktop, Goodwill: aparte.Goodwill{Value: 0.3, At: far},
	}
	for i := range aparte.MaxIdentifiers {
		p.Identifiers = append(p.Identifiers, aparte.Identifier{Kind: aparte.KindAnonymousID, Value: long(maxIdentifier, i)})
	}
	for i := range aparte.MaxTraits {
		p.Traits = append(p.Traits, aparte.Trait{Name: long(maxTraitName, i), Value: aparte.TextValue(long(maxTraitValue, i)), At: at(i)})
	}
	for _, purpose := range purposeWords {
		for i, channel := range channelWords {
			if purpose == string(aparte.Location) && channel != "" {
				continue // of which there is one answer
			}
			p.Consents = append(p.Consents, aparte.Consent{
				Purpose: aparte.Purpose(purpose), Channel: aparte.Channel(channel), Source: long(maxSource, i), Wording: long(maxSource, i+99), At: at(i),
			})
		}
	}
	for i, name := range slices.Sorted(slices.Values(counterNames)) {
		p.Counters = append(p.Counters, aparte.Counter{Name: name, Value: 1.0 / 3, At: at(i)})
	}
	for i := range aparte.MaxAffinities {
		p.Affinities = append(p.Affinities, aparte.Affinity{Kind: aparte.ItemAffinity, Key: long(maxWord, i), Weight: 1.0 / 3, At: at(i)})
	}
	for i := range aparte.MaxLeanings {
		p.Affinities = append(p.Affinities, aparte.Affinity{Kind: aparte.ToneAffinity, Key: long(maxLeaning, i), Weight: 1.0 / 3, At: at(i)})
	}
	p.Orders = aparte.Orders{Count: 1 << 62, Revenue: aparte.Money{Amount: 1 << 62, Currency: "EUR"}, FirstAt: far, LastAt: noon}
	for i := range aparte.MaxOrders {
		p.Orders.Items = append(p.Orders.Items, aparte.ItemID(long(maxWord, i)))
		p.Orders.Recent = append(p.Orders.Recent, aparte.Order{ID: 1 << 63, Left: maxAmount, Currency: []string{"", "USD", "GBP", "JPY", "CHF"}[i%5], At: at(i)})
	}
	for _, currency := range []string{"CHF", "GBP", "JPY", "USD"} {
		p.Orders.OtherRevenue = append(p.Orders.OtherRevenue, aparte.Money{Amount: 1 << 62, Currency: currency})
	}
	p.Watch = aparte.Watch{Since: far, Goodwill: 1.0 / 3, Lost: 1.0 / 3, Earned: 1.0 / 3}
	p.Return = aparte.Return{Since: far, Days: 1<<aparte.ReturnDays - 1, Aside: 1.0 / 3, Earned: 1.0 / 3, Before: aparte.ReturnDays + 1}
	p.Rhythm.At = far
	for i := range aparte.MaxCadences {
		p.Cadences = append(p.Cadences, aparte.Cadence{Category: long(maxWord, i), LastAt: at(i), Weight: 1.0 / 3, Logs: 1.0 / 3, Squares: 1.0 / 3})
	}
	for i := range aparte.MaxStages {
		p.Stages = append(p.Stages, aparte.Stage{Name: aparte.WonBack, Since: at(i)})
	}
	for i := range aparte.MaxPoints {
		p.Points = append(p.Points, aparte.Points{Objective: 1<<64 - 1, HalfLife: maxHalfLife * time.Second, Value: 1.0 / 3, At: at(i)})
	}
	for i := range aparte.MaxTouches {
		p.Journey.Touches = append(p.Journey.Touches, aparte.Touch{At: at(i), Channel: long(aparte.MaxTouchChannel, i), What: long(maxWord, i), Device: tablet})
	}
	for i := range aparte.MaxReached {
		p.Journey.Reached = append(p.Journey.Reached, aparte.Reached{Objective: 1 << 63, At: at(i)})
	}
	for i := range aparte.MaxAudiences {
		p.Audiences = append(p.Audiences, aparte.AudienceKey(i+1)*167_000)
	}
	for i := range aparte.MaxFences {
		p.Fences = append(p.Fences, aparte.Fence{Place: aparte.PlaceID(long(aparte.MaxPlaceID, i)), Since: at(i), Seen: at(i + 100), Dwelled: true})
	}
	for i := range aparte.MaxBeats {
		p.Rhythm.Beats = append(p.Rhythm.Beats, aparte.Beat{Hour: uint8(135 + i), Weight: 1.0 / 3})
	}
	p.Session = aparte.Session{StartedAt: far, LastAt: noon, Count: 1 << 62, Pages: 1 << 62, Dwell: maxDwell, ItemDwell: maxDwell, LastItem: aparte.ItemID(long(maxWord, 1)), Search: long(maxSearch, 1)}
	p.Session.Intents = slices.Clone(p.Affinities[:aparte.MaxIntents])
	p.Cart.UpdatedAt = far
	for i := range aparte.MaxCartLines {
		p.Cart.Lines = append(p.Cart.Lines, aparte.CartLine{Item: aparte.ItemID(long(maxWord, i)), Quantity: maxQuantity, Price: aparte.Money{Amount: maxAmount, Currency: fmt.Sprintf("C%02d", i)}})
	}
	for i := range aparte.MaxMemory {
		p.Said = append(p.Said, aparte.Said{
			Decision: aparte.DecisionID{Person: aparte.PersonID{byte(i), 3}, Seq: uint64(i%2) << 63}, Parent: aparte.DecisionID{Person: aparte.PersonID{byte(i), 4}, Seq: 1 << 62},
			Content: aparte.ContentID(long(maxWord, i)), Item: aparte.ItemID(long(maxWord, i)), Channel: aparte.Webhook, Slot: long(maxWord, i), At: at(i), Seen: 1 << 62, Clicked: true,
		})
	}
	for i := range aparte.MaxOpen {
		p.Open = append(p.Open, aparte.Open{
			Decision: aparte.DecisionID{Person: aparte.PersonID{byte(i), 3}, Seq: uint64(i%2) << 63}, Objective: aparte.ObjectiveID(long(48, i)), Silence: long(48, i),
			At: at(i), Due: at(i + 1000), Reward: 1.0 / 3,
		})
		p.Timers = append(p.Timers, aparte.Timer{Name: long(80, i), Due: at(i), Gen: uint64(i%2) << 63})
		p.RecentIDs = append(p.RecentIDs, 1<<63+uint64(i))
		for j := range 4 {
			p.Trials = append(p.Trials, aparte.Trial{Number: uint64(j%2) << 63, Holdout: 100, Objective: 100, Held: true, Since: at(i), Value: 1 << 62})
		}
		p.Absorbed = append(p.Absorbed, aparte.PersonID{byte(i), 5}, aparte.PersonID{byte(i), 6})
		if i < aparte.MaxFormerly {
			p.Formerly = append(p.Formerly, aparte.PersonID{byte(i), 7})
		}
	}
	return p
}
