package console

import (
	"testing"
	"time"
)

func TestASpanOfDaysSaysOnceWhatItsEndsShare(t *testing.T) {
	at := func(month time.Month, day, year int) time.Time {
		return time.Date(year, month, day, 12, 0, 0, 0, time.UTC)
	}
	for _, c := range []struct {
		from, until time.Time
		en, fr      string
	}{
		{at(12, 5, 2026), at(12, 21, 2026), "5–21\u00a0December 2026", "5–21\u00a0décembre 2026"},
		{at(11, 30, 2026), at(12, 21, 2026), "30\u00a0November – 21\u00a0December 2026", "30\u00a0novembre – 21\u00a0décembre 2026"},
		{at(12, 30, 2026), at(1, 2, 2027), "30\u00a0December 2026 – 2\u00a0January 2027", "30\u00a0décembre 2026 – 2\u00a0janvier 2027"},
		{at(2, 1, 2027), at(2, 1, 2027), "1\u00a0February 2027", "1\u00a0février 2027"},
	} {
		if en, fr := spanText("en", c.from, c.until), spanText("fr", c.from, c.until); en != c.en || fr != c.fr {
			t.Errorf("%q, %q, want %q, %q", en, fr, c.en, c.fr)
		}
	}
}
