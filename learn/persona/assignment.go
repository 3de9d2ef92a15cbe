package persona

import "math"

// assign pairs rows with columns so that the sum of their gains is the largest there can be: the Hungarian method (Kuhn 1955; as shortest
// augmenting paths with potentials, Jonker, Volgenant 1987). gains is square; the answer is the column of each row.
func assign(gains [][]float64) []int {
	n := len(gains)
	rows, columns := make([]float64, n+1), make([]float64, n+1) // potentials
	row := make([]int, n+1)                                     // of each column, from 1; 0: none. Column 0 stands for where a path begins.
	before := make([]int, n+1)                                  // the column before, on the way to each
	for i := 1; i <= n; i++ {
		row[0] = i
		slack, seen := make([]float64, n+1), make([]bool, n+1)
		for j := range slack {
			slack[j] = math.Inf(1)
		}
		at := 0
		for row[at] != 0 {
			seen[at] = true
			least, next := math.Inf(1), 0
			for j := 1; j <= n; j++ {
				if seen[j] {
					continue
				}
				if cost := -gains[row[at]-1][j-1] - rows[row[at]] - columns[j]; cost < slack[j] {
					slack[j], before[j] = cost, at
				}
				if slack[j] < least {
					least, next = slack[j], j
				}
			}
			for j := range seen {
				if seen[j] {
					rows[row[j]] += least
					columns[j] -= least
				} else {
					slack[j] -= least
				}
			}
			at = next
		}
		for at != 0 {
			row[at] = row[before[at]]
			at = before[at]
		}
	}
	assigned := make([]int, n)
	for j := 1; j <= n; j++ {
		assigned[row[j]-1] = j - 1
	}
	return assigned
}
