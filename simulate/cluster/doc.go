// Package cluster is a simulation of an installation under a load: nodes with processors, parts with one owner each, databases, a
// network between them, and somebody who kills a node. It says how soon requests are answered, how busy everything is, what is full
// first, and what the failure costs. Nothing of the engine runs in it: what each step takes is a figure that was measured
// elsewhere ([Figures]), and how steps follow one another is the engine's way of working (ARCHITECTURE.md, "People, parts, owners").
//
// It is a discrete-event simulation: the clock jumps from one occurrence to the next. All randomness comes from the seed, and times are
// whole nanoseconds, so that a seed gives the same report to the byte. Where queueing theory knows the answer (M/M/c, M/G/1, Little's
// law), the tests hold it against that.
//
// Start reading at [Config], then run.go.
package cluster
