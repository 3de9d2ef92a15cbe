package pebble

import (
	"context"
	"fmt"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/store"
)

// erase deletes every row of the batch's erased people: state, entries and their event keys, timers.
// Identifiers are not found by person; the owner, who knows them from the state, deletes them.
func (t *turn) erase() error {
	for _, person := range t.in.Erased {
		if _, again := t.erased[person]; again {
			continue
		}
		t.erased[person] = struct{}{}
		t.key = appendPersonKey(t.key[:0], tablePerson, t.in.Part, &person)
		t.delete(t.key)
		if err := t.eraseEntries(person); err != nil {
			return fmt.Errorf("erase entries of %s: %w", person, err)
		}
		if err := t.eraseTimers(person); err != nil {
			return fmt.Errorf("erase timers of %s: %w", person, err)
		}
	}
	return nil
}

func (t *turn) eraseEntries(person aparte.PersonID) (err error) {
	low := appendPersonKey(nil, tableEntry, t.in.Part, &person)
	it, err := t.s.scan(context.Background(), low, upper(low))
	if err != nil {
		return err
	}
	defer it.end(&err)
	for ok := it.First(); ok; ok = it.Next() {
		v, err := it.ValueAndErr()
		if err != nil {
			return err
		}
		e, err := readEntry(person, it.Key(), v)
		if err != nil {
			return err
		}
		if e.Key != (store.Key{}) {
			t.freed[e.Key] = struct{}{}
			t.key = appendHashKey(t.key[:0], tableEventKey, t.in.Part, &e.Key)
			t.delete(t.key)
		}
	}
	return t.out.DeleteRange(low, upper(low), nil)
}

func (t *turn) eraseTimers(person aparte.PersonID) (err error) {
	low := appendPersonKey(nil, tableTimer, t.in.Part, &person)
	it, err := t.s.scan(context.Background(), low, upper(low))
	if err != nil {
		return err
	}
	defer it.end(&err)
	for ok := it.First(); ok; ok = it.Next() {
		v, err := it.ValueAndErr()
		if err != nil {
			return err
		}
		was, err := readAlarm(v)
		if err != nil {
			return err
		}
		t.deleteDue(was.due, &person, string(it.Key()[personKeyLen:]))
		t.delete(it.Key())
	}
	return nil
}
