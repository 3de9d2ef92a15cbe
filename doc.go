// Package aparte holds the words of Aparté, a one-to-one marketing engine: the types every other
// package speaks in, and nothing else. It does no I/O, reads no clock, draws no randomness and
// imports only the standard library.
//
// The engine is one loop. An [Event] comes in; the [Person] it belongs to is found and brought up to
// date; a [Moment] to speak to that person may arise; a [Decision] is taken, silence included; what
// was chosen is composed when it is seen (an exposure); the outcome is an event too, and the learner
// folds over both. A [Brand] is all a marketer brings: objectives, rules, contents, items.
//
// Start reading at event.go, person.go, brand.go and decision.go, in that order. ARCHITECTURE.md has
// the map of the packages and the walk of one event through them.
package aparte
