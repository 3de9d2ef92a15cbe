package cluster

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// erlangC is the mean time in a queue M/M/c (Erlang 1917), of a rate a second and services of a mean in seconds.
func erlangC(rate, s float64, c int) float64 {
	a := rate * s
	sum, term := 0.0, 1.0
	for k := range c {
		sum += term
		term *= a / float64(k+1)
	}
	wait := term * float64(c) / (float64(c) - a)
	wait /= sum + wait
	return s + wait*s/(float64(c)-a)
}

// meanTime sends a Poisson process through a station of exponential services of a millisecond.
func meanTime(seed uint64, rate float64, cores, n int) float64 {
	rng, s := rand.New(rand.NewPCG(seed, 2)), newStation(cores, 1)
	now, sum := 0.0, 0.0
	for range n {
		now += rng.ExpFloat64() / rate * 1e9
		sum += float64(s.serve(int64(now), lasting(rng, 1e6, 1), 0)) - now
	}
	return sum / float64(n) / 1e9
}

func TestProcessorsAreAQueueAsTheoryHasIt(t *testing.T) {
	for _, cores := range []int{1, 2, 8, 16} {
		rate := .8 * 1000 * float64(cores)
		got, want := meanTime(3, rate, cores, 1_000_000), erlangC(rate, 1e-3, cores)
		if math.Abs(got-want) > .03*want {
			t.Errorf("%d cores: %.3f ms, theory has %.3f", cores, 1000*got, 1000*want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		cores := rapid.IntRange(1, 32).Draw(t, "cores")
		rate := rapid.Float64Range(.05, .7).Draw(t, "use") * 1000 * float64(cores)
		got, want := meanTime(rapid.Uint64().Draw(t, "seed"), rate, cores, 40_000), erlangC(rate, 1e-3, cores)
		if math.Abs(got-want) > .25*want {
			t.Errorf("%d cores, %.0f/s: %.3f ms, theory has %.3f", cores, rate, 1000*got, 1000*want)
		}
	})
}

// A station does what one does that looks at every processor.
func TestWhoComesFirstIsServedFirst(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cores := rapid.IntRange(1, 9).Draw(t, "cores")
		s, free := newStation(cores, 1), make([]int64, cores)
		now, busy := int64(0), int64(0)
		for range rapid.IntRange(1, 200).Draw(t, "n") {
			now += rapid.Int64Range(0, 50).Draw(t, "later")
			work := rapid.Int64Range(0, 200).Draw(t, "work")
			i := slices.Index(free, slices.Min(free))
			free[i] = max(now, free[i]) + work
			busy += work
			if got := s.serve(now, work, 0); got != free[i] {
				t.Fatalf("done at %d, want %d", got, free[i])
			}
		}
		if s.busy[0] != busy {
			t.Errorf("busy for %d, want %d", s.busy[0], busy)
		}
	})
}

func TestWhatIsNextComesNext(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var c calendar
		var want []occurrence
		for range rapid.IntRange(1, 300).Draw(t, "steps") {
			if len(want) > 0 && rapid.Bool().Draw(t, "take") {
				i := 0
				for k := range want {
					if want[k].before(&want[i]) {
						i = k
					}
				}
				if got := c.next(); got != want[i] {
					t.Fatalf("%+v, want %+v", got, want[i])
				}
				want = slices.Delete(want, i, i+1)
				continue
			}
			at := rapid.Int64Range(0, 20).Draw(t, "at")
			c.put(at, reached, int32(len(want)), 0)
			want = append(want, occurrence{at: at, nth: c.nth, kind: reached, who: int32(len(want))})
		}
	})
}

func TestQuantilesAreThoseOfAllTimes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		times := rapid.SliceOfN(rapid.Int64Range(0, math.MaxInt64/2), 1, 200).Draw(t, "times")
		var l latencies
		for _, ns := range times {
			l.add(ns)
		}
		slices.Sort(times)
		q := rapid.Float64Range(0, 1).Draw(t, "q")
		want := float64(times[min(int(q*float64(len(times))), len(times)-1)])
		if got := l.quantile(q); math.Abs(got-want) > .016*want+1 {
			t.Errorf("%g, want %g", got, want)
		}
	})
	if (&latencies{}).quantile(.5) != 0 {
		t.Error("a time of nobody")
	}
}
