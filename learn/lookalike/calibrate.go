package lookalike

import (
	"cmp"
	"math"
	"slices"
)

// heldOut is what trees say of a row that they had not seen, and what is true.
type heldOut struct {
	odds, weight float64
	seed         bool
}

// curve takes log odds to log odds, rising throughout: straight between its points, and at 45° beyond them.
type curve []point

type point struct{ said, is float64 }

// isotonic is the rising curve that fits best what was held out, in at most fifty groups of like odds, by pooling
// neighbours that fall (Ayer, Brunk, Ewing, Reid, Silverman 1955; as calibration: Zadrozny, Elkan 2002).
func isotonic(held []heldOut) curve {
	const groups, fewest = 50, 20
	slices.SortStableFunc(held, func(a, b heldOut) int { return cmp.Compare(a.odds, b.odds) })
	var seeds, all float64
	for _, h := range held {
		all += h.weight
		if h.seed {
			seeds += h.weight
		}
	}
	type block struct{ said, share, weight float64 }
	var blocks []block
	n := max(1, min(groups, len(held)/fewest))
	for k := range n {
		var b block
		came := seeds / all // one row as everybody, so that no share is 0 or 1
		for _, h := range held[k*len(held)/n : (k+1)*len(held)/n] {
			b.said += h.weight * h.odds
			b.weight += h.weight
			if h.seed {
				came += h.weight
			}
		}
		b.said, b.share = b.said/b.weight, came/(b.weight+1)
		blocks = append(blocks, b)
		for last := len(blocks) - 1; last > 0 && blocks[last-1].share >= blocks[last].share; last-- {
			x, y := blocks[last-1], blocks[last]
			w := x.weight + y.weight
			blocks[last-1] = block{(x.said*x.weight + y.said*y.weight) / w, (x.share*x.weight + y.share*y.weight) / w, w}
			blocks = blocks[:last]
		}
	}
	var c curve
	for _, b := range blocks {
		if p := (point{b.said, math.Log(b.share / (1 - b.share))}); len(c) == 0 || p.said > c[len(c)-1].said {
			c = append(c, p)
		}
	}
	return c
}

func (c curve) at(said float64) float64 {
	i, _ := slices.BinarySearchFunc(c, said, func(p point, x float64) int { return cmp.Compare(p.said, x) })
	switch {
	case len(c) == 0:
		return said
	case i == 0:
		return c[0].is + said - c[0].said
	case i == len(c):
		return c[i-1].is + said - c[i-1].said
	}
	a, b := c[i-1], c[i]
	return a.is + (b.is-a.is)*(said-a.said)/(b.said-a.said)
}
