package engine

import (
	"context"
	"fmt"
	"sort"
	"time"

	"github.com/aparte-dev/aparte/store"
)

// unlearned is what one part has for the learner: how many rows, and since when the oldest waits. While a round is being written down, rows
// that it learned before their commit told of them make it less than nothing.
type unlearned struct {
	rows  int
	since time.Time
}

// lag is how many rows were not learned yet, and for how long the oldest has waited.
func (l *learner) lag() (rows int, oldest time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.engine.now()
	for _, u := range l.lags {
		if u.rows > 0 {
			rows, oldest = rows+u.rows, max(oldest, now.Sub(u.since))
		}
	}
	return rows, oldest
}

// await notes rows more. mu is held.
func (l *learner) await(part store.Part, rows int) {
	if rows == 0 {
		return
	}
	u := l.lags[part]
	if u.rows <= 0 {
		u.since = l.engine.now()
	}
	u.rows += rows
	l.lags[part] = u
}

// learned notes that a round which began at a time is written down. What it left of a part came after it began, unless there was more than
// one round takes.
func (l *learner) learned(r *round, counts []int, begun time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, part := range r.Parts {
		u := l.lags[part]
		u.rows -= counts[i]
		if counts[i] < roundRows && u.since.Before(begun) {
			u.since = begun
		}
		if u.rows == 0 {
			delete(l.lags, part)
		} else {
			l.lags[part] = u
		}
	}
}

// backlog is how many rows of a part were not learned. Their positions have no gaps, so that few reads find the last.
func (l *learner) backlog(ctx context.Context, part store.Part) (rows int, err error) {
	there := func(n int) bool { // reports whether there are n rows or more
		if err != nil {
			return false
		}
		var found []store.FeedRow
		found, err = l.engine.store.Feed(ctx, part, l.state.read[part]+uint64(n)-1, 1)
		return len(found) > 0
	}
	most := 1
	for there(most) {
		most *= 2
	}
	least := most / 2
	rows = least + sort.Search(most-least-1, func(n int) bool { return !there(least + n + 1) })
	if err != nil {
		return 0, fmt.Errorf("feed of part %d: %w", part, err)
	}
	return rows, nil
}
