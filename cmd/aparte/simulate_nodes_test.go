package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"

	"github.com/aparte-dev/aparte/simulate/cluster"
)

// few is a simulation of nodes that is quick.
func few() simulateCommand {
	return simulateCommand{Seed: 1, nodesFlags: nodesFlags{
		Nodes: 3, Work: "spread", Cores: 2, Databases: 1, DatabaseCores: 4, Parts: 16, Events: 200, Decisions: 100, Peak: 1.5, BurstTimes: 1, Kill: 1, Seconds: 40, Variation: .5, Lang: "en",
	}}
}

func printed(t *testing.T, c *simulateCommand) string {
	t.Helper()
	var out bytes.Buffer
	if err := c.runNodes(t.Context(), &out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestNodesAreSimulatedInBothLanguages(t *testing.T) {
	c := few()
	for lang, want := range map[string][]string{
		"en": {"Nodes: 3 of 2 cores, parts spread over all; parts: 16; databases: 1 of 4 cores.", "People: 10,000,000;", "an event, durable", "Full first:", "Nodes killed at the height of the day: 1."},
		"fr": {"Nœuds : 3 de 2 cœurs, parts réparties sur tous", "Personnes : 10\u202f000\u202f000 ;", "un événement, durable", "Ce qui sature d’abord :", "Nœuds tués au plus fort de la journée : 1."},
	} {
		c.Lang = lang
		said := printed(t, &c)
		for _, text := range want {
			if !strings.Contains(said, text) {
				t.Errorf("no %q in\n%s", text, said)
			}
		}
		if strings.Contains(said, "%!") || strings.Contains(said, "NaN") {
			t.Errorf("badly written:\n%s", said)
		}
	}
}

// Of an installation as there is none, that is said.
func TestThatAllNodesWorkIsSaidWhereOneIsSimulated(t *testing.T) {
	c := few()
	for work, want := range map[string]bool{"one": true, "spread": false} {
		c.Work = work
		if said := printed(t, &c); strings.Contains(said, "all of them work") != want {
			t.Errorf("%s:\n%s", work, said)
		}
	}
}

func TestNodesAreSimulatedForMachines(t *testing.T) {
	c := few()
	c.JSON = true
	said := printed(t, &c)
	var r cluster.Report
	if err := json.Unmarshal([]byte(said), &r); err != nil || r.Answered == 0 || r.Failure == nil || r.Way != cluster.Spread {
		t.Errorf("%v: %s", err, said)
	}
}

// Figures that were printed can be changed, and read again; what is wrong in them is told by file and place.
func TestNodesAreSimulatedWithFiguresOfOnesOwn(t *testing.T) {
	c := few()
	c.WriteFigures = true
	text := printed(t, &c)
	file := filepath.Join(t.TempDir(), "figures.json")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(text)
	c.WriteFigures, c.nodesFlags.Figures = false, file
	printed(t, &c)
	write(strings.Replace(text, `"unit": "µs"`, `"unit": "hours"`, 1))
	if err := c.Run(t.Context()); err == nil || !strings.Contains(err.Error(), file) || !strings.Contains(err.Error(), "/event/unit") {
		t.Errorf("said %v", err)
	}
	c.nodesFlags.Figures = file + ".none"
	if err := c.Run(t.Context()); err == nil {
		t.Error("a file that is not there is read")
	}
	c = few()
	c.Nodes = -1
	if err := c.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "nodes") {
		t.Errorf("said %v", err)
	}
}
