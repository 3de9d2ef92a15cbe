// Package story is the day of one customer, told as it happens: Isabelle looks at a lipstick, does not buy, and is met again by
// mail, on the street and in the shop, until friends of hers come by a link she shared.
//
// The story makes facts and moves the clock: what is looked at, where somebody is, what the till rings up. What is said, where, when,
// and whether at all, it asks the doors, and tells what they answered and why. Before the story begins, other people of the same
// house live through nine weeks in which the engine learns what is worth saying (others.go): how they answer is drawn from a truth
// that is written there and that no door is told.
//
// Start reading at [Tell].
package story
