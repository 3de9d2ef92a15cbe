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
	server := run("postgres", args...)
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Process.Signal(syscall.SIGINT); err != nil {
			t.Error(err)
		}
		_ = server.Wait() // it was told to
	})
	address := "host=" + dir + " user=shop dbname=postgres"
	until, stop := context.WithTimeout(context.Background(), 5*time.Minute)
	defer stop()
	for {
		conn, err := pgx.Connect(until, address)
		if err == nil {
			_ = conn.Close(until)
			return address
		}
		if until.Err() != nil {
			t.Fatal(err)
		}
		select {
		case <-time.After(20 * time.Millisecond): // it has no other way to say that it is ready
		case <-until.Done():
		}
	}
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
