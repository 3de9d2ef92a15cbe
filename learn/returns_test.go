package learn

import (
	"math"
	"math/rand/v2"
	"testing"
)

// People differ by how often they come, and those who come often are written to more: what a message costs in returns and
// in value is found all the same, as chance had a say in each.
func TestReturnsFindTheShareThatIsLost(t *testing.T) {
	const lost, worth = 0.12, 2.0
	r := rand.New(rand.NewPCG(1, 2))
	var learned Returns
	before := make([]int, 2000)
	for range 40 {
		for i := range before {
			often := .05 + .4*float64(i%5)/4            // chance of a day
			asked := .1 + .8*float64(i%5)/4             // chance of a message
			intrusive := []float64{.5, 1, 2}[r.IntN(3)] // known before the choice
			aside, chance, value := -asked*intrusive, often, 100.0
			if r.Float64() < asked {
				aside += intrusive
				chance *= 1 - lost*intrusive
				value *= 1 - (worth-1)*lost*intrusive
			}
			days, earned := 0, 0.0
			for range 14 {
				if r.Float64() < chance {
					days++
					if r.Float64() < .1 {
						earned += 10 * value
					}
				}
			}
			if err := learned.Learn(aside, days, before[i], earned); err != nil {
				t.Fatal(err)
			}
			before[i] = 1 + days
		}
	}
	share, loss := learned.visits.pull/learned.visits.power, learned.Loss()
	if math.Abs(share-lost) > 0.1*lost {
		t.Errorf("a share of %v of the returns is lost for each unit, want %v", share, lost)
	}
	if got := loss.Share / share; math.Abs(got-worth) > 0.5 {
		t.Errorf("a share of returns is worth %v of value, want %v", got, worth)
	}
	if loss.Trust < 0.9 {
		t.Errorf("after 80,000 fortnights it is trusted %v", loss.Trust)
	}
}

func TestReturnsTellNothingOfWhatTheyDoNotKnow(t *testing.T) {
	var r Returns
	if l := r.Loss(); l.Share != 0 || l.Trust != 0 {
		t.Errorf("with nothing learned: %+v", l)
	}
	for range 5000 { // nobody was disturbed more than chance would have had it
		_ = r.Learn(0, 2, 3, 10)
	}
	if l := r.Loss(); l.Trust != 0 || math.IsNaN(l.Share) {
		t.Errorf("without any intrusion: %+v", l)
	}
	for i := range 5000 { // whoever is disturbed comes back more
		_ = r.Learn(float64(i%2)-.5, 2+2*(i%2), 0, 10)
	}
	if l := r.Loss(); l.Share != 0 {
		t.Errorf("intrusion is said to bring people back: %+v", l)
	}
	for _, bad := range []struct {
		aside, earned float64
		days, before  int
	}{{math.NaN(), 0, 0, 0}, {math.Inf(1), 0, 0, 0}, {0, math.NaN(), 0, 0}, {0, 1e13, 0, 0}, {0, 0, -1, 0}, {0, 0, 15, 0}, {0, 0, 0, -1}, {0, 0, 0, 16}} {
		was := r
		if err := r.Learn(bad.aside, bad.days, bad.before, bad.earned); err == nil || was != r {
			t.Errorf("%+v was learned", bad)
		}
	}
}
