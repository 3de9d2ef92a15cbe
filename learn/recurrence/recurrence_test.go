package recurrence_test

import (
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/learn/recurrence"
	"github.com/aparte-dev/aparte/profile"
)

const day = 24 * time.Hour

var noon = time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)

// purchase is what somebody bought at once.
type purchase struct {
	who        string
	at         time.Time
	categories []string
}

// event is the purchase as it is told.
func (p *purchase) event() *aparte.Event {
	var lines []map[string]any
	for _, c := range p.categories {
		lines = append(lines, map[string]any{"product_id": c, "category": c})
	}
	properties, err := json.Marshal(map[string]any{"products": lines})
	if err != nil {
		panic(err)
	}
	return &aparte.Event{Type: aparte.Track, Name: "Order Completed", UserID: p.who, Timestamp: p.at, ReceivedAt: p.at, Properties: properties}
}

// score is how well one way of foretelling did.
type score struct {
	brier float64   // of whether they come within the time
	crps  float64   // of when, in days: the integral over the time of (P(come by then) − they did)², which of a date alone is how far off it is
	said  []float64 // probabilities, in the order of the pairs
}

// foretold is how well each way foretold what people did in a time after split, of each pair of a person and a category that
// they had come back to.
type foretold struct {
	pairs, came    int
	learned, usual score
	rate, date     score // by their own mean: at that rate, and at that interval after the last
	happened       []bool
	model          *recurrence.Model
}

// foretell learns from the purchases before a time and foretells those within a time after it: whether there is one, and when.
func foretell(t *testing.T, purchases []purchase, split time.Time, within time.Duration) *foretold {
	slices.SortStableFunc(purchases, func(a, b purchase) int { return a.at.Compare(b.at) })
	people, next := map[string]aparte.Person{}, map[[2]string]time.Time{}
	sums, counts := map[[2]string]float64{}, map[[2]string]float64{} // of intervals, for who goes by their own mean
	last := map[[2]string]time.Time{}
	var order []string
	for i := range purchases {
		p := &purchases[i]
		for _, c := range p.categories {
			pair := [2]string{p.who, c}
			if !p.at.Before(split) {
				if _, known := next[pair]; !known {
					next[pair] = p.at
				}
				continue
			}
			if before, ever := last[pair]; !ever || p.at.Sub(before) >= aparte.Occasion {
				if ever {
					sums[pair], counts[pair] = sums[pair]+p.at.Sub(before).Hours()/24, counts[pair]+1
				}
				last[pair] = p.at
			}
		}
		if p.at.Before(split) {
			if _, known := people[p.who]; !known {
				order = append(order, p.who)
			}
			people[p.who] = profile.Apply(people[p.who], p.event(), nil, nil, "USD")
		}
	}
	sample := recurrence.NewSample(split)
	sample.Room(len(order))
	for _, who := range order {
		p := people[who]
		sample.Add(&p)
	}
	f := &foretold{model: sample.Fit(nil)}
	if f.model == nil {
		t.Fatal("nothing was learned")
	}
	for _, who := range order {
		p := people[who]
		for i := range p.Cadences {
			c := &p.Cadences[i]
			if c.Category != "" && c.Weight > 0 {
				pair := [2]string{who, c.Category}
				f.add(&p, c, sums[pair]/counts[pair], split, next[pair], within)
			}
		}
	}
	for _, s := range []*score{&f.learned, &f.usual, &f.rate, &f.date} {
		s.brier, s.crps = s.brier/float64(f.pairs), s.crps/float64(f.pairs)
	}
	return f
}

