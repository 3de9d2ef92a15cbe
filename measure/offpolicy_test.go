package measure

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

// impression is a row of a log in tests.
type impression struct {
	item, position     int
	reward, propensity float64
}

func gathered(t testing.TB, p *Policy, log []impression) *OffPolicy {
	t.Helper()
	o := NewOffPolicy(p, 0)
	for _, i := range log {
		if err := o.Add(i.item, i.position, i.reward, i.propensity); err != nil {
			t.Fatal(err)
		}
	}
	return o
}

// slowly is every estimator from its definition, row by row: what OffPolicy does from sums.
func slowly(p *Policy, log []impression) (values map[string]float64, errors map[string]float64) {
	n := float64(len(log))
	shown, reward, mean := make([]float64, p.items), make([]float64, p.items), 0.0
	for _, i := range log {
		shown[i.item]++
		reward[i.item] += i.reward
		mean += i.reward / n
	}
	q := func(item int) float64 { return (reward[item] + 100*mean) / (shown[item] + 100) }
	direct := func(i impression) (g float64) {
		for item, show := range p.at(i.position) {
			g += q(item) * show
		}
		return g
	}
	weight := func(i impression) float64 { return p.at(i.position)[i.item] / i.propensity }
	average := func(term func(impression) float64) (value, se float64) {
		var m Mean
		for _, i := range log {
			m.Add(term(i))
		}
		return m.Value(), m.SE()
	}
	values, errors = map[string]float64{}, map[string]float64{}
	put := func(name string, term func(impression) float64) { values[name], errors[name] = average(term) }
	put("ipw", func(i impression) float64 { return weight(i) * i.reward })
	put("clipped", func(i impression) float64 { return min(weight(i), 10) * i.reward })
	put("dm", direct)
	residual := func(i impression) float64 { return i.reward - q(i.item) }
	put("dr", func(i impression) float64 { return direct(i) + weight(i)*residual(i) })
	put("switch", func(i impression) float64 {
		if weight(i) > 5 {
			return direct(i)
		}
		return direct(i) + weight(i)*residual(i)
	})
	put("dros", func(i impression) float64 {
		w := weight(i)
		return direct(i) + 10*w/(w*w+10)*residual(i)
	})
	weights, _ := average(weight)
	second, _ := average(func(i impression) float64 { return weight(i) * residual(i) / weights })
	values["snipw"] = values["ipw"] / weights
	_, errors["snipw"] = average(func(i impression) float64 { return weight(i) / weights * (i.reward - values["snipw"]) })
	values["sndr"] = values["dm"] + second
	_, errors["sndr"] = average(func(i impression) float64 {
		return direct(i) - values["dm"] + weight(i)/weights*(residual(i)-second)
	})
	for _, resting := range []string{"dm", "switch", "dros"} {
		delete(errors, resting) // they know of the model's own error: see TestStandardErrorsAreTheSpreadOverManyLogs
	}
	return values, errors
}

func TestEstimatorsEqualTheirDefinitionsRowByRow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		items, positions := rapid.IntRange(1, 5).Draw(t, "items"), rapid.IntRange(1, 3).Draw(t, "positions")
		var show []float64
		for range positions {
			shares, sum := make([]float64, items), 0.0
			for i := range shares {
				shares[i] = rapid.Float64Range(0.01, 1).Draw(t, "share")
				sum += shares[i]
			}
			for _, s := range shares {
				show = append(show, s/sum)
			}
		}
		p, err := NewPolicy(items, positions, show)
		if err != nil {
			t.Fatal(err)
		}
		log := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) impression {
			return impression{
				rapid.IntRange(0, items-1).Draw(t, "item"), rapid.IntRange(0, positions-1).Draw(t, "position"),
				rapid.Float64Range(0, 1).Draw(t, "reward"), rapid.Float64Range(0.005, 1).Draw(t, "propensity"),
			}
		}), 2, 40).Draw(t, "log")
		o := NewOffPolicy(p, 0)
		for _, i := range log {
			if err := o.Add(i.item, i.position, i.reward, i.propensity); err != nil {
				t.Fatal(err)
			}
		}
		e := o.Estimates(0.95)
		got := map[string]Estimate{"ipw": e.IPW, "clipped": e.ClippedIPW, "snipw": e.SNIPW, "dm": e.DM, "dr": e.DR,
			"sndr": e.SNDR, "switch": e.SwitchDR, "dros": e.DRos}
		values, errors := map[string]float64{}, map[string]float64{}
		for name, x := range got {
			values[name] = x.Value
			if name != "dm" && name != "switch" && name != "dros" {
				errors[name] = x.SE
			}
		}
		wantValues, wantErrors := slowly(p, log)
		near := cmpopts.EquateApprox(1e-7, 1e-7)
		if diff := cmp.Diff(wantValues, values, near); diff != "" {
			t.Fatalf("values: %s", diff)
		}
		if diff := cmp.Diff(wantErrors, errors, near); diff != "" {
			t.Fatalf("standard errors: %s", diff)
		}
	})
}

