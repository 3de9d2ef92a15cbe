package pebble

import (
	"encoding/binary"
	"fmt"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/store"
)

const entryHeaderLen = 1 + numberLen + eventLen

func appendEntryHeader(dst []byte, e *store.Entry) []byte {
	dst = appendTime(append(dst, byte(e.Kind)), micros(e.At))
	return append(dst, e.Key[:]...)
}

func readEntry(person aparte.PersonID, k, v []byte) (store.Entry, error) {
	if len(k) != entryKeyLen || len(v) < entryHeaderLen {
		return store.Entry{}, fmt.Errorf("damaged entry of %s: key of %d bytes, value of %d", person, len(k), len(v))
	}
	return store.Entry{
		Person: person,
		Seq:    ^binary.BigEndian.Uint64(k[personKeyLen:]),
		At:     instant(readTime(v[1:])),
		Kind:   store.EntryKind(v[0]),
		Key:    store.Key(v[1+numberLen : entryHeaderLen]),
		Body:   clone(v[entryHeaderLen:]),
	}, nil
}

const alarmLen = 2 * numberLen

func appendAlarm(dst []byte, a alarm) []byte {
	return binary.BigEndian.AppendUint64(appendTime(dst, a.due), a.gen)
}

func readAlarm(v []byte) (alarm, error) {
	if len(v) != alarmLen {
		return alarm{}, fmt.Errorf("damaged timer: value of %d bytes", len(v))
	}
	return alarm{due: readTime(v), gen: binary.BigEndian.Uint64(v[numberLen:]), set: true}, nil
}

func readDue(k, v []byte) (store.Timer, error) {
	if len(k) < dueKeyLen || len(v) != numberLen {
		return store.Timer{}, fmt.Errorf("damaged timer: due key of %d bytes, value of %d", len(k), len(v))
	}
	return store.Timer{
		Due:    instant(readTime(k[partKeyLen:])),
		Person: aparte.PersonID(k[partKeyLen+numberLen : dueKeyLen]),
		Name:   string(k[dueKeyLen:]),
		Gen:    binary.BigEndian.Uint64(v),
	}, nil
}

func readLetter(k, v []byte) (store.Letter, error) {
	if len(k) != positionKeyLen || len(v) < partLen {
		return store.Letter{}, fmt.Errorf("damaged letter: key of %d bytes, value of %d", len(k), len(v))
	}
	return store.Letter{
		Number: binary.BigEndian.Uint64(k[partKeyLen:]),
		To:     store.Part(binary.BigEndian.Uint16(v)),
		Body:   clone(v[partLen:]),
	}, nil
}

func readFeedRow(k, v []byte) (store.FeedRow, error) {
	if len(k) != positionKeyLen {
		return store.FeedRow{}, fmt.Errorf("damaged row of the feed: key of %d bytes", len(k))
	}
	return store.FeedRow{Position: binary.BigEndian.Uint64(k[partKeyLen:]), Body: clone(v)}, nil
}

// clone is the caller's own copy of bytes that the database lent, never nil.
func clone(v []byte) []byte { return append(make([]byte, 0, len(v)), v...) }
