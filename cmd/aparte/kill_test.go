package main

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

const (
	testWriteKey  = "test-write-key"
	testSecretKey = "test-secret-key-of-32-characters"
)

// TestWhatWasAcknowledgedOutlivesKill9 writes from several connections, kills the process at a moment
// nobody chose, and looks: everything acknowledged is in the history once. Then everything is sent
// again, as clients do that heard nothing: it is still there once.
func TestWhatWasAcknowledgedOutlivesKill9(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	rng := rand.New(rand.NewPCG(1, 9))
	var all []*written // of all rounds
	for round := range rounds {
		c := serve(t, data)
		first := &written{batches: batchesOf(rng, round)}
		first.send(c, 30+rng.IntN(120))
		t.Logf("round %d: killed when %d of %d events were acknowledged", round, len(first.acknowledged), first.events())
		all = append(all, first)

		c = serve(t, data)
		for i := range all {
			if missing := all[i].lost(stories(t, c)); len(missing) > 0 {
				t.Fatalf("round %d: %d acknowledged events of round %d are gone: %v", round, len(missing), i, missing)
			}
		}
		for i := range all {
			all[i].resend(c)
		}
		kept := stories(t, c)
		for i := range all {
			if missing := all[i].lost(kept); len(missing) > 0 {
				t.Fatalf("round %d: %d events of round %d are missing after they were sent again: %v", round, len(missing), i, missing)
			}
		}
		for id, n := range kept {
			if n != 1 {
				t.Errorf("round %d: %s is in the history %d times", round, id, n)
			}
		}
		c.kill()
	}
}

// serve starts the command on a data directory that may be another's remains.
func serve(t *testing.T, data string, more ...string) child {
	t.Helper()
	return run(t, t.TempDir(), append([]string{"serve", "--addr=127.0.0.1:0", "--data=" + data, "--assets=" + t.TempDir(),
		"--write-key=" + testWriteKey, "--secret-key=" + testSecretKey}, more...)...)
}

// written is what was sent in one round, and what of it was acknowledged.
type written struct {
	batches      [][]batch // by connection
	mu           sync.Mutex
	acknowledged []string // messageIds
}

// batch is the body of a request, and the messageIds in it.
type batch struct {
	body []byte
	ids  []string
}

const (
	rounds           = 3
	connections      = 4
	batchesPerWriter = 100
	peopleOfRound    = 12
)

// batchesOf are more batches than a round will live to send. Their events are about people under one of
// their two names, and some under both, so that the kill falls between the steps of a merge, too.
func batchesOf(rng *rand.Rand, round int) [][]batch {
	all := make([][]batch, connections)
	for connection := range all {
		for n := range batchesPerWriter {
			var b batch
			var events []string
			for i := range 1 + rng.IntN(20) {
				id := fmt.Sprintf("m-%d-%d-%d-%d", round, connection, n, i)
				b.ids = append(b.ids, id)
				events = append(events, fmt.Sprintf(`{"type":"track","event":"Thing Done","messageId":%q,%s}`, id, somebody(rng, round)))
			}
			b.body = []byte(`{"batch":[` + strings.Join(events, ",") + `]}`)
			all[connection] = append(all[connection], b)
		}
	}
	return all
}

// somebody names one of the people of a round.
func somebody(rng *rand.Rand, round int) string {
	who := rng.IntN(peopleOfRound)
	user, anonymous := fmt.Sprintf(`"userId":"u-%d-%d"`, round, who), fmt.Sprintf(`"anonymousId":"a-%d-%d"`, round, who)
	switch x := rng.IntN(20); {
	case x == 0:
		return user + "," + anonymous
	case x < 10:
		return anonymous
	}
	return user
}

// send has every connection send its batches one after another, and kills the process once so many of
// all were acknowledged, while others are under way.
func (w *written) send(c child, enough int) {
	var done atomic.Int64
	var writers sync.WaitGroup
	for _, batches := range w.batches {
		writers.Go(func() {
			for _, b := range batches {
				a, err := c.ask("POST", "/v1/batch", testWriteKey, b.body)
				if err != nil || a.status != http.StatusOK {
					return // killed
				}
				w.mu.Lock()
				w.acknowledged = append(w.acknowledged, b.ids...)
				w.mu.Unlock()
				if done.Add(1) == int64(enough) {
					c.kill()
				}
			}
		})
	}
	writers.Wait()
	c.kill()
}

// resend sends everything again: from now on all of it is acknowledged.
func (w *written) resend(c child) {
	w.acknowledged = nil
	for _, batches := range w.batches {
		for _, b := range batches {
			c.must(http.StatusOK, "POST", "/v1/batch", testWriteKey, b.body)
			w.acknowledged = append(w.acknowledged, b.ids...)
		}
	}
}

func (w *written) events() int {
	n := 0
	for _, batches := range w.batches {
		for _, b := range batches {
			n += len(b.ids)
		}
	}
	return n
}

// lost are the acknowledged messageIds that are not in the histories.
func (w *written) lost(kept map[string]int) []string {
	return slices.DeleteFunc(slices.Clone(w.acknowledged), func(id string) bool { return kept[id] > 0 })
}

// stories says how often each messageId is in the history of all the people there can be.
func stories(t *testing.T, c child) map[string]int {
	t.Helper()
	kept, seen := map[string]int{}, map[string]bool{}
	for round := range rounds {
		for who := range peopleOfRound {
			for _, name := range []string{fmt.Sprintf("userId:u-%d-%d", round, who), fmt.Sprintf("anonymousId:a-%d-%d", round, who)} {
				storyOf(t, c, name, kept, seen)
			}
		}
	}
	return kept
}

// story adds the events of somebody who was not seen under another name.
func storyOf(t *testing.T, c child, name string, kept map[string]int, seen map[string]bool) {
	t.Helper()
	path := "/v1/admin/people/" + name
	a, err := c.ask("GET", path, testSecretKey, nil)
	if err != nil {
		t.Fatal(err)
	}
	if a.status == http.StatusNotFound {
		return
	}
	who := decoded[struct {
		ID string `json:"id"`
	}](t, a.body)
	if a.status != http.StatusOK || seen[who.ID] {
		return
	}
	seen[who.ID] = true
	for before := ""; ; {
		page := read[struct {
			Events []struct {
				MessageID string `json:"messageId"`
			} `json:"events"`
			Next time.Time `json:"next"`
		}](c, testSecretKey, path+"/events?limit=500&before="+url.QueryEscape(before))
		for _, e := range page.Events {
			kept[e.MessageID]++
		}
		if page.Next.IsZero() {
			return
		}
		before = page.Next.Format(time.RFC3339Nano)
	}
}
