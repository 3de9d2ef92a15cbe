package postgres_test

import (
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/aparte-dev/aparte/bench"
)

// spentByServer is the processor time that the server's processes have taken so far, those that ended included; always 0 where the server is on
// another machine, or the system does not tell.
func (s *benchStore) spentByServer(b *testing.B) time.Duration {
	b.Helper()
	var pid int
	if err := s.pool.QueryRow(b.Context(), "SELECT pg_backend_pid()").Scan(&pid); err != nil {
		b.Fatal(err)
	}
	backend, is := bench.ProcessOf(pid)
	server, runs := bench.ProcessOf(backend.Parent)
	if !is || !runs || server.Name != "postgres" {
		return 0
	}
	sum := server.Own + server.Ended
	all, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		b.Fatal(err)
	}
	for _, dir := range all {
		if pid, err = strconv.Atoi(filepath.Base(dir)); err != nil {
			continue
		}
		if p, is := bench.ProcessOf(pid); is && p.Parent == backend.Parent {
			sum += p.Own
		}
	}
	return sum
}
