package channel

import (
	"math/rand/v2"
	"time"
)

// MaxAttempts is how many times a message is tried before it becomes a dead letter: once, and once
// after each wait of [Backoff], a day and a half in all.
const MaxAttempts = 7

// waits are the times between attempts. The first ones let a greylisting server and a provider's
// hiccup pass, the last ones a day's outage.
var waits = [MaxAttempts - 1]time.Duration{
	time.Minute,
	5 * time.Minute,
	30 * time.Minute,
	2 * time.Hour,
	8 * time.Hour,
	24 * time.Hour,
}

// jitter is by how much of itself a wait is lengthened at most, so that what failed together does not
// come back together.
const jitter = 0.25

// Backoff is how long to wait after the attempt of this number (from 1) failed for the time being:
// 1 min, 5 min, 30 min, 2 h, 8 h, 24 h, each lengthened by a random part of a quarter of itself, drawn
// from rng. A nil rng draws nothing and gives the waits as they stand. Numbers outside 1 to
// MaxAttempts-1 are taken as the nearest inside.
func Backoff(attempt int, rng *rand.Rand) time.Duration {
	wait := waits[min(max(attempt, 1), len(waits))-1]
	if rng == nil {
		return wait
	}
	return wait + time.Duration(rng.Float64()*jitter*float64(wait))
}
