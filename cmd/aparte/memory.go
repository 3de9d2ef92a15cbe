package main

import (
	"fmt"
	"os"
	"runtime/debug"
)

const (
	minMemory     = 128      // MB
	defaultMemory = 280      // MB: a hundred thousand people on a small machine
	programItself = 48 << 20 // code and tables, which no cache can shrink
	personInCache = 6 << 10  // bytes of a decoded state, about
	maxMemTable   = 64 << 20 // more brings nothing
	collectAt     = 200      // percent: collect garbage when the heap is three times what lives, or the limit is near
)

// memory is how the memory a process aims to stay within is divided among what holds it.
type memory struct {
	limit    int64 // of the heap
	people   int   // decoded states at hand
	blocks   int64 // bytes of the store's block cache
	memTable int   // bytes of writes the store gathers; it holds two of them
	pictures int64 // bytes of pictures, scaled to how they are shown
}

// divide divides a number of megabytes.
func divide(megabytes int) (memory, error) {
	if megabytes < minMemory {
		return memory{}, fmt.Errorf("memory: %d MB are too few, at least %d", megabytes, minMemory)
	}
	limit := int64(megabytes)<<20 - programItself
	return memory{
		limit:    limit,
		people:   int(limit / 4 / personInCache),
		blocks:   limit / 8,
		memTable: int(min(limit/12, maxMemTable)),
		pictures: limit / 8,
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
