// Package attribution shares out conversions among the channels that people met on the way to them: by the
// first or the last of them, evenly, by position, by age, by what a Markov chain would lose without a channel,
// and by Shapley's value.
//
// [Paths] takes journeys in as they come, any number of them, and can be asked at any time; what it keeps
// grows with the channels and the chain's states, never with the journeys.
//
// All of these share out what happened; none says what would not have happened without a channel. A holdout
// does (package measure).
//
// It knows channels by their names, and counts. It never knows people or times. Start reading at paths.go.
package attribution
