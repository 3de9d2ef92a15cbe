package residual

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/lifetime"
)

var noon = time.Date(2030, 1, 1, 12, 0, 0, 0, time.UTC)

// world has people who buy as a Pareto/NBD with Gamma-Gamma amounts says.
type world struct {
	lots   *rand.Rand
	buying lifetime.ParetoNBD
	alive  map[*aparte.Person]bool
	rate   map[*aparte.Person]float64
}

func newWorld(seed uint64) *world {
	return &world{
		lots: rand.New(rand.NewPCG(seed, 7)), buying: lifetime.ParetoNBD{R: 0.8, Alpha: 60, S: 0.7, Beta: 150},
		alive: map[*aparte.Person]bool{}, rate: map[*aparte.Person]float64{},
	}
}

// customer is somebody first known a day before a first order of at most so many days ago.
func (w *world) customer(within float64) *aparte.Person {
	rate, leaving := gammaDraw(w.lots, w.buying.R)/w.buying.Alpha, gammaDraw(w.lots, w.buying.S)/w.buying.Beta
	age := within * w.lots.Float64()
	mean := 2000 / gammaDraw(w.lots, 3)
	p := &aparte.Person{FirstSeen: ago(age + 1)}
	life := w.lots.ExpFloat64() / leaving
	for at := 0.0; at <= min(age, life); at += w.lots.ExpFloat64() / rate {
		buy(p, ago(age-at), int64(mean*gammaDraw(w.lots, 6)/6)+1)
	}
	w.alive[p], w.rate[p] = life > age, rate
	return p
}

func ago(days float64) time.Time { return noon.Add(-time.Duration(days * 24 * float64(time.Hour))) }

func buy(p *aparte.Person, at time.Time, amount int64) {
	o := &p.Orders
	if o.Count++; o.FirstAt.IsZero() {
		o.FirstAt = at
	}
	o.LastAt = at
	o.Revenue = aparte.Money{Amount: o.Revenue.Amount + amount, Currency: "EUR"}
	o.Recent = append(o.Recent, aparte.Order{ID: uint64(o.Count), Left: amount, At: at})
	o.Recent = o.Recent[max(0, len(o.Recent)-aparte.MaxOrders):]
}

// gammaDraw draws from a gamma distribution of a shape and scale 1 (Marsaglia, Tsang 2000).
func gammaDraw(lots *rand.Rand, shape float64) float64 {
	if shape < 1 {
		return gammaDraw(lots, shape+1) * math.Pow(lots.Float64(), 1/shape)
	}
	d := shape - 1.0/3
	for {
		x := lots.NormFloat64()
		v := math.Pow(1+x/math.Sqrt(9*d), 3)
		if v > 0 && math.Log(lots.Float64()) < 0.5*x*x+d-d*v+d*math.Log(v) {
			return d * v
		}
	}
}

func terms() Terms { return TermsOf(&aparte.Brand{Currency: "EUR"}) }

func sampleOf(terms Terms, people ...*aparte.Person) *Sample {
	s := NewSample(terms, noon)
	s.Room(1 << 20)
	for _, p := range people {
		s.Add(p)
	}
	return s
}

func TestWhoIsStillACustomerIsToldAsOftenAsTheyAre(t *testing.T) {
	w := newWorld(1)
	people := make([]*aparte.Person, 6_000)
	for i := range people {
		people[i] = w.customer(400)
	}
	m := sampleOf(terms(), people...).Fit(nil)
	if m.Pareto == nil || m.Spending == nil || !slices.Equal(m.Notes, []Note{NoFirstOrders}) {
		t.Fatalf("%+v", m)
	}
	type told struct{ said, is float64 }
	var all []told
	for _, p := range people {
		r, ok := m.Of(p, noon)
		if !ok {
			t.Fatal("nothing is told of a customer")
		}
		is := 0.0
		if w.alive[p] {
			is = 1
		}
		all = append(all, told{r.Alive, is})
	}
	slices.SortFunc(all, func(a, b told) int {
		if a.said < b.said {
			return -1
		}
		return 1
	})
	for i := range 8 {
		var said, is float64
		eighth := all[i*len(all)/8 : (i+1)*len(all)/8]
		for _, one := range eighth {
			said, is = said+one.said, is+one.is
		}
		n := float64(len(eighth))
		if said, is = said/n, is/n; math.Abs(said-is) > 0.06 {
			t.Errorf("eighth %d: %.3f said to be customers, %.3f are", i, said, is)
		}
	}
}