// small is a world small enough to list every log of three rows it can give: two positions, three items.
var small = struct {
	position []float64
	live     [][]float64 // by position
	target   []float64
	rate     [][]float64 // of a reward of 1
}{
	position: []float64{0.6, 0.4},
	live:     [][]float64{{0.5, 0.3, 0.2}, {0.2, 0.2, 0.6}},
	target:   []float64{0.1, 0.2, 0.7, 0.6, 0.1, 0.3},
	rate:     [][]float64{{0.1, 0.5, 0.9}, {0.3, 0.2, 0.6}},
}

// everyLog hands every log of so many rows to use, with its probability.
func everyLog(rows int, use func(log []impression, chance float64)) {
	var extend func(log []impression, chance float64)
	extend = func(log []impression, chance float64) {
		if len(log) == rows {
			use(log, chance)
			return
		}
		for at, there := range small.position {
			for item, show := range small.live[at] {
				rate := small.rate[at][item]
				extend(append(log, impression{item, at, 1, show}), chance*there*show*rate)
				extend(append(log, impression{item, at, 0, show}), chance*there*show*(1-rate))
			}
		}
	}
	extend(make([]impression, 0, rows), 1)
}

func TestOverEveryLogThatCanBeIPWAveragesToTheTruth(t *testing.T) {
	p, err := NewPolicy(3, 2, small.target)
	if err != nil {
		t.Fatal(err)
	}
	truth := 0.0
	for at, there := range small.position {
		for item, rate := range small.rate[at] {
			truth += there * p.at(at)[item] * rate
		}
	}
	var mean, square, squaredError, weight, chances float64
	everyLog(3, func(log []impression, chance float64) {
		o := gathered(t, p, log)
		e := o.Estimates(0.95).IPW
		chances += chance
		mean += chance * e.Value
		square += chance * e.Value * e.Value
		squaredError += chance * e.SE * e.SE
		weight += chance * o.Diagnose().MeanWeight
	})
	for name, pair := range map[string][2]float64{
		"probabilities of the logs":           {chances, 1},
		"IPW":                                 {mean, truth},
		"mean weight":                         {weight, 1},
		"squared standard error, to variance": {squaredError, square - mean*mean},
	} {
		if math.Abs(pair[0]-pair[1]) > 1e-12 {
			t.Errorf("%s: %v on average, want %v", name, pair[0], pair[1])
		}
	}
}

// played draws a log of the small world.
func played(rng *rand.Rand, rows int) []impression {
	draw := func(shares []float64) int {
		x := rng.Float64()
		for i, s := range shares {
			if x -= s; x < 0 {
				return i
			}
		}
		return len(shares) - 1
	}
	log := make([]impression, rows)
	for i := range log {
		at := draw(small.position)
		item := draw(small.live[at])
		log[i] = impression{item: item, position: at, propensity: small.live[at][item]}
		if rng.Float64() < small.rate[at][item] {
			log[i].reward = 1
		}
	}
	return log
}

func TestStandardErrorsAreTheSpreadOverManyLogs(t *testing.T) {
	p, err := NewPolicy(3, 2, small.target)
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(1, 1))
	names := []string{"IPW", "ClippedIPW", "SNIPW", "DM", "DR", "SNDR", "SwitchDR", "DRos"}
	values, claims := make([]Mean, len(names)), make([]Mean, len(names))
	for range 400 {
		e := gathered(t, p, played(rng, 800)).Estimates(0.95)
		for i, x := range []Estimate{e.IPW, e.ClippedIPW, e.SNIPW, e.DM, e.DR, e.SNDR, e.SwitchDR, e.DRos} {
			values[i].Add(x.Value)
			claims[i].Add(x.SE * x.SE)
		}
	}
	for i, name := range names {
		spread, claimed := math.Sqrt(values[i].Variance()), math.Sqrt(claims[i].Value())
		if r := claimed / spread; r < 0.88 || r > 1.12 { // 400 logs tell a spread to 4 %
			t.Errorf("%s: standard error %.5f, spread over logs %.5f", name, claimed, spread)
		}
	}
}

