// Package scenario says when moments arise by themselves: after events, or their absence, on a day, from time to time.
// A basket was filled and nothing was ordered for an hour: that is a moment. docs/scenarios.md is the definition.
//
// It knows a brand's scenarios, one person's timers and one event, and answers which timers to set and
// which to cancel. It never knows what will be said, or whether anything will: a scenario makes a moment,
// and the decision is taken then. It reads no clock and keeps no state of its own: what it must remember
// stands in the person's record as timers, each with the instant at which it counts no more, and as the counter of
// how often it spoke.
//
// Start reading at [Set.Hear]; [Set.Replay] reads a whole history.
package scenario
