package persona

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/aparte-dev/aparte"
)

// Types are what was found, as a document. It must not be changed; it is safe for concurrent use.
type Types struct {
	At        time.Time `json:"at"`        // they were found
	Seen      int       `json:"seen"`      // people they stand for
	Looked    int       `json:"looked"`    // people drawn from those
	Counted   time.Time `json:"counted"`   // when it was last asked how many there are
	Among     int       `json:"among"`     // people drawn then
	Strengths []float64 `json:"strengths"` // how well 1, 2, … types are found again among other people, in [0, 1]: numberOf
	Facets    []Facet   `json:"facets"`
	Found     []Type    `json:"found"` // the largest first
	Retired   []Retired `json:"retired,omitempty"`
	Next      int       `json:"next"` // number of the next id

	ids   []aparte.PersonaID
	scale *scale
	model *mixture
	hands sync.Pool // *hand
}

// Facet is one thing that is seen of people, and its keys: Knots of a measure, or Keys, the last of which is all others.
type Facet struct {
	Name     string    `json:"name"`
	Knots    []float64 `json:"knots,omitempty"`
	Keys     []string  `json:"keys,omitempty"`
	Everyone []float64 `json:"everyone"` // how likely each key is of anybody
}

// Type is one behavioural type.
type Type struct {
	ID      aparte.PersonaID `json:"id"`
	Name    aparte.Words     `json:"name"`  // given when it was found first
	Since   time.Time        `json:"since"` // then
	Share   float64          `json:"share"` // of people
	Chances [][]float64      `json:"chances"`
	Signs   []Sign           `json:"signs"` // what sets it apart, the most telling first
	Alike   float64          `json:"alike"` // to what it was in the fit before: people in common of all in either; 0: it is new
}

// Retired is a type that is not found any more.
type Retired struct {
	ID    aparte.PersonaID `json:"id"`
	Name  aparte.Words     `json:"name"`
	Since time.Time        `json:"since"`
	Until time.Time        `json:"until"`
}

// mostRetired is how many of those are remembered, the latest.
const mostRetired = 32

// hand is memory to grade a person with.
type hand struct {
	portrait Portrait
	draws    []draw
}

// ErrNobody: there is nobody to find types among.
var ErrNobody = errors.New("there is nobody to find types among")

// How many types there are is asked again after a week, and when there are by so large a share more people, about, or fewer.
const (
	countAgain  = 7 * 24 * time.Hour
	countAgainN = 0.25
)

// stands reports whether how many types were found is still taken to be so.
func (t *Types) stands(people int, at time.Time) bool {
	return t != nil && at.Sub(t.Counted) < countAgain && math.Abs(math.Log(float64(people)/float64(t.Among))) < countAgainN
}

// Find finds types among people. Those that before had already keep their ids and names; before may be nil. called is what a category or a brand is called
// in a language, for names. It takes seconds of a thousand people or more, and ends early, with an error, when ctx does.
func Find(ctx context.Context, c *Crowd, before *Types, at time.Time, seed uint64, called Called) (*Types, error) {
	if len(c.people) == 0 {
		return nil, ErrNobody
	}
	rng := rand.New(rand.NewPCG(seed, 2))
	s := scaleOf(c.people)
	people := make([][]draw, len(c.people))
	for i := range c.people {
		people[i] = s.read(nil, &c.people[i])
	}
	all := sampleOf(s, people)
	t := &Types{At: at, Seen: c.seen, Looked: len(people), Next: 1, scale: s}
	number := 0
	if before.stands(len(people), at) {
		number, t.Strengths, t.Counted, t.Among = len(before.Found), before.Strengths, before.Counted, before.Among
	} else {
		number, t.Strengths = numberOf(ctx, all, rng)
		t.Counted, t.Among = at, len(people)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	t.model = bySize(fit(all, number, rng))
	t.write(all)
	t.sign(c, all)
	t.recognise(c, before, called)
	t.number()
	return t, nil
}

// bySize is a mixture with the largest types first.
func bySize(m *mixture) *mixture {
	order := make([]int, m.k)
	for j := range order {
		order[j] = j
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(m.shares[b], m.shares[a]) })
	sorted := &mixture{k: m.k, logs: make([]float64, len(m.logs))}
	for _, j := range order {
		sorted.shares = append(sorted.shares, m.shares[j])
	}
	for c := 0; c < len(m.chance); c += m.k {
		for _, j := range order {
			sorted.chance = append(sorted.chance, m.chance[c+j])
		}
	}
	sorted.prepare()
	return sorted
}

