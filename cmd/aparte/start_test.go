package main

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// refused runs the command with arguments that it must refuse, and is what it says.
func refused(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], args...)
	cmd.Env = append(os.Environ(), asCommand+"=1", "TMPDIR="+t.TempDir())
	cmd.Dir = t.TempDir()
	said, err := cmd.CombinedOutput()
	if err == nil {
		t.Fatalf("%v: not refused:\n%s", args, said)
	}
	return string(said)
}

// What is wrong with the command line is told at once, not when the demo ends.
func TestADemoThatCannotBeIsRefused(t *testing.T) {
	t.Parallel()
	for _, flag := range []string{"--rate=-1", "--rate=NaN", "--rate=Inf", "--visitors=-1", "--addr=0.0.0.0:0", "--addr=shop.example:80"} {
		args := []string{"demo", flag}
		if !strings.HasPrefix(flag, "--addr") {
			args = append(args, "--addr=127.0.0.1:0")
		}
		if said := refused(t, args...); strings.Contains(said, "Console") || !strings.Contains(said, "aparte: ") {
			t.Errorf("%s: said\n%s", flag, said)
		}
	}
}

func TestABrandFileIsRefusedWithTheFileAndThePlace(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ brand, want string }{
		"not JSON":        {"{\n\"name\": \"x\",\n", "brand.json: is not JSON from line 3 on"},
		"more follows":    {`{"name":"x","home":"https://x.example","currency":"EUR","locale":"fr"} {}`, "brand.json: is not JSON from line 1 on"},
		"unknown member":  {`{"contents":[{"idd":"x"}]}`, "brand.json: /contents/0/idd: is not known here"},
		"wrong type":      {`{"contents":[{"id":5}]}`, "brand.json: /contents/0/id: cannot be a number"},
		"twice":           {`{"name":"x","name":"y"}`, "brand.json: /name: is not JSON from line 1 on"},
		"does not add up": {`{"name":"x"}`, "brand.json: /currency: "},
	} {
		path := filepath.Join(t.TempDir(), "brand.json")
		if err := os.WriteFile(path, []byte(c.brand), 0o600); err != nil {
			t.Fatal(err)
		}
		said := refused(t, "serve", "--addr=127.0.0.1:0", "--write-key="+testWriteKey, "--secret-key="+testSecretKey, "--brand="+path)
		if !strings.Contains(said, c.want) {
			t.Errorf("%s: said\n%swant %q", name, said, c.want)
		}
	}
}

// Who stops a demo that is still bringing people in has done nothing wrong.
func TestADemoStoppedWhileItLoadsEndsWell(t *testing.T) {
	t.Parallel()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "demo", "--addr=127.0.0.1:0", "--quiet-world")
	temporary := t.TempDir()
	cmd.Env = append(os.Environ(), asCommand+"=1", "TMPDIR="+temporary)
	told, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(told)
	first, err := lines.ReadString('\n')
	if err != nil || !strings.Contains(first, "Bringing people in") {
		t.Errorf("says first %q (%v)", first, err)
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	rest, _ := io.ReadAll(lines) // ends with the process
	if err := cmd.Wait(); err != nil || strings.Contains(string(rest), "aparte:") {
		t.Errorf("%v: %s", err, rest)
	}
	if left, _ := filepath.Glob(filepath.Join(temporary, "*")); len(left) > 0 {
		t.Errorf("%q is left", left)
	}
}
