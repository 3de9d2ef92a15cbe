//go:build !race

package persona

const underRace = false
