package email_test

import (
	"bufio"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
)

// turn is what a scripted server expects next, by its beginning, and what it then says. An empty reply
// hangs up. The turn "." reads a whole mail.
type turn struct{ expect, reply string }

// The usual turns.
var (
	hello = turn{"EHLO ", "250 mx.example"}
	from  = turn{"MAIL FROM:", "250 2.1.0 ok"}
	to    = turn{"RCPT TO:", "250 2.1.5 ok"}
	data  = turn{"DATA", "354 go ahead"}
	end   = turn{".", "250 2.0.0 queued"}
	quit  = turn{"QUIT", "221 2.0.0 bye"}
)

func hangUpAt(t turn) turn { return turn{expect: t.expect} }

// scripted is the address of a mail server that plays one script a connection, greets before each and
// hangs up after. It takes no more connections than it has scripts.
func scripted(t *testing.T, scripts ...[]turn) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var wait sync.WaitGroup
	wait.Go(func() {
		for i, script := range scripts {
			conn, err := listener.Accept()
			if err != nil {
				t.Errorf("connection %d of the script never came", i)
				return
			}
			play(t, conn, script)
		}
	})
	t.Cleanup(func() {
		listener.Close()
		wait.Wait()
	})
	return listener.Addr().String()
}

func play(t *testing.T, conn net.Conn, script []turn) {
	defer conn.Close()
	io.WriteString(conn, "220 mx.example ESMTP\r\n")
	lines := bufio.NewReader(conn)
	for _, turn := range script {
		line := readTurn(lines, turn.expect == ".")
		if !strings.HasPrefix(line, turn.expect) {
			t.Errorf("server heard %q, expected %q", line, turn.expect)
			return
		}
		if turn.reply == "" {
			return
		}
		io.WriteString(conn, turn.reply+"\r\n")
	}
}

// readTurn reads a line, or up to the line of a single dot.
func readTurn(r *bufio.Reader, toDot bool) string {
	for {
		line, err := r.ReadString('\n')
		if err != nil || !toDot || line == ".\r\n" {
			return line
		}
	}
}
