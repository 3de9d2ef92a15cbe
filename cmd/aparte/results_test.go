package main

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// Results are the same from the server at work and from the store that it left behind, and are told in both languages.
func TestResultsAreToldByTheServerAndByItsStore(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	c := run(t, t.TempDir(), "demo", "--quiet-world", "--addr=127.0.0.1:0", "--data="+data)
	for i := range 40 {
		who := fmt.Sprint("visitor-", i)
		for range 3 {
			c.must(http.StatusOK, "POST", "/v1/decide", demoWriteKey, fmt.Appendf(nil, `{"person":{"userId":%q},"slots":["hero"]}`, who))
		}
	}
	asked := command(t, "", "results", "--url="+c.base, "--secret-key="+demoSecretKey, "--json").object(t)
	if busy := command(t, "", "results", "--data="+data); busy.exit != 1 || !strings.Contains(busy.notes, "--url") {
		t.Errorf("the store in use: exit status %d, %q", busy.exit, busy.notes)
	}
	c.interrupt()
	left := command(t, "", "results", "--data="+data, "--json").object(t)
	for name, r := range map[string]map[string]any{"server": asked, "store": left} {
		if n := at(t, r, "evidence", "found", "decisions"); n < 120 {
			t.Errorf("%s: %v decisions", name, n)
		}
		if at(t, r, "evidence", "found", "propensities", "p") < 1e-5 {
			t.Errorf("%s: the propensities are not true: %v", name, r["evidence"])
		}
	}
	budgets, _ := left["budgets"].([]any)
	if len(budgets) != 1 {
		t.Fatalf("budgets: %v", left["budgets"])
	}
	budget, _ := budgets[0].(map[string]any)
	if promised := at(t, budget, "promised"); promised <= 0 || promised+at(t, budget, "left") != at(t, budget, "amount") {
		t.Errorf("budget: %v", budget)
	}
	found, _ := left["evidence"].(map[string]any)["found"].(map[string]any)
	variety, _ := found["variety"].([]any)
	strangers := slices.IndexFunc(variety, func(v any) bool { return v.(map[string]any)["segment"] == "prospect" })
	if strangers < 0 || at(t, variety[strangers].(map[string]any), "distinct") < 2 { // the demo also writes to a few regulars whose orders are of today
		t.Errorf("the strangers are not told several things: %v", found["variety"])
	}
	for lang, want := range map[string]string{"en": "What was earned each time", "fr": "a rapporté à chaque fois"} {
		told := command(t, "", "results", "--data="+data, "--lang="+lang, "--ways")
		if told.exit != 0 || !strings.Contains(told.out, want) || strings.Contains(told.out, "%!") {
			t.Errorf("%s: exit status %d, %q, %q", lang, told.exit, told.out, told.notes)
		}
	}
	if wrong := command(t, "", "results", "--data="+data, "--days=-1"); wrong.exit != 1 || !strings.Contains(wrong.notes, "--days") {
		t.Errorf("exit status %d, %q", wrong.exit, wrong.notes)
	}
}