func (f *foretold) add(p *aparte.Person, c *aparte.Cadence, mean float64, split, next time.Time, within time.Duration) {
	came := !next.IsZero() && next.Sub(split) <= within
	f.pairs++
	if came {
		f.came++
	}
	f.happened = append(f.happened, came)
	score := func(s *score, by func(within time.Duration) float64) {
		for at := day / 2; at < within; at += day {
			outcome := 0.0
			if came && next.Sub(split) <= at {
				outcome = 1
			}
			s.crps += (by(at) - outcome) * (by(at) - outcome)
		}
		outcome := 0.0
		if came {
			outcome = 1
		}
		probability := by(within)
		s.brier += (probability - outcome) * (probability - outcome)
		s.said = append(s.said, probability)
	}
	buys := func(r *aparte.Recurrences) func(time.Duration) float64 {
		return func(within time.Duration) float64 { return p.Buys(r, c.Category, split, within) }
	}
	score(&f.learned, buys(&f.model.Recurrences))
	score(&f.usual, buys(nil))
	score(&f.rate, func(within time.Duration) float64 { return -math.Expm1(-within.Hours() / 24 / mean) })
	score(&f.date, func(within time.Duration) float64 { // the day is told, and that they come; who is late comes today
		if c.LastAt.Add(time.Duration(mean * 24 * float64(time.Hour))).Before(split.Add(within)) {
			return 1
		}
		return 0
	})
}

func (f *foretold) log(t *testing.T) {
	t.Helper()
	t.Logf("%d pairs, %d came; %d categories of their own", f.pairs, f.came, len(f.model.Of))
	for _, way := range []struct {
		name string
		s    *score
	}{{"learned", &f.learned}, {"usual", &f.usual}, {"own rate", &f.rate}, {"own date", &f.date}} {
		t.Logf("%-9s Brier %.4f, off by %.1f days; fifths: %s", way.name, way.s.brier, way.s.crps, f.fifths(way.s))
	}
}

// fifths compares what was said with what came, in order of what was said.
func (f *foretold) fifths(s *score) string {
	by := make([]int, f.pairs)
	for i := range by {
		by[i] = i
	}
	slices.SortStableFunc(by, func(a, b int) int {
		switch {
		case s.said[a] < s.said[b]:
			return -1
		case s.said[a] > s.said[b]:
			return 1
		}
		return 0
	})
	var told []string
	for i := range 5 {
		part := by[i*f.pairs/5 : (i+1)*f.pairs/5]
		said, came := 0.0, 0.0
		for _, k := range part {
			if said += s.said[k]; f.happened[k] {
				came++
			}
		}
		told = append(told, fmt.Sprintf("%.3f→%.3f", said/float64(len(part)), came/float64(len(part))))
	}
	return strings.Join(told, " ")
}

// beats is an error if learning is not better than all others in both respects.
func (f *foretold) beats(t *testing.T) {
	t.Helper()
	for name, other := range map[string]*score{"the usual": &f.usual, "their own rate": &f.rate, "their own date": &f.date} {
		if f.learned.brier >= other.brier || f.learned.crps >= other.crps {
			t.Errorf("learned: Brier %.4f, off by %.1f days; %s: %.4f, %.1f", f.learned.brier, f.learned.crps, name, other.brier, other.crps)
		}
	}
}

// kinds are categories of a world whose truth is known: a filter lasts a year, cream two months, milk a week.
var kinds = map[string]aparte.Recurrence{
	"milk":   {Mean: math.Log(8), Strength: 3, Shape: 3, Rate: 0.3, Leaving: 0.2, Staying: 4},
	"coffee": {Mean: math.Log(21), Strength: 2, Shape: 3, Rate: 0.4, Leaving: 0.3, Staying: 3},
	"cream":  {Mean: math.Log(60), Strength: 4, Shape: 3, Rate: 0.1, Leaving: 0.4, Staying: 2},
	"filter": {Mean: math.Log(180), Strength: 6, Shape: 3, Rate: 0.05, Leaving: 0.2, Staying: 3},
}

