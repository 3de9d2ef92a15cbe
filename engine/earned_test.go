package engine

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/aparte-dev/aparte"
)

// sure is a policy that says tea with 99.95 % to those it is sure of, nine in ten, and with 60 % to the others. Who is told of tea
// buys for 100 with a chance of 0.5 among the others, of 0.4 where not; those it is sure of buy with 0.9 whatever they hear.
type sure struct{ *rand.Rand }

func (s sure) tell(t *tally) error {
	p, chances := 0.9995, [2]float64{0.9, 0.9}
	if s.IntN(10) == 0 {
		p, chances = 0.6, [2]float64{0.4, 0.5}
	}
	d := aparte.Decision{Candidates: []aparte.Candidate{{Propensity: 1 - p}, {Action: aparte.Action{Content: "tea"}, Propensity: p}}}
	if s.Float64() < p {
		d.Chosen = 1
	}
	reward := 0.0
	if s.Float64() < chances[d.Chosen] {
		reward = 100
	}
	err := t.add(&d, Grow, nil, nil, []outcome{{true, reward}, {true, reward}})
	t.next()
	return err
}

// Among the moments that were open, the truth is 10 each time. Looked at twenty times as people come, in 200 logs, the interval for any time
// of looking must hold it each time in 95 % of them; and there must be one, where all moments together would let a few carry the whole.
func TestWhatIsToldOfMomentsThatWereOpenHoldsHoweverOftenOneLooks(t *testing.T) {
	const logs, looks, people = 200, 20, 400
	missed, told := 0, 0
	for seed := range uint64(logs) {
		s, all := sure{rand.New(rand.NewPCG(seed, 9))}, newTally(&aparte.Brand{Contents: []aparte.Content{{ID: "tea"}}})
		miss := false
		for range looks {
			for range people {
				if err := s.tell(all); err != nil {
					t.Fatal(err)
				}
			}
			e := all.earned()[0]
			anytime, _, doubt := e.Figure(e.All, 0.95)
			if doubt == "" {
				told++
				miss = miss || !anytime.Contains(10)
			}
			if e.Said < e.Open || e.All.Dropped() != e.Open {
				t.Fatalf("said %d times, %d open, of which %d count", e.Said, e.Open, e.All.Dropped())
			}
		}
		if miss {
			missed++
		}
	}
	t.Logf("told in %d of %d looks, missed at some look in %d of %d logs", told, logs*looks, missed, logs)
	if float64(missed) > 0.05*logs+3*math.Sqrt(0.05*0.95*logs) {
		t.Errorf("in %d of %d logs some look misses the truth", missed, logs)
	}
	if told < logs*looks/2 {
		t.Errorf("only %d of %d looks are told a figure", told, logs*looks)
	}
}

func TestContentsAreToldOfHoweverManyWaysOfSayingThemThereAre(t *testing.T) {
	all := newTally(&aparte.Brand{})
	for i := range mostWays + 10 {
		d := aparte.Decision{Chosen: 1, Candidates: []aparte.Candidate{{Propensity: 0.5}, {
			Action: aparte.Action{Content: aparte.ContentID(fmt.Sprint("c", i)), Layout: "l"}, Propensity: 0.5,
		}}}
		if err := all.add(&d, Grow, nil, nil, []outcome{{}}); err != nil {
			t.Fatal(err)
		}
		if all.untold != (i >= mostWays) {
			t.Fatalf("after %d ways, left out: %v", i+1, all.untold)
		}
	}
	contents := 0
	for _, e := range all.earned() {
		if e.Whole() {
			contents++
		}
	}
	if contents != mostWays+10 {
		t.Errorf("%d contents are told of, of %d", contents, mostWays+10)
	}
}
