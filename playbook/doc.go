// Package playbook is what ships ready to be switched on: plays, each a way for moments to arise with something to say at them,
// the rules of who may be told it, and how it is laid out. It is data, in English and French.
//
// A brand takes up a play by having a copy of it in its document. From then on the copy is the marketer's: words, delays and
// rules are theirs to change, and nothing here changes them again.
//
// It knows what a brand is made of. It never knows who is spoken to, and whether anything is said at a moment stays the
// decision's to choose: a play that nobody would gain by is silent.
//
// Start reading at [Play].
package playbook