// write puts scale and mixture into the document.
func (t *Types) write(all *sample) {
	s, m := t.scale, t.model
	for f := range facetsCount {
		from, to := s.first[f], s.first[f]+s.size(f)
		facet := Facet{Name: facetNames[f], Keys: s.keys[f], Everyone: all.everyone[from:to]}
		if f < firstMix {
			facet.Knots = s.knots[f]
		}
		t.Facets = append(t.Facets, facet)
	}
	for j := range m.k {
		found := Type{Share: m.shares[j]}
		for f := range facetsCount {
			var chances []float64
			for c := s.first[f]; c < s.first[f]+s.size(f); c++ {
				chances = append(chances, m.chance[c*m.k+j])
			}
			found.Chances = append(found.Chances, chances)
		}
		t.Found = append(t.Found, found)
	}
}

// Open makes a document that was read ready for use: errors say where it is not one.
func (t *Types) Open() error {
	s := new(scale)
	for i := range t.Facets {
		facet := &t.Facets[i]
		f := facet.facet()
		twice := slices.ContainsFunc(t.Facets[:i], func(o Facet) bool { return o.Name == facet.Name })
		switch {
		case twice:
			return fmt.Errorf("/facets/%d/name: %q is there already", i, facet.Name)
		case f < 0:
			return fmt.Errorf("/facets/%d/name: %q is nothing that is seen of people here", i, facet.Name)
		case f < int(firstMix):
			if !rising(facet.Knots) {
				return fmt.Errorf("/facets/%d/knots: must be 1 to %d numbers that rise", i, mostKnots)
			}
			s.knots[f] = facet.Knots
		case len(facet.Keys) == 0 || len(facet.Keys) > mostKeys+1:
			return fmt.Errorf("/facets/%d/keys: needs 1 to %d", i, mostKeys+1)
		default:
			s.keys[f] = facet.Keys
		}
	}
	s.index()
	k := len(t.Found)
	if k == 0 || k > MostTypes {
		return fmt.Errorf("/found: %d types; there are 1 to %d", k, MostTypes)
	}
	m := &mixture{k: k, chance: make([]float64, s.columns*k), logs: make([]float64, s.columns*k)}
	for i := range m.chance {
		m.chance[i] = 1 // a facet that was not seen then says nothing
	}
	for j := range t.Found {
		found := &t.Found[j]
		if !(found.Share > 0 && found.Share <= 1) || len(found.Chances) != len(t.Facets) {
			return fmt.Errorf("/found/%d: needs a share in (0, 1] and chances for each facet", j)
		}
		m.shares = append(m.shares, found.Share)
		for i, chances := range found.Chances {
			f := facet(t.Facets[i].facet())
			if len(chances) != s.size(f) {
				return fmt.Errorf("/found/%d/chances/%d: %d keys, of %d", j, i, len(chances), s.size(f))
			}
			for c, p := range chances {
				if !(p > 0 && p <= 1) {
					return fmt.Errorf("/found/%d/chances/%d/%d: must be in (0, 1]", j, i, c)
				}
				m.chance[(s.first[f]+c)*k+j] = p
			}
		}
	}
	m.prepare()
	t.scale, t.model = s, m
	t.number()
	return nil
}

func (t *Types) number() {
	t.ids = make([]aparte.PersonaID, len(t.Found))
	for j := range t.Found {
		t.ids[j] = t.Found[j].ID
	}
}

// IDs are those of Found. The list must not be changed.
func (t *Types) IDs() []aparte.PersonaID { return t.ids }

func rising(knots []float64) bool {
	for i, v := range knots {
		if v-v != 0 || i > 0 && v <= knots[i-1] {
			return false
		}
	}
	return len(knots) > 0 && len(knots) <= mostKnots
}

// facet is which one it is; -1: none.
func (f *Facet) facet() int { return slices.Index(facetNames[:], f.Name) }

// Grades appends how much the person is of each type found, in [0, 1], in the order of Found; they add up to 1. local is the time, in the zone where they
// are. Who objects to profiling is of no type: do not ask.
func (t *Types) Grades(dst []float64, person *aparte.Person, local time.Time) []float64 {
	h, _ := t.hands.Get().(*hand)
	if h == nil {
		h = new(hand)
	}
	h.portrait.Draw(person, local)
	h.draws = t.scale.read(h.draws[:0], &h.portrait)
	from := len(dst)
	for range t.Found {
		dst = append(dst, 0)
	}
	t.model.grade(h.draws, dst[from:])
	clear(h.portrait.marks) // keeps nothing of the person
	t.hands.Put(h)
	return dst
}