// world has so many people buy, each each kind of thing by a rhythm of their own.
func world(people int, until time.Time) (all []purchase) {
	rng := rand.New(rand.NewPCG(5, 6))
	for i := range people {
		for _, kind := range []string{"milk", "coffee", "cream", "filter"} {
			r := kinds[kind]
			precision := gamma(rng, r.Shape) / r.Rate
			mean := r.Mean + rng.NormFloat64()/math.Sqrt(r.Strength*precision)
			a, b := gamma(rng, r.Leaving), gamma(rng, r.Staying)
			for at := noon.Add(time.Duration(rng.Float64() * 500 * float64(day))); at.Before(until); {
				all = append(all, purchase{fmt.Sprint("p", i), at.Truncate(time.Microsecond), []string{kind}})
				if rng.Float64() < a/(a+b) {
					break
				}
				days := math.Max(1.01, math.Exp(mean+rng.NormFloat64()/math.Sqrt(precision)))
				if days > 3650 {
					break
				}
				at = at.Add(time.Duration(days * float64(day)))
			}
		}
	}
	return all
}

// gamma is a draw of the gamma distribution of a shape and rate 1 (Marsaglia, Tsang 2000).
func gamma(rng *rand.Rand, shape float64) float64 {
	if shape < 1 {
		return gamma(rng, shape+1) * math.Pow(rng.Float64(), 1/shape)
	}
	d := shape - 1.0/3
	for {
		x := rng.NormFloat64()
		v := math.Pow(1+x/math.Sqrt(9*d), 3)
		if v > 0 && math.Log(rng.Float64()) < x*x/2+d-d*v+d*math.Log(v) {
			return d * v
		}
	}
}

func TestWhatIsLearnedOfAWorldIsItsTruthAndForetellsBetter(t *testing.T) {
	split := noon.Add(700 * day)
	f := foretell(t, world(700, noon.Add(2000*day)), split, 90*day)
	f.log(t)
	f.beats(t)
	for kind, truth := range kinds {
		r := f.model.Of[kind]
		_, median, _ := r.Interval()
		_, want, _ := truth.Interval()
		t.Logf("%-6s median %.1f days of %.1f, return %.3f of %.3f", kind, median, want, r.Returns(), truth.Returns())
		if math.Abs(math.Log(median/want)) > 0.15 || math.Abs(r.Returns()-truth.Returns()) > 0.1 {
			t.Errorf("%s: %+v of %+v", kind, r, truth)
		}
	}
}

// Of those who are said to come back between two dates four times in five, as many do; the world goes on long enough to see.
func TestFourInFiveComeBetweenTheDatesThatAreTold(t *testing.T) {
	split := noon.Add(700 * day)
	purchases := world(700, noon.Add(2000*day))
	people, next := map[string]aparte.Person{}, map[[2]string]time.Time{}
	slices.SortStableFunc(purchases, func(a, b purchase) int { return a.at.Compare(b.at) })
	sample := recurrence.NewSample(split)
	for i := range purchases {
		p := &purchases[i]
		if p.at.Before(split) {
			people[p.who] = profile.Apply(people[p.who], p.event(), nil, nil, "USD")
		} else if pair := [2]string{p.who, p.categories[0]}; next[pair].IsZero() {
			next[pair] = p.at
		}
	}
	sample.Room(len(people))
	for i := range 700 {
		if p, known := people[fmt.Sprint("p", i)]; known {
			sample.Add(&p)
		}
	}
	model := sample.Fit(nil)
	came, early, late, expected := 0.0, 0.0, 0.0, 0.0
	for who, p := range people {
		for _, due := range p.Dues(&model.Recurrences, split) {
			expected += due.Probability / 0.9
			at, again := next[[2]string{who, due.Category}]
			if !again {
				continue
			}
			came++
			if at.Before(due.From) {
				early++
			}
			if at.After(due.Until) {
				late++
			}
		}
	}
	t.Logf("%.0f came of %.0f expected; %.3f before, %.3f after the dates", came, expected, early/came, late/came)
	if math.Abs(early/came-0.1) > 0.03 || math.Abs(late/came-0.1) > 0.03 || math.Abs(came/expected-1) > 0.05 {
		t.Errorf("%.0f came of %.0f; %.3f before, %.3f after", came, expected, early/came, late/came)
	}
}

