package measure

import (
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"testing"
)

// The reference figures were worked out with scikit-uplift's definitions, digit for digit.

const hillstrom = "../../shared/data/hillstrom"

type armFacts struct {
	Difference float64    `json:"difference"`
	SE         float64    `json:"se"`
	CI95       [2]float64 `json:"ci95"`
}

func TestEffectsOfTheHillstromTestAreTheReferences(t *testing.T) {
	rows, reference := readHillstrom(t)
	var facts map[string]json.RawMessage
	decode(t, reference["facts"], &facts)
	for _, arm := range []string{"Mens E-Mail", "Womens E-Mail"} {
		var want map[string]armFacts
		decode(t, facts[arm+" minus No E-Mail"], &want)
		for outcome, want := range want {
			var treated, control Mean
			for _, r := range rows {
				switch r["segment"] {
				case arm:
					treated.Add(number(t, r[outcome]))
				case "No E-Mail":
					control.Add(number(t, r[outcome]))
				}
			}
			got := AverageEffect(&treated, &control, 0.95)
			same(t, arm+" "+outcome, got.Value, want.Difference)
			same(t, arm+" "+outcome+" se", got.SE, want.SE)
			same(t, arm+" "+outcome+" low", got.Low, want.CI95[0])
			same(t, arm+" "+outcome+" high", got.High, want.CI95[1])
		}
	}
}

func TestRankingsOfTheHillstromTestMeasureAsTheReferences(t *testing.T) {
	rows, reference := readHillstrom(t)
	scores := map[string]func(map[string]string) float64{
		"history":  func(r map[string]string) float64 { return number(t, r["history"]) },
		"-recency": func(r map[string]string) float64 { return -number(t, r["recency"]) },
		"womens":   func(r map[string]string) float64 { return number(t, r["womens"]) + 1e-6*number(t, r["history"]) },
	}
	for _, arm := range []string{"Mens E-Mail", "Womens E-Mail"} {
		var section map[string]json.RawMessage
		decode(t, reference[arm+" vs No E-Mail, outcome visit"], &section)
		for name, score := range scores {
			var cases []Case
			for _, r := range rows {
				if r["segment"] == arm || r["segment"] == "No E-Mail" {
					cases = append(cases, Case{score(r), r["segment"] == arm, number(t, r["visit"])})
				}
			}
			ranking, err := Rank(cases)
			if err != nil {
				t.Fatal(err)
			}
			var want map[string]float64
			decode(t, section["score="+name+" (whole set)"], &want)
			got := map[string]float64{
				"qini_area": ranking.Qini().Area(), "qini_area_random": ranking.Qini().AreaOfChance(),
				"qini_coefficient_per_n2": ranking.QiniPerCase(),
			}
			got["qini_normalised"], _ = ranking.QiniScore()
			got["auuc_normalised"], _ = ranking.AUUC()
			curve := ranking.Qini()
			got["qini_curve_last"] = curve[len(curve)-1].Gain
			for at, share := range map[string]float64{"uplift@0.1": 0.1, "uplift@0.2": 0.2, "uplift@0.3": 0.3, "uplift@0.5": 0.5} {
				got[at], _ = ranking.UpliftAt(share)
			}
			for key, want := range want {
				if _, known := got[key]; !known {
					t.Errorf("the reference has %q", key)
				}
				same(t, arm+" "+name+" "+key, got[key], want)
			}
		}
	}
}

func TestOneMailToAllOfTheHillstromTestIsWorthTheReference(t *testing.T) {
	rows, reference := readHillstrom(t)
	var section map[string]map[string]json.RawMessage
	decode(t, reference["policy value on test rows (row number mod 10 < 3), propensity 1/3 each"], &section)
	for _, arm := range []string{"No E-Mail", "Mens E-Mail", "Womens E-Mail"} {
		for _, outcome := range []string{"visit", "conversion", "spend"} {
			var trials []Trial
			for i, r := range rows {
				if i%10 < 3 {
					trials = append(trials, Trial{r["segment"] == arm, 1.0 / 3, number(t, r[outcome])})
				}
			}
			var want struct{ IPS, SE float64 }
			decode(t, section["always "+arm][outcome], &want)
			got := PolicyValue(trials, 0.95)
			same(t, arm+" "+outcome, got.Value, want.IPS)
			same(t, arm+" "+outcome+" se", got.SE, want.SE)
		}
	}
}

// same allows for the order in which numbers are summed.
func same(t *testing.T, what string, got, want float64) {
	t.Helper()
	if math.Abs(got-want) > 1e-11*math.Abs(want) {
		t.Errorf("%s: %.17g, want %.17g", what, got, want)
	}
}

func readHillstrom(t *testing.T) (rows []map[string]string, reference map[string]json.RawMessage) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(hillstrom, "reference.json"))
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("the test's rows are not beside the repository: ../shared/data/hillstrom")
	} else if err != nil {
		t.Fatal(err)
	}
	decode(t, b, &reference)
	f, err := os.Open(filepath.Join(hillstrom, "hillstrom.csv.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	table, err := csv.NewReader(z).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range table[1:] {
		row := make(map[string]string, len(line))
		for i, column := range table[0] {
			row[column] = line[i]
		}
		rows = append(rows, row)
	}
	return rows, reference
}

func decode(t *testing.T, b []byte, v any) {
	t.Helper()
	if err := json.Unmarshal(b, v); err != nil {
		t.Fatal(err)
	}
}

func number(t *testing.T, s string) float64 {
	t.Helper()
	v, err := strconv.ParseFloat(s, 64)
	if err != nil {
		t.Fatal(err)
	}
	return v
}
