package lifetime

import (
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
)

// The customers of CDNOW and what others found of them: SOURCE.md and reference.json beside the data.
const cdnow = "../../shared/data/cdnow"

type customer struct {
	History
	holdout, mean, bgExpected, bgAlive, paretoExpected, paretoAlive, spend float64
}

func customers(t testing.TB) (all []customer) {
	t.Helper()
	f, err := os.Open(filepath.Join(cdnow, "customers.csv.gz"))
	if err != nil {
		t.Skipf("%v: the test needs the shared data beside the repository", err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(z).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	column := func(name string) int { return slices.Index(rows[0], name) }
	for _, row := range rows[1:] {
		n := func(name string) float64 {
			x, err := strconv.ParseFloat(row[column(name)], 64)
			if err != nil {
				t.Fatal(err)
			}
			return x
		}
		days := func(name string) float64 { return math.Round(7*n(name)) / 7 } // the file has six decimals
		all = append(all, customer{
			History{n("x"), days("t_x"), days("T_cal")}, n("x_holdout"), n("m_x"),
			n("bgnbd_expected"), n("bgnbd_p_alive"), n("pnbd_expected"), n("pnbd_p_alive"), n("gg_expected_spend"),
		})
	}
	return all
}

// reference is a part of reference.json.
func reference(t testing.TB, section string, into any) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(cdnow, "reference.json"))
	if err != nil {
		t.Skip(err)
	}
	var all map[string]json.RawMessage
	if err := json.Unmarshal(b, &all); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(all[section], into); err != nil {
		t.Fatalf("%s: %v", section, err)
	}
}

func historiesOf(people []customer) (histories []History) {
	for _, c := range people {
		histories = append(histories, c.History)
	}
	return histories
}

func within(t *testing.T, what string, got, want, apart float64) {
	t.Helper()
	if !(math.Abs(got-want) <= apart) {
		t.Errorf("%s: %.10g, want %.10g within %.1g", what, got, want, apart)
	}
}

func TestTheModelsFittedToCDNOWAreThosePublished(t *testing.T) {
	histories := historiesOf(customers(t))
	var published, fitted map[string]map[string]float64
	reference(t, "fitted here (scipy, two restarts of Nelder-Mead)", &fitted)
	var raw map[string]json.RawMessage
	reference(t, "published (Fader, Hardie, Lee 2005)", &raw)
	published = map[string]map[string]float64{}
	for name, section := range raw {
		var numbers map[string]float64
		if json.Unmarshal(section, &numbers) == nil {
			published[name] = numbers
		}
	}
	bg, f, err := FitBGNBD(histories)
	if err != nil || !f.Converged || f.Boundary {
		t.Fatalf("%+v, %v", f, err)
	}
	pareto, g, err := FitParetoNBD(histories)
	if err != nil || !g.Converged || g.Boundary {
		t.Fatalf("%+v, %v", g, err)
	}
	for model, got := range map[string]map[string]float64{
		"bgnbd": {"r": bg.R, "alpha": bg.Alpha, "a": bg.A, "b": bg.B},
		"pnbd":  {"r": pareto.R, "alpha": pareto.Alpha, "s": pareto.S, "beta": pareto.Beta},
	} {
		for name, x := range got {
			within(t, model+" "+name+" as published", x, published[model][name], 0.0005+1e-9)
			within(t, model+" "+name+" as fitted by others", x, fitted[model][name], 1e-5*x)
		}
	}
	within(t, "bgnbd as published", f.LogLikelihood, published["bgnbd"]["LL"], 0.05)
	within(t, "pnbd as published", g.LogLikelihood, published["pnbd"]["LL"], 0.05)
	within(t, "bgnbd", f.LogLikelihood, fitted["bgnbd"]["LL"], 1e-6)
	within(t, "pnbd", g.LogLikelihood, fitted["pnbd"]["LL"], 1e-6)
	t.Logf("%+v %+v\n%+v %+v", bg, f, pareto, g)
}

