package main

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// uplift runs `aparte lab uplift --json` over a test with the arms mail and none.
func uplift(t *testing.T, path string, args ...string) map[string]any {
	t.Helper()
	all := append([]string{"uplift", path, "--json", "--treatment", "arm", "--treated", "mail", "--control", "none", "--outcome", "visit"}, args...)
	return lab(t, "", all...).object(t)
}

// at is the number at a path of keys.
func at(t *testing.T, o map[string]any, keys ...string) float64 {
	t.Helper()
	for _, k := range keys[:len(keys)-1] {
		o, _ = o[k].(map[string]any)
	}
	x, ok := o[keys[len(keys)-1]].(float64)
	if !ok {
		t.Fatalf("no number at %v", keys)
	}
	return x
}

// mailing is a made-up test: those who came lately respond to a mail, those who did not are put off, the
// rest come or not whatever is done. Some cells are missing; sales are a consequence.
func mailing(t *testing.T, people int) string {
	rng := rand.New(rand.NewPCG(4, 2))
	var b strings.Builder
	b.WriteString("id,days,town,arm,visit,sales\n")
	for i := range people {
		days, town, mailed := rng.IntN(100), []string{"Lyon", "Brest", "Nice", "?"}[rng.IntN(4)], rng.IntN(3) > 0
		chance, arm := 0.1, "none"
		if town == "Lyon" {
			chance = 0.4
		}
		if mailed {
			arm = "mail"
			if days < 50 {
				chance += 0.15
			} else {
				chance -= 0.08
			}
		}
		visit, sales := 0, 0.0
		if rng.Float64() < chance {
			visit = 1
			if rng.IntN(3) == 0 {
				sales = 20 * rng.ExpFloat64()
			}
		}
		cell := fmt.Sprint(days)
		if rng.IntN(10) == 0 {
			cell = ""
		}
		fmt.Fprintf(&b, "p%d,%s,%s,%s,%d,%.2f\n", i, cell, town, arm, visit, sales)
	}
	return file(t, "mailing.csv", b.String())
}

func TestAMailingThatPutsHalfThePeopleOffIsSentToTheOthers(t *testing.T) {
	path := mailing(t, 12_000)
	o := uplift(t, path, "--splits", "4")
	if shares := at(t, o, "policy", "shares", "mail"); math.Abs(shares-0.5) > 0.1 {
		t.Errorf("a mail is sent to %g of all", shares)
	}
	for _, baseline := range []string{"all", "none"} {
		if low := at(t, o, "baselines", baseline, "gain", "low"); low <= 0 {
			t.Errorf("the policy gains over %s: at least %g", baseline, low)
		}
	}
	if qini := at(t, o, "qini"); qini < 0.1 {
		t.Errorf("qini %g", qini)
	}
	if diff := cmp.Diff([]any{"days", "town"}, o["features"]); diff != "" {
		t.Error(diff)
	}
	unused, _ := o["unused"].(map[string]any)
	for column, why := range map[string]string{"id": "names people", "sales": "looks like an outcome"} {
		if reason, _ := unused[column].(string); !strings.Contains(reason, why) {
			t.Errorf("%s: %v", column, unused[column])
		}
	}
	again := uplift(t, path, "--splits", "4")
	if diff := cmp.Diff(o, again); diff != "" {
		t.Errorf("the same seed: %s", diff)
	}
}

func TestACostKeepsTheMailFromThoseItDoesNotPayFor(t *testing.T) {
	o := uplift(t, mailing(t, 6_000), "--splits", "2", "--cost", "0.5")
	if none := at(t, o, "policy", "shares", "none"); none != 1 {
		t.Errorf("nothing is sent to %g of all", none)
	}
	if value, none := at(t, o, "policy", "value"), at(t, o, "baselines", "none", "value"); value != none {
		t.Errorf("silence is worth %g and %g", value, none)
	}
}

func TestBadTestsAreOneLineAndExitStatusOne(t *testing.T) {
	const head = "arm,visit,age\n"
	good := strings.Repeat("mail,1,30\nnone,0,40\n", 4)
	for _, c := range []struct{ text, want string }{
		{head + good + "mail,NaN,20\n", ":10: visit: NaN is not a finite number\n"},
		{head + good + "mail,,20\n", ":10: visit: empty where a number belongs\n"},
		{head + good + ",1,20\n", ":10: arm: empty\n"},
		{head + "mail,1,30\nmail,0,3\n", `:1: arm: 0 rows have the value "none"; an arm needs two` + "\n"},
		{"arm,age\n", `:1: visit: no such column; there are "arm", "age"` + "\n"},
	} {
		path := file(t, "test.csv", c.text)
		got := lab(t, "", "uplift", path, "--json", "--treatment", "arm", "--treated", "mail", "--control", "none", "--outcome", "visit")
		if got.exit != 1 || got.out != "" || got.notes != path+c.want {
			t.Errorf("exit status %d, output %q, notes %q, want %q", got.exit, got.out, got.notes, c.want)
		}
	}
	path := file(t, "test.csv", head+good+"mail,maybe,20\n"+strings.Repeat(good, 5))
	o := uplift(t, path, "--skip-bad", "--splits", "1", "--test-mod", "2", "--test-below", "1", "--features", "age")
	if o["skipped"] != 1.0 || o["rows"] != 48.0 {
		t.Errorf("skipped %v of %v rows", o["skipped"], o["rows"])
	}
}

