package place

import (
	"errors"
	"fmt"
	"time"
)

// span is from when until when something is open, in minutes since midnight; until may be after the day's end.
type span struct{ from, until int }

const dayMinutes = 24 * 60

// hours are when a place is open.
type hours struct {
	zone   *time.Location
	always bool
	week   [7][]span // from Sunday
	except map[string][]span
}

// on are the hours that begin on a day.
func (h *hours) on(day time.Time) []span {
	if h.except != nil {
		if spans, other := h.except[day.Format(time.DateOnly)]; other {
			return spans
		}
	}
	return h.week[day.Weekday()]
}

// open reports whether the place is open at an instant, by the clock on its wall.
func (h *hours) open(at time.Time) bool {
	if h.always && h.except == nil {
		return true
	}
	local := at.In(h.zone)
	minute := local.Hour()*60 + local.Minute()
	for _, s := range h.on(local) {
		if s.from <= minute && minute < s.until {
			return true
		}
	}
	year, month, day := local.Date()
	for _, s := range h.on(time.Date(year, month, day-1, 12, 0, 0, 0, time.UTC)) {
		if minute+dayMinutes < s.until {
			return true
		}
	}
	return false
}

// closes is when what is open at an instant closes, by the clock on its wall; empty: it is closed.
func (h *hours) closes(at time.Time) string {
	local := at.In(h.zone)
	minute := local.Hour()*60 + local.Minute()
	until := -1
	for _, s := range h.on(local) {
		if s.from <= minute && minute < s.until {
			until = max(until, s.until)
		}
	}
	year, month, day := local.Date()
	for _, s := range h.on(time.Date(year, month, day-1, 12, 0, 0, 0, time.UTC)) {
		if minute+dayMinutes < s.until {
			until = max(until, s.until-dayMinutes)
		}
	}
	if until < 0 {
		return ""
	}
	until %= dayMinutes
	return fmt.Sprintf("%02d:%02d", until/60, until%60)
}

// parseSpan reads two times of day.
func parseSpan(from, until string) (span, error) {
	a, err := parseClock(from)
	if err != nil {
		return span{}, fmt.Errorf("/from: %w", err)
	}
	b, err := parseClock(until)
	if err != nil {
		return span{}, fmt.Errorf("/until: %w", err)
	}
	if a == dayMinutes {
		return span{}, errors.New("/from: is the end of the day")
	}
	if b <= a {
		b += dayMinutes
	}
	return span{a, b}, nil
}

// parseClock reads hh:mm, in minutes.
func parseClock(s string) (int, error) {
	if s == "24:00" {
		return dayMinutes, nil
	}
	at, err := time.Parse("15:04", s)
	if err != nil || len(s) != len("15:04") {
		return 0, fmt.Errorf("%q is no time of day such as 09:30", clip(s))
	}
	return at.Hour()*60 + at.Minute(), nil
}

// clip is the beginning of what somebody wrote, for an error.
func clip(s string) string {
	const most = 40
	if len(s) > most {
		return s[:most] + "…"
	}
	return s
}
