package main

import (
	"os"
	"runtime"
)

// leastThreads is how many threads work at a time at least, on fewer processors too. The collector of garbage takes a quarter of them: of four that is one
// of its own, which the system weighs against the others. Of two it is half of one, taken in pieces of up to 5 ms from threads that requests wait for.
const leastThreads = 4

// claimThreads tells the runtime, unless the environment has told it otherwise.
func claimThreads() {
	if os.Getenv("GOMAXPROCS") == "" && runtime.GOMAXPROCS(0) < leastThreads {
		runtime.GOMAXPROCS(leastThreads)
	}
}
