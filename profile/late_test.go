package profile

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/aparte-dev/aparte"
)

// summary is what must not depend on the order in which events come.
type summary struct {
	FirstSeen, LastSeen time.Time
	Counters            map[string]float64
	Affinities          map[string]float64
	Orders              aparte.Orders
	Goodwill            float64
}

// sum is the summary at a time. The number of sessions is left out: whether a visit that is told of late
// was one of its own cannot be known.
func sum(p *aparte.Person, now time.Time) summary {
	s := summary{FirstSeen: p.FirstSeen, LastSeen: p.LastSeen, Counters: map[string]float64{}, Affinities: map[string]float64{}, Orders: p.Orders, Goodwill: p.Goodwill.Now(now)}
	for _, c := range p.Counters {
		if c.Name != "sessions_30d" {
			s.Counters[c.Name] = c.Now(now)
		}
	}
	for _, a := range p.Affinities {
		s.Affinities[string(a.Kind)+" "+a.Key] = a.Now(now)
	}
	s.Orders.Items, s.Orders.Recent = slices.Clone(s.Orders.Items), slices.Clone(s.Orders.Recent)
	slices.Sort(s.Orders.Items)
	slices.SortFunc(s.Orders.Recent, func(a, b aparte.Order) int { return int(a.ID>>33) - int(b.ID>>33) })
	return s
}

func TestTheOrderOfEventsDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		events := drawEvents(t)
		now := noon.Add(365 * day)
		inTime := live(aparte.Person{}, events...)
		shuffled := live(aparte.Person{}, rapid.Permutation(events).Draw(t, "shuffled")...)
		want, got := sum(&inTime, now), sum(&shuffled, now)
		if d := diff(want, got, same); d != "" {
			t.Fatal("(-in time +shuffled)\n", d)
		}
	})
}

// A counter is what an unbounded list of everything that happened would give.
func TestCountersAgreeWithTheWholeStory(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		names := []string{"a_1h", "b_1d", "c_7d", "d_30d", "e_90d", "f_365d", "g"}
		type raise struct {
			name string
			by   float64
			at   time.Time
		}
		story := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) raise {
			return raise{
				rapid.SampledFrom(names).Draw(t, "name"), rapid.Float64Range(0, 3).Draw(t, "by"),
				noon.Add(time.Duration(rapid.Int64Range(0, int64(100*day)).Draw(t, "at"))),
			}
		}), 1, 100).Draw(t, "story")
		var p aparte.Person
		for _, r := range story {
			s := step{p: p, at: r.at}
			s.raiseBy(r.name, r.by)
			p = s.p
		}
		now := noon.Add(120 * day)
		for _, name := range names {
			want := 0.0
			for _, r := range story {
				if r.name == name {
					want += r.by * math.Exp2(-now.Sub(r.at).Hours()/aparte.CounterHalfLife(name).Hours())
				}
			}
			if got := p.Counter(name, now); math.Abs(got-want) > 1e-9*(1+want) {
				t.Fatalf("%s = %v, want %v", name, got, want)
			}
		}
	})
}

// inclination is one thing that moved an affinity.
type inclination struct {
	key    string
	weight float64
	at     time.Time
}

// affinitiesAfter gives a person a story and returns their affinities by key at a time, and what an
// unbounded list of the story gives.
func affinitiesAfter(story []inclination, now time.Time) (kept, whole map[string]float64) {
	var p aparte.Person
	whole, kept = map[string]float64{}, map[string]float64{}
	for _, x := range story {
		s := step{p: p, at: x.at}
		s.incline(aparte.ItemAffinity, x.key, x.weight)
		s.p.Affinities = heaviest(s.p.Affinities)
		p = s.p
		whole[x.key] += x.weight * math.Exp2(-now.Sub(x.at).Hours()/aparte.AffinityHalfLife.Hours())
	}
	for _, a := range p.Affinities {
		kept[a.Key] = a.Now(now)
	}
	return kept, whole
}

