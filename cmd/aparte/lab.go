package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/aparte-dev/aparte/exchange/table"
)

// labCommands are the engine's own statistics over anyone's files: the packages `serve` uses, never a
// second implementation. One file a command, lab_*.go.
type labCommands struct {
	Bandit banditCommand `cmd:"" help:"How fast a learner finds out what is right, told only about what it tried."`
	Ope    opeCommand    `cmd:"" help:"What another policy would have earned, judged from the log of one."`
	Uplift upliftCommand `cmd:"" help:"What a treatment adds, and for whom, from a randomised test."`
	Ltv    ltvCommand    `cmd:"" help:"What people will still buy and spend, from what they bought."`

	Attribution attributionCommand `cmd:"" help:"Which channels conversions are owed to, from the paths that led to them."`
	Lookalike   lookalikeCommand   `cmd:"" help:"Who resembles a seed audience, ranked, with reasons."`
}

// labFlags are common to all lab commands; each embeds them.
type labFlags struct {
	JSON    bool   `name:"json" help:"One JSON object on standard output, and nothing else there."`
	Seed    uint64 `help:"Seed of whatever is drawn." default:"1"`
	SkipBad bool   `help:"Set rows that cannot be read aside and count them, instead of stopping at the first."`
}

// AfterApply lets an interrupt end the command at once: it leaves nothing behind that wants closing.
func (f *labFlags) AfterApply() error {
	signal.Reset(os.Interrupt, syscall.SIGTERM)
	return nil
}

// aside is where bad rows go: nowhere, so that the first one stops the command, without --skip-bad.
func (f *labFlags) aside() *table.Aside {
	if f.SkipBad {
		return new(table.Aside)
	}
	return nil
}

// print writes the result: as one object with --json, else as the text that write makes of it.
func (f *labFlags) print(result any, write func(io.Writer)) error {
	if !f.JSON {
		write(os.Stdout)
		return nil
	}
	return printJSON(result)
}

// skipped is the part of every result that tells of rows set aside.
type skipped struct {
	Skipped     int      `json:"skipped"`
	SkippedRows []string `json:"skippedRows,omitempty"` // the first ten, with their place and reason
}

func skippedBy(a *table.Aside) skipped {
	if a == nil {
		return skipped{}
	}
	return skipped{a.Rows, a.First}
}

// write tells of them on standard error, where notes go.
func (s skipped) write() {
	if s.Skipped == 0 {
		return
	}
	fmt.Fprintf(os.Stderr, "%d rows set aside; the first:\n", s.Skipped)
	for _, row := range s.SkippedRows {
		fmt.Fprintln(os.Stderr, " ", row)
	}
}

// figure is a number of a result; one that does not exist (the mean of nothing) is null.
type figure float64

func (f figure) MarshalJSON() ([]byte, error) {
	if x := float64(f); math.IsNaN(x) || math.IsInf(x, 0) {
		return []byte("null"), nil
	}
	return json.Marshal(float64(f))
}

// source is where a file comes from: its path, "-" being standard input, and its name in errors.
type source struct {
	path, name string
	copy       *os.File // of standard input
}

func sourceOf(path string) source {
	if path == "-" {
		return source{path: path, name: "<stdin>"}
	}
	return source{path: path, name: path}
}

// kept is a source that can be read as often as needed, until done: standard input is copied into a file
// without a name, which is gone with the process however that ends.
func (s source) kept() (again source, done func(), err error) {
	if s.path != "-" {
		return s, func() {}, nil
	}
	if s.copy, err = os.CreateTemp("", "aparte-lab-"); err != nil {
		return s, nil, fmt.Errorf("keep standard input: %w", err)
	}
	done = func() { _ = s.copy.Close() } // it was written, and read back, before
	err = os.Remove(s.copy.Name())
	if err == nil {
		_, err = io.Copy(s.copy, os.Stdin)
	}
	if err != nil {
		done()
		return s, nil, fmt.Errorf("keep standard input: %w", err)
	}
	return s, done, nil
}

// table opens the source as a table, lets use read it, and closes it.
func (s source) table(use func(*table.Table) error) error {
	in, err := s.open()
	if err != nil {
		return err
	}
	defer in.Close() // it was only read
	t, err := table.New(s.name, in)
	if err != nil {
		return err
	}
	return use(t)
}

// input is a source being read. It shows how far, when that takes long.
type input struct {
	io.ReadCloser
	bar  *patient // nil where nobody knows how long it is
	read int
}

func (s source) open() (*input, error) {
	if s.copy != nil {
		_, err := s.copy.Seek(0, io.SeekStart)
		return &input{ReadCloser: io.NopCloser(s.copy)}, err
	}
	if s.path == "-" {
		return &input{ReadCloser: io.NopCloser(os.Stdin)}, nil
	}
	f, err := os.Open(s.path)
	if err != nil {
		return nil, err // it names the path
	}
	in := &input{ReadCloser: f}
	if info, err := f.Stat(); err == nil && info.Mode().IsRegular() {
		in.bar = newPatient("Reading "+s.name, int(info.Size()))
	}
	return in, nil
}

func (in *input) Read(p []byte) (int, error) {
	n, err := in.ReadCloser.Read(p)
	in.read += n
	if in.bar != nil {
		in.bar.at(in.read)
	}
	return n, err
}

// patient is a progress on standard error that keeps quiet where the work takes less than two seconds.
type patient struct {
	bar   *progress
	since time.Time
}

func newPatient(label string, total int) *patient {
	return &patient{newProgress(os.Stderr, label, total), time.Now()}
}

func (p *patient) at(n int) {
	if p.bar.shown >= 0 || time.Since(p.since) > 2*time.Second {
		p.bar.at(n)
	}
}
