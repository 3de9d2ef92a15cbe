package attribution

import (
	"cmp"
	"math"
	"slices"
)

// state is the channels that the chain remembers, 16 bits each, the last one lowest; 0 is none.
type state uint64

type step struct {
	from state
	to   uint16 // channel + 1
}

// step takes the walk into the chain.
func (p *Paths) step(converted, lost float64) {
	weight := converted + lost
	if weight == 0 {
		return
	}
	remembered := state(1)<<(16*p.order) - 1 // all bits at MaxOrder, where the shift leaves 0
	at := state(0)
	for _, channel := range p.walk {
		p.steps[step{at, uint16(channel + 1)}] += weight
		at = (at<<16 | state(channel+1)) & remembered
	}
	end := p.ends[at]
	p.ends[at] = [2]float64{end[0] + lost, end[1] + converted}
}

// Markov is what the chain of a certain order tells (Anderl, Becker, von Wangenheim, Schumann 2016, "Mapping the
// customer journey", International Journal of Research in Marketing 33).
type Markov struct {
	PConversion float64   // of a journey
	Removal     []float64 // by channel: the share of conversions lost if every step to it led nowhere
	Credits     []Credit  // by channel: all there is, in proportion to Removal

	States    int
	Sweeps    int  // at most, of those that were solved by sweeps; 0: all were solved by elimination
	Converged bool // no sweep changed anything any more
}

// dense is up to how many states equations are solved by elimination.
const dense = 128

// Markov works out the chain's answers.
func (p *Paths) Markov() Markov {
	c := p.chain()
	m := Markov{States: len(c.states), Converged: true, Removal: make([]float64, len(p.names)), Credits: make([]Credit, len(p.names))}
	full := c.solve(-1, nil, &m)
	m.PConversion = full[0]
	sum := 0.0
	for channel := range p.names {
		if m.PConversion > 0 {
			m.Removal[channel] = max(0, 1-c.solve(channel, full, &m)[0]/m.PConversion)
		}
		sum += m.Removal[channel]
	}
	for channel, effect := range m.Removal {
		if sum > 0 {
			m.Credits[channel].add(effect/sum, p.all)
		}
	}
	return m
}

// chain is the transition probabilities, row by row.
type chain struct {
	states   []state // the first is the start
	converts []float64
	rows     [][]edge
}

type edge struct {
	channel int // that is met
	to      int // state
	chance  float64
}

func (p *Paths) chain() *chain {
	c := &chain{states: []state{0}}
	index := map[state]int{0: 0}
	steps := make([]step, 0, len(p.steps))
	for s := range p.steps {
		steps = append(steps, s)
	}
	slices.SortFunc(steps, func(a, b step) int { return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.to, b.to)) })
	remembered := state(1)<<(16*p.order) - 1
	number := func(s state) int {
		n, known := index[s]
		if !known {
			n = len(c.states)
			index[s] = n
			c.states = append(c.states, s)
		}
		return n
	}
	totals := map[state]float64{}
	for s, end := range p.ends {
		totals[s] = end[0] + end[1]
	}
	for _, s := range steps {
		totals[s.from] += p.steps[s]
		number(s.from)
		number((s.from<<16 | state(s.to)) & remembered)
	}
	c.rows, c.converts = make([][]edge, len(c.states)), make([]float64, len(c.states))
	for _, s := range steps {
		from := index[s.from]
		to := index[(s.from<<16|state(s.to))&remembered]
		c.rows[from] = append(c.rows[from], edge{int(s.to) - 1, to, p.steps[s] / totals[s.from]})
	}
	for i, s := range c.states {
		if end := p.ends[s]; end[1] > 0 {
			c.converts[i] = end[1] / totals[s]
		}
	}
	return c
}

// solve is the probability of conversion from each state, if each step to a channel led nowhere (−1: none).
// It begins at what is no less than that.
func (c *chain) solve(without int, above []float64, m *Markov) []float64 {
	if len(c.states) <= dense {
		return c.eliminate(without)
	}
	h, sweeps, converged := c.sweep(without, above)
	m.Sweeps = max(m.Sweeps, sweeps)
	m.Converged = m.Converged && converged
	return h
}

// eliminate solves (I − Q)·h = b by Gauss's elimination. The matrix is diagonally dominant, so that no pivots
// need to be looked for.
func (c *chain) eliminate(without int) []float64 {
	n := len(c.states)
	a, h := make([][]float64, n), slices.Clone(c.converts)
	for i := range a {
		a[i] = make([]float64, n)
		a[i][i] = 1
		for _, e := range c.rows[i] {
			if e.channel != without {
				a[i][e.to] -= e.chance
			}
		}
	}
	for i := n - 1; i >= 0; i-- { // from the last state up, so that the start's is found first
		for r := range i {
			if f := a[r][i] / a[i][i]; f != 0 {
				for k := range i {
					a[r][k] -= f * a[i][k]
				}
				h[r] -= f * h[i]
			}
		}
	}
	for i := range n {
		for k := range i {
			h[i] -= a[i][k] * h[k]
		}
		h[i] /= a[i][i]
	}
	return h
}

// sweep solves the same by sweeps (Gauss, Seidel), forwards and backwards in turn, until none changes
// anything by more than rounding.
func (c *chain) sweep(without int, above []float64) (h []float64, sweeps int, converged bool) {
	const most = 100_000
	h = slices.Clone(above)
	if h == nil {
		h = make([]float64, len(c.states))
	}
	for sweeps < most {
		sweeps++
		moved := 0.0
		for k := range h {
			i := k
			if sweeps%2 == 1 {
				i = len(h) - 1 - k
			}
			sum, loops := c.converts[i], 0.0
			for _, e := range c.rows[i] {
				switch {
				case e.channel == without:
				case e.to == i:
					loops += e.chance
				default:
					sum += e.chance * h[e.to]
				}
			}
			next := sum / (1 - loops)
			moved = max(moved, math.Abs(next-h[i]))
			h[i] = next
		}
		if moved < 1e-15 {
			return h, sweeps, true
		}
	}
	return h, sweeps, false
}
