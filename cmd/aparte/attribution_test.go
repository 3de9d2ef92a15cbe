package main

import (
	"fmt"
	"math"
	"net/http"
	"strings"
	"testing"
	"time"
)

// What the engine says of journeys that came in as events, before and after a restart, is what the lab says of the same
// paths written to a file.
func TestAttributionOfEventsIsTheLabsOfTheSamePaths(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	c := run(t, t.TempDir(), "demo", "--quiet-world", "--addr=127.0.0.1:0", "--data="+data)
	ways := [][]string{{"google", "letter"}, {"letter"}, {"google", "bing", "letter"}, {"bing"}}
	for i := range 12 {
		for n, source := range ways[i%len(ways)] {
			c.must(http.StatusOK, "POST", "/v1/page", demoWriteKey, fmt.Appendf(nil, `{"userId":"met-%d","messageId":"page-%d-%d","name":"Home","context":{"campaign":{"source":%q,"medium":"cpc"}}}`, i, i, n, source))
		}
		c.must(http.StatusOK, "POST", "/v1/track", demoWriteKey, fmt.Appendf(nil, `{"userId":"met-%d","messageId":"order-%d","event":"Order Completed","properties":{"order_id":"met-%d","revenue":%d,"total":%d,"currency":"GBP"}}`, i, i, i, 20+i, 20+i))
	}
	c.interrupt() // the learner takes in what there is
	c = run(t, t.TempDir(), "demo", "--quiet-world", "--addr=127.0.0.1:0", "--data="+data)
	told := command(t, "", "attribution", "--url="+c.base, "--secret-key="+demoSecretKey, "--objective=order", "--json").object(t)
	var csv strings.Builder
	csv.WriteString("path,total_conversions,total_conversion_value,total_null\n")
	paths, _ := told["paths"].([]any)
	if n := at(t, told, "differentPaths"); len(paths) < len(ways) || n != float64(len(paths)) {
		t.Fatalf("%d of %v paths are told", len(paths), n)
	}
	known := map[string]float64{}
	for _, p := range paths {
		one, _ := p.(map[string]any)
		touches := strings.ReplaceAll(strings.Trim(fmt.Sprint(one["touches"]), "[]"), " / cpc", "")
		known[touches] = at(t, one, "converted")
		fmt.Fprintf(&csv, "%s,%v,%v,%v\n", strings.ReplaceAll(touches, " ", " > "), at(t, one, "converted"), at(t, one, "value"), at(t, one, "lost"))
	}
	for _, way := range ways {
		if n := known[strings.Join(way, " ")]; n != 3 {
			t.Errorf("%v journeys by %v, want 3", n, way)
		}
	}
	name := file(t, "paths.csv", csv.String())
	for model, as := range map[string]string{"first": "first", "last": "last", "linear": "linear", "position": "position", "shapley": "shapley", "markov": "markov1"} {
		lab := lab(t, "", "attribution", name, "--model="+model, "--json").object(t)
		channels, _ := lab["channels"].([]any)
		for _, x := range channels {
			channel, _ := x.(map[string]any)
			rows, _ := told["rows"].([]any)
			found := false
			for _, y := range rows {
				row, _ := y.(map[string]any)
				if strings.TrimSuffix(fmt.Sprint(row["name"]), " / cpc") != channel["channel"] {
					continue
				}
				found = true
				for field, want := range map[string]float64{"conversions": at(t, channel, "credit"), "value": at(t, channel, "value")} {
					if got := at(t, row, "credits", as, field); math.Abs(got-want) > 1e-6*(1+math.Abs(want)) {
						t.Errorf("%s, %v: %s %v, the lab says %v", model, channel["channel"], field, got, want)
					}
				}
			}
			if !found {
				t.Errorf("%s: nothing is told of %v", model, channel["channel"])
			}
		}
	}
	if text := command(t, "", "attribution", "--url="+c.base, "--secret-key="+demoSecretKey); text.exit != 0 || !strings.Contains(text.out, "google / cpc") {
		t.Errorf("exit status %d: %s%s", text.exit, text.out, text.notes)
	}
	today := time.Now().UTC().Format(time.DateOnly)
	costs := file(t, "costs.csv", "day,channel,campaign,amount,currency\n"+today+",Google / CPC,,400,GBP\n"+today+",google / cpc,spring,200,GBP\n"+today+",tv / spot,,1000,\n"+
		today+",google / cpc,,4.50,GBP\n"+today+",google / cpc,,7,EUR\n")
	for range 2 { // twice is once
		put := command(t, "", "import", "costs", costs, "--url="+c.base, "--secret-key="+demoSecretKey, "--aside="+costs+".aside", "--json").object(t)
		if at(t, put, "rows") != 5.0 || at(t, put, "put") != 3.0 || at(t, put, "aside") != 2.0 {
			t.Errorf("costs: %v", put)
		}
	}
	told = command(t, "", "attribution", "--url="+c.base, "--secret-key="+demoSecretKey, "--objective=order", "--json").object(t)
	rows, _ := told["rows"].([]any)
	found := false
	for _, y := range rows {
		row, _ := y.(map[string]any)
		if row["name"] == "google / cpc" {
			found = true
			if got, want := at(t, row, "return", "linear", "roas"), at(t, row, "credits", "linear", "value")/600; at(t, row, "cost") != 600.0 || math.Abs(got-want) > 1e-9*want {
				t.Errorf("google costs %v and brings %v for each unit, want %v", row["cost"], got, want)
			}
		}
	}
	if !found || at(t, told, "costElsewhere") != 1000.0 {
		t.Errorf("google is told of: %v; elsewhere %v", found, told["costElsewhere"])
	}
	if listed := decoded[struct {
		Costs []map[string]any `json:"costs"`
	}](t, c.must(http.StatusOK, "GET", "/v1/admin/costs?from="+today, demoSecretKey, nil).body); len(listed.Costs) != 3 {
		t.Errorf("%v are kept", listed)
	}
	if bad := command(t, "", "attribution", "--url="+c.base, "--secret-key="+demoSecretKey, "--objective=none"); bad.exit != 1 || !strings.Contains(bad.notes, "objective") {
		t.Errorf("an objective that is none: exit status %d, %q", bad.exit, bad.notes)
	}
}
