//go:build !amd64

package learn

func dot(a, b []float32) float32 { return dotPlain(a, b) }

func dots(a, b, c, d []float32) (ab, cd float32) { return dotPlain(a, b), dotPlain(c, d) }

func addScaled(y, x []float32, scale float32) { addScaledPlain(y, x, scale) }

func addProducts(y, a, b []float32, scale float32) { addProductsPlain(y, a, b, scale) }

func bound(x, squares []float32, most float32) (norm float32) { return boundPlain(x, squares, most) }

func addRows(y, p, x []float32, rows []uint8) { addRowsPlain(y, p, x, rows) }

func subOuters(p, vs []float32, n int) { subOutersPlain(p, vs, n) }

func narrow(known, spreads, squares []float32, h, most float32) (before float32) {
	return narrowPlain(known, spreads, squares, h, most)
}
