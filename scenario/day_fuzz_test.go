package scenario

import (
	"strings"
	"testing"
)

// A day that a trait holds is one of the calendar.
func FuzzDay(f *testing.F) {
	for _, text := range []string{"1990-05-17", "--05-17", "05-17", "02-29", "1990-02-29", "1990-05-17T10:00", "0000-00-00", "-1", "----"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		d, ok := parseDate(text)
		if !ok {
			return
		}
		if d.month < 1 || d.month > 12 || d.day < 1 || d.day > 31 || d.month == 2 && d.day > 29 {
			t.Fatalf("%q is %+v", text, d)
		}
		if d.year == 0 && strings.Count(text, "-") == 2 && len(text) > 7 && !strings.HasPrefix(text, "0000") {
			t.Fatalf("%q is %+v: its year is lost", text, d)
		}
	})
}
