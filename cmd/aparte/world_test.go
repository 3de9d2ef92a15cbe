package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/api"
	"github.com/aparte-dev/aparte/compose"
	"github.com/aparte-dev/aparte/demo/brand"
	"github.com/aparte-dev/aparte/demo/history"
	"github.com/aparte-dev/aparte/demo/world"
	"github.com/aparte-dev/aparte/engine"
	"github.com/aparte-dev/aparte/store/pebble"
)

// inProcess carries requests to a handler without a network, so that the clock may be a bubble's.
type inProcess struct{ http.Handler }

func (p inProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	r = r.Clone(r.Context())
	r.RequestURI = r.URL.RequestURI()
	p.ServeHTTP(w, r)
	return w.Result(), nil
}

// seeded is a source of bytes that are always the same.
type seeded struct{ *rand.ChaCha8 }

func TestMeasure(t *testing.T) {
	n := 2000
	if s := os.Getenv("VISITS"); s != "" {
		n, _ = strconv.Atoi(s)
	}
	for seed := range uint64(seeds()) {
		start := time.Now()
		var ds []aparte.Decision
		var e2 map[string]map[string]int64
		var st world.Stats
		synctest.Test(t, func(t *testing.T) { ds, e2, st = walkThrough(t, seed+1, n) })
		ctr := map[aparte.ContentID]float64{}
		for c, n := range e2["exposed"] {
			if n > 0 {
				ctr[aparte.ContentID(c)] = float64(e2["clicked"][c]) / float64(n)
			}
		}
		fmt.Printf("seed %d took %v; %d decisions; %+v\n", seed+1, time.Since(start), len(ds), st.Windows)
		st.Windows = nil
		fmt.Printf("   %+v\n", st)
		q := len(ds) / 8
		for i := range 8 {
			var share, said, lift, base, silent, k, exp float64
			for j := i * q; j < (i+1)*q; j++ {
				d := &ds[j]
				k++
				if d.Action.Silent() {
					silent++
					continue
				}
				said++
				share += ctr[d.Action.Content]
				var sum, n float64
				seen := map[aparte.ContentID]bool{}
				for _, c := range d.Candidates {
					if c.Excluded == "" && !c.Action.Silent() && !seen[c.Action.Content] {
						seen[c.Action.Content] = true
						sum += ctr[c.Action.Content]
						n++
					}
				}
				base += sum / n
				if d.Propensity < .5 {
					exp++
				}
			}
			lift = share/said - base/said
			fmt.Printf("   eighth %d: ctr chosen %.4f base %.4f lift %.4f silent %.3f low-propensity %.3f\n", i, share/said, base/said, lift, silent/k, exp/said)
		}
	}
}

func walkThrough(t *testing.T, seed uint64, visits int) ([]aparte.Decision, map[string]map[string]int64, world.Stats) {
	furnished, err := brand.Brand()
	if err != nil {
		t.Fatal(err)
	}
	past, err := history.Open(furnished.Items)
	if err != nil {
		t.Fatal(err)
	}
	var key [32]byte
	key[0] = byte(seed)
	s, err := pebble.Open("world", pebble.Options{FS: vfs.NewMem(), Rand: rand.NewChaCha8(key)})
	if err != nil {
		t.Fatal(err)
	}
	c, err := compose.New(brand.Assets())
	if err != nil {
		t.Fatal(err)
	}
	const base = "http://demo.example"
	furnished.Home = base + "/shop/"
	e, err := engine.Open(t.Context(), engine.Config{Store: s, Composer: c, BaseURL: base})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.Publish(t.Context(), furnished); err != nil {
		t.Fatal(err)
	}
	doors, err := api.New(api.Config{Engine: e, Keys: []api.Key{{Name: "simulation", Value: "key"}}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	h := &house{engine: e}
	if err := bringIn(ctx, h, past); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	var decisions []aparte.Decision
	var watching sync.WaitGroup
	watching.Go(func() {
		if err := e.Watch(ctx, func(told engine.Told) { decisions = append(decisions, told.Decision) }); err != nil {
			t.Error(err)
		}
	})
	synctest.Wait()
	w, err := world.New(world.Config{BaseURL: base, WriteKey: "key", Seed: seed, Rate: 8, Visits: visits, Run: "test", AtOnce: 1, Pause: 100 * time.Millisecond,
		Client: &http.Client{Transport: inProcess{doors}}}, past.People())
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Run(ctx); err != nil {
		t.Fatal(err)
	}
	synctest.Wait()
	time.Sleep(2 * time.Second)
	stop()
	watching.Wait()
	sums := map[string]map[string]int64{}
	for _, what := range []string{"exposed", "clicked"} {
		cs, err := e.Counters(t.Context(), what+"/", began.Add(-time.Hour), time.Now().Add(time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		sums[what] = map[string]int64{}
		for _, c := range cs {
			sums[what][c.Key[len(what)+1:]] += c.N
		}
	}
	fmt.Println(e.Status())
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return decisions, sums, w.Stats()
}

func seeds() int {
	n, _ := strconv.Atoi(os.Getenv("SEEDS"))
	return max(n, 1)
}
