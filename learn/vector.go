package learn

// lanes is by how many numbers vectors are worked on at a time. Sums are of every lanes-th number first,
// in this order on every machine.
const lanes = 8

// dotPlain is dot without the help of the processor, to the same bits.
func dotPlain(a, b []float32) float32 {
	var s0, s1, s2, s3, s4, s5, s6, s7 float32
	for len(a) >= lanes && len(b) >= lanes {
		x, y := (*[lanes]float32)(a), (*[lanes]float32)(b)
		s0 += float32(x[0] * y[0])
		s1 += float32(x[1] * y[1])
		s2 += float32(x[2] * y[2])
		s3 += float32(x[3] * y[3])
		s4 += float32(x[4] * y[4])
		s5 += float32(x[5] * y[5])
		s6 += float32(x[6] * y[6])
		s7 += float32(x[7] * y[7])
		a, b = a[lanes:], b[lanes:]
	}
	return ((s0 + s4) + (s2 + s6)) + ((s1 + s5) + (s3 + s7))
}

// addScaled adds scale·x to y. Their length is a multiple of lanes.
func addScaled(y, x []float32, scale float32) {
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

// addOuterPlain is addOuter without the help of the processor, to the same bits.
func addOuterPlain(p, u, v []float32) {
	for i, scale := range u {
		if scale != 0 {
			addScaled(p[i*len(v):(i+1)*len(v)], v, scale)
		}
	}
}

// addRowsPlain is addRows likewise.
func addRowsPlain(y, p, x []float32) {
	for i, scale := range x {
		if scale != 0 {
			addScaled(y, p[i*len(y):(i+1)*len(y)], scale)
		}
	}
}