func TestWhatCDNOWCustomersSpendIsAsPublished(t *testing.T) {
	var spent []Spending
	people := customers(t)
	for _, c := range people {
		if c.mean > 0 {
			spent = append(spent, Spending{c.Repeats, c.mean})
		}
	}
	m, f, err := FitGammaGamma(spent)
	if err != nil || !f.Converged || f.Boundary {
		t.Fatalf("%+v, %v", f, err)
	}
	var published map[string]json.RawMessage
	reference(t, "published (Fader, Hardie, Lee 2005)", &published)
	var want struct{ P, Q, V float64 }
	if err := json.Unmarshal(published["gamma_gamma"], &want); err != nil {
		t.Fatal(err)
	}
	within(t, "p", m.P, want.P, 0.005)
	within(t, "q", m.Q, want.Q, 0.005)
	within(t, "gamma", m.Gamma, want.V, 0.005)

	var fits map[string]map[string]float64
	reference(t, "fitted here (R BTYD 2.4.3, BTYDplus 1.2.0)", &fits)
	btyd := fits["gamma_gamma"]
	if !(f.LogLikelihood >= btyd["LL"] && f.LogLikelihood < btyd["LL"]+0.001) { // it stopped a little below the top
		t.Errorf("log-likelihood %.6f, BTYD's %.6f", f.LogLikelihood, btyd["LL"])
	}
	rounded := 0.0
	for _, s := range spent {
		rounded += GammaGamma{want.P, want.Q, want.V}.LogLikelihood(s)
	}
	within(t, "log-likelihood at the published values", rounded, btyd["LL at the published values"], 1e-6)
	theirs := GammaGamma{btyd["p"], btyd["q"], btyd["v"]}
	within(t, "population mean", theirs.Expected(Spending{}), btyd["population mean spend"], 1e-4)
	for _, c := range people {
		within(t, "expected by BTYD's parameters", theirs.Expected(Spending{c.Repeats, c.mean}), c.spend, 1e-6*c.spend)
	}
	t.Logf("%+v %+v", m, f)
}

// The columns of customers.csv.gz are those of BTYD at its own estimates; they are published with four and
// three decimals, which leaves a difference in the fourth digit.
func TestEachCDNOWCustomerIsForetoldAsByBTYD(t *testing.T) {
	bg, pareto := BGNBD{0.2426, 4.4137, 0.7930, 2.4262}, ParetoNBD{0.553, 10.58, 0.606, 11.656}
	for _, c := range customers(t) {
		f, g := Foretell(bg, c.History, 39, 0), Foretell(pareto, c.History, 39, 0)
		within(t, "bgnbd expected", f.Purchases, c.bgExpected, 2e-3*(0.1+c.bgExpected))
		within(t, "bgnbd alive", f.Alive, c.bgAlive, 3e-4)
		within(t, "pnbd expected", g.Purchases, c.paretoExpected, 1e-3*(0.1+c.paretoExpected))
		within(t, "pnbd alive", g.Alive, c.paretoAlive, 5e-4)
	}
	regular := History{26, 30 + 6.0/7, 31} // customer 1516
	within(t, "1516, 52 weeks, pnbd", Foretell(pareto, regular, 52, 0).Purchases, 25.45647, 1e-2)
	within(t, "1516 alive, pnbd", pareto.Alive(regular), 0.997874, 1e-6)
}

func TestNewCustomersOfCDNOWAreForetoldAsByOthers(t *testing.T) {
	people := customers(t)
	bg, _, _ := FitBGNBD(historiesOf(people))
	pareto, _, _ := FitParetoNBD(historiesOf(people))
	new := func(m Buying, within float64) float64 { return Foretell(m, History{}, within, 0).Purchases }
	within(t, "52 weeks, bgnbd", new(bg, 52), 1.444130, 2e-4)
	within(t, "52 weeks, pnbd", new(pareto, 52), 1.473432, 1e-5)
	for _, week := range []struct{ at, bg, pareto float64 }{{39, 2501.62, 2532.78}, {52, 3134.32, 3191.14}, {78, 4166.17, 4275.37}} {
		var sumBG, sumPareto float64
		for _, c := range people { // BTYD counts weeks from the first of all purchases
			sumBG += new(bg, c.Age+week.at-(38+6.0/7))
			sumPareto += new(pareto, c.Age+week.at-(38+6.0/7))
		}
		within(t, "cumulative purchases, bgnbd", sumBG, week.bg, 2e-4*week.bg)
		within(t, "cumulative purchases, pnbd", sumPareto, week.pareto, 2e-5*week.pareto)
	}
}
