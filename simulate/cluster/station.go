package cluster

import "math/rand/v2"

// station is processors that serve whoever comes first, first. Whoever comes says what they need, and is told when it is done: so
// that waiting takes no occurrence of its own (Kiefer and Wolfowitz, On the theory of queues with many servers, 1955).
type station struct {
	free []int64 // when each processor is free, a binary heap
	busy []int64 // nanoseconds of work taken in, by slices of the run
}

func newStation(cores, slices int) station {
	return station{free: make([]int64, cores), busy: make([]int64, slices)}
}

// serve takes in work at a time, which must not be before the last, and says when it is done.
func (s *station) serve(now, work int64, slice int) int64 {
	done := max(now, s.free[0]) + work
	s.busy[slice] += work
	i := 0
	for { // the first core is free later now: it sinks
		child := 2*i + 1
		if child >= len(s.free) {
			break
		}
		if child+1 < len(s.free) && s.free[child+1] < s.free[child] {
			child++
		}
		if done <= s.free[child] {
			break
		}
		s.free[i] = s.free[child]
		i = child
	}
	s.free[i] = done
	return done
}

// lasting is how long a step takes whose mean is known: a fixed part, and one that is exponentially distributed. Its standard deviation
// is variation times the mean; 1 makes it exponential.
func lasting(rng *rand.Rand, mean, variation float64) int64 {
	if variation == 0 {
		return int64(mean)
	}
	return int64(mean * (1 - variation + variation*rng.ExpFloat64()))
}
