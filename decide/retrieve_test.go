package decide

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/aparte-dev/aparte"
)

// knowing is a Traffic that was told what it knows.
type knowing struct {
	company map[aparte.ItemID][]aparte.ItemID
	shown   map[aparte.ItemID]float64
}

func (k knowing) Companions(id aparte.ItemID, dst []aparte.ItemID) []aparte.ItemID {
	return append(dst, k.company[id]...)
}
func (k knowing) Shown(id aparte.ItemID) float64 { return k.shown[id] }

// store is a shop with n items in 20 categories, those with low numbers the most popular, that says one thing.
func store(n int) *aparte.Brand {
	b := busy()
	b.Rules = nil
	b.Items = make([]aparte.Item, n)
	for i := range b.Items {
		b.Items[i] = aparte.Item{
			ID: aparte.ItemID(fmt.Sprint("i", i)), Name: aparte.Words{"en": "Thing"}, Category: fmt.Sprint("c", i%20),
			Brand: fmt.Sprint("b", i%7), Price: money(int64(100 * (1 + i%50))), Stock: 5, Popularity: float64(n - i),
		}
	}
	return b
}

// picks are the items among which a decision may choose.
func picks(p *Plan, q *Question) []aparte.ItemID {
	var ids []aparte.ItemID
	d := p.Decide(q, nil)
	for _, c := range d.Candidates {
		if id := c.Action.Item; id != "" && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids
}

func TestWhatKeepsCompanyWithTheItemOfThePageIsOffered(t *testing.T) {
	p := plan(t, store(1000))
	q := onWeb(nil)
	q.Moment.Context.Item = "i700"
	q.Traffic = knowing{company: map[aparte.ItemID][]aparte.ItemID{"i700": {"gone", "i901", "i902", "i903"}}}
	got := picks(p, q)
	if !slices.Contains(got, "i901") || !slices.Contains(got, "i902") {
		t.Errorf("offered %q, not what goes with i700", got)
	}
}

func TestWhatWasBoughtOrIsOutOfStockIsNeverRecommended(t *testing.T) {
	b := store(200)
	for i := range b.Items {
		if i%3 == 0 {
			b.Items[i].Stock = 0
		}
	}
	p := plan(t, b)
	m := marie()
	m.Orders.Items = []aparte.ItemID{"i1", "i2", "i4"}
	m.Session.Intents[0].Key, m.Session.LastItem = "c1", "i1"
	company := map[aparte.ItemID][]aparte.ItemID{"i1": {"i2", "i3", "i5"}, "i18": {"i4", "i6"}}
	for seed := range uint64(300) {
		q := onWeb(m)
		q.Seed, q.Traffic = seed, knowing{company: company}
		for _, id := range picks(p, q) {
			if item, _ := p.Item(id); item.Stock == 0 || slices.Contains(m.Orders.Items, id) {
				t.Fatalf("%s was recommended", id)
			}
		}
	}
}

func TestAStrangerIsShownTheBestOfSeveralCategories(t *testing.T) {
	p := plan(t, store(1000))
	q := onWeb(nil)
	q.Moment.Context.Item = ""
	got := picks(p, q)
	for i := range fromAisles {
		if id := aparte.ItemID(fmt.Sprint("i", i)); !slices.Contains(got, id) {
			t.Errorf("offered %q, without %s, the best of its category", got, id)
		}
	}
}

func TestNewItemsGetABoundedFirstChanceByTheirKin(t *testing.T) {
	p := plan(t, store(10_000))
	shown := map[aparte.ItemID]float64{}
	for i := range 9_000 {
		shown[aparte.ItemID(fmt.Sprint("i", i))] = firstChances
	}
	tried := map[aparte.ItemID]bool{}
	kin := 0
	const visits = 400
	for seed := range uint64(visits) {
		q := onWeb(nil)
		q.Seed, q.Moment.Context.Item, q.Moment.Context.Category = seed, "", "c3"
		q.Traffic = knowing{shown: shown}
		fresh := 0
		for _, id := range picks(p, q) {
			item, _ := p.Item(id)
			if shown[id] < firstChances {
				fresh++
				tried[id] = true
				kin += oneIf(item.Category == "c3")
			}
		}
		if fresh > fromNew {
			t.Fatalf("%d new items at once", fresh)
		}
	}
	if len(tried) < visits/4 || kin < visits/4 {
		t.Errorf("%d new items were tried in %d visits to a category of whose items a tenth are new, %d times of the category itself", len(tried), visits, kin)
	}
}

func TestAnybodyGetsTheRoomThatIsLeftForTrying(t *testing.T) {
	p := plan(t, store(5000))
	m := marie() // with enough of everything to fill all places
	m.Session.Intents, m.Affinities = nil, nil
	for i := range 4 {
		a := aparte.Affinity{Kind: aparte.CategoryAffinity, Key: fmt.Sprint("c", i), Weight: 3, At: noon.Add(-time.Minute)}
		m.Session.Intents, m.Affinities = append(m.Session.Intents, a), append(m.Affinities, a)
	}
	fresh := map[aparte.ItemID]bool{}
	for seed := range uint64(50) {
		q := onWeb(m)
		q.Seed, q.Traffic = seed, knowing{}
		got := picks(p, q)
		if len(got) > maxRecommended {
			t.Fatalf("%d items", len(got))
		}
		for _, id := range got {
			fresh[id] = true
		}
	}
	if len(fresh) < maxRecommended+50 {
		t.Errorf("only %d different items in 50 visits", len(fresh))
	}
}

// BenchmarkCatalogue takes decisions of 100 candidates where there are few items and where there are many.
func BenchmarkCatalogue(b *testing.B) {
	for _, n := range []int{100, 100_000} {
		b.Run(fmt.Sprintf("items=%d", n), func(b *testing.B) {
			p := plan(b, store(n))
			s := newLinear(10)
			m := marie()
			m.Session.LastItem, m.Session.Intents[0].Key, m.Affinities[1].Key = "i7", "c3", "c4"
			q := onWeb(m)
			q.Moment.Context.Item = "i18"
			q.Traffic = knowing{company: map[aparte.ItemID][]aparte.ItemID{"i18": {"i20", "i30"}, "i7": {"i40", "i50"}}}
			b.ReportAllocs()
			for b.Loop() {
				q.Seed++
				if d := p.Decide(q, s); len(d.Candidates) != 100 {
					b.Fatalf("%d candidates", len(d.Candidates))
				}
			}
		})
	}
}

// BenchmarkCompileCatalogue makes a plan of a brand with 100,000 items.
func BenchmarkCompileCatalogue(b *testing.B) {
	brand := store(100_000)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Compile(brand, 1); err != nil {
			b.Fatal(err)
		}
	}
}
