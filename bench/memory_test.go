package bench_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"
	"time"

	"github.com/aparte-dev/aparte/bench"
	"github.com/aparte-dev/aparte/demo/brand"
)

// BenchmarkMemory says how much memory `aparte serve` holds (its resident set, as the system tells it): idle with a
// brand, and after 200,000 events of 100,000 people.
func BenchmarkMemory(b *testing.B) {
	if runtime.GOOS != "linux" {
		b.Skip("the resident set of another process is read from /proc, which only Linux has")
	}
	for range b.N {
		s := startServe(b)
		b.ReportMetric(residentMB(b, s.cmd.Process.Pid), "idle-MB")
		load := bench.Load{Addr: s.addr, Connections: 16, Request: func(i int64) []byte {
			return request("POST", "/v1/batch", batch(int(i), 100, 100_000))
		}}
		if r, err := load.Run(2_000); err != nil || r.Errors > 0 {
			b.Fatalf("%v, %d refused", err, r.Errors)
		}
		b.ReportMetric(residentMB(b, s.cmd.Process.Pid), "100k-people-MB")
		s.stop(b)
	}
}

// served is a running `aparte serve`, in a process of its own.
type served struct {
	addr string
	cmd  *exec.Cmd
}

func startServe(b *testing.B) *served {
	b.Helper()
	return program(b).start(b, filepath.Join(b.TempDir(), "data"))
}

// built is the program and what it is furnished with.
type built struct{ dir string }

func program(b *testing.B) built {
	b.Helper()
	p := built{b.TempDir()}
	build := exec.CommandContext(b.Context(), "go", "build", "-o", filepath.Join(p.dir, "aparte"), "github.com/aparte-dev/aparte/cmd/aparte")
	build.Env = append(os.Environ(), "CGO_ENABLED=0") // as releases are built
	if out, err := build.CombinedOutput(); err != nil {
		b.Fatalf("build: %v\n%s", err, out)
	}
	furnished, err := brand.Brand()
	if err != nil {
		b.Fatal(err)
	}
	document, err := json.Marshal(furnished)
	if err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(p.dir, "brand.json"), document, 0o600); err != nil {
		b.Fatal(err)
	}
	if err := os.CopyFS(filepath.Join(p.dir, "assets"), brand.Assets()); err != nil {
		b.Fatal(err)
	}
	return p
}

// start returns when the doors answer.
func (p built) start(b *testing.B, data string, flags ...string) *served {
	b.Helper()
	s := &served{addr: freeAddress(b)}
	s.cmd = exec.CommandContext(b.Context(), filepath.Join(p.dir, "aparte"), append([]string{"serve", "--addr", s.addr, "--data", data,
		"--brand", filepath.Join(p.dir, "brand.json"), "--assets", filepath.Join(p.dir, "assets"),
		"--write-key", key, "--secret-key", "bench-secret-key"}, flags...)...)
	s.cmd.Cancel = func() error { return s.cmd.Process.Signal(os.Interrupt) }
	if err := s.cmd.Start(); err != nil {
		b.Fatal(err)
	}
	s.await(b)
	return s
}

// freeAddress is one that nobody listens on now.
func freeAddress(b *testing.B) string {
	b.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// await returns when the doors answer.
func (s *served) await(b *testing.B) {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.Context(), time.Minute)
	defer cancel()
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.addr+"/readyz", nil)
		if err != nil {
			b.Fatal(err)
		}
		if res, err := http.DefaultClient.Do(req); err == nil {
			var is struct{ Brand bool } // events are taken before there is one
			err := json.NewDecoder(res.Body).Decode(&is)
			if err := errors.Join(err, res.Body.Close()); err != nil {
				b.Fatal(err)
			}
			if res.StatusCode == http.StatusOK && is.Brand {
				return
			}
		}
		select {
		case <-ctx.Done():
			b.Fatal("serve is not ready after a minute")
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// residentMB is a process's resident set.
func residentMB(b *testing.B, process int) float64 {
	b.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", process))
	if err != nil {
		b.Fatal(err)
	}
	for line := range bytes.Lines(status) {
		if rest, ok := bytes.CutPrefix(line, []byte("VmRSS:")); ok {
			kb, err := strconv.ParseFloat(string(bytes.Fields(rest)[0]), 64)
			if err != nil {
				b.Fatal(err)
			}
			return kb * 1024 / 1e6
		}
	}
	b.Fatal("the system does not tell the resident set")
	return 0
}

func (s *served) stop(b *testing.B) {
	b.Helper()
	if err := s.cmd.Cancel(); err != nil {
		b.Fatal(err)
	}
	if err := s.cmd.Wait(); err != nil {
		b.Fatalf("serve ended: %v", err)
	}
}
