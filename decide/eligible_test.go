package decide

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/aparte-dev/aparte"
)

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

// story is something that happened to marie, and what becomes of a content for it.
type story struct {
	name    string
	content aparte.ContentID
	mail    bool
	change  func(*Question, *aparte.Person)
	want    aparte.ReasonCode
}

// reasons has each reason, at its edge.
func reasons(t *testing.T) []story {
	said := func(n int, ch aparte.Channel, slot string, ago time.Duration) (all []aparte.Said) {
		for range n {
			all = append(all, aparte.Said{Content: "picks", Channel: ch, Slot: slot, At: noon.Add(-ago)})
		}
		return all
	}
	return []story{
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
		{"they asked for a pause", "picks", true, wish(aparte.WishPause, aparte.TextValue("2026-05-13T12:00:01Z")), aparte.Paused},
		{"the pause is over", "picks", true, wish(aparte.WishPause, aparte.TextValue("2026-05-13T12:00:00Z")), ""},
		{"a pause is none where they come by", "picks", false, wish(aparte.WishPause, aparte.TextValue("2026-05-13T12:00:01Z")), ""},
		{"service does not pause", "care", true, wish(aparte.WishPause, aparte.TextValue("2026-05-13T12:00:01Z")), ""},
		{"as many as they want in a week", "picks", true, func(q *Question, p *aparte.Person) {
			wish(aparte.WishWeekly, aparte.NumberValue(1))(q, p)
			p.Said = said(1, aparte.SMS, "sms", 7*day-1)
		}, aparte.EnoughWeekly},
		{"fewer than they want in a week", "picks", true, func(q *Question, p *aparte.Person) {
			wish(aparte.WishWeekly, aparte.NumberValue(1))(q, p)
			p.Said = said(1, aparte.SMS, "sms", 7*day)
		}, ""},
		{"none a week", "picks", true, func(q *Question, p *aparte.Person) {
			wish(aparte.WishWeekly, aparte.NumberValue(0))(q, p)
			p.Said = nil
		}, aparte.EnoughWeekly},
		{"none of this kind", "picks", false, wish(aparte.WishNo+"product", aparte.BoolValue(true)), aparte.KindUnwanted},
		{"none of another kind", "picks", false, wish(aparte.WishNo+"article", aparte.BoolValue(true)), ""},
		{"service is no kind to refuse", "care", false, wish(aparte.WishNo+"service", aparte.BoolValue(true)), ""},
		{"held out", "picks", false, func(_ *Question, p *aparte.Person) { p.ID = held(t) }, aparte.InHoldout},
		{"service is for who is held out too", "care", false, func(_ *Question, p *aparte.Person) { p.ID = held(t) }, ""},
	}
}

// wish has the person declare a wish.
func wish(name string, v aparte.Value) func(*Question, *aparte.Person) {
	return func(_ *Question, p *aparte.Person) {
		p.Traits = append(slices.Clone(p.Traits), aparte.Trait{Name: name, Value: v, At: noon})
	}
}

func TestWhyAContentIsLeftOut(t *testing.T) {
	p := plan(t, shop())
	for _, test := range reasons(t) {
		t.Run(test.name, func(t *testing.T) {
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

func TestAContentThatIsNotApprovedOrIsHaltedIsNotConsidered(t *testing.T) {
	for _, state := range []aparte.ContentState{"", aparte.Proposed, aparte.Halted} {
		b := shop()
		id := b.Contents[0].ID
		b.Contents[0].State = state
		surface := &Question{Person: &aparte.Person{}, Slot: "hero", Moment: aparte.Moment{Channel: aparte.Web, Slots: []string{"hero"}, At: noon}}
		told := slices.ContainsFunc(plan(t, b).Decide(surface, nil).Candidates, func(c aparte.Candidate) bool { return c.Action.Content == id })
		if told != (state == "") {
			t.Errorf("%q: considered: %v", state, told)
		}
	}
	b := shop()
	b.Contents[0].State = "sleeping"
	if _, err := Compile(b, 1); err == nil {
		t.Error("a state that is none was taken")
	}
}
