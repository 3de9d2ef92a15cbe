package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A store tells the same through its server and, once that has gone, by itself.
func TestWhoResemblesAnAudienceIsListedInAFile(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	c := run(t, t.TempDir(), "demo", "--quiet-world", "--addr=127.0.0.1:0", "--data="+data)
	for i := range 400 {
		traits := map[string]any{"email": fmt.Sprintf("Who%d@shop.example", i), "town": []string{"Lyon", "Nice"}[i%2], "consents": []any{map[string]any{"purpose": "marketing", "channel": "ads", "granted": true}}}
		body, err := json.Marshal(map[string]any{"userId": fmt.Sprint("who-", i), "traits": traits})
		if err != nil {
			t.Fatal(err)
		}
		c.must(http.StatusOK, "POST", "/v1/identify", demoWriteKey, body)
		if i%4 == 0 {
			c.order(fmt.Sprint("who-", i), fmt.Sprint("order-", i))
		}
	}
	out := filepath.Join(t.TempDir(), "alike.csv")
	var found map[string]any
	if err := json.Unmarshal(c.must(http.StatusOK, "POST", "/v1/admin/lookalike", demoSecretKey, []byte(`{"seed":"person.orders > 0"}`)).body, &found); err != nil {
		t.Fatal(err)
	}
	c.interrupt()

	args := []string{"lookalike", "--data=" + data, "--seed=person.orders > 0", "--size=20", "--json", "--identifiers", "--out=" + out}
	kept := command(t, "", args...).object(t)
	if diff := cmp.Diff([]any{found["seeds"], found["others"]}, []any{kept["seeds"], kept["others"]}); diff != "" || kept["seeds"].(float64) < 100 {
		t.Errorf("the door and the command differ, or tell of too few: %v, %s", kept["seeds"], diff)
	}
	rows := readCSV(t, out)
	if len(rows) != 1+int(kept["listed"].(float64)) || len(rows) < 50 || !strings.HasPrefix(rows[1][1], "p_") {
		t.Fatalf("%d rows, %v", len(rows), rows[:min(2, len(rows))])
	}
	hashes := 0
	for _, row := range rows[1:] {
		if len(row[6]) == 64 {
			hashes++
		}
	}
	if hashes < 40 {
		t.Errorf("%d rows have the hash of an address", hashes)
	}
	for _, bad := range [][]string{{"--seed=person.orders >"}, {"--seed=person.orders > 1000000"}, {"--seed=true", "--size=30"}, {"--seed=true", "--identifiers"}} {
		if got := command(t, "", append([]string{"lookalike", "--data=" + data}, bad...)...); got.exit != 1 || got.out != "" {
			t.Errorf("%v: exit status %d, %s", bad, got.exit, got.out)
		}
	}
	if text := command(t, "", "lookalike", "--data="+data, "--seed=person.orders > 0"); text.exit != 0 || !strings.Contains(text.out, "in common") {
		t.Errorf("exit status %d, %s%s", text.exit, text.out, text.notes)
	}
}
