package postgres

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"math"

	"github.com/jackc/pgx/v5"

	"github.com/aparte-dev/aparte/store"
)

// pieceLen is how long a piece of a document is.
const pieceLen = 1 << 20

// PutDocument appends a version, durably; see store.Documents.
func (s *Store) PutDocument(ctx context.Context, name string, body []byte) (uint64, error) {
	version, err := s.putDocument(ctx, name, body)
	if err != nil {
		return 0, fmt.Errorf("put document %q: %w", name, err)
	}
	return version, nil
}

func (s *Store) putDocument(ctx context.Context, name string, body []byte) (version uint64, err error) {
	if name == "" || len(name) > store.MaxName {
		return 0, fmt.Errorf("name must have 1 to %d bytes", store.MaxName)
	}
	if len(body) > store.MaxBatch {
		return 0, fmt.Errorf("body of %d bytes, the bound is %d", len(body), store.MaxBatch)
	}
	if err := s.enter(ctx); err != nil {
		return 0, err
	}
	defer s.life.RUnlock()
	mark := make([]byte, 16) // by which it is known after a broken connection
	_, _ = rand.Read(mark)   // never fails
	doubt := false
	err = s.servers[0].transaction(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if err := s.inOffice(ctx, tx); err != nil {
			return err
		}
		if doubt {
			switch err := tx.QueryRow(ctx, "SELECT newest FROM document WHERE name = $1 AND mark = $2", []byte(name), mark).Scan(&version); {
			case err == nil:
				return nil
			case !errors.Is(err, pgx.ErrNoRows):
				return err
			}
		}
		doubt = true
		err := tx.QueryRow(ctx, `INSERT INTO document (name, newest, mark) VALUES ($1, 1, $2)
			ON CONFLICT (name) DO UPDATE SET newest = document.newest + 1, mark = excluded.mark RETURNING newest`, []byte(name), mark).Scan(&version)
		if err != nil {
			return err
		}
		return putPieces(ctx, tx, name, version, body)
	})
	return version, s.full.told(err)
}

func putPieces(ctx context.Context, tx pgx.Tx, name string, version uint64, body []byte) error {
	for number, left := 0, body; ; number++ {
		piece := left[:min(len(left), pieceLen)]
		if _, err := tx.Exec(ctx, "INSERT INTO piece (name, version, number, data) VALUES ($1, $2, $3, $4)", []byte(name), version, number, some(piece)); err != nil {
			return err
		}
		if left = left[len(piece):]; len(left) == 0 {
			return nil
		}
	}
}

// PutVersion stores a version under its number, durably; see store.Recipient.
func (s *Store) PutVersion(ctx context.Context, name string, version uint64, body []byte) error {
	err := s.enter(ctx)
	if err == nil {
		defer s.life.RUnlock()
		if name == "" || len(name) > store.MaxName || version == 0 || version > math.MaxInt64 || len(body) > store.MaxBatch {
			err = errors.New("its name, number or body is out of bounds")
		}
	}
	if err == nil {
		err = s.servers[0].transaction(ctx, func(ctx context.Context, tx pgx.Tx) error {
			if err := s.inOffice(ctx, tx); err != nil {
				return err
			}
			_, err := tx.Exec(ctx, `INSERT INTO document (name, newest, mark) VALUES ($1, $2, '')
				ON CONFLICT (name) DO UPDATE SET newest = greatest(document.newest, excluded.newest), mark = ''`, []byte(name), int64(version))
			if err == nil {
				_, err = tx.Exec(ctx, "DELETE FROM piece WHERE name = $1 AND version = $2", []byte(name), int64(version))
			}
			if err != nil {
				return err
			}
			return putPieces(ctx, tx, name, version, body)
		})
	}
	if err != nil {
		return fmt.Errorf("put document %q version %d: %w", name, version, s.full.told(err))
	}
	return nil
}

// Document is one version of a document; see store.Documents.
func (s *Store) Document(ctx context.Context, name string, version uint64) (store.Document, error) {
	d, err := s.document(ctx, name, version)
	if err != nil {
		return store.Document{}, fmt.Errorf("read document %q version %d: %w", name, version, err)
	}
	return d, nil
}

func (s *Store) document(ctx context.Context, name string, version uint64) (d store.Document, err error) {
	if err := s.enter(ctx); err != nil {
		return d, err
	}
	defer s.life.RUnlock()
	found := false
	statement, args := "SELECT version, data FROM piece WHERE name = $1 AND version = $2 ORDER BY number", []any{[]byte(name), int64(version)}
	if version == 0 {
		statement = `SELECT p.version, p.data FROM document d JOIN piece p ON p.name = d.name AND p.version = d.newest
			WHERE d.name = $1 ORDER BY p.number`
		args = args[:1]
	}
	err = s.servers[0].rows(ctx, func() { d, found = store.Document{}, false }, func(r pgx.Rows) error {
		var piece []byte
		if err := r.Scan(&d.Version, &piece); err != nil {
			return err
		}
		found = true
		d.Body = append(d.Body, piece...)
		return nil
	}, statement, args...)
	if err == nil && !found {
		err = store.ErrNotFound
	}
	return d, err
}

// Newest is the version put last; see store.Store.
func (s *Store) Newest(ctx context.Context, name string) (version uint64, err error) {
	if err := s.enter(ctx); err != nil {
		return 0, fmt.Errorf("newest version of document %q: %w", name, err)
	}
	defer s.life.RUnlock()
	err = s.servers[0].rows(ctx, func() { version = 0 }, func(r pgx.Rows) error {
		return r.Scan(&version)
	}, "SELECT newest FROM document WHERE name = $1", []byte(name))
	if err != nil {
		return 0, fmt.Errorf("newest version of document %q: %w", name, err)
	}
	return version, nil
}

// DropDocuments forgets versions; see store.Documents. Numbers are never given out again.
func (s *Store) DropDocuments(ctx context.Context, name string, before uint64) error {
	if err := s.enter(ctx); err != nil {
		return fmt.Errorf("drop versions of document %q: %w", name, err)
	}
	defer s.life.RUnlock()
	err := s.servers[0].transaction(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if err := s.inOffice(ctx, tx); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, "DELETE FROM piece WHERE name = $1 AND version < $2", []byte(name), int64(min(before, 1<<62)))
		return err
	})
	if err != nil {
		return fmt.Errorf("drop versions of document %q: %w", name, err)
	}
	return nil
}
