package api

import (
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// A connection that sends its header a byte at a time, or more of it than is read, holds nobody up: it is closed, and others are answered
// meanwhile.
func TestAConnectionMayTakeNeitherTimeNorRoomWithoutEnd(t *testing.T) {
	t.Parallel()
	h, _ := testDoors(t)
	s := Server("", h, nil)
	if s.ReadTimeout <= 0 || s.WriteTimeout <= 0 || s.IdleTimeout <= 0 || s.ReadHeaderTimeout <= 0 || s.MaxHeaderBytes <= 0 {
		t.Fatalf("without a limit: %+v", s)
	}
	s.ReadHeaderTimeout = 100 * time.Millisecond // as in use, but for how long the test takes
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(l) }()
	defer func() {
		_ = s.Close()
		if err := <-ended; err != http.ErrServerClosed {
			t.Error(err)
		}
	}()
	send := func(what string) string {
		c, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		_ = c.SetDeadline(time.Now().Add(time.Minute))
		_, _ = io.WriteString(c, what) // it may be closed before all is read
		said, _ := io.ReadAll(c)       // until it is closed
		return string(said)
	}
	if said := send("GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: "); strings.Contains(said, "200 OK") {
		t.Errorf("half a header is answered: %q", said)
	}
	if said := send("GET /healthz HTTP/1.1\r\nHost: x\r\nX-Long: " + strings.Repeat("a", s.MaxHeaderBytes+8<<10) + "\r\n\r\n"); !strings.Contains(said, "431") {
		t.Errorf("a header of more than %d bytes: %q", s.MaxHeaderBytes, said)
	}
	if said := send("GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"); !strings.Contains(said, "200 OK") {
		t.Errorf("afterwards: %q", said)
	}
}
