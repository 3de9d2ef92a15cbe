package form

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Dates is how instants are written. The zero value reads what cannot be misread: ISO 8601, and months by their English
// names; without a zone they are UTC.
type Dates struct {
	order string // of day and month in figures: "dmy", "mdy"; "unix", "unix-ms": seconds or milliseconds since 1970
	zone  *time.Location
}

// NewDates is how dates are read: order is empty, dmy, mdy, unix or unix-ms; zone is that of times which name none, an
// IANA name, UTC where empty.
func NewDates(order, zone string) (Dates, error) {
	switch order {
	case "", "iso", "dmy", "mdy", "unix", "unix-ms":
	default:
		return Dates{}, fmt.Errorf("dates %.40q are not known: iso, dmy, mdy, unix or unix-ms", order)
	}
	location, err := time.LoadLocation(zone)
	if err != nil || zone == "Local" {
		return Dates{}, fmt.Errorf("zone %.40q is none of the IANA time zones", zone)
	}
	return Dates{order, location}, nil
}

// Errors of Read.
var (
	errNoDate    = errors.New("not a date such as 2006-01-02 or 2006-01-02T15:04:05Z")
	errAmbiguous = errors.New("day and month in figures: say --date-format dmy or mdy, which comes first")
	errTwoDigits = errors.New("a year of two digits")
)

var isoLayouts = []string{
	"2006-01-02T15:04:05.999999999Z07:00", "2006-01-02 15:04:05.999999999Z07:00", "2006-01-02 15:04:05.999999999Z0700",
	"2006-01-02T15:04:05.999999999Z0700", "2006-01-02 15:04:05.999999999 Z07:00", "2006-01-02 15:04:05.999999999 Z0700",
	"2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999", "2006-01-02T15:04", "2006-01-02 15:04", "2006-01-02",
	"2006/01/02 15:04:05", "2006/01/02 15:04", "2006/01/02", "20060102",
	time.RFC1123, time.RFC1123Z, "2 Jan 2006 15:04:05", "2 Jan 2006 15:04", "2 Jan 2006", "2-Jan-2006", "2-Jan-2006 15:04:05",
	"Jan 2, 2006 15:04:05", "Jan 2, 2006 15:04", "Jan 2, 2006", "Jan 2 2006", "2 January 2006", "January 2, 2006",
}

var figures = regexp.MustCompile(`^(\d{1,2})[/.-](\d{1,2})[/.-](\d{2}|\d{4})(?:[ T](\d{1,2}):(\d{2})(?::(\d{2}))?)?$`)

// Read reads an instant.
func (d Dates) Read(text string) (time.Time, error) {
	text = strings.TrimSpace(text)
	if len(text) > 64 {
		return time.Time{}, errNoDate
	}
	zone := d.zone
	if zone == nil {
		zone = time.UTC
	}
	if d.order == "unix" || d.order == "unix-ms" {
		return d.since1970(text)
	}
	for _, layout := range isoLayouts {
		if at, err := time.ParseInLocation(layout, text, zone); err == nil && at.Year() >= 1900 && at.Year() < 2200 {
			return at.UTC(), nil
		}
	}
	parts := figures.FindStringSubmatch(text)
	switch {
	case parts == nil:
		return time.Time{}, errNoDate
	case len(parts[3]) == 2:
		return time.Time{}, errTwoDigits
	case d.order != "dmy" && d.order != "mdy":
		return time.Time{}, errAmbiguous
	}
	var n [7]int
	for i := 1; i < len(n); i++ {
		n[i], _ = strconv.Atoi(parts[i]) // digits, or nothing
	}
	day, month := n[1], n[2]
	if d.order == "mdy" {
		day, month = month, day
	}
	at := time.Date(n[3], time.Month(month), day, n[4], n[5], n[6], 0, zone)
	if at.Day() != day || int(at.Month()) != month || n[4] > 23 || n[5] > 59 || n[6] > 59 {
		return time.Time{}, fmt.Errorf("no day of the calendar when read as %s", d.order)
	}
	return at.UTC(), nil
}

func (d Dates) since1970(text string) (time.Time, error) {
	x, err := strconv.ParseFloat(text, 64)
	if err != nil || !(x >= 0 && x < 1e15) {
		return time.Time{}, fmt.Errorf("no time in %s", d.order)
	}
	if d.order == "unix" {
		return time.UnixMicro(int64(x * 1e6)).UTC(), nil
	}
	return time.UnixMicro(int64(x * 1e3)).UTC(), nil
}
