package persona

import (
	"context"
	"math/rand/v2"
)

// Bounds of how many types there are.
const (
	MostTypes = 8
	leastEach = 30 // people for each type, in each half of the crowd
)

// strength is from which prediction strength types are believed: Tibshirani, Walther 2005, "Cluster validation by prediction strength", found
// 0.8 to 0.9 to tell well separated clusters.
const strength = 0.8

// numberOf is how many types people are of: the most that are found again among other people. The crowd is halved by chance; types found in one half
// must put those together whom the types of the other half put together. The strength is the share of such pairs in the type that is found worst,
// over several halvings. That some number of types explains people better is not asked: with many people, ever more do.
func numberOf(ctx context.Context, s *sample, rng *rand.Rand) (number int, strengths []float64) {
	const halvings = 3
	number, strengths = 1, []float64{1}
	half := len(s.people) / 2
	most := min(MostTypes, half/leastEach)
	if most < 2 {
		return number, strengths
	}
	var halves [halvings][2]*sample
	for h := range halves {
		order := rng.Perm(len(s.people))
		for side := range 2 {
			people := make([][]draw, half)
			for i := range people {
				people[i] = s.people[order[side*half+i]]
			}
			halves[h][side] = sampleOf(s.scale, people)
		}
	}
	for k := 2; k <= most && ctx.Err() == nil; k++ {
		sum := 0.0
		for _, h := range halves {
			a, b := fit(h[0], k, rng), fit(h[1], k, rng)
			sum += (foretells(a, b, h[1]) + foretells(b, a, h[0])) / 2
		}
		strengths = append(strengths, sum/halvings)
		if sum/halvings >= strength {
			number = k
		}
	}
	return number, strengths
}

// foretells is the prediction strength of a mixture among people whose own mixture is another: of the pairs of people whom that puts together, the
// share that is together here too, in the type where it is least. Here each is put into a type by chance, by their grades: where a type shades into
// another, which any long cloud of people does when it is cut, pairs come apart.
func foretells(m, own *mixture, s *sample) float64 {
	k := own.k
	sums, squares := make([]float64, k*k), make([]float64, k*k) // of grades here, by the type there
	there, here := make([]float64, k), make([]float64, k)
	people := make([]float64, k)
	for _, draws := range s.people {
		own.grade(draws, there)
		m.grade(draws, here)
		j := strongest(there)
		people[j]++
		for a, g := range here {
			sums[j*k+a] += g
			squares[j*k+a] += float64(g * g)
		}
	}
	least := 1.0
	for j, n := range people {
		if n < leastEach/2 {
			return 0 // hardly anybody is of this type
		}
		together := 0.0
		for a := range k {
			sum := sums[j*k+a]
			together += float64(sum*sum) - squares[j*k+a]
		}
		least = min(least, together/float64(n*(n-1)))
	}
	return least
}
