package main

import (
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

//go:embed bars.json
var barsFile []byte

// Bars is bars.json: what is run, and what is asked of it.
type Bars struct {
	Runs    []Run    `json:"runs"`
	Figures []Figure `json:"figures"`
}

// Run is one call of go test.
type Run struct {
	Package string   `json:"package"` // as go test takes it, ./decide
	Bench   string   `json:"bench"`   // as -bench takes it
	Flags   []string `json:"flags,omitempty"`
}

func (r Run) is(chosen *regexp.Regexp) bool {
	return chosen.MatchString(r.Package) || chosen.MatchString(r.Bench)
}

// Figure is one that is asked for, or worth knowing.
type Figure struct {
	ID        string   `json:"id"`
	What      string   `json:"what"`
	Benchmark string   `json:"benchmark"` // package below the module and name, decide.Decide/candidates=100
	Unit      string   `json:"unit"`      // of the benchmark's; times are in seconds, sec/op
	Peer      *Peer    `json:"peer,omitempty"`
	Steady    bool     `json:"steady,omitempty"` // it is counted, not timed
	Needs     []string `json:"needs,omitempty"`  // without which it is not measured: paths (with a slash; patterns, too), programs, variables of the environment (with a $)

	// One of these is the bar; none: the figure is told.
	AtMost      *float64 `json:"atMost,omitempty"`
	AtLeast     *float64 `json:"atLeast,omitempty"`
	AtMostPeer  *float64 `json:"atMostPeer,omitempty"` // times the peer's
	AtLeastPeer *float64 `json:"atLeastPeer,omitempty"`
}

// Peer is somebody else's figure: of the same line of the benchmark, or from a file.
type Peer struct {
	Name  string `json:"name"`
	Unit  string `json:"unit,omitempty"`  // of the same benchmark
	File  string `json:"file,omitempty"`  // JSON, from the module's root
	Value string `json:"value,omitempty"` // JSON pointer to the figure in the file
	Per   string `json:"per,omitempty"`   // JSON pointer to what it is divided by
}

// readBars reads and checks bars.json.
func readBars(body []byte) (Bars, error) {
	var b Bars
	dec := json.NewDecoder(strings.NewReader(string(body)))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&b); err != nil {
		return b, fmt.Errorf("bars.json: %w", err)
	}
	known := map[string]bool{}
	for i := range b.Figures {
		f := &b.Figures[i]
		if err := f.check(); err != nil {
			return b, fmt.Errorf("bars.json: /figures/%d (%s): %w", i, f.ID, err)
		}
		if known[f.ID] {
			return b, fmt.Errorf("bars.json: /figures/%d: the id %q is there twice", i, f.ID)
		}
		known[f.ID] = true
		if b.runOf(f) == nil {
			return b, fmt.Errorf("bars.json: /figures/%d (%s): no run has %s", i, f.ID, f.Benchmark)
		}
	}
	return b, nil
}

func (f *Figure) check() error {
	asked := 0
	for _, bar := range []*float64{f.AtMost, f.AtLeast, f.AtMostPeer, f.AtLeastPeer} {
		if bar != nil {
			asked++
		}
	}
	switch {
	case f.ID == "" || f.What == "" || f.Unit == "":
		return errors.New("id, what and unit are wanted")
	case !strings.Contains(f.Benchmark, "."):
		return fmt.Errorf("benchmark %q: want package.Name", f.Benchmark)
	case asked > 1:
		return errors.New("more than one bar")
	case (f.AtMostPeer != nil || f.AtLeastPeer != nil) && f.Peer == nil:
		return errors.New("a bar of a peer, and no peer")
	case f.Peer != nil && (f.Peer.Unit == "") == (f.Peer.File == ""):
		return errors.New("a peer is of a unit of the benchmark or of a file")
	}
	return nil
}

