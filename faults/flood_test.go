package faults

import (
	"context"
	"fmt"
	"net/http"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/aparte-dev/aparte/exchange/querytest"
)

// TestAFloodIsRefusedBeforeMemoryGrows has far more come than nodes can take in, as their database does not answer: they say so at once, with when to
// come again, and stay within twice the memory that they are given. When it answers again, everything that was acknowledged is there.
func TestAFloodIsRefusedBeforeMemoryGrows(t *testing.T) {
	const (
		given = 280 // MB
		crowd = 600 // connections
	)
	database := querytest.Run(t, "max_connections=200")
	dir := t.TempDir()
	env := []string{"APARTE_MASTER_KEY_FILE=" + filepath.Join(dir, "master.key")}
	command := build(t)
	w := &town{t: t}
	for i := range 2 {
		n := newNode(t, command, env, database.Address, "127.0.0.1:9", "--data="+filepath.Join(dir, fmt.Sprint("node", i)), "--assets="+t.TempDir(),
			"--write-key="+writeKey, "--secret-key="+secretKey, "--from=hello@lantern.example", "--memory="+strconv.Itoa(given))
		w.nodes = append(w.nodes, n)
		if _, err := n.read("/v1/admin/people/userId:nobody"); err != nil {
			t.Fatal(err)
		}
	}
	w.share()
	for _, n := range w.nodes {
		n.database.set(weather{silent: [2]bool{true, true}})
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var all sync.WaitGroup
	var mu sync.Mutex
	answers, hurried := map[int]int{}, 0
	for c := range crowd {
		all.Go(func() {
			for n := 0; ctx.Err() == nil && n < 40; n++ {
				var lines []string
				var events []event
				for i := range 400 { // a quarter of a megabyte
					e := event{person: fmt.Sprintf("u-%d", (c*7+i)%500), message: fmt.Sprintf("m-%d-%d-%d", c, n, i), name: "Thing Done"}
					lines, events = append(lines, wide(e)), append(events, e)
				}
				status, header, _, err := w.nodes[c%2].send(ctx, "POST", "/v1/batch", writeKey, batch(lines...))
				mu.Lock()
				switch {
				case err != nil: // it waited until the database was back, or the end
				case status == http.StatusOK:
					answers[status]++
					w.acked = append(w.acked, events...)
				default:
					answers[status]++
					if header.Get("Retry-After") == "" {
						hurried++
					}
				}
				refused := answers[http.StatusTooManyRequests]
				mu.Unlock()
				if refused > 5*crowd {
					stop()
				}
			}
		})
	}
	most := 0.0
	for watching := true; watching; {
		for _, n := range w.nodes {
			most = max(most, n.resident())
		}
		select {
		case <-ctx.Done():
			watching = false
		case <-time.After(20 * time.Millisecond):
		}
	}
	for _, n := range w.nodes {
		n.database.set(weather{})
	}
	all.Wait()
	for i, n := range w.nodes {
		w.takes(n, fmt.Sprint("afterwards-", i))
	}
	w.kept()
	t.Logf("answers %v; at most %.0f MB", answers, most)
	if answers[http.StatusTooManyRequests] == 0 || hurried > 0 {
		t.Errorf("answers %v, %d of them without when to come again", answers, hurried)
	}
	if most > 2*given {
		t.Errorf("a node that was given %d MB took %.0f", given, most)
	}
}
