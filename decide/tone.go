package decide

import (
	"slices"

	"github.com/aparte-dev/aparte"
)

// What tone a person answers to is known at two levels. What a tone is worth to everybody is the trait's own feature, learned
// over all people and all contents (elementsOf). What it is worth to one person more than to others is told by what they followed
// and dismissed: the share that a tone has of it, shrunk towards nothing while there is little of it, as one who follows
// nothing says. That share is a feature too, of which one weight is learned for all: it says how far what somebody followed goes beyond
// what everybody does. So a person begins with what is shared, and is known by themselves after a few answers; nothing of it is
// kept but the affinities that are there (aparte.ToneAffinity).

// tones number the traits of a brand's variants.
type tones struct{ numbers map[string]int32 }

func (t *tones) number(trait string) int32 {
	n, known := t.numbers[trait]
	if !known {
		if t.numbers == nil {
			t.numbers = map[string]int32{}
		}
		n = int32(len(t.numbers))
		t.numbers[trait] = n
	}
	return n
}

// strangersTone is what somebody has followed of no tone in particular: the weight of one click.
const strangersTone = 1

// followTones finds what share of what the person follows has each tone.
func (d *deliberation) followTones() {
	d.toned = false
	if d.impersonal || len(d.plan.tones.numbers) == 0 || d.terms() < termsOfTones {
		return
	}
	d.tones = sized(d.tones, len(d.plan.tones.numbers))
	clear(d.tones)
	all := float64(strangersTone)
	for i := range d.person.Affinities {
		a := &d.person.Affinities[i]
		if a.Kind != aparte.ToneAffinity || !(d.weights[i] > 0) {
			continue
		}
		all += d.weights[i]
		if n, known := d.plan.tones.numbers[a.Key]; known {
			d.tones[n], d.toned = d.weights[i], true
		}
	}
	if d.toned {
		for n := range d.tones {
			d.tones[n] /= all
		}
	}
}

// describeTones adds how much of what the person follows has the tones of what would be said, each of them once.
func (d *deliberation) describeTones(s *sheet, a candidate) {
	if !d.toned {
		return
	}
	share := 0.0
	elements := d.plan.contents[a.content].elements
	variants := d.variantsOf(a)
	for i, v := range variants {
		for _, n := range elements[i].tones[v] {
			if !d.heard(elements[:i], variants, n) {
				share += d.tones[n]
			}
		}
	}
	s.positive(toneFit, min(share, 1))
}

// heard reports whether one of the elements has a tone already.
func (d *deliberation) heard(elements []element, variants []uint8, tone int32) bool {
	for i := range elements {
		if slices.Contains(elements[i].tones[variants[i]], tone) {
			return true
		}
	}
	return false
}
