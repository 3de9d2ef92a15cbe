package engine

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/measure"
	"github.com/aparte-dev/aparte/store"
)

const (
	reachedPrefix = "reached/"
	reachedDay    = reachedPrefix + "day"
	reachedWeek   = reachedPrefix + "week"
	dosePrefix    = "dose/"         // see watched
	deadCount     = "dead-letters/" // by channel: how many, where deadPrefix says which
)

// weekOf is the Monday, 0:00 UTC, that begins the week of a time.
func weekOf(at time.Time) time.Time {
	today := at.UTC().Truncate(day)
	return today.AddDate(0, 0, -(int(today.Weekday())+6)%7)
}

// countReached counts a person whom something reaches at a time, of a day and of a week each once: by what is remembered of what was
// said. What is reported a day late counts for neither.
func (t *turn) countReached(p *aparte.Person, about aparte.DecisionID, at time.Time) {
	today, week := at.UTC().Truncate(day), weekOf(at)
	if !today.Equal(t.now.UTC().Truncate(day)) {
		return
	}
	first := func(since time.Time) bool {
		return !slices.ContainsFunc(p.Said, func(s aparte.Said) bool { return s.Decision != about && !s.At.Before(since) })
	}
	if first(today) {
		t.count(reachedDay, 1)
	}
	if first(week) {
		t.count(reachedWeek, 1)
	}
}

// Reached is whom what was said reached, and how much that was. A message reaches who it is sent to, anything else who sees it.
type Reached struct {
	People int64 // there are, as the last fit counted them, with who came since
	Today  int64 // of them, since 0:00 UTC
	Week   int64 // since Monday, 0:00 UTC
	Sent   int64 // messages that left in the last seven days
	Dead   []ChannelCount
}

// ChannelCount is how many of something there are on a channel.
type ChannelCount struct {
	Channel aparte.Channel
	N       int64
}

// Reached tells whom what was said reached. Nobody is looked at: counts are kept as things happen.
func (e *Engine) Reached(ctx context.Context) (Reached, error) {
	now := e.now().UTC()
	var r Reached
	sum := func(prefix string, from time.Time, use func(key string, n int64)) error {
		rows, err := e.store.Counters(ctx, prefix, from.Truncate(time.Hour), now.Add(time.Hour))
		if err != nil {
			return fmt.Errorf("reached: %w", err)
		}
		for _, row := range rows {
			use(row.Key, row.N)
		}
		return nil
	}
	since := time.Unix(0, 0).Add(time.Hour) // the hour of totals is not one
	if fit := e.Fit(); fit != nil {
		r.People, since = int64(fit.People), fit.At.Truncate(time.Hour).Add(time.Hour)
	}
	today, week, days := now.Truncate(day), weekOf(now), now.Add(-7*day)
	dead := map[aparte.Channel]int64{}
	for _, one := range []struct {
		prefix string
		from   time.Time
		use    func(key string, n int64)
	}{
		{"people", since, func(key string, n int64) {
			if key == "people" {
				r.People += n
			}
		}},
		{"identity/merged", since, func(_ string, n int64) { r.People -= n }},
		{reachedDay, today, func(_ string, n int64) { r.Today += n }},
		{reachedWeek, week, func(_ string, n int64) { r.Week += n }},
		{"sent/", days, func(_ string, n int64) { r.Sent += n }},
		{deadCount, days, func(key string, n int64) { dead[aparte.Channel(strings.TrimPrefix(key, deadCount))] += n }},
	} {
		if err := sum(one.prefix, one.from, one.use); err != nil {
			return r, err
		}
	}
	for channel, n := range dead {
		r.Dead = append(r.Dead, ChannelCount{channel, n})
	}
	slices.SortFunc(r.Dead, func(a, b ChannelCount) int { return strings.Compare(string(a.Channel), string(b.Channel)) })
	r.People = max(r.People, r.Week, r.Today)
	return r, nil
}

// Dose is what followed in weeks with so many messages that reached out: weeks that began with something that was seen, and ended
// within the time asked for. It compares no causes: who is written to more is somebody else.
type Dose struct {
	Messages   int   // mostDose stands for more, too
	Weeks      int64 // of one person each
	Departures int64 // people who refused, complained or fell silent in such a week
	Gone       measure.Estimate
	Value      measure.Estimate // that objectives brought in such a week, in minor units; not a number where there are too few
}

// Doses are what went with how many messages, by how many.
func (e *Engine) Doses(ctx context.Context, from, to time.Time) ([]Dose, error) {
	rows, err := e.store.Counters(ctx, dosePrefix, from, to)
	if err != nil {
		return nil, fmt.Errorf("doses: %w", err)
	}
	return DosesOf(rows), nil
}

// DosesOf are those that counters tell.
func DosesOf(rows []store.Counter) []Dose {
	by := map[int]map[string]int64{}
	for _, row := range rows {
		count, what, _ := strings.Cut(strings.TrimPrefix(row.Key, dosePrefix), "/")
		messages, err := strconv.Atoi(count)
		if err != nil {
			continue // not one of those
		}
		if by[messages] == nil {
			by[messages] = map[string]int64{}
		}
		by[messages][what] += row.N
	}
	doses := []Dose{}
	for messages, sums := range by {
		weeks := sums["weeks"]
		doses = append(doses, Dose{
			Messages: messages, Weeks: weeks, Departures: sums["departures"], Gone: measure.Share(sums["departures"], weeks, valueLevel),
			Value: measure.MeanOf(weeks, float64(sums["value"]), float64(sums["squares"]), valueLevel),
		})
	}
	slices.SortFunc(doses, func(a, b Dose) int { return a.Messages - b.Messages })
	return doses
}
