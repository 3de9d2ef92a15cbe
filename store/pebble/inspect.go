package pebble

import (
	"context"
	"encoding/binary"
	"fmt"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/store"
)

var _ store.Inspector = (*Store)(nil)

// Identifiers lists identifiers; see store.Inspector.
func (s *Store) Identifiers(ctx context.Context, n store.Part, after store.Key, limit int) ([]store.IdentifierRow, error) {
	low := next(appendHashKey(nil, tableIdentifier, n, &after))
	return page(ctx, s, n, "identifiers", low, upper(appendPartKey(nil, tableIdentifier, n)), limit, all(func(k, v []byte) (store.IdentifierRow, error) {
		if len(k) != eventKeyLen || len(v) != personLen {
			return store.IdentifierRow{}, fmt.Errorf("damaged identifier: key of %d bytes, value of %d", len(k), len(v))
		}
		return store.IdentifierRow{Key: store.Key(k[partKeyLen:]), Person: aparte.PersonID(v)}, nil
	}))
}

// EventKeys lists event keys; see store.Inspector.
func (s *Store) EventKeys(ctx context.Context, n store.Part, after store.Key, limit int) ([]store.Key, error) {
	low := next(appendHashKey(nil, tableEventKey, n, &after))
	return page(ctx, s, n, "event keys", low, upper(appendPartKey(nil, tableEventKey, n)), limit, all(func(k, _ []byte) (store.Key, error) {
		if len(k) != eventKeyLen {
			return store.Key{}, fmt.Errorf("damaged event key: %d bytes", len(k))
		}
		return store.Key(k[partKeyLen:]), nil
	}))
}

// Histories lists who has entries; see store.Inspector.
func (s *Store) Histories(ctx context.Context, n store.Part, after aparte.PersonID, limit int) (who []aparte.PersonID, err error) {
	if _, err := s.enterPart(ctx, n); err != nil {
		return nil, fmt.Errorf("read histories of part %d: %w", n, err)
	}
	defer s.life.RUnlock()
	low := upper(appendPersonKey(nil, tableEntry, n, &after))
	it, err := s.scan(ctx, low, upper(appendPartKey(nil, tableEntry, n)))
	if err != nil {
		return nil, fmt.Errorf("read histories of part %d: %w", n, err)
	}
	defer it.end(&err)
	for ok := it.First(); ok && len(who) < limit; {
		if len(it.Key()) != entryKeyLen {
			return nil, fmt.Errorf("read histories of part %d: damaged entry: key of %d bytes", n, len(it.Key()))
		}
		id := aparte.PersonID(it.Key()[partKeyLen:personKeyLen])
		who = append(who, id)
		ok = it.SeekGE(upper(appendPersonKey(nil, tableEntry, n, &id)))
	}
	return who, nil
}

// DocumentNames lists documents; see store.Inspector.
func (s *Store) DocumentNames(ctx context.Context) (names []string, err error) {
	if err := s.enter(ctx); err != nil {
		return nil, fmt.Errorf("read names of documents: %w", err)
	}
	defer s.life.RUnlock()
	it, err := s.scan(ctx, []byte{tableNewest}, []byte{tableNewest + 1})
	if err != nil {
		return nil, fmt.Errorf("read names of documents: %w", err)
	}
	defer it.end(&err)
	for ok := it.First(); ok; ok = it.Next() {
		names = append(names, string(it.Key()[1:]))
	}
	return names, nil
}

// Check holds the timers by name against those by time; see store.Inspector.
func (s *Store) Check(ctx context.Context, n store.Part) (found []string, err error) {
	if _, err := s.enterPart(ctx, n); err != nil {
		return nil, fmt.Errorf("check part %d: %w", n, err)
	}
	defer s.life.RUnlock()
	byTime, err := s.timersByTime(ctx, n)
	if err != nil {
		return nil, fmt.Errorf("check part %d: %w", n, err)
	}
	low := appendPartKey(nil, tableTimer, n)
	it, err := s.scan(ctx, low, upper(low))
	if err != nil {
		return nil, fmt.Errorf("check part %d: %w", n, err)
	}
	defer it.end(&err)
	for ok := it.First(); ok; ok = it.Next() {
		v, err := it.ValueAndErr()
		if err != nil {
			return nil, err
		}
		if len(it.Key()) < personKeyLen {
			return nil, fmt.Errorf("damaged timer: key of %d bytes", len(it.Key()))
		}
		person := aparte.PersonID(it.Key()[partKeyLen:personKeyLen])
		is, err := readAlarm(v)
		if err != nil {
			return nil, err
		}
		key := string(appendDueKey(nil, n, is.due, &person, string(it.Key()[personKeyLen:])))
		if gen, there := byTime[key]; !there || gen != is.gen {
			found = append(found, fmt.Sprintf("a timer of %s is found by its name, and not by its time", person))
		}
		delete(byTime, key)
	}
	for key := range byTime {
		found = append(found, fmt.Sprintf("a timer of %s is found by its time, and not by its name", aparte.PersonID([]byte(key)[partKeyLen+numberLen:dueKeyLen])))
	}
	return found, nil
}

// timersByTime are the keys of a part's timers by time, with what counts each one's settings.
func (s *Store) timersByTime(ctx context.Context, n store.Part) (gens map[string]uint64, err error) {
	low := appendPartKey(nil, tableDue, n)
	it, err := s.scan(ctx, low, upper(low))
	if err != nil {
		return nil, err
	}
	defer it.end(&err)
	gens = map[string]uint64{}
	for ok := it.First(); ok; ok = it.Next() {
		v, err := it.ValueAndErr()
		if err != nil {
			return nil, err
		}
		if len(it.Key()) < dueKeyLen || len(v) != numberLen {
			return nil, fmt.Errorf("damaged timer: due key of %d bytes, value of %d", len(it.Key()), len(v))
		}
		gens[string(it.Key())] = binary.BigEndian.Uint64(v)
	}
	return gens, nil
}