func TestAFixedScoreOfTheHillstromTestIsJudgedAsTheReference(t *testing.T) {
	o, want := hillstrom(t, "Womens E-Mail", "--score", "history")
	section, _ := want["Womens E-Mail vs No E-Mail, outcome visit"]["score=history (whole set)"].(map[string]any)
	facts, _ := want["facts"]["Womens E-Mail minus No E-Mail"].(map[string]any)
	for _, c := range []struct{ got, want float64 }{
		{at(t, o, "qini"), at(t, section, "qini_normalised")},
		{at(t, o, "auuc"), at(t, section, "auuc_normalised")},
		{at(t, o, "upliftAt", "0.1"), at(t, section, "uplift@0.1")},
		{at(t, o, "upliftAt", "0.3"), at(t, section, "uplift@0.3")},
		{at(t, o, "effect", "value"), at(t, facts, "visit", "difference")},
		{at(t, o, "effect", "se"), at(t, facts, "visit", "se")},
	} {
		if math.Abs(c.got-c.want) > 1e-11 {
			t.Errorf("%.15g, want %.15g", c.got, c.want)
		}
	}
}

// The bars are those of batch learners on the same rows; chance has a standard deviation of 0.012 there.
func TestEffectsOfTheHillstromTestRankPeopleAsWellAsBatchLearners(t *testing.T) {
	for _, c := range []struct {
		arm string
		bar float64
	}{{"Womens E-Mail", 0.0610}, {"Mens E-Mail", 0.0282}} {
		o, want := hillstrom(t, c.arm, "--splits", "1")
		section := want[c.arm+" vs No E-Mail, outcome visit"]
		if got := at(t, o, "testRows"); got != at(t, section, "n_test") {
			t.Errorf("%g rows judge", got)
		}
		qini := at(t, o, "qini")
		t.Logf("%s: qini %.4f, bar %.4f", c.arm, qini, c.bar)
		if qini < c.bar-2*0.013 {
			t.Errorf("%s: qini %.4f, bar %.4f", c.arm, qini, c.bar)
		}
		if unused, _ := o["unused"].(map[string]any); unused["conversion"] == nil || unused["spend"] == nil {
			t.Errorf("outcomes describe people: %v", o["features"])
		}
	}
}

func TestATestOfAHandfulOfPeopleIsDecidedForAllTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := &experiment{arms: []string{"none", "mail", "call"}, columns: []*column{{name: "town"}}}
		for range rapid.IntRange(2, 8).Draw(t, "people") {
			x.arm = append(x.arm, uint8(rapid.IntRange(0, 2).Draw(t, "arm")))
			x.outcome = append(x.outcome, rapid.Float64Range(-1, 1).Draw(t, "outcome"))
			x.columns[0].add(rapid.SampledFrom([]string{"Lyon", "Nice", ""}).Draw(t, "town"))
		}
		x.sortOut(false)
		decisions, err := x.crossFit(2, 1, 0)
		if err != nil {
			t.Fatal(err)
		}
		people := peopleWho(func(int) bool { return true }, len(x.arm))
		if tried := x.try(people, 0, decisions); math.IsNaN(float64(tried.policy.Value)) {
			t.Fatal("the policy has no value")
		}
	})
}

func hillstrom(t *testing.T, arm string, args ...string) (result map[string]any, reference map[string]map[string]any) {
	t.Helper()
	path := shared(t, "hillstrom/hillstrom.csv.gz")
	b, err := os.ReadFile(filepath.Join(filepath.Dir(path), "reference.json"))
	if err != nil {
		t.Fatal(err)
	}
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(b, &raw); err != nil {
		t.Fatal(err)
	}
	reference = map[string]map[string]any{}
	for name, section := range raw {
		var o map[string]any
		if json.Unmarshal(section, &o) == nil {
			reference[name] = o
		}
	}
	all := append([]string{"uplift", path, "--json", "--treatment", "segment", "--treated", arm, "--control", "No E-Mail", "--outcome", "visit"}, args...)
	return lab(t, "", all...).object(t), reference
}

func TestEveryCellHasALevelAndNumbersFillTheirBinsEvenly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cells := rapid.SliceOfN(rapid.SampledFrom([]string{"", "?", "NaN", "1", "2.5", "-3e2", " 7 ", "red", "blue", "1"}), 1, 60).Draw(t, "cells")
		c := &column{name: "c"}
		for _, cell := range cells {
			c.add(cell)
		}
		c.sortOut()
		if len(c.levels) != len(cells) {
			t.Fatalf("%d levels of %d cells", len(c.levels), len(cells))
		}
		texts := slices.ContainsFunc(cells, func(s string) bool { return s == "red" || s == "blue" })
		for i, a := range cells {
			for j, b := range cells {
				a, b := strings.TrimSpace(a), strings.TrimSpace(b)
				same := c.levels[i] == c.levels[j]
				switch {
				case (a == b || isMissing(a) && isMissing(b)) && !same:
					t.Fatalf("%q is two levels", a)
				case same && isMissing(a) != isMissing(b):
					t.Fatalf("%q is the same as %q", a, b)
				case same && texts && a != b && !isMissing(a):
					t.Fatalf("the category %q is the same as %q", a, b)
				}
			}
		}
	})
	c := &column{name: "n"}
	rng := rand.New(rand.NewPCG(1, 1))
	for range 8000 {
		c.add(fmt.Sprint(math.Exp(3 * rng.NormFloat64())))
	}
	c.sortOut()
	counts := map[uint16]int{}
	for _, l := range c.levels {
		counts[l]++
	}
	for level, n := range counts {
		if len(counts) != numberBins || n < 900 || n > 1100 {
			t.Errorf("level %d of %d has %d of 8000 rows", level, len(counts), n)
		}
	}
}
