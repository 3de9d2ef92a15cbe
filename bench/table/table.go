package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
)

const module = "github.com/aparte-dev/aparte/"

// measured is what lines of one benchmark said, by unit; of several lines, all of them.
type measured map[string][]float64

// readLines reads what go test -bench wrote (golang.org/design/14313-benchmark-format), by package below the module and name.
// Lines that begin like a benchmark's and are none are told, as are benchmarks that failed.
func readLines(in io.Reader) (map[string]measured, []string, error) {
	all := map[string]measured{}
	var problems []string
	pkg := ""
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 1<<20)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if name, is := strings.CutPrefix(line, "pkg: "); is {
			pkg = strings.TrimPrefix(name, module)
			continue
		}
		if strings.HasPrefix(line, "--- FAIL") {
			problems = append(problems, fmt.Sprintf("line %d: %s", n, line))
			continue
		}
		fields := strings.Fields(line)
		if len(fields) < 2 || !benchmarkName.MatchString(fields[0]) {
			continue
		}
		key := pkg + "." + processors.ReplaceAllString(strings.TrimPrefix(fields[0], "Benchmark"), "")
		values, err := readValues(fields[1:])
		if err != nil {
			problems = append(problems, fmt.Sprintf("line %d: %s: %v", n, key, err))
			continue
		}
		if all[key] == nil {
			all[key] = measured{}
		}
		for unit, v := range values {
			all[key][unit] = append(all[key][unit], v)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, nil, fmt.Errorf("read what go test wrote: %w", err)
	}
	return all, problems, nil
}

var (
	benchmarkName = regexp.MustCompile(`^Benchmark([^a-z]|$)`)
	processors    = regexp.MustCompile(`-\d+$`) // at the end of a name, where there are more than one
)

// readValues reads what follows a benchmark's name: how often it ran, then values with their units. Times an operation are
// made seconds.
func readValues(fields []string) (map[string]float64, error) {
	if _, err := strconv.ParseUint(fields[0], 10, 64); err != nil {
		return nil, fmt.Errorf("%q is not how often it ran", fields[0])
	}
	if len(fields) < 3 || len(fields)%2 == 0 {
		return nil, errors.New("values and units do not come in pairs")
	}
	values := map[string]float64{}
	for i := 1; i < len(fields); i += 2 {
		v, err := strconv.ParseFloat(fields[i], 64)
		if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, fmt.Errorf("%q is no number", fields[i])
		}
		unit := fields[i+1]
		if unit == "ns/op" {
			unit, v = "sec/op", v/1e9
		}
		values[unit] = v
	}
	return values, nil
}

// value is the median of what lines said in a unit.
func (m measured) value(unit string) (float64, bool) {
	v := slices.Sorted(slices.Values(m[unit]))
	if len(v) == 0 {
		return 0, false
	}
	return (v[(len(v)-1)/2] + v[len(v)/2]) / 2, true
}

// Outcome is what became of a figure.
type Outcome string

// A figure without a bar that was measured is told.
const (
	Met        Outcome = "met"
	Missed     Outcome = "MISSED"
	Told       Outcome = "-"
	Skipped    Outcome = "skipped"
	Unmeasured Outcome = "NOT MEASURED"
)

// Row is a figure as it was measured.
type Row struct {
	Figure
	Value     *float64 `json:"value,omitempty"`     // in Unit
	PeerValue *float64 `json:"peerValue,omitempty"` // likewise
	Outcome   Outcome  `json:"outcome"`
	Why       string   `json:"why,omitempty"` // it was skipped, or not measured, or the peer is not told
}

// Table is all that was measured.
type Table struct {
	Rows     []Row    `json:"figures"`
	Problems []string `json:"problems,omitempty"` // runs that failed, lines that could not be read
	Seconds  float64  `json:"seconds,omitempty"`  // it took

	Load       float64 `json:"load,omitempty"` // of the machine just before: how many wanted a processor; 0: not known
	Processors int     `json:"processors,omitempty"`
}

// table holds the figures of the chosen runs against their bars.
func (b *Bars) table(lines map[string]measured, chosen *regexp.Regexp) (rows []Row) {
	for i := range b.Figures {
		if b.runOf(&b.Figures[i]).is(chosen) {
			rows = append(rows, b.Figures[i].row(lines))
		}
	}
	return rows
}

func (f *Figure) row(lines map[string]measured) Row {
	r := Row{Figure: *f}
	line, there := lines[f.Benchmark]
	value, has := line.value(f.Unit)
	switch lack := f.lacks(); {
	case has:
		r.Value = &value
	case lack != "":
		r.Outcome, r.Why = Skipped, lack+" is not here"
		return r
	case there:
		r.Outcome, r.Why = Unmeasured, "the line of "+f.Benchmark+" has no "+f.Unit
		return r
	default:
		r.Outcome, r.Why = Unmeasured, "no line of "+f.Benchmark
		return r
	}
	if f.Peer != nil {
		r.PeerValue, r.Why = f.Peer.value(line)
	}
	r.Outcome = f.against(value, r.PeerValue)
	if r.Outcome == Unmeasured {
		r.Why = "no figure of the peer: " + r.Why
	}
	return r
}

