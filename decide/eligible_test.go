package decide

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
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
	items := rapid.SliceOfN(rapid.SampledFrom([]aparte.ItemID{"i00", "i02", "i03", "i07", "i13", "i40", "i47", "i34", "gone"}), 0, 4)
	p.Orders.Items = items.Draw(t, "bought")
	p.Orders.Revenue = money(rapid.SampledFrom([]int64{0, 20000}).Draw(t, "revenue"))
	for _, id := range items.Draw(t, "basket") {
		p.Cart.Lines = append(p.Cart.Lines, aparte.CartLine{Item: id, Quantity: 1})
	}
	p.Session.LastItem = rapid.SampledFrom([]aparte.ItemID{"", "i00", "i02", "i07", "i40", "i59", "gone"}).Draw(t, "last item")
	for range rapid.IntRange(0, 10).Draw(t, "said") {
		p.Said = append(p.Said, aparte.Said{
			Content: rapid.SampledFrom([]aparte.ContentID{"ten-off", "last-look", "spring"}).Draw(t, "content"),
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
		if o.surface(c) && (len(o.q.Only) == 0 || slices.Contains(o.q.Only, c.ID)) &&
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
	if o.q.Moment.Trigger != "open" && o.overCap() {
		return aparte.PressureCap
	}
	if unit(mix(mix(1, "holdout"), string(o.p.ID[:]))) < o.b.Holdout {
		return aparte.InHoldout
	}
	return ""
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

func TestEligibilityAgainstAnOracle(t *testing.T) {
	b := shop()
	p := plan(t, b)
	rapid.Check(t, func(t *rapid.T) {
		q := something(t, somebody(t))
		for range 5 { // with other seeds, other recommendations and candidates
			q.Seed++
			compare(t, b, p, q)
		}
	})
}

func compare(t *rapid.T, b *aparte.Brand, p *Plan, q *Question) {
	d := p.Decide(q, nil)
	o := oracle{b, q, q.Person}
	want := o.all()
	seen := make(map[aparte.ContentID]aparte.ReasonCode)
	for i, c := range d.Candidates {
		id := c.Action.Content
		if id == "" {
			continue
		}
		allowed, placed := want[id]
		if !placed {
			t.Fatalf("content %s cannot be said here", id)
		}
		if !slices.Contains(allowed, c.Excluded) {
			t.Fatalf("content %s: %q, want one of %q", id, c.Excluded, allowed)
		}
		if before, again := seen[id]; again && (before != "" || c.Excluded != "") {
			t.Fatalf("candidate %d: content %s is told twice, %q and %q", i, id, before, c.Excluded)
		}
		seen[id] = c.Excluded
		checkItem(t, o, c)
	}
	for id, allowed := range want {
		if _, told := seen[id]; !told && (q.MaxCandidates != 2 && q.MaxCandidates != 5 || allowed[0] != "") {
			t.Fatalf("content %s is missing: want one of %q", id, allowed)
		}
	}
}

// Each reason, at its edge.
func TestWhyAContentIsLeftOut(t *testing.T) {
	said := func(n int, ch aparte.Channel, slot string, ago time.Duration) (all []aparte.Said) {
		for range n {
			all = append(all, aparte.Said{Content: "picks", Channel: ch, Slot: slot, At: noon.Add(-ago)})
		}
		return all
	}
	tests := []struct {
		story   string
		content aparte.ContentID
		mail    bool
		change  func(*Question, *aparte.Person)
		want    aparte.ReasonCode
	}{
		{"all is well on the web", "picks", false, nil, ""},
		{"all is well by mail", "picks", true, nil, ""},
		{"not begun", "spring", false, func(q *Question, _ *aparte.Person) { q.Moment.At = noon.Add(-10*day - 1) }, aparte.OutsideValid},
		{"just begun", "spring", false, func(q *Question, _ *aparte.Person) { q.Moment.At = noon.Add(-10 * day) }, ""},
		{"about to end", "spring", false, func(q *Question, _ *aparte.Person) { q.Moment.At = noon.Add(10*day - 1) }, ""},
		{"over", "spring", false, func(q *Question, _ *aparte.Person) { q.Moment.At = noon.Add(10 * day) }, aparte.OutsideValid},
		{"never asked", "picks", true, func(_ *Question, p *aparte.Person) { p.Consents = nil }, aparte.NoConsent},
		{"never asked, but they opened it", "picks", true, func(q *Question, p *aparte.Person) { p.Consents, q.Moment.Trigger = nil, "open" }, ""},
		{"never asked, but on the web", "picks", false, func(_ *Question, p *aparte.Person) { p.Consents = nil }, ""},
		{"unsubscribed", "picks", true, func(_ *Question, p *aparte.Person) { p.Consents[0].Granted = false }, aparte.Suppressed},
		{"no marketing anywhere", "picks", false, func(_ *Question, p *aparte.Person) {
			p.Consents = []aparte.Consent{{Purpose: aparte.Marketing}}
		}, aparte.Suppressed},
		{"service needs no consent", "care", true, func(_ *Question, p *aparte.Person) { p.Consents = nil }, ""},
		{"no e-mail address", "picks", true, func(_ *Question, p *aparte.Person) { p.Identifiers = p.Identifiers[1:] }, aparte.NotReachable},
		{"a rule says no", "picks", false, func(_ *Question, p *aparte.Person) { p.Goodwill = aparte.Goodwill{Value: 0.1, At: noon} }, aparte.RuleSaidNo},
		{"a rule fails", "bonjour", false, func(_ *Question, p *aparte.Person) { p.Traits = nil }, aparte.RuleFailed},
		{"nothing was looked at", "last-look", false, func(_ *Question, p *aparte.Person) { p.Session.LastItem = "" }, aparte.NoItem},
		{"what was looked at left the catalogue", "last-look", false, func(_ *Question, p *aparte.Person) { p.Session.LastItem = "gone" }, aparte.NoItem},
		{"sold out", "last-look", false, func(_ *Question, p *aparte.Person) { p.Session.LastItem = "i13" }, aparte.OutOfStock},
		{"bought meanwhile", "last-look", false, func(_ *Question, p *aparte.Person) { p.Orders.Items = []aparte.ItemID{"i06"} }, aparte.AlreadyBought},
		{"too few left for the rule", "last-look", false, func(_ *Question, p *aparte.Person) { p.Session.LastItem = "i02" }, aparte.RuleSaidNo},
		{"at night", "picks", true, func(q *Question, _ *aparte.Person) { q.Moment.At = noon.Add(7 * time.Hour) }, aparte.QuietHours}, // 21 h in Paris
		{"a minute before night", "picks", true, func(q *Question, _ *aparte.Person) { q.Moment.At = noon.Add(7*time.Hour - time.Minute) }, ""},
		{"at night on the web", "picks", false, func(q *Question, _ *aparte.Person) { q.Moment.At = noon.Add(7 * time.Hour) }, ""},
		{"at night where the moment is", "picks", true, func(q *Question, _ *aparte.Person) { q.Moment.Context.Zone = "Asia/Tokyo" }, aparte.QuietHours},
		{"service keeps quiet hours", "care", true, func(q *Question, _ *aparte.Person) { q.Moment.At = noon.Add(7 * time.Hour) }, aparte.QuietHours},
		{"two mails this week", "picks", true, func(_ *Question, p *aparte.Person) { p.Said = said(2, aparte.Email, "email", day) }, aparte.PressureCap},
		{"one mail this week", "picks", true, func(_ *Question, p *aparte.Person) { p.Said = said(1, aparte.Email, "email", day) }, ""},
		{"two mails a week ago", "picks", true, func(_ *Question, p *aparte.Person) { p.Said = said(2, aparte.Email, "email", 7*day) }, ""},
		{"two mails, and they opened one", "picks", true, func(q *Question, p *aparte.Person) {
			p.Said, q.Moment.Trigger = said(2, aparte.Email, "email", day), "open"
		}, ""},
		{"pictures in a mail are no mails", "picks", true, func(_ *Question, p *aparte.Person) { p.Said = said(9, aparte.Email, "hero", day) }, ""},
		{"four messages on any channel", "picks", true, func(_ *Question, p *aparte.Person) { p.Said = said(4, aparte.SMS, "sms", day) }, aparte.PressureCap},
		{"three messages on any channel", "picks", true, func(_ *Question, p *aparte.Person) { p.Said = said(3, aparte.SMS, "sms", day) }, ""},
		{"twenty on the web", "picks", false, func(_ *Question, p *aparte.Person) { p.Said = said(20, aparte.Web, "hero", time.Hour) }, aparte.PressureCap},
		{"messages do not count on the web", "picks", false, func(_ *Question, p *aparte.Person) { p.Said = said(30, aparte.Email, "email", time.Hour) }, ""},
		{"service has no cap", "care", true, func(_ *Question, p *aparte.Person) { p.Said = said(9, aparte.Email, "email", day) }, ""},
		{"held out", "picks", false, func(_ *Question, p *aparte.Person) { p.ID = held(t) }, aparte.InHoldout},
		{"service is for who is held out too", "care", false, func(_ *Question, p *aparte.Person) { p.ID = held(t) }, ""},
	}
	p := plan(t, shop())
	for _, test := range tests {
		t.Run(test.story, func(t *testing.T) {
			who := marie()
			q := onWeb(who)
			if test.mail {
				q = byMail(who)
			}
			if test.change != nil {
				test.change(q, who)
			}
			d := p.Decide(q, nil)
			found := false
			for _, c := range d.Candidates {
				if c.Action.Content == test.content {
					found = true
					if c.Excluded != test.want || (c.Excluded == "") != (c.Propensity > 0) {
						t.Fatalf("%q with propensity %v, want %q", c.Excluded, c.Propensity, test.want)
					}
				}
			}
			if !found {
				t.Errorf("%s is not told of", test.content)
			}
		})
	}
}

// held is somebody who is held out.
func held(t *testing.T) aparte.PersonID {
	p := plan(t, shop())
	for i := range 1000 {
		if id := (aparte.PersonID{byte(i), byte(i >> 8), 77}); p.HeldOut(id) {
			return id
		}
	}
	t.Fatal("nobody is held out")
	return aparte.PersonID{}
}

// checkItem: what an eligible candidate speaks of is in stock, kept by the rules, and not bought where
// it must not be.
func checkItem(t *rapid.T, o oracle, c aparte.Candidate) {
	content := o.b.Contents[slices.IndexFunc(o.b.Contents, func(x aparte.Content) bool { return x.ID == c.Action.Content })]
	if c.Excluded != "" {
		return
	}
	if (c.Action.Item != "") != (content.Items != aparte.NoItems) {
		t.Fatalf("content %s speaks of item %q", content.ID, c.Action.Item)
	}
	if content.Items == aparte.Recommended {
		it := o.b.Items[slices.IndexFunc(o.b.Items, func(x aparte.Item) bool { return x.ID == c.Action.Item })]
		if it.Stock < 3 || slices.Contains(o.p.Orders.Items, it.ID) {
			t.Fatalf("recommended %s, of which there are %d, bought %v", it.ID, it.Stock, o.p.Orders.Items)
		}
	} else if content.Items != aparte.NoItems {
		if fit, _ := o.items(&content); !slices.Contains(fit, c.Action.Item) {
			t.Fatalf("content %s speaks of %s, fit are %v", content.ID, c.Action.Item, fit)
		}
	}
}

func TestRetrievalFollowsWhatThePersonIsLookingFor(t *testing.T) {
	p := plan(t, shop())
	q := onWeb(marie())
	q.Moment.Context.Item = ""
	d := p.open(q)
	defer p.close(d)
	count := make(map[string]int)
	var got []string
	for _, v := range d.source(aparte.Recommended) {
		it := p.brand.Items[d.views[v].item]
		count[it.Category]++
		got = append(got, string(it.ID))
	}
	if len(got) < 8 || len(got) > maxRecommended {
		t.Fatalf("%d items were retrieved", len(got))
	}
	if count["Lanterns"] < fromIntent+fromAffinity {
		t.Errorf("of lanterns, %d were retrieved: %v", count["Lanterns"], got)
	}
	if unique := slices.Compact(slices.Sorted(slices.Values(got))); len(unique) != len(got) {
		t.Errorf("retrieved twice: %v", got)
	}
	first := p.brand.Items[d.views[d.recommended[0]].item]
	if first.Category != "Lanterns" {
		t.Errorf("the first one is of %s", first.Category)
	}
}

func TestThePageComesFirst(t *testing.T) {
	p := plan(t, shop())
	q := onWeb(nil)
	q.Moment.Context = aparte.Context{Category: "Clocks"}
	d := p.open(q)
	defer p.close(d)
	items := d.source(aparte.Recommended)
	for _, v := range items[:fromPage] {
		if c := p.brand.Items[d.views[v].item].Category; c != "Clocks" {
			t.Errorf("%s is recommended to who looks at clocks", c)
		}
	}
	if len(items) < fromPage+fromPopular {
		t.Errorf("only %d items for a stranger", len(items))
	}
}

func TestQuietHoursWrapAroundMidnight(t *testing.T) {
	for _, test := range []struct {
		from, until int
		quiet       []int
	}{
		{21, 8, []int{0, 1, 2, 3, 4, 5, 6, 7, 21, 22, 23}},
		{1, 3, []int{1, 2}},
		{5, 5, nil},
		{0, 0, nil},
	} {
		p := &Plan{brand: &aparte.Brand{Pressure: aparte.Pressure{QuietFrom: test.from, QuietUntil: test.until}}}
		var got []int
		for h := range 24 {
			if p.quietAt(h) {
				got = append(got, h)
			}
		}
		if diff := cmp.Diff(test.quiet, got); diff != "" {
			t.Errorf("from %d until %d (-want +got):\n%s", test.from, test.until, diff)
		}
	}
}

func TestTheCatalogueIsRankedByPopularityInStock(t *testing.T) {
	c := newCatalogue(shop().Items)
	check := func(name string, top []int32) {
		for i, at := range top {
			if c.items[at].Stock <= 0 {
				t.Errorf("%s: item %s is out of stock", name, c.items[at].ID)
			}
			if i > 0 && c.items[at].Popularity > c.items[top[i-1]].Popularity {
				t.Errorf("%s: item %s is out of order", name, c.items[at].ID)
			}
		}
	}
	check("popular", c.popular)
	for name, g := range c.categories {
		check(name, c.groups[g].top)
	}
	if len(c.popular) != 55 { // 60 less those of stock 0
		t.Errorf("%d popular items", len(c.popular))
	}
}
