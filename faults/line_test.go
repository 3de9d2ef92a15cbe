package faults

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// line is a way over which an installation speaks, with a weather of its own: slow, narrow, silent in one direction or both, or cut.
type line struct {
	address  string // where who uses it connects to
	network  string
	listen   net.Listener
	carrying sync.WaitGroup

	mu     sync.Mutex
	to     string // where it leads
	now    weather
	turned chan struct{} // closed when the weather is another
	open   map[net.Conn]bool
}

// weather is how a line is. The zero value is fine.
type weather struct {
	delay  time.Duration // of each piece
	rate   int           // bytes a second; 0: any number
	silent [2]bool       // what goes there, and what comes back, is kept until the weather is another; nobody is told
	cut    bool          // connections are closed, and each new one at once
}

func (w weather) String() string {
	switch {
	case w.cut:
		return "cut"
	case w.silent == [2]bool{true, true}:
		return "silent"
	case w.silent != [2]bool{}:
		return "half open"
	}
	return "slow"
}

// bad is some bad weather.
func bad(rng *rand.Rand) weather {
	switch rng.IntN(4) {
	case 0:
		return weather{cut: true}
	case 1:
		return weather{silent: [2]bool{true, true}}
	case 2:
		one := rng.IntN(2)
		return weather{silent: [2]bool{one == 0, one == 1}}
	}
	return weather{delay: time.Duration(1+rng.IntN(200)) * time.Millisecond, rate: 20_000 << rng.IntN(6)}
}

// newLine opens a line to an address: host:port, or the path of a socket. Its own is of the same kind.
func newLine(t testing.TB, to string) *line {
	t.Helper()
	network, at := "tcp", "127.0.0.1:0"
	if filepath.IsAbs(to) {
		dir, err := os.MkdirTemp("", "line") // t.TempDir is too long for a socket's path
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { os.RemoveAll(dir) })
		network, at = "unix", filepath.Join(dir, filepath.Base(to))
	}
	listen, err := net.Listen(network, at)
	if err != nil {
		t.Fatal(err)
	}
	l := &line{address: listen.Addr().String(), network: network, listen: listen, to: to, turned: make(chan struct{}), open: map[net.Conn]bool{}}
	l.carrying.Go(l.serve)
	t.Cleanup(func() {
		listen.Close()
		l.set(weather{cut: true})
		l.carrying.Wait()
	})
	return l
}

func (l *line) serve() {
	for {
		conn, err := l.listen.Accept()
		if err != nil {
			return
		}
		l.carrying.Go(func() { l.carry(conn) })
	}
}

// end is where the line leads.
func (l *line) end() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.to
}

// lead has new connections lead elsewhere.
func (l *line) lead(to string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.to = to
}

// set changes the weather.
func (l *line) set(to weather) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.now = to
	close(l.turned)
	l.turned = make(chan struct{})
	if to.cut {
		for conn := range l.open {
			conn.Close()
		}
	}
}

// has notes a connection that is closed when the line is cut, or closes it as it is.
func (l *line) has(conn net.Conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.now.cut {
		conn.Close()
		return false
	}
	l.open[conn] = true
	return true
}

func (l *line) lets(conn net.Conn) {
	conn.Close()
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.open, conn)
}

func (l *line) carry(client net.Conn) {
	if !l.has(client) {
		return
	}
	defer l.lets(client)
	server, err := net.DialTimeout(l.network, l.end(), 5*time.Second)
	if err != nil || !l.has(server) {
		return
	}
	defer l.lets(server)
	var both sync.WaitGroup
	both.Go(func() { l.way(0, server, client) })
	both.Go(func() { l.way(1, client, server) })
	both.Wait()
}

