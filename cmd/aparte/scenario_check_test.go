package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/aparte-dev/aparte/demo/brand"
)

func TestScenariosAreCheckedByLineAndColumn(t *testing.T) {
	t.Parallel()
	demo, err := brand.Brand()
	if err != nil {
		t.Fatal(err)
	}
	whole, err := json.Marshal(demo)
	if err != nil {
		t.Fatal(err)
	}
	of := "--brand=" + file(t, "brand.json", string(whole))
	const good = "- id: back\n  absent: [\"*\"]\n  delay: 60d\n  until: [{objective: order, for: 1d}]\n  channel: email\n"
	if ok := command(t, "", "scenario", "check", file(t, "s.yaml", good), of); ok.exit != 0 || !strings.Contains(ok.out, "s.yaml: 1 scenarios") {
		t.Errorf("exit status %d, %q %q", ok.exit, ok.out, ok.notes)
	}
	bad := good + "- id: back\n  after: page\n  where: properties.\n  also: [email]\n  channel: email\n"
	no := command(t, bad, "scenario", "check", "-", of)
	want := []string{
		"standard input:6:3: /1/id: ", "standard input:8:3: /1/where: line 1", "standard input:9:10: /1/also/0: \"email\" is named twice",
	}
	lines := strings.Split(strings.TrimSpace(no.notes), "\n")
	if no.exit != 1 || no.out != "" || len(lines) != len(want) {
		t.Fatalf("exit status %d, %q, %q", no.exit, no.out, no.notes)
	}
	for i := range want {
		if !strings.HasPrefix(lines[i], want[i]) {
			t.Errorf("%q, want %q", lines[i], want[i])
		}
	}
}
