package decide

import (
	"math"
	"time"

	"github.com/aparte-dev/aparte"
)

const (
	hoursADay  = 24
	daysAWeek  = 7
	hoursAWeek = daysAWeek * hoursADay
)

// How much each rhythm is believed against the one it starts from, in responses: a person's against people's at
// large, and that against all hours being alike.
const (
	ownHours   = 24
	ownDays    = 28
	crowdHours = 48
)

// leastGain is by how much an hour must be better than now to be worth waiting for.
const leastGain = 1.1

// Crowd is how much people at large respond in each hour of the week where they are, from Sunday 0:00. nil is
// nobody.
type Crowd *[hoursAWeek]float64

// When is the best time to write to a person on a channel between now and until, and why it is not now; the code
// is empty where it is. It is never in quiet hours, unless all of that time is quiet: then it is now, for Decide to
// say no.
//
// An hour is worth the share of responses to expect in it: hour of the day times day of the week, each
// (n·own + κ·crowd)/(n + κ), the mean under a Dirichlet prior of weight κ. It is worth less the longer it is off: what the
// person was looking for is forgotten with IntentHalfLife. Of hours worth the same the soonest is taken.
func (p *Plan) When(person *aparte.Person, channel aparte.Channel, now, until time.Time, crowd Crowd) (time.Time, aparte.ReasonCode) {
	zone := p.zoneOf(person)
	day := p.rhythm(person, channel, now.In(zone), crowd)
	best, worth := time.Time{}, 0.0
	quiet := p.quietAt(now.In(zone).Hour())
	if !quiet {
		best, worth = now, leastGain*day.at(now.In(zone))
	}
	for at := nextHour(now, zone); !at.After(until); at = at.Add(time.Hour) {
		local := at.In(zone)
		if p.quietAt(local.Hour()) {
			continue
		}
		if w := day.at(local) * math.Exp2(-float64(at.Sub(now))/float64(IntentHalfLife)); w > worth {
			best, worth = at, w
		}
	}
	switch {
	case best.IsZero(), best.Equal(now):
		return now, ""
	case quiet:
		return best, aparte.AfterQuiet
	}
	return best, aparte.TheirHour
}

// AfterQuiet is now, or where it is quiet for the person, when it no longer is.
func (p *Plan) AfterQuiet(person *aparte.Person, now time.Time) time.Time {
	zone, at := p.zoneOf(person), now
	for range hoursADay {
		if !p.quietAt(at.In(zone).Hour()) {
			return at
		}
		at = nextHour(at, zone)
	}
	return now
}

// HourOf is the hour of the week of an instant where the person is, 0 to 167 from Sunday 0:00.
func (p *Plan) HourOf(person *aparte.Person, at time.Time) int {
	local := at.In(p.zoneOf(person))
	return int(local.Weekday())*hoursADay + local.Hour()
}

// zoneOf is the time zone a person is known by, else the brand's.
func (p *Plan) zoneOf(person *aparte.Person) *time.Location {
	if loc := p.zones.Find(person.Zone); loc != nil {
		return loc
	}
	return p.zone
}

// nextHour is the beginning of the next hour of a zone: some are half an hour off.
func nextHour(at time.Time, zone *time.Location) time.Time {
	local := at.In(zone)
	into := time.Duration(local.Minute())*time.Minute + time.Duration(local.Second())*time.Second + time.Duration(local.Nanosecond())
	return at.Add(time.Hour - into)
}

// rhythm is the share of responses to expect of a person in each hour of the day and on each day of the week.
type rhythm struct {
	hours [hoursADay]float64
	days  [daysAWeek]float64
}

func (r *rhythm) at(local time.Time) float64 { return r.hours[local.Hour()] * r.days[local.Weekday()] }

// rhythm makes one. That of somebody who objects to profiling is the crowd's. The person's hours are kept in UTC and
// moved to where they are now: a response of another season may be an hour off.
func (p *Plan) rhythm(person *aparte.Person, channel aparte.Channel, now time.Time, crowd Crowd) (r rhythm) {
	if crowd != nil {
		for i, w := range crowd {
			r.hours[i%hoursADay] += w
			r.days[i/hoursADay] += w
		}
	}
	var even [hoursADay]float64
	for i := range even {
		even[i] = 1
	}
	blend(r.hours[:], even[:], crowdHours)
	blend(r.days[:], even[:daysAWeek], crowdHours)
	if person.Refuses(aparte.Profiling, channel) {
		return r
	}
	var own rhythm
	_, offset := now.Zone()
	shift := int(math.Round(float64(offset) / 3600))
	left := aparte.Decay(1, person.Rhythm.At, now, aparte.RhythmHalfLife)
	for _, b := range person.Rhythm.Beats {
		hour := (int(b.Hour) + shift + hoursAWeek) % hoursAWeek
		own.hours[hour%hoursADay] += left * float64(b.Weight)
		own.days[hour/hoursADay] += left * float64(b.Weight)
	}
	blend(own.hours[:], r.hours[:], ownHours)
	blend(own.days[:], r.days[:], ownDays)
	return own
}

// blend turns counts into shares: the mean of a Dirichlet distribution with a prior of weight strength.
func blend(counts, prior []float64, strength float64) {
	var n, all float64
	for i := range counts {
		n, all = n+counts[i], all+prior[i]
	}
	for i := range counts {
		counts[i] = (counts[i] + strength*prior[i]/all) / (n + strength)
	}
}
