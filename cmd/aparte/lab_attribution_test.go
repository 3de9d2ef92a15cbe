package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestPathDataIsAttributedAsTheReferenceByEveryModel(t *testing.T) {
	path := shared(t, "pathdata/PathData.csv.gz")
	b, err := os.ReadFile(filepath.Join(filepath.Dir(path), "reference.json"))
	if err != nil {
		t.Fatal(err)
	}
	var reference map[string]any
	if err := json.Unmarshal(b, &reference); err != nil {
		t.Fatal(err)
	}
	heuristic := func(model, of string) func(string) float64 {
		return func(channel string) float64 {
			return at(t, reference, "heuristic (ChannelAttribution 2.2.4)", channel, model+"_touch_"+of)
		}
	}
	under := func(keys ...string) func(string) float64 {
		return func(channel string) float64 { return at(t, reference, append(keys, channel)...) }
	}
	const shapley, markov = "shapley, coalition value = conversions of paths whose channels all lie in the coalition", "markov order 1, exact (absorbing chain)"
	for model, want := range map[string]map[string]func(string) float64{
		"first":    {"credit": heuristic("first", "conversions"), "value": heuristic("first", "value")},
		"last":     {"credit": heuristic("last", "conversions"), "value": heuristic("last", "value")},
		"linear":   {"credit": heuristic("linear", "conversions"), "value": heuristic("linear", "value")},
		"position": {"credit": under("position based 40/20/40 (1 touch 100, 2 touches 50/50)")},
		"shapley":  {"credit": under(shapley, "conversions"), "value": under(shapley, "value")},
		"markov":   {"credit": under(markov, "conversions"), "removalEffect": under(markov, "removal_effect")},
	} {
		o := lab(t, "", "attribution", path, "--model", model, "--json").object(t)
		near(t, model+" P(conversion)", at(t, o, "pConversion"), at(t, reference, markov, "conversion_probability"), 1e-12)
		near(t, model+" total", at(t, o, "total"), at(t, reference, "totals", "conversions"), 1e-8)
		channels, _ := o["channels"].([]any)
		if len(channels) != 12 || at(t, o, "rows") != 10_000 {
			t.Fatalf("%d channels of %v rows", len(channels), o["rows"])
		}
		for _, c := range channels {
			channel, _ := c.(map[string]any)
			name, _ := channel["channel"].(string)
			for key, of := range want {
				near(t, model+" "+name+" "+key, at(t, channel, key), of(name), 1e-8)
			}
		}
	}
}

func TestHigherOrdersOfTheChainAreTold(t *testing.T) {
	const text = "path,total_conversions,total_conversion_value,total_null\na > b > c,3,30,1\na > c,0,0,4\nb > c > a > b,2,10,2\n"
	o := lab(t, text, "attribution", "-", "--model", "markov", "--order", "3", "--json").object(t)
	chain, _ := o["chain"].(map[string]any)
	if o["order"] != 3.0 || chain["converged"] != true || at(t, o, "total") < 4.999999 || at(t, o, "totalValue") < 39.99999 {
		t.Errorf("%v", o)
	}
}

func TestBadPathsAreOneLineAndExitStatusOne(t *testing.T) {
	const head = "path,total_conversions,total_conversion_value,total_null\n"
	for text, want := range map[string]string{
		"":                              ":1: header: the file is empty\n",
		head:                            ":1: total_conversions: no journey converted: there is nothing to attribute\n",
		head + "a,0,0,3\n":              ":1: total_conversions: no journey converted: there is nothing to attribute\n",
		head + "a > ,1,1,1\n":           ":2: path: touch 2 of the path has no channel\n",
		head + ",1,1,1\n":               ":2: path: empty where a path belongs, such as mail > search > mail\n",
		head + "a,-1,1,1\n":             ":2: total_conversions: -1 is not between 0 and 1e+15\n",
		head + "a,1,1,\n":               ":2: total_null: empty where a number belongs\n",
		head + "a,0,5,1\n":              ":2: total_conversion_value: 5 without a conversion\n",
		"path,conversions\na,1\n":       ":1: total_conversions: no such column; there are \"path\", \"conversions\"\n",
		"path,total_conversions\na,1\n": ":1: total_null: no such column; there are \"path\", \"total_conversions\"\n",
	} {
		path := file(t, "paths.csv", text)
		got := lab(t, "", "attribution", path, "--json")
		if diff := cmp.Diff(path+want, got.notes); got.exit != 1 || got.out != "" || diff != "" {
			t.Errorf("exit status %d, output %q: %s", got.exit, got.out, diff)
		}
	}
	o := lab(t, head+"a,1,1,1\na > > b,1,1,1\nb,x,1,1\n", "attribution", "-", "--skip-bad", "--json").object(t)
	if o["skipped"] != 2.0 || o["rows"] != 1.0 {
		t.Errorf("%v", o)
	}
	if got := lab(t, head+"a,1,1,1\n", "attribution", "-", "--order", "9"); got.exit != 1 || !strings.Contains(got.notes, "order 9 is not from 1 to 4") {
		t.Errorf("%+v", got)
	}
}
