package engine

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/aparte-dev/aparte"
)

// met are some people of each audience, those who came in last and those whom a call met, so that some of a small audience are shown
// without looking for them among everybody. They are hints, in memory: who is shown is asked first.
type met struct {
	mu sync.Mutex
	of map[aparte.AudienceKey][]aparte.PersonID // the latest last
}

// metMost is how many are known of one audience.
const metMost = 20

// came takes in somebody who has just come into an audience.
func (m *met) came(key aparte.AudienceKey, id aparte.PersonID) { m.add(key, id, true) }

// saw takes in somebody who is in an audience, where there is room.
func (m *met) saw(key aparte.AudienceKey, id aparte.PersonID) { m.add(key, id, false) }

func (m *met) add(key aparte.AudienceKey, id aparte.PersonID, always bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	known := m.of[key]
	if slices.Contains(known, id) || len(known) >= metMost && !always {
		return
	}
	if m.of == nil {
		m.of = map[aparte.AudienceKey][]aparte.PersonID{}
	}
	m.of[key] = append(known[max(0, len(known)-metMost+1):], id)
}

// left forgets people of an audience.
func (m *met) left(key aparte.AudienceKey, gone []aparte.PersonID) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.of[key] = slices.DeleteFunc(m.of[key], func(id aparte.PersonID) bool { return slices.Contains(gone, id) })
}

// forget forgets somebody.
func (m *met) forget(id aparte.PersonID) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for key, known := range m.of {
		m.of[key] = slices.DeleteFunc(known, func(one aparte.PersonID) bool { return one == id })
	}
}

// known are those of an audience, the latest first.
func (m *met) known(key aparte.AudienceKey) []aparte.PersonID {
	m.mu.Lock()
	defer m.mu.Unlock()
	ids := slices.Clone(m.of[key])
	slices.Reverse(ids)
	return ids
}

// AudienceSome are up to limit people of an audience, as they were committed last: those who came in last, then others. It looks at
// a few people and no more: of an audience that nobody was met of since the engine began, there may be fewer than are in it, or none.
func (e *Engine) AudienceSome(ctx context.Context, id aparte.AudienceID, limit int) ([]aparte.Person, error) {
	key := id.Key()
	var people []aparte.Person
	var gone []aparte.PersonID
	for _, one := range e.met.known(key) {
		rows, err := e.store.States(ctx, e.partOf(one), []aparte.PersonID{one})
		if err != nil {
			return nil, fmt.Errorf("person %s: %w", one, err)
		}
		in := false
		if rows[0].State != nil {
			p, err := decode(&rows[0])
			if err != nil {
				return nil, err
			}
			if _, in = slices.BinarySearch(p.Audiences, key); in && p.MergedInto.IsZero() && len(people) < limit {
				people = append(people, p)
			}
		}
		if !in {
			gone = append(gone, one)
		}
	}
	if len(gone) > 0 {
		e.met.left(key, gone)
	}
	if len(people) == limit {
		return people, nil
	}
	if there, err := e.membershipCount(ctx, id); err != nil || there <= int64(len(people)) {
		return people, err
	}
	more, _, err := e.PeopleAmong(ctx, Among{Audience: id}, aparte.PersonID{}, limit)
	if err != nil {
		return nil, err
	}
	for i := range more {
		if len(people) < limit && !slices.ContainsFunc(people, func(p aparte.Person) bool { return p.ID == more[i].ID }) {
			people = append(people, more[i])
		}
	}
	return people, nil
}

// meet takes in whom a page of records says to be in an audience.
func (m *met) meet(p *aparte.Person) {
	for _, key := range p.Audiences {
		m.saw(key, p.ID)
	}
}
