package main

import (
	"runtime"
	"testing"
)

func TestAFewProcessorsHaveThreadsEnough(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for _, c := range []struct {
		env       string
		has, want int
	}{
		{"", 1, 4}, {"", 2, 4}, {"", 4, 4}, {"", 8, 8}, {"2", 2, 2},
	} {
		t.Setenv("GOMAXPROCS", c.env)
		runtime.GOMAXPROCS(c.has)
		if claimThreads(); runtime.GOMAXPROCS(0) != c.want {
			t.Errorf("GOMAXPROCS=%s of %d: %d", c.env, c.has, runtime.GOMAXPROCS(0))
		}
	}
}
