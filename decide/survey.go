package decide

import (
	"cmp"
	"slices"
	"strings"

	"github.com/aparte-dev/aparte"
)

// Bounds of what a survey keeps, and of what traits are told: one that has more values, or whose values are shared by fewer people
// on average, names people instead of describing them.
const (
	mostSurveyed   = 4_096 // keys of a map
	mostTraitTexts = 64
	leastSharing   = 20
)

// Survey finds out which keys of maps are frequent enough among people to be columns of a Portrait. It is not safe for concurrent
// use.
type Survey struct {
	plan   *Plan
	keys   [bagKinds]map[string]int
	traits map[string]map[aparte.Value]int
}

// Survey begins one.
func (p *Plan) Survey() *Survey {
	s := &Survey{plan: p, traits: map[string]map[aparte.Value]int{}}
	for _, k := range keyedMaps {
		s.keys[k.bag] = map[string]int{}
	}
	return s
}

// Add takes somebody in.
func (s *Survey) Add(p *aparte.Person) {
	for i := range p.Affinities {
		for _, k := range keyedMaps {
			if affinityKinds[k.bag] == p.Affinities[i].Kind {
				s.count(k.bag, p.Affinities[i].Key)
			}
		}
	}
	for i := range p.Counters {
		s.count(counterBag, p.Counters[i].Name)
	}
	for i := range p.Cadences {
		if c := p.Cadences[i].Category; c != "" {
			s.count(dueBag, c)
		}
	}
	for i := range p.Traits {
		if t := &p.Traits[i]; t.Provenance < aparte.Inferred && !strings.HasPrefix(t.Name, aparte.ClickTrait) && (t.Value.Kind == aparte.Text || t.Value.Kind == aparte.Number || t.Value.Kind == aparte.Bool) {
			s.value(t)
		}
	}
}

func (s *Survey) count(b bagKind, key string) {
	if _, known := s.keys[b][key]; known || len(s.keys[b]) < mostSurveyed {
		s.keys[b][key]++
	}
}

func (s *Survey) value(t *aparte.Trait) {
	values, known := s.traits[t.Name]
	if !known {
		if len(s.traits) == mostSurveyed {
			return
		}
		values = map[aparte.Value]int{}
		s.traits[t.Name] = values
	}
	s.keys[traitBag][t.Name]++
	if _, known := values[t.Value]; known || len(values) <= mostTraitTexts {
		values[t.Value]++
	}
}

// describes reports whether a trait says something that people have in common.
func (s *Survey) describes(trait string) bool {
	n := len(s.traits[trait])
	return n > 1 && n <= mostTraitTexts && s.keys[traitBag][trait] >= n*leastSharing
}

// Portrait is what can be told of such people that does not give away what a condition reads.
func (s *Survey) Portrait(about *Audience) *Portrait {
	p := &Portrait{plan: s.plan}
	away := givenAway(about.Reads())
	add := func(c PortraitColumn) {
		if begins(c.Name, away) {
			p.LeftOut = append(p.LeftOut, c.Name)
			return
		}
		p.Columns = append(p.Columns, c)
	}
	for _, c := range plainColumns() {
		add(c)
	}
	for i := range keyedMaps {
		for _, key := range s.frequent(&keyedMaps[i]) {
			add(keyedMaps[i].column(key))
		}
	}
	return p
}

// frequent are a map's most frequent keys, the most frequent first; all hours.
func (s *Survey) frequent(k *keyedMap) []string {
	if k.bag == hourBag {
		return hourKeys[:]
	}
	counts := s.keys[k.bag]
	var keys []string
	for key := range counts {
		if k.bag != traitBag || s.describes(key) {
			keys = append(keys, key)
		}
	}
	slices.SortFunc(keys, func(a, b string) int { return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b)) })
	return keys[:min(len(keys), k.most)]
}

var hourKeys = [hoursADay]string{
	"0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15", "16", "17", "18", "19", "20", "21", "22", "23",
}
