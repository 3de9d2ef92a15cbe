package engine

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"runtime"

	"golang.org/x/sync/errgroup"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/store"
)

// placeOf is where an id stands among all that can be, in [0, 1). Ids begin with a keyed hash: people whose place is below a share are
// drawn by nothing but chance, whoever they are, the same ones at every look, each with that probability. Nothing is kept of them: who
// is erased, or was merged into somebody else, is among them no more.
func placeOf(id aparte.PersonID) float64 {
	return float64(binary.BigEndian.Uint64(id[:8])) / (1 << 64)
}

// shareFor is the share of ids that about so many people have, from how close to one another the first ones of some parts are; 1: all.
func (e *Engine) shareFor(ctx context.Context, people int) (float64, error) {
	const look, most = 4, 250 // parts, and people of each: within a twentieth or so, mostly
	each := min(people/look+1, most)
	found, seen := 0.0, 0.0
	for part := range min(look, e.parts) {
		rows, err := e.store.People(ctx, store.Part(part), aparte.PersonID{}, each)
		if err != nil {
			return 0, fmt.Errorf("people of part %d: %w", part, err)
		}
		found += float64(len(rows))
		if len(rows) < each {
			seen++
		} else {
			seen += placeOf(rows[len(rows)-1].ID)
		}
	}
	all := found / seen * float64(e.parts) // records, merged ones too
	if seen == 0 || all <= float64(people) {
		return 1, nil
	}
	return float64(people) / all, nil
}

// errBeyond ends a look at people who are in order.
var errBeyond = errors.New("beyond what is looked at")

// drawn hands over those whose place is below a share, about so many, in the order of their ids in each part. Several parts are
// read at a time, and use is called for each of them at once. It must not change them: few are kept for the next look.
func (e *Engine) drawn(ctx context.Context, share float64, people int, use func(part int, p *aparte.Person)) error {
	page := historyPage
	if share < 1 {
		page = min(page, people/e.parts*5/4+16) // what is behind them is hardly read
	}
	if people <= keptMost {
		e.kept.until.Store(e.now().Add(keptFor).Unix())
	}
	all, ctx := errgroup.WithContext(ctx)
	all.SetLimit(runtime.GOMAXPROCS(0))
	for part := range e.parts {
		all.Go(func() error {
			of := &e.kept.parts[part]
			var before map[aparte.PersonID]keptPerson
			if kept := of.Load(); kept != nil {
				before = *kept
			}
			now := make(map[aparte.PersonID]keptPerson, len(before))
			err := e.walkBy(ctx, store.Part(part), page, 0, func(rows []store.PersonRow) error {
				for i := range rows {
					if share < 1 && placeOf(rows[i].ID) >= share {
						return errBeyond
					}
					p, err := decodeKept(&rows[i], before, now)
					if err != nil {
						return err
					}
					if p.MergedInto.IsZero() {
						use(part, p)
					}
				}
				return nil
			})
			if err != nil && !errors.Is(err, errBeyond) {
				return err
			}
			if people <= keptMost {
				of.Store(&now)
			}
			return nil
		})
	}
	return all.Wait()
}
