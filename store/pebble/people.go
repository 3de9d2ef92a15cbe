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
// A batch that only adds entries for a person writes how far their history has grown, and the database merges that
// into the row (merge.go), whatever its state:
//
//	last entry (number), growthFollows (1 byte)
const (
	stateFollows   = 1
	growthFollows  = 2
	statelessLen   = numberLen
	stateHeaderLen = numberLen + 1
)

func isGrowth(v []byte) bool { return len(v) == stateHeaderLen && v[statelessLen] == growthFollows }

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
		if is.last, known = t.part.tails.get(*person); !known && !t.lacksPerson(person) {
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
			t.grow(&person, is.last)
		}
	}
	return nil
}

func (t *turn) putPerson(person *aparte.PersonID, last uint64, state []byte) {
	t.key = appendPersonKey(t.key[:0], tablePerson, t.in.Part, person)
	switch {
	case state != nil:
		v := t.reserve(t.key, stateHeaderLen+len(state))
		binary.BigEndian.PutUint64(v, last)
		v[statelessLen] = stateFollows
		copy(v[stateHeaderLen:], state)
	case last > 0:
		binary.BigEndian.PutUint64(t.reserve(t.key, statelessLen), last)
	default:
		t.delete(t.key)
	}
}

// grow writes that a person's history has grown.
func (t *turn) grow(person *aparte.PersonID, last uint64) {
	t.key = appendPersonKey(t.key[:0], tablePerson, t.in.Part, person)
	op := t.out.MergeDeferred(len(t.key), stateHeaderLen)
	copy(op.Key, t.key)
	binary.BigEndian.PutUint64(op.Value, last)
	op.Value[statelessLen] = growthFollows
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
