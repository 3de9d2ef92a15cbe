// Package bench measures the product through its doors, and beside each figure a peer in the same run:
// an empty handler that answers the same bytes, over the same connections, to the same client. bench/table
// runs it, and the benchmarks of single packages, and holds what they print against what is asked; docs/performance.md has it.
//
// It has no code of its own beyond a load client thin enough not to be what is measured, and a look at processor time; the
// benchmarks of single packages stand beside those packages.
package bench
