package learn

// Logarithm and Exponential are log(v) for v > 0 and exp(z) for |z| ≤ 40, nearly exact and with the same bits on every
// machine, which the standard library's assembly does not promise.
func Logarithm(v float64) float64   { return logarithm(v) }
func Exponential(z float64) float64 { return exponential(z) }
