// Package access knows the people who work in the console and the keys by which programs come in: who they are, how they show
// it, what each may do, and what they did. Passwords, sessions, links and keys are kept as hashes only; everything lives in the
// store, so that every node knows it.
//
// It never knows pages, what doors do or what a change is about. Start reading at [User] and [Porter].
package access
