package engine

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/store"
)

// Among says which people are meant: those of whom all holds that is set.
type Among struct {
	Audience aparte.AudienceID
	Stage    string // of their life as a customer
	Persona  aparte.PersonaID
}

// amongLooked is how many people one page looks at, at most.
const amongLooked = 2_000

// PeopleAmong are up to limit people who are meant and whose id follows after, as they were committed last, and after whom the next
// page begins: zero where this was the last. A page may be short, or empty, where few are meant: it looks at so many people and no
// more. An audience, a stage or a persona that there is not is store.ErrNotFound.
func (e *Engine) PeopleAmong(ctx context.Context, a Among, after aparte.PersonID, limit int) (people []aparte.Person, next aparte.PersonID, err error) {
	now := e.brand.Load()
	if now == nil {
		return nil, next, ErrNoBrand
	}
	meant, err := e.meant(now, a)
	if err != nil {
		return nil, next, err
	}
	return e.pick(ctx, after, limit, amongLooked, meant)
}

// meant tells of somebody whether they are.
func (e *Engine) meant(now *live, a Among) (func(*aparte.Person) bool, error) {
	b, fit, at := now.plan.Brand(), e.fitter.live.Load(), e.now()
	if a.Audience != "" && !slices.ContainsFunc(b.Audiences, func(x aparte.Audience) bool { return x.ID == a.Audience }) {
		return nil, fmt.Errorf("audience %q: %w", a.Audience, store.ErrNotFound)
	}
	if a.Stage != "" && !slices.Contains(PathStages[:], a.Stage) {
		return nil, fmt.Errorf("stage %q: %w", a.Stage, store.ErrNotFound)
	}
	persona := func(*aparte.Person) bool { return true }
	if a.Persona != "" {
		if !slices.ContainsFunc(rowsOf(b, fit), func(g Group) bool { return g.Persona == a.Persona }) {
			return nil, fmt.Errorf("persona %q: %w", a.Persona, store.ErrNotFound)
		}
		groups, err := now.plan.Groups([]string{"persona == " + strconv.Quote(string(a.Persona))})
		if err != nil {
			return nil, fmt.Errorf("persona %q: %w", a.Persona, err)
		}
		asked := e.fitter.now()
		persona = func(p *aparte.Person) bool { return !objects(p) && groups.Of(p, asked, at) == 0 }
	}
	key := a.Audience.Key()
	return func(p *aparte.Person) bool {
		if _, in := slices.BinarySearch(p.Audiences, key); a.Audience != "" && !in {
			return false
		}
		return (a.Stage == "" || p.Lifecycle(at) == a.Stage) && persona(p)
	}, nil
}

// pick goes through people behind one, part by part, until it has found as many as are wanted or looked at so many.
func (e *Engine) pick(ctx context.Context, after aparte.PersonID, limit, most int, wanted func(*aparte.Person) bool) (people []aparte.Person, next aparte.PersonID, err error) {
	looked, first := 0, 0
	if !after.IsZero() {
		first = int(e.partOf(after))
	}
	for part := first; part < e.parts; part++ {
		from := aparte.PersonID{}
		if part == first {
			from = after
		}
		for more := true; more; {
			rows, err := e.store.People(ctx, store.Part(part), from, historyPage)
			if err != nil {
				return nil, next, fmt.Errorf("people of part %d: %w", part, err)
			}
			more = len(rows) == historyPage
			for i := range rows {
				if (len(people) == limit || looked == most) && !from.IsZero() {
					return people, from, nil
				}
				looked++
				from = rows[i].ID
				p, err := decode(&rows[i])
				if err != nil {
					return nil, next, err
				}
				if p.MergedInto.IsZero() && wanted(&p) {
					people = append(people, p)
				}
			}
		}
	}
	return people, aparte.PersonID{}, nil
}
