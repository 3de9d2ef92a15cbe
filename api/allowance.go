package api

import (
	"math"
	"sync"
	"time"
)

// allowance bounds what comes by a public key, which anybody can read in a page: a token bucket that fills
// by rate tokens a second and holds a second's worth, one at least. A request passes while there is anything in it, and
// may overdraw it: so a batch larger than the bucket passes too, and what follows waits for it.
type allowance struct {
	limit limit

	mu     sync.Mutex
	rate   float64 // this node's share
	shared time.Time
	left   float64
	filled time.Time
}

// limit is how much may come by a public key, by all nodes together. Each lets its share through, as who sends spreads it evenly.
type limit struct {
	rate  int        // tokens a second; 0: there is no bound
	nodes func() int // that share it now; nil: there is but one
}

// shareFor is for how long a node's share is taken for the same.
const shareFor = time.Second

// allowance is a key's own; nil: no bound.
func (l limit) allowance(now time.Time) *allowance {
	if l.rate == 0 {
		return nil
	}
	a := &allowance{limit: l, filled: now}
	a.share(now)
	a.left = max(a.rate, 1)
	return a
}

// share works out what this node lets through.
func (a *allowance) share(now time.Time) {
	a.rate, a.shared = float64(a.limit.rate), now
	if a.limit.nodes != nil {
		a.rate /= float64(max(a.limit.nodes(), 1))
	}
}

// take takes n tokens, or says how long to wait until there is one. A nil allowance is without bound.
func (a *allowance) take(now time.Time, n int) error {
	if a == nil {
		return nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if passed := now.Sub(a.filled); passed > 0 {
		a.left = min(max(a.rate, 1), a.left+passed.Seconds()*a.rate)
		a.filled = now
	}
	if now.Sub(a.shared) >= shareFor {
		a.share(now)
	}
	if a.left < 1 {
		return &overdrawn{seconds: int(math.Ceil((1 - a.left) / a.rate))}
	}
	a.left -= float64(n)
	return nil
}

// overdrawn is a key that has used up its allowance.
type overdrawn struct{ seconds int } // until it has some again

func (*overdrawn) Error() string { return "too much by this key" }
