package decide

import (
	"testing"

	"github.com/aparte-dev/aparte"
)

// toned is a shop whose picks have headlines and calls to action in a few tones.
func toned(t *testing.T) *Plan {
	b := shop()
	b.Contents = b.Contents[:1]
	c := &b.Contents[0]
	c.Elements[0].Variants[0].Traits = []string{"warm"}
	c.Elements[0].Variants[1].Traits = []string{"sober", "short"}
	c.Elements[1].Variants[1].Traits = []string{"sober"}
	return plan(t, b)
}

// follows is how much of what they follow has the tones of what was chosen, as the decision describes it.
func follows(d *aparte.Decision) (share float32) {
	for _, f := range d.Features.Action {
		if f.Hash == toneFit.hash {
			share = f.Value
		}
	}
	return share
}

func TestWhatSomebodyFollowsIsAShareOfTheirOwn(t *testing.T) {
	p, m := toned(t), marie()
	m.Affinities = append(m.Affinities,
		aparte.Affinity{Kind: aparte.ToneAffinity, Key: "short", Weight: 1, At: noon},
		aparte.Affinity{Kind: aparte.ToneAffinity, Key: "sober", Weight: 2, At: noon},
		aparte.Affinity{Kind: aparte.ToneAffinity, Key: "warm", Weight: -1, At: noon}, // dismissed
	)
	seen := map[[2]uint8]float32{}
	for seed := range uint64(400) {
		q := onWeb(m)
		q.Seed, q.Fixed = seed, true
		d := p.Decide(q, nil)
		if v := d.Action.Variants; len(v) > 1 {
			seen[[2]uint8{v[0], v[1]}] = follows(&d)
		}
	}
	// Of 3 that were followed, and one of no tone in particular: sober has a half, short a quarter. A tone counts once.
	for variants, want := range map[[2]uint8]float32{{0, 0}: 0, {1, 0}: 0.75, {1, 1}: 0.75, {0, 1}: 0.5, {2, 0}: 0, {2, 1}: 0.5} {
		if got, chosen := seen[variants]; !chosen || got != want {
			t.Errorf("variants %v: %v (chosen: %v), want %v", variants, got, chosen, want)
		}
	}
}

// Who objects is described as a stranger is, and a decision of earlier terms as it was then.
func TestNobodysTonesAreLookedAtWhoObjectsNorInEarlierTerms(t *testing.T) {
	p := toned(t)
	for name, change := range map[string]func(*aparte.Person, *Question){
		"as it is": func(*aparte.Person, *Question) {},
		"an objection": func(m *aparte.Person, _ *Question) {
			m.Consents = append(m.Consents, aparte.Consent{Purpose: aparte.Profiling})
		},
		"in earlier terms": func(_ *aparte.Person, q *Question) { q.Edition = Terms },
	} {
		m := marie()
		m.Affinities = append(m.Affinities, aparte.Affinity{Kind: aparte.ToneAffinity, Key: "sober", Weight: 2, At: noon})
		any := false
		for seed := range uint64(100) {
			q := onWeb(m)
			q.Seed, q.Fixed = seed, true
			change(m, q)
			d := p.Decide(q, nil)
			any = any || follows(&d) > 0
		}
		if any != (name == "as it is") {
			t.Errorf("%s: looked at: %v", name, any)
		}
	}
}
