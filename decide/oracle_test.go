package decide

import (
	"slices"
	"time"

	"pgregory.net/rapid"

	"github.com/aparte-dev/aparte"
)

// somebody draws a person in any state that matters to eligibility.
func somebody(t *rapid.T) *aparte.Person {
	p := &aparte.Person{ID: aparte.PersonID{byte(rapid.IntRange(0, 255).Draw(t, "id")), 9}}
	for _, kind := range []aparte.IdentifierKind{aparte.KindEmail, aparte.KindPhone, aparte.KindUserID} {
		if rapid.Bool().Draw(t, string(kind)) {
			p.Identifiers = append(p.Identifiers, aparte.Identifier{Kind: kind, Value: "x"})
		}
	}
	for _, purpose := range []aparte.Purpose{aparte.Marketing, aparte.Profiling, aparte.Service} {
		for _, channel := range []aparte.Channel{"", aparte.Email, aparte.Web} {
			if answer := rapid.SampledFrom([]string{"none", "none", "yes", "yes", "yes", "yes", "no"}).Draw(t, "consent"); answer != "none" {
				p.Consents = append(p.Consents, aparte.Consent{Purpose: purpose, Channel: channel, Granted: answer == "yes"})
			}
		}
	}
	if v := rapid.SampledFrom([]aparte.Value{{}, aparte.TextValue("FR"), aparte.TextValue("GB"), aparte.NumberValue(3)}).Draw(t, "country"); true {
		p.Traits = []aparte.Trait{{Name: "country", Value: v, Provenance: rapid.SampledFrom([]aparte.Provenance{aparte.Declared, aparte.BoughtIn}).Draw(t, "provenance")}}
	}
	for _, wish := range []struct {
		name string
		may  []aparte.Value
	}{
		{aparte.WishNo + "article", []aparte.Value{{}, aparte.BoolValue(true), aparte.BoolValue(false), aparte.TextValue("true")}},
		{aparte.WishNo + "product", []aparte.Value{{}, aparte.BoolValue(true)}},
		{aparte.WishNo + "service", []aparte.Value{{}, aparte.BoolValue(true)}},
		{aparte.WishPause, []aparte.Value{{}, aparte.TextValue(noon.Add(100 * time.Hour).Format(time.RFC3339)), aparte.TextValue("soon")}},
		{aparte.WishWeekly, []aparte.Value{{}, aparte.NumberValue(0), aparte.NumberValue(2), aparte.NumberValue(-1)}},
	} {
		if rapid.IntRange(0, 3).Draw(t, "wishes "+wish.name) == 0 {
			p.Traits = append(p.Traits, aparte.Trait{
				Name: wish.name, Value: rapid.SampledFrom(wish.may).Draw(t, wish.name),
				Provenance: rapid.SampledFrom([]aparte.Provenance{aparte.Declared, aparte.Declared, aparte.Inferred}).Draw(t, "whose wish"),
			})
		}
	}
	items := rapid.SliceOfN(rapid.SampledFrom([]aparte.ItemID{"i00", "i02", "i03", "i07", "i13", "i40", "i47", "i34", "gone"}), 0, 4)
	p.Orders.Items = items.Draw(t, "bought")
	p.Orders.Revenue = money(rapid.SampledFrom([]int64{0, 20000}).Draw(t, "revenue"))
	for _, id := range items.Draw(t, "basket") {
		p.Cart.Lines = append(p.Cart.Lines, aparte.CartLine{Item: id, Quantity: 1})
	}
	p.Session.LastItem = rapid.SampledFrom([]aparte.ItemID{"", "i00", "i02", "i07", "i40", "i59", "gone"}).Draw(t, "last item")
	p.Session.ItemDwell = rapid.SampledFrom([]int64{0, 45}).Draw(t, "seconds")
	for range rapid.IntRange(0, 10).Draw(t, "said") {
		p.Said = append(p.Said, aparte.Said{
			Content: rapid.SampledFrom([]aparte.ContentID{"ten-off", "last-look", "spring", "care"}).Draw(t, "content"),
			Channel: rapid.SampledFrom([]aparte.Channel{aparte.Email, aparte.Email, aparte.Web, aparte.SMS}).Draw(t, "channel"),
			Slot:    rapid.SampledFrom([]string{"email", "hero", "sms", ""}).Draw(t, "slot"),
			At:      noon.Add(-time.Duration(rapid.IntRange(-15, 12).Draw(t, "days")) * day),
			Seen:    1,
		})
	}
	if rapid.Bool().Draw(t, "tired") {
		p.Goodwill = aparte.Goodwill{Value: 0.1, At: noon}
	}
	p.Zone = rapid.SampledFrom([]string{"", "Asia/Tokyo", "Europe/Paris", "nonsense"}).Draw(t, "zone")
	return p
}

