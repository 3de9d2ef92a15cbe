package scenario

import (
	"strings"
	"time"

	"github.com/aparte-dev/aparte"
)

// wind sees to it that the timer of a day, or of the next time to ask, stands where it should. One that is due and has not
// fired yet is left to.
func (h *hearing) wind(r *rule) {
	pending, ok := timer(h.p, r.name)
	if ok && (r.Every > 0 || !pending.Due.After(h.now)) {
		return
	}
	switch due, known := r.next(r, h, h.now); {
	case known && (!ok || !due.Equal(pending.Due)):
		h.put(r.name, due)
	case !known && ok:
		h.drop(r.name)
	}
}

// Fall says whether a moment arises as the timer of a scenario that was due at due fires, now, and which timer is set in its place.
// p is the person without the timer that fired.
func (s *Set) Fall(p *aparte.Person, name string, due, now time.Time) (arises bool, set []aparte.Timer) {
	i, ok := s.byName[name]
	if !ok {
		return false, nil
	}
	r, h := &s.rules[i], hearing{of: s, p: p, now: now}
	if r.next != nil {
		h.wind(r)
	}
	return !r.spent(p, latest(due, now)) && (r.next == nil || !due.Before(h.ended(r))), h.set
}

// every is when it is asked again whether there is something to say.
func every(r *rule, _ *hearing, after time.Time) (time.Time, bool) {
	return after.Add(r.Every.Std()).UTC().Truncate(time.Microsecond), true
}

// dated is when the next moment of a date falls due, at a time of day.
func dated(d *aparte.Day, at time.Duration) occurrence {
	return func(_ *rule, h *hearing, after time.Time) (time.Time, bool) {
		trait, ok := h.p.Trait(d.Trait)
		if !ok {
			return time.Time{}, false
		}
		date, ok := parseDate(trait.Value.Str)
		if !ok || date.year == 0 && !d.Yearly {
			return time.Time{}, false
		}
		zone := h.zone()
		if !d.Yearly {
			due := date.in(date.year, d.Days, at, zone)
			return due, due.After(after)
		}
		// A day that falls after the new year may be of a date of the year before.
		for year := max(date.year, after.In(zone).Year()-2); ; year++ {
			if due := date.in(year, d.Days, at, zone); due.After(after) {
				return due, true
			}
		}
	}
}

// buying is when the next moment falls due of a purchase that is expected: as it was foretold at the last purchase, so
// that it stands still until the next. It takes two purchases, of different days, to foretell a third, or one where it was learned that
// most come back.
func buying(d *aparte.Day, at time.Duration, fixed bool) occurrence {
	return func(_ *rule, h *hearing, after time.Time) (next time.Time, found bool) {
		for i := range h.p.Cadences {
			c := &h.p.Cadences[i]
			if !h.of.recurrences.Tells(c) || c.Category == "" || d.Buying != aparte.Anything && c.Category != d.Buying {
				continue
			}
			expected, ok := h.p.Due(h.of.recurrences, c.Category, c.LastAt)
			if !ok {
				continue
			}
			due := expected.At.Truncate(time.Second)
			if fixed {
				zone := h.zone()
				y, m, day := due.In(zone).Date()
				due = wall(y, m, day+d.Days, at, zone)
			} else {
				due = due.AddDate(0, 0, d.Days)
			}
			if due.After(after) && (!found || due.Before(next)) {
				next, found = due, true
			}
		}
		return next, found
	}
}

// occurrence is when the next moment of a rule falls due, after a time, and whether any does.
type occurrence func(r *rule, h *hearing, after time.Time) (time.Time, bool)

// zone is where the person is, as far as is known: the brand's, else UTC.
func (h *hearing) zone() *time.Location {
	for _, name := range [...]string{h.p.Zone, h.of.zone} {
		if zone := h.of.zones.Find(name); zone != nil {
			return zone
		}
	}
	return time.UTC
}

// date is a day of a calendar. Year 0: of every year.
type date struct {
	year  int
	month time.Month
	day   int
}

// parseDate reads 1990-05-17, whatever time of day follows after a T or a space, and --05-17 or 05-17, of no year.
func parseDate(s string) (date, bool) {
	layouts := [...]string{"2006-01-02", "--01-02", "01-02"}
	if i := strings.IndexAny(s, "T "); i == len(layouts[0]) {
		s = s[:i]
	}
	for i, layout := range layouts {
		text := s
		if i > 0 { // a leap year, so that 29 February is a day
			layout, text = "2006-"+layout, "2000-"+text
		}
		if len(text) != len(layout) {
			continue
		}
		t, err := time.Parse(layout, text)
		if err != nil {
			continue
		}
		d := date{t.Year(), t.Month(), t.Day()}
		if i > 0 {
			d.year = 0
		}
		return d, true
	}
	return date{}, false
}

// in is the date in a year, so many days later, at a time of day. 29 February is 28 February in years that have none.
func (d date) in(year, days int, at time.Duration, zone *time.Location) time.Time {
	day := d.day
	if d.month == time.February && day == 29 && !leap(year) {
		day = 28
	}
	return wall(year, d.month, day+days, at, zone)
}

func leap(year int) bool { return year%4 == 0 && (year%100 != 0 || year%400 == 0) }

// wall is the instant at which clocks in a zone show a time of day: the first, where they show it twice, and the one at which
// they jump over it, where they do not.
func wall(year int, month time.Month, day int, at time.Duration, zone *time.Location) time.Time {
	asUTC := time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Add(at)
	// The offsets in force around it, the greater first: it leads to the earlier instant.
	_, before := asUTC.Add(-24 * time.Hour).In(zone).Zone()
	_, after := asUTC.Add(24 * time.Hour).In(zone).Zone()
	for _, offset := range [...]int{max(before, after), min(before, after)} {
		t := asUTC.Add(-time.Duration(offset) * time.Second)
		if _, there := t.In(zone).Zone(); there == offset {
			return t
		}
	}
	// It is jumped over: with the offset from before, it comes out after the jump by as much as it is into the gap.
	t := asUTC.Add(-time.Duration(before) * time.Second).In(zone)
	start, _ := t.ZoneBounds()
	return start.UTC()
}

// timeOfDay reads a time such as "09:00" or "18:30".
func timeOfDay(s string) (time.Duration, bool) {
	t, err := time.Parse("15:04", s)
	if err != nil || len(s) != len("15:04") {
		return 0, false
	}
	return time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute, true
}
