package compose

import (
	"cmp"
	"image"
	"image/color"
	"math"
	"slices"
)

// quantiser finds the colours of a picture for formats that have few. Colours that cover much of it, as a layout's
// grounds do, are kept as they are; of the others, the cells of a cube of colours that are used are split by the median
// along their longest side (Heckbert 1982) until there are as many as allowed.
type quantiser struct {
	palette color.Palette
	nearest [1 << (3 * cellBits)]int16 // of each cell's colour; -1: not looked for yet
}

// cellBits is how many bits of each sample tell cells apart.
const cellBits = 5

// cell is the pixels whose colours are nearly the same.
type cell struct {
	n       uint32
	r, g, b uint32 // sums
}

func cellOf(r, g, b uint8) int {
	const drop = 8 - cellBits
	return int(r>>drop)<<(2*cellBits) | int(g>>drop)<<cellBits | int(b>>drop)
}

// learn makes a palette of at most `most` colours for a picture.
func (q *quantiser) learn(img *image.RGBA, most int) {
	var cells [1 << (3 * cellBits)]cell
	for i := 0; i+3 < len(img.Pix); i += 4 {
		c := &cells[cellOf(img.Pix[i], img.Pix[i+1], img.Pix[i+2])]
		c.n++
		c.r, c.g, c.b = c.r+uint32(img.Pix[i]), c.g+uint32(img.Pix[i+1]), c.b+uint32(img.Pix[i+2])
	}
	q.palette = q.palette[:0]
	used := make([]cell, 0, 4096)
	for _, c := range cells {
		switch {
		case int(c.n) > len(img.Pix)/4/much && len(q.palette) < most/4:
			q.palette = append(q.palette, c.colour())
		case c.n > 0:
			used = append(used, c)
		}
	}
	for _, group := range parts(used, most-len(q.palette)) {
		var sum cell
		for _, c := range group {
			sum.n, sum.r, sum.g, sum.b = sum.n+c.n, sum.r+c.r, sum.g+c.g, sum.b+c.b
		}
		if sum.n > 0 {
			q.palette = append(q.palette, sum.colour())
		}
	}
	for i, c := range cells {
		q.nearest[i] = -1
		if c.n > 0 {
			q.nearest[i] = q.closest(c.colour())
		}
	}
}

// much is the share of a picture, one in so many pixels, from which a colour is kept as it is.
const much = 200

func (c *cell) colour() color.RGBA {
	return color.RGBA{mean(c.r, c.n), mean(c.g, c.n), mean(c.b, c.n), 0xff}
}

func mean(sum, n uint32) uint8 { return uint8((sum + n/2) / n) }

// parts splits cells into at most `most` groups.
func parts(cells []cell, most int) [][]cell {
	groups := [][]cell{cells}
	for len(groups) < most {
		widest, spread, along := -1, 0.0, 0
		for i, g := range groups {
			if side, length, weight := longest(g); len(g) > 1 && length*weight > spread {
				widest, spread, along = i, length*weight, side
			}
		}
		if widest < 0 {
			break
		}
		g := groups[widest]
		slices.SortFunc(g, func(a, b cell) int { return cmp.Compare(a.sample(along), b.sample(along)) })
		at := median(g)
		groups[widest] = g[:at]
		groups = append(groups, g[at:])
	}
	return groups
}

func (c *cell) sample(side int) float64 {
	return float64([...]uint32{c.r, c.g, c.b}[side]) / float64(c.n)
}

// longest is the side along which cells differ most, by how much, and a weight that grows with their pixels, but
// less than they do, so that small things of a colour of their own keep it.
func longest(cells []cell) (side int, length, weight float64) {
	var low, high [3]float64
	n := 0.0
	for i := range cells {
		n += float64(cells[i].n)
		for s := range 3 {
			v := cells[i].sample(s)
			if i == 0 {
				low[s], high[s] = v, v
			}
			low[s], high[s] = min(low[s], v), max(high[s], v)
		}
	}
	for s := range 3 {
		if d := high[s] - low[s]; d > length {
			side, length = s, d
		}
	}
	return side, length, math.Sqrt(math.Sqrt(n))
}

// median is where half of the pixels are on either side; at least one cell is.
func median(cells []cell) int {
	var all, n uint32
	for i := range cells {
		all += cells[i].n
	}
	for i := range cells {
		if n += cells[i].n; 2*n >= all {
			return min(max(i, 1), len(cells)-1)
		}
	}
	return len(cells) - 1
}

// paint gives each pixel of img in r the nearest colour of the palette.
func (q *quantiser) paint(img *image.RGBA, r image.Rectangle) *image.Paletted {
	out := image.NewPaletted(r, q.palette)
	for y := r.Min.Y; y < r.Max.Y; y++ {
		from := img.Pix[img.PixOffset(r.Min.X, y):][:4*r.Dx()]
		to := out.Pix[(y-r.Min.Y)*out.Stride:][:r.Dx()]
		for x := range to {
			i := cellOf(from[4*x], from[4*x+1], from[4*x+2])
			if q.nearest[i] < 0 {
				q.nearest[i] = q.closest(color.RGBA{from[4*x], from[4*x+1], from[4*x+2], 0xff})
			}
			to[x] = uint8(q.nearest[i])
		}
	}
	return out
}

func (q *quantiser) closest(to color.RGBA) int16 {
	best, least := 0, 1<<30
	for i, c := range q.palette {
		p := c.(color.RGBA) // learn makes no others
		dr, dg, db := int(p.R)-int(to.R), int(p.G)-int(to.G), int(p.B)-int(to.B)
		if d := 2*dr*dr + 4*dg*dg + 3*db*db; d < least { // as the eye weighs them, about
			best, least = i, d
		}
	}
	return int16(best)
}
