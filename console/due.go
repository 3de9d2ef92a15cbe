package console

import (
	"time"

	"github.com/aparte-dev/aparte"
)

// mostDue is how many expected purchases the page of a person shows.
const mostDue = 5

// dueRow is when a person is expected to buy in a category again.
type dueRow struct {
	Name string
	aparte.Due
}

// dueRows are the next purchases to expect of a person: of anything, then by category, the soonest first.
func (s *console) dueRows(p *aparte.Person, r *aparte.Recurrences, now time.Time, lang string) []dueRow {
	var rows []dueRow
	if next, ok := p.Due(r, "", now); ok {
		rows = append(rows, dueRow{word(lang, "person.due.any"), next})
	}
	for _, due := range p.Dues(r, now) {
		if len(rows) < mostDue {
			rows = append(rows, dueRow{s.categoryName(due.Category, lang), due})
		}
	}
	return rows
}

// dayText is a day in words: 12 December 2026.
func dayText(lang string, at time.Time) string { return spanOf(lang, at, at, true) }

// spanText is the days from one to another: 5–21 December 2026. What they share is said once.
func spanText(lang string, from, until time.Time) string {
	if from, until = from.UTC(), until.UTC(); from.Year() != until.Year() {
		return dayText(lang, from) + " – " + dayText(lang, until)
	}
	return spanOf(lang, from, until, from.Month() != until.Month())
}

// spanOf is a span of days within a year; months reports whether the first day's month is said.
func spanOf(lang string, from, until time.Time, months bool) string {
	month := func(at time.Time) string {
		if lang == "fr" {
			return frenchMonths[at.Month()-1]
		}
		return at.Month().String()
	}
	from, until = from.UTC(), until.UTC()
	last := until.Format("2") + "\u00a0" + month(until) + " " + until.Format("2006")
	switch {
	case from.YearDay() == until.YearDay():
		return last
	case months:
		return from.Format("2") + "\u00a0" + month(from) + " – " + last
	}
	return from.Format("2") + "–" + last
}

var frenchMonths = [...]string{"janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre"}
