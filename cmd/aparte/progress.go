package main

import (
	"fmt"
	"io"
	"os"
	"strings"
)

// progress is a bar on a terminal, and a few plain lines where the output is a file or a pipe.
type progress struct {
	out      io.Writer
	label    string
	total    int
	terminal bool
	shown    int // of a hundred
}

func newProgress(out *os.File, label string, total int) *progress {
	info, err := out.Stat()
	return &progress{
		out: out, label: label, total: max(total, 1), shown: -1,
		terminal: err == nil && info.Mode()&os.ModeCharDevice != 0,
	}
}

// at shows that n of the total are done.
func (p *progress) at(n int) {
	percent := min(100, 100*n/p.total)
	step := 1
	if !p.terminal {
		step = 25
	}
	if percent/step == p.shown/step && p.shown >= 0 {
		return
	}
	p.shown = percent
	if !p.terminal {
		fmt.Fprintf(p.out, "%s: %d %%\n", p.label, percent)
		return
	}
	const width = 30
	full := percent * width / 100
	fmt.Fprintf(p.out, "\r%s %s%s %3d %%", p.label, strings.Repeat("█", full), strings.Repeat("░", width-full), percent)
	if percent == 100 {
		fmt.Fprintln(p.out)
	}
}
