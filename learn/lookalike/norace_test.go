//go:build !race

package lookalike

const underRace = false
