package persona_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/learn/persona"
)

var noon = time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)

const day = 24 * time.Hour

// kind is how people of one kind are drawn.
type kind func(rng *rand.Rand) aparte.Person

// The kinds of the planted worlds. They overlap: nobody is told by one thing alone.
var (
	teaDrinkers = kind(func(rng *rand.Rand) aparte.Person {
		p := buyer(rng, 12, 3000, 0.1)
		p.Affinities = tastes(rng, map[string]float64{"Tea": 6, "Regency": 1, "Retro": 1})
		p.Rhythm = beats(rng, 20, 1, 2, 3, 4)
		return p
	})
	bargainHunters = kind(func(rng *rand.Rand) aparte.Person {
		p := buyer(rng, 4, 1500, 0.8)
		p.Affinities = tastes(rng, map[string]float64{"Tea": 1, "Retro": 4, "Garden": 2})
		p.Rhythm = beats(rng, 10, 0, 6)
		return p
	})
	lookers = kind(func(rng *rand.Rand) aparte.Person {
		p := aparte.Person{FirstSeen: noon.Add(-200 * day), LastSeen: noon.Add(-day), Device: "mobile"}
		p.Session.Count = 1 + int64(rng.IntN(20))
		p.Affinities = tastes(rng, map[string]float64{"Tea": 1, "Regency": 1, "Retro": 1, "Garden": 1})
		p.Rhythm = beats(rng, 14, 1, 2, 3, 4, 5, 6)
		return p
	})
	gardeners = kind(func(rng *rand.Rand) aparte.Person {
		p := buyer(rng, 2, 9000, 0.05)
		p.Affinities = tastes(rng, map[string]float64{"Garden": 8, "Retro": 1})
		p.Rhythm = beats(rng, 8, 5, 6)
		return p
	})
	anybody = kind(func(rng *rand.Rand) aparte.Person {
		p := buyer(rng, 0.5+10*rng.Float64(), 500+5000*rng.Float64(), rng.Float64())
		p.Affinities = tastes(rng, map[string]float64{"Tea": 1, "Regency": 1, "Retro": 1, "Garden": 1})
		p.Rhythm = beats(rng, rng.IntN(24), rng.IntN(7), rng.IntN(7))
		return p
	})
)

func buyer(rng *rand.Rand, yearly, basket, discounted float64) aparte.Person {
	p := aparte.Person{FirstSeen: noon.Add(-365 * day), LastSeen: noon, Device: [...]string{"desktop", "mobile"}[rng.IntN(2)]}
	n := 1 + int64(yearly*(0.5+rng.Float64()))
	p.Orders = aparte.Orders{Count: n, FirstAt: noon.Add(-365 * day), LastAt: noon,
		Revenue: aparte.Money{Amount: int64(float64(n) * basket * (0.5 + rng.Float64())), Currency: "GBP"}}
	cheaper := 0.0
	for range n {
		if rng.Float64() < discounted {
			cheaper++
		}
	}
	p.Session.Count = n + int64(rng.IntN(5))
	p.Counters = []aparte.Counter{{Name: "orders_365d", Value: float64(n), At: noon}, {Name: "orders_discounted_365d", Value: cheaper, At: noon}}
	return p
}

// tastes draws six looks at what somebody may like, so much each.
func tastes(rng *rand.Rand, likes map[string]float64) []aparte.Affinity {
	keys := make([]string, 0, len(likes))
	sum := 0.0
	for key, w := range likes {
		keys = append(keys, key)
		sum += w
	}
	slices.Sort(keys)
	counts := map[string]float64{}
	for range 6 {
		at := rng.Float64() * sum
		for _, key := range keys {
			if at -= likes[key]; at < 0 {
				counts[key]++
				break
			}
		}
	}
	var list []aparte.Affinity
	for _, key := range keys {
		if counts[key] > 0 {
			list = append(list, aparte.Affinity{Kind: aparte.CategoryAffinity, Key: key, Weight: counts[key], At: noon})
		}
	}
	return list
}

// beats draws three visits around an hour, on some days.
func beats(rng *rand.Rand, hour int, days ...int) aparte.Rhythm {
	r := aparte.Rhythm{At: noon}
	weights := map[int]float32{}
	for range 3 {
		h := (hour + rng.IntN(7) - 3 + 24) % 24
		weights[days[rng.IntN(len(days))]*24+h]++
	}
	for h := range 7 * 24 {
		if weights[h] > 0 {
			r.Beats = append(r.Beats, aparte.Beat{Hour: uint8(h), Weight: weights[h]})
		}
	}
	return r
}

// crowd is people of several kinds, in turns, and of which each is.
func crowd(seed uint64, n int, kinds ...kind) (c *persona.Crowd, people []aparte.Person, of []int) {
	rng := rand.New(rand.NewPCG(seed, 9))
	c = persona.NewCrowd(seed)
	for i := range n {
		p := kinds[i%len(kinds)](rng)
		people, of = append(people, p), append(of, i%len(kinds))
		c.Add(&p, noon)
	}
	return c, people, of
}

func plain(_ aparte.AffinityKind, key, _ string) string { return key }

// assigned is the strongest type of each.
func assigned(t *persona.Types, people []aparte.Person) []int {
	var of []int
	for i := range people {
		grades := t.Grades(nil, &people[i], noon)
		best := 0
		for j, g := range grades {
			if g > grades[best] {
				best = j
			}
		}
		of = append(of, best)
	}
	return of
}

// adjustedRand is how well two partitions agree: 1 where they are the same, about 0 by chance (Hubert, Arabie 1985, "Comparing partitions").
func adjustedRand(a, b []int) float64 {
	pairs := func(n float64) float64 { return n * (n - 1) / 2 }
	both, left, right := map[[2]int]float64{}, map[int]float64{}, map[int]float64{}
	for i := range a {
		both[[2]int{a[i], b[i]}]++
		left[a[i]]++
		right[b[i]]++
	}
	var together, inA, inB float64
	for _, n := range both {
		together += pairs(n)
	}
	for _, n := range left {
		inA += pairs(n)
	}
	for _, n := range right {
		inB += pairs(n)
	}
	expected := inA * inB / pairs(float64(len(a)))
	return (together - expected) / ((inA+inB)/2 - expected)
}

func summary(t *persona.Types) (lines []string) {
	for _, f := range t.Found {
		lines = append(lines, fmt.Sprintf("%s %.2f %s / %s", f.ID, f.Share, f.Name["en"], f.Name["fr"]))
	}
	return lines
}
