package lifetime

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// between draws a number whose logarithm is even between two bounds.
func between(low, high float64) *rapid.Generator[float64] {
	return rapid.Map(rapid.Float64Range(math.Log(low), math.Log(high)), math.Exp)
}

var anyHistory = rapid.Custom(func(t *rapid.T) History {
	h := History{Age: rapid.Float64Range(0.1, 200).Draw(t, "T")}
	if rapid.Bool().Draw(t, "bought again") {
		h.Repeats = float64(rapid.IntRange(1, 60).Draw(t, "x"))
		h.Last = h.Age * rapid.Float64Range(0.001, 1).Draw(t, "t_x/T")
	}
	return h
})

var anyBG = rapid.Custom(func(t *rapid.T) BGNBD {
	return BGNBD{between(0.05, 20).Draw(t, "r"), between(0.1, 100).Draw(t, "alpha"), between(0.05, 20).Draw(t, "a"), between(0.05, 20).Draw(t, "b")}
})

var anyPareto = rapid.Custom(func(t *rapid.T) ParetoNBD {
	return ParetoNBD{between(0.05, 20).Draw(t, "r"), between(0.1, 100).Draw(t, "alpha"), between(0.05, 20).Draw(t, "s"), between(0.1, 100).Draw(t, "beta")}
})

// integral is that of f from a to b, by Simpson's rule on so many steps.
func integral(f func(float64) float64, a, b float64, steps int) float64 {
	h, sum := (b-a)/float64(steps), f(a)+f(b)
	for i := 1; i < steps; i++ {
		sum += float64(2+2*(i%2)) * f(a+float64(i)*h)
	}
	return sum * h / 3
}

func close(got, want, relative float64) bool {
	return math.Abs(got-want) <= relative*math.Max(math.Abs(want), 1e-300)
}

func TestGaussIsItsSeriesAndSoAreItsDerivatives(t *testing.T) {
	series := func(p, c, z float64) float64 {
		sum, term := 0.0, 1.0
		for n := 0.0; term > 1e-18*sum; n++ {
			sum += term
			term *= (p + n) / (c + n) * z
		}
		return sum
	}
	rapid.Check(t, func(t *rapid.T) {
		p := between(0.02, 500).Draw(t, "p")
		c := p + between(0.02, 500).Draw(t, "c-p")
		z := rapid.Float64Range(0, 0.995).Draw(t, "z")
		got := gaussAt(p, c, z)
		if want := series(p, c, z); !close(got.value, want, 1e-12) || !close(gaussValue(p, c, z), want, 1e-12) {
			t.Fatalf("%.17g and %.17g, want %.17g", got.value, gaussValue(p, c, z), want)
		}
		log := func(p, c, z float64) float64 { return math.Log(gaussAt(p, c, z).value) }
		for name, d := range map[string][2]float64{
			"p": {got.byP, (log(p*(1+1e-6), c, z) - log(p*(1-1e-6), c, z)) / (2e-6 * p)},
			"c": {got.byC, (log(p, c*(1+1e-6), z) - log(p, c*(1-1e-6), z)) / (2e-6 * c)},
			"z": {got.byZ, (log(p, c, z*(1+1e-6)) - log(p, c, z*(1-1e-6))) / (2e-6 * z)},
		} {
			if z > 1e-3 && !(math.Abs(d[0]-d[1]) <= 1e-4*math.Abs(d[1])+1e-8*(1+1/min(p, c*1e-2))) {
				t.Errorf("by %s: %g, want %g", name, d[0], d[1])
			}
		}
	})
}

func TestGaussKeepsElevenDigitsNearOne(t *testing.T) {
	for _, z := range []float64{0.9999, 0.999999} { // 2F1(1, 1; 2; z) = -ln(1-z)/z
		if got, want := gaussValue(1, 2, z), -math.Log1p(-z)/z; !close(got, want, 1e-11) {
			t.Errorf("at %g: %.17g, want %.17g", z, got, want)
		}
	}
}

func TestDigammaIsTheSlopeOfLogGamma(t *testing.T) {
	within(t, "ψ(1)", digamma(1), -0.57721566490153286, 1e-14)
	within(t, "ψ(1/2)", digamma(0.5), -1.9635100260214235, 1e-14)
	rapid.Check(t, func(t *rapid.T) {
		x := between(0.01, 1e4).Draw(t, "x")
		if !close(digamma(x+1), digamma(x)+1/x, 1e-12) && math.Abs(digamma(x+1)) > 1e-3 {
			t.Errorf("ψ(%g+1) = %g, ψ + 1/x = %g", x, digamma(x+1), digamma(x)+1/x)
		}
	})
}

