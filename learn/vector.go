package learn

// lanes is by how many numbers vectors are worked on at a time. The vectors of one call have the same length, a multiple
// of lanes and not 0; matrices have their rows one after another. Sums are of every lanes-th number first, in this order on
// every machine: where the processor helps (vector_amd64.go), it comes to the same bits.
const lanes = 8

// dotPlain is Σ a·b.
func dotPlain(a, b []float32) float32 {
	var s [lanes]float32
	for len(a) >= lanes && len(b) >= lanes {
		x, y := (*[lanes]float32)(a), (*[lanes]float32)(b)
		s[0] += float32(x[0] * y[0])
		s[1] += float32(x[1] * y[1])
		s[2] += float32(x[2] * y[2])
		s[3] += float32(x[3] * y[3])
		s[4] += float32(x[4] * y[4])
		s[5] += float32(x[5] * y[5])
		s[6] += float32(x[6] * y[6])
		s[7] += float32(x[7] * y[7])
		a, b = a[lanes:], b[lanes:]
	}
	return ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]))
}

// addScaledPlain adds scale·x to y.
func addScaledPlain(y, x []float32, scale float32) {
	for len(y) >= lanes && len(x) >= lanes {
		a, b := (*[lanes]float32)(y), (*[lanes]float32)(x)
		a[0] += float32(scale * b[0])
		a[1] += float32(scale * b[1])
		a[2] += float32(scale * b[2])
		a[3] += float32(scale * b[3])
		a[4] += float32(scale * b[4])
		a[5] += float32(scale * b[5])
		a[6] += float32(scale * b[6])
		a[7] += float32(scale * b[7])
		y, x = y[lanes:], x[lanes:]
	}
}

// addProductsPlain adds scale·(a·b), number by number, to y.
func addProductsPlain(y, a, b []float32, scale float32) {
	for i, v := range a {
		y[i] += float32(scale * float32(v*b[i]))
	}
}

// boundPlain takes each number of x to the nearest within ±most, has squares be their squares, and returns their sum.
func boundPlain(x, squares []float32, most float32) (norm float32) {
	for i, v := range x {
		if !(v < most) {
			v = most
		}
		if !(v > -most) {
			v = -most
		}
		x[i], squares[i] = v, v*v
	}
	return dotPlain(x, x)
}

// addRowsPlain adds x[r] times row r of p to y, for each r of rows in turn: p·x, for the symmetric matrix p and a vector x
// that is 0 elsewhere.
func addRowsPlain(y, p, x []float32, rows []uint8) {
	for _, r := range rows {
		addScaledPlain(y, p[int(r)*len(y):(int(r)+1)*len(y)], x[r])
	}
}

// patience is how many vectors are taken away from a matrix at a time.
const patience = 4

// subOutersPlain takes v·vᵀ away from p, of n rows, for each of the patience vectors v in vs in turn. What is symmetric
// stays so to the last bit.
func subOutersPlain(p, vs []float32, n int) {
	a, b, c, d := vs[:n], vs[n:2*n], vs[2*n:3*n], vs[3*n:4*n]
	for i := range n {
		row := p[i*n : (i+1)*n]
		x, y, z, w := a[i], b[i], c[i], d[i]
		for j := range row {
			row[j] = row[j] - float32(x*a[j]) - float32(y*b[j]) - float32(z*c[j]) - float32(w*d[j])
		}
	}
}

// narrowPlain adds h·squares to known, to most at most, and has spreads be 1/known. It returns Σ squares·spreads as they
// were before.
func narrowPlain(known, spreads, squares []float32, h, most float32) (before float32) {
	before = dotPlain(spreads, squares)
	for i, q := range squares {
		k := known[i] + float32(h*q)
		if !(k < most) {
			k = most
		}
		known[i], spreads[i] = k, 1/k
	}
	return before
}
