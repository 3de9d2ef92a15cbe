package main

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

func near(t *testing.T, what string, got, want, apart float64) {
	t.Helper()
	if !(math.Abs(got-want) <= apart) {
		t.Errorf("%s: %.9g, want %.9g within %.1g", what, got, want, apart)
	}
}

func TestCDNOWIsFittedAndForetoldAsPublished(t *testing.T) {
	path := shared(t, "cdnow/transactions.csv.gz")
	b, err := os.ReadFile(filepath.Join(filepath.Dir(path), "reference.json"))
	if err != nil {
		t.Fatal(err)
	}
	var reference map[string]any
	if err := json.Unmarshal(b, &reference); err != nil {
		t.Fatal(err)
	}
	for model, key := range map[string]string{"bgnbd": "bgnbd", "paretonbd": "pnbd"} {
		out := filepath.Join(t.TempDir(), "people.csv")
		o := lab(t, "", "ltv", path, "--model", model, "--calibration-end", "1997-09-30", "--horizon", "39", "--spend", "--json", "--people", out).object(t)
		near(t, "customers", at(t, o, "customers"), 2357, 0)
		near(t, "repeats", at(t, o, "repeats"), at(t, reference, "calibration_repeat_purchases"), 0)
		near(t, "log-likelihood", at(t, o, "logLikelihood"), at(t, reference, "fitted here (scipy, two restarts of Nelder-Mead)", key, "LL"), 1e-6)
		params, _ := o["params"].(map[string]any)
		for name := range params {
			published := at(t, reference, "published (Fader, Hardie, Lee 2005)", key, name)
			near(t, model+" "+name, at(t, o, "params", name), published, 0.0005+1e-9)
		}
		for name, published := range map[string]float64{"p": 6.25, "q": 3.74, "gamma": 15.44} {
			near(t, "spend "+name, at(t, o, "spend", name), published, 0.005)
		}
		holdout, _ := reference["holdout, 39 weeks"].(map[string]any)
		near(t, "actual", at(t, o, "holdout", "actual"), at(t, holdout, "actual"), 0)
		// The reference's sums are those of BTYD's estimates, which differ in the fourth digit.
		near(t, "expected", at(t, o, "holdout", "expected"), at(t, holdout, key, "sum"), 2e-4*1882)
		near(t, "MAE", at(t, o, "holdout", "mae"), at(t, holdout, key, "MAE"), 2e-4)
		near(t, "RMSE", at(t, o, "holdout", "rmse"), at(t, holdout, key, "RMSE"), 2e-4)
		near(t, "correlation", at(t, o, "holdout", "correlation"), at(t, holdout, key, "correlation"), 2e-5)
		classes, _ := o["holdout"].(map[string]any)["byRepeats"].([]any)
		table, _ := reference["mean holdout purchases by calibration frequency 0..6, 7+"].(map[string]any)
		for i, class := range classes {
			c, _ := class.(map[string]any)
			for name, of := range map[string]string{"customers": "customers", "actual": "actual", "expected": key} {
				want, _ := table[of].([]any)
				near(t, fmt.Sprintf("%s, %d repeats: %s", model, i, name), at(t, c, name), want[i].(float64), 2e-3)
			}
		}
		sum := 0.0
		for _, row := range readCSV(t, out)[1:] {
			expected, err := strconv.ParseFloat(row[4], 64)
			if err != nil {
				t.Fatal(err)
			}
			sum += expected
		}
		near(t, "the people's sum", sum, at(t, o, "holdout", "expected"), 1e-6)
	}
}

