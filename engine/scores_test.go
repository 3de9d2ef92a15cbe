package engine_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/engine"
	"github.com/aparte-dev/aparte/learn/score"
)

// browsers come every few days over the last months. Those of Lyon look at things when they come, and then order
// within days one time in three, the others hardly ever. Of them all, one in twenty objects to profiling.
func (n *town) browsers(people int) {
	lots, now := rand.New(rand.NewPCG(5, 6)), *n.now.Load()
	const days = 130
	for i := range people {
		user, keen := fmt.Sprint("browser-", i), i%2 == 0
		city := map[bool]string{true: "Lyon", false: "Lille"}[keen]
		if lots.IntN(4) == 0 {
			city = "Nice"
		}
		var events []aparte.Event
		add := func(daysAgo float64, e aparte.Event) {
			e.ReceivedAt, e.Timestamp = now, now.Add(-time.Duration(daysAgo*24*float64(time.Hour)))
			events = append(events, e)
		}
		traits := map[string]any{"city": city, "age": 20 + lots.IntN(50)}
		if i%20 == 0 {
			traits["consents"] = []map[string]any{{"purpose": "profiling", "granted": false, "source": "test"}}
		}
		add(days, identify(user, user+"-device", traits))
		for at := days - 10*lots.Float64(); at > 0; at -= 3 + 8*lots.ExpFloat64() {
			looks := lots.IntN(2)
			if keen {
				looks += 4
			}
			for range looks {
				add(at, event("Product Viewed", user, "", map[string]any{"product_id": "thing-1"}))
			}
			if chance := 0.02 + 0.31*float64(looks/4); lots.Float64() < chance {
				add(max(0, at-lots.Float64()), order(user, "thing-1", fresh("b"), 20))
			}
		}
		n.check(n.Accept(n.t.Context(), events))
	}
}

func scoring(f *engine.Fit, id aparte.ObjectiveID) *engine.Scoring {
	if f == nil {
		return nil
	}
	return f.Scoring(id)
}

// What people did before is what a score is learned from; it holds for people it was not learned from, and rules ask for
// it as soon as it is there.
func TestScoresAreLearnedFromHistories(t *testing.T) {
	skipUnderRace(t)
	n := newTown(t)
	n.browsers(1200)
	n.pass(time.Second)
	s := scoring(n.Fit(), "order")
	if s == nil || s.Model == nil {
		t.Fatalf("nothing was learned: %+v", s)
	}
	if s.People < 1000 || s.People > 1140 || s.Rows < 3*s.People || s.Reached < 400 {
		t.Errorf("%d people, %d landmarks, %d reached it", s.People, s.Rows, s.Reached)
	}
	off := 0
	for _, c := range s.Proof.Reliability {
		if c.Predicted < c.Low || c.Predicted > c.High {
			off++
		}
	}
	if p := s.Proof; off > 2 || p.AUC.Low < 0.7 || p.Behaviour.Value < p.Traits.Value || p.Gain.Low < 0 {
		t.Errorf("%d classes are off; %+v", off, p)
	}
	t.Logf("%d people, %d landmarks, %d reached it, AUC %.3f, behaviour %.3f, traits %.3f, gain %.3f to %.3f", s.People, s.Rows, s.Reached,
		s.Proof.AUC.Value, s.Proof.Behaviour.Value, s.Proof.Traits.Value, s.Proof.Gain.Low, s.Proof.Gain.High)
	now := 0
	for _, c := range s.Chances {
		now += c
	}
	if now != 1140 { // who objects is not looked at
		t.Errorf("chances of %d people", now)
	}

	keen, other := n.known("browser-2"), n.known("browser-3")
	high, _ := n.Fit().Score("order", keen, *n.now.Load())
	low, _ := n.Fit().Score("order", other, *n.now.Load())
	if !(high > 2*low) || math.IsNaN(high) {
		t.Errorf("%v for who looks at things, %v for who does not", high, low)
	}
	if reasons := n.Fit().ScoreReasons("order", keen, *n.now.Load()); len(reasons) < 5 || reasons[0].Adds == 0 {
		t.Errorf("reasons %+v", reasons)
	}
	reach, err := n.Reach(t.Context(), fmt.Sprintf(`score["order"] > %v`, (high+low)/2), 0)
	n.check(err)
	if reach.People == 0 || reach.People == reach.Of {
		t.Errorf("%d of %d have such a score", reach.People, reach.Of)
	}

	d := n.ask("browser-2").Decision
	n.pass(24 * time.Hour)
	again, err := n.Replay(t.Context(), d.ID)
	if err != nil || !again.Same {
		t.Errorf("taken again: same %v, %v, %+v", again.Same, err, again.Differences)
	}
}

// The same histories teach the same, whenever they are read.
func TestTheSameHistoriesTeachTheSameScore(t *testing.T) {
	skipUnderRace(t)
	n := newTown(t)
	n.browsers(600)
	first, err := n.Refit(t.Context())
	n.check(err)
	second, err := n.Refit(t.Context())
	n.check(err)
	one, other := scoring(first, "order"), scoring(second, "order")
	if one.Model == nil || fmt.Sprint(*one.Model) != fmt.Sprint(*other.Model) || fmt.Sprint(*one.Proof) != fmt.Sprint(*other.Proof) {
		t.Errorf("%+v and %+v", one, other)
	}
}

// Where there is too little to learn from, points are the score, and there is none of what has no points.
func TestUntilAScoreIsLearnedPointsAreTheScore(t *testing.T) {
	n := newTown(t)
	n.browsers(40)
	n.pass(time.Second)
	if s := scoring(n.Fit(), "order"); s == nil || s.Lack != score.TooFew || s.Model != nil {
		t.Fatalf("%+v", s)
	}
	view := func() aparte.Event {
		return event("Product Viewed", "browser-1", "", map[string]any{"product_id": "thing-1"})
	}
	n.hear(0, view(), view(), view(), view())
	for where, want := range map[string]bool{
		`score["order"] > 0.9 && points["order"] > 3.9`: true, // of a level of 3
		`"click" in score`: false,
	} {
		reach, err := n.Reach(t.Context(), where, 0)
		n.check(err)
		if (reach.People > 0) != want {
			t.Errorf("%s: %d of %d", where, reach.People, reach.Of)
		}
	}
}

func (n *town) known(user string) *aparte.Person {
	n.t.Helper()
	id, err := n.Find(n.t.Context(), aparte.Identifier{Kind: aparte.KindUserID, Value: user})
	n.check(err)
	p, err := n.Person(n.t.Context(), id)
	n.check(err)
	return &p
}
