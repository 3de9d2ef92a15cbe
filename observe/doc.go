// Package observe is how a running house is watched from outside: what is counted of its doors and its queues, the
// spans of what a request sets off, and the name under which it is followed through the log.
//
// It knows doors by the patterns of their addresses and methods by the names HTTP has for them. It never knows an address as it
// was asked for, a name, a person or anything that a caller chooses: so the values of labels are as many as there are doors, and
// none is personal.
//
// Start reading at [Doors]; docs/observability.md lists every metric.
package observe
