package storetest

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/aparte-dev/aparte/store"
)

// placeVariable tells a process that it is a writer to be killed, and where its store is.
const placeVariable = "APARTE_STORETEST_PLACE"

// killParts is how many parts the writer writes to at once.
const killParts = 4

// Child returns at once in an ordinary process. In one that testKill started it writes to the store,
// for every part one batch after another, until it is killed, and prints a line for each batch once its
// commit has returned.
func Child(h Harness) {
	place := os.Getenv(placeVariable)
	if place == "" {
		return
	}
	fmt.Fprintln(os.Stderr, "writer:", writeUntilKilled(h, place))
	os.Exit(1)
}

func writeUntilKilled(h Harness, place string) error {
	st, err := h.Open(place)
	if err != nil {
		return err
	}
	s := &site{h: h, place: place, st: st}
	fmt.Println("open")
	var mu sync.Mutex // lines come out whole
	failed := make(chan error)
	for n := range store.Part(killParts) {
		go func() {
			failed <- s.writeOn(n, func(i int) {
				mu.Lock()
				defer mu.Unlock()
				fmt.Printf("%d %d committed\n", n, i)
			})
		}()
	}
	return <-failed
}

// writeOn goes on where the last writer to the part was killed.
func (s *site) writeOn(n store.Part, committed func(i int)) error {
	ctx := context.Background()
	epoch, err := s.st.Acquire(ctx, n, "writer", now, time.Hour)
	if err != nil {
		return err
	}
	rows, err := s.st.Feed(ctx, n, 0, 1<<20)
	if err != nil {
		return err
	}
	for i := len(rows) + 1; ; i++ {
		b := s.batchOf(n, i)
		b.Epoch = epoch
		if err := s.st.Commit(ctx, &b); err != nil {
			return err
		}
		committed(i)
	}
}

// testKill kills a writer with SIGKILL, again and again on one store, and looks at what is there: every
// batch that was acknowledged, no batch in part, no row twice.
func testKill(t *testing.T, h Harness) {
	place := h.New(t)
	rng := rand.New(rand.NewPCG(9, 11))
	var sure [killParts]int // batches that were acknowledged, or found after an earlier round
	for round, lines := range []int{0, 1, 5, 40, 100, 250} {
		if lines > 1 {
			lines += rng.IntN(lines)
		}
		written := killWriter(t, place, lines)
		for n, i := range written {
			sure[n] = max(sure[n], i)
		}
		t.Logf("round %d: killed after line %d, sure to be there: %v", round, lines, sure)
		sure = checkAfterKill(t, h, place, sure)
		if t.Failed() {
			return
		}
	}
}

// killWriter starts a writer, kills it when it has printed a number of lines after the first, and
// returns the last batch that it acknowledged in each part.
func killWriter(t *testing.T, place string, lines int) (acknowledged [killParts]int) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatalf("find the test binary: %v", err)
	}
	writer := exec.Command(self, "-test.run=^$")
	writer.Env = append(os.Environ(), placeVariable+"="+place)
	var complaint bytes.Buffer
	writer.Stderr = &complaint
	out, err := writer.StdoutPipe()
	if err != nil {
		t.Fatalf("pipe: %v", err)
	}
	if err := writer.Start(); err != nil {
		t.Fatalf("start writer: %v", err)
	}
	read := 0
	for scanner := bufio.NewScanner(out); scanner.Scan(); read++ {
		var n, i int
		if _, err := fmt.Sscanf(scanner.Text(), "%d %d committed", &n, &i); err == nil {
			acknowledged[n] = i
		} else if read > 0 {
			t.Errorf("writer said %q", scanner.Text())
		}
		if read == lines {
			if err := writer.Process.Kill(); err != nil {
				t.Fatalf("kill writer: %v", err)
			}
		}
	}
	_ = writer.Wait() // it was killed
	if complaint.Len() > 0 || read <= lines {
		t.Fatalf("the writer ended by itself after %d lines: %s", read, complaint.String())
	}
	return acknowledged
}

// checkAfterKill returns how many batches there are of each part.
func checkAfterKill(t *testing.T, h Harness, place string, sure [killParts]int) (found [killParts]int) {
	t.Helper()
	s := &site{h: h, place: place}
	s.open(t)
	defer func() {
		if err := s.st.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	}()
	total := 0
	for n := range store.Part(killParts) {
		there := len(must(s.st.Feed(context.Background(), n, 0, 1<<20))(t))
		total += there
		found[n] = there
		if there < sure[n] || there > sure[n]+1 {
			t.Errorf("part %d: %d batches are there, %d were sure to be and one more may have been under way", n, there, sure[n])
			continue
		}
		want := newOracle()
		for i := 1; i <= there; i++ {
			b := s.batchOf(n, i)
			if err := want.commit(&b); err != nil {
				t.Fatal(err)
			}
		}
		k := s.knownOf(n, there)
		expect(t, fmt.Sprintf("part %d", n), want.contents(n, k), s.read(t, n, k))
	}
	var sum int64
	for _, c := range must(s.st.Counters(context.Background(), "batches", now.Add(-time.Hour), now))(t) {
		sum += c.N
	}
	expect(t, "batches counted", int64(total), sum)
	return found
}
