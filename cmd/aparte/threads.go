package main

import (
	"os"
	"runtime"
)

// leastThreads is how many threads work at a time at least, on a machine of fewer processors too. The collector of garbage takes a quarter of them: of four
// that is one of its own, which the system weighs against the others. Of two it is half of one, taken in pieces of up to 5 ms from threads that requests
// wait for.
const leastThreads = 4

// claimThreads tells the runtime, unless the environment has told it otherwise.
func claimThreads() {
	if n := threads(os.Getenv("GOMAXPROCS"), runtime.GOMAXPROCS(0), runtime.NumCPU()); n > 0 {
		runtime.GOMAXPROCS(n)
	}
}

// threads is how many are to work, where so many may, on a machine of so many processors; 0: as many as the runtime says. A process that may use less than its
// machine has, by a quota of its container, keeps to that, as far as the runtime tells of it: with more threads it would use up what it has sooner, and stand
// still for the rest of each tenth of a second.
func threads(told string, may, processors int) int {
	if told != "" || may < processors || processors >= leastThreads {
		return 0
	}
	return leastThreads
}
