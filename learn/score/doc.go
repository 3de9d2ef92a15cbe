// Package score learns how likely it is that a person reaches an objective within a horizon, from what is known of them
// at the time.
//
// It is told how people were at landmarks in the past (van Houwelingen 2007, "Dynamic prediction by landmarking in event
// history analysis") and whether they reached the objective within the horizon after, and gives back a [Model]: a
// logistic regression over a few dozen things that have words, held against people it had not seen (Platt 1999). It never knows where people
// are kept, draws no chance and reads no clock: equal rows in equal order give equal bits.
//
// Start reading at [Fit] in fit.go; behaviour.go and traits.go are what a model sees of a person, logistic.go the
// arithmetic.
package score
