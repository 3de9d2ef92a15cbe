package learn

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// People go away as a logistic function of goodwill has it; the function is found again.
func TestDeparturesFindTheHazard(t *testing.T) {
	truth := func(goodwill float64) float64 { return Logistic(-4 + 3*(1-goodwill)) }
	r := rand.New(rand.NewPCG(1, 2))
	var d Departures
	for range 20_000 {
		goodwill, lost := 1-r.Float64()*r.Float64(), 0.0
		if r.Float64() < truth(goodwill) {
			lost = 1
		}
		if err := d.Learn(goodwill, lost); err != nil {
			t.Fatal(err)
		}
	}
	h := d.Hazard()
	for _, goodwill := range []float64{1, 0.8, 0.5, 0.2} {
		if got, want := h.Of(goodwill), truth(goodwill); math.Abs(got-want) > 0.2*want {
			t.Errorf("at goodwill %v the hazard is %v, the truth %v", goodwill, got, want)
		}
	}
	if h.Trust < 0.9 {
		t.Errorf("after hundreds of departures it is trusted %v", h.Trust)
	}
}

func TestDeparturesStartFromWhatIsAssumedAndNeverRewardWear(t *testing.T) {
	var d Departures
	if h := d.Hazard(); h.Trust != 0 || math.Abs(h.Of(1)-0.005) > 1e-5 || math.Abs(h.Of(0)-0.05) > 1e-4 {
		t.Errorf("with nothing learned: %+v, %v at full goodwill, %v with none", h, h.Of(1), h.Of(0))
	}
	for range 5000 { // only those of full goodwill go away
		_ = d.Learn(1, 1)
		_ = d.Learn(0, 0)
	}
	if h := d.Hazard(); h.Slope != 0 {
		t.Errorf("worn goodwill is said to keep people: slope %v", h.Slope)
	}
	for _, bad := range [][2]float64{{-0.1, 0}, {1.1, 0}, {math.NaN(), 0}, {0.5, 2}, {0.5, math.Inf(1)}} {
		before := d
		if err := d.Learn(bad[0], bad[1]); err == nil || d != before {
			t.Errorf("goodwill %v and loss %v were learned", bad[0], bad[1])
		}
	}
}

func TestLogisticIsThatOfTheStandardLibrary(t *testing.T) {
	for z := -45.0; z < 45; z += 0.37 {
		if got, want := Logistic(z), 1/(1+math.Exp(-z)); math.Abs(got-want) > 1e-11 {
			t.Errorf("Logistic(%v) = %v, want %v", z, got, want)
		}
	}
}

func TestHabitsReadBackAndGoOnToTheSameBytes(t *testing.T) {
	var h Habits
	teach := func(h *Habits, n int) {
		for i := range n {
			for _, e := range []Example{Departure(float64(i%10)/10, float64(i%7/6)), Response(i*13%168, 2), Return(float64(i%7)/3-1, i%15, i%16, float64(i%11))} {
				parsed, err := ParseExample(e.Append(nil))
				if err != nil {
					t.Fatal(err)
				}
				if mine, err := h.Learn(&parsed); !mine || err != nil {
					t.Fatalf("lesson refused: %v, %v", mine, err)
				}
			}
		}
	}
	teach(&h, 200)
	back, err := RestoreHabits(h.Snapshot())
	if err != nil || len(h.Snapshot()) != HabitsBytes {
		t.Fatal(err)
	}
	teach(&h, 30)
	teach(back, 30)
	if diff := cmp.Diff(h.Snapshot(), back.Snapshot()); diff != "" {
		t.Errorf("they part: %s", diff)
	}
	b := h.Snapshot()
	b[20] ^= 1
	if _, err := RestoreHabits(b); err == nil {
		t.Error("damaged bytes were taken")
	}
	other := Example{Objective: "order", Propensity: 1}
	if mine, _ := h.Learn(&other); mine {
		t.Error("an objective's example was taken for a habit's")
	}
	for _, bad := range []Example{Response(168, 1), Response(3, 0), Response(3, -1), {Objective: hourLesson}, {Objective: departureLesson}, {Objective: returnLesson}, Return(0, 15, 0, 0)} {
		if mine, err := h.Learn(&bad); !mine || err == nil {
			t.Errorf("%+v was learned", bad)
		}
	}
}