// way carries what goes in one direction.
func (l *line) way(direction int, to, from net.Conn) {
	defer to.Close()
	defer from.Close()
	piece := make([]byte, 16<<10)
	for {
		n, err := from.Read(piece)
		if n > 0 {
			if !l.pass(direction, n) {
				return
			}
			if _, err := to.Write(piece[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// pass waits as long as a piece takes, and says whether it gets through.
func (l *line) pass(direction, bytes int) bool {
	for {
		l.mu.Lock()
		now, turned := l.now, l.turned
		l.mu.Unlock()
		takes := now.delay
		if now.rate > 0 {
			takes += time.Duration(bytes) * time.Second / time.Duration(now.rate)
		}
		switch {
		case now.cut:
			return false
		case now.silent[direction]:
			<-turned
		case takes == 0:
			return true
		default:
			select {
			case <-time.After(takes):
				return true
			case <-turned:
			}
		}
	}
}

// storms has bad weather on some lines, one spell after another, until ctx ends, and leaves it fine. It answers how many spells there were.
func (w *town) storms(ctx context.Context, rng *rand.Rand) map[string]int {
	seen := map[string]int{}
	for ctx.Err() == nil {
		pause(ctx, time.Duration(rng.IntN(6000))*time.Millisecond)
		n := w.nodes[rng.IntN(len(w.nodes))]
		var struck []*line
		what := ""
		switch rng.IntN(5) {
		case 0:
			struck, what = []*line{n.database}, "to the database"
		case 1:
			struck, what = []*line{n.door}, "between nodes"
		case 2:
			struck, what = []*line{n.mail}, "to the mail server"
		case 3:
			struck, what = []*line{n.database, n.door, n.mail}, "to everything"
		case 4:
			for _, n := range w.nodes {
				struck = append(struck, n.mail)
			}
			what = "of all to the mail server"
		}
		is := bad(rng)
		seen[fmt.Sprint(is, " ", what)]++
		for _, l := range struck {
			l.set(is)
		}
		pause(ctx, time.Duration(rng.IntN(20_000))*time.Millisecond)
		for _, l := range struck {
			l.set(weather{})
		}
	}
	return seen
}

func TestALineIsAsItsWeather(t *testing.T) {
	listen, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var serving sync.WaitGroup
	defer serving.Wait()
	defer listen.Close()
	serving.Go(func() { // says everything back
		for {
			conn, err := listen.Accept()
			if err != nil {
				return
			}
			serving.Go(func() {
				defer conn.Close()
				b := make([]byte, 1)
				for {
					if _, err := conn.Read(b); err != nil {
						return
					}
					if _, err := conn.Write(b); err != nil {
						return
					}
				}
			})
		}
	})
	l := newLine(t, listen.Addr().String())
	conn, err := net.Dial("tcp", l.address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	says := func(within time.Duration) error {
		b := []byte{'a'}
		if _, err := conn.Write(b); err != nil {
			return err
		}
		if err := conn.SetReadDeadline(time.Now().Add(within)); err != nil {
			return err
		}
		_, err := conn.Read(b)
		return err
	}
	if err := says(patience); err != nil {
		t.Fatalf("in fine weather: %v", err)
	}
	for _, silent := range [][2]bool{{true, true}, {true, false}, {false, true}} {
		l.set(weather{silent: silent})
		if err := says(20 * time.Millisecond); err == nil {
			t.Errorf("silent %v: there was an answer", silent)
		}
		l.set(weather{}) // what was kept comes now
		if err := conn.SetReadDeadline(time.Now().Add(patience)); err != nil {
			t.Fatal(err)
		}
		if _, err := conn.Read(make([]byte, 1)); err != nil {
			t.Fatalf("silent %v, and fine again: %v", silent, err)
		}
	}
	const slow = 50 * time.Millisecond
	l.set(weather{delay: slow})
	if began := time.Now(); says(patience) != nil || time.Since(began) < 2*slow {
		t.Errorf("a slow line answered after %v", time.Since(began))
	}
	l.set(weather{cut: true})
	if err := says(patience); err == nil {
		t.Error("a line that is cut answered")
	}
}
