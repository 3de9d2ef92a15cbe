package main

import (
	"fmt"
	"math"
	"net/http"
	"strings"
	"testing"
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
	if bad := command(t, "", "attribution", "--url="+c.base, "--secret-key="+demoSecretKey, "--objective=none"); bad.exit != 1 || !strings.Contains(bad.notes, "objective") {
		t.Errorf("an objective that is none: exit status %d, %q", bad.exit, bad.notes)
	}
}
