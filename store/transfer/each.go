package transfer

import (
	"context"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/store"
)

// Everything of a part, page after page.

func eachIdentifier(ctx context.Context, p Place, n store.Part, f func([]store.IdentifierRow) error) error {
	return pages(store.Key{}, func(r *store.IdentifierRow) store.Key { return r.Key }, f, func(after store.Key) ([]store.IdentifierRow, error) {
		return p.Identifiers(ctx, n, after, page)
	})
}

func eachPerson(ctx context.Context, p Place, n store.Part, f func([]store.PersonRow) error) error {
	return pages(aparte.PersonID{}, func(r *store.PersonRow) aparte.PersonID { return r.ID }, f, func(after aparte.PersonID) ([]store.PersonRow, error) {
		return p.People(ctx, n, after, page)
	})
}

func eachHistory(ctx context.Context, p Place, n store.Part, f func(aparte.PersonID) error) error {
	return pages(aparte.PersonID{}, func(id *aparte.PersonID) aparte.PersonID { return *id }, func(who []aparte.PersonID) error {
		for _, id := range who {
			if err := f(id); err != nil {
				return err
			}
		}
		return nil
	}, func(after aparte.PersonID) ([]aparte.PersonID, error) { return p.Histories(ctx, n, after, page) })
}

// eachEntry goes through a history, the newest entry first.
func eachEntry(ctx context.Context, p Place, n store.Part, id aparte.PersonID, f func(*store.Entry) error) error {
	return pages(uint64(0), func(e *store.Entry) uint64 { return e.Seq }, func(entries []store.Entry) error {
		for i := range entries {
			if err := f(&entries[i]); err != nil {
				return err
			}
		}
		return nil
	}, func(before uint64) ([]store.Entry, error) {
		if before == 1 {
			return nil, nil
		}
		return p.History(ctx, n, id, before, page)
	})
}

func eachLetter(ctx context.Context, p Place, n store.Part, f func([]store.Letter) error) error {
	return pages(uint64(0), func(l *store.Letter) uint64 { return l.Number }, f, func(after uint64) ([]store.Letter, error) { return p.Letters(ctx, n, after, page) })
}

func eachFed(ctx context.Context, p Place, n store.Part, after uint64, f func([]store.FeedRow) error) error {
	return pages(after, func(r *store.FeedRow) uint64 { return r.Position }, f, func(after uint64) ([]store.FeedRow, error) { return p.Feed(ctx, n, after, page) })
}

// pages calls f with page after page, each read after the key of the last row of the one before.
func pages[R, K any](from K, key func(*R) K, f func([]R) error, read func(after K) ([]R, error)) error {
	for {
		rows, err := read(from)
		if err != nil || len(rows) == 0 {
			return err
		}
		from = key(&rows[len(rows)-1])
		if err := f(rows); err != nil {
			return err
		}
	}
}
