// Package history is a slice of real purchases, told as the events an online shop would have sent: who
// they are, what they ordered, what they sent back. It fills the demo with people who have a past.
//
// The purchases are real and anonymous: see SOURCE.md for where they come from, what was left out and
// under which licence. First names, e-mail addresses and consents are invented; addresses end in
// .example, which leads nowhere. Only the dates move: all by the same number of days, so that the last
// purchase was yesterday.
//
// It knows files and events. It never knows how an event gets to the engine.
//
// Start reading at events.go; slice.go reads the file, people.go invents what the data set does not say.
package history
