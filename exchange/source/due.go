package source

import "time"

// How soon a run that failed is tried again: after a minute, then after twice as long each time, and an hour at most.
const (
	retryFirst = time.Minute
	retryMost  = time.Hour
)

// due is when a source is to be asked next: the zero time for at once. A run under way goes on at once, or after a while where it failed.
func (k *kept) due() time.Time {
	if k.Failures > 0 {
		wait := min(retryMost, retryFirst<<min(k.Failures-1, 10))
		if every := k.Every.Std(); every > 0 {
			wait = min(wait, every)
		}
		return k.RefusedAt.Add(wait)
	}
	switch {
	case k.under != nil:
		return time.Time{}
	case k.At != "":
		return next(k.At, k.Zone, latest(k.Since, k.Last.Began))
	case k.Last.Began.IsZero():
		return time.Time{}
	}
	return k.Last.Began.Add(k.Every.Std())
}

// next is the first time after another at which it is an hour of the day. A day that has no such hour has it an hour later or earlier, as
// time.Date says.
func next(hour, zone string, after time.Time) time.Time {
	in, err := time.LoadLocation(zone)
	if err != nil { // it was checked; the host may have lost its zones since
		in = time.UTC
	}
	at, err := time.Parse("15:04", hour)
	if err != nil {
		return after.Add(retryMost)
	}
	day := after.In(in)
	for i := 0; ; i++ {
		if t := time.Date(day.Year(), day.Month(), day.Day()+i, at.Hour(), at.Minute(), 0, 0, in); t.After(after) {
			return t.UTC()
		}
	}
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