// value is the peer's figure, or why there is none.
func (p *Peer) value(line measured) (*float64, string) {
	if p.Unit != "" {
		if v, has := line.value(p.Unit); has {
			return &v, ""
		}
		return nil, "the line has no " + p.Unit
	}
	v, err := p.published()
	if err != nil {
		return nil, err.Error()
	}
	return &v, ""
}

// against is the outcome of a value.
func (f *Figure) against(value float64, peer *float64) Outcome {
	var met bool
	switch {
	case f.AtMost != nil:
		met = value <= *f.AtMost
	case f.AtLeast != nil:
		met = value >= *f.AtLeast
	case f.AtMostPeer == nil && f.AtLeastPeer == nil:
		return Told
	case peer == nil:
		return Unmeasured
	case f.AtMostPeer != nil:
		met = value <= *f.AtMostPeer**peer
	default:
		met = value >= *f.AtLeastPeer**peer
	}
	if met {
		return Met
	}
	return Missed
}

// asked is the bar, as people read it.
func (f *Figure) asked() string {
	switch {
	case f.AtMost != nil:
		return "≤ " + quantity(*f.AtMost, f.Unit)
	case f.AtLeast != nil:
		return "≥ " + quantity(*f.AtLeast, f.Unit)
	case f.AtMostPeer != nil:
		return "≤ " + digits(*f.AtMostPeer) + " × peer"
	case f.AtLeastPeer != nil:
		return "≥ " + digits(*f.AtLeastPeer) + " × peer"
	}
	return ""
}

// print writes the table for people.
func (t *Table) print(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "\nfigure\tours\tasked\tpeer\toutcome")
	counts := map[Outcome]int{}
	for i := range t.Rows {
		r := &t.Rows[i]
		counts[r.Outcome]++
		ours, peer, outcome := "", "", string(r.Outcome)
		if r.Value != nil {
			ours = quantity(*r.Value, r.Unit)
		} else {
			outcome += ": " + r.Why
		}
		if r.Peer != nil && r.Value != nil {
			if peer = r.Peer.Name + ": " + r.Why; r.PeerValue != nil {
				peer = r.Peer.Name + " " + quantity(*r.PeerValue, r.Unit)
				if r.Peer.Unit != "" {
					peer = r.Peer.Name + " " + quantity(*r.PeerValue, r.Peer.Unit)
				}
			}
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", r.What, ours, r.asked(), peer, outcome)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(out, "\n%d met, %d missed, %d without a bar, %d skipped, %d not measured", counts[Met], counts[Missed], counts[Told], counts[Skipped], counts[Unmeasured])
	if t.Seconds > 0 {
		fmt.Fprintf(out, "; it took %v", time.Duration(t.Seconds*float64(time.Second)).Round(time.Second))
	}
	fmt.Fprintln(out)
	if t.Load > float64(t.Processors)/2 {
		fmt.Fprintf(out, "The machine was busy before it began (a load of %.1f on %d processors): what goes by the clock says little.\n", t.Load, t.Processors)
	}
	for _, p := range t.Problems {
		fmt.Fprintln(out, p)
	}
	return nil
}

// complete is an error where something that was to be measured was not.
func (t *Table) complete() error {
	missing := 0
	for i := range t.Rows {
		if t.Rows[i].Outcome == Unmeasured {
			missing++
		}
	}
	switch {
	case missing > 0:
		return fmt.Errorf("%d figures were not measured", missing)
	case len(t.Problems) > 0:
		return errors.New("not everything could be read")
	}
	return nil
}

// holds is an error where a bar was missed.
func (t *Table) holds() error {
	var missed []string
	for i := range t.Rows {
		if t.Rows[i].Outcome == Missed {
			missed = append(missed, t.Rows[i].ID)
		}
	}
	if len(missed) > 0 {
		return fmt.Errorf("missed: %s", strings.Join(missed, ", "))
	}
	return nil
}

// quantity is a value with its unit, as people read it. Units whose name goes on tell of what: s-to-open, p99-ms.
func quantity(v float64, unit string) string {
	switch {
	case unit == "sec/op" || unit == "cpu-s/op" || strings.HasPrefix(unit, "s-"):
		return seconds(v)
	case strings.HasPrefix(unit, "p50-") || strings.HasPrefix(unit, "p99-"):
		return digits(v) + " " + unit[len("p50-"):]
	case strings.HasSuffix(unit, "-MB"):
		return digits(v) + " MB"
	case strings.HasPrefix(unit, "cpu-"):
		return digits(v) + " " + unit[len("cpu-"):]
	case unit == "allocs/op" || unit == "loss":
		return digits(v)
	}
	return digits(v) + " " + unit
}

func seconds(v float64) string {
	for _, u := range []struct {
		size float64
		name string
	}{{1, "s"}, {1e-3, "ms"}, {1e-6, "µs"}} {
		if v >= u.size {
			return digits(v/u.size) + " " + u.name
		}
	}
	return digits(v/1e-9) + " ns"
}

// digits is a number with three figures that count, its thousands apart.
func digits(v float64) string {
	if math.Abs(v) < 1000 {
		return strconv.FormatFloat(v, 'g', 3, 64)
	}
	s := strconv.FormatFloat(v, 'f', 0, 64)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
