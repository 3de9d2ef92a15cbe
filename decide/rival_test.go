package decide

import (
	"bytes"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/aparte-dev/aparte"
)

// learningEffects is a brand whose first objective learns what actions add.
func learningEffects(b *aparte.Brand) *aparte.Brand {
	b.Objectives[0].Learn = aparte.LearnEffect
	return b
}

func TestARivalChangesNothingElseOfADecision(t *testing.T) {
	with, without := plan(t, learningEffects(shop())), plan(t, shop())
	s := newLinear(20)
	rapid.Check(t, func(t *rapid.T) {
		q := something(t, somebody(t))
		q.Explore = Explore{Hope: 1} // the default of the two is another
		got, want := with.Decide(q, s), without.Decide(q, s)
		if want.Rival != want.Chosen || want.Features.Rival != nil {
			t.Fatalf("a rival was drawn for nobody: %d", want.Rival)
		}
		others := 0.0
		for i, c := range got.Candidates {
			if i != got.Chosen {
				others += c.Propensity
			}
		}
		rival := got.Candidates[got.Rival]
		switch {
		case others == 0 && got.Rival != got.Chosen:
			t.Fatal("a rival where nothing else could have been chosen")
		case others > 0 && (got.Rival == got.Chosen || rival.Propensity == 0 || len(got.Features.Rival) == 0):
			t.Fatalf("candidate %d is no rival of candidate %d", got.Rival, got.Chosen)
		}
		got.Rival, got.Features.Rival = want.Rival, nil
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("the decision changed:\n%s", diff)
		}
	})
}

// What the rival's features are is what they would have been had it been chosen.
func TestRivalsAreDrawnFromTheOthersByTheirChances(t *testing.T) {
	p := plan(t, learningEffects(shop()))
	q, s := onWeb(marie()), byContent{"picks": 100}
	q.MaxCandidates, q.Explore.Gamma = 6, 8
	const decisions = 40_000
	var drawn, want []float64
	features := map[int][]aparte.Feature{}
	var context []byte
	for n := range uint64(decisions) {
		q.Seed = n
		d := p.Decide(q, s)
		if n == 0 {
			drawn, want = make([]float64, len(d.Candidates)), make([]float64, len(d.Candidates))
		}
		actions := Marshal(nil, &aparte.Decision{Candidates: d.Candidates})
		if context == nil {
			context = actions
		}
		if !bytes.Equal(context, actions) {
			continue // lots fell on other candidates
		}
		drawn[d.Rival]++
		for i, c := range d.Candidates {
			if i != d.Chosen {
				want[i] += c.Propensity / (1 - d.Propensity)
			}
		}
		for i, f := range map[int][]aparte.Feature{d.Chosen: d.Features.Action, d.Rival: d.Features.Rival} {
			if known, found := features[i]; found && !cmp.Equal(known, f) {
				t.Fatalf("candidate %d has features %v, and %v", i, known, f)
			}
			features[i] = f
		}
	}
	for i := range want {
		if math.Abs(drawn[i]-want[i]) > 5*math.Sqrt(want[i]+1) {
			t.Errorf("candidate %d was the rival %g times, expected %.1f", i, drawn[i], want[i])
		}
	}
	if len(features) < 3 {
		t.Errorf("only %d candidates were ever looked at", len(features))
	}
}

// unsure is a scorer by content that is off by as much.
type unsure struct {
	byContent
	off float64
}

func (s unsure) Predict(_ []aparte.Feature, actions [][]aparte.Feature, values, widths []float64) {
	s.Score(nil, actions, values)
	for i := range widths[:len(actions)] {
		widths[i] = s.off
	}
}

func TestWhereEffectsAreLearnedWhatMightBeBetterIsTriedByChance(t *testing.T) {
	q := onWeb(marie())
	q.MaxCandidates, q.Model = 6, 100_000
	tried := func(p *Plan, off float64) (others float64) {
		for n := range uint64(200) {
			q.Seed = n
			d := p.Decide(q, unsure{byContent{"picks": 100}, off})
			most := 0.0
			for _, c := range d.Candidates {
				most = max(most, c.Propensity)
			}
			others += (1 - most) / 200
		}
		return others
	}
	effects, rewards := plan(t, learningEffects(shop())), plan(t, shop())
	if sure := tried(effects, 1e-3); sure > 0.05 {
		t.Errorf("where values are known, %.2f of the chances are another's", sure)
	}
	if by, than := tried(effects, 200), tried(rewards, 200); by < 0.3 || than > by/2 {
		t.Errorf("where values are not known, chances of others are %.2f; where rewards are learned, %.2f", by, than)
	}
}