func something(t *rapid.T, p *aparte.Person) *Question {
	q := &Question{
		Person: p, Seed: rapid.Uint64().Draw(t, "seed"), Model: rapid.Uint64Range(0, 10_000).Draw(t, "model"),
		Slot:          rapid.SampledFrom([]string{"hero", "side", "email", "sms", "elsewhere"}).Draw(t, "slot"),
		Scenario:      rapid.SampledFrom([]aparte.ScenarioID{"", "basket"}).Draw(t, "scenario"),
		Fixed:         rapid.Bool().Draw(t, "fixed"),
		MaxCandidates: rapid.SampledFrom([]int{0, 2, 5, 17, 400}).Draw(t, "most"),
		Moment: aparte.Moment{
			Trigger: rapid.SampledFrom([]string{"request", "open"}).Draw(t, "trigger"),
			Channel: rapid.SampledFrom([]aparte.Channel{aparte.Web, aparte.Email, aparte.SMS, aparte.InApp}).Draw(t, "channel"),
			At:      noon.Add(time.Duration(rapid.IntRange(-400, 400).Draw(t, "hours")) * time.Hour),
			Context: aparte.Context{Item: rapid.SampledFrom([]aparte.ItemID{"", "i00", "i02", "i07"}).Draw(t, "page")},
		},
	}
	if rapid.IntRange(0, 4).Draw(t, "only") == 0 {
		q.Only = []aparte.ContentID{"picks", "ten-off"}
	}
	if rapid.IntRange(0, 4).Draw(t, "except") == 0 {
		q.Except = []aparte.ContentID{"picks", "care"}
	}
	return q
}

// oracle says for each content that may be said on the surface why it may not, in the plainest way. For
// recommended items it says "some": which ones is retrieval's affair.
type oracle struct {
	b *aparte.Brand
	q *Question
	p *aparte.Person
}

func (o oracle) all() map[aparte.ContentID][]aparte.ReasonCode {
	told := make(map[aparte.ContentID][]aparte.ReasonCode)
	for i := range o.b.Contents {
		c := &o.b.Contents[i]
		if o.surface(c) && (len(o.q.Only) == 0 || slices.Contains(o.q.Only, c.ID)) && !slices.Contains(o.q.Except, c.ID) &&
			(len(c.Scenarios) == 0 || slices.Contains(c.Scenarios, o.q.Scenario)) {
			told[c.ID] = o.reasons(c)
		}
	}
	return told
}

func (o oracle) surface(c *aparte.Content) bool {
	ch := o.q.Moment.Channel
	if !slices.Contains(c.Channels, ch) || len(c.Slots) > 0 && !slices.Contains(c.Slots, o.q.Slot) {
		return false
	}
	for _, l := range o.b.Layouts {
		if slices.Contains(c.Layouts, l.ID) && slices.Contains(l.Channels, ch) && (len(l.Slots) == 0 || slices.Contains(l.Slots, o.q.Slot)) {
			return true
		}
	}
	return len(c.Layouts) == 0 || ch == aparte.SMS
}

// reasons are the reasons any of which may be given; "" is eligible.
func (o oracle) reasons(c *aparte.Content) []aparte.ReasonCode {
	now := o.q.Moment.At
	one := func(r aparte.ReasonCode) []aparte.ReasonCode { return []aparte.ReasonCode{r} }
	if c.ID == "spring" && (now.Before(c.From) || !now.Before(c.Until)) {
		return one(aparte.OutsideValid)
	}
	if r := o.address(c); r != "" {
		return one(r)
	}
	if c.Purpose == aparte.Marketing && o.wishes(aparte.WishNo+c.Kind) == aparte.BoolValue(true) {
		return one(aparte.KindUnwanted)
	}
	if o.p.Goodwill.Now(now) <= 0.2 {
		return one(aparte.RuleSaidNo)
	}
	if c.ID == "bonjour" {
		switch tr := o.p.Traits[0]; {
		case tr.Value.Kind == aparte.Null || tr.Provenance == aparte.BoughtIn:
			return one(aparte.RuleFailed)
		case tr.Value != aparte.TextValue("FR"):
			return one(aparte.RuleSaidNo)
		}
	}
	if o.worn(c) {
		return one(aparte.RuleSaidNo)
	}
	items, why := o.items(c)
	if c.Items == aparte.Recommended { // at least what sells best is there, unless the rule on stock forbids it
		return []aparte.ReasonCode{o.disturb(c), aparte.RuleSaidNo}
	}
	if c.Items != aparte.NoItems && len(items) == 0 {
		return one(why)
	}
	return one(o.disturb(c))
}

func (o oracle) address(c *aparte.Content) aparte.ReasonCode {
	var granted, told bool
	for _, ch := range []aparte.Channel{"", o.q.Moment.Channel} {
		for _, k := range o.p.Consents {
			if k.Purpose == c.Purpose && k.Channel == ch {
				granted, told = k.Granted, true
			}
		}
	}
	kinds := map[aparte.Channel]aparte.IdentifierKind{aparte.Email: aparte.KindEmail, aparte.SMS: aparte.KindPhone}
	has := func(kind aparte.IdentifierKind) bool {
		return slices.ContainsFunc(o.p.Identifiers, func(i aparte.Identifier) bool { return i.Kind == kind })
	}
	switch {
	case told && !granted:
		return aparte.Suppressed
	case o.reaching() && c.Purpose == aparte.Marketing && !told:
		return aparte.NoConsent
	case o.reaching() && !has(kinds[o.q.Moment.Channel]):
		return aparte.NotReachable
	}
	return ""
}

