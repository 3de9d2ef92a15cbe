package score

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/measure"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// town is people who order the likelier the more they look at products, the more lately they were here, and where they
// live in Lyon; their age says nothing.
type town struct {
	rng    *rand.Rand
	truth  map[aparte.PersonID]float64
	people map[aparte.PersonID]*aparte.Person
}

func newTown(seed uint64) *town {
	return &town{rand.New(rand.NewPCG(seed, 1)), map[aparte.PersonID]float64{}, map[aparte.PersonID]*aparte.Person{}}
}

func (w *town) person() *aparte.Person {
	p := &aparte.Person{FirstSeen: noon.Add(-200 * day), LastSeen: noon.Add(-time.Duration(w.rng.ExpFloat64() * 20 * float64(day)))}
	for i := range p.ID {
		p.ID[i] = byte(w.rng.Uint32())
	}
	looks := w.rng.ExpFloat64() * 4
	p.Counters = []aparte.Counter{{Name: "product_views_7d", Value: looks, At: noon}}
	city := []string{"Brest", "Lille", "Lyon", "Nice"}[w.rng.IntN(4)]
	p.Traits = []aparte.Trait{
		{Name: "age", Value: aparte.NumberValue(float64(20 + w.rng.IntN(50)))},
		{Name: "city", Value: aparte.TextValue(city)},
		{Name: "persona", Value: aparte.TextValue("any"), Provenance: aparte.Inferred},
		{Name: "street", Value: aparte.TextValue(fmt.Sprint(w.rng.IntN(1000), " rue Haute"))},
	}
	z := -3 + 3*looks/(looks+5) + 1.5*fresh(noon, p.LastSeen, 7*day)
	if city == "Lyon" {
		z++
	}
	w.truth[p.ID], w.people[p.ID] = 1/(1+math.Exp(-z)), p
	return p
}

// rows are so many rows of each of so many people.
func (w *town) rows(people, each int) (rows []Row) {
	for range people {
		p := w.person()
		for range each {
			rows = append(rows, Row{p.ID, See(p, noon, 0, 30*day), w.rng.Float64() < w.truth[p.ID]})
		}
	}
	return rows
}

func judgedBy(f Fitted, score func(Judged) float64) *measure.Discrimination {
	var all []measure.Judged
	for _, j := range f.Judged {
		all = append(all, measure.Judged{Score: score(j), Came: j.Came})
	}
	return measure.Discriminate(all)
}

// What is foretold to people no model has seen comes to as many of them as it says, and tells them apart about as well as
// the truth would.
func TestChancesAreThoseOfTheWorld(t *testing.T) {
	w := newTown(1)
	f := Fit(w.rows(6000, 2))
	if f.Lack != Nothing || f.People != 6000 || f.Rows != 12000 {
		t.Fatalf("lack %q of %d people in %d rows", f.Lack, f.People, f.Rows)
	}
	d := judgedBy(f, func(j Judged) float64 { return j.Chance })
	off := 0
	for _, c := range d.Reliability(10, 0.95) {
		if c.Predicted < c.Low || c.Predicted > c.High {
			off++
		}
	}
	if off > 2 { // of ten intervals of 95 %
		t.Errorf("%d of ten classes are outside their interval: %+v", off, d.Reliability(10, 0.95))
	}
	fresh := newTown(2)
	var learned, truth []measure.Judged
	far := 0.0
	const n = 4000
	for range n {
		p := fresh.person()
		came, chance := fresh.rng.Float64() < fresh.truth[p.ID], f.Model.Chance(p, noon, 0, 30*day)
		learned = append(learned, measure.Judged{Score: chance, Came: came})
		truth = append(truth, measure.Judged{Score: fresh.truth[p.ID], Came: came})
		far += math.Abs(chance-fresh.truth[p.ID]) / n
	}
	got, best := measure.Discriminate(learned).AUC(), measure.Discriminate(truth).AUC()
	if got < best-0.01 {
		t.Errorf("AUC %.4f, the truth's is %.4f", got, best)
	}
	if far > 0.02 {
		t.Errorf("chances are off by %.4f on average", far)
	}
	t.Logf("AUC %.4f of %.4f, off by %.4f", got, best, far)
}

// What people do says more of them than who they are, where that is so, and together they say most.
func TestBehaviourAndTraitsAreComparedOnTheSamePeople(t *testing.T) {
	f := Fit(newTown(3).rows(6000, 1))
	both := judgedBy(f, func(j Judged) float64 { return j.Chance }).AUC()
	behaviour := judgedBy(f, func(j Judged) float64 { return j.Behaviour }).AUC()
	traits := judgedBy(f, func(j Judged) float64 { return j.Traits }).AUC()
	if !(both > behaviour && behaviour > traits && traits > 0.55) {
		t.Errorf("AUC of both %.3f, of behaviour %.3f, of traits %.3f", both, behaviour, traits)
	}
}

