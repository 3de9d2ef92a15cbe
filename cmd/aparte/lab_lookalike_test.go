package main

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// audience is people of whom some are good clients: those who read mails, and who live in Lyon.
func audience(people int) string {
	rng := rand.New(rand.NewPCG(9, 1))
	var b strings.Builder
	b.WriteString("id,town,reads,shoe,good,value,later\n")
	for i := range people {
		town, reads, chance := []string{"Lyon", "Brest", "Nice"}[rng.IntN(3)], rng.IntN(20), 0.05
		if town == "Lyon" && reads > 8 {
			chance = 0.6
		}
		good := 0
		if rng.Float64() < chance {
			good = 1
		}
		fmt.Fprintf(&b, "p%d,%s,%d,%d,%d,%d,%d\n", i, town, reads, 36+rng.IntN(9), good, 1+rng.IntN(90), good)
	}
	return b.String()
}

func TestGoodClientsAreFoundAndSoAreTheReasons(t *testing.T) {
	path, out := file(t, "people.csv", audience(5000)), filepath.Join(t.TempDir(), "out.csv")
	args := []string{"lookalike", path, "--seed-col", "good", "--id", "id", "--weight", "value", "--without", "later", "--json", "--people", out}
	o := lab(t, "", args...).object(t)
	if at(t, o, "auc") < 0.75 || at(t, o, "testRows") != 1500 || at(t, o, "liftTopDecile") < 2.5 {
		t.Errorf("%v", o)
	}
	if diff := cmp.Diff([]any{"town", "reads", "shoe"}, o["features"]); diff != "" {
		t.Error(diff)
	}
	if first := o["reasons"].([]any)[0].(map[string]any)["column"]; first != "town" && first != "reads" {
		t.Errorf("it rests on %v", first)
	}
	rows := readCSV(t, out)
	if len(rows) != 5001 || !strings.Contains(rows[1][4], "town = Lyon") {
		t.Errorf("%d rows, the first %v", len(rows), rows[1])
	}
	if again := lab(t, "", args...).object(t); cmp.Diff(o, again) != "" {
		t.Error("the same seed gives another result")
	}
}

func TestSeedsMayBeNamedInAFileOfTheirOwn(t *testing.T) {
	text := audience(5000)
	path := file(t, "people.csv", text)
	seeds, n := "id,weight\n", 0
	for _, line := range strings.Split(text, "\n")[1:] {
		if cells := strings.Split(line, ","); len(cells) > 4 && cells[4] == "1" && n < 300 {
			seeds += cells[0] + "," + cells[5] + "\n"
			n++
		}
	}
	ids := file(t, "ids.csv", seeds+"nobody,1\n")
	o := lab(t, "", "lookalike", path, "--seeds", ids, "--id", "id", "--label", "good", "--without", "later,value", "--json").object(t)
	if at(t, o, "auc") < 0.75 || o["logLoss"] != nil || o["reliability"] != nil {
		t.Errorf("%v", o)
	}
	if diff := cmp.Diff([]any{"1 of the seeds are not in the file"}, o["notes"]); diff != "" {
		t.Error(diff)
	}
}

func TestBadAudiencesAreOneLineAndExitStatusOne(t *testing.T) {
	const head = "id,town,good\n"
	for text, want := range map[string]string{
		"":                                 ":1: header: the file is empty\n",
		head + "a,Lyon,maybe\n":            ":2: good: neither 1, true, yes nor 0, false, no\n",
		head + "a,Lyon\n":                  ":2: good: missing: the row has 2 fields, the header 3\n",
		"id,town\na,Lyon\n":                ":1: good: no such column; there are \"id\", \"town\"\n",
		head + "a,Lyon,1\nb,Nice,0\n":      ":1: seeds: there must be at least 5 seeds and 5 others to learn from: 0 seeds among 0 rows\n",
		head + strings.Repeat(",x,0\n", 9): ":2: id: empty\n",
	} {
		path := file(t, "people.csv", text)
		got := lab(t, "", "lookalike", path, "--seed-col", "good", "--id", "id", "--json")
		if got.exit != 1 || got.out != "" || !strings.HasPrefix(got.notes, path) || !strings.HasSuffix(got.notes, want) {
			t.Errorf("exit status %d, output %q, notes %q, want %q", got.exit, got.out, got.notes, want)
		}
	}
	if got := lab(t, "", "lookalike", "x.csv"); got.exit != 1 || !strings.Contains(got.notes, "either --seed-col or --seeds") {
		t.Errorf("%+v", got)
	}
}

// The bars are the requirement's; gradient boosting has 0.8099 and a log loss of 0.2721 there, a logistic regression 0.7716.
func TestABanksClientsAreRankedAsGradientBoostingRanksThem(t *testing.T) {
	if underRace {
		t.Skip("takes minutes under the race detector: .ci/run runs it without")
	}
	path := shared(t, "bank-marketing/bank.csv.gz")
	o := lab(t, "", "lookalike", path, "--seed-col", "y", "--without", "duration", "--json").object(t)
	t.Logf("auc %g, lift %g, log loss %g", at(t, o, "auc"), at(t, o, "liftTopDecile"), at(t, o, "logLoss"))
	if at(t, o, "auc") < 0.80 || at(t, o, "liftTopDecile") < 4.2 || at(t, o, "logLoss") > 0.2735 || at(t, o, "testRows") != 12_357 {
		t.Errorf("%v", o)
	}
}
