package persona

import (
	"math"
	"math/rand/v2"

	"github.com/aparte-dev/aparte/learn"
)

// mixture is people of k types: each type has a share of them and, of each facet, a distribution over keys from which its people draw
// independently. It is fitted by expectation and maximisation (Dempster, Laird, Rubin 1977; for draws from distributions over keys: Nigam,
// McCallum, Thrun, Mitchell 2000, "Text classification from labeled and unlabeled documents using EM", section 3).
//
// A type's distributions are held back towards everybody's: with few people it says little.
type mixture struct {
	k      int
	shares []float64 // of people, by type
	chance []float64 // of a key, by column and type: columns × k
	logs   []float64 // of chance
	prior  []float64 // of a share
}

// Constants of the fit.
const (
	heldBack    = 4 // draws from everybody's distribution that each type has beside its people's
	starts      = 8
	tryRounds   = 5 // of each start
	rounds      = 40
	settled     = 1e-6 // the gain of a round, a person, at which the fit ends
	leastChance = 1e-9
)

// sample is people read on a scale.
type sample struct {
	scale    *scale
	people   [][]draw
	everyone []float64 // chance of a key, by column
}

func sampleOf(s *scale, people [][]draw) *sample {
	all := &sample{scale: s, people: people, everyone: make([]float64, s.columns)}
	for _, draws := range people {
		for _, d := range draws {
			all.everyone[d.column] += d.weight
		}
	}
	for f := range facetsCount {
		normalise(all.everyone[s.first[f]:s.first[f]+s.size(f)], 1, nil)
	}
	return all
}

// normalise makes weights chances: of the weights and some draws of a prior, evenly spread where that is nil.
func normalise(weights []float64, held float64, prior []float64) {
	sum := held
	for _, w := range weights {
		sum += w
	}
	for i := range weights {
		p := 1 / float64(len(weights))
		if prior != nil {
			p = prior[i]
		}
		weights[i] = max(leastChance, (weights[i]+float64(held*p))/sum)
	}
}

// fit finds k types: of several starts the one that is best after a few rounds goes on (Biernacki, Celeux, Govaert 2003, "Choosing starting values for
// the EM algorithm").
func fit(s *sample, k int, rng *rand.Rand) (best *mixture) {
	top := math.Inf(-1)
	for range starts {
		m := begin(s, k, rng)
		if reached := m.climb(s, tryRounds); reached > top {
			best, top = m, reached
		}
		if k == 1 {
			break
		}
	}
	best.climb(s, rounds)
	return best
}

// begin makes types of people who differ: the next one is drawn the likelier, the worse those before explain them (Arthur, Vassilvitskii 2007,
// "k-means++", with what a likelihood loses in the place of a distance).
func begin(s *sample, k int, rng *rand.Rand) *mixture {
	m := &mixture{k: k, shares: make([]float64, k), chance: make([]float64, len(s.everyone)*k), logs: make([]float64, len(s.everyone)*k)}
	for j := range k {
		m.shares[j] = 1 / float64(k)
	}
	own := make([]float64, len(s.everyone))
	best := make([]float64, len(s.people)) // how well the types so far explain each person, above everybody's distribution
	for j := range k {
		who := drawn(s, best, j, rng)
		clear(own)
		for _, d := range s.people[who] {
			own[d.column] += d.weight
		}
		for f := range facetsCount {
			from := s.scale.first[f]
			normalise(own[from:from+s.scale.size(f)], 1, s.everyone[from:])
		}
		for c, p := range own {
			m.chance[c*k+j] = p
		}
		for c, p := range own {
			own[c] = learn.Logarithm(p / s.everyone[c])
		}
		for i, draws := range s.people {
			gain := 0.0
			for _, d := range draws {
				gain += float64(d.weight * own[d.column])
			}
			if j == 0 || gain > best[i] {
				best[i] = gain
			}
		}
	}
	return m
}

// drawn is a person to begin a type with: the first anybody.
func drawn(s *sample, best []float64, j int, rng *rand.Rand) int {
	if j == 0 {
		return rng.IntN(len(s.people))
	}
	ceiling := math.Inf(-1)
	for _, b := range best {
		ceiling = max(ceiling, b)
	}
	sum := 0.0
	for _, b := range best {
		sum += ceiling - b
	}
	at := rng.Float64() * sum
	for i, b := range best {
		if at -= ceiling - b; at < 0 {
			return i
		}
	}
	return rng.IntN(len(s.people))
}

// climb goes on until nothing is gained, for so many rounds at most, and is the log-likelihood reached, a person.
func (m *mixture) climb(s *sample, rounds int) float64 {
	before := math.Inf(-1)
	grades := make([]float64, m.k)
	counts := make([]float64, len(m.chance))
	sizes := make([]float64, m.k)
	for range rounds {
		m.prepare()
		clear(counts)
		clear(sizes)
		reached := 0.0
		for _, draws := range s.people {
			reached += m.grade(draws, grades)
			for j, g := range grades {
				sizes[j] += g
			}
			for _, d := range draws {
				row := counts[d.column*m.k:][:m.k]
				for j, g := range grades {
					row[j] += float64(d.weight * g)
				}
			}
		}
		reached /= float64(len(s.people))
		if reached-before < settled {
			return reached
		}
		before = reached
		m.settle(s, counts, sizes)
	}
	m.prepare()
	return before
}

// settle is the mixture that explains people best, as they were graded.
func (m *mixture) settle(s *sample, counts, sizes []float64) {
	total := float64(len(s.people) + m.k)
	for j := range m.shares {
		m.shares[j] = (sizes[j] + 1) / total
	}
	for f := range facetsCount {
		from, to := s.scale.first[f], s.scale.first[f]+s.scale.size(f)
		for j := range m.k {
			sum := float64(heldBack)
			for c := from; c < to; c++ {
				sum += counts[c*m.k+j]
			}
			for c := from; c < to; c++ {
				m.chance[c*m.k+j] = max(leastChance, (counts[c*m.k+j]+float64(heldBack*s.everyone[c]))/sum)
			}
		}
	}
}

// prepare takes the logarithms that grading needs.
func (m *mixture) prepare() {
	for i, p := range m.chance {
		m.logs[i] = learn.Logarithm(p)
	}
	m.prior = m.prior[:0]
	for _, share := range m.shares {
		m.prior = append(m.prior, learn.Logarithm(share))
	}
}

// grade fills a person's grades, which add up to 1, and is the logarithm of how likely they are.
func (m *mixture) grade(draws []draw, grades []float64) float64 {
	copy(grades, m.prior)
	for _, d := range draws {
		row := m.logs[d.column*m.k:][:len(grades)]
		for j, l := range row {
			grades[j] += float64(d.weight * l)
		}
	}
	top := grades[0]
	for _, g := range grades[1:] {
		top = max(top, g)
	}
	const negligible = 36 // exp(−36) is below what a sum of 1 notices
	sum := 0.0
	for j, g := range grades {
		grades[j] = 0
		if g > top-negligible {
			grades[j] = learn.Exponential(g - top)
			sum += grades[j]
		}
	}
	for j := range grades {
		grades[j] /= sum
	}
	return top + learn.Logarithm(sum)
}

// strongest is the type with the highest grade, the first of equals.
func strongest(grades []float64) (at int) {
	for j, g := range grades {
		if g > grades[at] {
			at = j
		}
	}
	return at
}
