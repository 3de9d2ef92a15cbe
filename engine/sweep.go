package engine

import (
	"context"
	"fmt"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/store"
)

// A record drops identifiers (there are more than it keeps, nothing can be delivered to one), which go on finding the person: an erasure,
// which goes by the record, leaves them behind, naming nobody. So does a merge that is under way while one of the two is erased. They
// are looked for among all identifiers before the files forget the erased, so that their bytes go with the others.

// sweptPage is how many identifiers are read at a time.
const sweptPage = 2000

// sweep deletes every identifier that names somebody who is not there, whenever they were erased. It begins anew after a restart.
func (p *purger) sweep(ctx context.Context) error {
	e := p.engine
	if _, is := e.store.(store.Inspector); !is {
		e.log.Warn("identifiers of the erased are not looked for: this store cannot list them")
		return nil
	}
	for part := range store.Part(e.parts) {
		if _, err := e.chore(ctx, part, &askedChore{Errand: sweepOut}); err != nil {
			return fmt.Errorf("sweep part %d: %w", part, err)
		}
	}
	return nil
}

// sweepPart is sweep of one part, of a store that is a store.Inspector.
func (p *purger) sweepPart(ctx context.Context, part store.Part) error {
	e := p.engine
	list := e.store.(store.Inspector)
	if err := e.settled(ctx, part); err != nil {
		return err
	}
	for after, more := (store.Key{}), true; more; {
		rows, err := list.Identifiers(ctx, part, after, sweptPage)
		if err != nil {
			return err
		}
		if more = len(rows) == sweptPage; len(rows) > 0 {
			after = rows[len(rows)-1].Key
		}
		alone, err := e.nobodys(ctx, rows)
		if err != nil {
			return err
		}
		if len(alone) == 0 {
			continue
		}
		if err := e.inHere(ctx, part, func(t *turn) error { return t.unname(alone) }); err != nil {
			return err
		}
	}
	return nil
}

// nobodys are those of some identifiers that name somebody who is not there.
func (e *Engine) nobodys(ctx context.Context, rows []store.IdentifierRow) ([]store.IdentifierRow, error) {
	asked := make([][]aparte.PersonID, e.parts)
	for i := range rows {
		part := e.partOf(rows[i].Person)
		asked[part] = append(asked[part], rows[i].Person)
	}
	gone := map[aparte.PersonID]bool{}
	for part, who := range asked {
		if len(who) == 0 {
			continue
		}
		states, err := e.store.States(ctx, store.Part(part), who)
		if err != nil {
			return nil, fmt.Errorf("people of part %d: %w", part, err)
		}
		for i := range states {
			if states[i].State == nil {
				gone[states[i].ID] = true
			}
		}
	}
	var all []store.IdentifierRow
	for _, row := range rows {
		if gone[row.Person] {
			all = append(all, row)
		}
	}
	return all, nil
}

// unname deletes those of some identifiers of this part that still name who is still not there: an event that is told again makes whom
// it made before.
func (t *turn) unname(rows []store.IdentifierRow) error {
	rows, err := t.owner.engine.nobodys(t.ctx, rows)
	if err != nil {
		return err
	}
	for _, row := range rows {
		if now, err := t.nameOf(row.Key); err != nil {
			return err
		} else if now == row.Person && t.people[now] == nil {
			t.names[row.Key] = aparte.PersonID{}
		}
	}
	return nil
}