func TestAModelOfTheDayBeforeChangesOnlyTheWayToTheNext(t *testing.T) {
	w := newWorld(3)
	people := make([]*aparte.Person, 2_000)
	for i := range people {
		people[i] = w.customer(400)
	}
	before, want := sampleOf(terms(), people[:1_800]...).Fit(nil), sampleOf(terms(), people...).Fit(nil)
	got := sampleOf(terms(), people...).Fit(before)
	if got.Sought != 1_800 || want.Sought != 2_000 {
		t.Errorf("where to begin was sought for %d and for %d", got.Sought, want.Sought)
	}
	for i := range 200 {
		a, _ := got.Of(people[i], noon)
		b, _ := want.Of(people[i], noon)
		if math.Abs(a.Value-b.Value) > 1e-4*b.Value || math.Abs(a.Alive-b.Alive) > 1e-4 {
			t.Fatalf("%+v by a refit, %+v by a search", a, b)
		}
	}
	if got.Check != before.Check {
		t.Error("on the same day it is checked again")
	}
	before.Check = nil
	got = sampleOf(terms(), people...).Fit(before)
	if math.Abs(got.Check.Orders.Expected-want.Check.Orders.Expected) > 1e-4*want.Check.Orders.Expected {
		t.Errorf("the checks expect %v and %v", got.Check.Orders, want.Check.Orders)
	}
	got.Check.From = got.Check.From.Add(-checkedAgain)
	if again := sampleOf(terms(), people...).Fit(got); again.Check == got.Check {
		t.Error("it is not checked again after a week")
	}
	if many := sampleOf(terms(), people...).Fit(sampleOf(terms(), people[:1_000]...).Fit(nil)); many.Sought != 2_000 {
		t.Errorf("twice as many customers: sought for %d", many.Sought)
	}
}

func TestAModelIsHeldAgainstMonthsItHasNotSeen(t *testing.T) {
	w := newWorld(2)
	people := make([]*aparte.Person, 8_000)
	for i := range people {
		people[i] = w.customer(500)
	}
	c := sampleOf(terms(), people...).Fit(nil).Check
	if c == nil || c.People < 4_000 {
		t.Fatalf("%+v", c)
	}
	if share := c.Orders.Expected / c.Orders.Came; math.Abs(share-1) > 0.06 {
		t.Errorf("%.0f orders were foretold, %.0f came", c.Orders.Expected, c.Orders.Came)
	}
	if share := c.Value.Expected / c.Value.Came; math.Abs(share-1) > 0.1 {
		t.Errorf("%.0f was foretold to be spent, %.0f was", c.Value.Expected, c.Value.Came)
	}
	if c.Within < Level {
		t.Errorf("%.3f of people lie in their range, %v were said to", c.Within, Level)
	}
	if c.Correlation < 0.5 {
		t.Errorf("correlation %.2f", c.Correlation)
	}
	for i, b := range c.Bands {
		if i > 0 && b.Expected < c.Bands[i-1].Expected {
			t.Errorf("band %d expects less than the one before", i)
		}
		if wide := 1.5 * (b.High - b.Low); b.Expected < b.Low-wide || b.Expected > b.High+wide {
			t.Errorf("band %d: %.2f foretold, %.2f to %.2f came", i, b.Expected, b.Low, b.High)
		}
	}
}

// What had been bought at the cut is what somebody would have in their record who had been asked then.
func TestLookingBackFindsTheRecordOfThen(t *testing.T) {
	cut := ago(90)
	rapid.Check(t, func(t *rapid.T) {
		now, then := &aparte.Person{}, &aparte.Person{}
		came, brought := 0.0, 0.0
		ages := rapid.SliceOfN(rapid.Float64Range(0.01, 400), 1, 40).Draw(t, "ages")
		slices.Sort(ages)
		slices.Reverse(ages)
		for i, age := range ages {
			at, amount := ago(age), int64(100+i)
			buy(now, at, amount)
			if at.After(cut) {
				came, brought = came+1, brought+float64(amount)
			} else {
				buy(then, at, amount)
			}
		}
		var b buyer
		known := b.lookBack(&now.Orders, cut)
		if then.Orders.Count == 0 {
			if known {
				t.Fatal("who was no customer then is looked back on")
			}
			return
		}
		if !known {
			if came < aparte.MaxOrders {
				t.Fatalf("of %d orders %v since, what was before is not known", len(ages), came)
			}
			return
		}
		want := boughtUpto(&then.Orders, then.Orders.Count, then.Orders.LastAt, then.Orders.Revenue.Amount, cut)
		if diff := cmp.Diff(want, b.then, cmp.AllowUnexported(bought{})); diff != "" || b.came != came || b.brought != brought {
			t.Fatalf("%v came and brought %v, want %v and %v; then (-want +got):\n%s", b.came, b.brought, came, brought, diff)
		}
	})
}

