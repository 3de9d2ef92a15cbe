//go:build race

package engine_test

// underRace says that the race detector is at work, with which weeks of somebody's life take minutes.
const underRace = true
