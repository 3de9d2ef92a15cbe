package learn

import "golang.org/x/sys/cpu"

// fast reports whether the processor works on eight numbers at a time (AVX).
var fast = cpu.X86.HasAVX

//go:noescape
func dotAVX(a, b *float32, n int) float32

//go:noescape
func addOuterAVX(p, u, v *float32, rows, n int)

//go:noescape
func addRowsAVX(y, p, x *float32, rows, n int)

// dot is Σ a·b. Vectors of one call have the same length, a multiple of lanes and not 0.
func dot(a, b []float32) float32 {
	if !fast {
		return dotPlain(a, b)
	}
	return dotAVX(&a[0], &b[:len(a)][0], len(a))
}

// addOuter adds u·vᵀ to the matrix p, which has its rows one after another.
func addOuter(p, u, v []float32) {
	if !fast {
		addOuterPlain(p, u, v)
		return
	}
	addOuterAVX(&p[:len(u)*len(v)][0], &u[0], &v[0], len(u), len(v))
}

// addRows adds p·x, of the symmetric matrix p, to y.
func addRows(y, p, x []float32) {
	if !fast {
		addRowsPlain(y, p, x)
		return
	}
	addRowsAVX(&y[0], &p[:len(y)*len(x)][0], &x[0], len(x), len(y))
}
