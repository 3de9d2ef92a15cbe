// Package intent tells what somebody who writes back wants, in English or French: rules for what must not be missed, and
// behind them a small classifier, learned from the sentences of sentences.txt.
//
// It knows texts. It never knows people, keeps no text, and answers the same for the same text, on any machine. How sure it
// says it is can be believed about as far as the test of held-out sentences shows; what it is not sure of is for somebody to
// read.
//
// Start reading at [Model.Read].
package intent
