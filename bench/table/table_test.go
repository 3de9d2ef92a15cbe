package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTheBarsAreInOrder(t *testing.T) {
	b, err := readBars(barsFile)
	if err != nil {
		t.Fatal(err)
	}
	if len(b.Figures) < 40 {
		t.Errorf("%d figures", len(b.Figures))
	}
}

const written = `goos: linux
pkg: github.com/aparte-dev/aparte/decide
BenchmarkDecide/candidates=100-2 	 1000	 31000 ns/op	 5 allocs/op
BenchmarkDecide/candidates=100-2 	 1000	 90000 ns/op	 5 allocs/op
BenchmarkDecide/candidates=100-2 	 1000	 33000 ns/op	 5 allocs/op
BenchmarkDecide/candidates=100,effects-2 	 many	 33000 ns/op
pkg: github.com/aparte-dev/aparte/bench
BenchmarkDoor-2 	 1	 1000000 ns/op	 300 calls/s	 1000 empty/s
Benchmarks are nice
--- FAIL: BenchmarkOther-2
BenchmarkOdd-2 	 1	 1000000 ns/op	 7
BenchmarkNoNumber-2 	 1	 NaN ns/op
`

func TestFiguresAreHeldAgainstTheirBars(t *testing.T) {
	dir := t.TempDir()
	peers := filepath.Join(dir, "peers.json")
	if err := os.WriteFile(peers, []byte(`{"sets": {"a/b": {"rows": 100, "ways": [{"seconds": 0.5}]}}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	bars, err := readBars([]byte(strings.ReplaceAll(`{"runs": [{"package": "./decide", "bench": "Decide/candidates"}, {"package": "./bench", "bench": "Door"}], "figures": [
		{"id": "median", "what": "w", "benchmark": "decide.Decide/candidates=100", "unit": "sec/op", "atMost": 33e-6},
		{"id": "over", "what": "w", "benchmark": "decide.Decide/candidates=100", "unit": "sec/op", "atMost": 32e-6},
		{"id": "told", "what": "w", "benchmark": "decide.Decide/candidates=100", "unit": "allocs/op"},
		{"id": "no unit", "what": "w", "benchmark": "decide.Decide/candidates=100", "unit": "sheep/op", "atMost": 1},
		{"id": "bad line", "what": "w", "benchmark": "decide.Decide/candidates=100,effects", "unit": "sec/op"},
		{"id": "no line", "what": "w", "benchmark": "decide.Decide/candidates=30", "unit": "sec/op"},
		{"id": "not here", "what": "w", "benchmark": "decide.Decide/candidates=30", "unit": "sec/op", "needs": ["DIR/nothing"]},
		{"id": "not asked for", "what": "w", "benchmark": "decide.Decide/candidates=30", "unit": "sec/op", "needs": ["$APARTE_NOT_SET"]},
		{"id": "here", "what": "w", "benchmark": "decide.Decide/candidates=30", "unit": "sec/op", "needs": ["DIR/*.json"]},
		{"id": "beside", "what": "w", "benchmark": "bench.Door", "unit": "calls/s", "atLeastPeer": 0.3, "peer": {"name": "p", "unit": "empty/s"}},
		{"id": "below", "what": "w", "benchmark": "bench.Door", "unit": "calls/s", "atLeastPeer": 0.31, "peer": {"name": "p", "unit": "empty/s"}},
		{"id": "published", "what": "w", "benchmark": "bench.Door", "unit": "calls/s", "atMostPeer": 1.5, "peer": {"name": "p", "file": "DIR/peers.json", "value": "/sets/a~1b/rows", "per": "/sets/a~1b/ways/0/seconds"}},
		{"id": "unpublished", "what": "w", "benchmark": "bench.Door", "unit": "calls/s", "atLeastPeer": 1, "peer": {"name": "p", "file": "DIR/peers.json", "value": "/sets/c/rows"}}
	]}`, "DIR", dir)))
	if err != nil {
		t.Fatal(err)
	}
	lines, problems, err := readLines(strings.NewReader(written))
	if err != nil {
		t.Fatal(err)
	}
	wrong := []string{"line 6: decide.Decide/candidates=100,effects: \"many\"", "line 10: --- FAIL: BenchmarkOther-2", "line 11: bench.Odd: values", "line 12: bench.NoNumber: \"NaN\""}
	if !slices.EqualFunc(problems, wrong, strings.HasPrefix) {
		t.Errorf("told of bad lines: %q", problems)
	}
	got := map[string]Outcome{}
	table := Table{Rows: bars.table(lines, regexp.MustCompile("")), Problems: problems}
	for _, r := range table.Rows {
		got[r.ID] = r.Outcome
		if (r.Value == nil) != (r.Outcome == Skipped || r.Outcome == Unmeasured && r.ID != "unpublished") || r.Value == nil && r.Why == "" {
			t.Errorf("%s: %v, %q", r.ID, r.Value, r.Why)
		}
	}
	want := map[string]Outcome{
		"median": Met, "over": Missed, "told": Told, "no unit": Unmeasured, "bad line": Unmeasured, "no line": Unmeasured, "not here": Skipped,
		"not asked for": Skipped, "here": Unmeasured, "beside": Met, "below": Missed, "published": Met, "unpublished": Unmeasured,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if err := table.complete(); err == nil {
		t.Error("five figures are missing, and nobody complains")
	}
	var out bytes.Buffer
	if err := table.print(&out); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"33 µs", "≤ 32 µs", "p 1,000 empty/s", "≤ 1.5 × peer", "p 200 calls/s", "nothing is not here", "$APARTE_NOT_SET is not here", "3 met, 2 missed, 1 without a bar, 2 skipped, 5 not measured"} {
		if !strings.Contains(out.String(), text) {
			t.Errorf("no %q in\n%s", text, out.String())
		}
	}
	if rows := bars.table(lines, regexp.MustCompile("Door")); len(rows) != 4 {
		t.Errorf("%d figures of the doors alone", len(rows))
	}
}

func TestBadBarsAreRefused(t *testing.T) {
	for figure, want := range map[string]string{
		`{"id": "a", "what": "w", "benchmark": "decide.Decide", "unit": "sec/op", "atMost": 1, "atLeast": 1}`:                                      "more than one bar",
		`{"id": "a", "what": "w", "benchmark": "decide.Decide", "unit": "sec/op", "atMostPeer": 1}`:                                                "no peer",
		`{"id": "a", "what": "w", "benchmark": "decide.Other", "unit": "sec/op"}`:                                                                  "no run",
		`{"id": "a", "what": "w", "benchmark": "Decide", "unit": "sec/op"}`:                                                                        "package.Name",
		`{"id": "a", "what": "w", "benchmark": "decide.Decide", "unit": "sec/op", "peer": {"name": "p"}}`:                                          "a unit of the benchmark or of a file",
		`{"id": "a", "what": "w", "benchmark": "decide.Decide"}`:                                                                                   "unit",
		`{"id": "a", "what": "w", "benchmark": "decide.Decide", "unit": "sec/op", "bar": 1}`:                                                       "bar",
		`{"id": "a", "what": "w", "benchmark": "decide.Decide", "unit": "s"}, {"id": "a", "what": "w", "benchmark": "decide.Decide", "unit": "s"}`: "twice",
	} {
		_, err := readBars([]byte(`{"runs": [{"package": "./decide", "bench": "Decide"}], "figures": [` + figure + `]}`))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", figure, err, want)
		}
	}
}

func TestWhatIsSteadyRunsAloneAndMustHold(t *testing.T) {
	b, err := readBars(barsFile)
	if err != nil {
		t.Fatal(err)
	}
	steady := b.steady()
	if len(steady.Figures) < 5 || len(steady.Runs) > len(steady.Figures) {
		t.Errorf("%d figures in %d runs", len(steady.Figures), len(steady.Runs))
	}
	for i := range steady.Figures {
		f := &steady.Figures[i]
		if strings.HasPrefix(f.Unit, "sec") || strings.HasPrefix(f.Unit, "cpu") || strings.HasSuffix(f.Unit, "/s") {
			t.Errorf("%s is timed: %s", f.ID, f.Unit)
		}
		run := steady.runOf(f)
		if run == nil {
			t.Fatalf("%s has no run", f.ID)
		}
		for j := range b.Figures {
			other := &b.Figures[j]
			pkg, name, _ := strings.Cut(other.Benchmark, ".")
			if run.Package == "./"+pkg && finds(run.Bench, name) && other.Benchmark != f.Benchmark {
				t.Errorf("the run of %s has %s, too", f.Benchmark, other.Benchmark)
			}
		}
	}
	if err := (&Table{Rows: []Row{{Outcome: Met}, {Outcome: Told}, {Outcome: Skipped}}}).holds(); err != nil {
		t.Error(err)
	}
	if err := (&Table{Rows: []Row{{Outcome: Met}, {Figure: Figure{ID: "much"}, Outcome: Missed}}}).holds(); err == nil || !strings.Contains(err.Error(), "much") {
		t.Errorf("a bar that was missed: %v", err)
	}
}
