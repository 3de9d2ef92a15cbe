//go:build race

package main

// underRace says that the race detector is at work, with which reading hundreds of thousands of rows, or a simulated season, takes minutes.
const underRace = true
