package pebble

import (
	"encoding/binary"
	"errors"
	"fmt"

	lsm "github.com/cockroachdb/pebble/v2"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/store"
)

// A person's row begins with the number of their last entry. A batch whose entries go on from there, as
// every batch does but that of an owner in error, is then known to be free of conflicts without a look
// at the entries. The row is there as long as the person has a state or entries:
//
//	last entry (number), stateFollows (1 byte), state
//	last entry (number)                                  entries, but no state
//
// A state differs little from the one before, and writing it is most of what a batch costs. Where the state in
// the row is remembered, only what changed is written, and the database merges it into the row when it is read or
// compacted (merge.go):
//
//	last entry (number), changeFollows (1 byte), patches, oldest first, each after its length (uvarint)
//
// without any patch where only entries were added.
const (
	stateFollows   = 1
	changeFollows  = 2
	statelessLen   = numberLen
	stateHeaderLen = numberLen + 1
)

// maxPatches bounds how many changes are written after a whole state: a read merges them.
const maxPatches = 15

// written is the state in a person's row, and how many patches it is made of.
type written struct {
	state   []byte
	patches int
}

func isChange(v []byte) bool { return len(v) >= stateHeaderLen && v[statelessLen] == changeFollows }

func readPersonValue(v []byte) (last uint64, state []byte, hasState bool, err error) {
	switch {
	case len(v) == statelessLen:
		return binary.BigEndian.Uint64(v), nil, false, nil
	case len(v) >= stateHeaderLen && v[statelessLen] == stateFollows:
		return binary.BigEndian.Uint64(v), v[stateHeaderLen:], true, nil
	}
	return 0, nil, false, fmt.Errorf("damaged person: value of %d bytes", len(v))
}

// tail is what a batch knows of the end of a person's history.
type tail struct {
	last  uint64 // number of the last entry; 0: there is none
	moved bool   // the batch adds entries, and has not yet written the row that says so
}

// tail is the end of a person's history as the batch leaves it so far.
func (t *turn) tail(person *aparte.PersonID) (tail, error) {
	if is, ok := t.tails[*person]; ok {
		return is, nil
	}
	is := tail{}
	if _, erased := t.erased[*person]; !erased {
		var known bool
		if is.last, known = t.part.tails.get(*person); !known {
			err := t.oldPerson(person, func(last uint64, _ []byte, _ bool) { is.last = last })
			if err != nil {
				return tail{}, err
			}
		}
	}
	t.tails[*person] = is
	return is, nil
}

// oldPerson lends visit what a person's row held before the batch. It is not called for a row that is
// not there.
func (t *turn) oldPerson(person *aparte.PersonID, visit func(last uint64, state []byte, hasState bool)) error {
	v, closer, err := t.s.db.Get(appendPersonKey(t.key[:0], tablePerson, t.in.Part, person))
	if errors.Is(err, lsm.ErrNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read %s: %w", *person, err)
	}
	last, state, hasState, err := readPersonValue(v)
	if err == nil {
		visit(last, state, hasState)
	}
	return errors.Join(err, closer.Close())
}

// putPeople writes the rows of the batch's people, and of those who only have new entries.
func (t *turn) putPeople() error {
	for i := range t.in.People {
		r := &t.in.People[i]
		is, err := t.tail(&r.ID)
		if err != nil {
			return err
		}
		t.putPerson(&r.ID, is.last, r.State)
		t.tails[r.ID] = tail{last: is.last}
	}
	for person, is := range t.tails {
		if is.moved {
			t.key = appendPersonKey(t.key[:0], tablePerson, t.in.Part, &person)
			t.mergePerson(is.last, nil)
		}
	}
	return nil
}

// putPerson writes a state, whole or as what changed. A nil state is deleted.
func (t *turn) putPerson(person *aparte.PersonID, last uint64, state []byte) {
	t.key = appendPersonKey(t.key[:0], tablePerson, t.in.Part, person)
	patches := 0
	switch {
	case state == nil && last == 0:
		t.delete(t.key)
	case state == nil:
		binary.BigEndian.PutUint64(t.reserve(t.key, statelessLen), last)
	default:
		was, known := t.lastWritten(person)
		if known && was.patches < maxPatches {
			t.patch = appendPatch(t.patch[:0], was.state, state)
			if len(t.patch) <= len(state)/2 {
				t.mergePerson(last, t.patch)
				patches = was.patches + 1
				break
			}
		}
		v := t.reserve(t.key, stateHeaderLen+len(state))
		binary.BigEndian.PutUint64(v, last)
		v[statelessLen] = stateFollows
		copy(v[stateHeaderLen:], state)
	}
	t.states[*person] = written{state, patches}
}

// lastWritten is the state of a person that the row has as the batch leaves it so far, where that is known.
func (t *turn) lastWritten(person *aparte.PersonID) (written, bool) {
	if w, ok := t.states[*person]; ok {
		return w, w.state != nil
	}
	if _, erased := t.erased[*person]; erased {
		return written{}, false
	}
	return t.part.states.get(*person)
}

// mergePerson writes, under t.key, that entries were added and how the state changed; nil: not at all.
func (t *turn) mergePerson(last uint64, patch []byte) {
	size := stateHeaderLen
	var length [binary.MaxVarintLen64]byte
	n := 0
	if len(patch) > 0 {
		n = binary.PutUvarint(length[:], uint64(len(patch)))
		size += n + len(patch)
	}
	op := t.out.MergeDeferred(len(t.key), size)
	copy(op.Key, t.key)
	binary.BigEndian.PutUint64(op.Value, last)
	op.Value[statelessLen] = changeFollows
	copy(op.Value[stateHeaderLen:], length[:n])
	copy(op.Value[stateHeaderLen+n:], patch)
	_ = op.Finish() // fails only for indexed batches
}

func readPersonRow(k, v []byte) (store.PersonRow, bool, error) {
	if len(k) != personKeyLen {
		return store.PersonRow{}, false, fmt.Errorf("damaged person: key of %d bytes", len(k))
	}
	last, state, hasState, err := readPersonValue(v)
	if err != nil || !hasState {
		return store.PersonRow{}, false, err
	}
	return store.PersonRow{ID: aparte.PersonID(k[partKeyLen:]), Last: last, State: clone(state)}, true, nil
}
