package lookalike

import (
	"math"
	"math/rand/v2"
)

// tree is a tree of log odds. Its nodes stand in the order in which they grew.
type tree struct{ nodes []node }

type node struct { // 16 bytes: four a cache line
	value  float64
	left   int32 // codes up to upto; the node after it has the others
	column int16 // −1: a leaf
	upto   uint8
}

// at is the log odds that the tree adds, for codes by column.
func (t *tree) at(codes []uint8) float64 {
	n := &t.nodes[0]
	for n.column >= 0 {
		next := n.left
		if codes[n.column] > n.upto {
			next++
		}
		n = &t.nodes[next]
	}
	return n.value
}

// grower grows trees on some rows.
type grower struct {
	rows    []Row
	codes   [][]uint8 // by used column and row
	columns []int
	odds    []float64 // log odds of each row so far
	slope   []float64 // and what the loss has there
	bend    []float64
	cfg     Config
	rng     *rand.Rand
	order   []int32 // rows, those of a node together
}

func newGrower(m *Model, rows []Row, cfg Config, rng *rand.Rand) *grower {
	g := &grower{rows: rows, cfg: cfg, rng: rng, codes: make([][]uint8, len(m.table.columns))}
	for i, c := range m.table.columns {
		if c.reason != "" {
			continue
		}
		g.columns = append(g.columns, i)
		g.codes[i] = make([]uint8, len(rows))
		for n, r := range rows {
			g.codes[i][n] = m.codes[i][c.levels[r.Person]]
		}
	}
	g.odds, g.slope, g.bend = make([]float64, len(rows)), make([]float64, len(rows)), make([]float64, len(rows))
	for i := range g.odds {
		g.odds[i] = m.bias
	}
	return g
}

// loss is the logistic loss of a row.
func (g *grower) loss() float64 {
	sum, all := 0.0, 0.0
	for i, r := range g.rows {
		z := g.odds[i]
		if r.Seed {
			z = -z
		}
		sum += r.Weight * (math.Max(z, 0) + math.Log1p(math.Exp(-math.Abs(z))))
		all += r.Weight
	}
	return sum / math.Max(all, 1e-300)
}

// add adds a tree to the log odds of the rows.
func (g *grower) add(t *tree) {
	for i := range g.rows {
		n := &t.nodes[0]
		for n.column >= 0 {
			next := n.left
			if g.codes[n.column][i] > n.upto {
				next++
			}
			n = &t.nodes[next]
		}
		g.odds[i] += n.value
	}
}

// next grows the next tree and adds it to the rows' log odds.
func (g *grower) next() *tree {
	t := g.tree()
	g.add(t)
	return t
}

// tree grows a tree, on half of the rows and three columns of four.
func (g *grower) tree() *tree {
	g.order = g.order[:0]
	for i, r := range g.rows {
		if g.rng.Uint32()&1 == 0 {
			continue
		}
		p, y := 1/(1+math.Exp(-g.odds[i])), 0.0
		if r.Seed {
			y = 1
		}
		g.slope[i], g.bend[i] = r.Weight*(y-p), r.Weight*p*(1-p)
		g.order = append(g.order, int32(i))
	}
	var columns []int
	for _, c := range g.columns {
		if g.rng.IntN(4) > 0 {
			columns = append(columns, c)
		}
	}
	t := &tree{nodes: []node{{column: -1}}}
	g.split(t, 0, g.order, columns, 0)
	return t
}

// split gives a node its value, and parts it where that lowers the loss by most.
func (g *grower) split(t *tree, at int32, rows []int32, columns []int, depth int) {
	var slope, bend float64
	for _, i := range rows {
		slope += g.slope[i]
		bend += g.bend[i]
	}
	held := g.cfg.Ridge
	t.nodes[at].value = g.cfg.Rate * slope / (bend + held)
	if depth == g.cfg.Depth || len(rows) < 2*fewest {
		return
	}
	best, gain := node{column: -1}, slope*slope/(bend+held)+1e-9
	for _, c := range columns {
		g.look(c, rows, slope, bend, held, &best, &gain)
	}
	if best.column < 0 {
		return
	}
	middle := part(rows, g.codes[best.column], best.upto)
	left := int32(len(t.nodes))
	t.nodes[at].column, t.nodes[at].upto, t.nodes[at].left = best.column, best.upto, left
	t.nodes = append(t.nodes, node{column: -1}, node{column: -1})
	g.split(t, left, rows[:middle], columns, depth+1)
	g.split(t, left+1, rows[middle:], columns, depth+1)
}

// fewest is how many rows a leaf has at least.
const fewest = 20

// look looks for the best place to part rows by a column.
func (g *grower) look(c int, rows []int32, slope, bend, held float64, best *node, gain *float64) {
	var slopes, bends [256]float64
	var counts [256]int
	codes := g.codes[c]
	for _, i := range rows {
		code := codes[i]
		slopes[code] += g.slope[i]
		bends[code] += g.bend[i]
		counts[code]++
	}
	var s, b float64
	n := 0
	for code := range 255 {
		if counts[code] == 0 {
			continue
		}
		s, b, n = s+slopes[code], b+bends[code], n+counts[code]
		if n < fewest {
			continue
		}
		if len(rows)-n < fewest {
			return
		}
		if now := s*s/(b+held) + (slope-s)*(slope-s)/(bend-b+held); now > *gain {
			*gain = now
			best.column, best.upto = int16(c), uint8(code)
		}
	}
}

// part puts rows with codes up to one first, and says how many they are. Both keep their order.
func part(rows []int32, codes []uint8, upto uint8) int {
	var others []int32
	n := 0
	for _, i := range rows {
		if codes[i] <= upto {
			rows[n] = i
			n++
		} else {
			others = append(others, i)
		}
	}
	copy(rows[n:], others)
	return n
}
