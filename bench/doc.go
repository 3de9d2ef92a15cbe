// Package bench measures the product through its doors, and beside each figure a peer in the same run:
// an empty handler that answers the same bytes, over the same connections, to the same client. What it
// prints goes into docs/performance.md; `make bench` runs it.
//
// It has no code of its own beyond a load client thin enough not to be what is measured; the
// benchmarks of single packages stand beside those packages.
package bench
