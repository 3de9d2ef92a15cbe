package postgres

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
)

// agree is by how much clocks may differ and be taken for the same.
const agree = time.Second

// clock is the time of a server, carried on by this process's own clock since the server was last asked. A process's clock that is wrong, or
// set, does not show in it: time.Time counts what passes by a clock that nobody sets.
type clock struct {
	mu   sync.Mutex // one change at a time
	last atomic.Pointer[reading]
}

// reading is the time at a server, and of this process then.
type reading struct{ there, here time.Time }

// at is the server's time at a time of this process, which is taken for right until the server has been asked.
func (c *clock) at(here time.Time) time.Time {
	r := c.last.Load()
	if r == nil {
		return here
	}
	return r.there.Add(here.Sub(r.here))
}

// behind is how far the clock is behind a server that said a time between being asked and answering, both by this process: less than nought where it is
// ahead. What the answer may have taken counts in favour of there being no difference.
func (c *clock) behind(said, asked, answered time.Time) time.Duration {
	switch least, most := said.Sub(c.at(answered)), said.Sub(c.at(asked)); {
	case least > 0:
		return least
	case most < 0:
		return most
	}
	return 0
}

// set brings the clock to what its server said, and reports how far it was behind.
func (c *clock) set(said, asked, answered time.Time) time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	behind := c.behind(said, asked, answered)
	c.last.Store(&reading{c.at(answered).Add(behind), answered})
	return behind
}

// Now is the time by the first server's clock, which is one for all processes. Until it was asked for the first time it is that of this process.
func (s *Store) Now() time.Time { return s.clock.at(s.now()).UTC() }

// ahead is how far a server's clock is ahead of Now, by which leases are kept: it brings the time that a process gives to that of the server. So a
// process whose clock is minutes ahead does not find run out what holds, nor one that died hold what nobody else has for as long.
func (s *Store) ahead(ctx context.Context, at *server, conn *pgx.Conn) (time.Duration, error) {
	var micros int64
	asked := s.now()
	if err := conn.QueryRow(ctx, "SELECT CAST(extract(epoch FROM now()) * 1000000 AS bigint)").Scan(&micros); err != nil {
		return 0, err
	}
	said, answered := instant(micros), s.now()
	var behind time.Duration
	if at == s.servers[0] {
		if behind = s.clock.set(said, asked, answered); behind.Abs() > agree {
			at.log.Warn("this machine's clock is another than the database's, which is gone by", "server", at.name, "behind", behind.Round(time.Millisecond))
		}
	} else {
		behind = s.clock.behind(said, asked, answered)
	}
	if behind.Abs() <= agree {
		return 0, nil
	}
	return behind, nil
}