// While a person has been attracted by no more than MaxAffinities things, nothing is lost; beyond it
// nobody is said to like a thing more than they do.
func TestAffinitiesAgreeWithTheWholeStory(t *testing.T) {
	now := noon.Add(120 * day)
	rapid.Check(t, func(t *rapid.T) {
		things := rapid.IntRange(1, 90).Draw(t, "things")
		story := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) inclination {
			return inclination{
				fmt.Sprint("sku-", rapid.IntRange(1, things).Draw(t, "sku")), rapid.SampledFrom([]float64{0.2, 1, 3, 5}).Draw(t, "weight"),
				noon.Add(time.Duration(rapid.Int64Range(0, int64(100*day)).Draw(t, "at"))),
			}
		}), 1, 200).Draw(t, "story")
		kept, whole := affinitiesAfter(story, now)
		if len(whole) <= aparte.MaxAffinities {
			if d := diff(whole, kept, same); d != "" {
				t.Fatal("(-whole story +kept)\n", d)
			}
		}
		if len(kept) != min(len(whole), aparte.MaxAffinities) {
			t.Fatalf("%d are kept of %d", len(kept), len(whole))
		}
		for key, weight := range kept {
			if weight > whole[key]+1e-9 {
				t.Fatalf("%s weighs %v, in truth %v", key, weight, whole[key])
			}
		}
	})
}

// What matters most is not lost in a crowd: of 500 things, looked at as people do, the 16 heaviest are
// kept and weigh what they weigh in truth, to two in a hundred.
func TestTheHeaviestAffinitiesSurviveACrowd(t *testing.T) {
	for seed := range uint64(5) {
		r := rand.New(rand.NewPCG(seed, 2))
		zipf := rand.NewZipf(r, 1.4, 2, 499)
		var story []inclination
		for i := range 4000 {
			story = append(story, inclination{fmt.Sprint("sku-", zipf.Uint64()), 1, noon.Add(time.Duration(i) * time.Hour)})
		}
		kept, whole := affinitiesAfter(story, noon.Add(4000*time.Hour))
		keys := make([]string, 0, len(whole))
		for key := range whole {
			keys = append(keys, key)
		}
		slices.SortFunc(keys, func(a, b string) int {
			if whole[a] != whole[b] {
				return map[bool]int{true: -1, false: 1}[whole[a] > whole[b]]
			}
			return strings.Compare(a, b)
		})
		for _, key := range keys[:16] {
			if math.Abs(kept[key]-whole[key]) > 0.02*whole[key] {
				t.Errorf("%s weighs %v, in truth %v", key, kept[key], whole[key])
			}
		}
	}
}

// Which affinities go is what sorting them would say, ties included; those of things and of others make room for each other nowhere.
func TestHeaviestAgreesWithSorting(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var list []aparte.Affinity
		n := rapid.IntRange(0, 40).Draw(t, "n")
		for i := range n {
			kind := rapid.SampledFrom([]aparte.AffinityKind{aparte.ItemAffinity, aparte.BrandAffinity, aparte.ToneAffinity, aparte.PriceAffinity}).Draw(t, "kind")
			list = append(list, aparte.Affinity{Kind: kind, Key: fmt.Sprintf("%03d", i), Weight: float64(rapid.IntRange(-2, 4).Draw(t, "w")), At: noon})
		}
		most, things := rapid.IntRange(0, 20).Draw(t, "most"), rapid.Bool().Draw(t, "things")
		want, others := []aparte.Affinity{}, []aparte.Affinity{}
		for _, a := range list {
			if a.Kind.OfThings() == things {
				want = append(want, a)
			} else {
				others = append(others, a)
			}
		}
		slices.SortStableFunc(want, func(a, b aparte.Affinity) int { return int(b.Weight - a.Weight) })
		want = append(want[:min(most, len(want))], others...)
		slices.SortFunc(want, func(a, b aparte.Affinity) int { return strings.Compare(a.Key, b.Key) })
		if d := diff(want, append([]aparte.Affinity{}, heaviestOf(things, slices.Clone(list), most)...)); d != "" {
			t.Fatal("(-want +got)\n", d)
		}
	})
}
