package pebble

import (
	"context"
	"encoding/binary"

	"github.com/aparte-dev/aparte/store"
)

// Rows of which the batch says everything: nothing is read before they are written.

func (t *turn) putIdentifiers() {
	for i := range t.in.Identifiers {
		r := &t.in.Identifiers[i]
		t.key = appendHashKey(t.key[:0], tableIdentifier, t.in.Part, &r.Key)
		if r.Person.IsZero() {
			t.delete(t.key)
			continue
		}
		t.set(t.key, r.Person[:])
	}
}

func (t *turn) dropCounters() error {
	for _, key := range t.in.Uncounted {
		low := appendText([]byte{tableCounter}, key)
		if err := t.out.DeleteRange(low, upper(low), nil); err != nil {
			return err
		}
	}
	return nil
}

func (t *turn) addCounters() {
	for i := range t.in.Counters {
		c := &t.in.Counters[i]
		t.key = appendCounterKey(t.key[:0], c.Key, micros(c.Hour))
		op := t.out.MergeDeferred(len(t.key), numberLen)
		copy(op.Key, t.key)
		binary.BigEndian.PutUint64(op.Value, uint64(c.N))
		_ = op.Finish() // fails only for indexed batches
	}
}

func (t *turn) putLetters() {
	for i := range t.in.Letters {
		l := &t.in.Letters[i]
		t.key = appendPositionKey(t.key[:0], tableLetter, t.in.Part, l.Number)
		v := t.reserve(t.key, partLen+len(l.Body))
		binary.BigEndian.PutUint16(v, uint16(l.To))
		copy(v[partLen:], l.Body)
	}
	for _, number := range t.in.Delivered {
		t.key = appendPositionKey(t.key[:0], tableLetter, t.in.Part, number)
		t.delete(t.key)
	}
}

// appendFeed numbers the rows on from the part's last.
func (t *turn) appendFeed() error {
	if len(t.in.Feed) == 0 {
		return nil
	}
	if err := t.s.readFed(t.part, t.in.Part); err != nil {
		return err
	}
	for i, body := range t.in.Feed {
		t.key = appendPositionKey(t.key[:0], tableFeed, t.in.Part, t.part.fed+uint64(i)+1)
		t.set(t.key, body)
	}
	return nil
}

// readFed finds the last row of a part's feed, once.
func (s *Store) readFed(p *part, n store.Part) (err error) {
	if p.fedSet {
		return nil
	}
	low := appendPartKey(nil, tableFeed, n)
	it, err := s.scan(context.Background(), low, upper(low))
	if err != nil {
		return err
	}
	defer it.end(&err)
	if it.Last() {
		last, err := readFeedRow(it.Key(), nil)
		if err != nil {
			return err
		}
		p.fed = last.Position
	}
	if err := it.Error(); err != nil {
		return err
	}
	p.fedSet = true
	return nil
}

func (t *turn) set(key, value []byte) { copy(t.reserve(key, len(value)), value) }

// reserve writes a row and returns its value to be filled in before the next row.
func (t *turn) reserve(key []byte, valueLen int) []byte {
	op := t.out.SetDeferred(len(key), valueLen)
	copy(op.Key, key)
	_ = op.Finish() // fails only for indexed batches
	return op.Value
}

func (t *turn) delete(key []byte) {
	op := t.out.DeleteDeferred(len(key))
	copy(op.Key, key)
	_ = op.Finish()
}
