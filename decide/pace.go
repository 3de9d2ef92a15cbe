package decide

import (
	"time"

	"github.com/aparte-dev/aparte"
)

// Given is what a budget saw of one hour.
type Given struct {
	Hour    time.Time // when it began
	Asked   int64     // decisions in which the budget had a say
	Refused int64     // those of them in which too little was left of it
	Amount  int64     // what was said then has cost and may still cost, as far as is known, in minor units
}

// How the price is adapted. An hour that gives what it should leaves it; one that gives nothing lowers what a minor unit
// weighs by a tenth, one that gives four times as much or more raises it by three tenths.
const (
	paceStep  = 0.1
	paceMost  = 4.0
	mostPrice = 99.0
)

// Pace is a budget's shadow price at a time, from the hours before it, oldest first: at first 0, then adapted hour by
// hour, so that the budget lasts its period and is spent where it brings most. It is a function of nothing else.
//
// What a minor unit weighs, 1 + price, is multiplied by 1 + step·(given/due - 1): dual mirror descent on the budget's
// constraint with multiplicative updates (Balseiro, Lu, Mirrokni 2023, "The best of many worlds: dual mirror descent for online
// allocation problems"). What is due in an hour is its share of what the period has left, by how many occasions such an hour of
// the day has had among those still to come, as in Agarwal, Ghosh, Wei, You 2014, "Budget pacing for targeted online
// advertisements at LinkedIn". An hour in which nothing could be given teaches nothing.
func Pace(b *aparte.Budget, hours []Given, at time.Time, zone *time.Location) float64 {
	var usual occasions
	weight, left := 1.0, 0.0
	var from, until time.Time
	for _, h := range hours {
		if !h.Hour.Before(at.Truncate(time.Hour)) {
			break
		}
		if !h.Hour.Before(until) {
			from, until = PeriodOf(b.Per, h.Hour, zone)
			left = float64(b.Amount)
		}
		if h.Hour.Before(from) {
			continue // out of order
		}
		if free := h.Asked - h.Refused; free > 0 {
			due := left * usual.share(h.Hour, until) * float64(free) / float64(h.Asked)
			weight *= 1 + float64(paceStep*(excess(float64(h.Amount), due)-1))
			weight = min(max(weight, 1), 1+mostPrice)
		}
		usual.add(h.Hour, float64(max(0, h.Asked)))
		left -= float64(h.Amount)
	}
	return single(weight - 1)
}

// excess is how many times what was due was given.
func excess(given, due float64) float64 {
	switch {
	case given <= 0:
		return 0
	case due <= 0 || given >= paceMost*due:
		return paceMost
	}
	return given / due
}

// occasions are how many there were by hour of the day in UTC.
type occasions struct {
	hours [24]float64
	all   float64
}

func (o *occasions) add(hour time.Time, n float64) {
	o.hours[hour.UTC().Hour()] += n
	o.all += n
}

// at is how many are expected in an hour, one where nothing is known.
func (o *occasions) at(hour int) float64 { return 1 + o.hours[hour%24] }

// share is which share an hour has of the occasions expected from its beginning to a time.
func (o *occasions) share(hour, until time.Time) float64 {
	n := max(1, int(until.Sub(hour)/time.Hour))
	first := hour.UTC().Hour()
	ahead := float64(float64(n/24) * (24 + o.all))
	for i := range n % 24 {
		ahead += o.at(first + i)
	}
	return o.at(first) / ahead
}

// PeriodOf is when the period that a time is in began and when the next begins: at midnight in a zone, by the hour of
// UTC that holds it.
func PeriodOf(per aparte.Period, at time.Time, zone *time.Location) (from, until time.Time) {
	at = at.Truncate(time.Hour)
	local := at.In(zone)
	year, month, day := local.Date()
	midnight := func(month time.Month, day int) time.Time {
		return time.Date(year, month, day, 0, 0, 0, 0, zone).UTC().Truncate(time.Hour)
	}
	var step func(n int) time.Time
	switch per {
	case aparte.PerMonth:
		step = func(n int) time.Time { return midnight(month+time.Month(n), 1) }
	case aparte.PerWeek:
		monday := day - (int(local.Weekday())+6)%7
		step = func(n int) time.Time { return midnight(month, monday+7*n) }
	default:
		step = func(n int) time.Time { return midnight(month, day+n) }
	}
	from, until = step(0), step(1)
	if !at.Before(until) { // the zone's midnight is within an hour of UTC: all of that hour is the next period's
		from, until = until, step(2)
	}
	return from, until
}

// Zone is the brand's time zone.
func (p *Plan) Zone() *time.Location { return p.zone }
