package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

const (
	minMemory     = 128      // MB
	defaultMemory = 280      // MB: a hundred thousand people on a small machine
	programItself = 48 << 20 // code and tables, which no cache can shrink
	personInCache = 7 << 10  // bytes of a decoded state, about
	maxMemTable   = 64 << 20 // more brings nothing
	leastBodies   = 64 << 20 // the largest that a door takes has half of that
	collectAt     = 200      // percent: collect garbage when the heap is three times what lives, or the limit is near
)

// memory is how the memory a process aims to stay within is divided among what holds it.
type memory struct {
	limit    int64 // of the heap
	people   int   // decoded states at hand
	records  int64 // bytes of encoded states at hand
	blocks   int64 // bytes of the store's block cache
	memTable int   // bytes of writes the store gathers; it holds two of them
	pictures int64 // bytes of pictures, scaled to how they are shown
	bodies   int64 // bytes of what requests bring
}

// divide divides a number of megabytes.
func divide(megabytes int) (memory, error) {
	if megabytes < minMemory {
		return memory{}, fmt.Errorf("memory: %d MB are too few, at least %d", megabytes, minMemory)
	}
	limit := int64(megabytes)<<20 - programItself
	return memory{
		limit:    limit,
		people:   int(limit / 10 / personInCache),
		records:  limit / 5,
		blocks:   limit / 8,
		memTable: int(min(limit/12, maxMemTable)),
		pictures: limit / 8,
		bodies:   max(limit/16, leastBodies),
	}, nil
}

// claim tells the garbage collector, unless the environment has told it otherwise.
func (m memory) claim() {
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(m.limit)
	}
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(collectAt)
	}
}

const (
	strainEvery = time.Minute
	strainMost  = 0.3 // of all work: so much is collecting garbage only near the limit
)

// work is how the processors' time was spent since the program began, in seconds.
type work struct{ collecting, all float64 }

func workSoFar() work {
	s := []metrics.Sample{{Name: "/cpu/classes/gc/total:cpu-seconds"}, {Name: "/cpu/classes/total:cpu-seconds"}, {Name: "/cpu/classes/idle:cpu-seconds"}}
	metrics.Read(s)
	return work{s[0].Value.Float64(), s[1].Value.Float64() - s[2].Value.Float64()}
}

// strained is the share of the work since an earlier time that was collecting garbage, and whether it tells that there is too little memory: where hardly
// anything is done, as in one second of sixty, it does not.
func (w work) strained(before work) (share float64, tells bool) {
	all := w.all - before.all
	if all < strainEvery.Seconds()/60 {
		return 0, false
	}
	share = (w.collecting - before.collecting) / all
	return share, share > strainMost
}

// watchStrain tells the log, once an hour at most, where the memory that was given is too little for what is kept in it, until ctx ends.
func watchStrain(ctx context.Context, megabytes int, log *slog.Logger) {
	before, quiet := workSoFar(), 0
	for tick := time.NewTicker(strainEvery); ; quiet-- {
		select {
		case <-tick.C:
		case <-ctx.Done():
			tick.Stop()
			return
		}
		now := workSoFar()
		if share, tells := now.strained(before); tells && quiet <= 0 {
			quiet = int(time.Hour / strainEvery)
			log.Warn("memory is short, and much of the processors' time goes into finding some: give --memory more", "memory", megabytes, "share", fmt.Sprintf("%.0f %%", 100*share))
		}
		before = now
	}
}
