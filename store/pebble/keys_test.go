package pebble

import (
	"bytes"
	"cmp"
	"math"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/store"
)

// columns draws what keys are made of, from few enough values that equal ones come up.
type columns struct {
	part   store.Part
	person aparte.PersonID
	n      uint64
	due    int64
	name   string
}

func drawColumns(t *rapid.T) columns {
	return columns{
		part:   store.Part(rapid.SampledFrom([]int{0, 1, 255, 256, 65535}).Draw(t, "part")),
		person: aparte.PersonID{15: rapid.SampledFrom([]byte{0, 1, 255}).Draw(t, "person")},
		n:      rapid.SampledFrom([]uint64{1, 2, 256, math.MaxUint64}).Draw(t, "number"),
		due:    rapid.SampledFrom([]int64{math.MinInt64, -1, 0, 1, math.MaxInt64}).Draw(t, "due"),
		name:   rapid.StringMatching(`[\x00\x01a\xff]{0,3}`).Draw(t, "name"),
	}
}

func TestKeysSortAsTheirColumnsDo(t *testing.T) {
	person := func(a, b columns) int { return bytes.Compare(a.person[:], b.person[:]) }
	for name, c := range map[string]struct {
		key   func(columns) []byte
		order func(a, b columns) int
	}{
		"entry, newest first": {
			func(c columns) []byte { return appendEntryKey(nil, c.part, &c.person, c.n) },
			func(a, b columns) int {
				return cmp.Or(cmp.Compare(a.part, b.part), person(a, b), cmp.Compare(b.n, a.n))
			},
		},
		"timer": {
			func(c columns) []byte { return appendTimerKey(nil, c.part, &c.person, c.name) },
			func(a, b columns) int {
				return cmp.Or(cmp.Compare(a.part, b.part), person(a, b), strings.Compare(a.name, b.name))
			},
		},
		"due": {
			func(c columns) []byte { return appendDueKey(nil, c.part, c.due, &c.person, c.name) },
			func(a, b columns) int {
				return cmp.Or(cmp.Compare(a.part, b.part), cmp.Compare(a.due, b.due), person(a, b), strings.Compare(a.name, b.name))
			},
		},
		"feed": {
			func(c columns) []byte { return appendPositionKey(nil, tableFeed, c.part, c.n) },
			func(a, b columns) int { return cmp.Or(cmp.Compare(a.part, b.part), cmp.Compare(a.n, b.n)) },
		},
		"counter": {
			func(c columns) []byte { return appendCounterKey(nil, c.name, c.due) },
			func(a, b columns) int { return cmp.Or(strings.Compare(a.name, b.name), cmp.Compare(a.due, b.due)) },
		},
		"document": {
			func(c columns) []byte { return appendDocumentKey(nil, c.name, c.n) },
			func(a, b columns) int { return cmp.Or(strings.Compare(a.name, b.name), cmp.Compare(a.n, b.n)) },
		},
	} {
		t.Run(name, rapid.MakeCheck(func(t *rapid.T) {
			a, b := drawColumns(t), drawColumns(t)
			if got, want := bytes.Compare(c.key(a), c.key(b)), c.order(a, b); got != want {
				t.Fatalf("%+v and %+v: keys compare %d, columns %d", a, b, got, want)
			}
		}))
	}
}

func TestCounterKeysAreReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawColumns(t)
		k := appendCounterKey(nil, c.name, c.due)
		key, hour, textLen, err := readCounterKey(k)
		if err != nil || key != c.name || hour != c.due || textLen != len(k)-numberLen {
			t.Fatalf("%q at %d: got %q at %d, %v", c.name, c.due, key, hour, err)
		}
		prefix := c.name[:rapid.IntRange(0, len(c.name)).Draw(t, "prefix")]
		low := appendTextPrefix([]byte{tableCounter}, prefix)
		if !bytes.HasPrefix(k, low) || bytes.Compare(k, upper(low)) >= 0 {
			t.Fatalf("%q is not among those that begin with %q", c.name, prefix)
		}
	})
}

func TestUpperIsAboveWhatBeginsWithThePrefix(t *testing.T) {
	for _, c := range []struct{ prefix, want string }{
		{"a", "b"}, {"a\xff", "b"}, {"a\x00", "a\x01"}, {"\xff\xff", ""}, {"", ""},
	} {
		if got := upper([]byte(c.prefix)); string(got) != c.want {
			t.Errorf("upper(%q) = %q, want %q", c.prefix, got, c.want)
		}
	}
}

func TestFarTimesStayInOrder(t *testing.T) {
	times := []time.Time{time.Unix(math.MinInt64/2, 0), {}, time.Unix(0, -1000), time.Unix(0, 0), time.Unix(1<<40, 0), time.Unix(math.MaxInt64/2, 0)}
	for i := 1; i < len(times); i++ {
		if a, b := micros(times[i-1]), micros(times[i]); a >= b {
			t.Errorf("%v is kept as %d, %v as %d", times[i-1], a, times[i], b)
		}
	}
	if at := time.Date(2026, 11, 23, 1, 2, 3, 4000, time.UTC); !instant(micros(at)).Equal(at) {
		t.Errorf("%v came back as %v", at, instant(micros(at)))
	}
}

// FuzzRows reads rows of which nothing is known, as a damaged file may hold.
func FuzzRows(f *testing.F) {
	person := aparte.PersonID{1}
	e := store.Entry{Person: person, Seq: 1, Body: []byte("body")}
	f.Add(appendEntryKey(nil, 1, &person, 1), append(appendEntryHeader(nil, &e), e.Body...))
	f.Add(appendDueKey(nil, 1, 2, &person, "basket"), number(3))
	f.Add(appendCounterKey(nil, "a\x00b", 4), number(5))
	f.Add(appendPositionKey(nil, tableLetter, 1, 6), []byte{0, 1, 'l'})
	f.Add([]byte{}, []byte{})
	f.Fuzz(func(t *testing.T, k, v []byte) {
		if e, err := readEntry(person, k, v); err == nil {
			if again := append(appendEntryHeader(nil, &e), e.Body...); micros(e.At) == readTime(v[1:]) && !bytes.Equal(again, v) {
				t.Errorf("entry %x became %x", v, again)
			}
		}
		if a, err := readAlarm(v); err == nil && !bytes.Equal(appendAlarm(nil, a), v) {
			t.Errorf("alarm %x became %x", v, appendAlarm(nil, a))
		}
		if key, hour, _, err := readCounterKey(k); err == nil && k[0] == tableCounter {
			_ = appendCounterKey(nil, key, hour)
		}
		_, _ = readDue(k, v)
		_, _ = readLetter(k, v)
		_, _ = readFeedRow(k, v)
		_, _, _ = readPersonRow(k, v)
		_, _ = readSum(v)
		if m, err := mergeSum(v); err == nil {
			_ = m.MergeNewer(v)
		}
	})
}

func TestMemoForgetsWhatItHasNoRoomFor(t *testing.T) {
	m := newMemo[int, int](3)
	for i := range 100 {
		m.put(i, i)
		if v, ok := m.get(i); ok && v != i {
			t.Errorf("%d is remembered as %d", i, v)
		}
		if len(m.rows) > 3 {
			t.Fatalf("%d rows", len(m.rows))
		}
	}
	m.put(0, 1)
	m.forget(0)
	if _, ok := m.get(0); ok {
		t.Error("0 is not forgotten")
	}
}