func TestWhatIsNoImpressionChangesNothing(t *testing.T) {
	p, err := NewPolicy(2, 1, []float64{0.5, 0.5})
	if err != nil {
		t.Fatal(err)
	}
	o := NewOffPolicy(p, 0)
	for name, c := range map[string]struct {
		i    impression
		want string
	}{
		"an unknown item":        {impression{2, 0, 0, 0.5}, "item"},
		"a negative item":        {impression{-1, 0, 0, 0.5}, "item"},
		"an unknown position":    {impression{0, 1, 0, 0.5}, "position"},
		"a reward above 1":       {impression{0, 0, 1.5, 0.5}, "reward"},
		"no reward":              {impression{0, 0, math.NaN(), 0.5}, "reward"},
		"no propensity":          {impression{0, 0, 0, math.NaN()}, "propensity"},
		"propensity 0":           {impression{0, 0, 0, 0}, "propensity"},
		"a negative propensity":  {impression{0, 0, 0, -0.5}, "propensity"},
		"a propensity above 1":   {impression{0, 0, 0, 1.01}, "propensity"},
		"a propensity near zero": {impression{0, 0, 0, 1e-300}, "propensity"},
	} {
		var bad *BadImpression
		if err := o.Add(c.i.item, c.i.position, c.i.reward, c.i.propensity); !errors.As(err, &bad) || bad.Field != c.want {
			t.Errorf("%s: error %v, want one of %s", name, err, c.want)
		}
	}
	if o.Rows() != 0 || o.Diagnose().MaxWeight != 0 {
		t.Errorf("%d rows taken in", o.Rows())
	}
}

func TestAPolicyIsADistributionAtEveryPosition(t *testing.T) {
	for name, show := range map[string][]float64{
		"sums to 2":    {0.5, 0.5, 1, 1},
		"sums to less": {0.5, 0.5, 0.5, 0.4},
		"shows none":   {0.5, 0.5, 0, 0},
		"is negative":  {0.5, 0.5, 1.5, -0.5},
		"is no number": {0.5, 0.5, math.NaN(), 0.5},
		"lacks one":    {0.5, 0.5, 1},
	} {
		if _, err := NewPolicy(2, 2, show); err == nil {
			t.Errorf("a policy that %s was taken", name)
		}
	}
	if _, err := NewPolicy(0, 0, nil); err == nil {
		t.Error("a policy over nothing was taken")
	}
	if _, err := Uniform(0); err == nil {
		t.Error("a policy over nothing was taken")
	}
}

// heavy is a log in which the policy loves an item that was hardly ever shown.
func heavy(t testing.TB) *OffPolicy {
	p, err := NewPolicy(2, 1, []float64{0.1, 0.9})
	if err != nil {
		t.Fatal(err)
	}
	var log []impression
	for i := range 2000 {
		log = append(log, impression{0, 0, float64(i % 2), 0.999})
	}
	return gathered(t, p, append(log, impression{1, 0, 0, 0.001}, impression{1, 0, 0, 0.001}))
}

func TestWhereFewRowsCarryEverythingTheIntervalIsNotTight(t *testing.T) {
	o := heavy(t)
	d := o.Diagnose()
	if !d.Fragile() || len(d.Warnings()) < 2 {
		t.Fatalf("%+v warns of %q", d, d.Warnings())
	}
	// Two impressions stand for nine tenths of what the policy does: nearly everything is possible.
	e := o.Estimates(0.95)
	for _, x := range []Estimate{e.IPW, e.ClippedIPW, e.SNIPW, e.DM, e.DR, e.SNDR, e.SwitchDR, e.DRos, o.Anytime(0.95)} {
		if x.Low > 0.1 || x.High < 0.9 || !x.Contains(x.Value) {
			t.Errorf("%+v", x)
		}
	}
}

func TestStretchedIntervalsHoldWhereThoseOfOneLookDoNot(t *testing.T) {
	// Nine items that are hardly ever shown, one by one, are most of what the policy does.
	const items, rows, rate, seldom = 10, 400, 0.2, 0.001
	p, err := Uniform(items)
	if err != nil {
		t.Fatal(err)
	}
	oneLook, stretched := 0, 0
	for seed := range 200 {
		rng := rand.New(rand.NewPCG(uint64(seed), 11))
		o := NewOffPolicy(p, 0)
		for range rows {
			item, propensity := 0, 1-(items-1)*seldom
			if x := rng.Float64(); x < (items-1)*seldom {
				item, propensity = 1+int(x/seldom), seldom
			}
			if err := o.Add(item, 0, coin(rng, rate), propensity); err != nil {
				t.Fatal(err)
			}
		}
		e := o.Estimates(0.95).IPW
		if normal(e.Value, e.SE, 0.95).Contains(rate) {
			oneLook++
		}
		if e.Contains(rate) {
			stretched++
		}
	}
	t.Logf("of 200 intervals of 95 %%, %d of one look hold, and %d stretched ones", oneLook, stretched)
	if oneLook > 150 || stretched < 190 {
		t.Errorf("of 200 intervals of 95 %%, %d of one look hold, and %d stretched ones", oneLook, stretched)
	}
}