// Rare and few, outcomes still give chances that hold: what little was learned is not believed beyond what it is worth.
func TestFewOutcomesMakeNobodyCertain(t *testing.T) {
	w := newTown(4)
	rows := w.rows(4000, 1)
	for i := range rows {
		rows[i].Came = w.rng.Float64() < 0.04 // whoever they are
	}
	f := Fit(rows)
	if f.Model == nil {
		t.Fatalf("lack %q with %d who reached it", f.Lack, f.Reached)
	}
	for _, j := range f.Judged {
		if j.Chance < 0.015 || j.Chance > 0.1 {
			t.Fatalf("%v is foretold where everybody's chance is 0.04", j.Chance)
		}
	}
}

// Where too few reached an objective, there is no score, and it is said why.
func TestTooFewOutcomesGiveNoScore(t *testing.T) {
	rows := newTown(5).rows(1000, 1)
	for _, c := range []struct {
		came func(i int) bool
		want Lack
	}{
		{func(i int) bool { return i < Fewest-1 }, TooFew},
		{func(int) bool { return false }, TooFew},
		{func(int) bool { return true }, TooMany},
		{func(i int) bool { return i%4 == 0 }, Nothing},
	} {
		for i := range rows {
			rows[i].Came = c.came(i)
		}
		if f := Fit(rows); f.Lack != c.want || (f.Model == nil) == (c.want == Nothing) {
			t.Errorf("lack %q, want %q", f.Lack, c.want)
		}
	}
	if f := Fit(nil); f.Lack != TooFew {
		t.Errorf("of nobody: lack %q", f.Lack)
	}
}

// Traits that name people, or that were computed, are no columns; those that many share are.
func TestTraitsThatNamePeopleAreNotLookedAt(t *testing.T) {
	f := Fit(newTown(6).rows(2000, 1))
	var names []string
	for i := range f.Model.Columns {
		if c := &f.Model.Columns[i]; c.ofTrait() {
			names = append(names, c.Name())
		}
	}
	for _, name := range names {
		if !slices.Contains([]string{"age", "city=Brest", "city=Lille", "city=Lyon", "city=Nice"}, name) {
			t.Errorf("%q is looked at", name)
		}
	}
	if f.Traits != 5 || !slices.Contains(names, "city=Lyon") {
		t.Errorf("of %d traits %q are used", f.Traits, names)
	}
}

// The reasons of a chance are what sets somebody apart, and together they are what it is.
func TestReasonsAddUpToTheChance(t *testing.T) {
	w := newTown(7)
	f := Fit(w.rows(4000, 1))
	for range 100 {
		p := w.person()
		z := f.Model.Intercept
		for i := range f.Model.Columns { // those that are not told: what somebody is not
			c := &f.Model.Columns[i]
			s := See(p, noon, 0, 30*day)
			if x, _ := c.raw(&s); c.ofTrait() && !c.Number && x == 0 {
				z += c.Weight * c.off(&s)
			}
		}
		reasons := f.Model.Reasons(p, noon, 0, 30*day)
		for _, r := range reasons {
			z += r.Adds
		}
		if d := cmp.Diff(f.Model.Chance(p, noon, 0, 30*day), 1/(1+math.Exp(-z)), cmpopts.EquateApprox(0, 1e-9)); d != "" {
			t.Fatal(d)
		}
		if !slices.IsSortedFunc(reasons, func(a, b Reason) int { return -1 * cmpAbs(a.Adds, b.Adds) }) {
			t.Fatalf("%v", reasons)
		}
	}
}

func cmpAbs(a, b float64) int {
	switch {
	case math.Abs(a) < math.Abs(b):
		return -1
	case math.Abs(a) > math.Abs(b):
		return 1
	}
	return 0
}

// Equal rows give equal bits, and a model that was written down is the model.
func TestAModelIsItsRows(t *testing.T) {
	rows := newTown(8).rows(1500, 2)
	a, b := Fit(rows), Fit(rows)
	one, err := json.Marshal(a)
	two, _ := json.Marshal(b)
	if err != nil || string(one) != string(two) {
		t.Fatalf("two fits of the same rows differ: %v", err)
	}
	text, _ := json.Marshal(a.Model)
	var again Model
	if err := json.Unmarshal(text, &again); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(*a.Model, again, cmp.AllowUnexported(Column{})); d != "" {
		t.Error(d)
	}
	if err := json.Unmarshal([]byte(`{"columns": [{"behaviour": "telepathy"}]}`), &again); err == nil {
		t.Error("a model that knows of telepathy was taken")
	}
}

