package pebble

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"time"

	lsm "github.com/cockroachdb/pebble/v2"

	"github.com/aparte-dev/aparte/store"
)

// Counters sums over parts; see store.Reader. Parts share a counter's row, which additions merge into
// in whatever order they come, so the sum is already there.
func (s *Store) Counters(ctx context.Context, prefix string, from, to time.Time) ([]store.Counter, error) {
	counters, err := s.counters(ctx, prefix, micros(from), micros(to))
	if err != nil {
		return nil, fmt.Errorf("read counters %q: %w", prefix, err)
	}
	return counters, nil
}

func (s *Store) counters(ctx context.Context, prefix string, from, to int64) (found []store.Counter, err error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.life.RUnlock()
	low := appendTextPrefix([]byte{tableCounter}, prefix)
	it, err := s.scan(ctx, low, upper(low))
	if err != nil {
		return nil, err
	}
	defer it.end(&err)
	var seek []byte
	for ok := it.First(); ok; {
		key, hour, textLen, err := readCounterKey(it.Key())
		if err != nil {
			return nil, err
		}
		switch text := it.Key()[:textLen]; {
		case hour < from:
			seek = appendTime(append(seek[:0], text...), from)
			ok = it.SeekGE(seek)
		case hour >= to:
			ok = it.SeekGE(upper(text))
		default:
			n, err := readSum(it.Value())
			if err != nil {
				return nil, err
			}
			found = append(found, store.Counter{Key: key, Hour: instant(hour), N: n})
			ok = it.Next()
		}
	}
	return found, nil
}

// sum is the merge operator of counters: 64-bit addition.
type sum int64

func mergeSum(_, value []byte) (lsm.ValueMerger, error) {
	n, err := readSum(value)
	s := sum(n)
	return &s, err
}

func (s *sum) MergeNewer(value []byte) error {
	n, err := readSum(value)
	*s += sum(n)
	return err
}

func (s *sum) MergeOlder(value []byte) error { return s.MergeNewer(value) }

func (s *sum) Finish(bool) ([]byte, io.Closer, error) { return number(uint64(*s)), nil, nil }

func readSum(v []byte) (int64, error) {
	if len(v) != numberLen {
		return 0, fmt.Errorf("damaged counter: value of %d bytes", len(v))
	}
	return int64(binary.BigEndian.Uint64(v)), nil
}