func readCSV(t *testing.T, path string) [][]string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(strings.NewReader(string(b))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// boughtBy is purchases of people who come and go.
func boughtBy(people int) string {
	rng := rand.New(rand.NewPCG(1, 5))
	start := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	var b strings.Builder
	b.WriteString("customer_id,date,amount\n")
	for i := range people {
		each := 10 + 40*rng.Float64()
		for day := rng.Float64() * 80; day < 360; day += rng.ExpFloat64() * (10 + 100*rng.Float64()) {
			fmt.Fprintf(&b, "p%d,%s,%.2f\n", i, start.AddDate(0, 0, int(day)).Format(time.DateOnly), each*(0.5+rng.Float64()))
			if rng.Float64() < 0.15 {
				break
			}
		}
	}
	return b.String()
}

func TestPurchasesAreReadHoweverTheirDaysAreWrittenAndInAnyOrder(t *testing.T) {
	text := boughtBy(400)
	lines := strings.Split(strings.TrimSpace(text), "\n")
	rand.New(rand.NewPCG(1, 1)).Shuffle(len(lines)-1, func(i, j int) { lines[i+1], lines[j+1] = lines[j+1], lines[i+1] })
	for i, line := range lines[1:] {
		cells := strings.Split(line, ",")
		switch i % 3 {
		case 0:
			cells[1] = strings.ReplaceAll(cells[1], "-", "")
		case 1:
			cells[1] += "T12:30:00Z"
		}
		lines[i+1] = strings.Join(cells, ",")
	}
	args := []string{"ltv", "-", "--calibration-end", "2025-08-31", "--horizon", "12", "--spend", "--json"}
	a, b := lab(t, text, args...).object(t), lab(t, strings.Join(lines, "\n"), args...).object(t)
	for _, key := range []string{"logLikelihood", "expected", "residualValue"} {
		near(t, key, at(t, b, key), at(t, a, key), 1e-6*math.Abs(at(t, a, key)))
	}
	if a["converged"] != true || at(t, a, "holdout", "actual") < 50 {
		t.Errorf("%v", a)
	}
}

func TestBadPurchasesAreOneLineAndExitStatusOne(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"an empty file":      {"", ":1: header: the file is empty\n"},
		"a missing column":   {"customer_id,day\na,2025-01-01\n", ":1: date: no such column; there are \"customer_id\", \"day\"\n"},
		"no rows":            {"customer_id,date,amount\n", ":1: rows: the file has no purchases that can be read\n"},
		"a day of no kind":   {"customer_id,date,amount\na,01/02/2025,3\n", ":2: date: 01/02/2025 is not a date such as 2006-01-02 or 2006-01-02T15:04:05Z\n"},
		"a day long ago":     {"customer_id,date,amount\na,0001-01-01,3\n", ":2: date: the year 1 is not between 1900 and 2200\n"},
		"a refund":           {"customer_id,date,amount\na,2025-01-02,-3\n", ":2: amount: -3 is not between 0 and 1e+12\n"},
		"nobody":             {"customer_id,date,amount\n,2025-01-02,3\n", ":2: customer_id: empty\n"},
		"a short row":        {"customer_id,date,amount\na,2025-01-02\n", ":2: amount: missing: the row has 2 fields, the header 3\n"},
		"nobody came again":  {"customer_id,date,amount\na,2025-01-02,3\nb,2025-01-05,3\n", ":1: fit: nothing to fit: nobody bought twice (up to 2025-01-05)\n"},
		"all alike in spend": {"customer_id,date,amount\na,2025-01-02,3\na,2025-01-05,3\nb,2025-01-03,3\nb,2025-01-08,3\n", ":1: amount: nothing to fit: two people with different amounts are needed\n"},
	} {
		t.Run(name, func(t *testing.T) {
			path := file(t, "bought.csv", c.text)
			got := lab(t, "", "ltv", path, "--json", "--spend")
			if got.exit != 1 || got.out != "" || !strings.HasSuffix(got.notes, path+c.want) {
				t.Errorf("exit status %d, output %q, notes %q, want %q", got.exit, got.out, got.notes, c.want)
			}
		})
	}
}

func TestBadPurchasesAreSetAsideWhenAsked(t *testing.T) {
	text := boughtBy(300)
	args := []string{"ltv", "-", "--calibration-end", "2025-08-31", "--horizon", "12", "--json", "--skip-bad"}
	a := lab(t, text, args...).object(t)
	b := lab(t, strings.Replace(text, "\np1,", "\np0,yesterday,1\n,2025-01-01,2\np1,", 1), args...).object(t)
	if b["skipped"] != 2.0 || a["logLikelihood"] != b["logLikelihood"] {
		t.Errorf("%v rows set aside, log-likelihoods %v and %v", b["skipped"], a["logLikelihood"], b["logLikelihood"])
	}
}

// Subscribers who pay every 30 days leave with a chance of their own.
func TestContractsAreProjectedFromTheirPayments(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 5))
	start := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	var b strings.Builder
	b.WriteString("who,paid\n")
	for i := range 2000 {
		leaves := math.Pow(rng.Float64(), 2) * 0.6
		for day := rng.IntN(60); day < 360; day += 30 {
			fmt.Fprintf(&b, "s%d,%s\n", i, start.AddDate(0, 0, day+rng.IntN(5)).Format(time.DateOnly))
			if rng.Float64() < leaves {
				break
			}
		}
	}
	o := lab(t, b.String(), "ltv", "-", "--model", "sbg", "--customer", "who", "--date", "paid", "--calibration-end", "2024-07-31", "--horizon", "20", "--json").object(t)
	if o["periodDays"] != 30.0 || o["converged"] != true || o["boundary"] != false {
		t.Errorf("%v", o)
	}
	expected, actual := at(t, o, "holdout", "expected"), at(t, o, "holdout", "actual")
	if !(math.Abs(expected/actual-1) < 0.05) || actual < 1000 {
		t.Errorf("%g renewals expected, %g came", expected, actual)
	}
}
