// Package scenario says when moments arise by themselves: after an event, when a delay has passed without
// any of the events that would make it pointless. A basket was filled and nothing was ordered for an hour:
// that is a moment.
//
// It knows a brand's scenarios, one person's timers and one event, and answers which timers to set and
// which to cancel. It never knows what will be said, or whether anything will: a scenario makes a moment,
// and the decision is taken then. It reads no clock and keeps no state of its own: what it must remember
// stands in the person's record, pending moments as timers and spoken ones as counters, both under the
// name "scenario:" and the scenario's id.
//
// Start reading at [Set.Timers].
package scenario
