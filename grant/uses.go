package grant

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Uses is how often grants were used, by id.
type Uses map[string]Count

// Count is how often a grant was used, and when last.
type Count struct {
	N    int64     `json:"n"`
	Last time.Time `json:"last"`
}

// maxUses is how often one grant can have been used between two times that a ledger's uses are taken out.
const maxUses = 1 << 32

// Uses takes out what was counted since it was called last, of a ledger that follows: for Used of the one that writes, or, where that cannot be
// reached, for its own. Of any other it is nil: that writes down itself what it counts.
func (l *Ledger) Uses() Uses {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.Follows {
		return nil
	}
	taken := l.since
	l.since = Uses{}
	return taken
}

// Used adds what another ledger counted. Of grants that are not known here it is passed over. It fails, and nothing is added, where these are not
// such as Uses makes.
func (l *Ledger) Used(ctx context.Context, uses Uses) error {
	if len(uses) > maxGrants {
		return fmt.Errorf("uses of grants: of %d, at most %d are granted", len(uses), maxGrants)
	}
	for _, c := range uses {
		if c.N < 1 || c.N > maxUses {
			return errors.New("uses of grants: a number is out of bounds")
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.Now()
	for id, c := range uses {
		if l.all[id] == nil {
			continue
		}
		if c.Last.After(now) { // by another clock
			c.Last = now
		}
		l.count(id, c)
	}
	l.saveSeldom(ctx)
	return nil
}

// count adds uses of a grant. mu is held.
func (l *Ledger) count(id string, c Count) {
	all := l.since[id]
	all.N += c.N
	all.Last = later(all.Last, c.Last)
	l.since[id] = all
}

// counted is a grant with what was counted of it here. mu is held.
func (l *Ledger) counted(g *Grant) Grant {
	all, c := *g, l.since[g.ID]
	all.Uses += c.N
	all.Used = later(all.Used, c.Last)
	return all
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b.UTC()
	}
	return a
}

// saveSeldom writes uses down, where they were not for a while. mu is held.
func (l *Ledger) saveSeldom(ctx context.Context) {
	if l.Follows || len(l.since) == 0 || l.Now().Sub(l.saved) < useEvery {
		return
	}
	if err := l.save(context.WithoutCancel(ctx)); err != nil {
		l.Logger.Warn("uses of grants are not written down", "error", err)
	}
}
