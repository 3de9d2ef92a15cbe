package pebble

import (
	"encoding/binary"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/store"
)

// The tables. A key is the table's byte, then the columns of the row, all of fixed width but the last,
// so that keys sort as their columns do and every scan is one range.
//
//	number    8 bytes, big-endian
//	time      8 bytes, microseconds since 1970, big-endian with the sign bit flipped
//	part      2 bytes, big-endian
//	person    16 bytes
//	key       16 bytes
//	text      the bytes, with 00 written as 00 FF, then 00 01
//
// Entries carry the complement of their sequence number, so that a history is read newest first in the
// direction in which iterators are fastest. A timer has two rows: tableTimer to find it by name,
// tableDue to find it by time.
const (
	tableMeta       = 'm' // name                        → see meta.go
	tableLease      = 'l' // part                        → epoch last taken
	tablePerson     = 'p' // part, person                → state
	tableIdentifier = 'i' // part, key                   → person
	tableEntry      = 'e' // part, person, ^seq          → kind (1 byte), at (time), key, body
	tableEventKey   = 'k' // part, key                   → nothing
	tableMark       = 'r' // part                        → epoch, number of a generation of event keys (recent.go)
	tableTimer      = 't' // part, person, name          → due (time), gen
	tableDue        = 'd' // part, due (time), person, name → gen
	tableLetter     = 'o' // part, number                → to (part), body
	tableFeed       = 'f' // part, position              → body
	tableCounter    = 'c' // key (text), hour (time)     → the sum over all parts, merged by addition
	tableDocument   = 'v' // name (text), version        → body
	tableNewest     = 'n' // name                        → version
)

// Widths of columns and of keys without a last column of free width.
const (
	partLen   = 2
	numberLen = 8
	personLen = len(aparte.PersonID{})
	eventLen  = len(store.Key{})

	partKeyLen     = 1 + partLen // what every key of a part's table begins with
	personKeyLen   = partKeyLen + personLen
	eventKeyLen    = partKeyLen + eventLen
	entryKeyLen    = personKeyLen + numberLen
	positionKeyLen = partKeyLen + numberLen
	dueKeyLen      = partKeyLen + numberLen + personLen // and the name
)

func appendPartKey(dst []byte, table byte, part store.Part) []byte {
	return binary.BigEndian.AppendUint16(append(dst, table), uint16(part))
}

// appendPersonKey is the key of a person's row, and what the keys of all their entries or timers begin
// with.
func appendPersonKey(dst []byte, table byte, part store.Part, person *aparte.PersonID) []byte {
	return append(appendPartKey(dst, table, part), person[:]...)
}

// appendHashKey is the key of a row found by a hash: an identifier's, an event's.
func appendHashKey(dst []byte, table byte, part store.Part, key *store.Key) []byte {
	return append(appendPartKey(dst, table, part), key[:]...)
}

func appendEntryKey(dst []byte, part store.Part, person *aparte.PersonID, seq uint64) []byte {
	return binary.BigEndian.AppendUint64(appendPersonKey(dst, tableEntry, part, person), ^seq)
}

func appendTimerKey(dst []byte, part store.Part, person *aparte.PersonID, name string) []byte {
	return append(appendPersonKey(dst, tableTimer, part, person), name...)
}

func appendDueKey(dst []byte, part store.Part, due int64, person *aparte.PersonID, name string) []byte {
	dst = appendTime(appendPartKey(dst, tableDue, part), due)
	return append(append(dst, person[:]...), name...)
}

// appendPositionKey is the key of a letter or of a row of the feed.
func appendPositionKey(dst []byte, table byte, part store.Part, n uint64) []byte {
	return binary.BigEndian.AppendUint64(appendPartKey(dst, table, part), n)
}

func appendCounterKey(dst []byte, key string, hour int64) []byte {
	return appendTime(appendText(append(dst, tableCounter), key), hour)
}

func appendDocumentKey(dst []byte, name string, version uint64) []byte {
	return binary.BigEndian.AppendUint64(appendText(append(dst, tableDocument), name), version)
}

func nameKey(table byte, name string) []byte { return append([]byte{table}, name...) }

func appendTime(dst []byte, micros int64) []byte {
	return binary.BigEndian.AppendUint64(dst, ordinal(micros))
}

// ordinal is a number that sorts among others of its kind as the time does.
func ordinal(micros int64) uint64 { return uint64(micros) ^ 1<<63 }

func readTime(b []byte) int64 { return int64(binary.BigEndian.Uint64(b) ^ 1<<63) }

// micros is a time as keys and values hold it. Times hundreds of millennia away are brought nearer.
func micros(t time.Time) int64 {
	const far = math.MaxInt64 / 2_000_000 // seconds
	if s := t.Unix(); s > far || s < -far {
		return min(max(s, -far), far) * 1_000_000
	}
	return t.UnixMicro()
}

func instant(micros int64) time.Time { return time.UnixMicro(micros).UTC() }

const (
	textEscape = "\x00\xff"
	textEnd    = "\x00\x01"
)

func appendText(dst []byte, s string) []byte {
	return append(appendTextPrefix(dst, s), textEnd...)
}

// appendTextPrefix is what the encodings of all texts that begin with s begin with.
func appendTextPrefix(dst []byte, s string) []byte {
	if strings.IndexByte(s, 0) < 0 {
		return append(dst, s...)
	}
	return append(dst, strings.ReplaceAll(s, "\x00", textEscape)...)
}

// readCounterKey is the text and the time of a counter's key, and the length of the key up to the time.
func readCounterKey(k []byte) (key string, hour int64, textLen int, err error) {
	textLen = len(k) - numberLen
	if textLen < 1+len(textEnd) || string(k[textLen-len(textEnd):textLen]) != textEnd {
		return "", 0, 0, fmt.Errorf("counter with a damaged key of %d bytes", len(k))
	}
	key = string(k[1 : textLen-len(textEnd)])
	if strings.IndexByte(key, 0) >= 0 {
		key = strings.ReplaceAll(key, textEscape, "\x00")
	}
	return key, readTime(k[textLen:]), textLen, nil
}

// upper is the least key greater than every key that begins with prefix.
func upper(prefix []byte) []byte {
	for i := len(prefix) - 1; i >= 0; i-- {
		if prefix[i] != 0xff {
			bound := append([]byte(nil), prefix[:i+1]...)
			bound[i]++
			return bound
		}
	}
	return nil
}

// next is the least key greater than key. It takes key over.
func next(key []byte) []byte { return append(key, 0) }
