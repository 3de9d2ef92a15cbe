// Package engine is the loop itself: it takes events, finds whose they are, applies them to the
// person, raises moments, asks package decide what to say, composes what was chosen when it is seen,
// hands messages to channels, and feeds what followed to the learner.
//
// People are spread over the store's parts, and each part has one owner here: a goroutine with a
// queue, the only one that touches the people of the part. It takes whatever is queued, applies pure
// functions to cached states and commits everything in one batch; events are acknowledged after that
// commit, decisions are answered before it. What concerns another part (linking an identifier, merging
// two people) leaves as a letter in the same batch. See owner.go, then turn.go.
//
// The engine knows no HTTP, no SQL and no picture format: doors are package api and package console,
// stores are below store, renderers are package compose. Start reading at [Engine].
package engine
