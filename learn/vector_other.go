//go:build !amd64

package learn

func dot(a, b []float32) float32 { return dotPlain(a, b) }

func addOuter(p, u, v []float32) { addOuterPlain(p, u, v) }

func addRows(y, p, x []float32) { addRowsPlain(y, p, x) }
