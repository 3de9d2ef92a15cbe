package pebble

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	lsm "github.com/cockroachdb/pebble/v2"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/store"
)

// States are people's rows; see store.Reader.
func (s *Store) States(ctx context.Context, n store.Part, ids []aparte.PersonID) ([]store.PersonRow, error) {
	if _, err := s.enterPart(ctx, n); err != nil {
		return nil, fmt.Errorf("read states of part %d: %w", n, err)
	}
	defer s.life.RUnlock()
	rows := make([]store.PersonRow, len(ids))
	var key [personKeyLen]byte
	for i := range ids {
		rows[i].ID = ids[i]
		if err := s.state(appendPersonKey(key[:0], tablePerson, n, &ids[i]), &rows[i]); err != nil {
			return nil, fmt.Errorf("read state of %s in part %d: %w", ids[i], n, err)
		}
	}
	return rows, nil
}

// state reads a person's row, where there is one.
func (s *Store) state(key []byte, row *store.PersonRow) error {
	v, closer, err := s.db.Get(key)
	if errors.Is(err, lsm.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	defer closer.Close()
	last, lent, hasState, err := readPersonValue(v)
	if err != nil {
		return err
	}
	if row.Last = last; hasState {
		row.State = clone(lent)
	}
	return nil
}

// Owner is whom an identifier names; see store.Reader.
func (s *Store) Owner(ctx context.Context, n store.Part, key store.Key) (aparte.PersonID, error) {
	v, err := s.owner(ctx, n, appendHashKey(nil, tableIdentifier, n, &key))
	if err == nil && len(v) != personLen {
		err = fmt.Errorf("damaged: value of %d bytes", len(v))
	}
	if err != nil {
		return aparte.PersonID{}, fmt.Errorf("read owner of an identifier in part %d: %w", n, err)
	}
	return aparte.PersonID(v), nil
}

// owner is the value of an identifier's row. Of most who are asked for in vain that is known: it takes no look.
func (s *Store) owner(ctx context.Context, n store.Part, key []byte) ([]byte, error) {
	p, err := s.enterPart(ctx, n)
	if err != nil {
		return nil, err
	}
	defer s.life.RUnlock()
	if p.known.lacks(key) {
		return nil, store.ErrNotFound
	}
	return s.find(key)
}

// Entry is one entry of a history; see store.Reader.
func (s *Store) Entry(ctx context.Context, n store.Part, person aparte.PersonID, seq uint64) (store.Entry, error) {
	key := appendEntryKey(nil, n, &person, seq)
	v, err := s.row(ctx, n, key)
	if err != nil {
		return store.Entry{}, fmt.Errorf("read entry %d of %s in part %d: %w", seq, person, n, err)
	}
	e, err := readEntry(person, key, v)
	if err != nil {
		return store.Entry{}, fmt.Errorf("read entry %d of %s in part %d: %w", seq, person, n, err)
	}
	return e, nil
}

// row is the value of one key, or store.ErrNotFound.
func (s *Store) row(ctx context.Context, n store.Part, key []byte) ([]byte, error) {
	if _, err := s.enterPart(ctx, n); err != nil {
		return nil, err
	}
	defer s.life.RUnlock()
	return s.find(key)
}

func (s *Store) find(key []byte) ([]byte, error) {
	v, found, err := s.get(key)
	if err == nil && !found {
		err = store.ErrNotFound
	}
	return v, err
}

// Seen reports which event keys are there; see store.Reader.
func (s *Store) Seen(ctx context.Context, n store.Part, keys []store.Key) ([]bool, error) {
	seen, err := s.seen(ctx, n, keys)
	if err != nil {
		return nil, fmt.Errorf("look for event keys in part %d: %w", n, err)
	}
	return seen, nil
}

func (s *Store) seen(ctx context.Context, n store.Part, keys []store.Key) ([]bool, error) {
	p, err := s.enterPart(ctx, n)
	if err != nil {
		return nil, err
	}
	defer s.life.RUnlock()
	seen := make([]bool, len(keys))
	at := p.known.perhaps(n, keys)
	if len(at) == 0 {
		return seen, nil
	}
	asked, found := make([]store.Key, len(at)), make([]bool, len(at))
	for i, place := range at {
		asked[i] = keys[place]
	}
	if err := s.search(ctx, n, p, asked, found); err != nil {
		return nil, err
	}
	for i, place := range at {
		seen[place] = found[i]
	}
	return seen, nil
}

// search looks for event keys in the database.
func (s *Store) search(ctx context.Context, n store.Part, p *part, keys []store.Key, seen []bool) error {
	since := p.absent.now()
	probe := s.probe
	if p.recent.look(keys, seen) {
		probe = s.files
	}
	if err := lookUp(ctx, n, probe, keys, seen); err != nil {
		return err
	}
	p.absent.looked(since, keys, seen)
	return s.settle(ctx, n, p)
}

// lookUp asks, in order of key, for the event keys that were not seen yet.
func lookUp(ctx context.Context, n store.Part, probe probe, keys []store.Key, seen []bool) (err error) {
	order := make([]int, 0, len(keys))
	for i := range keys {
		if !seen[i] {
			order = append(order, i)
		}
	}
	if len(order) == 0 {
		return nil
	}
	slices.SortFunc(order, func(i, j int) int { return bytes.Compare(keys[i][:], keys[j][:]) })
	low := appendPartKey(nil, tableEventKey, n)
	it, err := probe(ctx, low, upper(low))
	if err != nil {
		return err
	}
	defer it.end(&err)
	var key [eventKeyLen]byte
	for _, i := range order {
		if _, seen[i], err = it.find(appendHashKey(key[:0], tableEventKey, n, &keys[i])); err != nil {
			return err
		}
	}
	return nil
}

// People are people of a part in order of id; see store.Reader.
func (s *Store) People(ctx context.Context, n store.Part, after aparte.PersonID, limit int) ([]store.PersonRow, error) {
	low := next(appendPersonKey(nil, tablePerson, n, &after))
	return page(ctx, s, n, "people", low, upper(appendPartKey(nil, tablePerson, n)), limit, readPersonRow)
}

// History is a person's entries, newest first; see store.Reader.
func (s *Store) History(ctx context.Context, n store.Part, person aparte.PersonID, before uint64, limit int) ([]store.Entry, error) {
	newest := before - 1 // all there can be, when before is 0
	low := appendEntryKey(nil, n, &person, newest)
	high := upper(appendPersonKey(nil, tableEntry, n, &person))
	return page(ctx, s, n, "a history", low, high, limit, all(func(k, v []byte) (store.Entry, error) {
		return readEntry(person, k, v)
	}))
}

// Due are timers in order of due time; see store.Reader.
func (s *Store) Due(ctx context.Context, n store.Part, until time.Time, limit int) ([]store.Timer, error) {
	return dues.page(ctx, s, n, 0, ordinal(micros(until)), limit)
}

// Letters are undelivered letters in order of number; see store.Reader.
func (s *Store) Letters(ctx context.Context, n store.Part, after uint64, limit int) ([]store.Letter, error) {
	if after == math.MaxUint64 {
		return nil, nil
	}
	return letters.page(ctx, s, n, after+1, math.MaxUint64, limit)
}

// Feed is rows of the feed in order of position; see store.Reader.
func (s *Store) Feed(ctx context.Context, n store.Part, after uint64, limit int) ([]store.FeedRow, error) {
	low := next(appendPositionKey(nil, tableFeed, n, after))
	return page(ctx, s, n, "the feed", low, upper(appendPartKey(nil, tableFeed, n)), limit, all(readFeedRow))
}

// all makes every row of a range a wanted one.
func all[R any](read func(k, v []byte) (R, error)) func(k, v []byte) (R, bool, error) {
	return func(k, v []byte) (R, bool, error) {
		row, err := read(k, v)
		return row, true, err
	}
}

// page reads up to limit rows of a part with keys from low (inclusive) to high (exclusive). read
// makes a row of what the iterator lends, or says that it is not one of those asked for.
func page[R any](ctx context.Context, s *Store, n store.Part, what string, low, high []byte, limit int, read func(k, v []byte) (R, bool, error)) ([]R, error) {
	if _, err := s.enterPart(ctx, n); err != nil {
		return nil, fmt.Errorf("read %s of part %d: %w", what, n, err)
	}
	defer s.life.RUnlock()
	found, err := collect(ctx, s, low, high, limit, read)
	if err != nil {
		return nil, fmt.Errorf("read %s of part %d: %w", what, n, err)
	}
	return found, nil
}

func collect[R any](ctx context.Context, s *Store, low, high []byte, limit int, read func(k, v []byte) (R, bool, error)) (found []R, err error) {
	it, err := s.scan(ctx, low, high)
	if err != nil {
		return nil, err
	}
	defer it.end(&err)
	for ok := limit > 0 && it.First(); ok && len(found) < limit; ok = it.Next() {
		v, err := it.ValueAndErr()
		if err != nil {
			return nil, err
		}
		row, wanted, err := read(it.Key(), v)
		if err != nil {
			return nil, err
		}
		if wanted {
			found = append(found, row)
		}
	}
	return found, nil
}