func TestAProspectIsWorthTheLessTheLongerTheyDoNotBuy(t *testing.T) {
	w := newWorld(3)
	var people []*aparte.Person
	for range 2_000 {
		people = append(people, w.customer(300))
		people = append(people, &aparte.Person{FirstSeen: ago(300 * w.lots.Float64())})
	}
	m := sampleOf(terms(), people...).Fit(nil)
	if m.First == nil {
		t.Fatalf("%+v", m.Notes)
	}
	fresh, ok := m.Of(&aparte.Person{FirstSeen: ago(0)}, noon)
	stale, ok2 := m.Of(&aparte.Person{FirstSeen: ago(250)}, noon)
	if !ok || !ok2 || !(fresh.Value > 2*stale.Value) || !(stale.Value > 0) || fresh.Alive != 0 {
		t.Errorf("fresh %+v, stale %+v", fresh, stale)
	}
	if _, ok := m.Of(&aparte.Person{}, noon); ok {
		t.Error("something is told of a stranger")
	}
}

func TestAContractEndsWhenAPaymentIsMissed(t *testing.T) {
	lots := rand.New(rand.NewPCG(4, 4))
	var people []*aparte.Person
	for range 1_000 {
		p := &aparte.Person{FirstSeen: ago(700)}
		leave := lots.Float64() * 0.3
		for at := 600 * lots.Float64(); at >= 0; at -= 30 {
			buy(p, ago(at), 1000)
			if lots.Float64() < leave {
				break
			}
		}
		people = append(people, p)
	}
	terms := TermsOf(&aparte.Brand{Currency: "EUR", Lifetime: aparte.Lifetime{Model: aparte.Contract, Period: aparte.Duration(30 * 24 * time.Hour)}})
	m := sampleOf(terms, people...).Fit(nil)
	if m.Contract == nil {
		t.Fatalf("%+v", m.Notes)
	}
	paying, gone := &aparte.Person{}, &aparte.Person{}
	for at := 300.0; at >= 0; at -= 30 {
		buy(paying, ago(at), 1000)
		if at > 150 {
			buy(gone, ago(at), 1000)
		}
	}
	r, _ := m.Of(paying, noon)
	if r.Alive != 1 || r.Orders < 4 || r.Orders > 12 || math.Abs(r.Value/r.Orders-1000) > 50 {
		t.Errorf("who pays: %+v", r)
	}
	if r, _ := m.Of(gone, noon); r != (aparte.Residual{}) {
		t.Errorf("who is gone: %+v", r)
	}
}

func TestOfTooFewNothingIsTold(t *testing.T) {
	w := newWorld(5)
	var few []*aparte.Person
	for range leastCustomers - 1 {
		few = append(few, w.customer(300))
	}
	m := sampleOf(terms(), few...).Fit(nil)
	if !slices.Contains(m.Notes, FewCustomers) || m.Check != nil {
		t.Errorf("%+v", m)
	}
	if _, ok := m.Of(few[0], noon); ok {
		t.Error("something is told of a customer")
	}
	if m := sampleOf(terms()).Fit(nil); !slices.Contains(m.Notes, FewCustomers) {
		t.Errorf("of nobody: %+v", m)
	}
	alike := make([]*aparte.Person, 200)
	for i := range alike {
		alike[i] = &aparte.Person{}
		buy(alike[i], ago(20), 500)
		buy(alike[i], ago(10), 500)
	}
	m = sampleOf(terms(), alike...).Fit(nil)
	if r, ok := m.Of(alike[0], noon); ok && !(r.Value >= 0 && !math.IsInf(r.Value, 0)) {
		t.Errorf("of people who are all alike: %+v", r)
	}
}

func TestOtherMoneyIsNotReckonedWith(t *testing.T) {
	w := newWorld(6)
	s := NewSample(terms(), noon)
	s.Room(1000)
	for range 300 {
		s.Add(w.customer(300))
	}
	foreign := w.customer(300)
	foreign.Orders.Revenue.Currency = "JPY"
	s.Add(foreign)
	m := s.Fit(nil)
	if s.Foreign != 1 || m.Customers != 300 {
		t.Errorf("%d foreign, fitted to %d", s.Foreign, m.Customers)
	}
	if _, ok := m.Of(foreign, noon); ok {
		t.Error("something is told in another currency")
	}
}

func TestAModelIsReadAgainAsItWas(t *testing.T) {
	w := newWorld(7)
	people := make([]*aparte.Person, 1_000)
	for i := range people {
		people[i] = w.customer(400)
	}
	b := &aparte.Brand{Currency: "EUR", Lifetime: aparte.Lifetime{Discount: 0.1}}
	m := sampleOf(TermsOf(b), people...).Fit(nil)
	body, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	var again Model
	if err := json.Unmarshal(body, &again); err != nil {
		t.Fatal(err)
	}
	for _, p := range people[:50] {
		want, _ := m.Of(p, noon)
		if got, _ := again.Of(p, noon); got != want {
			t.Fatalf("%+v, then %+v", want, got)
		}
	}
}

func BenchmarkOf(b *testing.B) {
	w := newWorld(8)
	people := make([]*aparte.Person, 2_000)
	for i := range people {
		people[i] = w.customer(400)
	}
	m := sampleOf(terms(), people...).Fit(nil)
	b.ResetTimer()
	for i := 0; b.Loop(); i++ {
		m.Of(people[i%len(people)], noon)
	}
}
