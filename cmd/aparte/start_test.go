package main

import (
	"bufio"
	"io"
	"net/http"
	"net/http/httptest"
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

// Who comes while the house is being made ready is answered at once, and told to come again.
func TestWhoComesTooEarlyIsToldToComeAgain(t *testing.T) {
	t.Parallel()
	var g gate
	ask := func(method, path string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		g.ServeHTTP(w, httptest.NewRequest(method, path, nil))
		return w
	}
	for _, c := range []struct {
		method, path string
		status       int
		says         string
	}{
		{"GET", "/", 503, "Getting ready"}, {"GET", "/console/live", 503, "Getting ready"}, {"POST", "/v1/track", 503, `"success":false`},
		{"GET", "/readyz", 503, "is starting"}, {"GET", "/healthz", 200, `"ok"`},
	} {
		w := ask(c.method, c.path)
		if again := w.Header().Get("Retry-After"); w.Code != c.status || (again == "1") != (c.status == 503) || !strings.Contains(w.Body.String(), c.says) {
			t.Errorf("%s %s: answered %d, again after %q, %s", c.method, c.path, w.Code, again, w.Body)
		}
	}
	g.open(http.RedirectHandler("/console/", http.StatusFound))
	if w := ask("GET", "/"); w.Code != http.StatusFound {
		t.Errorf("open, answered %d", w.Code)
	}
}

// Who comes to the address itself, as they did while the house was being made ready, is led to the console.
func TestTheAddressItselfLeadsToTheConsole(t *testing.T) {
	w := watch(t, nil)
	if status, _, header := w.ask("GET", "/", "", ""); status != http.StatusFound || header.Get("Location") != "/console/" {
		t.Errorf("answered %d, %v", status, header)
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
