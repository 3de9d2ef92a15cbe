package persona

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// The oracle tries all ways to pair.
func TestAssignedPairsHaveTheLargestSum(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 6).Draw(t, "n")
		gains := make([][]float64, n)
		for i := range gains {
			for range n {
				gains[i] = append(gains[i], float64(rapid.IntRange(0, 9).Draw(t, "gain")))
			}
		}
		best := math.Inf(-1)
		var try func(row int, taken uint, sum float64)
		try = func(row int, taken uint, sum float64) {
			if row == n {
				best = max(best, sum)
				return
			}
			for j := range n {
				if taken>>j&1 == 0 {
					try(row+1, taken|1<<j, sum+gains[row][j])
				}
			}
		}
		try(0, 0, 0)
		sum, taken := 0.0, uint(0)
		for i, j := range assign(gains) {
			sum += gains[i][j]
			taken |= 1 << j
		}
		if sum != best || taken != 1<<n-1 {
			t.Fatalf("a sum of %v with columns %b, the best is %v", sum, taken, best)
		}
	})
}
