// Package persona finds behavioural types among people: how they buy, what attracts them, when they come. How many there are
// comes out of the data; each person has grades of all of them, which add up to 1. Types found again keep their ids and names.
//
// It knows people as values, at a time. It never knows decisions, stores or clocks, and draws no randomness but from a seed: the same
// people in the same order give the same types, bit for bit, on any machine.
//
// Start reading at [Portrait], what is seen of one person; then [Crowd], the people types are found among; then [Types], what
// was found. mixture.go is the model, number.go how many types there are, identity.go which of them are known already, words.go how
// they are told.
package persona
