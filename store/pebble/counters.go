package pebble

import (
	"context"
	"fmt"
	"time"

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
