//go:build race

package lookalike

// underRace says that the race detector is at work, with which growing trees over whole data sets takes minutes.
const underRace = true
