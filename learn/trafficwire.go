package learn

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"github.com/aparte-dev/aparte"
)

// TraceVersion is the first byte of a trace in the feed, where an example has another.
const TraceVersion = 'T'

// Append writes a trace to dst as the learner's feed keeps it: TraceVersion, 1 where it was shown else 0, day as a
// uvarint, weight as a float64, then Items and With, each how many as a uvarint and for each its length and itself.
func (tr *Trace) Append(dst []byte) []byte {
	dst = append(dst, TraceVersion, flag(tr.Shown))
	dst = binary.AppendUvarint(dst, uint64(tr.Day))
	dst = appendFloat64(dst, tr.Weight)
	for _, ids := range [2][]aparte.ItemID{tr.Items, tr.With} {
		dst = binary.AppendUvarint(dst, uint64(len(ids)))
		for _, id := range ids {
			dst = binary.AppendUvarint(dst, uint64(len(id)))
			dst = append(dst, id...)
		}
	}
	return dst
}

// ParseTrace reads what Append wrote. A trace that Validate would refuse is an error.
func ParseTrace(b []byte) (Trace, error) {
	r := reader{rest: b}
	version, shown, day := r.byte(), r.byte(), r.uvarint()
	tr := Trace{Weight: r.float64(), Shown: shown == 1}
	if r.failed || version != TraceVersion || shown > 1 || day > math.MaxInt32 {
		return Trace{}, errors.New("trace: cannot be read")
	}
	tr.Day = int32(day)
	for _, ids := range [2]*[]aparte.ItemID{&tr.Items, &tr.With} {
		n := r.uvarint()
		if n > MaxTogether {
			return Trace{}, fmt.Errorf("trace: more than %d items", MaxTogether)
		}
		for range n {
			*ids = append(*ids, aparte.ItemID(r.bytes(MaxObjective)))
		}
	}
	if r.failed || len(r.rest) > 0 {
		return Trace{}, errors.New("trace: is cut short or too long")
	}
	return tr, tr.Validate()
}

const (
	trafficKind    = 'R'
	trafficVersion = 1
)

// Snapshot is all that is known: one restored from it goes on to the same bytes. Its body: the traces and the number
// of items as uvarints, and for each, shelf by shelf, its id, its day as a uvarint, weight and shown as float64s,
// the number of companions, and for each its id, weight, doubt and closest.
func (t *Traffic) Snapshot() []byte {
	b := []byte{trafficKind, trafficVersion}
	b = binary.AppendUvarint(b, t.learned)
	b = binary.AppendUvarint(b, uint64(t.known))
	for i := range t.shelves {
		for _, it := range t.shelves[i].items {
			b = appendID(b, it.id)
			b = binary.AppendUvarint(b, uint64(it.day))
			b = appendFloat64(appendFloat64(b, it.weight), it.shown)
			b = binary.AppendUvarint(b, uint64(len(it.companions)))
			for _, c := range it.companions {
				b = appendID(b, c.id)
				b = appendFloat64(appendFloat64(appendFloat64(b, c.weight), c.doubt), c.closest)
			}
		}
	}
	return seal(b)
}

func appendID(b []byte, id aparte.ItemID) []byte {
	return append(binary.AppendUvarint(b, uint64(len(id))), id...)
}

// RestoreTraffic reads a snapshot. What is damaged or impossible is an error.
func RestoreTraffic(b []byte) (*Traffic, error) {
	body, err := unseal(b, trafficKind, trafficVersion)
	if err != nil {
		return nil, fmt.Errorf("restore traffic: %w", err)
	}
	r := &reader{rest: body}
	t := NewTraffic()
	t.learned = r.uvarint()
	for n := r.uvarint(); n > 0 && !r.failed; n-- {
		it := readItem(r)
		s := &t.shelves[shelfOf(it.id)]
		if at, found := s.find(it.id); r.failed || found || at != len(s.items) || t.known == MaxItemsKnown {
			return nil, errors.New("restore traffic: its items are not in order")
		}
		s.items = append(s.items, it)
		t.known++
	}
	if r.failed || len(r.rest) > 0 {
		return nil, errors.New("restore traffic: it is cut short or too long")
	}
	return t, nil
}

func readItem(r *reader) *item {
	it := &item{id: aparte.ItemID(r.bytes(MaxObjective))}
	day := r.uvarint()
	it.day, it.weight, it.shown = int32(day), r.float64(), r.float64()
	n := r.uvarint()
	r.failed = r.failed || it.id == "" || day > math.MaxInt32 || n > MaxCompanions || it.weight < 0 || it.shown < 0
	for ; n > 0 && !r.failed; n-- {
		c := companion{id: aparte.ItemID(r.bytes(MaxObjective)), weight: r.float64(), doubt: r.float64(), closest: r.float64()}
		r.failed = r.failed || c.id == "" || c.weight < 0 || c.doubt < 0
		it.companions = append(it.companions, c)
	}
	return it
}
