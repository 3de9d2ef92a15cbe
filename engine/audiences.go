package engine

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/store"
)

// Audiences are how many people the brand's audiences have, and whether everybody was asked since it has them.
type Audiences struct {
	Complete  bool      // everybody was asked at least once: the counts are exact, but for what time alone changed since At
	At        time.Time // when everybody had been asked last; zero: never
	Asking    bool      // everybody is being asked
	Done      float64   // of that, from 0 to 1
	Days      []time.Time
	Audiences []AudienceCount // in the brand's order
}

// AudienceCount is one of them.
type AudienceCount struct {
	aparte.Audience
	People  int64   // in it now
	Course  []int64 // in it at the end of each of Audiences.Days; the last is today
	Entered []int64 // on each of them
	Exited  []int64
}

const courseDays = 14

// Audiences tells how many people the brand's audiences have. Counts are kept with every change: nobody is looked at.
func (e *Engine) Audiences(ctx context.Context) (Audiences, error) {
	now := e.brand.Load()
	if now == nil {
		return Audiences{}, ErrNoBrand
	}
	out := e.roll.told(now)
	today := e.now().UTC().Truncate(day)
	for i := range courseDays {
		out.Days = append(out.Days, today.AddDate(0, 0, i+1-courseDays))
	}
	counts, err := e.membershipCounts(ctx, out.Days[0], today.Add(day))
	if err != nil {
		return Audiences{}, err
	}
	for _, x := range now.plan.Brand().Audiences {
		a := AudienceCount{Audience: x, Course: make([]int64, courseDays), Entered: make([]int64, courseDays), Exited: make([]int64, courseDays)}
		a.People = counts[membersPrefix+string(x.ID)][total]
		left := a.People
		for i := courseDays - 1; i >= 0; i-- {
			of := func(prefix string) int64 { return counts[prefix+string(x.ID)][out.Days[i]] }
			a.Course[i], a.Entered[i], a.Exited[i] = left, of(enteredPrefix), of(exitedPrefix)
			left -= of(changedPrefix)
		}
		out.Audiences = append(out.Audiences, a)
	}
	return out, nil
}

// membershipCounts are the counters of memberships, by key and hour.
func (e *Engine) membershipCounts(ctx context.Context, from, to time.Time) (map[string]map[time.Time]int64, error) {
	counts := map[string]map[time.Time]int64{}
	read := func(prefix string, from, to time.Time) error {
		rows, err := e.store.Counters(ctx, prefix, from, to)
		if err != nil {
			return fmt.Errorf("counts of audiences: %w", err)
		}
		for _, row := range rows {
			if counts[row.Key] == nil {
				counts[row.Key] = map[time.Time]int64{}
			}
			counts[row.Key][row.Hour.UTC()] = row.N
		}
		return nil
	}
	if err := read(membersPrefix, total, total.Add(time.Hour)); err != nil {
		return nil, err
	}
	for _, prefix := range []string{changedPrefix, enteredPrefix, exitedPrefix} {
		if err := read(prefix, from, to); err != nil {
			return nil, err
		}
	}
	return counts, nil
}

// membershipCount is how many people are in an audience, counted with every change.
func (e *Engine) membershipCount(ctx context.Context, id aparte.AudienceID) (n int64, err error) {
	key := membersPrefix + string(id)
	rows, err := e.store.Counters(ctx, key, total, total.Add(time.Hour))
	if err != nil {
		return 0, fmt.Errorf("count of audience %q: %w", id, err)
	}
	for _, row := range rows {
		if row.Key == key {
			n += row.N
		}
	}
	return n, nil
}

// told is how far the calls came.
func (r *roll) told(now *live) (a Audiences) {
	audiences := now.plan.Brand().Audiences
	r.mu.Lock()
	defer r.mu.Unlock()
	if a.Complete = sameAudiences(audiences, r.state.Of); a.Complete {
		a.At = r.state.Complete
	}
	if !r.state.Calling.IsZero() && sameAudiences(audiences, r.state.For) {
		a.Asking, a.Done = true, float64(r.state.Part)/float64(r.engine.parts)
	}
	return a
}

// membersLooked is how many people one page of an audience looks at, at most.
const membersLooked = 20_000

// AudiencePeople are up to limit people of an audience whose id follows after, as they were committed last, and after whom the next
// page begins, zero where this was the last. A page may be short where an audience is small: it looks at so many people and no more.
func (e *Engine) AudiencePeople(ctx context.Context, id aparte.AudienceID, after aparte.PersonID, limit int) (people []aparte.Person, next aparte.PersonID, err error) {
	now := e.brand.Load()
	if now == nil {
		return nil, next, ErrNoBrand
	}
	if !slices.ContainsFunc(now.plan.Brand().Audiences, func(a aparte.Audience) bool { return a.ID == id }) {
		return nil, next, fmt.Errorf("audience %q: %w", id, store.ErrNotFound)
	}
	key := id.Key()
	return e.pick(ctx, after, limit, membersLooked, func(p *aparte.Person) bool {
		_, in := slices.BinarySearch(p.Audiences, key)
		return in
	})
}
