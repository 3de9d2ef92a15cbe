package lifetime

import "math"

// BGNBD is the beta-geometric/NBD model of Fader, Hardie and Lee (2005), "Counting your customers the easy
// way", Marketing Science 24(2): customers buy at a rate of their own, gamma distributed (R, Alpha), and after
// each purchase leave with a probability of their own, beta distributed (A, B). Alpha has the histories' unit
// of time.
type BGNBD struct{ R, Alpha, A, B float64 }

// Alive is the probability that the person is still a customer (Fader, Hardie 2008, "Computing P(alive) using
// the BG/NBD model"). Who has bought only once has had no occasion to leave: it is 1.
func (m BGNBD) Alive(h History) float64 {
	if h.Repeats == 0 {
		return 1
	}
	return 1 / (1 + m.A/(m.B+h.Repeats-1)*math.Exp((m.R+h.Repeats)*math.Log((m.Alpha+h.Age)/(m.Alpha+h.Last))))
}

// mostTerms bounds the sum of Staying.
const mostTerms = 1_000_000

// Staying is the paper's equation 10 without P(alive), written as a sum of what is positive. Let N be how many
// purchases would follow if nobody left: negative binomial. The purchase after k others happens where N > k
// and all of the k were stayed after:
//
//	Σ P(N > k) · E[(1−p)ᵏ]
//
// It takes about as many steps as N may be large, and nothing cancels, where the paper's ₂F₁ form is a
// difference that vanishes at a = 1 and for short times.
func (m BGNBD) Staying(h History, within float64) float64 {
	if !(within > 0) {
		return 0
	}
	r, b := m.R+h.Repeats, m.B+h.Repeats
	z := within / (m.Alpha + h.Age + within)
	logNone := r * math.Log1p(-z) // of P(N = 0)
	more := -math.Expm1(logNone)  // P(N > k)
	sum, stayed, usual := more, 1.0, r*z/(1-z)
	k := 1.0
	for ; logNone < -600 && k < mostTerms; k++ { // P(N = k) is too small to count
		stayed *= (b + k - 1) / (m.A + b + k - 1)
		sum += stayed
		logNone += math.Log((r + k - 1) / k * z)
	}
	chance := math.Exp(logNone) // P(N = k-1)
	for ; k < mostTerms; k++ {
		chance *= (r + k - 1) * z / k
		stayed *= (b + k - 1) / (m.A + b + k - 1)
		more -= chance
		term := more * stayed
		sum += term
		if term <= 1e-12*sum && k > usual {
			break
		}
	}
	return sum
}

// LogLikelihood is that of one history (the paper's equation 6).
func (m BGNBD) LogLikelihood(h History) float64 {
	return bgLikelihood([]float64{math.Log(m.R), math.Log(m.Alpha), math.Log(m.A), math.Log(m.B)}).of(h, nil)
}

// bgTerms is what histories share of the likelihood at one set of parameters.
type bgTerms struct {
	BGNBD
	logAlpha, logA float64
	r, b, ab       *rising
}

// bgLikelihood has the logarithms of the parameters, as all fits do.
func bgLikelihood(logs []float64) likelihood[History] {
	m := BGNBD{math.Exp(logs[0]), math.Exp(logs[1]), math.Exp(logs[2]), math.Exp(logs[3])}
	return &bgTerms{m, logs[1], logs[2], risingBase(m.R), risingBase(m.B), risingBase(m.A + m.B)}
}

func (m *bgTerms) of(h History, gradient []float64) float64 {
	x := h.Repeats
	bought, boughtByR := m.r.at(x)
	stayed, stayedByB := m.b.at(x)
	room, roomByAB := m.ab.at(x)
	logAge := math.Log(m.Alpha + h.Age)
	end, alive, logLast := -(m.R+x)*logAge, 1.0, 0.0
	if x > 0 {
		logLast = math.Log(m.Alpha + h.Last)
		end, alive = addLogs(end, m.logA-math.Log(m.B+x-1)-(m.R+x)*logLast)
	}
	if gradient != nil {
		left := 1 - alive
		byAlpha := m.R/m.Alpha - (m.R+x)*(alive/(m.Alpha+h.Age)+left/(m.Alpha+h.Last))
		byB := stayedByB - roomByAB
		if x > 0 {
			byB -= left / (m.B + x - 1)
		}
		gradient[0] += m.R * (boughtByR + m.logAlpha - alive*logAge - left*logLast)
		gradient[1] += m.Alpha * byAlpha
		gradient[2] += left - m.A*roomByAB
		gradient[3] += m.B * byB
	}
	return bought + m.R*m.logAlpha + stayed - room + end
}
