//go:build !race

package persona_test

const underRace = false
