// Package attribution shares out conversions among the channels that people met on the way to them: by the
// first or the last of them, evenly, by position, by age, by what a Markov chain would lose without a channel,
// and by Shapley's value.
//
// [Paths] takes journeys in as they come, any number of them, and can be asked at any time; what it keeps
// grows with the channels and the chain's states, never with the journeys. A [Ledger] takes the walks of single
// people in, as a feed brings them, keeps them by week, in bounds, and has all models side by side for an answer.
//
// All of these share out what happened; none says what would not have happened without a channel. A holdout
// does (package measure).
//
// It knows channels by their names, days and counts. It never knows people. Start reading at paths.go, then ledger.go.
package attribution
