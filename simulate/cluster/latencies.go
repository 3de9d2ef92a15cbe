package cluster

import "math/bits"

// latencies counts times by their size, each within 1.6 % of what it was: 64 classes for every doubling.
type latencies struct {
	classes [64 * fine]int64
	n       int64
	sum     float64
	most    int64
}

const fine = 64

func class(ns int64) int {
	if ns < fine {
		return int(max(ns, 0))
	}
	shift := bits.Len64(uint64(ns)) - 7 // ns>>shift is 64 to 127
	return fine + shift*fine + int(ns>>shift) - fine
}

// middle is a time of a class.
func middle(class int) float64 {
	if class < fine {
		return float64(class)
	}
	shift := (class - fine) / fine
	low := int64(class-shift*fine) << shift
	return float64(low) + float64(int64(1)<<shift)/2
}

func (l *latencies) add(ns int64) {
	l.classes[class(ns)]++
	l.n++
	l.sum += float64(ns)
	l.most = max(l.most, ns)
}

// quantile is the time in nanoseconds that a share q of all did not exceed, 0 where there are none.
func (l *latencies) quantile(q float64) float64 {
	rank, seen := int64(q*float64(l.n)), int64(0)
	for i, n := range l.classes {
		if seen += n; n > 0 && seen > min(rank, l.n-1) {
			return min(middle(i), float64(l.most))
		}
	}
	return 0
}
