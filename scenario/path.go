package scenario

import (
	"strconv"
	"time"

	"github.com/aparte-dev/aparte"
)

// A scenario of several events keeps, for each but the last, when the first event of the path that has come so far
// happened: of several such paths the one that began last, which has most of its window before it. It is kept as a timer that
// is due when no step can follow any more, a step that is heard of late included, and does nothing then.

const pathPrefix = "step:"

// pathName is the timer of the path that has come to step k, from 0.
func pathName(id aparte.ScenarioID, k int) string {
	return pathPrefix + string(id) + ":" + strconv.Itoa(k)
}

// pathLife is how long after its beginning a path is remembered.
func (r *rule) pathLife() time.Duration { return r.Window.Std() + MaxOverdue }

// reached is when the path that has come to step k began.
func (h *hearing) reached(r *rule, k int) (time.Time, bool) {
	t, ok := timer(h.p, pathName(r.ID, k))
	return t.Due.Add(-r.pathLife()), ok
}

// advance lets an event take every step that it may, the last first, so that it takes one step of each path. Steps count in
// the order in which they are heard of: one that happened before the person was last seen counts as if it had happened then.
func (h *hearing) advance(r *rule) {
	at := h.at
	if seen := h.p.LastSeen; at.Before(seen) {
		if at.Add(MaxOverdue).Before(seen) {
			return
		}
		at = seen
	}
	for k := len(r.steps) - 1; k >= 0; k-- {
		if !h.is(&r.steps[k]) {
			continue
		}
		start := at
		if k > 0 {
			var on bool
			if start, on = h.reached(r, k-1); !on || h.dropped(pathName(r.ID, k-1)) || at.After(start.Add(r.Window.Std())) {
				continue
			}
		} else if at.Before(h.ended(r)) {
			continue
		}
		if k == len(r.steps)-1 {
			h.leavePaths(r, func(time.Time) bool { return true })
			h.arise(r, start, at.Add(r.Delay.Std()))
			return
		}
		if before, on := h.reached(r, k); !on || h.dropped(pathName(r.ID, k)) || start.After(before) {
			h.put(pathName(r.ID, k), start.Add(r.pathLife()))
		}
	}
}

// leavePaths forgets the paths that began at a time such as this.
func (h *hearing) leavePaths(r *rule, such func(start time.Time) bool) {
	for k := range len(r.steps) - 1 {
		if start, on := h.reached(r, k); on && such(start) {
			h.drop(pathName(r.ID, k))
		}
	}
}
