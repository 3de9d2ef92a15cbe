//go:build race

package main

// underRace says that the race detector is at work, with which reading hundreds of thousands of rows takes minutes.
const underRace = true