func (o oracle) reaching() bool {
	return (o.q.Moment.Channel == aparte.Email || o.q.Moment.Channel == aparte.SMS) && o.q.Moment.Trigger != "open"
}

func (o oracle) worn(c *aparte.Content) bool {
	n := 0
	for _, s := range o.p.Said {
		if s.Content == c.ID {
			n++
		}
	}
	return n >= 5 && (c.ID == "last-look" || c.ID == "ten-off")
}

// items are the items a content may speak of, or why there are none.
func (o oracle) items(c *aparte.Content) (fit []aparte.ItemID, why aparte.ReasonCode) {
	profiled := true
	for _, k := range o.p.Consents { // in order: the channel's own answer comes after the one for all
		if k.Purpose == aparte.Profiling && (k.Channel == "" || k.Channel == o.q.Moment.Channel) {
			profiled = k.Granted
		}
	}
	var from []aparte.ItemID
	switch c.Items {
	case aparte.LastViewed:
		if profiled {
			from = []aparte.ItemID{o.p.Session.LastItem}
		}
	case aparte.OnPage:
		from = []aparte.ItemID{o.q.Moment.Context.Item}
	case aparte.InCart:
		for i := len(o.p.Cart.Lines) - 1; i >= 0; i-- {
			from = append(from, o.p.Cart.Lines[i].Item)
		}
	case aparte.BoughtBefore:
		if profiled {
			from = o.p.Orders.Items
		}
	}
	why = aparte.NoItem
	for _, id := range from {
		i := slices.IndexFunc(o.b.Items, func(it aparte.Item) bool { return it.ID == id })
		if i < 0 {
			continue
		}
		it := &o.b.Items[i]
		reason := aparte.ReasonCode("")
		switch {
		case it.Stock == 0:
			reason = aparte.OutOfStock
		case (c.Items == aparte.LastViewed || c.Items == aparte.InCart) && slices.Contains(o.p.Orders.Items, id):
			reason = aparte.AlreadyBought
		case it.Stock < 3, c.ID == "last-look" && it.Price.Amount > 5000 && o.p.Orders.Revenue.Amount <= 10000:
			reason = aparte.RuleSaidNo
		}
		if reason == "" {
			fit = append(fit, id)
		} else if why == aparte.NoItem {
			why = reason
		}
	}
	return fit, why
}

func (o oracle) disturb(c *aparte.Content) aparte.ReasonCode {
	zone := "Europe/London"
	if o.p.Zone != "" && o.p.Zone != "nonsense" {
		zone = o.p.Zone
	}
	loc, err := time.LoadLocation(zone)
	if err != nil {
		panic(err)
	}
	hour := o.q.Moment.At.In(loc).Hour()
	if o.reaching() && (hour >= 21 || hour < 8) {
		return aparte.QuietHours
	}
	if c.Purpose == aparte.Service {
		return ""
	}
	if o.reaching() {
		if v := o.wishes(aparte.WishPause); v.Kind == aparte.Text && v.Str != "soon" && o.q.Moment.At.Before(noon.Add(100*time.Hour)) {
			return aparte.Paused
		}
		if v := o.wishes(aparte.WishWeekly); v.Kind == aparte.Number && v.Num >= 0 && o.thisWeek() >= int(v.Num) {
			return aparte.EnoughWeekly
		}
	}
	if o.q.Moment.Trigger != "open" && o.overCap() {
		return aparte.PressureCap
	}
	if unit(mix(mix(1, "holdout"), string(o.p.ID[:]))) < o.b.Holdout {
		return aparte.InHoldout
	}
	return ""
}

// wishes is what the person declared under a name.
func (o oracle) wishes(name string) aparte.Value {
	for _, t := range o.p.Traits {
		if t.Name == name && t.Provenance == aparte.Declared {
			return t.Value
		}
	}
	return aparte.Value{}
}

// thisWeek is how many messages reached out.
func (o oracle) thisWeek() (n int) {
	for _, s := range o.p.Said {
		if s.Content != "care" && s.Channel != aparte.Web && (s.Slot == "" || s.Slot == string(s.Channel)) && o.q.Moment.At.Sub(s.At) < 7*day {
			n++
		}
	}
	return n
}

func (o oracle) overCap() bool {
	var mails, messages, views int
	for _, s := range o.p.Said {
		age := o.q.Moment.At.Sub(s.At)
		message := s.Slot == "" || s.Slot == string(s.Channel)
		switch {
		case s.Channel == aparte.Web && age < day:
			views++
		case s.Channel != aparte.Web && message && age < 7*day:
			messages++
			if s.Channel == aparte.Email {
				mails++
			}
		}
	}
	switch o.q.Moment.Channel {
	case aparte.Email:
		return mails >= 2 || messages >= 4
	case aparte.SMS:
		return messages >= 4
	case aparte.Web:
		return views >= 20
	}
	return false
}
