package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// ended is what a command that came to its end left.
type ended struct {
	out, notes string
	exit       int
}

// lab runs `aparte lab` to its end, with a text on standard input.
func lab(t *testing.T, stdin string, args ...string) ended {
	t.Helper()
	return command(t, stdin, append([]string{"lab"}, args...)...)
}

// command runs `aparte` to its end, with a text on standard input.
func command(t *testing.T, stdin string, args ...string) ended {
	t.Helper()
	var out, notes bytes.Buffer
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(os.Environ(), asCommand+"=1")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(stdin), &out, &notes
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return ended{out.String(), notes.String(), cmd.ProcessState.ExitCode()}
}

// object is the one object a command printed with --json.
func (s ended) object(t *testing.T) map[string]any {
	t.Helper()
	if s.exit != 0 {
		t.Fatalf("exit status %d: %s", s.exit, s.notes)
	}
	var o map[string]any
	if err := json.Unmarshal([]byte(s.out), &o); err != nil {
		t.Fatalf("standard output is not one object (%v): %.200s", err, s.out)
	}
	return o
}

// file writes a file of a test and gives its path.
func file(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// shared is the path of a data set that stands beside the repository; the test is skipped without it.
func shared(t *testing.T, name string) string {
	t.Helper()
	path := filepath.Join("..", "..", "..", "shared", "data", name)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("%s is not here: the test needs the shared data beside the repository", path)
	}
	return path
}

func TestBadInputIsOneLineWithItsPlaceAndExitStatusOne(t *testing.T) {
	log := file(t, "log.csv", "item_id,position,click,propensity_score\na,1,0,0.5\na,1,maybe,0.5\n")
	got := lab(t, "", "ope", "--log", log, "--policy", "random", "--json")
	if got.exit != 1 || got.out != "" || got.notes != log+":3: click: the text is not a number\n" {
		t.Errorf("exit status %d, output %q, notes %q", got.exit, got.out, got.notes)
	}
}

func TestBadRowsAreSetAsideOnlyWhenAsked(t *testing.T) {
	log := "item_id,position,click,propensity_score\na,1,0,0.5\na,1,maybe,0.5\nb,1,1,0.5\n"
	got := lab(t, log, "ope", "--log", "-", "--policy", "random", "--json", "--skip-bad")
	o := got.object(t)
	if o["rows"] != 2.0 || o["skipped"] != 1.0 || !strings.Contains(got.notes, "<stdin>:3: click: ") {
		t.Errorf("%v\n%s", o, got.notes)
	}
}

func TestAnInterruptEndsALabCommandAndLeavesNothingBehind(t *testing.T) {
	temporary := t.TempDir()
	cmd := exec.Command(os.Args[0], "lab", "ope", "--log", "-", "--policy", "random")
	cmd.Env = append(os.Environ(), asCommand+"=1", "TMPDIR="+temporary)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	// More than a pipe holds: once it is written, the command is reading.
	if _, err := in.Write([]byte("item_id,click,propensity_score\n" + strings.Repeat("a,0,0.5\n", 1<<17))); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err == nil || cmd.ProcessState.Exited() {
		t.Errorf("it ended by itself: %v", err)
	}
	if left, err := os.ReadDir(temporary); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestAPackedLogIsReadFromAFileAndFromAPipe(t *testing.T) {
	path := shared(t, "obd-men/bts.csv.gz")
	packed, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	a, b := lab(t, "", "ope", "--log", path, "--policy", "random", "--json"),
		lab(t, string(packed), "ope", "--log", "-", "--policy", "random", "--json")
	if a.object(t)["rows"] != 10000.0 || a.out != b.out {
		t.Errorf("from a file:\n%s\nfrom a pipe:\n%s", a.out, b.out)
	}
}