// By the definition: the person either stays to the end, or leaves between t_x and T.
func TestTheParetoLikelihoodIsItsIntegral(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m, h := anyPareto.Draw(t, "model"), anyHistory.Draw(t, "history")
		f := func(y float64) float64 {
			return m.S * math.Exp(-(m.R+h.Repeats)*math.Log((m.Alpha+y)/(m.Alpha+h.Last))-(m.S+1)*math.Log(m.Beta+y))
		}
		stays := math.Exp(-(m.R+h.Repeats)*math.Log((m.Alpha+h.Age)/(m.Alpha+h.Last)) - m.S*math.Log(m.Beta+h.Age))
		want := stays + integral(func(u float64) float64 { return f(h.Last+u*u) * 2 * u }, 0, math.Sqrt(h.Age-h.Last), 20_000)
		one, other := m.ending(h)
		sum, _ := addLogs(one, other)
		got := math.Exp(sum + (m.R+h.Repeats)*math.Log(m.Alpha+h.Last))
		if !close(got, want, 1e-7) || !(math.Abs(m.Alive(h)-stays/want) < 1e-7) {
			t.Fatalf("likelihood %.12g, want %.12g; alive %.12g, want %.12g", got, want, m.Alive(h), stays/want)
		}
	})
}

// Equation 10 of Fader, Hardie and Lee, with the hypergeometric series as it stands.
func TestWhatTheBGExpectsIsTheEquationPublished(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m, h := anyBG.Draw(t, "model"), anyHistory.Draw(t, "history")
		m.A = rapid.SampledFrom([]float64{0.2, 0.6, 1.5, 3}).Draw(t, "a, far from 1")
		m.B += 1 // a+b-1 > 0, as the form asks for
		span := rapid.Float64Range(0.05, 2).Draw(t, "t/(α+T)") * (m.Alpha + h.Age)
		z, c := span/(m.Alpha+h.Age+span), m.A+m.B+h.Repeats-1
		sum, term := 0.0, 1.0
		for n := 0.0; n < 20 || term > 1e-18*sum; n++ {
			sum += term
			term *= (m.R + h.Repeats + n) * (m.B + h.Repeats + n) / ((c + n) * (n + 1)) * z
		}
		part := math.Exp((m.R + h.Repeats) * math.Log1p(-z))
		want := c / (m.A - 1) * (1 - part*sum)
		if got := m.Staying(h, span); !(math.Abs(got-want) <= 1e-9*want+1e-12*c/math.Abs(m.A-1)) {
			t.Fatalf("%.15g, want %.15g", got, want)
		}
	})
}

// Of many purchases, uncertainty is left about leaving only: with B ≈ x and N ≈ x·t/(α+T) purchases to come
// if nobody left, the sum is the integral of (1 + k/x)^−a over k.
func TestHeavyBuyersAreForetoldWhateverTheirNumber(t *testing.T) {
	m := BGNBD{0.25, 4.4, 0.8, 2.4}
	want := (math.Pow(1+39/(m.Alpha+39), 1-m.A) - 1) / (1 - m.A)
	for _, x := range []float64{500, 5_000, 100_000} {
		if got := m.Staying(History{x, 39, 39}, 39) / x; !close(got, want, 2/x) {
			t.Errorf("%g purchases in 39 weeks: %g times as many expected in the next, want %g", x, got, want)
		}
	}
}

