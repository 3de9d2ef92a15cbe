// Package channeltest is the suite that every channel passes: what a message must survive, what a
// failure must say, and that nobody waits longer than they were willing to.
//
// It knows the contract of package channel and nothing of any protocol: the channel's own test gives
// it a sender joined to a real peer, a server that speaks the protocol and can be told to refuse.
//
// Start reading at [Run] and [Door].
package channeltest