func TestFewTeachNothingAndNearlyTheSameStaysTheSame(t *testing.T) {
	learn := func(purchases []purchase, at time.Time, last *recurrence.Model) *recurrence.Model {
		people := map[string]aparte.Person{}
		var order []string
		for i := range purchases {
			p := &purchases[i]
			if _, known := people[p.who]; !known {
				order = append(order, p.who)
			}
			people[p.who] = profile.Apply(people[p.who], p.event(), nil, nil, "USD")
		}
		sample := recurrence.NewSample(at)
		sample.Room(len(order))
		for _, who := range order {
			p := people[who]
			sample.Add(&p)
		}
		return sample.Fit(last)
	}
	until := noon.Add(700 * day)
	if m := learn(world(3, noon.Add(30*day)), until, nil); m != nil {
		t.Errorf("learned %+v of three people", m)
	}
	first := learn(world(400, until), until, nil)
	next := learn(world(400, until.Add(day)), until.Add(day), first)
	if first.Of["milk"] != next.Of["milk"] || first.All != next.All {
		t.Errorf("a day later: %+v, before %+v", next.Of["milk"], first.Of["milk"])
	}
	if alone := learn(world(400, until.Add(day)), until.Add(day), nil); alone.Of["milk"] == first.Of["milk"] {
		t.Error("a day more taught nothing: the test shows nothing")
	}
}

// lines reads a file of the data sets that stand beside the repository.
func lines(t *testing.T, name string, each func(row []string)) {
	t.Helper()
	f, err := os.Open("../../../shared/data/" + name)
	if err != nil {
		t.Skip("without the data sets beside the repository:", err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	rows := csv.NewReader(z)
	for first := true; ; first = false {
		row, err := rows.Read()
		if err == io.EOF {
			return
		} else if err != nil {
			t.Fatal(err)
		}
		if !first {
			each(row)
		}
	}
}

func TestAGrocersCategoriesAreForetoldBetter(t *testing.T) {
	category := map[string]string{}
	lines(t, "complete-journey/products.csv.gz", func(row []string) { category[row[0]] = row[4] })
	baskets := map[string]*purchase{}
	lines(t, "complete-journey/transactions_sample.csv.gz", func(row []string) {
		of := category[row[3]]
		if of == "" {
			return
		}
		at, err := time.Parse(time.RFC3339, row[10])
		if err != nil {
			t.Fatal(err)
		}
		if baskets[row[2]] == nil {
			baskets[row[2]] = &purchase{who: row[0], at: at}
		}
		baskets[row[2]].categories = append(baskets[row[2]].categories, of)
	})
	f := foretell(t, inOrder(baskets), time.Date(2017, 9, 1, 0, 0, 0, 0, time.UTC), 90*day)
	f.log(t)
	f.beats(t)
}

// Here each item is a category of its own.
func TestAShopsItemsAreForetoldBetter(t *testing.T) {
	invoices := map[string]*purchase{}
	lines(t, "online-retail/lines_2010-12_2011-08.csv.gz", func(row []string) {
		if row[6] == "" || strings.HasPrefix(row[0], "C") || strings.HasPrefix(row[3], "-") {
			return
		}
		at, err := time.Parse(time.DateTime, row[4])
		if err != nil {
			t.Fatal(err)
		}
		if invoices[row[0]] == nil {
			invoices[row[0]] = &purchase{who: row[6], at: at}
		}
		if p := invoices[row[0]]; len(p.categories) < 100 && !slices.Contains(p.categories, row[1]) {
			p.categories = append(p.categories, row[1])
		}
	})
	f := foretell(t, inOrder(invoices), time.Date(2011, 6, 1, 0, 0, 0, 0, time.UTC), 90*day)
	f.log(t)
	f.beats(t)
}

func inOrder(of map[string]*purchase) (all []purchase) {
	for _, p := range of {
		all = append(all, *p)
	}
	slices.SortFunc(all, func(a, b purchase) int {
		if c := a.at.Compare(b.at); c != 0 {
			return c
		}
		return strings.Compare(a.who, b.who)
	})
	return all
}