func TestTheGradientsAreTheSlopesOfTheLikelihoods(t *testing.T) {
	check := func(t *rapid.T, at func(logs []float64) float64, gradient func(logs, gradient []float64), logs []float64) {
		got := make([]float64, len(logs))
		gradient(logs, got)
		for i := range logs {
			up, down := append([]float64(nil), logs...), append([]float64(nil), logs...)
			up[i] += 1e-5
			down[i] -= 1e-5
			want := (at(up) - at(down)) / 2e-5
			if !(math.Abs(got[i]-want) <= 1e-5*math.Abs(want)+1e-8*(1+math.Abs(at(logs)))) {
				t.Errorf("derivative %d: %.10g, want %.10g", i, got[i], want)
			}
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		h := anyHistory.Draw(t, "history")
		logs := rapid.SliceOfN(rapid.Float64Range(-2.5, 3), 4, 4).Draw(t, "logs")
		check(t, func(l []float64) float64 { return bgLikelihood(l).of(h, nil) }, func(l, g []float64) { bgLikelihood(l).of(h, g) }, logs)
		check(t, func(l []float64) float64 { return paretoLikelihood(l).of(h, nil) }, func(l, g []float64) { paretoLikelihood(l).of(h, g) }, logs)
		s := Spending{float64(rapid.IntRange(1, 50).Draw(t, "n")), between(0.1, 1000).Draw(t, "mean")}
		check(t, func(l []float64) float64 { return spendingLikelihood(l).of(s, nil) }, func(l, g []float64) { spendingLikelihood(l).of(s, g) }, logs[:3])
		c := Contract{float64(rapid.IntRange(0, 50).Draw(t, "renewals")), rapid.Bool().Draw(t, "ended")}
		check(t, func(l []float64) float64 { return contractLikelihood(l).of(c, nil) }, func(l, g []float64) { contractLikelihood(l).of(c, g) }, logs[:2])
	})
}

// The purchases of people of whom everything is known are counted and compared.
func TestPeopleWhoLiveByAModelAreForetoldByItsFit(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 1))
	true := BGNBD{0.9, 6, 0.8, 2.4}
	people, came := livedBG(rng, true, 50_000, 39, 39)
	m, f, err := FitBGNBD(people)
	if err != nil || !f.Converged || f.Boundary {
		t.Fatalf("%+v, %v", f, err)
	}
	for i, p := range []struct{ got, want float64 }{{m.R, true.R}, {m.Alpha, true.Alpha}, {m.A, true.A}, {m.B, true.B}} {
		if !(math.Abs(p.got-p.want) < 4*f.SE[i]) || !(f.SE[i] < 0.2*p.want) {
			t.Errorf("parameter %d: %.4f ± %.4f, lived by %g", i, p.got, f.SE[i], p.want)
		}
	}
	expected := 0.0
	for _, h := range people {
		expected += Foretell(m, h, 39, 0).Purchases
	}
	if !(math.Abs(expected/came-1) < 0.03) {
		t.Errorf("%.0f expected, %.0f came", expected, came)
	}
}

func TestARefitEndsWhereASearchDoes(t *testing.T) {
	for seed := range uint64(6) {
		rng := rand.New(rand.NewPCG(seed, 2))
		people, _ := livedBG(rng, BGNBD{0.5 + rng.Float64(), 4 + 8*rng.Float64(), 0.6 + rng.Float64(), 2 + 2*rng.Float64()}, 1_500, 39, 0)
		later := slices.Clone(people[:1_400]) // some are gone, all are a day older, and some bought on it
		for i := range later {
			h := &later[i]
			if h.Age++; rng.IntN(20) == 0 {
				h.Repeats, h.Last = h.Repeats+1, h.Age
			}
		}
		refitsAsItSearches(t, people, later, FitBGNBD, BGNBD.Refit)
		refitsAsItSearches(t, people, later, FitParetoNBD, ParetoNBD.Refit)
	}
}

func refitsAsItSearches[M any](t *testing.T, people, later []History, search func([]History) (M, Fit, error), refit func(M, []History) (M, Fit, error)) {
	t.Helper()
	before, _, err := search(people)
	if err != nil {
		t.Fatal(err)
	}
	want, sought, err := search(later)
	if err != nil {
		t.Fatal(err)
	}
	got, f, err := refit(before, later)
	if err != nil || f.Converged != sought.Converged || f.Boundary != sought.Boundary || math.Abs(f.LogLikelihood-sought.LogLikelihood) > 1e-7*math.Abs(sought.LogLikelihood) {
		t.Errorf("refitted %+v %+v, %v; sought %+v %+v", got, f, err, want, sought)
	}
	if _, _, err := refit(before, nil); !errors.Is(err, ErrNothing) {
		t.Errorf("to nothing: %v", err)
	}
}