func TestALogThatCarriesTheJudgementIsNotDoubted(t *testing.T) {
	p, err := NewPolicy(3, 2, small.target)
	if err != nil {
		t.Fatal(err)
	}
	o := gathered(t, p, played(rand.New(rand.NewPCG(2, 2)), 3000))
	if w := o.Diagnose().Warnings(); len(w) != 0 {
		t.Errorf("%q", w)
	}
	if e := o.Estimates(0.95).DR; e.High-e.Low > 0.1 {
		t.Errorf("%+v", e)
	}
}

func TestWrongPropensitiesShowInTheWeights(t *testing.T) {
	p, err := NewPolicy(3, 2, small.target)
	if err != nil {
		t.Fatal(err)
	}
	log := played(rand.New(rand.NewPCG(3, 3)), 3000)
	for i := range log {
		log[i].propensity *= 0.9
	}
	if d := gathered(t, p, log).Diagnose(); d.P > 0.001 || len(d.Warnings()) != 1 {
		t.Errorf("p = %v, %q", d.P, d.Warnings())
	}
}

func TestPropensitiesThatAddUpToMoreThanOneAreFoundOut(t *testing.T) {
	p, err := NewPolicy(3, 2, small.target)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		times float64
		wrong bool
		notes int
	}{{1, false, 0}, {1.02, false, 1}, {1.6, true, 2}} {
		log := played(rand.New(rand.NewPCG(13, 13)), 2000)
		for i := range log {
			if log[i].position == 1 {
				log[i].propensity *= c.times
			}
		}
		// Propensities that change are no contradiction: this row's item had less than in all others.
		o := gathered(t, p, append(log, impression{0, 0, 0, 0.45}))
		var bad *NotADistribution
		if err := o.Check(); errors.As(err, &bad) != c.wrong {
			t.Errorf("times %v: error %v", c.times, err)
		}
		if c.wrong && (bad.Position != 1 || math.Abs(bad.Sum-1.6) > 1e-12) {
			t.Errorf("%+v", bad)
		}
		if w := o.Diagnose().Warnings(); len(w) != c.notes {
			t.Errorf("times %v: %q", c.times, w)
		}
	}
}

func TestItemsTheLogNeverShowsAreCounted(t *testing.T) {
	p, err := NewPolicy(2, 1, []float64{0.7, 0.3})
	if err != nil {
		t.Fatal(err)
	}
	var log []impression
	for i := range 1000 {
		log = append(log, impression{0, 0, float64(i % 2), 1})
	}
	o := gathered(t, p, log)
	if d := o.Diagnose(); math.Abs(d.Unseen-0.3) > 1e-12 || !d.Fragile() {
		t.Errorf("%+v", d)
	}
	// The log knows 0.7 of what the policy does and earns half there; the rest may earn nothing or all.
	if e := o.Exact(0.95); e.Low > 0.35 || e.High < 0.65 || e.Low < 0.3 || e.High > 0.7 {
		t.Errorf("%+v", e)
	}
}

func TestWhereRewardsAreRareAKnownLeastPropensityTightensTheExactInterval(t *testing.T) {
	p, err := NewPolicy(3, 2, small.target)
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(12, 12))
	log := played(rng, 3000)
	for i := range log {
		log[i].reward *= coin(rng, 0.05)
	}
	known := NewOffPolicy(p, 0.2)
	for _, i := range log {
		if err := known.Add(i.item, i.position, i.reward, i.propensity); err != nil {
			t.Fatal(err)
		}
	}
	a, b := known.Exact(0.95), gathered(t, p, log).Exact(0.95)
	if a.Low != b.Low || a.High > b.High/2 {
		t.Errorf("known %+v, unknown %+v", a, b)
	}
	var bad *BadImpression
	if err := known.Add(0, 0, 0, 0.19); !errors.As(err, &bad) || bad.Field != "propensity" {
		t.Errorf("error %v", err)
	}
}

func TestAnEmptyLogGivesNoNumbersAndNoPanic(t *testing.T) {
	p, err := Uniform(3)
	if err != nil {
		t.Fatal(err)
	}
	o := NewOffPolicy(p, 0)
	if e := o.Estimates(0.95); !math.IsNaN(e.DR.Value) || !o.Diagnose().Fragile() {
		t.Errorf("%+v", e)
	}
}

func BenchmarkAdd(b *testing.B) {
	p, err := NewPolicy(3, 2, small.target)
	if err != nil {
		b.Fatal(err)
	}
	log := played(rand.New(rand.NewPCG(1, 1)), 1000)
	o := NewOffPolicy(p, 0)
	for i := 0; b.Loop(); i++ {
		row := log[i%len(log)]
		if err := o.Add(row.item, row.position, row.reward, row.propensity); err != nil {
			b.Fatal(err)
		}
	}
}
