package postgres_test

import (
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aparte-dev/aparte/store"
	"github.com/aparte-dev/aparte/store/postgres"
)

// process is one of several over a store, with a clock that is wrong.
type process struct {
	*postgres.Store
	wrong atomic.Int64 // by so many nanoseconds
}

func (p *process) now() time.Time { return time.Now().Add(time.Duration(p.wrong.Load())) }

// Leases hold, and run out, and all say one time, whatever the clocks of those who ask say, and though a clock jumps.
func TestLeasesAreKeptByOneClock(t *testing.T) {
	suite := (&harness{servers: 1}).of(t)
	place := suite.New(t)
	begin := func(wrong time.Duration) *process {
		p := &process{}
		p.wrong.Store(int64(wrong))
		var err error
		if p.Store, err = postgres.Open(t.Context(), []string{place}, postgres.Options{Parts: 4, Connections: 2, Now: p.now}); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { p.Close() })
		return p
	}
	right, fast, slow := begin(0), begin(10*time.Minute), begin(-10*time.Minute)
	take := func(p *process, part store.Part, who string, ttl time.Duration) (store.Epoch, error) {
		return p.Acquire(t.Context(), part, who, p.Now(), ttl)
	}

	epoch, err := take(right, 0, "right", 5*time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := take(fast, 0, "fast", time.Minute); !errors.Is(err, store.ErrLeased) {
		t.Errorf("whose clock is ahead has taken a lease that holds: %v", err)
	}
	for name, p := range map[string]*process{"fast": fast, "slow": slow} {
		l, err := p.Lease(t.Context(), 0)
		if left := l.Until.Sub(p.Now()); err != nil || left <= 0 || left > 5*time.Minute+time.Second {
			t.Errorf("%s: a lease of five minutes holds for %v, %v", name, left, err)
		}
	}
	right.wrong.Store(int64(-time.Hour)) // it jumps
	if err := right.Renew(t.Context(), 0, epoch, right.Now(), 5*time.Minute); err != nil {
		t.Fatal(err)
	}
	if _, err := take(slow, 0, "slow", time.Minute); !errors.Is(err, store.ErrLeased) {
		t.Errorf("a lease that was renewed after a jump does not hold: %v", err)
	}

	for name, p := range map[string]*process{"right": right, "fast": fast, "slow": slow} {
		if off := time.Since(p.Now()).Abs(); off > time.Minute {
			t.Errorf("%s: all say the database's time, and this one is off by %v", name, off)
		}
	}

	// Of one that died the lease runs out when it says, not when its clock did.
	if _, err := take(fast, 1, "fast", 100*time.Millisecond); err != nil {
		t.Fatal(err)
	}
	for until := time.Now().Add(5 * time.Minute); ; time.Sleep(20 * time.Millisecond) { // as nodes do
		if _, err := take(slow, 1, "slow", time.Minute); err == nil {
			return
		} else if !errors.Is(err, store.ErrLeased) || time.Now().After(until) {
			t.Fatalf("of one that died the lease cannot be taken: %v", err)
		}
	}
}
