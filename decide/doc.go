// Package decide takes the decision: for one person, at one moment, in one slot, what to say among
// everything that could be said, or nothing at all.
//
// It knows how a [aparte.Brand] is checked and compiled into a [Plan], which contents a person may be
// told (consent, rules, stock, quiet hours, pressure, holdout), what an action looks like to a model,
// what saying it costs, how to choose so that one learns from the choice with an exact propensity, and
// how to put the reasons into words. It is pure: no clock, no store, no randomness but the seed in the
// [Question]. The same question, plan and scorer give the same decision byte for byte.
//
// It never knows how a value is predicted (the [Scorer] is package learn's), how a person came to be
// in their state, how a content is drawn or sent, or what became of it.
//
// Start reading at [Plan.Decide] in decide.go, which is the whole of it in ten lines; then eligible.go,
// candidates.go, features.go, cost.go and explore.go, in that order. compile.go and check.go are how a
// plan comes about, variables.go is what rules can speak of, term.go how most of them are evaluated.
package decide
