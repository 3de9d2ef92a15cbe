package decide

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/aparte-dev/aparte"
)

// said are the actions among a decision's candidates that could be chosen.
func said(d *aparte.Decision) (among []aparte.Action) {
	for _, c := range d.Candidates {
		if c.Excluded == "" && !c.Action.Silent() {
			among = append(among, c.Action)
		}
	}
	return among
}

func TestAmongItsOwnCandidatesADecisionHasTheSameChances(t *testing.T) {
	p, s := plan(t, shop()), newLinear(20)
	rapid.Check(t, func(t *rapid.T) {
		q := something(t, somebody(t))
		q.MaxCandidates = rapid.IntRange(20, 100).Draw(t, "most") // no content goes without a candidate
		was := p.Decide(q, s)
		q.Among = said(&was)
		q.MaxCandidates = mostCandidates // of which nothing more is drawn
		if is := p.Decide(q, s); len(q.Among) > 0 {
			if diff := cmp.Diff(was.Candidates, is.Candidates, cmpopts.EquateEmpty()); diff != "" {
				t.Fatal(diff)
			}
		}
	})
}

func TestWhatIsNamedAndCannotBeSaidIsNoCandidate(t *testing.T) {
	p, q := plan(t, shop()), onWeb(marie())
	was := p.Decide(q, nil)
	q.Among = said(&was)[:3:3]
	for _, spoil := range []func(*aparte.Action){
		func(a *aparte.Action) { a.Content = "unheard" }, func(a *aparte.Action) { a.Layout = "unheard" },
		func(a *aparte.Action) { a.Variants = append([]uint8{200}, a.Variants...) }, func(a *aparte.Action) { a.Item = "unheard" },
	} {
		a := q.Among[0]
		spoil(&a)
		q.Among = append(q.Among, a)
	}
	is := p.Decide(q, nil)
	mine := 0
	for _, a := range said(&is) {
		if a.Content == q.Among[0].Content {
			mine++
		}
		if a.Item == "unheard" || a.Content == "unheard" || a.Layout == "unheard" || len(a.Variants) > 0 && a.Variants[0] == 200 {
			t.Errorf("a candidate is %+v", a)
		}
	}
	if mine == 0 || mine > 3 {
		t.Errorf("%d candidates of a content of which three were named", mine)
	}
}
