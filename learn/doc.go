// Package learn holds the models that predict what an action is worth: online learners that fold over
// examples, one decision and what followed at a time.
//
// It knows hashed features, rewards in minor units and how to turn one into a prediction of the other. It
// never knows people, contents or brands, reads no clock, draws no randomness and starts no goroutine: a
// model is a pure function of its examples in their order, so that one rebuilt from the log has the same
// bytes, on any machine.
//
// Start reading at [Example], the row of the learner's feed; then [Linear], one model; then [Ensemble], one
// model an objective, which scores an action by the sum. [Effect] learns what an action adds to what would
// have followed anyway; an ensemble has one for each objective whose examples name a rival.
package learn
