package pebble

import (
	"context"
	"errors"

	lsm "github.com/cockroachdb/pebble/v2"
)

// get is a copy of one value, never nil when found.
func (s *Store) get(key []byte) (value []byte, found bool, err error) {
	v, closer, err := s.db.Get(key)
	if errors.Is(err, lsm.ErrNotFound) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	return clone(v), true, closer.Close()
}

// rows is an iterator over a range of rows, all as of one instant.
type rows struct{ *lsm.Iterator }

// scan iterates over the rows with keys from low (inclusive) to high (exclusive). It is not positioned
// yet.
func (s *Store) scan(ctx context.Context, low, high []byte) (rows, error) {
	it, err := s.db.NewIterWithContext(ctx, &lsm.IterOptions{LowerBound: low, UpperBound: high})
	return rows{it}, err
}

// probe is how to iterate for single keys.
type probe func(ctx context.Context, low, high []byte) (rows, error)

// probe iterates for single keys, most of which are not there: it asks the filters of all levels, which
// a plain Get does not. Ask for keys in order, within bounds as narrow as they allow: then each level
// stays at the file it has open.
func (s *Store) probe(ctx context.Context, low, high []byte) (rows, error) {
	it, err := s.db.NewIterWithContext(ctx, &lsm.IterOptions{LowerBound: low, UpperBound: high, UseL6Filters: true})
	return rows{it}, err
}

// files is probe for what has left the memtables.
func (s *Store) files(ctx context.Context, low, high []byte) (rows, error) {
	it, err := s.db.NewIterWithContext(ctx, &lsm.IterOptions{
		LowerBound: low, UpperBound: high, UseL6Filters: true, OnlyReadGuaranteedDurable: true,
	})
	return rows{it}, err
}

// find is the value of one key as the iterator lends it, until its next move.
func (r rows) find(key []byte) (value []byte, found bool, err error) {
	if !r.SeekPrefixGE(key) {
		return nil, false, r.Error()
	}
	value, err = r.ValueAndErr()
	return value, err == nil, err
}

// end closes the iterator. What stopped it, where nothing else went wrong, is left in err.
func (r rows) end(err *error) {
	if e := r.Close(); *err == nil {
		*err = e
	}
}
