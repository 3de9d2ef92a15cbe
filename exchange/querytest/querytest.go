// Package querytest starts a PostgreSQL of a test's own, where the machine has one installed.
package querytest

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// Start starts a database for as long as the test lasts, and is its address. It skips the test where there is no PostgreSQL. It listens on a socket in its
// directory, not on the network. Settings are PostgreSQL's, name=value each.
func Start(t testing.TB, settings ...string) string {
	t.Helper()
	return Run(t, settings...).Address
}

// Server is a database that a test may crash.
type Server struct {
	Address string

	t       testing.TB
	command func() *exec.Cmd
	running *exec.Cmd
}

// Run is Start of a database that can crash and begin again.
func Run(t testing.TB, settings ...string) *Server {
	t.Helper()
	bin := ""
	for _, pattern := range []string{"/usr/lib/postgresql/*/bin", "/usr/local/pgsql/bin", "/opt/homebrew/opt/postgresql*/bin"} {
		if found, err := filepath.Glob(pattern + "/initdb"); err == nil && len(found) > 0 {
			bin = filepath.Dir(found[len(found)-1])
		}
	}
	if bin == "" {
		t.Skip("no PostgreSQL on this machine")
	}
	dir, err := os.MkdirTemp("", "pg") // t.TempDir is too long for a socket's path
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	who := as(t, dir)
	run := func(name string, args ...string) *exec.Cmd {
		cmd := exec.Command(filepath.Join(bin, name), args...)
		cmd.SysProcAttr, cmd.Dir = who, dir
		return cmd
	}
	data := filepath.Join(dir, "data")
	if said, err := run("initdb", "-D", data, "-U", "shop", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync").CombinedOutput(); err != nil {
		t.Fatalf("initdb: %v\n%s", err, said)
	}
	args := []string{"-D", data, "-k", dir, "-h", "", "-F", "-c", "max_connections=10", "-c", "shared_buffers=16MB"}
	for _, setting := range settings {
		args = append(args, "-c", setting)
	}
	s := &Server{t: t, Address: "host=" + dir + " user=shop dbname=postgres", command: func() *exec.Cmd { return run("postgres", args...) }}
	s.Begin()
	t.Cleanup(func() { s.end(syscall.SIGINT) })
	return s
}

// Begin starts the database, and returns when it answers.
func (s *Server) Begin() {
	s.t.Helper()
	s.running = s.command()
	if err := s.running.Start(); err != nil {
		s.t.Fatal(err)
	}
	until, stop := context.WithTimeout(context.Background(), 5*time.Minute)
	defer stop()
	for {
		conn, err := pgx.Connect(until, s.Address)
		if err == nil {
			_ = conn.Close(until)
			return
		}
		if until.Err() != nil {
			s.t.Fatal(err)
		}
		select {
		case <-time.After(20 * time.Millisecond): // it has no other way to say that it is ready
		case <-until.Done():
		}
	}
}

// Crash ends the database at once, without writing what it has in memory: it recovers from its log when it begins again.
func (s *Server) Crash() { s.end(syscall.SIGQUIT) }

func (s *Server) end(by os.Signal) {
	if err := s.running.Process.Signal(by); err != nil {
		s.t.Error(err)
	}
	_ = s.running.Wait() // it was told to
}

// as is who the server runs as: it refuses to be root.
func as(t testing.TB, dir string) *syscall.SysProcAttr {
	t.Helper()
	if os.Getuid() != 0 {
		return nil
	}
	const nobody = 65534
	if err := os.Chown(dir, nobody, nobody); err != nil {
		t.Fatal(err)
	}
	return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
}

// Do runs statements.
func Do(t *testing.T, address string, statements ...string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	if _, err := conn.Exec(t.Context(), strings.Join(statements, ";")); err != nil {
		t.Fatal(err)
	}
}
