// Package profile is what happens to a person: the state after an event, after a merge, after something
// was said, and the record in which a state is kept.
//
// It is pure. It knows the Segment specification's e-commerce events and the events by which Aparté
// records its own part; it never knows a clock, a store, a rule or a decision's reasons. A function takes
// a person and returns another that shares what did not change, so a person once handed out stays as it
// is. Nothing an event says can make it fail: a field of the wrong type, out of its bounds or misspelt
// is a field that is not there.
//
// Events may come late and in any order. Counters, affinities, orders, first and last sight come out the
// same as in order of time; an older trait never overwrites a newer one; a cart and a session listen
// only to what is not older than they are.
//
// Start reading at [Apply] in apply.go; bounds.go has what may be how large, counters.go and
// affinities.go the tables of what counts for what, schema.go the record.
package profile
