package lifetime

import "math"

// ParetoNBD is the Pareto/NBD model of Schmittlein, Morrison and Colombo (1987), "Counting your customers: who
// are they and what will they do next?", Management Science 33(1): customers buy at a rate of their own, gamma
// distributed (R, Alpha), and leave at any time, at a rate of their own, gamma distributed (S, Beta). Alpha and
// Beta have the histories' unit of time.
type ParetoNBD struct{ R, Alpha, S, Beta float64 }

// Alive is the probability that the person is still a customer.
func (m ParetoNBD) Alive(h History) float64 {
	stays := -(m.R+h.Repeats)*math.Log(m.Alpha+h.Age) - m.S*math.Log(m.Beta+h.Age)
	all, _ := addLogs(m.ending(h))
	return min(1, math.Exp(stays-all))
}

// ending is the logarithms of the two parts of a history's likelihood. It is, but for a factor that does not
// depend on Last and Age (Fader, Hardie 2005, "A note on deriving the Pareto/NBD model", equation 15),
//
//	(α+T)^−(r+x) (β+T)^−s + s·∫ (α+y)^−(r+x) (β+y)^−(s+1) dy    from t_x to T
//
// which is usually written with a difference of two ₂F₁, and loses its digits there. With I(t; p, q) the
// integral of (α+y)^−p (β+y)^−q from t to infinity, integration by parts makes a sum of it:
//
//	s·I(t_x; r+x, s+1) + (r+x)·I(T; r+x+1, s)
func (m ParetoNBD) ending(h History) (a, b float64) {
	r := m.R + h.Repeats
	return math.Log(m.S) + m.logTail(h.Last, r, m.S+1), math.Log(r) + m.logTail(h.Age, r+1, m.S)
}

// logTail is ln I(t; p, q). For α ≥ β
//
//	I(t; p, q) = (α+t)^−p (β+t)^(1−q) / (p+q−1) · ₂F₁(1, p; p+q; (α−β)/(α+t))
//
// (Euler's transformation of the note's form), and the same with the two changing places otherwise.
func (m ParetoNBD) logTail(t, p, q float64) float64 {
	alpha, beta := m.Alpha, m.Beta
	if alpha < beta {
		alpha, beta, p, q = beta, alpha, q, p
	}
	f := gaussValue(p, p+q, (alpha-beta)/(alpha+t))
	return -p*math.Log(alpha+t) + (1-q)*math.Log(beta+t) - math.Log(p+q-1) + math.Log(f)
}

// tail is logTail and its derivatives.
type tail struct{ log, byP, byQ, byAlpha, byBeta float64 }

func (m ParetoNBD) tail(t, p, q float64) tail {
	if m.Alpha < m.Beta {
		x := ParetoNBD{Alpha: m.Beta, Beta: m.Alpha}.tail(t, q, p)
		return tail{x.log, x.byQ, x.byP, x.byBeta, x.byAlpha}
	}
	a, b := m.Alpha+t, m.Beta+t
	f := gaussAt(p, p+q, (m.Alpha-m.Beta)/a)
	logA, logB := math.Log(a), math.Log(b)
	return tail{
		log:     -p*logA + (1-q)*logB - math.Log(p+q-1) + math.Log(f.value),
		byP:     -logA - 1/(p+q-1) + f.byP + f.byC,
		byQ:     -logB - 1/(p+q-1) + f.byC,
		byAlpha: -p/a + f.byZ*b/(a*a),
		byBeta:  (1-q)/b - f.byZ/a,
	}
}

// Staying is equation 41 of Fader and Hardie's note, without P(alive): purchases at the posterior mean rate,
// for as long as the person stays.
func (m ParetoNBD) Staying(h History, within float64) float64 {
	if !(within > 0) {
		return 0
	}
	stays := math.Log1p(within / (m.Beta + h.Age)) // at s = 1
	if s := m.S - 1; s != 0 {
		stays = -math.Expm1(-s*stays) / s
	}
	return (m.R + h.Repeats) * (m.Beta + h.Age) / (m.Alpha + h.Age) * stays
}

// LogLikelihood is that of one history.
func (m ParetoNBD) LogLikelihood(h History) float64 {
	return paretoLikelihood([]float64{math.Log(m.R), math.Log(m.Alpha), math.Log(m.S), math.Log(m.Beta)}).of(h, nil)
}

// paretoTerms is what histories share of the likelihood at one set of parameters.
type paretoTerms struct {
	ParetoNBD
	logAlpha, logBeta float64
	r                 *rising
}

func paretoLikelihood(logs []float64) likelihood[History] {
	m := ParetoNBD{math.Exp(logs[0]), math.Exp(logs[1]), math.Exp(logs[2]), math.Exp(logs[3])}
	return &paretoTerms{m, logs[1], logs[3], risingBase(m.R)}
}

func (m *paretoTerms) of(h History, gradient []float64) float64 {
	bought, boughtByR := m.r.at(h.Repeats)
	factor := bought + m.R*m.logAlpha + m.S*m.logBeta
	if gradient == nil {
		end, _ := addLogs(m.ending(h))
		return factor + end
	}
	r := m.R + h.Repeats
	one, other := m.tail(h.Last, r, m.S+1), m.tail(h.Age, r+1, m.S)
	end, share := addLogs(math.Log(m.S)+one.log, math.Log(r)+other.log)
	rest := 1 - share
	gradient[0] += m.R * (boughtByR + m.logAlpha + share*one.byP + rest*(other.byP+1/r))
	gradient[1] += m.Alpha * (m.R/m.Alpha + share*one.byAlpha + rest*other.byAlpha)
	gradient[2] += m.S * (m.logBeta + share*(one.byQ+1/m.S) + rest*other.byQ)
	gradient[3] += m.Beta * (m.S/m.Beta + share*one.byBeta + rest*other.byBeta)
	return factor + end
}
