package api

import (
	"math"
	"sync"
	"time"
)

// allowance bounds what comes by a public key, which anybody can read in a page: a token bucket that fills
// by rate tokens a second and holds a second's worth. A request passes while there is anything in it, and
// may overdraw it: so a batch larger than the bucket passes too, and what follows waits for it.
type allowance struct {
	rate float64

	mu     sync.Mutex
	left   float64
	filled time.Time
}

func newAllowance(rate int, now time.Time) *allowance {
	return &allowance{rate: float64(rate), left: float64(rate), filled: now}
}

// take takes n tokens, or says how long to wait until there is one. A nil allowance is without bound.
func (a *allowance) take(now time.Time, n int) error {
	if a == nil {
		return nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if passed := now.Sub(a.filled); passed > 0 {
		a.left = min(a.rate, a.left+passed.Seconds()*a.rate)
		a.filled = now
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
