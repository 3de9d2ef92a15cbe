package attribution

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"maps"
	"math"
	"slices"
)

const ledgerVersion = 2

// Snapshot is all that a ledger has: one restored from it goes on to the same bytes. Its body: ledgerVersion, the newest
// week and how many tables as uvarints; of each, in order, its week, objective, By and element; how many names, and of each itself and
// its credits by age; how many paths, and of each, in order, its key and three numbers; and how many paths were cut.
// At the end stands a checksum (CRC-32C).
func (l *Ledger) Snapshot() []byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := binary.AppendUvarint([]byte{ledgerVersion}, uint64(l.newest))
	b = binary.AppendUvarint(b, uint64(len(l.tables)))
	for _, at := range l.places() {
		t := l.tables[at]
		b = appendText(binary.AppendUvarint(b, uint64(at.week)), at.objective)
		b = appendText(append(b, byte(at.by)), at.element)
		b = binary.AppendUvarint(b, uint64(len(t.names)))
		for i, name := range t.names {
			b = appendNumbers(appendText(b, name), t.decay[i].Conversions, t.decay[i].Value)
		}
		b = binary.AppendUvarint(b, uint64(len(t.paths)))
		for _, key := range slices.Sorted(maps.Keys(t.paths)) {
			e := t.paths[key]
			b = appendNumbers(appendText(b, key), e.converted, e.value, e.lost)
		}
		b = appendNumbers(b, t.cut)
	}
	return binary.LittleEndian.AppendUint32(b, checksum(b))
}

// places are those of the tables, in order.
func (l *Ledger) places() []place {
	return slices.SortedFunc(maps.Keys(l.tables), func(a, b place) int {
		return cmp.Or(cmp.Compare(a.week, b.week), cmp.Compare(a.objective, b.objective), cmp.Compare(a.by, b.by), cmp.Compare(a.element, b.element))
	})
}

func checksum(b []byte) uint32 { return crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli)) }

func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

func appendNumbers(b []byte, numbers ...float64) []byte {
	for _, x := range numbers {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(x))
	}
	return b
}

// RestoreLedger reads a snapshot. What is damaged is an error.
func RestoreLedger(b []byte) (*Ledger, error) {
	if len(b) < 5 || checksum(b[:len(b)-4]) != binary.LittleEndian.Uint32(b[len(b)-4:]) {
		return nil, errors.New("restore journeys: the snapshot is damaged")
	}
	if b[0] != ledgerVersion {
		return nil, fmt.Errorf("restore journeys: version %d, not %d", b[0], ledgerVersion)
	}
	r := reader{rest: b[1 : len(b)-4]}
	l := NewLedger()
	l.newest = int32(r.uvarint())
	for n := r.uvarint(); n > 0 && !r.failed; n-- {
		at := place{week: int32(r.uvarint()), objective: r.text(), by: By(r.uvarint()), element: r.text()}
		t := readTable(&r)
		if l.tables[at] != nil || at.by > bySale || (at.by == ByElement) != (at.element != "") {
			r.failed = true
			break
		}
		l.tables[at] = t
		l.paths += len(t.paths)
	}
	if r.failed || len(r.rest) > 0 {
		return nil, errors.New("restore journeys: the snapshot is cut short or too long")
	}
	return l, nil
}

func readTable(r *reader) *table {
	t := newTable()
	for n := r.uvarint(); n > 0 && !r.failed; n-- {
		name := r.text()
		if _, twice := t.numbers[name]; twice {
			r.failed = true
		}
		t.numbers[name] = len(t.names)
		t.names = append(t.names, name)
		t.decay = append(t.decay, Credit{r.float(), r.float()})
	}
	for n := r.uvarint(); n > 0 && !r.failed; n-- {
		key := r.text()
		if _, known := t.walked(key); !known {
			r.failed = true
		}
		t.paths[key] = ending{r.float(), r.float(), r.float()}
	}
	t.cut = r.float()
	return t
}

// walked are the numbers along a path, and whether they all are those of names.
func (t *table) walked(key string) (numbers []int, known bool) {
	for rest := []byte(key); len(rest) > 0; {
		n, size := binary.Uvarint(rest)
		if size <= 0 || n >= uint64(len(t.names)) {
			return nil, false
		}
		numbers, rest = append(numbers, int(n)), rest[size:]
	}
	return numbers, len(numbers) > 0
}
