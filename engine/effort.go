package engine

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"
)

// How time worked is told from the record of what was saved: between two things that one person saved less than effortGap apart they
// worked all along; before the first of them, which takes reading and writing too, effortLead. What programs publish is nobody's work.
const (
	effortGap  = 10 * time.Minute
	effortLead = 5 * time.Minute
)

// effortWeeks is how far back it is told, and mostEditions how many publications are read for it at most.
const (
	effortWeeks  = 26
	mostEditions = 5_000
)

// Saved is that somebody saved something: in a draft, or in force.
type Saved struct {
	By string    `json:"by"`
	At time.Time `json:"at"`
}

// WeekOfWork is what people worked on the brand in a week, and whom what was said reached in it.
type WeekOfWork struct {
	From   time.Time // Monday, 0:00 UTC
	Worked time.Duration
	Saves  int
	People int64 // reached, each once a week
}

// PerThousand is how many minutes were worked for each thousand people reached; told is false where nobody was.
func (w WeekOfWork) PerThousand() (minutes float64, told bool) {
	if w.People == 0 {
		return 0, false
	}
	return w.Worked.Minutes() / float64(w.People) * 1000, true
}

// Work is what people worked on the brand, week by week, oldest first, from the first week in which anybody saved anything or was reached; 26 weeks
// at most, the week under way last.
func (e *Engine) Work(ctx context.Context) ([]WeekOfWork, error) {
	thisWeek := weekOf(e.now())
	since := thisWeek.AddDate(0, 0, -7*(effortWeeks-1))
	all, err := e.Editions(ctx, mostEditions)
	if err != nil {
		return nil, err
	}
	var saves []Saved
	for i := range all {
		if by := all[i].By; by != "" {
			saves = append(saves, Saved{by, all[i].At})
		}
		saves = append(saves, all[i].Drafted...)
		if all[i].At.Before(since) {
			break
		}
	}
	reached, err := e.Counters(ctx, reachedWeek, since, thisWeek.AddDate(0, 0, 7))
	if err != nil {
		return nil, fmt.Errorf("work: %w", err)
	}
	weeks := make([]WeekOfWork, effortWeeks)
	for i := range weeks {
		weeks[i].From = since.AddDate(0, 0, 7*i)
	}
	at := func(t time.Time) *WeekOfWork {
		if i := int(weekOf(t).Sub(since) / (7 * day)); !t.Before(since) && i < len(weeks) {
			return &weeks[i]
		}
		return nil
	}
	for _, s := range worked(saves) {
		if w := at(s.at); w != nil {
			w.Worked += s.worked
			w.Saves++
		}
	}
	for _, c := range reached {
		if w := at(c.Hour); w != nil && c.Key == reachedWeek {
			w.People += c.N
		}
	}
	first := slices.IndexFunc(weeks, func(w WeekOfWork) bool { return w.Saves > 0 || w.People > 0 })
	if first < 0 {
		return nil, nil
	}
	return weeks[first:], nil
}

// work is what was worked for one thing that was saved.
type work struct {
	at     time.Time
	worked time.Duration
}

// worked is what each save took, by whoever saved it.
func worked(saves []Saved) (all []work) {
	saves = slices.Clone(saves)
	slices.SortFunc(saves, func(a, b Saved) int { return cmp.Or(cmp.Compare(a.By, b.By), a.At.Compare(b.At)) })
	for i, s := range saves {
		took := effortLead
		if i > 0 && saves[i-1].By == s.By && s.At.Sub(saves[i-1].At) < effortGap {
			took = s.At.Sub(saves[i-1].At)
		}
		all = append(all, work{s.At, took})
	}
	return all
}