// livedBG draws histories of so long, and counts the purchases of a time after them.
func livedBG(rng *rand.Rand, m BGNBD, people int, long, after float64) (histories []History, came float64) {
	for range people {
		rate, leaves := gammaDraw(rng, m.R)/m.Alpha, betaDraw(rng, m.A, m.B)
		h := History{Age: long * (0.6 + 0.4*rng.Float64())}
		for at := rng.ExpFloat64() / rate; at < h.Age+after; at += rng.ExpFloat64() / rate {
			if at <= h.Age {
				h.Repeats, h.Last = h.Repeats+1, at
			} else {
				came++
			}
			if rng.Float64() < leaves {
				break
			}
		}
		histories = append(histories, h)
	}
	return histories, came
}

func betaDraw(rng *rand.Rand, a, b float64) float64 {
	x, y := gammaDraw(rng, a), gammaDraw(rng, b)
	return x / (x + y)
}

// gammaDraw is a draw of the gamma distribution of a shape and rate 1 (Marsaglia, Tsang 2000).
func gammaDraw(rng *rand.Rand, shape float64) float64 {
	if shape < 1 {
		return gammaDraw(rng, shape+1) * math.Pow(rng.Float64(), 1/shape)
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

func TestPeopleWhoAreAllAlikePutAParameterAtItsBound(t *testing.T) {
	var people []History
	bought, lived := 0.0, 0.0
	for day := range 100 { // everybody buys every fourth week
		age := 26 + float64(day)/7
		people = append(people, History{math.Floor(age / 4), 4 * math.Floor(age/4), age})
		bought, lived = bought+math.Floor(age/4), lived+age
	}
	bg, f, err := FitBGNBD(people)
	pareto, g, err2 := FitParetoNBD(people)
	if err != nil || err2 != nil || !f.Converged || !f.Boundary || !g.Converged || !g.Boundary {
		t.Errorf("%+v %+v, %v\n%+v %+v, %v", bg, f, err, pareto, g, err2)
	}
	for _, m := range []Buying{bg, pareto} {
		if f := Foretell(m, History{7, 28, 30}, 40, 0); !close(f.Purchases, 40*bought/lived, 1e-3) {
			t.Errorf("%+v: in 40 weeks %+v, want %g", m, f, 40*bought/lived)
		}
	}
}

func TestNothingIsFittedToNothing(t *testing.T) {
	_, _, bg := FitBGNBD(nil)
	_, _, pareto := FitParetoNBD([]History{{Age: 10}, {Age: 12}})
	_, _, spend := FitGammaGamma([]Spending{{2, 10}, {2, 10}})
	_, _, contract := FitShiftedBetaGeometric([]Contract{{Renewals: 3}})
	for _, err := range []error{bg, pareto, spend, contract} {
		if !errors.Is(err, ErrNothing) {
			t.Errorf("%v", err)
		}
	}
	if _, _, err := FitBGNBD([]History{{1, 20, 10}}); err == nil || errors.Is(err, ErrNothing) {
		t.Errorf("a purchase after the end: %v", err)
	}
}

// A year's contracts of 1,000 people a kind, seven renewals seen: figure 1 and section 4 of Fader and Hardie (2007).
func TestContractsAreProjectedAsPublished(t *testing.T) {
	for _, c := range []struct {
		name        string
		left        []float64 // percent, after 1, 2, … renewals
		alpha, beta float64
	}{
		{"high end", []float64{86.9, 74.3, 65.3, 59.3, 55.1, 51.7, 49.1, 46.8, 44.5, 42.7, 40.9, 39.4}, 0.668, 3.806},
		{"regular", []float64{63.1, 46.8, 38.2, 32.6, 28.9, 26.2, 24.1, 22.3, 20.7, 19.4, 18.3, 17.3}, 0.704, 1.182},
	} {
		var contracts []Contract
		before := 1000
		for n, percent := range c.left[:7] {
			now := int(math.Round(10 * percent))
			for range before - now {
				contracts = append(contracts, Contract{float64(n), true})
			}
			before = now
		}
		for range before {
			contracts = append(contracts, Contract{7, false})
		}
		m, f, err := FitShiftedBetaGeometric(contracts)
		if err != nil || !f.Converged || f.Boundary {
			t.Fatalf("%s: %+v, %v", c.name, f, err)
		}
		t.Logf("%s: %+v %+v", c.name, m, f)
		within(t, c.name+" alpha", m.Alpha, c.alpha, 0.0005)
		within(t, c.name+" beta", m.Beta, c.beta, 0.0005)
		within(t, c.name+" after 12 renewals", 100*m.Survival(12), c.left[11], 2)
	}
}

func TestWhatAContractWillBringEndsInItsClosedForm(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := ShiftedBetaGeometric{between(0.1, 20).Draw(t, "alpha"), between(0.1, 20).Draw(t, "beta")}
		c := Contract{Renewals: float64(rapid.IntRange(0, 30).Draw(t, "renewals"))}
		rate := rapid.Float64Range(0.02, 0.5).Draw(t, "rate")
		if got, want := m.Forever(c, rate), m.Residual(c, 5000, rate); !close(got, want, 1e-11) {
			t.Errorf("%.15g, want %.15g", got, want)
		}
		if got, want := m.Expected(c, 3), (m.Survival(c.Renewals+1)+m.Survival(c.Renewals+2)+m.Survival(c.Renewals+3))/m.Survival(c.Renewals); !close(got, want, 1e-9) {
			t.Errorf("three periods: %g, want %g", got, want)
		}
	})
}

