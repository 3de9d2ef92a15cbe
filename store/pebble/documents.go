package pebble

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	lsm "github.com/cockroachdb/pebble/v2"

	"github.com/aparte-dev/aparte/store"
)

// PutDocument appends a version, durably; see store.Documents.
func (s *Store) PutDocument(ctx context.Context, name string, body []byte) (uint64, error) {
	version, err := s.putDocument(ctx, name, body)
	if err != nil {
		return 0, fmt.Errorf("put document %q: %w", name, err)
	}
	return version, nil
}

func (s *Store) putDocument(ctx context.Context, name string, body []byte) (uint64, error) {
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
	if err := s.take(ctx); err != nil {
		return 0, err
	}
	defer s.give()
	version, err := s.newest(name)
	if err != nil {
		return 0, err
	}
	version++
	b := s.db.NewBatch()
	err = errors.Join(
		b.Set(appendDocumentKey(nil, name, version), body, nil),
		b.Set(nameKey(tableNewest, name), number(version), nil),
	)
	if err == nil {
		err = b.Commit(lsm.Sync)
	}
	return version, errors.Join(err, b.Close())
}

// PutVersion stores a version under its number, durably; see store.Recipient.
func (s *Store) PutVersion(ctx context.Context, name string, version uint64, body []byte) error {
	if err := s.putVersion(ctx, name, version, body); err != nil {
		return fmt.Errorf("put document %q version %d: %w", name, version, err)
	}
	return nil
}

func (s *Store) putVersion(ctx context.Context, name string, version uint64, body []byte) error {
	if name == "" || len(name) > store.MaxName || version == 0 || len(body) > store.MaxBatch {
		return errors.New("its name, number or body is out of bounds")
	}
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.life.RUnlock()
	if err := s.take(ctx); err != nil {
		return err
	}
	defer s.give()
	newest, err := s.newest(name)
	if err != nil {
		return err
	}
	b := s.db.NewBatch()
	err = errors.Join(
		b.Set(appendDocumentKey(nil, name, version), body, nil),
		b.Set(nameKey(tableNewest, name), number(max(newest, version)), nil),
	)
	if err == nil {
		err = b.Commit(lsm.Sync)
	}
	return errors.Join(err, b.Close())
}

// Document is one version of a document; see store.Documents.
func (s *Store) Document(ctx context.Context, name string, version uint64) (store.Document, error) {
	d, err := s.document(ctx, name, version)
	if err != nil {
		return store.Document{}, fmt.Errorf("read document %q version %d: %w", name, version, err)
	}
	return d, nil
}

func (s *Store) document(ctx context.Context, name string, version uint64) (store.Document, error) {
	if err := s.enter(ctx); err != nil {
		return store.Document{}, err
	}
	defer s.life.RUnlock()
	if version == 0 {
		newest, err := s.newest(name)
		if err != nil {
			return store.Document{}, err
		}
		version = newest
	}
	body, found, err := s.get(appendDocumentKey(nil, name, version))
	if err == nil && !found {
		err = store.ErrNotFound
	}
	return store.Document{Version: version, Body: body}, err
}

// DropDocuments forgets versions; see store.Documents. Numbers are never given out again.
func (s *Store) DropDocuments(ctx context.Context, name string, before uint64) error {
	if err := s.enter(ctx); err != nil {
		return fmt.Errorf("drop versions of document %q: %w", name, err)
	}
	defer s.life.RUnlock()
	if err := s.take(ctx); err != nil {
		return fmt.Errorf("drop versions of document %q: %w", name, err)
	}
	defer s.give()
	newest, err := s.newest(name)
	if err != nil {
		return fmt.Errorf("drop versions of document %q: %w", name, err)
	}
	since := s.dropped[name]
	if before = min(before, newest+1); before <= since {
		return nil
	}
	if err := s.drop(appendDocumentKey(nil, name, since), appendDocumentKey(nil, name, before)); err != nil {
		return fmt.Errorf("drop versions of document %q: %w", name, err)
	}
	s.dropped[name] = before
	return nil
}

// droppedOneByOne is how many versions are at most deleted each by itself. Ranges that begin at the same key, one for every time that a
// document is replaced, cost each read of a memtable the square of how many there are.
const droppedOneByOne = 256

func (s *Store) drop(low, high []byte) (err error) {
	it, err := s.db.NewIter(&lsm.IterOptions{LowerBound: low, UpperBound: high})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, it.Close()) }()
	b := s.db.NewBatch()
	defer func() { err = errors.Join(err, b.Close()) }()
	for more := it.First(); more; more = it.Next() {
		if b.Count() == droppedOneByOne {
			return s.db.DeleteRange(low, high, lsm.Sync)
		}
		if err := b.Delete(it.Key(), nil); err != nil {
			return err
		}
	}
	if err := it.Error(); err != nil || b.Empty() {
		return err
	}
	return b.Commit(lsm.Sync)
}

// take waits for one's turn to change documents, or until ctx ends; give hands it on.
func (s *Store) take(ctx context.Context) error {
	select {
	case s.documents <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *Store) give() { <-s.documents }

// newest is the number of the last version that was put, 0 when there was none.
func (s *Store) newest(name string) (uint64, error) {
	v, found, err := s.get(nameKey(tableNewest, name))
	if err != nil || !found {
		return 0, err
	}
	if len(v) != numberLen {
		return 0, fmt.Errorf("damaged: number of %d bytes", len(v))
	}
	return binary.BigEndian.Uint64(v), nil
}
