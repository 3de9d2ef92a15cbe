package main

import "testing"

func TestAMachineOfFewProcessorsHasThreadsEnough(t *testing.T) {
	for _, c := range []struct {
		told                  string
		may, processors, want int
	}{
		{"", 1, 1, 4}, {"", 2, 2, 4}, {"", 3, 3, 4}, {"", 4, 4, 0}, {"", 64, 64, 0}, {"2", 2, 2, 0}, {"", 2, 64, 0}, {"", 2, 3, 0},
	} {
		if n := threads(c.told, c.may, c.processors); n != c.want {
			t.Errorf("GOMAXPROCS=%s, %d of %d: %d", c.told, c.may, c.processors, n)
		}
	}
}
