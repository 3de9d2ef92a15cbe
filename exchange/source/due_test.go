package source

import (
	"strings"
	"testing"
	"time"

	"github.com/aparte-dev/aparte"
)

func at(t *testing.T, text string) time.Time {
	t.Helper()
	if text == "" {
		return time.Time{}
	}
	v, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestWhenASourceIsAskedNext(t *testing.T) {
	for name, c := range map[string]struct {
		every                 time.Duration
		at, zone              string
		since, began, refused string
		failures              int
		want                  string
		underWay              bool
	}{
		"a new one at once":                      {every: time.Hour, since: "2026-03-01T10:00:00Z"},
		"an hour after it began":                 {every: time.Hour, since: "2026-03-01T10:00:00Z", began: "2026-03-01T11:00:00Z", want: "2026-03-01T12:00:00Z"},
		"one that was broken off at once":        {every: time.Hour, began: "2026-03-01T11:00:00Z", underWay: true},
		"a new one of an hour at that hour":      {at: "03:30", since: "2026-03-01T10:00:00Z", want: "2026-03-02T03:30:00Z"},
		"the same day where it is still to come": {at: "03:30", since: "2026-03-01T03:29:59Z", want: "2026-03-01T03:30:00Z"},
		"the next day":                           {at: "03:30", since: "2026-03-01T03:29:59Z", began: "2026-03-01T03:30:00Z", want: "2026-03-02T03:30:00Z"},
		"in a zone":                              {at: "03:30", zone: "Europe/Paris", since: "2026-03-01T10:00:00Z", want: "2026-03-02T02:30:00Z"},
		"in summer":                              {at: "03:30", zone: "Europe/Paris", since: "2026-07-01T10:00:00Z", want: "2026-07-02T01:30:00Z"},
		"an hour that a day has not": {at: "02:30", zone: "Europe/Paris", since: "2026-03-28T12:00:00Z",
			want: "2026-03-29T01:30:00Z"}, // 03:30 of summer time
		"a minute after a failure":        {every: time.Hour, underWay: true, failures: 1, refused: "2026-03-01T11:00:00Z", want: "2026-03-01T11:01:00Z"},
		"later after more":                {at: "03:30", underWay: true, failures: 4, refused: "2026-03-01T11:00:00Z", want: "2026-03-01T11:08:00Z"},
		"an hour at most":                 {at: "03:30", underWay: true, failures: 100, refused: "2026-03-01T11:00:00Z", want: "2026-03-01T12:00:00Z"},
		"no later than it is asked usual": {every: 2 * time.Minute, underWay: true, failures: 9, refused: "2026-03-01T11:00:00Z", want: "2026-03-01T11:02:00Z"},
	} {
		k := kept{Source: Source{Every: aparte.Duration(c.every), At: c.at, Zone: c.zone}, Since: at(t, c.since), RefusedAt: at(t, c.refused), Failures: c.failures}
		k.Last.Began = at(t, c.began)
		if c.underWay {
			k.under = &k.Under
		}
		if got := k.due(); !got.Equal(at(t, c.want)) {
			t.Errorf("%s: %s, want %q", name, got, c.want)
		}
	}
}

func TestASourceThatCannotBeSaysWhere(t *testing.T) {
	good := Source{ID: "crm", Address: "env:APARTE_SOURCE_CRM", Query: "select 1", Brings: People, Cursor: "at", Every: aparte.Duration(time.Hour)}
	if err := good.check(); err != nil {
		t.Fatal(err)
	}
	for want, change := range map[string]func(*Source){
		"/id: ":           func(s *Source) { s.ID = "C R M" },
		"/address: ":      func(s *Source) { s.Address = "postgres://u:sesame@db/x" },
		"/address:  ":     func(s *Source) { s.Address = "env:APARTE_SECRET_KEY" }, // of no source
		"/address:   ":    func(s *Source) { s.Address = "file:../../etc/passwd" },
		"/address:    ":   func(s *Source) { s.Address = "file:.." },
		"/query: ":        func(s *Source) { s.Query = " ; " },
		"/brings: ":       func(s *Source) { s.Brings = "decisions" },
		"/cursor: must":   func(s *Source) { s.Cursor = "" },
		"/cursor: is not": func(s *Source) { s.Brings = Costs },
		"/map: ":          func(s *Source) { s.Map = []byte(`{"document": 5}`) },
		"/map: is not":    func(s *Source) { s.Brings, s.Cursor, s.Map = Costs, "", []byte(`{}`) },
		"/every: goes":    func(s *Source) { s.At = "03:30" },
		"/every: goes ":   func(s *Source) { s.Every = 0 },
		"/every: must":    func(s *Source) { s.Every = aparte.Duration(time.Second) },
		"/at: ":           func(s *Source) { s.Every, s.At = 0, "3:30" },
		"/zone: must":     func(s *Source) { s.Every, s.At, s.Zone = 0, "03:30", "Europe/Bath" },
		"/zone: goes":     func(s *Source) { s.Zone = "Europe/Paris" },
	} {
		s := good
		change(&s)
		if err := s.check(); err == nil || !strings.HasPrefix(err.Error(), "source: "+strings.TrimSpace(want)) || strings.Contains(err.Error(), "sesame") {
			t.Errorf("%v, want %s", err, want)
		}
	}
}