func TestDiscountedPurchasesAreTheirIntegral(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h, long := anyHistory.Draw(t, "history"), rapid.Float64Range(1, 104).Draw(t, "within")
		rate := rapid.Float64Range(0, 0.005).Draw(t, "rate a week")
		for m, apart := range map[Buying]float64{
			BGNBD{0.243, 4.414, 0.793, 2.426}: 1e-3, ParetoNBD{0.553, 10.578, 0.606, 11.669}: 1e-3,
			anyBG.Draw(t, "bg"): 5e-3, anyPareto.Draw(t, "pareto"): 5e-3,
		} {
			want := math.Exp(-rate*long)*m.Staying(h, long) +
				rate*integral(func(u float64) float64 { return math.Exp(-rate*u*u) * m.Staying(h, u*u) * 2 * u }, 0, math.Sqrt(long), 100)
			if got := Foretell(m, h, long, rate); !close(got.Discounted, want*m.Alive(h), apart) {
				t.Errorf("%T: %+v, want %g", m, got, want*m.Alive(h))
			}
		}
	})
}

// 2 µs a person is what the requirement allows; the people are CDNOW's where they are at hand.
func BenchmarkScoring(b *testing.B) {
	people, _ := livedBG(rand.New(rand.NewPCG(1, 1)), BGNBD{0.25, 4.4, 0.8, 2.4}, 10_000, 39, 0)
	for name, m := range map[string]Buying{"bgnbd": BGNBD{0.25, 4.4, 0.8, 2.4}, "paretonbd": ParetoNBD{0.55, 10.6, 0.6, 11.7}} {
		b.Run(name, func(b *testing.B) {
			value := 0.0
			for i := 0; b.Loop(); i++ {
				value += Foretell(m, people[i%len(people)], 39, 0.002).Discounted
			}
			if value <= 0 {
				b.Fatal("nobody is worth anything")
			}
		})
	}
}

// 100,000 people are to be fitted within 10 s.
func BenchmarkFit100000(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 1))
	people, _ := livedBG(rng, BGNBD{0.25, 4.4, 0.8, 2.4}, 100_000, 39, 0)
	for i := range people { // as dates have it
		people[i].Age, people[i].Last = math.Ceil(7*people[i].Age)/7, math.Ceil(7*people[i].Last)/7
	}
	b.Run("bgnbd", func(b *testing.B) {
		for b.Loop() {
			if _, f, err := FitBGNBD(people); err != nil || !f.Converged {
				b.Fatal(f, err)
			}
		}
	})
	b.Run("paretonbd", func(b *testing.B) {
		for b.Loop() {
			if _, f, err := FitParetoNBD(people); err != nil || !f.Converged {
				b.Fatal(f, err)
			}
		}
	})
}

func TestAClimbThatFindsNoTopSaysSo(t *testing.T) {
	nowhere := func(at, gradient []float64) float64 {
		for i := range gradient {
			gradient[i] += 1 // uphill, it says, and it is not
		}
		return -math.Exp(at[0])
	}
	if end := climb(nowhere, []float64{0}, []float64{0}); end.converged {
		t.Errorf("%+v", end)
	}
	broken := func(at, gradient []float64) float64 { return math.NaN() }
	if end := climb(broken, []float64{0}, []float64{0}); end.converged {
		t.Errorf("%+v", end)
	}
}
