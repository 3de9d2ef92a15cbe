package decide

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/aparte-dev/aparte"
)

// beats are n responses in each of some hours of every day, in UTC.
func beats(n float32, hours ...uint8) aparte.Rhythm {
	r := aparte.Rhythm{At: noon}
	for day := range uint8(daysAWeek) {
		for _, h := range hours {
			r.Beats = append(r.Beats, aparte.Beat{Hour: day*hoursADay + h, Weight: n})
		}
	}
	return r
}

func quietFrom(t testing.TB, from, until int) *Plan {
	b := shop()
	b.Zone = "UTC"
	b.Pressure.QuietFrom, b.Pressure.QuietUntil = from, until
	return plan(t, b)
}

func TestEverybodyIsWrittenToAtTheirHour(t *testing.T) {
	p := quietFrom(t, 22, 7)
	var crowd [hoursAWeek]float64
	for day := range daysAWeek {
		crowd[day*hoursADay+18] = 1000
	}
	paris := &aparte.Person{Zone: "Europe/Paris", Rhythm: beats(10, 6)} // in May 8:00 there
	shy := &aparte.Person{Rhythm: beats(10, 8), Consents: []aparte.Consent{{Purpose: aparte.Profiling}}}
	for name, c := range map[string]struct {
		person *aparte.Person
		crowd  Crowd
		now    time.Time
		within time.Duration
		want   string
		why    aparte.ReasonCode
	}{
		"who responds at 8:00":             {&aparte.Person{Rhythm: beats(10, 8)}, &crowd, noon, day, "08:00", aparte.TheirHour},
		"who is there now":                 {&aparte.Person{Rhythm: beats(10, 12)}, &crowd, noon.Add(20 * time.Minute), day, "12:20", ""},
		"who responds at 8:00 in Paris":    {paris, &crowd, noon, day, "06:00", aparte.TheirHour},
		"a stranger":                       {&aparte.Person{}, &crowd, noon, day, "18:00", aparte.TheirHour},
		"a stranger to whom nobody wrote":  {&aparte.Person{}, nil, noon, day, "12:00", ""},
		"who objects to profiling":         {shy, &crowd, noon, day, "18:00", aparte.TheirHour},
		"whose hour is out of the window":  {&aparte.Person{Rhythm: beats(10, 8)}, nil, noon, 3 * time.Hour, "12:00", ""},
		"at night":                         {&aparte.Person{}, nil, noon.Add(11 * time.Hour), day, "07:00", aparte.AfterQuiet},
		"whose hour is quiet":              {&aparte.Person{Rhythm: beats(10, 3)}, nil, noon, day, "12:00", ""},
		"at night, with no day in between": {&aparte.Person{}, nil, noon.Add(11 * time.Hour), time.Hour, "23:00", ""},
	} {
		at, why := p.When(c.person, aparte.Email, c.now, c.now.Add(c.within), c.crowd)
		if got := at.UTC().Format("15:04"); got != c.want || why != c.why {
			t.Errorf("%s is written to at %s (%q), want %s (%q)", name, got, why, c.want, c.why)
		}
	}
}

func TestNobodyIsWrittenToInQuietHoursNorOutsideTheWindow(t *testing.T) {
	plans := map[[2]int]*Plan{}
	rapid.Check(t, func(t *rapid.T) {
		quiet := [2]int{rapid.IntRange(0, 23).Draw(t, "from"), rapid.IntRange(0, 23).Draw(t, "until")}
		if plans[quiet] == nil {
			b := shop()
			b.Pressure.QuietFrom, b.Pressure.QuietUntil = quiet[0], quiet[1]
			p, err := Compile(b, 1)
			if err != nil {
				t.Fatal(err)
			}
			plans[quiet] = p
		}
		p := plans[quiet]
		person := &aparte.Person{
			Zone:   rapid.SampledFrom([]string{"", "Europe/Paris", "Asia/Kolkata", "America/New_York", "Pacific/Chatham", "nowhere"}).Draw(t, "zone"),
			Rhythm: beats(rapid.Float32Range(0, 50).Draw(t, "weight"), rapid.Uint8Range(0, 23).Draw(t, "hour")),
		}
		var crowd [hoursAWeek]float64
		crowd[rapid.IntRange(0, hoursAWeek-1).Draw(t, "crowd")] = rapid.Float64Range(0, 1e6).Draw(t, "how many")
		now := noon.Add(time.Duration(rapid.Int64Range(0, int64(400*day)).Draw(t, "now")))
		until := now.Add(time.Duration(rapid.Int64Range(0, int64(7*day)).Draw(t, "within")))
		at, why := p.When(person, aparte.Email, now, until, &crowd)
		if at.Before(now) || at.After(until) || at.Equal(now) != (why == "") {
			t.Fatalf("from %v to %v: %v (%q)", now, until, at, why)
		}
		local := at.In(p.zoneOf(person))
		if why != "" && p.quietAt(local.Hour()) {
			t.Fatalf("waits until %v, which is quiet", local)
		}
		if why == "" && p.quietAt(local.Hour()) {
			for at := now; !at.After(until); at = at.Add(time.Minute) { // nothing else was left
				if next := nextHour(at, p.zoneOf(person)); !p.quietAt(next.In(p.zoneOf(person)).Hour()) && !next.After(until) {
					t.Fatalf("stays in quiet hours at %v, with %v free", local, next)
				}
			}
		}
		if after := p.AfterQuiet(person, now); p.quietAt(after.In(p.zoneOf(person)).Hour()) || after.Before(now) || after.Sub(now) > day {
			t.Fatalf("after the quiet of %v comes %v", now, after)
		}
	})
}
