package faults

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"path/filepath"
	"regexp"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/aparte-dev/aparte/exchange/querytest"
)

// TestAVersionIsChangedOneNodeAfterAnother replaces the nodes of an installation, one after another, by those of a version with which they cannot share
// parts, while people come by all of them: at each step every node takes events, everything that was acknowledged is in the history once, and in the
// end all nodes have parts.
func TestAVersionIsChangedOneNodeAfterAnother(t *testing.T) {
	old := build(t)
	next := buildOver(t, filepath.Join("..", "fellow", "peers.go"), replaced(t, "\tspeaks = 1\n", "\tspeaks = 2\n"))
	database := querytest.Run(t, "max_connections=200")
	dir := t.TempDir()
	env := []string{"APARTE_MASTER_KEY_FILE=" + filepath.Join(dir, "master.key")}
	w := &town{t: t}
	for i := range nodes {
		n := alone(t, old, env, "--store="+database.Address, "--data="+filepath.Join(dir, fmt.Sprint("node", i)), "--assets="+t.TempDir())
		w.nodes = append(w.nodes, n)
		if _, err := n.read("/v1/admin/people/userId:nobody"); err != nil { // one after another, so that the first makes the master key
			t.Fatal(err)
		}
	}
	w.share()
	began := time.Now()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var all sync.WaitGroup
	for i := range writers {
		all.Go(func() { w.come(ctx, rand.New(rand.NewPCG(11, uint64(i))), i) })
	}
	for i, n := range w.nodes {
		pause(ctx, time.Second)
		n.end(syscall.SIGTERM)
		n.args[0] = next
		n.begin()
		for at, n := range w.nodes {
			w.takes(n, fmt.Sprintf("step-%d-%d", i, at))
		}
		w.mu.Lock()
		t.Logf("%v: node %d is of the next version, %d events were acknowledged", time.Since(began).Round(time.Millisecond), i, len(w.acked))
		w.mu.Unlock()
	}
	w.share()
	stop()
	all.Wait()
	w.kept()
}

// come sends what people do until ctx ends.
func (w *town) come(ctx context.Context, rng *rand.Rand, writer int) {
	for n := 0; ctx.Err() == nil; n++ {
		w.five(rng, writer, n)
	}
}

// five has five things done, a writer's n-th, taken in by some node.
func (w *town) five(rng *rand.Rand, writer, n int) {
	var lines []string
	var events []event
	for i := range 5 {
		e := event{person: fmt.Sprintf("u-%d", rng.IntN(20)), message: fmt.Sprintf("m-%d-%d-%d", writer, n, i), name: "Thing Done"}
		lines, events = append(lines, wants(e)), append(events, e)
	}
	w.deliver(batch(lines...), false, rng)
	w.took(events...)
}

// takes waits until a node takes an event itself.
func (w *town) takes(n *node, message string) {
	w.t.Helper()
	e := event{person: "u-0", message: message, name: "Thing Done"}
	for until := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) { // as clients do
		status, said, err := n.ask("POST", "/v1/batch", writeKey, batch(wants(e)))
		if err == nil && status == http.StatusOK {
			w.took(e)
			return
		}
		if time.Now().After(until) {
			w.t.Fatalf("a node takes nothing: %d %s %v\n%s", status, said, err, n.output())
		}
	}
}

var partsLine = regexp.MustCompile(`(?m)^aparte_parts (\d+)$`)

// share waits until each node has parts.
func (w *town) share() {
	w.t.Helper()
	for until := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) { // they are told to take them
		idle := 0
		for _, n := range w.nodes {
			_, body, err := n.ask("GET", "/metrics", secretKey, nil)
			if m := partsLine.FindSubmatch(body); err != nil || m == nil || string(m[1]) == "0" {
				idle++
			}
		}
		if idle == 0 {
			return
		}
		if time.Now().After(until) {
			w.t.Fatalf("%d nodes have no parts", idle)
		}
	}
}

// kept looks for every event that was acknowledged.
func (w *town) kept() {
	w.t.Helper()
	byPerson := map[string]map[string]int{}
	for _, e := range w.acked {
		if byPerson[e.person] == nil {
			byPerson[e.person] = w.history(w.nodes[1], e.person).messages
		}
		if n := byPerson[e.person][e.message]; n != 1 {
			w.t.Errorf("%s of %s was acknowledged and is in the history %d times", e.message, e.person, n)
		}
	}
	if len(w.acked) == 0 {
		w.t.Error("nothing was acknowledged")
	}
	w.t.Logf("%d events of %d people were acknowledged", len(w.acked), len(byPerson))
}
