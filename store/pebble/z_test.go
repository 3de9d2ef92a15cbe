package pebble_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/store"
	"github.com/aparte-dev/aparte/store/pebble"
)

func TestZ(t *testing.T) {
	st, _ := pebble.Open(t.TempDir(), pebble.Options{})
	defer st.Close()
	e, _ := st.Acquire(t.Context(), 0, "a", time.Now(), time.Hour)
	at := time.Unix(1_800_000_000, 0)
	N := 100000
	for i := 0; i < N; i += 100 {
		b := store.Batch{Part: 0, Epoch: e}
		for j := i; j < i+100; j++ {
			b.Timers = append(b.Timers, store.Timer{Person: aparte.PersonID{byte(j), byte(j >> 8), byte(j >> 16)}, Name: "basket", Due: at.Add(time.Duration(j) * time.Millisecond), Gen: 1})
		}
		if err := st.Commit(t.Context(), &b); err != nil { t.Fatal(err) }
	}
	var worst time.Duration
	start := time.Now()
	fired := 0
	for {
		t0 := time.Now()
		due, err := st.Due(t.Context(), 0, at.Add(time.Hour), 100)
		if err != nil { t.Fatal(err) }
		worst = max(worst, time.Since(t0))
		if fired%20000 == 0 { fmt.Println(fired, time.Since(t0)) }
		if len(due) == 0 { break }
		fired += len(due)
		if err := st.Commit(t.Context(), &store.Batch{Part: 0, Epoch: e, Fired: due}); err != nil { t.Fatal(err) }
	}
	fmt.Println(fired, time.Since(start), "worst due", worst)
	t0 := time.Now(); st.Due(t.Context(), 0, at.Add(time.Hour), 100); fmt.Println("empty due", time.Since(t0))
}