// The log odds that were learned are those of the largest penalised likelihood: uphill there is nothing left.
func TestTheRegressionIsWhereTheSlopeEnds(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 1))
	const n, width = 500, 3
	var x, came []float64
	for range n {
		a, b := rng.NormFloat64(), rng.NormFloat64()
		x = append(x, a, b, a+b/100) // two that are nearly one
		came = append(came, float64(oneIf(rng.Float64() < 1/(1+math.Exp(1-2*a)))))
	}
	r, ok := regress(x, width, came, 0.5)
	if !ok {
		t.Fatal("did not converge")
	}
	likelihood := func(w []float64) float64 {
		sum := 0.0
		for i := range n {
			z := regression{w}.odds(x[i*width : (i+1)*width])
			sum += came[i]*z - math.Log1p(math.Exp(z))
		}
		for _, v := range w[1:] {
			sum -= 0.25 * v * v
		}
		return sum
	}
	best := likelihood(r.weights)
	for j := range r.weights {
		for _, by := range []float64{-1e-3, 1e-3} {
			w := slices.Clone(r.weights)
			if w[j] += by; likelihood(w) > best {
				t.Errorf("weight %d is better by %g", j, by)
			}
		}
	}
}

// The largest model of somebody with everything a record can hold.
func BenchmarkChance(b *testing.B) {
	m, p := new(Model), newTown(10).person()
	for i := range behaviours {
		m.Columns = append(m.Columns, Column{Behaviour: behaviours[i].name, at: i, Spread: 1, Weight: 0.1})
	}
	for i := range mostTraits {
		m.Columns = append(m.Columns, Column{Trait: fmt.Sprintf("trait-%02d", i), Text: "yes", at: -1, Spread: 1, Weight: 0.1})
	}
	p.Traits = nil
	for i := range aparte.MaxTraits {
		p.Traits = append(p.Traits, aparte.Trait{Name: fmt.Sprintf("trait-%02d", i), Value: aparte.TextValue("yes")})
	}
	p.Counters = nil
	for _, name := range []string{"cart_adds_7d", "checkouts_7d", "clicks_30d", "exposures_7d", "list_views_7d", "orders_365d", "orders_90d", "page_views_1d", "product_views_7d", "refunds_90d", "searches_7d", "sessions_30d", "wishlist_adds_30d"} {
		p.Counters = append(p.Counters, aparte.Counter{Name: name, Value: 2, At: noon.Add(-day)})
	}
	p.Orders = aparte.Orders{Count: 3, LastAt: noon.Add(-9 * day)}
	p.Cadences = []aparte.Cadence{{LastAt: noon.Add(-9 * day), Weight: 2, Logs: 7, Squares: 25}}
	p.Affinities = make([]aparte.Affinity, aparte.MaxAffinities)
	for i := range p.Affinities {
		p.Affinities[i] = aparte.Affinity{Kind: aparte.CategoryAffinity, Key: fmt.Sprint(i), Weight: float64(i), At: noon.Add(-day)}
	}
	for b.Loop() {
		m.Chance(p, noon, 0.3, 30*day)
	}
	b.ReportMetric(float64(len(m.Columns)), "columns")
}

// A model of a shop whose people have a few traits and do what people do.
func BenchmarkChanceOfAShopper(b *testing.B) {
	w := newTown(10)
	m, p := Fit(w.rows(2000, 1)).Model, w.person()
	for i := range 18 {
		m.Columns = slices.Insert(m.Columns, 0, Column{Behaviour: behaviours[i].name, at: i, Spread: 1, Weight: 0.1})
	}
	for _, name := range []string{"cart_adds_7d", "clicks_30d", "exposures_7d", "orders_365d", "orders_90d", "page_views_1d", "product_views_7d", "sessions_30d"} {
		p.Counters = append(p.Counters, aparte.Counter{Name: name, Value: 2, At: noon.Add(-day)})
	}
	for b.Loop() {
		m.Chance(p, noon, 0.3, 30*day)
	}
	b.ReportMetric(float64(len(m.Columns)), "columns")
}

func BenchmarkFit(b *testing.B) {
	rows := newTown(11).rows(4000, 4)
	for b.Loop() {
		Fit(rows)
	}
}
