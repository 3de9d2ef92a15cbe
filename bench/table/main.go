// Command table measures what docs/performance.md promises and says of each figure whether it is met, beside the bar that was
// asked and the peers' figures:
//
//	go run ./bench/table                      all of it; `make bench`
//	go run ./bench/table -only identify       runs that a regular expression finds by package or benchmark
//	go run ./bench/table -steady              what comes out the same on every machine, however busy: CI runs that
//	go run ./bench/table -read bench.txt      what `go test -bench` has written before
//
// It is run where the module's root is. Which benchmarks there are, in which of their units a figure is, what is asked, and
// where a peer's figure is written stands in bars.json alone. A figure of which no line was read is said not to have been
// measured, and the exit status is 1; one that needs something that is not here is skipped, and says what. A bar that was
// missed is no error, as the machine may be slow: the table says it. Of what is steady it is one.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out, progress io.Writer) error {
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(progress)
	only := flags.String("only", "", "runs whose package or benchmarks this regular `expression` finds")
	read := flags.String("read", "", "a `file` that go test -bench has written, instead of running anything")
	steady := flags.Bool("steady", false, "only what comes out the same on every machine; a bar that is missed is an error")
	asJSON := flags.Bool("json", false, "the table as JSON")
	if err := flags.Parse(args); err != nil {
		return err
	}
	bars, err := readBars(barsFile)
	if err != nil {
		return err
	}
	if *steady {
		bars = bars.steady()
	}
	chosen, err := regexp.Compile(*only)
	if err != nil {
		return fmt.Errorf("-only: %w", err)
	}
	var text []byte
	var failed []string
	began, load := time.Now(), busy()
	if *read != "" {
		if text, err = os.ReadFile(*read); err != nil {
			return err
		}
	} else {
		text, failed = measure(ctx, bars.Runs, chosen, progress)
	}
	lines, problems, err := readLines(bytes.NewReader(text))
	if err != nil {
		return err
	}
	t := Table{Rows: bars.table(lines, chosen), Problems: append(failed, problems...)}
	if *read == "" {
		t.Seconds, t.Load, t.Processors = time.Since(began).Seconds(), load, runtime.NumCPU()
	}
	if *asJSON {
		body, err := json.MarshalIndent(t, "", "  ")
		if err != nil {
			return err
		}
		fmt.Fprintln(out, string(body))
	} else if err := t.print(out); err != nil {
		return err
	}
	if err := t.complete(); err != nil || !*steady {
		return err
	}
	return t.holds()
}

// busy is how many processes wanted a processor in the last minute, 0 where the system does not tell.
func busy() (load float64) {
	said, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return 0
	}
	first, _, _ := strings.Cut(string(said), " ")
	load, _ = strconv.ParseFloat(first, 64) // 0 where it says something else
	return load
}

// measure runs benchmarks one run after the other and is what they wrote, with the runs that failed.
func measure(ctx context.Context, runs []Run, chosen *regexp.Regexp, progress io.Writer) (text []byte, failed []string) {
	var all bytes.Buffer
	for _, r := range runs {
		if !r.is(chosen) {
			continue
		}
		args := append([]string{"test", "-run", "^$", "-bench", r.Bench, "-timeout", "60m"}, r.Flags...)
		cmd := exec.CommandContext(ctx, "go", append(args, r.Package)...)
		fmt.Fprintln(progress, "go", strings.Join(cmd.Args[1:], " "))
		cmd.Stdout, cmd.Stderr = io.MultiWriter(&all, progress), progress
		if err := cmd.Run(); err != nil {
			failed = append(failed, fmt.Sprintf("%s of %s: %v", r.Bench, r.Package, err))
		}
		if ctx.Err() != nil {
			break
		}
	}
	return all.Bytes(), failed
}
