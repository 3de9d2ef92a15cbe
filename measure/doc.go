// Package measure says what decisions were worth, and how sure one can be.
//
// Three questions, three files to start from:
//
//   - What would another policy have earned? Off-policy estimators over a log with propensities, by the
//     names the field gives them (offpolicy.go, estimators.go), and what makes them untrustworthy
//     (weights.go).
//   - What is being live worth? Treated against holdout, with a test that the split is the one intended
//     (holdout.go, sampleratio.go).
//   - How sure is that, for somebody who looks every day? Confidence sequences: intervals that hold at all
//     times of looking at once (exact.go, asymptotic.go), beside the ones for a single look (estimate.go).
//
// Everything is a sum that grows with the rows, so that memory does not, and rows come in any number.
// It knows numbers. It never knows people, files, or how a decision was taken.
package measure
