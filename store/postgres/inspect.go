package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/store"
)

var (
	_ store.Inspector = (*Store)(nil)
	_ store.Recipient = (*Store)(nil)
)

// Identifiers lists identifiers; see store.Inspector.
func (s *Store) Identifiers(ctx context.Context, n store.Part, after store.Key, limit int) (rows []store.IdentifierRow, err error) {
	err = s.query(ctx, n, "identifiers", func() { rows = nil }, func(r pgx.Rows) error {
		var key, id []byte
		err := r.Scan(&key, &id)
		if err != nil {
			return err
		}
		var row store.IdentifierRow
		if row.Key, err = keyOf(key); err != nil {
			return err
		}
		row.Person, err = personOf(id)
		rows = append(rows, row)
		return err
	}, `SELECT key, person FROM identifier WHERE part = $1 AND key > $2 ORDER BY key LIMIT $3`, after[:], limit)
	return rows, err
}

// EventKeys lists event keys; see store.Inspector.
func (s *Store) EventKeys(ctx context.Context, n store.Part, after store.Key, limit int) (keys []store.Key, err error) {
	err = s.query(ctx, n, "event keys", func() { keys = nil }, func(r pgx.Rows) error {
		var text []byte
		if err := r.Scan(&text); err != nil {
			return err
		}
		key, err := keyOf(text)
		keys = append(keys, key)
		return err
	}, `SELECT key FROM entry WHERE part = $1 AND key > $2 AND key IS NOT NULL ORDER BY key LIMIT $3`, after[:], limit)
	return keys, err
}

// Histories lists who has entries; see store.Inspector. Whoever has some has a row.
func (s *Store) Histories(ctx context.Context, n store.Part, after aparte.PersonID, limit int) (who []aparte.PersonID, err error) {
	err = s.query(ctx, n, "histories", func() { who = nil }, func(r pgx.Rows) error {
		var text []byte
		if err := r.Scan(&text); err != nil {
			return err
		}
		id, err := personOf(text)
		who = append(who, id)
		return err
	}, `SELECT p.id FROM person p WHERE p.part = $1 AND p.id > $2 AND EXISTS (SELECT 1 FROM entry e WHERE e.part = $1 AND e.person = p.id)
		ORDER BY p.id LIMIT $3`, after[:], limit)
	return who, err
}

// DocumentNames lists documents; see store.Inspector.
func (s *Store) DocumentNames(ctx context.Context) (names []string, err error) {
	if err := s.enter(ctx); err != nil {
		return nil, fmt.Errorf("read names of documents: %w", err)
	}
	defer s.life.RUnlock()
	err = s.servers[0].rows(ctx, func() { names = nil }, func(r pgx.Rows) error {
		var name []byte
		if err := r.Scan(&name); err != nil {
			return err
		}
		names = append(names, string(name))
		return nil
	}, "SELECT name FROM document ORDER BY name")
	if err != nil {
		return nil, fmt.Errorf("read names of documents: %w", err)
	}
	return names, nil
}

// Check tells of entries whose person has no row, which nobody would find; see store.Inspector.
func (s *Store) Check(ctx context.Context, n store.Part) (found []string, err error) {
	err = s.query(ctx, n, "entries", func() { found = nil }, func(r pgx.Rows) error {
		var text []byte
		if err := r.Scan(&text); err != nil {
			return err
		}
		id, err := personOf(text)
		found = append(found, fmt.Sprintf("%s has entries and no row", id))
		return err
	}, `SELECT DISTINCT e.person FROM entry e WHERE e.part = $1 AND NOT EXISTS (SELECT 1 FROM person p WHERE p.part = $1 AND p.id = e.person) LIMIT 100`)
	return found, err
}