// steady are the figures that are counted and not timed, each with a run of its benchmark alone.
func (b *Bars) steady() (s Bars) {
	for i := range b.Figures {
		f := &b.Figures[i]
		if !f.Steady {
			continue
		}
		of := b.runOf(f)
		r := Run{Package: of.Package, Bench: exactly(f.Benchmark), Flags: of.Flags}
		if !slices.ContainsFunc(s.Runs, func(x Run) bool { return x.Package == r.Package && x.Bench == r.Bench }) {
			s.Runs = append(s.Runs, r)
		}
		s.Figures = append(s.Figures, *f)
	}
	return s
}

// exactly is what has go test -bench run one benchmark, package.Name, and no other.
func exactly(benchmark string) string {
	_, name, _ := strings.Cut(benchmark, ".")
	elements := strings.Split("Benchmark"+name, "/")
	for i, e := range elements {
		elements[i] = "^" + regexp.QuoteMeta(e) + "$"
	}
	return strings.Join(elements, "/")
}

// runOf is the run that measures a figure.
func (b *Bars) runOf(f *Figure) *Run {
	pkg, name, _ := strings.Cut(f.Benchmark, ".")
	i := slices.IndexFunc(b.Runs, func(r Run) bool { return r.Package == "./"+pkg && finds(r.Bench, name) })
	if i < 0 {
		return nil
	}
	return &b.Runs[i]
}

// finds reports whether go test -bench runs a benchmark: it compares element by element of the name.
func finds(bench, name string) bool {
	names := strings.Split("Benchmark"+name, "/")
	for _, alternative := range strings.Split(bench, "|") {
		ok := true
		for i, element := range strings.Split(alternative, "/") {
			if i >= len(names) {
				break
			}
			re, err := regexp.Compile(strings.ReplaceAll(element, " ", "_"))
			ok = ok && err == nil && re.MatchString(names[i])
		}
		if ok {
			return true
		}
	}
	return false
}

// lacks is the first of what a figure needs that is not here, "" where all is.
func (f *Figure) lacks() string {
	for _, need := range f.Needs {
		var here bool
		switch variable, is := strings.CutPrefix(need, "$"); {
		case is:
			here = os.Getenv(variable) != ""
		case strings.Contains(need, "/"):
			found, err := filepath.Glob(need)
			here = err == nil && len(found) > 0
		default:
			_, err := exec.LookPath(need)
			here = err == nil
		}
		if !here {
			return need
		}
	}
	return ""
}

// published is the peer's figure in its file.
func (p *Peer) published() (float64, error) {
	body, err := os.ReadFile(p.File)
	if err != nil {
		return 0, err
	}
	var doc any
	if err := json.Unmarshal(body, &doc); err != nil {
		return 0, fmt.Errorf("%s: %w", p.File, err)
	}
	value, err := pointed(doc, p.Value)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", p.File, err)
	}
	if p.Per == "" {
		return value, nil
	}
	per, err := pointed(doc, p.Per)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", p.File, err)
	}
	if per == 0 {
		return 0, fmt.Errorf("%s: %s is 0", p.File, p.Per)
	}
	return value / per, nil
}

// pointed is the number that a JSON pointer (RFC 6901) leads to.
func pointed(doc any, pointer string) (float64, error) {
	for _, step := range strings.Split(strings.TrimPrefix(pointer, "/"), "/") {
		step = strings.NewReplacer("~1", "/", "~0", "~").Replace(step)
		switch in := doc.(type) {
		case map[string]any:
			doc = in[step]
		case []any:
			i, err := strconv.Atoi(step)
			if err != nil || i < 0 || i >= len(in) {
				return 0, fmt.Errorf("%s: nothing there", pointer)
			}
			doc = in[i]
		default:
			return 0, fmt.Errorf("%s: nothing there", pointer)
		}
	}
	n, is := doc.(float64)
	if !is {
		return 0, fmt.Errorf("%s: no number there", pointer)
	}
	return n, nil
}
