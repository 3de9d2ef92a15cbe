package main

import "testing"

func TestAMachineOfFewProcessorsHasThreadsEnough(t *testing.T) {
	for _, c := range []struct {
		told             string
		processors, want int
	}{
		{"", 1, 4}, {"", 2, 4}, {"", 3, 4}, {"", 4, 0}, {"", 64, 0}, {"2", 2, 0},
	} {
		if n := threads(c.told, c.processors); n != c.want {
			t.Errorf("GOMAXPROCS=%s of %d: %d", c.told, c.processors, n)
		}
	}
}
