package lifetime

import "math"

// gauss is Gauss's hypergeometric function ₂F₁(1, p; c; z), 0 < p < c and 0 ≤ z < 1, and the derivatives of
// its logarithm.
type gauss struct {
	value         float64
	byP, byC, byZ float64
}

// gaussAt evaluates it by Gauss's continued fraction (DLMF 15.7.5 with b = 0, d = c−1),
//
//	₂F₁(1, p; c; z) = 1/(1 − k₁z/(1 − k₂z/(1 − …)))
//	k₂ₙ₊₁ = (p+n)(d+n) / ((d+2n)(d+2n+1))     k₂ₙ = n(d−p+n) / ((d+2n−1)(d+2n))
//
// from its end. All k are between 0 and 1, so that nothing cancels whatever the parameters, and near z = 1
// it takes some hundred steps where the series takes a hundred thousand. The derivatives are those of the
// same fraction, carried along.
func gaussAt(p, c, z float64) gauss {
	w, wp, wc, wz := 1.0, 0.0, 0.0, 0.0
	d := c - 1
	for j := gaussSteps(p, d, z); j >= 1; j-- {
		k, kp, kc := quotient(j, p, d)
		inverse := 1 / w
		slope := z * k * inverse * inverse
		wp = slope*wp - z*inverse*kp
		wc = slope*wc - z*inverse*kc
		wz = slope*wz - k*inverse
		w = 1 - z*k*inverse
	}
	return gauss{1 / w, -wp / w, -wc / w, -wz / w}
}

// gaussValue is gaussAt without derivatives.
func gaussValue(p, c, z float64) float64 {
	w, d := 1.0, c-1
	for j := gaussSteps(p, d, z); j >= 1; j-- {
		n := float64(j / 2)
		if j%2 == 1 {
			w = 1 - z*(p+n)*(d+n)/((d+2*n)*(d+2*n+1)*w)
		} else {
			w = 1 - z*n*(d-p+n)/((d+2*n-1)*(d+2*n)*w)
		}
	}
	return 1 / w
}

// quotient is k of gaussAt, and its derivatives by p and by c.
func quotient(j int, p, d float64) (k, byP, byC float64) {
	n := float64(j / 2)
	if j%2 == 1 {
		if n == 0 { // d cancels
			return p / (d + 1), 1 / (d + 1), -p / ((d + 1) * (d + 1))
		}
		scale := 1 / ((d + 2*n) * (d + 2*n + 1))
		k = (p + n) * (d + n) * scale
		return k, (d + n) * scale, (p+n)*scale - k*scale*(2*d+4*n+1)
	}
	scale := 1 / ((d + 2*n - 1) * (d + 2*n))
	k = n * (d - p + n) * scale
	return k, -n * scale, n*scale - k*scale*(2*d+4*n-1)
}

// gaussSteps is how many quotients are needed. Far out every k is 1/4, and each step shrinks the error by the
// ratio of the two fixed points (1 ± √(1−z))/2 of w = 1 − z/(4w). Where that makes many, fewer may do, the
// parameters being large: they are counted going forwards (Lentz's method).
func gaussSteps(p, d, z float64) int {
	const few, most = 48, 20_000 // the latter for z up to 1 − 3e-6
	root := math.Sqrt(1 - z)
	enough := int(min(6+38/math.Log((1+root)/(1-root)), most))
	if enough <= few {
		return enough
	}
	above, below := 1.0, 0.0
	for j := 1; j < enough; j++ {
		n, k := float64(j/2), 0.0
		if j%2 == 1 {
			k = (p + n) * (d + n) / ((d + 2*n) * (d + 2*n + 1))
		} else {
			k = n * (d - p + n) / ((d + 2*n - 1) * (d + 2*n))
		}
		above = 1 - z*k/above
		below = 1 / (1 - z*k*below)
		if j >= few && math.Abs(above*below-1) < max(1e-13*root, 4e-16) {
			return j
		}
	}
	return enough
}

// digamma is the derivative of ln Γ for x > 0: recurrence up to 10, then its asymptotic series (Abramowitz
// and Stegun 6.3.18).
func digamma(x float64) float64 {
	sum := 0.0
	for ; x < 10; x++ {
		sum -= 1 / x
	}
	y := 1 / (x * x)
	return sum + math.Log(x) - 1/(2*x) - y*(1.0/12-y*(1.0/120-y*(1.0/252-y*(1.0/240-y*(1.0/132-y*691.0/32760)))))
}

// lgamma is ln Γ(x) for x > 0.
func lgamma(x float64) float64 {
	y, _ := math.Lgamma(x)
	return y
}

// addLogs is ln(eᵃ + eᵇ), and the share of eᵃ in it.
func addLogs(a, b float64) (sum, share float64) {
	if a < b {
		sum, share = addLogs(b, a)
		return sum, 1 - share
	}
	rest := math.Exp(b - a)
	return a + math.Log1p(rest), 1 / (1 + rest)
}
