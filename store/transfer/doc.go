// Package transfer copies one store into another, of whatever kind: an embedded one onto servers when a machine is outgrown, or back.
//
// What is copied is every row, under its own number, and the store's secret, so that all links, hashes and signatures stay valid. It can stop anywhere
// and be begun again: a row that is there is not copied twice. At the end both are read, and compared by counts and checksums.
//
// It knows what package store's interfaces list, and nothing of what is in a row. Start reading at [Copy].
package transfer
