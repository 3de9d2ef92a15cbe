package learn

import "golang.org/x/sys/cpu"

// fast reports whether the processor works on eight numbers at a time (AVX).
var fast = cpu.X86.HasAVX

//go:noescape
func dotAVX(a, b *float32, n int) float32

//go:noescape
func dotsAVX(a, b, c, d *float32, n int) (ab, cd float32)

//go:noescape
func addScaledAVX(y, x *float32, n int, scale float32)

//go:noescape
func addProductsAVX(y, a, b *float32, n int, scale float32)

//go:noescape
func boundAVX(x, squares *float32, n int, most float32) float32

//go:noescape
func addRowsAVX(y, p, x *float32, n int, rows *uint8, count int)

//go:noescape
func subOutersAVX(p, vs *float32, n int)

//go:noescape
func narrowAVX(known, spreads, squares *float32, n int, h, most float32) float32

func dot(a, b []float32) float32 {
	if !fast {
		return dotPlain(a, b)
	}
	return dotAVX(&a[0], &b[:len(a)][0], len(a))
}

// dots are Σ a·b and Σ c·d.
func dots(a, b, c, d []float32) (ab, cd float32) {
	if !fast {
		return dotPlain(a, b), dotPlain(c, d)
	}
	return dotsAVX(&a[0], &b[:len(a)][0], &c[:len(a)][0], &d[:len(a)][0], len(a))
}

func addScaled(y, x []float32, scale float32) {
	if !fast {
		addScaledPlain(y, x, scale)
		return
	}
	addScaledAVX(&y[0], &x[:len(y)][0], len(y), scale)
}

func addProducts(y, a, b []float32, scale float32) {
	if !fast {
		addProductsPlain(y, a, b, scale)
		return
	}
	addProductsAVX(&y[:len(a)][0], &a[0], &b[:len(a)][0], len(a), scale)
}

func bound(x, squares []float32, most float32) (norm float32) {
	if !fast {
		return boundPlain(x, squares, most)
	}
	return boundAVX(&x[0], &squares[:len(x)][0], len(x), most)
}

// addRows needs every number of rows to be below len(y).
func addRows(y, p, x []float32, rows []uint8) {
	if !fast || len(rows) == 0 {
		addRowsPlain(y, p, x, rows)
		return
	}
	addRowsAVX(&y[0], &p[:len(y)*len(y)][0], &x[:len(y)][0], len(y), &rows[0], len(rows))
}

func subOuters(p, vs []float32, n int) {
	if !fast {
		subOutersPlain(p, vs, n)
		return
	}
	subOutersAVX(&p[:n*n][0], &vs[:patience*n][0], n)
}

func narrow(known, spreads, squares []float32, h, most float32) (before float32) {
	if !fast {
		return narrowPlain(known, spreads, squares, h, most)
	}
	n := len(squares)
	return narrowAVX(&known[:n][0], &spreads[:n][0], &squares[0], n, h, most)
}
