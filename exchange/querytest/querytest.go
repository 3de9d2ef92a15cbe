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
	dir     string // of its socket, and of its data
	run     func(program string, args ...string) *exec.Cmd
	args    []string
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
	s := place(t, bin)
	if said, err := s.run("initdb", "-D", s.data(), "-U", "shop", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync").CombinedOutput(); err != nil {
		t.Fatalf("initdb: %v\n%s", err, said)
	}
	for _, setting := range settings {
		s.args = append(s.args, "-c", setting)
	}
	s.Begin()
	t.Cleanup(func() { s.end(syscall.SIGINT) })
	return s
}

// place makes room for a database whose programs are in bin.
func place(t testing.TB, bin string) *Server {
	t.Helper()
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
	s := &Server{t: t, Address: "host=" + dir + " user=shop dbname=postgres", dir: dir}
	s.run = func(program string, args ...string) *exec.Cmd {
		cmd := exec.Command(filepath.Join(bin, program), args...)
		cmd.SysProcAttr, cmd.Dir = who, dir
		return cmd
	}
	s.args = []string{"-D", s.data(), "-k", dir, "-h", "", "-F", "-c", "max_connections=10", "-c", "shared_buffers=16MB"}
	return s
}

func (s *Server) data() string { return filepath.Join(s.dir, "data") }

// Host is where it is found, as addresses name it.
func (s *Server) Host() string { return s.dir }

// Replica starts a database that follows this one. From then on this one answers that something is committed once the other has it, too.
func (s *Server) Replica() *Server {
	s.t.Helper()
	r := place(s.t, filepath.Dir(s.run("postgres").Path))
	if said, err := r.run("pg_basebackup", "-h", s.dir, "-U", "shop", "-D", r.data(), "-R", "-X", "stream", "-c", "fast", "--no-sync").CombinedOutput(); err != nil {
		s.t.Fatalf("pg_basebackup: %v\n%s", err, said)
	}
	r.args = append(r.args, s.args[len(r.args):]...)
	r.Begin()
	s.t.Cleanup(func() { r.end(syscall.SIGINT) })
	s.do("ALTER SYSTEM SET synchronous_standby_names = '*'")
	s.do("SELECT pg_reload_conf()")
	s.await("SELECT count(*) > 0 FROM pg_stat_replication WHERE sync_state = 'sync'")
	return r
}

// Promote makes of a replica a database of its own.
func (s *Server) Promote() {
	s.t.Helper()
	s.do("SELECT pg_promote(false)")
	s.await("SELECT NOT pg_is_in_recovery()")
}

func (s *Server) do(statement string) {
	s.t.Helper()
	conn, err := pgx.Connect(context.Background(), s.Address)
	if err == nil {
		_, err = conn.Exec(context.Background(), statement)
		_ = conn.Close(context.Background())
	}
	if err != nil {
		s.t.Fatalf("%s: %v", statement, err)
	}
}

// await asks a question until the answer is yes.
func (s *Server) await(question string) {
	s.t.Helper()
	conn, err := pgx.Connect(context.Background(), s.Address)
	if err != nil {
		s.t.Fatal(err)
	}
	defer conn.Close(context.Background())
	for until := time.Now().Add(5 * time.Minute); ; time.Sleep(20 * time.Millisecond) { // there is nothing to wait on
		yes := false
		if err := conn.QueryRow(context.Background(), question).Scan(&yes); err != nil || time.Now().After(until) {
			s.t.Fatalf("%s: %v", question, err)
		}
		if yes {
			return
		}
	}
}

// Begin starts the database, and returns when it answers.
func (s *Server) Begin() {
	s.t.Helper()
	s.running = s.run("postgres", s.args...)
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
	if s.running == nil {
		return // it was ended before
	}
	if err := s.running.Process.Signal(by); err != nil {
		s.t.Error(err)
	}
	_ = s.running.Wait() // it was told to
	s.running = nil
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
func Do(t testing.TB, address string, statements ...string) {
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
