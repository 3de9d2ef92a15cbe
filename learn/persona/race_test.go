//go:build race

package persona_test

// underRace says that the race detector is at work, with which finding types among thousands of people takes minutes.
const underRace = true
